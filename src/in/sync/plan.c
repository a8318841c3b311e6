#include "base/clock.h"
#include "base/metric.h"
#include "in/sync/join_int.h"
#include "model/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SMALL_TALK 50           /* rows out of a stream that are no plan of their own */
#define PUT_AT_ONCE (2 * MIB)   /* of rows, in the transaction of the run itself */
#define STORE_AT_ONCE (1 * MIB) /* of rows that are stored before */
#define STORING "storing"

/* ---- held or not ---- */

static bool is_rejected_still(struct job *job)
{
	struct record record;

	return plan_is_rejected(job) &&
	       view_by_id(job->view, job->tenant, &job->memory.held, &record) &&
	       span_equal(record_first(&record, ATTR_PLAN_DIGEST),
		       span_of(job->run.draft.digest, sizeof(job->run.draft.digest)));
}

bool plan_is_held(struct job *job, struct because *because)
{
	struct sync_run *run = &job->run;
	struct tally tally = { .first = !job->memory.confirmed,
		.rolled_back = job->memory.rolled_back,
		.asked = job->is_preview,
		.people = job->memory.people,
		.grown = memory_grown(&job->memory, clock_wall()),
		.complete = run->complete,
		.came = run->came };

	bool was_approved = job->is_approved;

	weigh_draft(job, &tally);
	job->run.held_as = CONFLICT_TYPES;
	*because = (struct because){ 0 };
	if (was_approved)
		because_add(because, BECAUSE_DIFFERS, NULL);
	bool held = limits_hold(&job->settings.limits, &tally, because, &job->run.held_as);
	job->is_approved = was_approved &&
			   memcmp(run->draft.digest, job->approved, sizeof(job->approved)) == 0;
	if (job->is_approved)
		return false;
	if (was_approved || held)
		return true;
	if (!is_rejected_still(job))
		return false;
	because_add(because, BECAUSE_REJECTED_SAME, NULL);
	return true;
}

bool plan_is_small_talk(const struct job *job)
{
	return job->run.following && job->run.draft.row_count <= SMALL_TALK;
}

/* ---- the entry ---- */

static enum err add_text(
	struct entry *entry, enum attr attr, uint16_t instance, struct span raw, struct why *why)
{
	struct span stored;
	enum err err = value_canonical(entry->arena, attr, raw, &stored, why);

	return err ? err : entry_add(entry, attr, instance, SOURCE_LOCAL, stored, why);
}

static struct span counts_text(struct job *job, struct arena *arena, const struct because *because)
{
	const struct draft *draft = &job->run.draft;
	struct buffer out;

	buffer_init(&out, 4 * KIB);
	buffer_putf(&out, "people=%" PRIu64, job->memory.people);
	buffer_putf(&out, " unchanged=%u", job->run.counts.unchanged);
	for (enum plan_action action = 0; action < PLAN_ACTIONS; action++)
		if (draft->counts[action])
			buffer_putf(
				&out, " %s=%u", plan_action_word(action), draft->counts[action]);
	if (because)
		buffer_putf(&out, " because=%s", because->line);
	struct span text = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return text;
}

static const char *cause_of(const struct job *job)
{
	const struct sync_run *run = &job->run;

	if (!job->memory.confirmed)
		return "first";
	if (job->is_preview)
		return "preview";
	if (run->placed)
		return "settings";
	return run->full || run->complete ? "full" : run->following ? "stream" : "delta";
}

