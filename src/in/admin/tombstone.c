#include "in/admin/admin_int.h"

/* Deleted people: who they were, back again, or gone for good. */

static void put_tombstone(struct request *r, const struct record *record)
{
	json_begin_object(r->out);
	show_values(r, record);
	json_end_object(r->out);
}

static enum err find_tombstone(struct request *r, struct record *record)
{
	struct uuid id;

	enum err err = request_tenant(r);
	if (err == OK && uuid_parse(json_text(r->args, "id"), &id) &&
		view_tombstone(r->view, r->tenant.number, &id, record))
		return OK;
	if (err == OK)
		err = view_error(r->view, r->why);
	return err != OK ? err : fail(r->why, ERR_NOT_FOUND, "id", "there is no such user");
}

enum err admin_tombstone_list(struct request *r)
{
	enum err err = request_tenant(r);

	return err == OK ? request_list(r, KIND_TOMBSTONE, NULL, put_tombstone) : err;
}

enum err admin_tombstone_show(struct request *r)
{
	struct record record;

	enum err err = find_tombstone(r, &record);
	if (err == OK)
		put_tombstone(r, &record);
	return err;
}

static enum err run(struct request *r, enum command_type type, struct outcome *outcome)
{
	struct record record;

	enum err err = find_tombstone(r, &record);
	if (err != OK)
		return err;
	const struct command command = {
		.type = type, .tenant = r->tenant.number, .kind = KIND_TOMBSTONE, .id = record.id
	};
	return request_run(r, &command, outcome);
}

enum err admin_tombstone_restore(struct request *r)
{
	struct outcome outcome;

	enum err err = run(r, COMMAND_RESTORE, &outcome);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	show_uuid(r, "id", &outcome.id);
	if (outcome.why.text[0] != '\0')
		json_string_member(r->out, "lost", outcome.why.text);
	json_end_object(r->out);
	return OK;
}

enum err admin_tombstone_purge(struct request *r)
{
	struct outcome outcome;

	return run(r, COMMAND_PURGE, &outcome);
}
