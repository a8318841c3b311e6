#include "base/clock.h"
#include "base/hash.h"
#include "base/metric.h"
#include "in/sync/sync_int.h"
#include "model/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ROWS_MAX 1000
#define ROW_OCTETS_MAX 200

static const char *const reasons[LOSS_REASONS] = {
	[LOSS_NONE] = "",
	[LOSS_DISABLED] = "disabled upstream",
	[LOSS_DELETED] = "deleted upstream",
	[LOSS_ABSENT] = "no longer named upstream",
	[LOSS_GROUP_GONE] = "the group is gone upstream",
	[LOSS_GROUP_DRAINED] = "the group lost nine of ten members upstream",
};

/* A mapped group that goes takes roles from everybody in it. */
static bool is_weighty(struct job *job, const struct loss *loss)
{
	if (loss->kind != KIND_GROUP)
		return false;
	return loss->reason == LOSS_GROUP_DRAINED ||
	       (run_is_mapped(job, loss->number) &&
		       roles_people_below(job, loss->number) >= RUN_DRAINED_FROM);
}

static bool is_held_for(struct job *job, const struct loss *loss)
{
	if (loss->reason == LOSS_NONE)
		return false;
	return loss->kind == KIND_USER || is_weighty(job, loss);
}

static int by_anchor(const void *a, const void *b)
{
	return memcmp(((const struct loss *)a)->anchor.octets,
		((const struct loss *)b)->anchor.octets, sizeof(struct uuid));
}

/* Over what the run would take away, whatever order it came in and whatever the reason: another run
 * that takes away the same has the same digest. */
static void digest_of(struct job *job, uint8_t digest[32])
{
	struct sync_run *run = &job->run;
	struct loss *sorted = heap_zalloc((run->loss_count + 1) * sizeof(*sorted));
	uint8_t *anchors = heap_zalloc((run->loss_count + 1) * sizeof(struct uuid));
	size_t count = 0;

	for (size_t i = 0; i < run->loss_count; i++)
		if (is_held_for(job, &run->losses[i]))
			sorted[count++] = run->losses[i];
	qsort(sorted, count, sizeof(*sorted), by_anchor);
	for (size_t i = 0; i < count; i++)
		memcpy(anchors + i * sizeof(struct uuid), sorted[i].anchor.octets,
			sizeof(struct uuid));
	hash_blake2b(span_of(anchors, count * sizeof(struct uuid)), digest);
	free(sorted);
	free(anchors);
}

bool plan_is_held(struct job *job, char *text, size_t size)
{
	struct sync_run *run = &job->run;
	uint8_t digest[32];
	struct tally tally = { .people = job->memory.people,
		.net = window_net(&job->memory.window, clock_wall()),
		.complete = run->complete,
		.came = run->came };

	for (size_t i = 0; i < run->loss_count; i++) {
		const struct loss *loss = &run->losses[i];
		if (loss->reason == LOSS_NONE)
			continue;
		if (loss->kind == KIND_USER)
			tally.deactivations++;
		else if (is_weighty(job, loss))
			tally.groups_lost++;
	}
	if (!limits_hold(&job->settings.limits, &tally, text, size)) {
		job->is_approved = false;
		return false;
	}
	digest_of(job, digest);
	return !job->is_approved || memcmp(digest, job->approved, sizeof(digest)) != 0;
}

static struct span row_text(struct job *job, const struct loss *loss)
{
	struct record record;
	char name[ROW_OCTETS_MAX / 2];
	char id[UUID_TEXT + 1];
	struct span naming = SPAN_NONE;

	if (view_entry(job->view, job->tenant, loss->kind, loss->number, &record))
		naming = record_first(&record, kind_row(loss->kind)->naming);
	status_text(name, sizeof(name), naming);
	uuid_format(&loss->anchor, id);
	const char *verb = loss->kind == KIND_USER ? "deactivate user" : "empty group";
	return span_str(
		arena_printf(job->arena, "%s %s (%s): %s", verb, name, id, reasons[loss->reason]));
}

static enum err add_text(
	struct entry *entry, enum attr attr, uint16_t instance, struct span raw, struct why *why)
{
	struct span stored;
	enum err err = value_canonical(entry->arena, attr, raw, &stored, why);

	return err ? err : entry_add(entry, attr, instance, SOURCE_LOCAL, stored, why);
}

static enum err add_rows(struct job *job, struct entry *entry, uint64_t counts[2], struct why *why)
{
	struct sync_run *run = &job->run;
	uint16_t rows = 0;
	enum err err = OK;

	for (size_t i = 0; !err && i < run->loss_count; i++) {
		const struct loss *loss = &run->losses[i];
		if (!is_held_for(job, loss))
			continue;
		counts[loss->kind != KIND_USER]++;
		if (rows < ROWS_MAX)
			err = add_text(entry, ATTR_PLAN_ROW, rows++, row_text(job, loss), why);
	}
	return err;
}

