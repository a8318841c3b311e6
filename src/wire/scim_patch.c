#include "wire/scim_patch_int.h"

#include "base/limits.h"
#include "wire/scim_filter.h"
#include "wire/scim_resource.h"

/* ---- paths ---- */

static enum err bad_path(struct scim_edit *edit, struct span text)
{
	return fail(edit->why, ERR_PATH, arena_string(edit->arena, text), "there is no such path");
}

static enum err parse_value_path(
	struct scim_edit *edit, struct span text, size_t bracket, struct operation *operation)
{
	struct span inner = span_from(text, bracket + 1);
	size_t end = scim_bracket_end(inner);
	const struct scim_attribute *attribute = operation->path.attribute;
	if (end == inner.len || operation->path.part || !attribute || !attribute->multi)
		return bad_path(edit, text);
	struct span rest = span_from(inner, end + 1);
	inner.len = end;
	if (rest.len > 0) {
		operation->path.part = scim_part_find(attribute, span_from(rest, 1));
		if (rest.data[0] != '.' || !operation->path.part)
			return bad_path(edit, text);
	}
	return scim_value_filter_parse(
		edit->arena, edit->type, attribute, inner, &operation->filter, edit->why);
}

static enum err parse_path(struct scim_edit *edit, struct span text, struct operation *operation)
{
	size_t bracket = span_find(text, '[');
	if (!scim_path_find(edit->type, span_of(text.data, bracket), &operation->path))
		return bad_path(edit, text);
	return bracket < text.len ? parse_value_path(edit, text, bracket, operation) : OK;
}

/* 'members[value eq "..."]', also several joined by or: the ids themselves, whether members or not,
 * so that removing one who has gone already succeeds. */
static enum err members_of_filter(struct scim_edit *edit, const struct filter *filter)
{
	if (filter->op == FILTER_EQUAL && filter->attr == ATTR_MEMBER) {
		struct json id = { .type = JSON_IS_STRING, .text = filter->value };
		return scim_take_members(edit, &id, true);
	}
	if (filter->op != FILTER_OR || filter->part_count == 0)
		return fail(edit->why, ERR_NO_TARGET, "members",
			"members are chosen by 'value eq' only");
	enum err err = OK;
	for (size_t i = 0; i < filter->part_count && !err; i++)
		err = members_of_filter(edit, filter->parts[i]);
	return err;
}

static enum err change_members(struct scim_edit *edit, const struct operation *operation)
{
	if (operation->op == PATCH_REMOVE && operation->filter && !operation->path.part)
		return members_of_filter(edit, operation->filter);
	if (operation->filter || operation->path.part)
		return fail(edit->why, ERR_NO_TARGET, "members", "a member cannot be changed");
	if (operation->op == PATCH_REMOVE && operation->value &&
		operation->value->type != JSON_IS_NULL)
		return scim_take_members(edit, operation->value, true);
	if (operation->op != PATCH_ADD)
		scim_clear_members(edit);
	return operation->op == PATCH_REMOVE ? OK
					     : scim_take_members(edit, operation->value, false);
}

static enum err immutable(struct scim_edit *edit, const char *name)
{
	return fail(edit->why, ERR_MUTABILITY, name, "the attribute cannot be changed");
}

/* It says what the group is anyway, or it would make something else of it. */
static enum err keep_group_type(struct scim_edit *edit, const struct operation *operation)
{
	const struct json *value = operation->value;
	bool same = operation->op != PATCH_REMOVE && value->type == JSON_IS_STRING &&
		    scim_group_kind(value->text) == edit->entry->kind;
	return same ? OK : immutable(edit, "groupType");
}

static enum err change_attribute(struct scim_edit *edit, const struct operation *operation)
{
	const struct scim_path *path = &operation->path;
	const struct scim_attribute *attribute = path->attribute;
	if (attribute->special == ATTR_MEMBER)
		return change_members(edit, operation);
	if (attribute->special == SCIM_GROUP_TYPE)
		return keep_group_type(edit, operation);
	if (attribute->special || attribute->read_only)
		return immutable(edit, attribute->name);
	if (attribute->multi)
		return patch_multi(edit, operation);
	if (operation->op != PATCH_REMOVE)
		return scim_set(edit, path, operation->value);
	if (attribute->attr == ATTR_ACTIVE)
		return immutable(edit, attribute->name);
	scim_remove(edit, path);
	return OK;
}

/* ---- operations ---- */

static enum err change_schema(struct scim_edit *edit, const struct operation *operation);

static enum err change(struct scim_edit *edit, const struct operation *operation)
{
	enum err err = operation->path.attribute ? change_attribute(edit, operation)
						 : change_schema(edit, operation);
	/* "mutability": RFC 7644 section 3.5.2.2, a required attribute cannot be removed. */
	return err ? err
		   : scim_check_required(
			     edit, operation->op == PATCH_REMOVE ? ERR_MUTABILITY : ERR_MISSING);
}

