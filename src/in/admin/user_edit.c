#include "in/admin/user_int.h"

#include "base/clock.h"
#include "model/value.h"
#include "wire/platform.h"

/* A person's fields, for creating, editing and replacing. */
static const struct field {
	const char *argument;
	enum attr attr;
} fields[] = {
	{ "user_name", ATTR_USER_NAME },
	{ "name", ATTR_DISPLAY_NAME },
	{ "given", ATTR_GIVEN_NAME },
	{ "family", ATTR_FAMILY_NAME },
	{ "emails", ATTR_EMAIL },
	{ "phones", ATTR_PHONE },
	{ "title", ATTR_TITLE },
	{ "user_type", ATTR_USER_TYPE },
	{ "organization", ATTR_ORGANIZATION },
	{ "department", ATTR_DEPARTMENT },
	{ "division", ATTR_DIVISION },
	{ "language", ATTR_LANGUAGE },
	{ "timezone", ATTR_TIME_ZONE },
	{ "manager", ATTR_MANAGER },
	{ "auth_methods", ATTR_AUTH_METHOD },
	{ "full_access", ATTR_FULL_ACCESS },
	{ "must_change", ATTR_MUST_CHANGE },
	{ "invited", ATTR_INVITED },
	{ "has_history", ATTR_HAS_HISTORY },
	{ "expires", ATTR_ACCOUNT_EXPIRES },
	{ "platform", ATTR_PLATFORM },
};
#define FIELDS (sizeof fields / sizeof *fields)

const char *user_argument(enum attr attr)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (fields[i].attr == attr)
			return fields[i].argument;
	return NULL;
}

enum attr user_attr(struct span argument)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (span_equal(argument, span_str(fields[i].argument)))
			return fields[i].attr;
	return ATTR_NONE;
}

struct edit {
	struct request *r;
	struct modification mods[FIELDS + 8];
	size_t count;
	bool whole; /* what is not said is withdrawn */
};

/* ---- values ---- */

static enum err manager_octets(struct request *r, struct span name, struct span *octets)
{
	struct record record;
	struct uuid id;

	if (view_by_name(r->view, r->arena, r->tenant.number, KIND_USER, name, &record) ||
		(uuid_parse(name, &id) && view_by_id(r->view, r->tenant.number, &id, &record) &&
			record.kind == KIND_USER)) {
		*octets = arena_copy(r->arena, uuid_span(&record.id));
		return OK;
	}
	return fail(r->why, ERR_UNKNOWN, "manager", "there is no such user");
}

static enum err time_octets(
	struct request *r, const char *argument, struct span text, struct span *octets)
{
	int64_t wall;
	char *stored = arena_alloc(r->arena, TIME_TEXT_MAX);

	if (!time_parse_rfc3339(text, &wall))
		return fail(r->why, ERR_VALUE, argument, "a time like 2026-11-22T01:02:03Z");
	*octets = span_of(stored, time_format_generalized(wall, stored));
	return OK;
}

static enum err text_octets(
	struct request *r, const struct field *field, struct span text, struct span *octets)
{
	if (field->attr == ATTR_MANAGER)
		return manager_octets(r, text, octets);
	if (attr_row(field->attr)->syntax == SYNTAX_TIME)
		return time_octets(r, field->argument, text, octets);
	return value_canonical(r->arena, field->attr, text, octets, r->why);
}

static enum err value_octets(
	struct request *r, const struct field *field, const struct json *given, struct span *octets)
{
	if (field->attr == ATTR_PLATFORM)
		return platform_canonical(r->arena, given, octets, r->why);
	if (given->type == JSON_IS_TRUE || given->type == JSON_IS_FALSE)
		*octets = given->type == JSON_IS_TRUE ? SPAN("TRUE") : SPAN("FALSE");
	else if (given->type == JSON_IS_STRING)
		return text_octets(r, field, given->text, octets);
	else
		return fail(r->why, ERR_VALUE, field->argument, "a text or true or false");
	return OK;
}

static struct modification *replace_with(
	struct edit *edit, enum attr attr, const struct value *values, size_t count)
{
	struct modification *mod = &edit->mods[edit->count++];

	*mod = (struct modification){
		.op = PATCH_REPLACE,
		.attr = attr,
		.values = values,
		.count = count,
		.own_only = edit->whole,
	};
	return mod;
}

/* Null, "" and [] stand for no value. */
static enum err take_field(struct edit *edit, const struct field *field, const struct json *given)
{
	struct request *r = edit->r;
	bool list = given->type == JSON_IS_ARRAY;
	size_t most = list ? given->count : 1, count = 0;
	struct value *values = arena_array(r->arena, most + 1, sizeof *values);
	enum err err = OK;