static enum err build(struct job *job, struct arena *arena, const char *state,
	const struct because *because, struct entry **made, struct why *why)
{
	const struct draft *draft = &job->run.draft;
	struct entry *entry = entry_new(arena, KIND_PLAN);
	uint64_t number = job->memory.run;
	const struct {
		enum attr attr;
		struct span text;
	} rows[] = {
		{ ATTR_COMMON_NAME,
			span_str(arena_printf(arena, "%.*s %u %" PRIu64,
				SPAN_ARGS(job->settings.name), job->directory, number)) },
		{ ATTR_PLAN_STATE, span_str(state) },
		{ ATTR_PLAN_COUNTS, counts_text(job, arena, because) },
		{ ATTR_PLAN_RUN, span_str(arena_printf(arena, "%" PRIu64, number)) },
		{ ATTR_PLAN_ROWS, span_str(arena_printf(arena, "%" PRIu32, draft->row_count)) },
		{ ATTR_PLAN_CAUSE, span_str(cause_of(job)) },
	};
	enum err err = OK;

	for (size_t i = 0; !err && i < sizeof(rows) / sizeof(rows[0]); i++)
		err = add_text(entry, rows[i].attr, 0, rows[i].text, why);
	if (!err)
		err = entry_add(entry, ATTR_PLAN_DIGEST, 0, SOURCE_LOCAL,
			arena_copy(arena, span_of(draft->digest, sizeof(draft->digest))), why);
	if (!err)
		err = entry_add(entry, ATTR_PLAN_DIRECTORY, 0, SOURCE_LOCAL,
			uuid_span(&job->settings.id), why);
	*made = entry;
	return err;
}

static struct command *add_entry(
	struct job *job, struct commands *commands, const struct entry *entry)
{
	struct command *command = commands_add(job, commands, COMMAND_CREATE, KIND_PLAN);

	command->id = job->run.plan;
	command->entry = entry;
	return command;
}

void plan_turn(
	struct job *job, struct commands *commands, const struct uuid *plan, const char *state)
{
	struct value *value = arena_zalloc(commands->arena, sizeof(*value));
	struct modification *mod = arena_zalloc(commands->arena, sizeof(*mod));
	struct record record;

	/* Somebody may have removed the plan. */
	if (uuid_is_nil(plan) || !view_by_id(job->view, job->tenant, plan, &record) ||
		record.kind != KIND_PLAN)
		return;
	*value = (struct value){ .attr = ATTR_PLAN_STATE, .octets = span_str(state) };
	*mod = (struct modification){
		.op = PATCH_REPLACE, .attr = ATTR_PLAN_STATE, .values = value, .count = 1
	};
	struct command *command = commands_add(job, commands, COMMAND_MODIFY, KIND_PLAN);
	command->id = *plan;
	command->mods = mod;
	command->mod_count = 1;
}

void plan_settle_held(struct job *job, struct commands *commands, const char *state)
{
	if (uuid_is_nil(&job->memory.held))
		return;
	join_end(job, commands, NULL, CONFLICTS_OF_RUNS, SPAN_NONE,
		job->is_approved ? "the plan is applied" : "the plan waits no more");
	if (job->is_approved)
		job->run.plan = job->memory.held;
	plan_turn(job, commands, &job->memory.held, job->is_approved ? state : "superseded");
	job->memory.held = (struct uuid){ 0 };
	job->memory.rolled_back = false;
}

/* What is open about a plan that waits: of this one alone, and nothing once it waits no more. */
static void raise_held(struct job *job, struct commands *commands, const struct because *because)
{
	enum conflict_type type = job->run.held_as;
	uint32_t others =
		type < CONFLICT_TYPES ? CONFLICTS_OF_RUNS & ~(1u << type) : CONFLICTS_OF_RUNS;

	join_end(job, commands, NULL, others, SPAN_NONE, "another plan waits");
	if (type == CONFLICT_TYPES)
		return;
	struct conflict_report *report = join_raise(job, commands, type);
	report->subject = job->run.plan;
	report->theirs = span_str(because_text(commands->arena, span_str(because->line)));
}

/* ---- the rows ---- */

/* Rows of the draft from *at on, in chunks, as far as `most` octets go. */
static struct state_row *chunks(struct job *job, struct arena *arena, uint64_t *at,
	unsigned *number, uint64_t most, size_t *count)
{
	struct state_row *states = arena_array(arena, most / PLAN_CHUNK + 2, sizeof(*states));
	uint64_t until = *at + most;
	struct buffer out;
	struct span row;

	*count = 0;
	buffer_init(&out, PLAN_CHUNK + PLAN_ROW_MAX);
	while (*at < until && *count < most / PLAN_CHUNK + 1) {
		uint32_t rows = 0;
		buffer_reset(&out);
		write_u32(&out, 0);
		while (out.len < PLAN_CHUNK && spool_next(&job->run.draft.rows, at, &row)) {
			buffer_put_span(&out, row);
			rows++;
		}
		if (rows == 0)
			break;
		put_be32(out.data, rows);
		states[(*count)++] =
			(struct state_row){ plan_chunk_key(arena, &job->run.plan, (*number)++),
				arena_copy(arena, buffer_span(&out)) };
	}
	buffer_free(&out);
	return states;
}

