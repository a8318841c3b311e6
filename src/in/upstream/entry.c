#include "in/upstream/entry.h"

#include "base/clock.h"
#include "model/dn.h"

#define VALUES_PER_ATTR 16     /* of a multi-valued attribute of ours */
#define ROW_OCTETS (128 * KIB) /* of an entry's values in one frame */

static const struct map_row group_maps[] = {
	{ SPAN("cn"), ATTR_COMMON_NAME },
	{ SPAN("description"), ATTR_DESCRIPTION },
};
#define GROUP_MAPS (sizeof(group_maps) / sizeof(group_maps[0]))

static enum entry_class classify(const struct attribute *object_class)
{
	static const struct {
		const char *object_class;
		enum entry_class class;
	} classes[] = {
		{ "computer", CLASS_OTHER },
		{ "contact", CLASS_OTHER },
		{ "group", CLASS_GROUP },
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

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (attribute_has(object_class, span_str(classes[i].object_class)))
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
		const struct attribute *attribute = incoming_find(in, rule->theirs);
		if (!attribute || !attribute->values || !attribute->values->bv_val)
			continue;
		if (rule->test == RULE_PRESENT ||
			(rule->test == RULE_EQUAL && attribute_has(attribute, rule->value)) ||
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
	const struct attribute *attribute = incoming_find(in, map->theirs);
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

bool entry_normal_dn(struct upstream *up, struct span text, struct span *normal)
{
	struct dn dn;

	if (dn_parse(up->arena, text, &dn, NULL) != OK)
		return false;
	*normal = dn_normal(up->arena, &dn);
	return normal->len > 0 && normal->len <= LIMIT_DN_OCTETS;
}

static void flush_members(struct members_writer *writer, bool more)
{
	struct upstream *up = writer->up;

	up->row.type = FRAME_MEMBERS;
	up->row.delta = writer->delta;
	up->row.members_follow = more;
	upstream_put(up, &up->row);
	up->row.member_count = 0;
	writer->octets = 0;
	arena_reset(up->arena);
}

void members_begin(struct members_writer *writer, struct upstream *up)
{
	*writer = (struct members_writer){ .up = up };
	up->row.member_count = 0;
}

void members_turn(struct members_writer *writer, enum members_delta delta)
{
	if (writer->delta != delta && writer->up->row.member_count > 0)
		flush_members(writer, true);
	writer->delta = delta;
}

void members_put(struct members_writer *writer, struct span dn, const struct uuid *anchor)
{
	struct row *row = &writer->up->row;
	struct row_member member = { .anchor = anchor ? *anchor : (struct uuid){ { 0 } } };

	/* One that has neither a name nor an anchor to be known by is nobody. */
	if (!entry_normal_dn(writer->up, dn, &member.dn)) {
		if (uuid_is_nil(&member.anchor))
			return;
		member.dn = SPAN_NONE;
	}
	row->members[row->member_count++] = member;
	writer->octets += member.dn.len + sizeof(member.anchor);
	if (row->member_count == FRAME_MEMBERS_MAX || writer->octets > ROW_OCTETS)
		flush_members(writer, true);
}

void members_end(struct members_writer *writer)
{
	flush_members(writer, false);
}

void entry_skip(struct upstream *up, const char *text)
{
	up->row.type = FRAME_SKIPPED;
	up->row.text = span_str(text);
	upstream_put(up, &up->row);
}

enum entry_class entry_classify(const struct incoming *in)
{
	return classify(incoming_find(in, SPAN("objectClass")));
}

static void put_row(struct upstream *up, const struct incoming *in, enum entry_state state)
{
	struct row *row = &up->row;
	const struct map_row *maps = row->class == CLASS_GROUP ? group_maps : up->order.maps;
	size_t octets = 0, count = row->class == CLASS_GROUP ? GROUP_MAPS : up->order.map_count;

	row->type = FRAME_ENTRY;
	row->rule = SPAN_NONE;
	row->expiry = 0;
	row->state = state;
	row->members_follow = row->class == CLASS_GROUP;
	row->value_count = 0;
	for (size_t i = 0; i < count; i++)
		map_values(up, in, &maps[i], &octets);
	upstream_put(up, row);
}

bool entry_put(struct upstream *up, const struct incoming *in)
{
	struct row *row = &up->row;

	if (!entry_normal_dn(up, span_of_berval(&in->dn), &row->dn)) {
		entry_skip(up, "the entry's DN cannot be used");
		return false;
	}
	row->class = entry_classify(in);
	put_row(up, in,
		row->class == CLASS_USER && is_disabled(up, in) ? ENTRY_DISABLED : ENTRY_ACTIVE);
	return true;
}

static void put_members(struct members_writer *writer, const struct attribute *attribute)
{
	for (const struct berval *v = attribute ? attribute->values : NULL; v && v->bv_val; v++)
		members_put(writer, span_of_berval(v), NULL);
}

void entry_put_whole(struct upstream *up, const struct incoming *in)
{
	struct members_writer writer;

	if (!entry_put(up, in) || up->row.class != CLASS_GROUP)
		return;
	members_begin(&writer, up);
	put_members(&writer, incoming_find(in, SPAN("member")));
	put_members(&writer, incoming_find(in, SPAN("uniqueMember")));
	members_end(&writer);
}