static enum err build(struct job *job, const char *reason, const struct uuid *id,
	struct entry **made, struct why *why)
{
	struct entry *entry = entry_new(job->arena, KIND_PLAN);
	char id_text[UUID_TEXT + 1];
	uint8_t digest[32];
	uint64_t counts[2] = { 0, 0 };

	uuid_format(id, id_text);
	digest_of(job, digest);
	enum err err = add_rows(job, entry, counts, why);
	const char *text = arena_printf(job->arena,
		"people=%" PRIu64 " deactivate=%" PRIu64 " groups=%" PRIu64 " rows=%u reason=%s",
		job->memory.people, counts[0], counts[1], job->run.rows, reason);
	const char *name =
		arena_printf(job->arena, "%.*s %s", SPAN_ARGS(job->settings.name), id_text);
	if (!err)
		err = add_text(entry, ATTR_COMMON_NAME, 0, span_str(name), why);
	if (!err)
		err = add_text(entry, ATTR_PLAN_STATE, 0, SPAN("held"), why);
	if (!err)
		err = add_text(entry, ATTR_PLAN_COUNTS, 0, span_str(text), why);
	if (!err)
		err = entry_add(entry, ATTR_PLAN_DIGEST, 0, SOURCE_LOCAL,
			arena_copy(job->arena, span_of(digest, sizeof(digest))), why);
	if (!err)
		err = entry_add(entry, ATTR_PLAN_DIRECTORY, 0, SOURCE_LOCAL,
			uuid_span(&job->settings.id), why);
	*made = entry;
	return err;
}

static bool waits_already(struct job *job)
{
	struct record record;
	uint8_t digest[32];

	if (uuid_is_nil(&job->memory.held) ||
		!view_by_id(job->view, job->tenant, &job->memory.held, &record))
		return false;
	digest_of(job, digest);
	return span_equal(record_first(&record, ATTR_PLAN_DIGEST), span_of(digest, 32)) &&
	       span_equal(record_first(&record, ATTR_PLAN_STATE), SPAN("held"));
}

/* Runs a command on a plan together with the memory's row, so that both say the same. */
static enum err run_with_memory(struct job *job, struct command *command, struct why *why)
{
	struct state_row state = { memory_key(job->arena, job->directory),
		memory_write(job->arena, &job->memory) };
	struct outcome outcome;

	command->states = &state;
	command->state_count = 1;
	view_end(job->view);
	enum err err = core_run(job->sync->core, &job->keeper, command, &outcome);
	enum err again = view_begin(job->view, why);
	if (err)
		return fail(why, err, outcome.why.attribute, "%s", outcome.why.text);
	return again;
}

enum err plan_store(struct job *job, const char *reason, struct why *why)
{
	struct entry *entry;
	struct uuid id = uuid_new();

	job->is_approved = false;
	/* The same again: whoever reads the plan now need not start over. */
	if (waits_already(job))
		return OK;
	enum err err = plan_settle(job, "superseded", why);
	if (!err)
		err = build(job, reason, &id, &entry, why);
	if (err)
		return err;
	struct command command = { .type = COMMAND_CREATE,
		.tenant = job->tenant,
		.kind = KIND_PLAN,
		.id = id,
		.entry = entry };
	job->memory.held = id;
	metric_add(METRIC_SYNC_HELD, 1);
	return run_with_memory(job, &command, why);
}

enum err plan_settle(struct job *job, const char *state, struct why *why)
{
	struct value value = { .attr = ATTR_PLAN_STATE, .octets = span_str(state) };
	struct modification mod = {
		.op = PATCH_REPLACE, .attr = ATTR_PLAN_STATE, .values = &value, .count = 1
	};
	struct command command = { .type = COMMAND_MODIFY,
		.tenant = job->tenant,
		.kind = KIND_PLAN,
		.id = job->memory.held,
		.mods = &mod,
		.mod_count = 1 };
	struct record record;

	if (uuid_is_nil(&job->memory.held))
		return OK;
	/* Somebody may have removed the plan. */
	if (!view_by_id(job->view, job->tenant, &job->memory.held, &record))
		command = (struct command){ .type = COMMAND_STATE, .tenant = job->tenant };
	job->memory.held = (struct uuid){ 0 };
	return run_with_memory(job, &command, why);
}

bool plan_is_approved(struct job *job, const struct uuid *plan, uint8_t digest[32])
{
	struct record record;

	if (!view_by_id(job->view, job->tenant, plan, &record) || record.kind != KIND_PLAN ||
		!span_equal(
			record_first(&record, ATTR_PLAN_DIRECTORY), uuid_span(&job->settings.id)) ||
		!span_equal(record_first(&record, ATTR_PLAN_STATE), SPAN("approved")))
		return false;
	struct span stored = record_first(&record, ATTR_PLAN_DIGEST);
	if (stored.len != 32)
		return false;
	memcpy(digest, stored.data, 32);
	return true;
}
