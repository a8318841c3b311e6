#include "in/ldap/answer_int.h"

#include "base/clock.h"
#include "model/value.h"
#include "wire/ldap_schema.h"

/* Far above what the schema has rows. */
#define VALUES_MAX 1024
#define ROOT_MAX 128
#define TEXT_MAX 4096

struct building {
	struct conn *conn;
	struct arena *arena;
	struct special *special;
	size_t capacity;
};

static void put(
	struct building *b, enum attr attr, const char *name, bool operational, struct span value)
{
	struct special *special = b->special;

	if (special->count == b->capacity)
		return;
	special->values[special->count++] =
		(struct special_value){ attr, name, operational, value };
}

static void put_known(struct building *b, enum attr attr, struct span value)
{
	put(b, attr, attr_row(attr)->ldap, attr_has(attr, ATTR_OPERATIONAL), value);
}

static void put_csn(struct building *b, enum attr attr, int64_t time)
{
	char csn[CSN_TEXT + 1];

	csn_format(time, csn);
	put_known(b, attr, arena_copy(b->arena, span_of(csn, CSN_TEXT)));
}

static void put_time(struct building *b, enum attr attr, int64_t time)
{
	char text[TIME_TEXT_MAX];
	size_t len = time_format_generalized(time, text);

	put_known(b, attr, arena_copy(b->arena, span_of(text, len)));
}

static void put_identity(struct building *b)
{
	char id[UUID_TEXT + 1];

	uuid_format(&b->special->id, id);
	put_known(b, ATTR_ID, arena_copy(b->arena, span_of(id, UUID_TEXT)));
	put_time(b, ATTR_CREATED, b->special->changed);
	put_time(b, ATTR_MODIFIED, b->special->changed);
	put_csn(b, ATTR_ENTRY_CSN, b->special->changed);
}

/* Classes, structural first, blank separated; and what every entry of the tree has. */
static void put_common(struct building *b, const char *classes, bool parent)
{
	struct span rest = span_str(classes);
	struct span structural = span_cut(&rest, ' ');

	put_known(b, ATTR_OBJECT_CLASS, structural);
	while (rest.len > 0)
		put_known(b, ATTR_OBJECT_CLASS, span_cut(&rest, ' '));
	put_known(b, ATTR_STRUCTURAL_CLASS, structural);
	put_known(b, ATTR_SUBSCHEMA, SPAN("cn=Subschema"));
	put_known(b, ATTR_ENTRY_DN, b->special->dn);
	put_known(b, ATTR_HAS_SUBORDINATES, parent ? SPAN("TRUE") : SPAN("FALSE"));
	put_identity(b);
}

/* What a consumer of the tenant's content compares its own state with. */
static void put_context(struct building *b)
{
	struct view *view = shard_view(b->conn->shard);

	if (view)
		put_csn(b, ATTR_CONTEXT_CSN,
			view_tenant_changed(view, b->conn->identity.actor.tenant));
}

static void put_text(struct building *b, enum attr attr, const char *text)
{
	put_known(b, attr, span_str(text));
}

static void put_controls(struct building *b)
{
	for (enum control_id id = 0; id < CONTROL_COUNT; id++)
		if (control_oid(id))
			put_text(b, ATTR_CONTROLS, control_oid(id));
}

static void put_extensions(struct building *b)
{
	static const struct {
		const char *oid;
		enum extension_rules rules;
	} rows[] = {
#define EXTENSION(oid, handler, rules) { oid, rules },
#include "extensions.def"
#undef EXTENSION
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].rules == ANNOUNCED ||
			(rows[i].rules == WITH_TLS && b->conn->shard->door->tls))
			put_text(b, ATTR_EXTENSIONS, rows[i].oid);
}

/* Those that are possible on this very connection (RFC 4512 section 5.1). */
static void put_mechanisms(struct building *b)
{
	const char *name;

	for (size_t n = 0; (name = sasl_mechanism(b->conn, n)); n++)
		put_text(b, ATTR_MECHANISMS, name);
}

static void put_features(struct building *b)
{
#define FEATURE(oid) put_text(b, ATTR_FEATURES, oid);
#include "features.def"
#undef FEATURE
}

/* Who has bound is told the own tenant's tree, others the common suffix. */
static struct span naming_context(const struct conn *conn)
{
	const struct naming *naming = &conn->shard->door->naming;
	struct buffer *scratch = &conn->shard->scratch;

	if (!conn->identity.bound)
		return naming->suffix;
	buffer_reset(scratch);
	naming_put_tenant(scratch, naming, span_str(conn->identity.tenant));
	return arena_copy(conn->shard->turn, buffer_span(scratch));
}