static bool is_given_by_server(const struct scim_attribute *attribute)
{
	return attribute && attribute->special != ATTR_MEMBER &&
	       attribute->special != SCIM_GROUP_TYPE &&
	       (attribute->special || attribute->read_only);
}

/* One member of a value without path. Okta puts id and schemas into it, which are passed over, and
 * so is what the type does not have; Entra uses whole paths as names. */
static enum err change_member(struct scim_edit *edit, const struct operation *outer,
	enum scim_schema schema, const struct json *member)
{
	struct operation inner = { .op = outer->op, .value = member };
	bool found = schema != SCIM_CORE &&
		     scim_name_find(edit->type, schema, false, member->name, &inner.path);
	if (!found && schema != SCIM_CORE)
		return OK;
	if (!found && span_find(member->name, '[') == member->name.len &&
		!scim_path_find(edit->type, member->name, &inner.path))
		return OK;
	if (!found) {
		enum err err = parse_path(edit, member->name, &inner);
		if (err)
			return err;
	}
	return is_given_by_server(inner.path.attribute) ? OK : change(edit, &inner);
}

static enum err change_all(
	struct scim_edit *edit, const struct operation *operation, enum scim_schema schema)
{
	const struct json *object = operation->value;
	if (!object || object->type != JSON_IS_OBJECT)
		return fail(edit->why, ERR_VALUE, "value",
			"without a path the value must be an object");
	enum err err = OK;
	for (size_t i = 0; i < object->count && !err; i++)
		err = change_member(edit, operation, schema, &object->items[i]);
	return err;
}

static enum err change_schema(struct scim_edit *edit, const struct operation *operation)
{
	if (operation->op != PATCH_REMOVE)
		return change_all(edit, operation, operation->path.schema);
	for (size_t i = 0; i < edit->type->count; i++) {
		const struct scim_attribute *attribute = &edit->type->attributes[i];
		const struct scim_path path = { attribute, NULL, attribute->schema };
		if (attribute->special == SCIM_GROUP_TYPE &&
			attribute->schema == operation->path.schema)
			return immutable(edit, attribute->name);
		if (attribute->schema == operation->path.schema && !attribute->special &&
			!attribute->read_only)
			scim_remove(edit, &path);
	}
	return OK;
}

static bool parse_op(struct span name, enum patch_op *op)
{
	static const struct {
		const char *name;
		enum patch_op op;
	} rows[] = { { "add", PATCH_ADD }, { "remove", PATCH_REMOVE },
		{ "replace", PATCH_REPLACE } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (span_equal_nocase(name, span_str(rows[i].name))) {
			*op = rows[i].op;
			return true;
		}
	return false;
}

static enum err apply(struct scim_edit *edit, const struct json *json)
{
	struct operation operation = { .value = json_member(json, "value") };
	const struct json *path = json_member(json, "path");
	if (!parse_op(json_text(json, "op"), &operation.op))
		return fail(edit->why, ERR_SYNTAX, "op", "an operation is add, remove or replace");
	if (path && path->type != JSON_IS_STRING && path->type != JSON_IS_NULL)
		return fail(edit->why, ERR_PATH, "path", "the path must be a string");
	bool has_path = path && path->type == JSON_IS_STRING && path->text.len > 0;
	if (operation.op == PATCH_REMOVE && !has_path)
		return fail(edit->why, ERR_NO_TARGET, "path", "remove needs a path");
	if (operation.op != PATCH_REMOVE && !operation.value)
		return fail(edit->why, ERR_VALUE, "value", "the operation has no value");
	if (!has_path)
		return change_all(edit, &operation, SCIM_CORE);
	enum err err = parse_path(edit, path->text, &operation);
	return err ? err : change(edit, &operation);
}

static enum err check_message(struct scim_edit *edit, const struct json *body)
{
	const struct json *schemas = json_member(body, "schemas");
	for (size_t i = 0; schemas && schemas->type == JSON_IS_ARRAY && i < schemas->count; i++)
		if (span_equal_nocase(schemas->items[i].text,
			    SPAN("urn:ietf:params:scim:api:messages:2.0:PatchOp")))
			return OK;
	return fail(edit->why, ERR_VALUE, "schemas", "the schema of a PatchOp is missing");
}

enum err scim_patch(struct scim_edit *edit, const struct json *body)
{
	const struct json *operations = json_member(body, "Operations");
	enum err err = check_message(edit, body);
	if (err)
		return err;
	if (!operations || operations->type != JSON_IS_ARRAY || operations->count == 0)
		return fail(edit->why, ERR_SYNTAX, "Operations", "there are no operations");
	if (operations->count > LIMIT_PATCH_OPERATIONS)
		return fail(edit->why, ERR_TOO_LARGE, "Operations", "more than %d operations",
			LIMIT_PATCH_OPERATIONS);
	for (size_t i = 0; i < operations->count && !err; i++)
		err = apply(edit, &operations->items[i]);
	return err;
}
