#include "in/admin/directory_int.h"

enum err directory_find(struct request *r, struct record *record)
{
	enum err err = request_tenant(r);

	return err == OK ? request_entry(r, KIND_DIRECTORY, "name", record) : err;
}

enum err admin_directory_show(struct request *r)
{
	struct record record;

	enum err err = directory_find(r, &record);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	show_values(r, &record);
	json_bool_member(r->out, "has_secret", record_has(&record, ATTR_SEALED_SECRET));
	json_end_object(r->out);
	return OK;
}

static void put_sync_counts(struct request *r, const struct sync_counts *counts)
{
	const struct {
		const char *name;
		uint32_t number;
	} rows[] = {
		{ "created", counts->created },
		{ "updated", counts->updated },
		{ "deactivated", counts->deactivated },
		{ "reactivated", counts->reactivated },
		{ "unchanged", counts->unchanged },
		{ "groups_created", counts->groups_created },
		{ "groups_updated", counts->groups_updated },
		{ "groups_removed", counts->groups_removed },
		{ "members_added", counts->members_added },
		{ "members_removed", counts->members_removed },
		{ "members_unresolved", counts->members_unresolved },
		{ "roles_added", counts->roles_added },
		{ "roles_removed", counts->roles_removed },
		{ "held", counts->held },
	};

	json_name(r->out, "counts");
	json_begin_object(r->out);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		json_integer_member(r->out, rows[i].name, rows[i].number);
	json_end_object(r->out);
}

static void put_trouble(struct request *r, const struct sync_status *status)
{
	if (status->text[0]) {
		if (status->stage[0]) {
			json_string_member(r->out, "stage", status->stage);
			json_string_member(r->out, "class", status->class);
		}
		json_string_member(r->out, "reason", status->text);
	}
	show_because(r, span_str(status->because.line));
	if (status->state == SYNC_HELD)
		show_uuid(r, "plan", &status->plan);
}

static void put_server(struct request *r, const struct sync_status *status)
{
	if (status->server[0])
		json_string_member(r->out, "server", status->server);
	if (status->vendor[0])
		json_string_member(r->out, "vendor", status->vendor);
	if (status->connector[0]) {
		json_string_member(r->out, "connector", status->connector);
		json_integer_member(r->out, "clock_skew_ms", status->clock_skew / 1000);
	}
	show_time(r, "certificate_ends", status->certificate_ends);
}

static void put_notes(struct request *r, const struct sync_status *status)
{
	json_name(r->out, "notes");
	json_begin_array(r->out);
	for (size_t i = 0; i < SYNC_NOTES_MAX && status->notes[i][0]; i++)
		json_put_string(r->out, status->notes[i]);
	json_end_array(r->out);
}

/* How the passwords of its people are asked about, once one was. */
static void put_passwords(struct request *r, uint32_t directory)
{
	struct sync_pass_status status;

	if (!sync_get_pass_status(r->admin->sync, r->tenant.number, directory, &status))
		return;
	json_name(r->out, "passwords");
	json_begin_object(r->out);
	json_bool_member(r->out, "available", status.available);
	if (status.text[0])
		json_string_member(r->out, "reason", status.text);
	json_integer_member(r->out, "asked", (int64_t)status.asked);
	json_integer_member(r->out, "refused", (int64_t)status.refused);
	json_integer_member(r->out, "unavailable", (int64_t)status.unavailable);
	json_integer_member(r->out, "connections", status.connections);
	json_integer_member(r->out, "waiting", (int64_t)status.waiting);
	json_integer_member(r->out, "usual_us", status.usual);
	json_end_object(r->out);
}

/* Of one that was made a moment ago, or switched off before anything was heard of it, nothing more
 * is known. */
static void put_heard(struct request *r, const struct record *record,
	const struct sync_status *status, const struct conflict_tally *tally)
{
	put_trouble(r, status);
	json_integer_member(r->out, "people", (int64_t)status->people);
	json_integer_member(r->out, "groups", (int64_t)status->groups);
	show_time(r, "last_contact", status->last_contact);
	show_time(r, "last_run", status->last_run);
	show_time(r, "last_full", status->last_full);
	show_time(r, "next_full", status->next_full);
	show_time(r, "next_try", status->next_try);
	json_integer_member(r->out, "duration_ms", status->duration / 1000);
	json_integer_member(r->out, "lag_us", status->lag);
	put_sync_counts(r, &status->counts);
	show_conflicts(r, tally);
	put_server(r, status);
	put_passwords(r, record->number);
	put_notes(r, status);
}

