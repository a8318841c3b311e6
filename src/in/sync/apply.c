#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "in/sync/sync_int.h"

#include <assert.h>
#include <stdlib.h>

/* ---- commands on their way ---- */

struct commands *commands_new(bool plan)
{
	/* Behind what a plan keeps there is room for what is told at once of all rows of the
	 * mapping. */
	size_t most = (plan ? WHOLE_MAX : 0) + BATCH_MAX + 64;
	struct commands *commands = heap_zalloc(sizeof(*commands));

	commands->rows = heap_zalloc(most * sizeof(*commands->rows));
	commands->deeds = heap_zalloc(most * sizeof(*commands->deeds));
	commands->at = heap_zalloc(most * sizeof(*commands->at));
	commands->without = heap_zalloc(most * sizeof(*commands->without));
	commands->rules = heap_zalloc(most * sizeof(*commands->rules));
	commands->outcomes = heap_zalloc(most * sizeof(*commands->outcomes));
	commands->arena = arena_new();
	commands->capacity = most;
	commands->plan = commands->whole = plan;
	return commands;
}

void commands_free(struct commands *commands)
{
	if (!commands)
		return;
	free(commands->rows);
	free(commands->deeds);
	free(commands->at);
	free(commands->without);
	free(commands->rules);
	free(commands->outcomes);
	arena_free(commands->arena);
	free(commands);
}

struct command *commands_add(
	struct job *job, struct commands *commands, enum command_type type, enum kind kind)
{
	size_t i = commands->count++;

	assert(i < commands->capacity);
	commands->deeds[i] = DEED_OTHER;
	commands->at[i] = 0;
	commands->without[i] = 0;
	commands->rules[i] = SPAN_NONE;
	commands->rows[i] = (struct command){ .type = type, .tenant = job->tenant, .kind = kind };
	return &commands->rows[i];
}

bool commands_are_many(const struct commands *commands)
{
	/* Others' writes come in between the batches of a large run. */
	size_t most = commands->plan ? WHOLE_MAX : BATCH_MAX;

	return commands->count >= most ||
	       commands->members >= WHOLE_MEMBERS / (commands->plan ? 1 : 2) ||
	       arena_used(commands->arena) > WHOLE_OCTETS;
}

/* What says nothing about the one command, but about the store. */
static bool is_general(enum err err)
{
	switch (err) {
	case ERR_BUSY:
	case ERR_UNAVAILABLE:
	case ERR_FULL:
	case ERR_CORRUPT:
	case ERR_IO:
	case ERR_INTERNAL:
	case ERR_TIMEOUT:
		return true;
	default:
		return false;
	}
}

static void count(struct job *job, enum deed deed)
{
	struct sync_counts *counts = &job->run.counts;
	/* What a person approved does not weigh on the next day's limit. */
	int32_t weight = job->is_approved ? 0 : 1;

	switch (deed) {
	case DEED_CREATE:
		counts->created++;
		job->memory.people++;
		break;
	case DEED_CREATE_INACTIVE:
		counts->created++;
		break;
	case DEED_CREATE_GROUP:
		counts->groups_created++;
		job->memory.groups++;
		break;
	case DEED_UPDATE_GROUP:
		counts->groups_updated++;
		break;
	case DEED_DELETE_GROUP:
		counts->groups_removed++;
		job->memory.groups -= job->memory.groups > 0;
		break;
	case DEED_UPDATE:
		counts->updated++;
		break;
	case DEED_DEACTIVATE:
		counts->deactivated++;
		job->memory.people -= job->memory.people > 0;
		window_add(&job->memory.window, clock_wall(), weight);
		break;
	case DEED_REACTIVATE:
		counts->reactivated++;
		job->memory.people++;
		window_add(&job->memory.window, clock_wall(), -weight);
		break;
	case DEED_RELEASE:
	case DEED_OTHER:
		break;
	}
}

static enum err run_rows(struct job *job, const struct command *rows, size_t n, bool all_or_nothing,
	struct outcome *outcomes, struct why *why)
{
	view_end(job->view);
	enum err err =
		core_run_many(job->sync->core, &job->actor, rows, n, all_or_nothing, outcomes, why);
	enum err again = view_begin(job->view, why);
	for (size_t i = 0; !err && i < n; i++)
		if (is_general(outcomes[i].err))
			err = fail(why, outcomes[i].err, NULL, "%s", outcomes[i].why.text);
	return err ? err : again;
}

