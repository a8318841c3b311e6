#include "wire/scim_schema.h"

#include <assert.h>
#include <pthread.h>

#define CONTAINERS (1u << KIND_ROLE | 1u << KIND_SCOPE | 1u << KIND_GROUP)

static struct scim_type user = { .kind = KIND_USER,
	.kinds = 1u << KIND_USER,
	.name = "User",
	.endpoint = "/Users",
	.urns = { SCIM_URN_USER, SCIM_URN_ENTERPRISE, SCIM_URN_MUSTER_USER } };
static struct scim_type group = { .kind = KIND_GROUP,
	.kinds = CONTAINERS,
	.name = "Group",
	.endpoint = "/Groups",
	.urns = { SCIM_URN_GROUP, [SCIM_MUSTER] = SCIM_URN_MUSTER_GROUP } };
static struct scim_type test = { .kind = KIND_TEST,
	.kinds = 1u << KIND_TEST,
	.name = "TestResource",
	.endpoint = "/TestResources",
	.urns = { SCIM_URN_TEST, [SCIM_TEST] = SCIM_URN_TEST_MORE } };
static struct scim_type *const types[] = { &user, &group, &test };
#define TYPES (sizeof types / sizeof *types)

/* Other paths that an attribute has for some kinds. */
static const struct {
	const char *path;
	enum attr attr;
	uint32_t kinds;
} aliases[] = {
#define LDAP_ALIAS(name, attribute)
#define FAMILY(first, last)
#define SCIM_ALIAS(path, attribute, kinds) { path, ATTR_##attribute, kinds },
#include "aliases.def"
#undef LDAP_ALIAS
#undef FAMILY
#undef SCIM_ALIAS
};

static const struct {
	const char *brief;
	enum scim_schema schema;
} briefs[] = { { "enterprise:", SCIM_ENTERPRISE }, { "muster:", SCIM_MUSTER },
	{ "test:", SCIM_TEST } };

static const char *heap_span(struct span s)
{
	char *text = heap_zalloc(s.len + 1);
	memcpy(text, s.data, s.len);
	return text;
}

static struct scim_attribute *add(
	struct scim_type *type, enum scim_schema schema, struct span name, bool read_only)
{
	for (size_t i = 0; i < type->count; i++)
		if (type->attributes[i].schema == schema &&
			span_equal(span_str(type->attributes[i].name), name))
			return &type->attributes[i];
	assert(type->count < SCIM_ATTRIBUTES_MAX);
	struct scim_attribute *attribute = &type->attributes[type->count++];
	attribute->name = heap_span(name);
	attribute->schema = schema;
	attribute->read_only = read_only;
	return attribute;
}

static unsigned special_of(struct span name, enum attr attr)
{
	if (span_equal(name, SPAN("meta")))
		return SCIM_META;
	return attr == ATTR_ID || attr == ATTR_MEMBER || attr == ATTR_MEMBER_OF ? attr : 0;
}

static bool is_multi(const struct attr_row *row)
{
	bool family = attr_family(row->attr) != row->attr ||
		      attr_family((enum attr)(row->attr + 1)) == row->attr;
	return family || !(row->flags & ATTR_SINGLE);
}

static void add_row(struct scim_type *type, const struct attr_row *row, const char *path)
{
	struct span rest = span_str(path);
	enum scim_schema schema = SCIM_CORE;
	for (size_t i = 0; i < sizeof briefs / sizeof *briefs; i++)
		if (span_starts(rest, span_str(briefs[i].brief))) {
			schema = briefs[i].schema;
			rest = span_from(rest, strlen(briefs[i].brief));
		}
	struct span name = span_cut(&rest, '.');
	struct scim_attribute *attribute =
		add(type, schema, name, (row->flags & ATTR_READ_ONLY) != 0);
	attribute->special = special_of(name, row->attr);
	attribute->multi = is_multi(row);
	attribute->needed = row->flags & ATTR_NEEDED || kind_row(type->kind)->naming == row->attr;
	if (rest.len == 0) {
		attribute->attr = row->attr;
		return;
	}
	assert(attribute->count < SCIM_PARTS_MAX);
	attribute->complex = true;
	attribute->parts[attribute->count++] = (struct scim_part){ heap_span(rest), row->attr };
	if (span_equal(rest, SPAN("value")))
		attribute->attr = row->attr;
}