static void put_status(struct request *r, const struct record *record)
{
	struct sync_status status = { .state = SYNC_IDLE };
	bool heard = sync_get_status(r->admin->sync, r->tenant.number, record->number, &status);
	struct conflict_tally tally =
		conflict_tally(r->view, r->arena, r->tenant.number, &record->id);

	json_string_member(r->out, "state", sync_state_name(status.state));
	show_time(r, "since", status.since);
	directory_put_advice(r, record, &status, &tally);
	if (heard)
		put_heard(r, record, &status, &tally);
}

enum err admin_directory_status(struct request *r)
{
	struct record record;

	enum err err = directory_find(r, &record);
	if (err != OK)
		return err;
	json_begin_object(r->out);
	json_text_member(r->out, "directory", record_first(&record, ATTR_COMMON_NAME));
	put_status(r, &record);
	json_end_object(r->out);
	return OK;
}

void directory_put_row(struct request *r, const struct record *record)
{
	json_begin_object(r->out);
	json_text_member(r->out, "name", record_first(record, ATTR_COMMON_NAME));
	json_text_member(r->out, "uri", record_first(record, ATTR_URI));
	json_bool_member(
		r->out, "active", !span_equal(record_first(record, ATTR_ACTIVE), SPAN("FALSE")));
	show_uuid(r, "id", &record->id);
	/* As /metrics and /status.txt call it, which name nobody. */
	json_integer_member(r->out, "tenant_number", record->tenant);
	json_integer_member(r->out, "number", record->number);
	put_status(r, record);
	json_end_object(r->out);
}

enum err admin_directory_list(struct request *r)
{
	enum err err = request_tenant(r);

	return err == OK ? request_list(r, KIND_DIRECTORY, NULL, directory_put_row) : err;
}

static void put_past(struct request *r, const struct sync_past *past)
{
	json_begin_object(r->out);
	show_uuid(r, "run", &past->id);
	json_string_member(r->out, "kind", sync_kind_name(past->kind));
	json_string_member(r->out, "result", sync_result_name(past->result));
	show_time(r, "began", past->began);
	show_time(r, "ended", past->ended);
	json_integer_member(r->out, "duration_ms", (past->ended - past->began) / 1000);
	if (past->repeats > 0)
		json_integer_member(r->out, "repeats", past->repeats);
	if (past->server[0])
		json_string_member(r->out, "server", past->server);
	put_sync_counts(r, &past->counts);
	if (past->stage[0]) {
		json_string_member(r->out, "stage", past->stage);
		json_string_member(r->out, "class", past->class);
	}
	if (past->text[0])
		json_string_member(r->out, "reason", past->text);
	show_because(r, span_str(past->because.line));
	json_end_object(r->out);
}

/* The newest first; what follows the page begins below the cursor. */
enum err admin_directory_history(struct request *r)
{
	struct span cursor = json_text(r->args, "cursor");
	struct sync_past *rows;
	struct record record;
	uint64_t limit, below = UINT64_MAX;

	enum err err = directory_find(r, &record);
	if (err == OK && cursor.len > 0 && (!span_to_u64(cursor, &below) || below == 0))
		err = fail(r->why, ERR_VALUE, "cursor", "the cursor is none of this list");
	if (err == OK)
		err = request_limit(r, &limit);
	if (err != OK)
		return err;
	rows = arena_array(r->arena, SYNC_HISTORY, sizeof *rows);
	size_t count = sync_history(r->view, r->arena, r->tenant.number, record.number, rows);
	size_t i = 0;
	while (i < count && rows[i].number >= below)
		i++;
	json_begin_array(r->out);
	for (; i < count && limit > 0; i++, limit--)
		put_past(r, &rows[i]);
	json_end_array(r->out);
	if (i > 0 && i < count)
		r->next_cursor = span_str(
			arena_printf(r->arena, "%llu", (unsigned long long)rows[i - 1].number));
	return OK;
}

enum err admin_directory_sync(struct request *r)
{
	struct record record;

	enum err err = directory_find(r, &record);
	if (err != OK)
		return err;
	uint32_t number = record.number;
	request_release(r);
	return sync_now(r->admin->sync, r->tenant.number, number,
		json_is_set(r->args, "preview") ? SYNC_PREVIEW
		: json_is_set(r->args, "full")  ? SYNC_FULL
						: SYNC_DELTA,
		r->why);
}