enum err commands_run_rows(struct job *job, const struct command *rows, size_t n,
	struct outcome *outcomes, struct why *why)
{
	return run_rows(job, rows, n, false, outcomes, why);
}

static enum err settle(struct job *job, struct commands *commands, size_t i, struct why *why)
{
	const struct outcome *outcome = &commands->outcomes[i];
	const struct command *command = &commands->rows[i];

	if (command->type == COMMAND_MEMBERS)
		return members_settle(job, command, outcome, why);
	if (outcome->err == OK) {
		count(job, commands->deeds[i]);
		metric_add(METRIC_SYNC_CHANGES, outcome->changed);
	} else if (command->type == COMMAND_CREATE) {
		ahead_refused(job, &command->id);
	}
	return OK;
}

static void describe(struct job *job, struct commands *commands)
{
	for (; commands->described < commands->count; commands->described++) {
		draft_command(job, commands, commands->described);
		commands->outcomes[commands->described].err = OK;
	}
}

enum err commands_run(struct job *job, struct commands *commands, struct why *why)
{
	enum err err = OK;

	if (job_is_called(job))
		return fail(why, ERR_UNAVAILABLE, NULL, "interrupted");
	if (commands->plan) {
		describe(job, commands);
		return OK;
	}
	if (commands->count > 0)
		err = run_rows(
			job, commands->rows, commands->count, false, commands->outcomes, why);
	for (size_t i = 0; !err && i < commands->count; i++)
		err = settle(job, commands, i, why);
	if (!err)
		commands_tell(job, commands, commands->count);
	return err;
}

void commands_clear(struct job *job, struct commands *commands)
{
	arena_reset(job->arena);
	/* A plan's stay while all of them may become one transaction. */
	if (commands->plan && !commands_are_many(commands))
		return;
	commands->whole = false;
	commands->count = commands->members = commands->described = 0;
	arena_reset(commands->arena);
}

enum err commands_finish(struct job *job, struct commands *commands, struct why *why)
{
	enum err err = commands_run(job, commands, why);

	for (size_t i = 0; !err && !commands->plan && i < commands->count; i++)
		if (commands->outcomes[i].err && commands->rows[i].type != COMMAND_MEMBERS) {
			job->run.counts.held++;
			status_note(job, "%s", commands->outcomes[i].why.text);
		}
	commands_clear(job, commands);
	return err;
}

/* ---- what is remembered ---- */

static void add_counts(struct sync_counts *to, const struct sync_counts *from)
{
	to->created += from->created;
	to->updated += from->updated;
	to->deactivated += from->deactivated;
	to->reactivated += from->reactivated;
	to->unchanged += from->unchanged;
	to->groups_created += from->groups_created;
	to->groups_updated += from->groups_updated;
	to->groups_removed += from->groups_removed;
	to->members_added += from->members_added;
	to->members_removed += from->members_removed;
	to->roles_added += from->roles_added;
	to->roles_removed += from->roles_removed;
	to->held += from->held;
	to->members_unresolved = from->members_unresolved;
}

static void remember(struct job *job)
{
	struct sync_run *run = &job->run;
	struct memory *memory = &job->memory;

	memory->last_run = memory->last_contact = clock_wall();
	add_counts(&memory->counts, &run->counts);
	if (run->complete)
		memory->last_full = memory->last_run;
	/* The cookie moves past it, so nobody says it again. */
	memory->full_due = run->want_full || run->half_read || (memory->full_due && !run->complete);
	memcpy(memory->place, job->settings.place, sizeof(memory->place));
	memcpy(memory->grants, job->run.grants, sizeof(memory->grants));
	memory->confirmed = true;
	memory->applying = (struct uuid){ 0 };
	if (run->has_cookie) {
		memcpy(memory->cookie, run->cookie, run->cookie_len);
		memory->cookie_len = run->cookie_len;
	} else if (run->full) {
		memory->cookie_len = 0;
	}
	memcpy(memory->identity, job->identity, job->identity_len);
	memory->identity_len = job->identity_len;
}