static void add_chunks(
	struct job *job, struct commands *commands, uint64_t *at, unsigned *number, uint64_t most)
{
	size_t count;
	struct state_row *states = chunks(job, commands->arena, at, number, most, &count);

	if (count == 0)
		return;
	struct command *command = commands_add(job, commands, COMMAND_STATE, KIND_NONE);
	command->states = states;
	command->state_count = count;
}

/* The entry first, so that there are no rows without one, whenever we die. */
static enum err store_before(struct job *job, const struct entry *entry, struct why *why)
{
	struct commands *commands = commands_new(false);
	uint64_t at = 0, end = spool_end(&job->run.draft.rows);
	unsigned number = 0;
	enum err err = OK;

	add_entry(job, commands, entry);
	while (!err && at < end) {
		add_chunks(job, commands, &at, &number, STORE_AT_ONCE);
		err = commands_commit(job, commands, 0, why);
		commands->count = 0;
		arena_reset(commands->arena);
		if (!err)
			err = spool_error(&job->run.draft.rows, why);
	}
	commands_free(commands);
	return err;
}

/* The oldest of the directory goes when there are enough. */
static void drop_oldest(struct job *job, struct commands *commands)
{
	struct record record;
	uint64_t number = 0;

	if (!view_by_value(job->view, job->tenant, KIND_PLAN, ATTR_PLAN_DIRECTORY,
		    uuid_span(&job->settings.id), &record) ||
		!span_to_u64(record_first(&record, ATTR_PLAN_RUN), &number) ||
		number + PLANS_KEPT > job->memory.run || uuid_equal(&record.id, &job->memory.held))
		return;
	struct command *command = commands_add(job, commands, COMMAND_DELETE, KIND_PLAN);
	command->id = record.id;
}

static enum err put(struct job *job, struct commands *commands, const char *state,
	const struct because *because, struct why *why)
{
	uint64_t at = 0, octets = spool_end(&job->run.draft.rows);
	bool large = octets > PUT_AT_ONCE;
	struct arena *arena = arena_new();
	unsigned number = 0;
	struct entry *entry;

	job->memory.run++;
	job->run.plan = uuid_new();
	enum err err = build(job, large ? arena : commands->arena, large ? STORING : state, because,
		&entry, why);
	if (!err && large)
		err = store_before(job, entry, why);
	if (!err && large) {
		plan_turn(job, commands, &job->run.plan, state);
	} else if (!err) {
		add_entry(job, commands, entry);
		add_chunks(job, commands, &at, &number, PUT_AT_ONCE);
	}
	if (!err)
		drop_oldest(job, commands);
	arena_free(arena);
	return err;
}

enum err plan_put(struct job *job, struct commands *commands, const char *state, struct why *why)
{
	return put(job, commands, state, NULL, why);
}

/* ---- holding ---- */

static bool waits_already(struct job *job)
{
	struct record record;

	if (uuid_is_nil(&job->memory.held) || job->is_preview ||
		!view_by_id(job->view, job->tenant, &job->memory.held, &record))
		return false;
	struct span state = record_first(&record, ATTR_PLAN_STATE);
	return span_equal(record_first(&record, ATTR_PLAN_DIGEST),
		       span_of(job->run.draft.digest, sizeof(job->run.draft.digest))) &&
	       (span_equal(state, SPAN("held")) || span_equal(state, SPAN("rejected")));
}

/* All of it, or as before: what waited before still does. */
enum err plan_hold(struct job *job, const struct because *because, struct why *why)
{
	/* The same again: whoever reads the plan now need not start over. */
	if (waits_already(job))
		return OK;
	struct memory *before = heap_zalloc(sizeof(*before));
	struct commands *commands = commands_new(false);

