#include "in/sync/commands.h"

#include "base/clock.h"
#include "base/metric.h"

#include <assert.h>
#include <stdlib.h>

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
bool commands_ends_run(enum err err)
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

/* Of whom nobody has approved, the limits take no share for the first days. */
static void come(struct job *job)
{
	job->memory.people++;
	if (job->memory.confirmed && !job->is_approved)
		window_add(&job->memory.came, clock_wall(), 1);
}

/* Who comes and goes and comes is one. */
static void leave(struct job *job)
{
	int64_t wall = clock_wall();

	job->memory.people -= job->memory.people > 0;
	if (memory_grown(&job->memory, wall) > 0)
		window_add(&job->memory.came, wall, -1);
}

static void count(struct job *job, enum deed deed)
{
	struct sync_counts *counts = &job->run.counts;
	switch (deed) {
	case DEED_CREATE:
		counts->created++;
		come(job);
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
		leave(job);
		break;
	case DEED_REACTIVATE:
		counts->reactivated++;
		come(job);
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
		if (commands_ends_run(outcomes[i].err))
			err = fail(why, outcomes[i].err, NULL, "%s", outcomes[i].why.text);
	return err ? err : again;
}

enum err commands_run_rows(struct job *job, const struct command *rows, size_t n,
	struct outcome *outcomes, struct why *why)
{
	return run_rows(job, rows, n, false, outcomes, why);
}

enum err commands_settle(struct job *job, struct commands *commands, size_t i, struct why *why)
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
		err = commands_settle(job, commands, i, why);
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
