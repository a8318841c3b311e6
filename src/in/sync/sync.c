#include "base/clock.h"
#include "base/log.h"
#include "in/sync/expire.h"
#include "in/sync/pass.h"
#include "in/sync/sweep.h"
#include "in/sync/sync_int.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define DAY (86400 * SECOND)
#define EXPIRE_BACK (60 * SECOND)
#define LOOK_APART (SECOND / 5) /* between two looks at the directories */

/* ---- following the directory entries ---- */

struct job *sync_find_job(struct sync *sync, uint32_t tenant, uint32_t directory)
{
	for (struct job *job = sync->jobs; job; job = job->next)
		if (job->tenant == tenant && job->directory == directory)
			return job;
	return NULL;
}

static void tell(struct job *job, bool *flag)
{
	pthread_mutex_lock(&job->lock);
	*flag = true;
	pthread_mutex_unlock(&job->lock);
	job_wake(job);
}

/* Somebody has decided about an entry that is held, or its cause has gone. */
static void look_at_answers(
	struct view *view, struct arena *arena, struct job *job, const struct record *record)
{
	struct span mark;
	uint64_t answered;

	if (!view_state(view, record->tenant, conflict_mark_key(arena, &record->id), &mark) ||
		!span_to_u64(mark, &answered) || (int64_t)answered == job->answered)
		return;
	pthread_mutex_lock(&job->lock);
	bool compared = job->answered == 0 && (int64_t)answered < job->status.last_full;
	pthread_mutex_unlock(&job->lock);
	job->answered = (int64_t)answered;
	if (!compared)
		tell(job, &job->ask_look);
}

/* A role lets people do something else: what groups may give is looked at, without a compare. */
static void look_at_roles(
	struct view *view, struct arena *arena, struct job *job, const struct record *record)
{
	struct span mark;
	uint64_t changed = 0;
	bool first = job->roles_changed < 0;

	if (view_state(view, record->tenant, approval_mark_key(arena, &record->id), &mark))
		(void)span_to_u64(mark, &changed);
	if ((int64_t)changed == job->roles_changed)
		return;
	job->roles_changed = (int64_t)changed;
	if (!first)
		tell(job, &job->ask_roles);
}

static void look_at_directory(
	struct sync *sync, struct view *view, struct arena *arena, const struct record *record)
{
	struct why why = { 0 };
	struct job *job = sync_find_job(sync, record->tenant, record->number);

	if (!job) {
		if (job_start(sync, record->tenant, record->number, &job, &why) != OK) {
			log_event(LOG_LEVEL_ERROR, "sync.start", L_WHY(&why));
			return;
		}
		job->next = sync->jobs;
		sync->jobs = job;
	} else if (job->revision_seen != 0 && job->revision_seen != record->revision) {
		tell(job, &job->reload);
	}
	job->revision_seen = record->revision;
	job->wanted = true;
	look_at_answers(view, arena, job, record);
	look_at_roles(view, arena, job, record);
}

static void look_at_tenant(
	struct sync *sync, struct view *view, struct arena *arena, const struct tenant_info *tenant)
{
	struct search_spec spec = { .tenant = tenant->number, .kinds = 1u << KIND_DIRECTORY };
	struct actor reader;
	struct search *search;
	struct record record;
	struct why why = { 0 };
	unsigned budget = UINT32_MAX;

	if (!tenant->active || view_count(view, tenant->number, KIND_DIRECTORY) == 0)
		return;
	actor_system(&reader, CHANNEL_SYNC);
	spec.actor = &reader;
	if (search_open(view, arena, &spec, &search, &why) != OK)
		return;
	while (search_next(search, &budget, &record) == STEP_FOUND)
		look_at_directory(sync, view, arena, &record);
	search_close(search);
}

/* Under the lock. Removes jobs whose threads have ended. */
static void bury(struct sync *sync)
{
	for (struct job **at = &sync->jobs; *at;) {
		struct job *job = *at;
		pthread_mutex_lock(&job->lock);
		bool ended = job->ended;
		pthread_mutex_unlock(&job->lock);
		if (!ended) {
			at = &job->next;
			continue;
		}
		*at = job->next;
		pthread_join(job->thread, NULL);
		job_free(job);
	}
}

static void look(struct sync *sync, struct view *view, struct arena *arena)
{
	struct tenant_info tenant;
	struct why why = { 0 };

	if (view_begin(view, &why) != OK)
		return;
	pthread_mutex_lock(&sync->lock);
	bury(sync);
	for (struct job *job = sync->jobs; job; job = job->next)
		job->wanted = false;
	for (uint32_t least = 1; view_next_tenant(view, least, &tenant); least = tenant.number + 1)
		look_at_tenant(sync, view, arena, &tenant);
	/* What could not be read is no reason to stop a job. */
	if (view_error(view, &why) == OK)
		for (struct job *job = sync->jobs; job; job = job->next)
			if (!job->wanted)
				tell(job, &job->stopping);
	sweep_files(sync, view);
	pthread_mutex_unlock(&sync->lock);
	view_end(view);
	arena_reset(arena);
}

