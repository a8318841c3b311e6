#include "base/clock.h"
#include "in/upstream/upstream.h"
#include "model/dn.h"

#define TYPES_MAX 256          /* attributes of one entry that are looked at */
#define VALUES_PER_ATTR 16     /* of a multi-valued attribute of ours */
#define ROW_OCTETS (128 * KIB) /* of an entry's values in one frame */

static const struct map_row group_maps[] = {
	{ SPAN("cn"), ATTR_COMMON_NAME },
	{ SPAN("description"), ATTR_DESCRIPTION },
};

struct attribute {
	struct span type;
	BerVarray values;
};

struct incoming {
	struct berval dn;
	struct attribute attributes[TYPES_MAX];
	size_t count;
};

static const struct attribute *find(const struct incoming *in, struct span type)
{
	for (size_t i = 0; i < in->count; i++)
		if (span_equal_nocase(in->attributes[i].type, type))
			return &in->attributes[i];
	return NULL;
}

static bool has_value(const struct attribute *attribute, struct span value)
{
	if (!attribute || !attribute->values)
		return false;
	for (const struct berval *v = attribute->values; v->bv_val; v++)
		if (span_equal_nocase(span_of_berval(v), value))
			return true;
	return false;
}

static enum entry_class classify(const struct incoming *in)
{
	static const struct {
		const char *object_class;
		enum entry_class class;
	} classes[] = {
		{ "groupOfNames", CLASS_GROUP },
		{ "groupOfUniqueNames", CLASS_GROUP },
		{ "groupOfMembers", CLASS_GROUP },
		{ "groupOfEntries", CLASS_GROUP },
		{ "person", CLASS_USER },
		{ "inetOrgPerson", CLASS_USER },
		{ "account", CLASS_USER },
		{ "posixAccount", CLASS_USER },
		{ "organizationalUnit", CLASS_OU },
	};
	const struct attribute *object_class = find(in, SPAN("objectClass"));

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (has_value(object_class, span_str(classes[i].object_class)))
			return classes[i].class;
	return CLASS_OTHER;
}

static bool day_is_past(const struct attribute *attribute)
{
	uint64_t day;

	for (const struct berval *v = attribute->values; v && v->bv_val; v++)
		if (span_to_u64(span_of_berval(v), &day) && day > 0 &&
			day < (uint64_t)(clock_wall() / (86400 * SECOND)))
			return true;
	return false;
}

static bool is_disabled(const struct upstream *up, const struct incoming *in)
{
	for (size_t i = 0; i < up->order.rule_count; i++) {
		const struct disabled_rule *rule = &up->order.rules[i];
		const struct attribute *attribute = find(in, rule->theirs);
		if (!attribute || !attribute->values || !attribute->values->bv_val)
			continue;
		if (rule->test == RULE_PRESENT ||
			(rule->test == RULE_EQUAL && has_value(attribute, rule->value)) ||
			(rule->test == RULE_DAY_PAST && day_is_past(attribute)))
			return true;
	}
	return false;
}

static bool row_has(const struct row *row, enum attr attr)
{
	for (size_t i = 0; i < row->value_count; i++)
		if (row->values[i].attr == attr)
			return true;
	return false;
}

/* The first mapping row of one of our attributes that has a value gives it. */
static void map_values(
	struct upstream *up, const struct incoming *in, const struct map_row *map, size_t *octets)
{
	const struct attribute *attribute = find(in, map->theirs);
	size_t max = attr_has(map->attr, ATTR_SINGLE) ? 1 : VALUES_PER_ATTR, n = 0;
	struct row *row = &up->row;

	/* A password may stand in several schemes, so the daemon chooses. */
	if (map->attr == ATTR_PASSWORD)
		max = VALUES_PER_ATTR;
	if (!attribute || row_has(row, map->attr))
		return;
	for (const struct berval *v = attribute->values; v && v->bv_val && n < max; v++) {
		if (v->bv_len == 0 || v->bv_len > LIMIT_VALUE_OCTETS ||
			*octets + v->bv_len > ROW_OCTETS || row->value_count == FRAME_VALUES_MAX)
			continue;
		row->values[row->value_count++] =
			(struct row_value){ map->attr, (uint16_t)n++, span_of_berval(v) };
		*octets += v->bv_len;
	}
}

static bool normal_dn(struct upstream *up, struct span text, struct span *normal, struct why *why)
{
	struct dn dn;

	if (dn_parse(up->arena, text, &dn, why) != OK)
		return false;
	*normal = dn_normal(up->arena, &dn);
	return normal->len > 0 && normal->len <= LIMIT_DN_OCTETS;
}

static void flush_members(struct upstream *up, struct row *row, bool more)
{
	row->members_follow = more;
	upstream_put(up, row);
	row->member_count = 0;
	arena_reset(up->arena);
}

static void send_member_values(
	struct upstream *up, struct row *row, const struct attribute *attribute, size_t *octets)
{
	struct why why = { 0 };
	struct span dn;

	for (const struct berval *v = attribute ? attribute->values : NULL; v && v->bv_val; v++) {
		if (!normal_dn(up, span_of_berval(v), &dn, &why))
			continue;
		row->members[row->member_count++] = (struct row_member){ .dn = dn };
		*octets += dn.len;
		if (row->member_count == FRAME_MEMBERS_MAX || *octets > ROW_OCTETS) {
			flush_members(up, row, true);
			*octets = 0;
		}
	}
}

static void send_members(struct upstream *up, const struct incoming *in)
{
	struct row *row = &up->row;
	size_t octets = 0;

	row->type = FRAME_MEMBERS;
	row->member_count = 0;
	send_member_values(up, row, find(in, SPAN("member")), &octets);
	send_member_values(up, row, find(in, SPAN("uniqueMember")), &octets);
	flush_members(up, row, false);
}