void memory_command(struct job *job, struct commands *commands)
{
	struct state_row *row = arena_zalloc(commands->arena, sizeof(*row));
	struct command *command = commands_add(job, commands, COMMAND_STATE, KIND_NONE);

	*row = (struct state_row){ memory_key(commands->arena, job->directory),
		memory_write(commands->arena, &job->memory) };
	command->states = row;
	command->state_count = 1;
}

/* Whose members are to come, and which groups the mapping means. Only with the end of what was
 * done: a walk that plans changes them too, and what is held or begun anew has to find them as they
 * were. */
static void found_command(struct job *job, struct commands *commands)
{
	if (!job->open.changed && !job->pins.changed)
		return;
	struct state_row *rows = arena_array(commands->arena, 2, sizeof(*rows));
	struct command *command = commands_add(job, commands, COMMAND_STATE, KIND_NONE);

	command->states = rows;
	if (job->open.changed)
		rows[command->state_count++] =
			(struct state_row){ memory_open_key(commands->arena, job->directory),
				open_members_write(commands->arena, &job->open) };
	if (job->pins.changed)
		rows[command->state_count++] =
			(struct state_row){ pins_key(commands->arena, job->directory),
				pins_write(commands->arena, &job->pins) };
}

/* The last word of a run: its memory, and its row in the history. */
static void end_command(struct job *job, struct commands *commands)
{
	const struct sync_run *run = &job->run;
	struct state_row *row = arena_zalloc(commands->arena, sizeof(*row));

	remember(job);
	memory_command(job, commands);
	found_command(job, commands);
	if (!run->full && run->rows == 0)
		return;
	*row = history_end(&job->history, commands->arena,
		run->counts.held > 0 ? SYNC_RESULT_CONFLICTS : SYNC_RESULT_OK, &run->counts);
	struct command *command = commands_add(job, commands, COMMAND_STATE, KIND_NONE);
	command->states = row;
	command->state_count = 1;
}

enum err commands_commit(struct job *job, struct commands *commands, size_t from, struct why *why)
{
	size_t n = commands->count - from;
	enum err err =
		run_rows(job, commands->rows + from, n, true, commands->outcomes + from, why);

	for (size_t i = from; !err && i < commands->count; i++)
		if (commands->outcomes[i].err && commands->outcomes[i].err != ERR_CONFLICT)
			err = fail(why, commands->outcomes[i].err, NULL, "%s",
				commands->outcomes[i].why.text);
	for (size_t i = from; !err && i < commands->count; i++)
		if (commands->outcomes[i].err)
			err = fail(why, commands->outcomes[i].err, NULL, "%s",
				commands->outcomes[i].why.text);
	return err;
}

/* ---- the walk ---- */

typedef enum err (*apply_step)(struct job *job, struct commands *commands, struct why *why);

/* Deactivations first: whoever is gone upstream waits for nobody. Members after everyone is there,
 * roles after all members. */
static const apply_step steps[] = {
	apply_losses,
	apply_releases,
	apply_entries,
	apply_joins,
	apply_members,
	apply_open_members,
	apply_groups_gone,
	apply_roles,
};

/* What is open is as it was stored. */
static void reload_open(struct job *job)
{
	struct span value;

	if (!view_state(
		    job->view, job->tenant, memory_open_key(job->arena, job->directory), &value))
		value = SPAN_NONE;
	open_members_read(value, &job->open);
}

static enum err walk(struct job *job, struct commands *commands, struct why *why)
{
	struct sync_run *run = &job->run;
	enum err err = OK;

	if (job->open.changed)
		reload_open(job);
	run->planning = commands->plan;
	run->counts = run->fed;
	run->arrivals = run->group_gone = run->stays_active = false;
	crowd_clear(&run->groups_changed);
	touch_forget(&run->touches);
	ahead_reset(&run->ahead);
	join_claims_make(job);
	grants_begin(job);
	if (commands->plan) {
		draft_reset(&run->draft);
		for (size_t i = 0; i < run->loss_count; i++)
			run->draft.groups_lost += run_is_weighty(job, &run->losses[i]);
	}
	for (size_t i = 0; !err && i < sizeof(steps) / sizeof(steps[0]); i++) {
		err = steps[i](job, commands, why);
		if (!err)
			err = commands_finish(job, commands, why);
	}
	run->planning = false;
	return err ? err : spool_error(&run->spool, why);
}

