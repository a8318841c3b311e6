#include "in/admin/admin_int.h"

#include "core/audit.h"

/* A role as it was when it was deleted, out of the audit's row. It is a new one: who makes it must
 * be allowed to, by all that holds for any other. */

#define EXAMINED_AT_ONCE 10000

/* What a company says of a role, under the names that rows give it. */
static enum attr restored_attr(struct span path)
{
	static const enum attr restored[] = { ATTR_DESCRIPTION, ATTR_LEVEL, ATTR_PERMISSION };

	for (size_t i = 0; i < sizeof restored / sizeof *restored; i++)
		if (span_equal(path, span_str(attr_spelling(restored[i]))))
			return restored[i];
	return ATTR_NONE;
}

/* One value stands by itself, several in a list. */
static enum err put_old(
	struct request *r, struct entry *entry, enum attr attr, const struct json *old)
{
	enum err err = OK;

	if (!old || old->type == JSON_IS_STRING)
		return old ? entry_put(r, entry, attr, 0, old->text) : OK;
	for (size_t i = 0; err == OK && old->type == JSON_IS_ARRAY && i < old->count; i++)
		err = entry_put(r, entry, attr, (uint16_t)i, old->items[i].text);
	return err;
}

static enum err read_row(
	struct request *r, struct span text, struct entry *entry, struct span *name)
{
	struct json *row;

	enum err err = json_parse(r->arena, text, &row, r->why);
	if (err != OK)
		return err;
	const struct json *target = json_member(row, "target");
	const struct json *changes = json_member(row, "changes");
	*name = target ? json_text(target, "name") : SPAN_NONE;
	err = entry_put(r, entry, ATTR_COMMON_NAME, 0, *name);
	for (size_t i = 0; err == OK && changes && i < changes->count; i++) {
		enum attr attr = restored_attr(json_text(&changes->items[i], "path"));
		if (attr != ATTR_NONE)
			err = put_old(r, entry, attr, json_member(&changes->items[i], "old"));
	}
	return err;
}

/* The row that says that the role of this id is gone: for readers of the audit. */
static enum err find_row(struct request *r, struct audit_entry *found)
{
	struct audit_spec spec = { .tenant = r->tenant.number,
		.action = SPAN("role.deleted"),
		.outcome = SPAN("success"),
		.has_target = true };
	struct audit_search *search;
	unsigned budget = EXAMINED_AT_ONCE;
	enum step step = STEP_END;

	if (!uuid_parse(json_text(r->args, "role"), &spec.target) ||
		!view_is_audited(r->view, r->tenant.number, &spec.target))
		return fail(r->why, ERR_NOT_FOUND, "role", "no role of this id was deleted");
	enum err err = audit_open(r->view, r->arena, &r->actor, &spec, &search, r->why);
	if (err != OK)
		return err;
	while ((step = audit_next(search, &budget, found)) == STEP_MORE)
		budget = EXAMINED_AT_ONCE;
	if (step == STEP_FOUND)
		return OK;
	err = view_error(r->view, r->why);
	return err != OK ? err
			 : fail(r->why, ERR_NOT_FOUND, "role", "no role of this id was deleted");
}

enum err admin_role_restore(struct request *r)
{
	struct entry *entry = entry_new(r->arena, KIND_ROLE);
	struct audit_entry found;
	struct outcome outcome;
	struct span name;

	enum err err = request_tenant(r);
	if (err == OK)
		err = find_row(r, &found);
	if (err == OK)
		err = read_row(r, found.json, entry, &name);
	const struct command command = { .type = COMMAND_CREATE,
		.tenant = r->tenant.number,
		.kind = KIND_ROLE,
		.entry = entry };
	if (err == OK)
		err = request_run(r, &command, &outcome);
	if (err != OK)
		return err;
	r->created = outcome.id;
	json_begin_object(r->out);
	json_text_member(r->out, "role", name);
	show_uuid(r, "id", &outcome.id);
	json_end_object(r->out);
	return OK;
}
