#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/secret.h"
#include "in/sync/commands.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BACK_OFF_MAX (300 * SECOND)
#define AUTH_TRIES 3 /* more would lock the account upstream */
#define FOREVER INT64_MAX
#define REJECTED_LOOK (3600 * SECOND)

void job_wake(struct job *job)
{
	uint64_t one = 1;

	if (write(job->wake, &one, sizeof(one)) != sizeof(one) && errno != EAGAIN)
		abort();
}

static bool job_is_stopping(struct job *job)
{
	pthread_mutex_lock(&job->lock);
	bool stopping = job->stopping;
	pthread_mutex_unlock(&job->lock);
	return stopping;
}

bool job_is_called(struct job *job)
{
	pthread_mutex_lock(&job->lock);
	bool called = job->stopping || job->reload;
	pthread_mutex_unlock(&job->lock);
	return called;
}

/* ---- what it works with ---- */

static enum err read_directory(struct job *job, struct why *why)
{
	struct record record;
	struct span value;

	if (!view_entry(job->view, job->tenant, KIND_DIRECTORY, job->directory, &record)) {
		enum err err = view_error(job->view, why);
		return err ? err : fail(why, ERR_NOT_FOUND, NULL, "the directory is gone");
	}
	record.bytes = arena_copy(job->settled, record.bytes);
	job->revision = record.revision;
	if (job->history.directory == 0) {
		history_open(&job->history, job->view, job->tenant, job->directory);
		trouble_open(&job->trouble, job->view, job->tenant, job->directory);
	}
	if (!view_state(job->view, job->tenant, memory_key(job->arena, job->directory), &value))
		value = SPAN_NONE;
	memory_read(value, &job->memory);
	if (view_state(job->view, job->tenant, memory_open_key(job->arena, job->directory), &value))
		open_members_read(value, &job->open);
	enum err err = actor_directory(job->view, job->tenant, job->directory, &job->actor, why);
	if (!err)
		err = settings_read(
			job->settled, record_entry(job->settled, &record), &job->settings, why);
	if (!err)
		grants_load(job);
	return err;
}

static enum err load(struct job *job, struct why *why)
{
	pthread_mutex_lock(&job->lock);
	job->reload = false;
	pthread_mutex_unlock(&job->lock);
	arena_reset(job->settled);
	actor_system(&job->keeper, CHANNEL_SYNC);
	enum err err = view_begin(job->view, why);
	if (err)
		return err;
	err = read_directory(job, why);
	view_end(job->view);
	arena_reset(job->arena);
	status_refresh(job);
	return err;
}

/* ---- waiting ---- */

/* Until it is woken, or for that long. */
static void wait_for(struct job *job, int64_t microseconds)
{
	struct pollfd ready = { job->wake, POLLIN, 0 };
	int64_t milliseconds = microseconds == FOREVER ? -1 : microseconds / 1000 + 1;
	uint64_t count;

	(void)poll(&ready, 1, (int)milliseconds);
	while (read(job->wake, &count, sizeof(count)) == sizeof(count))
		;
}

static bool is_asked(struct job *job)
{
	pthread_mutex_lock(&job->lock);
	bool asked = job->stopping || job->reload || job->ask_delta || job->ask_full ||
		     job->ask_approved;
	pthread_mutex_unlock(&job->lock);
	return asked;
}

static void wait_until_asked(struct job *job, int64_t microseconds)
{
	int64_t until = microseconds == FOREVER ? FOREVER : clock_monotonic() + microseconds;

	while (!is_asked(job)) {
		int64_t left = until == FOREVER ? FOREVER : until - clock_monotonic();
		if (left <= 0)
			break;
		wait_for(job, left);
	}
}

static void pause_for(struct job *job, enum stage stage, enum failure failure, const char *text)
{
	status_failed(job, SYNC_PAUSED, stage_name(stage), failure, text, 0);
	history_note(&job->history, job->sync->core, SYNC_RESULT_PAUSED, stage, failure, text);
	log_event(LOG_LEVEL_WARNING, "sync.paused", L_INT("tenant", job->tenant),
		L_SPAN("directory", job->settings.name), L_STR("reason", text));
	if (stage != STAGE_START)
		trouble_tell(&job->trouble, job->sync->core, "paused", stage, failure,
			job->settings.name, text);
	wait_until_asked(job, FOREVER);
}

