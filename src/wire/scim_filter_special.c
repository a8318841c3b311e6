/* Leaves on what has no row in the attribute table: schemas, the resource type, a group's type, and
 * what a resource shows of other entries. */
#include "wire/scim_filter_int.h"

#include "wire/scim_resource.h"

/* ---- a text that many share ---- */

static struct span lower(struct parse *p, struct span text)
{
	uint8_t *copy = arena_alloc(p->arena, text.len + 1);
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		copy[i] = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
	}
	return span_of(copy, text.len);
}

static bool contains(struct span text, struct span part)
{
	for (; text.len >= part.len; text = span_from(text, 1)) {
		if (span_starts(text, part))
			return true;
		if (text.len == 0)
			break;
	}
	return false;
}

static bool holds(struct parse *p, enum compare compare, struct span given, struct span wanted)
{
	struct span text = lower(p, given), value = lower(p, wanted);
	int order = span_compare(text, value);
	switch (compare) {
	case EQ:
		return order == 0;
	case NE:
		return order != 0;
	case CO:
		return contains(text, value);
	case SW:
		return span_starts(text, value);
	case EW:
		return text.len >= value.len &&
		       span_equal(span_from(text, text.len - value.len), value);
	case GT:
		return order > 0;
	case GE:
		return order >= 0;
	case LT:
		return order < 0;
	case LE:
		return order <= 0;
	default:
		return true;
	}
}

/* Null is no text; what is asked here always has one. */
static enum err compare_text(struct parse *p, const struct target *target, struct span text,
	enum compare compare, const struct literal *literal, bool *result)
{
	const struct json *value = literal->json;
	if (compare == PR) {
		*result = true;
		return OK;
	}
	if (value->type == JSON_IS_NULL && (compare == EQ || compare == NE)) {
		*result = compare == NE;
		return OK;
	}
	if (value->type != JSON_IS_STRING)
		return bad_at(p, target->word, "the value is not of the attribute's type");
	*result = holds(p, compare, text, value->text);
	return OK;
}

static struct filter *of_kinds(struct parse *p, uint32_t kinds)
{
	struct filter *filter = filter_new(p->arena, FILTER_KIND, ATTR_NONE);
	filter->kinds = kinds;
	return filter;
}

static struct filter *or_of(struct parse *p, struct filter *a, struct filter *b)
{
	return a ? pair(p, FILTER_OR, a, b) : b;
}

/* ---- schemas, types ---- */

/* What makes the schema one of a resource's: any of its attributes. */
static size_t schema_parts(
	struct parse *p, const struct scim_attribute *attribute, struct filter **parts)
{
	size_t count = 0;
	if (attribute->special == SCIM_SCOPES)
		parts[count++] = related(p, ATTR_MEMBER_OF, 1u << KIND_SCOPE, constant(p, true));
	if (attribute->attr && !attr_is_hidden(attribute->attr))
		parts[count++] = filter_leaf(p->arena, FILTER_PRESENT, attribute->attr, SPAN_NONE);
	for (size_t i = 0; !attribute->attr && i < attribute->count; i++)
		parts[count++] =
			filter_leaf(p->arena, FILTER_PRESENT, attribute->parts[i].attr, SPAN_NONE);
	return count;
}

struct filter *schema_present(struct parse *p, enum scim_schema schema)
{
	struct filter **parts = arena_array(p->arena, ATTR_LIMIT, sizeof *parts);
	size_t count = 0;
	if (schema == SCIM_CORE || kind_is_container(p->type->kind))
		return constant(p, true);
	for (size_t i = 0; i < p->type->count; i++)
		if (p->type->attributes[i].schema == schema)
			count += schema_parts(p, &p->type->attributes[i], parts + count);
	return filter_branch(p->arena, FILTER_OR, parts, count);
}

static enum err schemas_leaf(struct parse *p, const struct target *target, enum compare compare,
	const struct literal *literal, struct filter **filter)
{
	struct filter *any = NULL;
	for (enum scim_schema schema = 0; schema < SCIM_SCHEMA_COUNT; schema++) {
		bool is = false;
		enum err err = OK;
		if (p->type->urns[schema])
			err = compare_text(
				p, target, span_str(p->type->urns[schema]), compare, literal, &is);
		if (err)
			return err;
		if (is && schema == SCIM_CORE) {
			*filter = constant(p, true);
			return OK;
		}
		if (is)
			any = or_of(p, any, schema_present(p, schema));
	}
	*filter = any ? any : constant(p, false);
	return OK;
}

static enum err group_type_leaf(struct parse *p, const struct target *target, enum compare compare,
	const struct literal *literal, struct filter **filter)
{
	uint32_t kinds = 0;
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++) {
		bool is = false;
		enum err err = OK;
		if (kind_is_container(kind))
			err = compare_text(
				p, target, span_str(scim_group_type(kind)), compare, literal, &is);
		if (err)
			return err;
		kinds |= (uint32_t)is << kind;
	}
	*filter = of_kinds(p, kinds);
	return OK;
}

enum err special_leaf(struct parse *p, const struct target *target, enum compare compare,
	const struct literal *literal, struct filter **filter)
{
	if (target->special == SCIM_SCHEMAS)
		return schemas_leaf(p, target, compare, literal, filter);
	if (target->special == SCIM_GROUP_TYPE)
		return group_type_leaf(p, target, compare, literal, filter);
	bool is = false;
	enum err err = compare_text(p, target, span_str(p->type->name), compare, literal, &is);
	if (!err)
		*filter = constant(p, is);
	return err;
}

/* ---- entries beside ---- */

static enum err row_leaf(struct parse *p, const struct target *target,
	const struct related_row *row, enum compare compare, const struct literal *literal,
	struct filter **filter)
{
	bool is = false, null = compare != PR && literal->json->type == JSON_IS_NULL;
	enum err err = OK;
	if (row->attr && (compare == PR || null)) {
		*filter = filter_leaf(p->arena, FILTER_PRESENT, row->attr, SPAN_NONE);
		if (null && compare == EQ)
			*filter = not_of(p, *filter);
		return OK;
	}
	if (row->attr)
		return compare_attr(p, target, row->attr, compare, literal, filter);
	err = compare_text(p, target, span_str(row->text), compare, literal, &is);
	if (!err)
		*filter = constant(p, is);
	return err;
}

enum err related_leaf(struct parse *p, const struct target *target, enum compare compare,
	const struct literal *literal, struct filter **filter)
{
	const struct related_row *row;
	struct filter *any = NULL;
	enum attr lead = ATTR_NONE;
	uint32_t kinds = 0;
	for (size_t from = 0; (row = related_row(p, target, &from));) {
		struct filter *part;
		enum err err = row_leaf(p, target, row, compare, literal, &part);
		if (err)
			return err;
		any = or_of(p, any, pair(p, FILTER_AND, of_kinds(p, row->kinds), part));
		lead = row->lead;
		kinds |= row->kinds;
	}
	*filter = p->related ? any : related(p, lead, kinds, any);
	return OK;
}