	*before = job->memory;
	enum err err = put(job, commands, "held", because, why);
	if (!err) {
		plan_settle_held(job, commands, "superseded");
		job->memory.rolled_back = before->rolled_back;
		job->memory.held = job->run.plan;
		job->memory.held_full = job->run.full;
		raise_held(job, commands, because);
		memory_command(job, commands);
		err = commands_commit(job, commands, 0, why);
	}
	if (err)
		job->memory = *before;
	else
		metric_add(METRIC_SYNC_HELD, 1);
	commands_free(commands);
	free(before);
	return err;
}

static bool held_in(
	struct job *job, const struct uuid *plan, struct span state, struct record *record)
{
	return view_by_id(job->view, job->tenant, plan, record) && record->kind == KIND_PLAN &&
	       span_equal(
		       record_first(record, ATTR_PLAN_DIRECTORY), uuid_span(&job->settings.id)) &&
	       span_equal(record_first(record, ATTR_PLAN_STATE), state);
}

bool plan_is_approved(struct job *job, const struct uuid *plan, uint8_t digest[32])
{
	struct record record;

	if (!held_in(job, plan, SPAN("approved"), &record))
		return false;
	struct span stored = record_first(&record, ATTR_PLAN_DIGEST);
	if (stored.len != 32)
		return false;
	memcpy(digest, stored.data, 32);
	return true;
}

bool plan_is_preview(struct job *job)
{
	struct record record;

	return !uuid_is_nil(&job->memory.held) &&
	       held_in(job, &job->memory.held, SPAN("held"), &record) &&
	       span_equal(record_first(&record, ATTR_PLAN_CAUSE), SPAN("preview"));
}

bool plan_is_rejected(struct job *job)
{
	struct record record;

	return !uuid_is_nil(&job->memory.held) &&
	       held_in(job, &job->memory.held, SPAN("rejected"), &record);
}

enum err plan_settle_rejected(struct job *job, struct why *why)
{
	struct commands *commands = commands_new(false);

	join_end(job, commands, NULL, CONFLICTS_OF_RUNS, SPAN_NONE, "the plan was rejected");
	enum err err = commands_commit(job, commands, 0, why);
	commands_free(commands);
	return err;
}

/* ---- what is left behind ---- */

enum err plan_give_up(struct job *job, struct why *why)
{
	struct commands *commands = commands_new(false);

	plan_turn(job, commands, &job->memory.applying, "failed");
	job->memory.applying = (struct uuid){ 0 };
	job->memory.cookie_len = 0;
	memory_command(job, commands);
	enum err err = commands_commit(job, commands, 0, why);
	commands_free(commands);
	if (!err)
		recover_forget(job);
	return err;
}

static enum err remove_plans(struct job *job, bool all, struct why *why)
{
	struct search_spec spec = {
		.actor = &job->keeper, .tenant = job->tenant, .kinds = 1u << KIND_PLAN
	};
	struct commands *commands = commands_new(false);
	struct search *search;
	struct record record;
	unsigned budget = UINT32_MAX;

	enum err err = search_open(job->view, job->arena, &spec, &search, why);
	while (!err && commands->count < BATCH_MAX &&
		search_next(search, &budget, &record) == STEP_FOUND) {
		struct span state = record_first(&record, ATTR_PLAN_STATE);
		if (!span_equal(record_first(&record, ATTR_PLAN_DIRECTORY),
			    uuid_span(&job->settings.id)) ||
			(!all && !span_equal(state, SPAN(STORING))))
			continue;
		commands_add(job, commands, COMMAND_DELETE, KIND_PLAN)->id = record.id;
	}
	if (!err)
		search_close(search);
	if (!err && commands->count > 0)
		err = commands_commit(job, commands, 0, why);
	commands_free(commands);
	return err;
}

enum err plan_sweep(struct job *job, struct why *why)
{
	return remove_plans(job, false, why);
}

enum err plan_forget_all(struct job *job, struct why *why)
{
	return remove_plans(job, true, why);
}