enum err apply_plan(struct job *job, struct commands **planned, struct why *why)
{
	*planned = commands_new(true);
	enum err err = walk(job, *planned, why);

	if (!err)
		err = spool_error(&job->run.draft.rows, why);
	if (err) {
		commands_free(*planned);
		*planned = NULL;
	}
	return err;
}

/* ---- doing it ---- */

/* Nothing to say that was not known. */
static bool is_idle(const struct job *job, const struct commands *planned)
{
	const struct sync_run *run = &job->run;
	const struct memory *memory = &job->memory;
	bool same_cookie = !run->has_cookie ||
			   (run->cookie_len == memory->cookie_len &&
				   memcmp(run->cookie, memory->cookie, run->cookie_len) == 0);

	return planned->whole && planned->count == 0 && same_cookie && !run->complete &&
	       !run->want_full && !job->open.changed && !job->pins.changed &&
	       !run->grants_changed &&
	       memcmp(memory->place, job->settings.place, sizeof(memory->place)) == 0 &&
	       uuid_is_nil(&memory->held);
}

/* The large run's last word: its cookie, and that it is over. */
static enum err end_large(struct job *job, struct commands *commands, struct why *why)
{
	struct uuid plan = job->memory.applying;

	plan_turn(job, commands, &plan, "applied");
	end_command(job, commands);
	enum err err = commands_commit(job, commands, 0, why);
	commands_clear(job, commands);
	if (!err)
		recover_forget(job);
	return err;
}

/* As far as it was done before, everything is found to be so already. */
enum err apply_rest(struct job *job, struct why *why)
{
	struct commands *commands = commands_new(false);
	enum err err = walk(job, commands, why);

	if (!err)
		err = end_large(job, commands, why);
	commands_free(commands);
	return err;
}

static enum err apply_large(struct job *job, struct commands *planned, struct why *why)
{
	enum err err = recover_publish(job, why);

	if (err)
		return err;
	planned->count = planned->members = planned->described = 0;
	arena_reset(planned->arena);
	if (!job->is_approved)
		err = plan_put(job, planned, "applying", why);
	if (!err) {
		plan_settle_held(job, planned, "applying");
		job->memory.applying = job->run.plan;
		memory_command(job, planned);
		err = commands_commit(job, planned, 0, why);
	}
	return err ? err : apply_rest(job, why);
}

/* True when it was done. Refused: somebody else was quicker, or the core knows better than the plan
 * did; then step by step, where each refusal stands alone. */
static enum err apply_whole(struct job *job, struct commands *planned, bool *done, struct why *why)
{
	struct memory *before = heap_zalloc(sizeof(*before));
	struct history history = job->history;
	struct sync_counts counts = job->run.counts;
	size_t deeds = planned->count;
	struct why refused = { 0 };

	*before = job->memory;
	*done = false;
	enum err err = OK;
	if (!job->is_approved && job->run.draft.row_count > 0 && !plan_is_small_talk(job))
		err = plan_put(job, planned, "applied", why);
	plan_settle_held(job, planned, "applied");
	for (size_t i = 0; i < deeds; i++) {
		planned->outcomes[i].err = OK;
		if (!err)
			err = settle(job, planned, i, why);
	}
	end_command(job, planned);
	if (!err) {
		err = commands_commit(job, planned, 0, &refused);
		*done = err == OK;
		if (err && is_general(err))
			*why = refused;
		else
			err = OK;
	}
	if (*done) {
		for (size_t i = 0; i < deeds; i++)
			metric_add(METRIC_SYNC_CHANGES, planned->outcomes[i].changed);
		commands_tell(job, planned, deeds);
	}
	if (!*done) {
		job->memory = *before;
		job->history = history;
		job->run.counts = counts;
	}
	free(before);
	return err;
}

enum err apply_run(struct job *job, struct commands *planned, struct why *why)
{
	bool done = is_idle(job, planned);
	enum err err = OK;

	if (done)
		job->memory.last_contact = clock_wall();
	if (!done && planned->whole)
		err = apply_whole(job, planned, &done, why);
	if (!err && !done)
		err = apply_large(job, planned, why);
	if (!err && job->open.changed)
		reload_open(job);
	if (!err)
		job->pins.changed = false;
	commands_free(planned);
	return err;
}