/* Doubles from a second on, half of it by chance, so that jobs do not come back all at once. */
static int64_t back_off(struct job *job)
{
	unsigned shift = job->failures < 10 ? job->failures : 10;
	int64_t wait = SECOND << shift;
	uint32_t chance;

	job->failures++;
	wait = wait < BACK_OFF_MAX ? wait : BACK_OFF_MAX;
	secret_random(&chance, sizeof(chance));
	return wait / 2 + (int64_t)(chance % (uint32_t)(wait / 2 + 1));
}

/* As an administrator would: it stays so until somebody resumes it. */
static void switch_off(struct job *job)
{
	const struct value off = { .attr = ATTR_ACTIVE, .octets = SPAN("FALSE") };
	const struct modification mod = {
		.op = PATCH_REPLACE, .attr = ATTR_ACTIVE, .values = &off, .count = 1
	};
	const struct command command = { .type = COMMAND_MODIFY,
		.tenant = job->tenant,
		.kind = KIND_DIRECTORY,
		.id = job->settings.id,
		.mods = &mod,
		.mod_count = 1 };
	struct outcome outcome;

	if (core_run(job->sync->core, &job->keeper, &command, &outcome) != OK)
		log_event(LOG_LEVEL_ERROR, "sync.off", L_INT("tenant", job->tenant),
			L_SPAN("directory", job->settings.name), L_WHY(&outcome.why));
}

/* How long to wait before the next try, by how long it has failed. */
static int64_t next_wait(
	struct job *job, const struct session_result *result, enum sync_state *state)
{
	const struct trouble_limits *limits = &job->sync->patience;
	uint32_t chance;

	trouble_begin(&job->trouble, job->sync->core);
	enum trouble_step step = trouble_step(&job->trouble, limits, clock_wall());
	*state = step == TROUBLE_RETRY ? SYNC_FAILED : SYNC_QUARANTINED;
	if (step == TROUBLE_RETRY)
		return back_off(job);
	trouble_tell(&job->trouble, job->sync->core, step == TROUBLE_OFF ? "off" : "quarantine",
		result->stage, result->failure, job->settings.name, result->text);
	if (step == TROUBLE_OFF)
		switch_off(job);
	secret_random(&chance, sizeof(chance));
	return trouble_wait(limits, chance);
}

/* Whatever a full compare finds then waits for a person. */
static void remember_rollback(struct job *job)
{
	struct why why = { 0 };

	if (view_begin(job->view, &why) != OK)
		return;
	struct commands *commands = commands_new(false);
	job->memory.rolled_back = true;
	memory_command(job, commands);
	(void)commands_commit(job, commands, 0, &why);
	commands_free(commands);
	view_end(job->view);
	arena_reset(job->arena);
}

static void on_failure(struct job *job, const struct session_result *result)
{
	enum sync_state state;

	metric_add(METRIC_SYNC_FAILED, 1);
	if (result->failure == FAILURE_AUTH && ++job->auth_failures >= AUTH_TRIES) {
		job->auth_failures = 0;
		pause_for(job, result->stage, result->failure, result->text);
		return;
	}
	if (result->failure == FAILURE_ROLLBACK) {
		remember_rollback(job);
		pause_for(job, result->stage, result->failure,
			"the server is behind what was seen of it, as after a restored backup; a "
			"full compare must be asked for");
		return;
	}
	int64_t wait = next_wait(job, result, &state);
	const char *stage = stage_name(result->stage);
	status_failed(job, state, stage, result->failure, result->text, clock_wall() + wait);
	history_note(&job->history, job->sync->core,
		result->failure == FAILURE_REFRESH ? SYNC_RESULT_NEEDS_FULL : SYNC_RESULT_FAILED,
		result->stage, result->failure, result->text);
	log_event(LOG_LEVEL_WARNING, "sync.failed", L_INT("tenant", job->tenant),
		L_SPAN("directory", job->settings.name), L_STR("stage", stage),
		L_STR("class", failure_name(result->failure)), L_STR("reason", result->text),
		L_INT("next_try_milliseconds", wait / 1000));
	wait_until_asked(job, wait);
}

