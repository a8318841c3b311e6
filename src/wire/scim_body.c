#include "wire/scim_edit.h"
#include "wire/scim_resource.h"

/* Entra names some besides the standard's, and sends nothing of them. */
static bool is_passed_over(struct span urn)
{
	return span_starts_nocase(
		urn, SPAN("http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/"));
}

static enum err check_schemas(struct scim_edit *edit, const struct json *body)
{
	const struct json *schemas = json_member(body, "schemas");
	bool core = false;
	if (!schemas || schemas->type != JSON_IS_ARRAY)
		return fail(edit->why, ERR_VALUE, "schemas", "the list of schemas is missing");
	for (size_t i = 0; i < schemas->count; i++) {
		enum scim_schema schema;
		const struct json *urn = &schemas->items[i];
		if (is_passed_over(urn->text))
			continue;
		if (urn->type != JSON_IS_STRING ||
			!scim_schema_find(edit->type, urn->text, &schema))
			return fail(edit->why, ERR_VALUE, "schemas", "there is no such schema");
		core = core || schema == SCIM_CORE;
	}
	if (!core)
		return fail(edit->why, ERR_VALUE, "schemas", "the schema of a %s is missing",
			edit->type->name);
	return OK;
}

static enum err take_group_type(struct scim_edit *edit, const struct json *value)
{
	edit->group_type = value->type == JSON_IS_STRING ? scim_group_kind(value->text) : KIND_NONE;
	if (edit->group_type != KIND_NONE)
		return OK;
	return fail(edit->why, ERR_VALUE, "groupType", "the type is directory, role or scope");
}

static enum err take_attribute(
	struct scim_edit *edit, const struct scim_path *path, const struct json *value)
{
	if (path->attribute->special == ATTR_MEMBER) {
		scim_clear_members(edit);
		return scim_take_members(edit, value, false);
	}
	if (path->attribute->special == SCIM_GROUP_TYPE)
		return take_group_type(edit, value);
	if (path->attribute->special || path->attribute->read_only)
		return OK;
	/* Absent and null are the same (RFC 7643 section 2.5). */
	if (value->type == JSON_IS_NULL && path->attribute->attr != ATTR_ACTIVE)
		return OK;
	return scim_set(edit, path, value);
}

static enum err take_object(
	struct scim_edit *edit, enum scim_schema schema, const struct json *object);

static enum err take_member(
	struct scim_edit *edit, enum scim_schema schema, const struct json *member)
{
	struct scim_path path;
	enum scim_schema extension;
	if (schema == SCIM_CORE && scim_schema_find(edit->type, member->name, &extension) &&
		extension != SCIM_CORE)
		return take_object(edit, extension, member);
	if (!scim_name_find(edit->type, schema, false, member->name, &path) || path.part)
		return OK;
	return take_attribute(edit, &path, member);
}

static enum err take_object(
	struct scim_edit *edit, enum scim_schema schema, const struct json *object)
{
	if (object->type != JSON_IS_OBJECT)
		return fail(edit->why, ERR_SYNTAX, NULL, "an object was expected");
	for (size_t i = 0; i < object->count; i++) {
		enum err err = take_member(edit, schema, &object->items[i]);
		if (err)
			return err;
	}
	return OK;
}

enum err scim_take_body(struct scim_edit *edit, const struct json *body)
{
	if (body->type != JSON_IS_OBJECT)
		return fail(edit->why, ERR_SYNTAX, NULL, "the body must be an object");
	enum err err = check_schemas(edit, body);
	if (!err)
		err = take_object(edit, SCIM_CORE, body);
	return err ? err : scim_check_required(edit, ERR_MISSING);
}