/* RFC 4512 section 5.1 */
static void build_root(struct building *b)
{
	put_known(b, ATTR_OBJECT_CLASS, SPAN("top"));
	put_known(b, ATTR_NAMING_CONTEXTS, naming_context(b->conn));
	put_controls(b);
	put_extensions(b);
	put_features(b);
	put_mechanisms(b);
	put_known(b, ATTR_VERSIONS, SPAN("3"));
	put_known(b, ATTR_VENDOR_NAME, SPAN("Muster"));
	put_known(b, ATTR_VENDOR_VERSION, SPAN(MUSTER_VERSION));
	if (actor_may(&b->conn->identity.actor, PERM_MONITOR_VIEW))
		put(b, ATTR_NONE, "monitorContext", true, SPAN("cn=Monitor"));
	put_known(b, ATTR_SUBSCHEMA, SPAN("cn=Subschema"));
}

/* Active Directory's spellings are there for the people of a tenant that has them. */
static enum schema_extent extent_for(struct conn *conn)
{
	return shows_ad_names(conn) ? SCHEMA_AD_NAMES : SCHEMA_PLAIN;
}

static void put_definitions(struct building *b, enum attr attr, enum schema_part part)
{
	enum schema_extent extent = extent_for(b->conn);
	struct buffer text;

	buffer_init(&text, TEXT_MAX);
	for (size_t n = 0; schema_definition(part, extent, n, &text); n++) {
		if (text.len > 0)
			put_known(b, attr, arena_copy(b->arena, buffer_span(&text)));
		buffer_reset(&text);
	}
	buffer_free(&text);
}

/* RFC 4512 section 4.2 */
static void build_subschema(struct building *b)
{
	put_known(b, ATTR_OBJECT_CLASS, SPAN("top"));
	put_known(b, ATTR_OBJECT_CLASS, SPAN("subschema"));
	put_known(b, ATTR_COMMON_NAME, SPAN("Subschema"));
	put_definitions(b, ATTR_LDAP_SYNTAXES, SCHEMA_SYNTAXES);
	put_definitions(b, ATTR_MATCHING_RULES, SCHEMA_RULES);
	put_definitions(b, ATTR_MATCHING_RULE_USE, SCHEMA_RULE_USES);
	put_definitions(b, ATTR_ATTRIBUTE_TYPES, SCHEMA_ATTRIBUTES);
	put_definitions(b, ATTR_OBJECT_CLASSES, SCHEMA_CLASSES);
	put_known(b, ATTR_SUBSCHEMA, SPAN("cn=Subschema"));
}

/* A suffix of dc= or o= or ou= becomes the entry that such an RDN names. */
static void build_suffix(struct building *b)
{
	const struct naming *naming = &b->conn->shard->door->naming;
	const struct ava *leaf = &naming->dn.avas[0];

	if (leaf->attr == ATTR_DIVISION) {
		put_common(b, "organizationalUnit", true);
		put_known(b, ATTR_DIVISION, leaf->value);
		return;
	}
	put_common(b, leaf->attr == ATTR_ORGANIZATION ? "organization" : "organization dcObject",
		true);
	put_known(b, ATTR_ORGANIZATION, leaf->value);
	if (leaf->attr != ATTR_ORGANIZATION)
		put_known(b, ATTR_DOMAIN_COMPONENT, leaf->value);
}

/* What its RDN says, what it points at. */
static void build_pointer(struct building *b, const struct record *pointer)
{
	bool is_alias = record_has(pointer, ATTR_ALIASED_OBJECT);
	struct dn dn, leaf = { 0 };

	put_common(b, is_alias ? "alias extensibleObject" : "referral extensibleObject", false);
	if (dn_parse(b->arena, record_first(pointer, ATTR_POINTER_DN), &dn, NULL) == OK)
		leaf = dn_leaf(&dn);
	for (size_t i = 0; i < leaf.count; i++)
		put(b, leaf.avas[i].attr, arena_string(b->arena, leaf.avas[i].type), false,
			leaf.avas[i].value);
	for (size_t i = 0; i < pointer->count; i++) {
		struct value value = record_row(pointer, i);

		if (value.attr == ATTR_ALIASED_OBJECT || value.attr == ATTR_REFERRAL)
			put_known(b, value.attr, value.octets);
	}
}

static struct span own_dn(struct conn *conn, const struct target *target)
{
	const struct naming *naming = &conn->shard->door->naming;
	struct buffer *scratch = &conn->shard->scratch;
	struct span tenant = span_str(conn->identity.tenant);

	buffer_reset(scratch);
	if (target->subschema)
		buffer_put_span(scratch, SPAN("cn=Subschema"));
	else if (target->place == PLACE_SUFFIX)
		buffer_put_span(scratch, naming->suffix);
	else if (target->place == PLACE_TENANT)
		naming_put_tenant(scratch, naming, tenant);
	else if (target->place == PLACE_CONTAINER)
		naming_put_container(scratch, naming, tenant, target->kind);
	else if (target->place == PLACE_POINTER)
		pointer_put_dn(conn, scratch, &target->record);
	return arena_copy(conn->shard->turn, buffer_span(scratch));
}

