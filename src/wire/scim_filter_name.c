/* What the paths of a filter mean: attributes of the table, what a resource shows of the entries
 * around it, and what follows from its kind. */
#include "wire/scim_filter_int.h"

#define USERS (1u << KIND_USER)
#define ROLES (1u << KIND_ROLE)
#define SCOPES (1u << KIND_SCOPE)
#define CONTAINERS (ROLES | SCOPES | 1u << KIND_GROUP)

static const struct related_row rows[] = {
	{ KIND_USER, "groups", "value", ATTR_MEMBER_OF, CONTAINERS, ATTR_ID, NULL },
	{ KIND_USER, "groups", "display", ATTR_MEMBER_OF, CONTAINERS, ATTR_COMMON_NAME, NULL },
	{ KIND_USER, "groups", "type", ATTR_MEMBER_OF, CONTAINERS, ATTR_NONE, "direct" },
	{ KIND_USER, "roles", "value", ATTR_MEMBER_OF, ROLES, ATTR_COMMON_NAME, NULL },
	{ KIND_USER, "roles", "display", ATTR_MEMBER_OF, ROLES, ATTR_COMMON_NAME, NULL },
	{ KIND_USER, "roles", "type", ATTR_MEMBER_OF, ROLES, ATTR_NONE, "role" },
	{ KIND_USER, "scopes", "value", ATTR_MEMBER_OF, SCOPES, ATTR_ID, NULL },
	{ KIND_USER, "scopes", "display", ATTR_MEMBER_OF, SCOPES, ATTR_COMMON_NAME, NULL },
	{ KIND_USER, "scopes", "kind", ATTR_MEMBER_OF, SCOPES, ATTR_SCOPE_KIND, NULL },
	{ KIND_USER, "manager", "displayName", ATTR_MANAGER, USERS, ATTR_DISPLAY_NAME, NULL },
	{ KIND_GROUP, "members", "value", ATTR_MEMBER, USERS | CONTAINERS, ATTR_ID, NULL },
	{ KIND_GROUP, "members", "display", ATTR_MEMBER, USERS, ATTR_USER_NAME, NULL },
	{ KIND_GROUP, "members", "display", ATTR_MEMBER, CONTAINERS, ATTR_COMMON_NAME, NULL },
	{ KIND_GROUP, "members", "type", ATTR_MEMBER, USERS, ATTR_NONE, "User" },
	{ KIND_GROUP, "members", "type", ATTR_MEMBER, CONTAINERS, ATTR_NONE, "Group" },
};

const struct related_row *related_row(
	const struct parse *p, const struct target *target, size_t *from)
{
	while (*from < sizeof rows / sizeof *rows) {
		const struct related_row *row = &rows[(*from)++];
		if (row->type == p->type->kind && target->attribute &&
			span_equal(span_str(row->attribute), span_str(target->attribute->name)) &&
			span_equal_nocase(span_str(row->name), span_str(target->relation)))
			return row;
	}
	return NULL;
}

/* The target is an attribute that leads elsewhere, with this part of it. */
static bool find_relation(const struct parse *p, struct target *target, const char *part)
{
	size_t from = 0;
	target->relation = part;
	if (related_row(p, target, &from))
		return true;
	target->relation = NULL;
	return false;
}

/* An attribute by another name is like a simple one of the type. */
static bool find_named(struct parse *p, struct span word, struct target *target)
{
	enum attr attr = p->name ? p->name(p->kind, word) : ATTR_NONE;
	if (attr == ATTR_NONE)
		return false;
	struct scim_attribute *attribute = arena_zalloc(p->arena, sizeof *attribute);
	attribute->attr = attr;
	attribute->multi = !attr_has(attr, ATTR_SINGLE);
	target->attribute = attribute;
	target->attr = attr;
	return true;
}

/* "groups.display": a part that the table does not have, behind the last dot. */
static bool find_beside(struct parse *p, struct span word, struct target *target)
{
	struct scim_path path;
	size_t dot = word.len;
	while (dot > 0 && word.data[dot - 1] != '.')
		dot--;
	if (dot == 0 || !scim_path_find(p->type, span_of(word.data, dot - 1), &path) ||
		!path.attribute || path.part)
		return false;
	target->attribute = path.attribute;
	return find_relation(p, target, arena_string(p->arena, span_from(word, dot)));
}

static bool find_of_type(struct parse *p, struct span word, struct target *target)
{
	struct scim_path path;
	/* meta.resourceType has no row: it is the type's name. */
	if (span_equal_nocase(word, SPAN("meta.resourceType")) &&
		scim_path_find(p->type, SPAN("meta"), &path)) {
		target->attribute = path.attribute;
		target->special = SCIM_META;
		return true;
	}
	if (!scim_path_find(p->type, word, &path))
		return find_beside(p, word, target);
	target->attribute = path.attribute;
	target->part = path.part;
	target->schema = path.schema;
	if (!path.attribute)
		return true;
	target->attr = path.part ? path.part->attr : path.attribute->attr;
	if (path.attribute->special == SCIM_SCHEMAS || path.attribute->special == SCIM_GROUP_TYPE)
		target->special = path.attribute->special;
	else
		find_relation(p, target, path.part ? path.part->name : "value");
	return target->attr || target->special || target->relation || path.attribute->count > 0;
}

/* Brackets are read once for the parts that are stored and once for those of related entries: what
 * the one has is not absent from the filter, but from the other. */
static bool find_within(struct parse *p, struct span word, struct target *target)
{
	target->attribute = p->within;
	const struct scim_part *part = scim_part_find(p->within, word);
	/* The values of a simple attribute are its "value". */
	bool is_value = !p->within->complex && span_equal_nocase(word, SPAN("value"));
	bool is_related = find_relation(p, target, arena_string(p->arena, word));
	target->absent = p->related ? !is_related : !part && !is_value;
	if (!p->related) {
		target->relation = NULL;
		target->part = part;
		target->attr = part ? part->attr : is_value ? p->within->attr : ATTR_NONE;
	}
	return part || is_value || is_related;
}

/* A type that has no such attribute has no value of it (RFC 7644 section 3.4.2.1). */
static enum err take_absence(struct parse *p, struct target *target, unsigned path)
{
	if (path >= PATHS_MAX)
		return bad(p, "it has too many terms");
	p->unmapped->is[path] = true;
	p->unmapped->word[path] = target->word;
	target->absent = true;
	return OK;
}

enum err find_target(struct parse *p, struct span word, struct target *target)
{
	bool found = false;
	unsigned path = p->paths++;
	*target = (struct target){ .word = word };
	if (p->within)
		found = find_within(p, word, target);
	else if (!p->absent)
		found = find_named(p, word, target) || (p->type && find_of_type(p, word, target));
	if (!found && p->unmapped)
		return take_absence(p, target, path);
	if (!found || (target->attr && attr_is_hidden(target->attr)))
		return bad_at(p, word, "the attribute cannot be filtered on");
	return OK;
}
