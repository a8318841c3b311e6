#include "base/clock.h"
#include "base/metric.h"
#include "in/sync/sync_int.h"

#include <stdlib.h>

struct command *commands_add(
	struct job *job, struct commands *commands, enum command_type type, enum kind kind)
{
	size_t i = commands->count++;

	commands->deeds[i] = DEED_OTHER;
	commands->at[i] = 0;
	commands->without[i] = 0;
	commands->rows[i] = (struct command){ .type = type, .tenant = job->tenant, .kind = kind };
	return &commands->rows[i];
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
	case DEED_OTHER:
		break;
	}
}

enum err commands_run_rows(struct job *job, const struct command *rows, size_t n,
	struct outcome *outcomes, struct why *why)
{
	view_end(job->view);
	enum err err = core_run_many(job->sync->core, &job->actor, rows, n, false, outcomes, why);
	enum err again = view_begin(job->view, why);
	for (size_t i = 0; !err && i < n; i++)
		if (is_general(outcomes[i].err))
			err = fail(why, outcomes[i].err, NULL, "%s", outcomes[i].why.text);
	return err ? err : again;
}

static enum err settle(struct job *job, struct commands *commands, size_t i, struct why *why)
{
	const struct outcome *outcome = &commands->outcomes[i];

	if (commands->rows[i].type == COMMAND_MEMBERS)
		return members_settle(job, &commands->rows[i], outcome, why);
	if (outcome->err == OK) {
		count(job, commands->deeds[i]);
		metric_add(METRIC_SYNC_CHANGES, outcome->changed);
	}
	return OK;
}

enum err commands_run(struct job *job, struct commands *commands, struct why *why)
{
	enum err err = OK;

	if (commands->count > 0)
		err = commands_run_rows(
			job, commands->rows, commands->count, commands->outcomes, why);
	for (size_t i = 0; !err && i < commands->count; i++)
		err = settle(job, commands, i, why);
	if (!err)
		commands_tell(job, commands, commands->count);
	job->run.batch++;
	return err;
}

void commands_clear(struct job *job, struct commands *commands)
{
	commands->count = commands->members = 0;
	arena_reset(commands->arena);
	arena_reset(job->arena);
}

enum err commands_finish(struct job *job, struct commands *commands, struct why *why)
{
	enum err err = commands_run(job, commands, why);

	for (size_t i = 0; !err && i < commands->count; i++)
		if (commands->outcomes[i].err && commands->rows[i].type != COMMAND_MEMBERS) {
			job->run.counts.held++;
			status_note(job, "%s", commands->outcomes[i].why.text);
		}
	commands_clear(job, commands);
	return err;
}

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
	memcpy(memory->place, job->settings.place, sizeof(memory->place));
	memcpy(memory->grants, job->settings.grants, sizeof(memory->grants));
	if (run->has_cookie) {
		memcpy(memory->cookie, run->cookie, run->cookie_len);
		memory->cookie_len = run->cookie_len;
	} else if (run->full) {
		memory->cookie_len = 0;
	}
	memcpy(memory->identity, job->identity, job->identity_len);
	memory->identity_len = job->identity_len;
}

/* The cookie goes with the last commands; until then the old one stands, and what was applied is
 * found unchanged by the next run. */
static enum err write_memory(struct job *job, struct commands *commands, struct why *why)
{
	struct state_row *states = arena_array(commands->arena, 3, sizeof(*states));
	struct command *command = commands_add(job, commands, COMMAND_STATE, KIND_NONE);

	remember(job);
	states[0] = (struct state_row){ memory_key(commands->arena, job->directory),
		memory_write(commands->arena, &job->memory) };
	command->states = states;
	command->state_count = 1;
	if (job->open.changed) {
		struct span value = open_members_write(commands->arena, &job->open);
		states[command->state_count++] =
			(struct state_row){ memory_open_key(commands->arena, job->directory),
				value };
		open_members_read(value, &job->open);
	}
	if (job->run.full || job->run.rows > 0)
		states[command->state_count++] = history_end(&job->history, commands->arena,
			job->run.counts.held > 0 ? SYNC_RESULT_CONFLICTS : SYNC_RESULT_OK,
			&job->run.counts);
	enum err err = commands_run(job, commands, why);
	if (!err && commands->outcomes[0].err)
		err = fail(
			why, commands->outcomes[0].err, NULL, "%s", commands->outcomes[0].why.text);
	return err;
}

typedef enum err (*apply_step)(struct job *job, struct commands *commands, struct why *why);

/* Deactivations first: whoever is gone upstream waits for nobody. Members after everyone is there,
 * roles after all members. */
static const apply_step steps[] = {
	apply_losses,
	apply_entries,
	apply_joins,
	apply_members,
	apply_open_members,
	apply_groups_gone,
	apply_roles,
	write_memory,
};

enum err apply_run(struct job *job, struct why *why)
{
	struct commands *commands = heap_zalloc(sizeof(*commands));
	enum err err = OK;

	job->run.grants_changed =
		memcmp(job->memory.grants, job->settings.grants, sizeof(job->memory.grants)) != 0;
	commands->arena = arena_new();
	for (size_t i = 0; !err && i < sizeof(steps) / sizeof(steps[0]); i++) {
		err = steps[i](job, commands, why);
		if (!err)
			err = commands_finish(job, commands, why);
	}
	arena_free(commands->arena);
	free(commands);
	return err ? err : spool_error(&job->run.spool, why);
}