/* An alias or a referral may stand in any of them. */
static bool has_entries(struct conn *conn, enum kind kind)
{
	uint32_t tenant = conn->identity.actor.tenant;
	struct view *view = shard_view(conn->shard);

	return !view || view_count(view, tenant, kind) > 0 ||
	       view_count(view, tenant, KIND_POINTER) > 0;
}

/* A service account's list of attributes holds for aliases and referrals too. */
static void keep_shown(struct conn *conn, const struct record *pointer, struct special *special)
{
	size_t kept = 0;

	for (size_t i = 0; i < special->count; i++)
		if (access_shows(&conn->identity, pointer, special->values[i].attr))
			special->values[kept++] = special->values[i];
	special->count = kept;
}

void special_build(struct conn *conn, const struct target *target, struct special *special)
{
	if (target->monitor) {
		monitor_build(conn, target->monitor, special);
		return;
	}
	struct building b = { conn, conn->shard->turn, special,
		target->subschema ? VALUES_MAX : ROOT_MAX };

	*special = (struct special){ .dn = own_dn(conn, target),
		.values = arena_array(b.arena, b.capacity, sizeof *special->values) };
	if (target->place != PLACE_ROOT)
		special_identify(conn, target, special);
	if (target->subschema) {
		build_subschema(&b);
	} else if (target->place == PLACE_ROOT) {
		build_root(&b);
	} else if (target->place == PLACE_POINTER) {
		build_pointer(&b, &target->record);
		keep_shown(conn, &target->record, special);
	} else if (target->place == PLACE_SUFFIX) {
		build_suffix(&b);
	} else if (target->place == PLACE_TENANT) {
		put_common(&b, "organization", true);
		put_known(&b, ATTR_ORGANIZATION,
			arena_copy(b.arena, span_str(conn->identity.tenant)));
		put_context(&b);
	} else {
		put_common(&b, "organizationalUnit", has_entries(conn, target->kind));
		put_known(&b, ATTR_DIVISION, span_str(kind_row(target->kind)->ou));
	}
}

static enum truth negate(enum truth truth)
{
	return truth == TRUTH_UNDEFINED ? truth : truth == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;
}

/* RFC 4511 section 4.5.1.7: one decisive part decides, else an Undefined one makes it Undefined. */
static enum truth test_parts(
	const struct filter *filter, const struct special *special, enum truth decisive)
{
	enum truth all = negate(decisive);

	for (size_t i = 0; i < filter->part_count; i++) {
		enum truth part = special_test(filter->parts[i], special);

		if (part == decisive)
			return decisive;
		if (part == TRUTH_UNDEFINED)
			all = TRUTH_UNDEFINED;
	}
	return all;
}

static enum truth test_leaf(const struct filter *filter, const struct special *special)
{
	for (size_t i = 0; i < special->count; i++) {
		const struct special_value *value = &special->values[i];

		if (value->attr == filter->attr && filter_holds_for(filter, value->value))
			return TRUTH_TRUE;
	}
	return TRUTH_FALSE;
}

enum truth special_test(const struct filter *filter, const struct special *special)
{
	switch (filter->op) {
	case FILTER_AND:
		return test_parts(filter, special, TRUTH_FALSE);
	case FILTER_OR:
		return test_parts(filter, special, TRUTH_TRUE);
	case FILTER_NOT:
		return negate(special_test(filter->parts[0], special));
	case FILTER_IN_DN:
		return filter_names(filter->parts[0], special->dn)
			       ? TRUTH_TRUE
			       : special_test(filter->parts[0], special);
	case FILTER_UNDEFINED:
		return TRUTH_UNDEFINED;
	default:
		return test_leaf(filter, special);
	}
}

/* The tree's entries have what every entry or a tenant has, and the attributes that name them. */
static bool can_have(enum attr attr)
{
	return attr == ATTR_NONE || attr == ATTR_DIVISION || attr_row(attr)->kinds == 0 ||
	       (attr_row(attr)->kinds >> KIND_TENANT & 1) != 0;
}

bool special_can_match(const struct filter *filter)
{
	switch (filter->op) {
	case FILTER_AND:
		for (size_t i = 0; i < filter->part_count; i++)
			if (!special_can_match(filter->parts[i]))
				return false;
		return true;
	case FILTER_OR:
		for (size_t i = 0; i < filter->part_count; i++)
			if (special_can_match(filter->parts[i]))
				return true;
		return false;
	case FILTER_EQUAL:
	case FILTER_PRESENT:
	case FILTER_SUBSTRING:
		return can_have(filter->attr);
	default:
		return true;
	}
}