	for (size_t i = 0; err == OK && i < most; i++) {
		const struct json *one = list ? &given->items[i] : given;
		if (one->type == JSON_IS_NULL ||
			(one->type == JSON_IS_STRING && one->text.len == 0))
			continue;
		values[count] = (struct value){ .attr = field->attr, .instance = (uint16_t)count };
		err = value_octets(r, field, one, &values[count++].octets);
	}
	replace_with(edit, field->attr, values, count);
	return err;
}

/* ---- apps ---- */

static const struct {
	const char *name;
	enum attr attr;
} app_parts[] = {
	{ "value", ATTR_APP },
	{ "version", ATTR_APP_VERSION },
	{ "status", ATTR_APP_STATUS },
};

static enum err take_app_part(
	struct edit *edit, const struct json *apps, const char *name, enum attr attr)
{
	struct request *r = edit->r;
	struct value *values = arena_array(r->arena, apps->count + 1, sizeof *values);
	size_t count = 0;
	enum err err = OK;

	for (size_t i = 0; err == OK && i < apps->count; i++) {
		struct span text = json_text(&apps->items[i], name);
		if (text.len == 0 && attr == ATTR_APP)
			return fail(r->why, ERR_VALUE, "apps", "an app has a value");
		if (text.len == 0)
			continue;
		values[count] = (struct value){ .attr = attr, .instance = (uint16_t)i };
		err = value_canonical(r->arena, attr, text, &values[count++].octets, r->why);
	}
	replace_with(edit, attr, values, count);
	return err;
}

static enum err take_apps(struct edit *edit)
{
	static const struct json none = { .type = JSON_IS_ARRAY };
	const struct json *apps = json_member(edit->r->args, "apps");
	enum err err = OK;

	if (!apps && !edit->whole)
		return OK;
	if (!apps || apps->type == JSON_IS_NULL)
		apps = &none;
	if (apps->type != JSON_IS_ARRAY)
		return fail(edit->r->why, ERR_VALUE, "apps", "a list of objects");
	for (size_t i = 0; err == OK && i < sizeof app_parts / sizeof *app_parts; i++)
		err = take_app_part(edit, apps, app_parts[i].name, app_parts[i].attr);
	return err;
}

static void put_app(struct request *r, const struct record *record, uint16_t instance)
{
	json_begin_object(r->out);
	for (size_t part = 0; part < sizeof app_parts / sizeof *app_parts; part++)
		for (size_t i = record_find(record, app_parts[part].attr); i < record->count; i++) {
			struct value value = record_row(record, i);
			if (value.attr != app_parts[part].attr)
				break;
			if (value.instance == instance)
				json_text_member(r->out, app_parts[part].name, value.octets);
		}
	json_end_object(r->out);
}

void user_apps_show(struct request *r, const struct record *record)
{
	size_t first = record_find(record, ATTR_APP), end = first;

	while (end < record->count && record_row(record, end).attr == ATTR_APP)
		end++;
	if (first >= end)
		return;
	json_name(r->out, "apps");
	json_begin_array(r->out);
	for (size_t i = first; i < end; i++)
		put_app(r, record, record_row(record, i).instance);
	json_end_array(r->out);
}

static enum err take_fields(struct edit *edit)
{
	static const struct json nothing = { .type = JSON_IS_NULL };
	enum err err = take_apps(edit);

	for (size_t i = 0; err == OK && i < FIELDS; i++) {
		const struct json *given = json_member(edit->r->args, fields[i].argument);
		if (!given && !edit->whole)
			continue;
		err = take_field(edit, &fields[i], given ? given : &nothing);
	}
	return err;
}

/* ---- operations ---- */

enum err user_fields_put(struct request *r, struct entry *entry)
{
	struct edit edit = { .r = r };

	enum err err = take_fields(&edit);
	return err ? err : entry_put_mods(r, entry, edit.mods, edit.count);
}

static enum err change(struct request *r, bool whole)
{
	struct edit edit = { .r = r, .whole = whole };
	struct record record;
	struct outcome outcome;

	enum err err = request_tenant(r);
	if (err == OK)
		err = request_entry(r, KIND_USER, "user", &record);
	struct uuid id = err == OK ? record.id : (struct uuid){ { 0 } };
	if (err == OK)
		err = take_fields(&edit);
	if (err != OK)
		return err;
	const struct command command = { .type = COMMAND_MODIFY,
		.tenant = r->tenant.number,
		.kind = KIND_USER,
		.id = id,
		.mods = edit.mods,
		.mod_count = edit.count,
		.reason = json_text(r->args, "reason") };
	return request_run(r, &command, &outcome);
}

enum err admin_user_edit(struct request *r)
{
	return change(r, false);
}

enum err admin_user_replace(struct request *r)
{
	return change(r, true);
}