static void skip(struct upstream *up, const char *text)
{
	up->row.type = FRAME_SKIPPED;
	up->row.text = span_str(text);
	upstream_put(up, &up->row);
}

static void send_entry(struct upstream *up, const struct incoming *in)
{
	struct row *row = &up->row;
	struct why why = { 0 };
	size_t octets = 0;

	if (!normal_dn(up, span_of_berval(&in->dn), &row->dn, &why)) {
		skip(up, "the entry's DN cannot be used");
		return;
	}
	row->type = FRAME_ENTRY;
	row->class = classify(in);
	row->rule = SPAN_NONE;
	row->expiry = 0;
	row->state =
		row->class == CLASS_USER && is_disabled(up, in) ? ENTRY_DISABLED : ENTRY_ACTIVE;
	row->members_follow = row->class == CLASS_GROUP;
	row->value_count = 0;
	const struct map_row *maps = row->class == CLASS_GROUP ? group_maps : up->order.maps;
	size_t count = row->class == CLASS_GROUP ? sizeof(group_maps) / sizeof(group_maps[0])
						 : up->order.map_count;
	for (size_t i = 0; i < count; i++)
		map_values(up, in, &maps[i], &octets);
	upstream_put(up, row);
	if (row->class == CLASS_GROUP)
		send_members(up, in);
}

/* Takes the message apart in place: values stay in it. False when it is malformed. */
static bool take_apart(struct upstream *up, LDAPMessage *message, struct incoming *in)
{
	BerElement *ber = NULL;
	size_t octets = 0;

	in->count = 0;
	if (ldap_get_dn_ber(up->ld, message, &ber, &in->dn) != LDAP_SUCCESS)
		return false;
	for (;;) {
		struct berval type = { 0 };
		BerVarray values = NULL;
		if (ldap_get_attribute_ber(up->ld, message, ber, &type, &values) != LDAP_SUCCESS) {
			ber_free(ber, 0);
			return false;
		}
		if (!type.bv_val)
			break;
		for (const struct berval *v = values; v && v->bv_val; v++)
			octets += v->bv_len;
		if (in->count < TYPES_MAX)
			in->attributes[in->count++] =
				(struct attribute){ span_of_berval(&type), values };
		else
			ber_memfree(values);
	}
	ber_free(ber, 0);
	upstream_count(up, 1, octets + in->dn.bv_len);
	return true;
}

static void release(struct incoming *in)
{
	for (size_t i = 0; i < in->count; i++)
		ber_memfree(in->attributes[i].values);
	in->count = 0;
}

struct control_state {
	ber_int_t state;
	struct uuid anchor;
	bool has_cookie;
	struct berval cookie; /* in `octets` */
	char octets[FRAME_COOKIE_MAX];
};

static bool read_state(BerElement *ber, struct control_state *state)
{
	struct berval anchor, cookie;
	ber_len_t len;

	if (ber_scanf(ber, "{em", &state->state, &anchor) == LBER_ERROR || anchor.bv_len != 16)
		return false;
	memcpy(state->anchor.octets, anchor.bv_val, 16);
	state->has_cookie = ber_peek_tag(ber, &len) == LDAP_TAG_SYNC_COOKIE;
	if (!state->has_cookie)
		return true;
	if (ber_scanf(ber, "m", &cookie) == LBER_ERROR || cookie.bv_len > sizeof(state->octets))
		return false;
	memcpy(state->octets, cookie.bv_val, cookie.bv_len);
	state->cookie = (struct berval){ cookie.bv_len, state->octets };
	return true;
}

/* RFC 4533 section 2.3: every entry comes with its state. */
static bool find_state(struct upstream *up, LDAPMessage *message, struct control_state *state)
{
	LDAPControl **controls = NULL;
	bool good = false;

	if (ldap_get_entry_controls(up->ld, message, &controls) != LDAP_SUCCESS)
		return false;
	LDAPControl *control = ldap_control_find(LDAP_CONTROL_SYNC_STATE, controls, NULL);
	if (control) {
		BerElement *ber = ber_init(&control->ldctl_value);
		good = ber && read_state(ber, state);
		ber_free(ber, 1);
	}
	ldap_controls_free(controls);
	return good;
}

static void send_by_state(struct upstream *up, LDAPMessage *message, ber_int_t state)
{
	static struct incoming in;

	switch (state) {
	case LDAP_SYNC_PRESENT:
		up->row.type = FRAME_IDS;
		up->row.ids = uuid_span(&up->row.anchor);
		up->row.deletes = false;
		upstream_put(up, &up->row);
		break;
	case LDAP_SYNC_DELETE:
		up->row.type = FRAME_DELETED;
		upstream_put(up, &up->row);
		break;
	case LDAP_SYNC_ADD:
	case LDAP_SYNC_MODIFY:
		if (take_apart(up, message, &in))
			send_entry(up, &in);
		else
			skip(up, "the entry is malformed");
		release(&in);
		break;
	default:
		upstream_fail(up, FAILURE_PROTOCOL, "an unknown sync state");
	}
}

void upstream_entry(struct upstream *up, LDAPMessage *message)
{
	struct control_state state;

	if (!find_state(up, message, &state))
		upstream_fail(up, FAILURE_PROTOCOL,
			"an entry without its sync state: the server does not follow RFC 4533");
	up->row.anchor = state.anchor;
	send_by_state(up, message, state.state);
	if (state.has_cookie)
		upstream_cookie(up, &state.cookie);
}