/* A plan that was rejected waits for another content: it is looked at again now and then. */
static void on_held(struct job *job, const char *reason)
{
	struct why why = { 0 };
	bool rejected = false;

	if (view_begin(job->view, &why) == OK) {
		rejected = plan_is_rejected(job);
		if (rejected && plan_settle_rejected(job, &why) != OK)
			status_note(job, "%s", why.text);
		view_end(job->view);
		arena_reset(job->arena);
	}
	if (!rejected && job->memory.last_run > 0)
		trouble_tell(&job->trouble, job->sync->core, "held", STAGE_APPLY, FAILURE_LIMIT,
			job->settings.name, reason);
	status_held(job, rejected ? "the plan was rejected; another one is waited for" : reason);
	wait_until_asked(job, rejected ? REJECTED_LOOK : FOREVER);
}

/* ---- the loop ---- */

/* Takes what was asked; true when a full compare was. A preview stays one, also under other
 * settings, until somebody answers it or wants a run. */
static bool take_asks(struct job *job, bool waits_as_preview)
{
	pthread_mutex_lock(&job->lock);
	bool full = job->ask_full || job->ask_look;
	bool wanted = job->ask_full || job->ask_delta;
	job->is_preview = job->ask_preview || (job->is_preview && job->full_due) ||
			  (waits_as_preview && !wanted);
	job->ask_look = job->ask_delta = job->ask_full = job->ask_approved = false;
	job->ask_roles = false;
	job->ask_preview = false;
	pthread_mutex_unlock(&job->lock);
	return full;
}

/* True when the plan that waits is a preview. */
static bool find_approval(struct job *job)
{
	struct why why = { 0 };

	job->is_approved = false;
	if (uuid_is_nil(&job->memory.held) || view_begin(job->view, &why) != OK)
		return false;
	job->is_approved = plan_is_approved(job, &job->memory.held, job->approved);
	bool preview = plan_is_preview(job);
	view_end(job->view);
	return preview;
}

/* What is remembered may not have been stored, and a run may be half done: as after a start. */
static void begin_anew(struct job *job)
{
	pthread_mutex_lock(&job->lock);
	job->reload = true;
	pthread_mutex_unlock(&job->lock);
}

/* A full compare that was due is so until one is done or a plan of it waits, whatever came in
 * between: other settings, a server that broke off. */
static bool is_full_due(
	const struct job *job, const struct session_result *result, bool due, int64_t last)
{
	if (result->end == SESSION_HELD)
		return false;
	return result->end == SESSION_FULL || result->failure == FAILURE_REFRESH ||
	       (due && job->memory.last_full == last);
}

static void one_session(struct job *job)
{
	struct session_result result = { 0 };
	int64_t last = job->memory.last_full;

	bool preview = find_approval(job);
	job->full_due |= take_asks(job, preview) || job->memory.full_due;
	bool again = !uuid_is_nil(&job->memory.held) && job->memory.held_full;
	session_run(job, again || job->full_due, &result);
	job->full_due = is_full_due(job, &result, job->full_due, last);
	switch (result.end) {
	case SESSION_STOPPED:
	case SESSION_AGAIN:
	case SESSION_FULL:
		break;
	case SESSION_HELD:
		history_note(&job->history, job->sync->core, SYNC_RESULT_HELD, STAGE_REFRESH,
			FAILURE_DATA, result.text);
		on_held(job, result.text);
		break;
	case SESSION_FAILED:
		on_failure(job, &result);
		if (result.stage == STAGE_APPLY)
			begin_anew(job);
		break;
	}
}

/* After a start a plan that nobody approved still waits; after a change of the settings it is
 * looked at anew. */
static void wait_if_held(struct job *job)
{
	bool first = !job->has_lived;

	job->has_lived = true;
	find_approval(job);
	if (!first)
		return;
	if (!uuid_is_nil(&job->memory.held) && !job->is_approved && !is_asked(job))
		on_held(job, "a plan waits for approval");
}

/* A run that was being applied when we died is ended before anything else is heard. */
static enum err end_rest(struct job *job, struct why *why)
{
	enum err err = view_begin(job->view, why);