static struct scim_attribute *add_extra(struct scim_type *type, const char *name, unsigned special,
	bool complex, enum scim_schema schema)
{
	struct scim_attribute *attribute = add(type, schema, span_str(name), true);
	attribute->special = special;
	attribute->complex = complex;
	attribute->multi = true;
	return attribute;
}

static void set_bit(struct scim_select *select, unsigned attr, bool on)
{
	uint64_t bit = UINT64_C(1) << (attr % 64);
	select->bits[attr / 64] =
		on ? select->bits[attr / 64] | bit : select->bits[attr / 64] & ~bit;
}

static void build_type(struct scim_type *type)
{
	size_t count;
	const struct attr_row *rows = attr_rows(&count);
	for (size_t i = 0; i < count; i++) {
		const struct attr_row *row = &rows[i];
		if (!(row->kinds & type->kinds) || (row->flags & ATTR_INTERNAL))
			continue;
		const char *path = row->scim;
		for (size_t j = 0; j < sizeof aliases / sizeof *aliases; j++)
			if (aliases[j].attr == row->attr && (aliases[j].kinds & type->kinds))
				path = aliases[j].path;
		if (!path)
			continue;
		add_row(type, row, path);
		set_bit(&type->always, row->attr, row->flags & ATTR_ALWAYS);
		set_bit(&type->on_request, row->attr, row->flags & ATTR_ON_REQUEST);
	}
	add_extra(type, "schemas", SCIM_SCHEMAS, false, SCIM_CORE);
	set_bit(&type->always, SCIM_SCHEMAS, true);
}

static void build(void)
{
	for (size_t i = 0; i < TYPES; i++)
		build_type(types[i]);
	add_extra(&user, "entitlements", SCIM_ENTITLEMENTS, true, SCIM_CORE);
	set_bit(&user.on_request, SCIM_ENTITLEMENTS, true);
	add_extra(&user, "lastLogin", SCIM_LAST_LOGIN, false, SCIM_MUSTER)->multi = false;
	add_extra(&user, "scopes", SCIM_SCOPES, true, SCIM_MUSTER);
	add_extra(&group, "groupType", SCIM_GROUP_TYPE, false, SCIM_MUSTER)->multi = false;
}

static pthread_once_t built = PTHREAD_ONCE_INIT;

const struct scim_type *scim_type_of(enum kind kind)
{
	pthread_once(&built, build);
	return kind == KIND_USER ? &user : kind == KIND_TEST ? &test : &group;
}

const struct scim_type *scim_type_at(struct span endpoint)
{
	pthread_once(&built, build);
	for (size_t i = 0; i < TYPES; i++)
		if (span_equal(endpoint, span_str(types[i]->endpoint + 1)))
			return types[i];
	return NULL;
}

bool scim_schema_find(const struct scim_type *type, struct span urn, enum scim_schema *schema)
{
	for (enum scim_schema s = 0; s < SCIM_SCHEMA_COUNT; s++)
		if (type->urns[s] && span_equal_nocase(urn, span_str(type->urns[s]))) {
			*schema = s;
			return true;
		}
	return false;
}

bool scim_attribute_has(const struct scim_attribute *attribute, enum attr attr)
{
	for (size_t i = 0; i < attribute->count; i++)
		if (attribute->parts[i].attr == attr)
			return true;
	return !attribute->complex && attribute->attr == attr;
}

const struct scim_part *scim_part_find(const struct scim_attribute *attribute, struct span name)
{
	for (size_t i = 0; i < attribute->count; i++)
		if (span_equal_nocase(name, span_str(attribute->parts[i].name)))
			return &attribute->parts[i];
	return NULL;
}

bool scim_name_find(const struct scim_type *type, enum scim_schema schema, bool any_schema,
	struct span name, struct scim_path *path)
{
	struct span rest = name, head = span_cut(&rest, '.');
	for (size_t i = 0; i < type->count; i++) {
		const struct scim_attribute *attribute = &type->attributes[i];
		if ((!any_schema && attribute->schema != schema) ||
			!span_equal_nocase(head, span_str(attribute->name)))
			continue;
		const struct scim_part *part = scim_part_find(attribute, rest);
		if (head.len < name.len && !part)
			return false;
		*path = (struct scim_path){ attribute, part, attribute->schema };
		return true;
	}
	return false;
}

