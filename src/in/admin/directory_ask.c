/* What a directory's servers are asked while somebody waits. */
#include "in/admin/directory_int.h"

static void put_check(struct request *r, const struct sync_check *row)
{
	json_begin_object(r->out);
	json_string_member(r->out, "server", row->server);
	json_string_member(r->out, "check", row->check);
	json_string_member(r->out, "verdict", row->verdict);
	show_said(r, span_str(row->found.line), "text", "because");
	if (row->number > 0)
		json_integer_member(r->out, "number", (int64_t)row->number);
	show_said(r, span_str(row->advice.line), "advice", "advised");
	json_end_object(r->out);
}

enum err directory_ask_servers(struct request *r, const struct entry *directory)
{
	struct sync_check *rows;
	size_t count = 0;

	request_release(r);
	rows = arena_array(r->arena, SYNC_CHECKS_MAX, sizeof *rows);
	enum err err = sync_preflight(r->admin->sync, directory, rows, &count, r->why);
	if (err != OK)
		return err;
	json_begin_array(r->out);
	for (size_t i = 0; i < count; i++)
		put_check(r, &rows[i]);
	json_end_array(r->out);
	return OK;
}

enum err admin_directory_check(struct request *r)
{
	struct record record;

	enum err err = directory_find(r, &record);
	if (err != OK)
		return err;
	record.bytes = arena_copy(r->arena, record.bytes);
	return directory_ask_servers(r, record_entry(r->arena, &record));
}

void directory_put_steps(struct request *r, const struct sync_step *rows, size_t count)
{
	json_begin_array(r->out);
	for (size_t i = 0; i < count; i++) {
		json_begin_object(r->out);
		json_string_member(r->out, "step", rows[i].step);
		json_bool_member(r->out, "good", rows[i].good);
		json_string_member(r->out, "text", rows[i].text);
		json_end_object(r->out);
	}
	json_end_array(r->out);
}

enum err admin_directory_person(struct request *r)
{
	struct sync_step *rows;
	struct record record;
	size_t count = 0;

	enum err err = directory_find(r, &record);
	if (err != OK)
		return err;
	uint32_t number = record.number;
	request_release(r);
	rows = arena_array(r->arena, SYNC_STEPS_MAX, sizeof *rows);
	err = sync_person(r->admin->sync, r->tenant.number, number, json_text(r->args, "person"),
		json_is_set(r->args, "apply"), NULL, rows, &count, r->why);
	if (err != OK)
		return err;
	directory_put_steps(r, rows, count);
	return OK;
}

/* Switched on where it was off; a job that waits looks again at once. */
enum err admin_directory_resume(struct request *r)
{
	struct record record;

	enum err err = directory_find(r, &record);
	if (err != OK)
		return err;
	uint32_t number = record.number;
	struct uuid id = record.id;
	if (span_equal(record_first(&record, ATTR_ACTIVE), SPAN("FALSE")))
		return request_set(
			r, r->tenant.number, &id, KIND_DIRECTORY, ATTR_ACTIVE, SPAN("TRUE"));
	request_release(r);
	return sync_now(r->admin->sync, r->tenant.number, number, SYNC_DELTA, r->why);
}
