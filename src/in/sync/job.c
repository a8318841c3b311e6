#include "in/sync/sync_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

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

bool job_is_asked(struct job *job)
{
	pthread_mutex_lock(&job->lock);
	bool asked = job->stopping || job->reload || job->ask_delta || job->ask_full ||
		     job->ask_approved;
	pthread_mutex_unlock(&job->lock);
	return asked;
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
		history_held(&job->history, job->sync->core, &result.because);
		job_hold(job, &result.because);
		break;
	case SESSION_FAILED:
		job_fail(job, &result);
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
	struct because because = { 0 };

	job->has_lived = true;
	find_approval(job);
	if (!first)
		return;
	because_add(&because, BECAUSE_WAITS, NULL);
	if (!uuid_is_nil(&job->memory.held) && !job->is_approved && !job_is_asked(job))
		job_hold(job, &because);
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
		job_pause(job, STAGE_START, FAILURE_CONFIG, why.text);
		return;
	}
	if (!job->settings.active) {
		/* Who switches it on again gives it all the time anew. */
		trouble_end(&job->trouble, job->sync->core);
		job_pause(job, STAGE_START, FAILURE_CONFIG, "the directory is switched off");
		take_asks(job, false);
		return;
	}
	if (end_rest(job, &why) != OK) {
		if (job_is_called(job))
			return;
		struct session_result failed = { .stage = STAGE_APPLY, .failure = FAILURE_DATA };
		snprintf(failed.text, sizeof(failed.text), "%s", why.text);
		job_fail(job, &failed);
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