static void rest(void)
{
	struct timespec apart = { 0, LOOK_APART * 1000 };

	nanosleep(&apart, NULL);
}

/* False: it is time to stop. *changed: something was written, else time has passed. */
static bool wait_for_change(struct sync *sync, bool *changed)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += EXPIRE_APART / SECOND;
	pthread_mutex_lock(&sync->lock);
	while (!sync->changed && !sync->stopping)
		if (pthread_cond_timedwait(&sync->wake, &sync->lock, &until) == ETIMEDOUT)
			break;
	*changed = sync->changed;
	sync->changed = false;
	bool stop = sync->stopping;
	pthread_mutex_unlock(&sync->lock);
	return !stop;
}

/* A look goes back a little behind the one before: a commit may come late, a clock may jump. */
static void look_at_time(struct sync *sync, struct view *view, struct arena *arena)
{
	int64_t now = clock_wall();
	int64_t since = sync->expired_until < now ? sync->expired_until : now;

	if (clock_monotonic() < sync->expire_at)
		return;
	expire_people(sync->core, view, arena, since > EXPIRE_BACK ? since - EXPIRE_BACK : 0);
	sync->expired_until = now;
	sync->expire_at = clock_monotonic() + EXPIRE_APART;
	arena_reset(arena);
}

static void *supervise(void *arg)
{
	struct sync *sync = arg;
	struct arena *arena = arena_new();
	struct view *view;
	struct why why = { 0 };
	bool changed;

	if (view_open(sync->core, &view, &why) != OK) {
		log_event(LOG_LEVEL_ERROR, "sync.start", L_WHY(&why));
		arena_free(arena);
		return NULL;
	}
	sweep_plans(sync, view, arena);
	while (wait_for_change(sync, &changed)) {
		if (changed)
			look(sync, view, arena);
		look_at_time(sync, view, arena);
		rest();
	}
	view_close(view);
	arena_free(arena);
	return NULL;
}

static void on_commit(void *arg, uint32_t tenant, uint64_t sequence)
{
	struct sync *sync = arg;

	(void)tenant;
	(void)sequence;
	pthread_mutex_lock(&sync->lock);
	sync->changed = true;
	pthread_cond_signal(&sync->wake);
	pthread_mutex_unlock(&sync->lock);
}

/* ---- start and stop ---- */

static void release(struct sync *sync)
{
	pthread_mutex_destroy(&sync->lock);
	pthread_cond_destroy(&sync->wake);
	if (sync->ending >= 0)
		close(sync->ending);
	free(sync->program);
	free(sync->data);
	free(sync);
}

enum err sync_start(
	struct core *core, const struct sync_options *options, struct sync **sync, struct why *why)
{
	struct sync *made = heap_zalloc(sizeof(*made));
	pthread_condattr_t monotonic;

	made->core = core;
	made->program = heap_string(options->program);
	made->data = heap_string(options->data);
	made->allow_loopback = options->allow_loopback;
	made->full_compare = options->full_compare ? options->full_compare : DAY;
	made->patience = (struct trouble_limits){ options->quarantine_after,
		options->quarantine_apart, options->quarantine_off };
	made->changed = true;
	pthread_mutex_init(&made->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&made->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	const struct sync_options kept = { .program = made->program,
		.allow_loopback = made->allow_loopback };
	made->ending = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	enum err err = made->ending < 0 ? fail(why, ERR_IO, NULL, "eventfd: %s", strerror(errno))
					: pass_start(core, &kept, &made->pass, why);
	if (err) {
		release(made);
		return err;
	}
	core_watch(core, on_commit, made);
	if (pthread_create(&made->supervisor, NULL, supervise, made) != 0) {
		core_unwatch(core, made);
		pass_stop(made->pass);
		release(made);
		return fail(why, ERR_UNAVAILABLE, NULL, "no thread for directory sync");
	}
	*sync = made;
	return OK;
}

void sync_interrupt(struct sync *sync)
{
	pthread_mutex_lock(&sync->lock);
	sync->stopping = true;
	pthread_cond_signal(&sync->wake);
	for (struct job *job = sync->jobs; job; job = job->next)
		tell(job, &job->stopping);
	pthread_mutex_unlock(&sync->lock);
	if (eventfd_write(sync->ending, 1) < 0 && errno != EAGAIN)
		abort();
}

void sync_stop(struct sync *sync)
{
	sync_interrupt(sync);
	pass_stop(sync->pass);
	core_unwatch(sync->core, sync);
	pthread_join(sync->supervisor, NULL);
	/* One that the supervisor had just begun. */
	for (struct job *job = sync->jobs; job; job = job->next)
		tell(job, &job->stopping);
	while (sync->jobs) {
		struct job *job = sync->jobs;
		sync->jobs = job->next;
		pthread_join(job->thread, NULL);
		job_free(job);
	}
	release(sync);
}