/* The URN that stands before a path, itself holding dots and colons. */
static bool cut_urn(const struct scim_type *type, struct span *text, enum scim_schema *schema)
{
	for (enum scim_schema s = 0; s < SCIM_SCHEMA_COUNT; s++) {
		struct span urn = span_str(type->urns[s]);
		if (urn.len == 0 || !span_starts_nocase(*text, urn))
			continue;
		if (text->len > urn.len && text->data[urn.len] != ':')
			continue;
		*text = span_from(*text, urn.len + 1);
		*schema = s;
		return true;
	}
	return false;
}

bool scim_path_find(const struct scim_type *type, struct span text, struct scim_path *path)
{
	enum scim_schema schema = SCIM_CORE;
	bool urn = cut_urn(type, &text, &schema);
	if (urn && text.len == 0) {
		*path = (struct scim_path){ .schema = schema };
		return true;
	}
	return scim_name_find(type, schema, !urn, text, path);
}

/* ---- selections ---- */

#define NAMES_MAX 100

static uint8_t *references_of(struct scim_select *select, const struct scim_attribute *attribute)
{
	switch (attribute->special) {
	case ATTR_MEMBER:
		return &select->members;
	case ATTR_MEMBER_OF:
		return &select->groups;
	case SCIM_SCOPES:
		return &select->scopes;
	default:
		return NULL;
	}
}

static void set_attribute(struct scim_select *select, const struct scim_attribute *attribute,
	const struct scim_part *part, bool on)
{
	uint8_t *references = references_of(select, attribute);
	if (references)
		*references = on ? SCIM_REFERENCE_WHOLE : 0;
	if (attribute->special)
		set_bit(select, attribute->special, on);
	else if (part)
		set_bit(select, part->attr, on);
	else if (attribute->attr)
		set_bit(select, attribute->attr, on);
	for (size_t i = 0; !part && i < attribute->count; i++)
		set_bit(select, attribute->parts[i].attr, on);
}

static void set_path(const struct scim_type *type, struct scim_select *select,
	const struct scim_path *path, bool on)
{
	if (path->attribute)
		set_attribute(select, path->attribute, path->part, on);
	for (size_t i = 0; !path->attribute && i < type->count; i++)
		if (type->attributes[i].schema == path->schema)
			set_attribute(select, &type->attributes[i], NULL, on);
}

static uint8_t reference_part(struct span name)
{
	static const char *const names[] = { "value", "display", "$ref", "type", "kind" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (span_equal_nocase(name, span_str(names[i])))
			return (uint8_t)(1u << i);
	return 0;
}

/* "members", "groups.display": false when the name is no reference. What keeps no part is not shown
 * at all. */
static bool set_reference(
	const struct scim_type *type, struct scim_select *select, struct span name, bool on)
{
	struct scim_path path;
	size_t dot = name.len;
	uint8_t parts = SCIM_REFERENCE_WHOLE, *shown = NULL;
	while (dot > 0 && name.data[dot - 1] != '.')
		dot--;
	if (dot > 0 && (parts = reference_part(span_from(name, dot))))
		name.len = dot - 1;
	if (scim_path_find(type, name, &path) && path.attribute && !path.part)
		shown = references_of(select, path.attribute);
	if (!shown || !parts)
		return false;
	*shown = (uint8_t)(on ? *shown | parts : *shown & ~parts);
	set_bit(select, path.attribute->special, *shown != 0);
	return true;
}

enum err scim_select_parse(const struct scim_type *type, struct span attributes,
	struct span excluded, struct scim_select *select, struct why *why)
{
	bool only = attributes.len > 0;
	struct span rest = only ? attributes : excluded;
	if (only && excluded.len > 0)
		return fail(why, ERR_VALUE, "excludedAttributes",
			"either attributes or excludedAttributes can be given");
	for (size_t i = 0; i < sizeof select->bits / sizeof *select->bits; i++)
		select->bits[i] = only ? 0 : ~type->on_request.bits[i];
	select->members = select->groups = select->scopes = only ? 0 : SCIM_REFERENCE_WHOLE;
	for (unsigned names = 0; rest.len > 0; names++) {
		struct scim_path path;
		if (names == NAMES_MAX)
			return fail(why, ERR_VALUE, "attributes", "more than %d names", NAMES_MAX);
		struct span name = span_trim(span_cut(&rest, ','));
		if (!set_reference(type, select, name, only) && scim_path_find(type, name, &path))
			set_path(type, select, &path, only);
	}
	for (size_t i = 0; i < sizeof select->bits / sizeof *select->bits; i++)
		select->bits[i] |= type->always.bits[i];
	return OK;
}