	if (err)
		return err;
	err = plan_sweep(job, why);
	if (!err && !uuid_is_nil(&job->memory.applying)) {
		status_state(job, SYNC_APPLYING);
		job->run.plan = job->memory.applying;
		bool there = recover_load(job, &err, why);
		if (there && !err)
			err = apply_rest(job, why);
		if (!there || err == ERR_CORRUPT)
			err = plan_give_up(job, why);
		job->is_approved = false;
	} else if (!err) {
		recover_forget(job);
	}
	view_end(job->view);
	arena_reset(job->arena);
	status_refresh(job);
	return err;
}

/* Nothing stays of a directory that is gone; all of one whose tenant is suspended. */
static void forget_if_gone(struct job *job)
{
	struct record record;
	struct why why = { 0 };

	if (view_begin(job->view, &why) != OK)
		return;
	if (!view_entry(job->view, job->tenant, KIND_DIRECTORY, job->directory, &record) &&
		view_error(job->view, &why) == OK) {
		history_forget(job->sync->core, job->tenant, job->directory);
		/* The directory itself may do nothing any more. */
		job->actor = job->keeper;
		(void)plan_forget_all(job, &why);
		recover_forget(job);
	}
	view_end(job->view);
	arena_reset(job->arena);
}

static void live(struct job *job)
{
	struct why why = { 0 };

	enum err err = load(job, &why);
	if (err == ERR_NOT_FOUND) {
		pthread_mutex_lock(&job->lock);
		job->stopping = true;
		pthread_mutex_unlock(&job->lock);
		return;
	}
	if (err) {
		pause_for(job, STAGE_START, FAILURE_CONFIG, why.text);
		return;
	}
	if (!job->settings.active) {
		/* Who switches it on again gives it all the time anew. */
		trouble_end(&job->trouble, job->sync->core);
		pause_for(job, STAGE_START, FAILURE_CONFIG, "the directory is switched off");
		take_asks(job, false);
		return;
	}
	if (end_rest(job, &why) != OK) {
		if (job_is_called(job))
			return;
		struct session_result failed = { .stage = STAGE_APPLY, .failure = FAILURE_DATA };
		snprintf(failed.text, sizeof(failed.text), "%s", why.text);
		on_failure(job, &failed);
		return;
	}
	wait_if_held(job);
	for (;;) {
		if (job_is_called(job))
			return;
		one_session(job);
	}
}

static void *job_main(void *arg)
{
	struct job *job = arg;

	while (!job_is_stopping(job))
		live(job);
	forget_if_gone(job);
	pthread_mutex_lock(&job->lock);
	job->ended = true;
	pthread_mutex_unlock(&job->lock);
	return NULL;
}

struct job *job_make(struct sync *sync, uint32_t tenant, uint32_t directory)
{
	struct job *job = heap_zalloc(sizeof(*job));

	job->sync = sync;
	job->tenant = tenant;
	job->directory = directory;
	job->roles_changed = -1;
	job->status.tenant = tenant;
	job->status.directory = directory;
	job->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	job->arena = arena_new();
	job->settled = arena_new();
	job->row = heap_zalloc(sizeof(*job->row));
	pthread_mutex_init(&job->lock, NULL);
	open_members_init(&job->open);
	run_init(&job->run, sync->data);
	return job;
}

enum err job_start(
	struct sync *sync, uint32_t tenant, uint32_t directory, struct job **job, struct why *why)
{
	struct job *made = job_make(sync, tenant, directory);

	enum err err = made->wake < 0 ? fail(why, ERR_IO, NULL, "eventfd: %s", strerror(errno))
				      : view_open(sync->core, &made->view, why);
	if (!err && pthread_create(&made->thread, NULL, job_main, made) != 0)
		err = fail(why, ERR_UNAVAILABLE, NULL, "no thread for a sync job");
	if (err) {
		job_free(made);
		return err;
	}
	*job = made;
	return OK;
}

void job_free(struct job *job)
{
	if (job->view)
		view_close(job->view);
	if (job->wake >= 0)
		close(job->wake);
	run_free(&job->run);
	open_members_free(&job->open);
	arena_free(job->pins.arena);
	arena_free(job->arena);
	arena_free(job->settled);
	pthread_mutex_destroy(&job->lock);
	free(job->row);
	free(job);
}
