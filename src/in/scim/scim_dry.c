/* A dry run: everything happens as it would, in a transaction of the writer's that is thrown away,
 * and the answer says what would be. */
#include "in/scim/scim_int.h"

#include "base/limits.h"

#include <stdio.h>

#define DRY_URN "urn:ietf:params:scim:api:messages:muster:2.0:DryRun"

/* A misspelt wish not to change anything must not change anything. */
static enum err take_wish(struct scim_call *call, const char *name, struct span text, bool *dry)
{
	if (span_equal_nocase(text, SPAN("true")))
		*dry = true;
	else if (!span_equal_nocase(text, SPAN("false")))
		return fail(&call->why, ERR_VALUE, name, "a dry run is asked for by true or false");
	return OK;
}

enum err scim_query_dry(struct scim_call *call, bool *dry)
{
	struct span text = SPAN_NONE;
	bool present;
	*dry = false;
	enum err err = http_parameter(call->request, "dryRun", &text, &present, &call->why);
	if (!err && present)
		err = take_wish(call, "dryRun", text, dry);
	text = http_header(call->exchange, "Muster-Dry-Run");
	if (!err && text.data)
		err = take_wish(call, "Muster-Dry-Run", text, dry);
	return err;
}

/* ---- looking, on the writer thread ---- */

static void show(struct scim_call *call, struct scim_change *change, struct view *view)
{
	struct record record;
	change->seen = true;
	change->would = (struct record){ 0 };
	change->shown = SPAN_NONE;
	if (!view_by_id(view, call->actor.tenant, &change->id, &record) ||
		record_is_true(&record, ATTR_DELETED))
		return;
	change->would = record;
	change->would.bytes = arena_copy(call->arena, record.bytes);
	if (call->bulk || scim_write_resource(call, &record) || call->thread->out.failed)
		return;
	change->shown = arena_copy(call->arena, buffer_span(&call->thread->out));
}

/* The call is at rest meanwhile, but its thread is not: what is written here has its own room. */
void scim_look(struct batch *batch, struct view *view)
{
	struct scim_unit *unit = batch->arg;
	struct scim_thread room = { .view = view };
	struct scim_call call = *unit->call;
	scim_room_open(&room);
	call.thread = &room;
	for (size_t i = 0; i < unit->count; i++) {
		call.type = unit->changes[i]->type;
		show(&call, unit->changes[i], view);
	}
	scim_room_close(&room);
}

bool scim_would_be(
	const struct scim_run *run, const struct uuid *id, struct record *record, bool *there)
{
	for (size_t i = run->round; i-- > 0;) {
		const struct scim_unit *unit = &run->units[i];
		for (size_t j = 0; j < unit->count && unit->done; j++) {
			const struct scim_change *change = unit->changes[j];
			if (change->err || !change->seen || !uuid_equal(&change->id, id))
				continue;
			*record = change->would;
			*there = change->would.bytes.len > 0;
			return true;
		}
	}
	return false;
}

/* ---- the answer ---- */

static void put_warnings(struct json_writer *w, const struct scim_change *change)
{
	static const struct {
		unsigned bit;
		const char *name;
	} rows[] = { { WARNING_FEW_ADMINS, "few_admins" }, { WARNING_NO_SCOPE, "no_scope" },
		{ WARNING_ELEVATED, "elevated" }, { WARNING_LOST, "lost" } };
	const struct scim_unit *unit = change->unit;
	unsigned warnings = 0;
	for (size_t i = 0; i < unit->batch.count; i++)
		if (uuid_equal(&unit->batch.commands[i].id, &change->id))
			warnings |= unit->outcomes[i].warnings;
	json_name(w, "warnings");
	json_begin_array(w);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (warnings & rows[i].bit)
			json_put_string(w, rows[i].name);
	json_end_array(w);
}

/* Each command's changes are an array: one of all. */
static void put_changes(struct json_writer *w, const struct scim_change *change)
{
	const struct scim_unit *unit = change->unit;
	json_name(w, "changes");
	json_begin_array(w);
	for (size_t i = 0; i < unit->batch.count; i++) {
		struct span list = unit->outcomes[i].changes;
		if (uuid_equal(&unit->batch.commands[i].id, &change->id) && list.len > 2)
			json_put_raw(w, span_of(list.data + 1, list.len - 2));
	}
	json_end_array(w);
}

void scim_put_dry(struct json_writer *w, const struct scim_change *change)
{
	char status[12];
	snprintf(status, sizeof status, "%d", change->status);
	json_begin_object(w);
	json_name(w, "schemas");
	json_begin_array(w);
	json_put_string(w, DRY_URN);
	json_end_array(w);
	json_string_member(w, "status", status);
	if (change->shown.len) {
		json_name(w, "resource");
		json_put_raw(w, change->shown);
	}
	put_changes(w, change);
	put_warnings(w, change);
	json_end_object(w);
}
