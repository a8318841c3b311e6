#include "base/limits.h"
#include "core/audit.h"
#include "in/admin/admin_int.h"

#include <stdio.h>

#define MAY(id) (UINT64_C(1) << PERM_##id)
#define ANYBODY (UINT64_C(1) << 63)

static const struct {
	enum err (*handler)(struct request *r);
	uint64_t permission;
} rows[] = {
#define OPERATION(id, handler, words, arguments, method, path, permission, result, help)           \
	{ handler, permission },
#include "operations.def"
#undef OPERATION
};

uint64_t admin_permission(enum operation operation)
{
	return rows[operation].permission;
}

enum err admin_permit(const struct actor *actor, enum operation operation, struct why *why)
{
	uint64_t wanted = rows[operation].permission;

	if (actor->type == ACTOR_OPERATOR || ((actor->permissions | ANYBODY) & wanted) != 0)
		return OK;
	for (unsigned bit = 0; bit < 63; bit++)
		if (wanted >> bit & 1)
			return fail(why, ERR_FORBIDDEN, NULL, "the permission %s is missing",
				admin_codename((enum permission)bit));
	return fail(why, ERR_FORBIDDEN, NULL, "nobody may do this");
}

void admin_refused(const struct admin *admin, const struct actor *actor, uint32_t tenant,
	enum operation operation, const struct why *why)
{
	struct buffer changes;
	struct json_writer w;

	buffer_init(&changes, KIB);
	json_start(&w, &changes);
	json_begin_array(&w);
	json_begin_object(&w);
	json_string_member(&w, "new", operation_row(operation)->id);
	json_name(&w, "old");
	json_put_null(&w);
	json_string_member(&w, "path", "operation");
	json_end_object(&w);
	json_end_array(&w);
	const struct attempt attempt = { .tenant = tenant,
		.action = "operation.refused",
		.kind = KIND_TENANT,
		.changes = buffer_span(&changes) };
	core_denied(admin->core, actor, &attempt, why);
	buffer_free(&changes);
}

static bool fits(const struct json *value, const struct argument *argument)
{
	if (value->type == JSON_IS_NULL)
		return argument->nullable;
	switch (argument->type) {
	case ARGUMENT_TEXT:
	case ARGUMENT_SECRET:
	case ARGUMENT_FILE:
		return value->type == JSON_IS_STRING;
	case ARGUMENT_NUMBER:
		return value->type == JSON_IS_INTEGER && value->integer >= 0;
	case ARGUMENT_YES:
		return value->type == JSON_IS_TRUE || value->type == JSON_IS_FALSE;
	case ARGUMENT_LIST:
		for (size_t i = 0; i < value->count; i++)
			if (value->items[i].type != JSON_IS_STRING)
				return false;
		return value->type == JSON_IS_ARRAY;
	case ARGUMENT_JSON:
		return true;
	}
	return false;
}

static const char *type_word(enum argument_type type)
{
	static const char *const words[] = {
		[ARGUMENT_TEXT] = "text",
		[ARGUMENT_SECRET] = "text",
		[ARGUMENT_FILE] = "text",
		[ARGUMENT_NUMBER] = "a whole number, not below zero",
		[ARGUMENT_YES] = "true or false",
		[ARGUMENT_LIST] = "an array of texts",
		[ARGUMENT_JSON] = "JSON",
	};

	return words[type];
}

/* In the words of the door: a member of JSON, or an option. */
static enum err check_given(const struct request *r)
{
	struct argument argument;

	for (size_t i = 0; r->args && i < r->args->count; i++) {
		const struct json *given = &r->args->items[i];
		char name[64] = { 0 };

		memcpy(name, given->name.data,
			given->name.len < sizeof name ? given->name.len : sizeof name - 1);
		if (!operation_argument(r->operation, given->name, &argument) ||
			(r->has_tenant && strcmp(argument.member, "tenant") == 0))
			return fail(r->why, ERR_UNKNOWN, name, "there is no such argument here");
		if (!fits(given, &argument))
			return fail(r->why, ERR_VALUE, name, "the argument must be %s",
				type_word(argument.type));
	}
	return OK;
}

enum err admin_check(const struct request *r)
{
	struct span arguments = span_str(operation_row(r->operation)->arguments);
	struct argument argument;

	if (r->args && r->args->type != JSON_IS_OBJECT)
		return fail(r->why, ERR_SYNTAX, NULL, "the arguments must be an object");
	while (operation_next_argument(&arguments, &argument)) {
		const struct json *given = r->args ? json_member(r->args, argument.member) : NULL;
		bool is_tenant = r->has_tenant && strcmp(argument.member, "tenant") == 0;

		if (argument.required && !is_tenant &&
			(!given || (given->type == JSON_IS_STRING && given->text.len == 0)))
			return fail(r->why, ERR_MISSING, argument.member,
				"the argument %s is missing", argument.member);
	}
	return check_given(r);
}

enum err admin_run(struct request *r)
{
	enum err err = admin_permit(&r->actor, r->operation, r->why);

	if (err == OK)
		err = admin_check(r);
	if (err == OK)
		err = rows[r->operation].handler(r);
	if (err == OK && r->reading)
		err = view_error(r->view, r->why);
	if (err != OK)
		snprintf(r->why->attribute, sizeof r->why->attribute, "%s",
			arena_string(r->arena, span_str(admin_spelling(r->arena, r->operation,
						       r->why->attribute))));
	request_release(r);
	return err;
}
