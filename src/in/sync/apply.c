#include "base/clock.h"
#include "base/metric.h"
#include "in/sync/commands.h"

#include <stdlib.h>

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
	if (job->is_approved)
		grants_approved(job);
	found_command(job, commands);
	if (!run->full && run->rows == 0)
		return;
	*row = history_end(&job->history, commands->arena,
		run->counts.held > 0 ? SYNC_RESULT_CONFLICTS : SYNC_RESULT_OK, &run->counts);
	struct command *command = commands_add(job, commands, COMMAND_STATE, KIND_NONE);
	command->states = row;
	command->state_count = 1;
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
	apply_groups_gone,
	apply_open_members,
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
	run->arrivals = run->group_gone = run->nested_gone = run->stays_active = false;
	crowd_clear(&run->groups_changed);
	touch_forget(&run->touches);
	ahead_reset(&run->ahead);
	join_claims_make(job);
	grants_begin(job);
	if (commands->plan) {
		draft_reset(&run->draft);
		weigh_begin(job);
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
		weigh_command(job, planned);
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
	weigh_command(job, planned);
	plan_settle_held(job, planned, "applied");
	for (size_t i = 0; i < deeds; i++) {
		planned->outcomes[i].err = OK;
		if (!err)
			err = commands_settle(job, planned, i, why);
	}
	end_command(job, planned);
	if (!err) {
		err = commands_commit(job, planned, 0, &refused);
		*done = err == OK;
		if (err && commands_ends_run(err))
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
