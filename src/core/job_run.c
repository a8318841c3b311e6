#define _GNU_SOURCE /* pthread_setname_np */

#include "core/job_int.h"

#include "base/clock.h"
#include "base/limits.h"

/* The thread that runs jobs: of each tenant the oldest one that is running, one step of each in
 * turn, each step a command like those of the doors. What it knows is in the store; it looks there
 * when a job was started and after each round. */

#define ROUND_TENANTS 256              /* of which a job is run in one round */
#define PATIENCE (60 * SECOND)         /* between looks at what is past its time */
#define RETRY (1 * SECOND)             /* after a busy or full store */
#define KEPT (30 * 24 * 3600 * SECOND) /* of jobs that are over or were never run */

struct jobs {
	struct core *core;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool closing, woken; /* under the lock */
	atomic_bool pending; /* a job is being started in the transaction under way */
	struct view *view;
	struct arena *arena;
	struct actor system;
	uint32_t next_tenant;
	int64_t tend_at;
};

struct turn {
	uint32_t tenant, number;
};

/* ---- waiting ---- */

void jobs_wake(struct jobs *jobs)
{
	atomic_store(&jobs->pending, true);
}

static void committed(void *arg, uint32_t tenant, uint64_t sequence)
{
	struct jobs *jobs = arg;
	(void)tenant;
	(void)sequence;
	if (!atomic_load(&jobs->pending))
		return;
	atomic_store(&jobs->pending, false);
	pthread_mutex_lock(&jobs->lock);
	jobs->woken = true;
	pthread_cond_signal(&jobs->wake);
	pthread_mutex_unlock(&jobs->lock);
}

/* False: the thread ends. */
static bool wait_for_work(struct jobs *jobs, int64_t microseconds)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	int64_t nanoseconds = until.tv_nsec + microseconds % SECOND * 1000;
	until.tv_sec += microseconds / SECOND + nanoseconds / 1000000000;
	until.tv_nsec = nanoseconds % 1000000000;
	pthread_mutex_lock(&jobs->lock);
	int rc = 0;
	while (!rc && !jobs->closing && !jobs->woken && microseconds)
		rc = pthread_cond_timedwait(&jobs->wake, &jobs->lock, &until);
	bool closing = jobs->closing;
	jobs->woken = false;
	pthread_mutex_unlock(&jobs->lock);
	return !closing;
}

/* ---- what there is to do ---- */

static bool first_running(struct jobs *jobs, uint32_t tenant, uint32_t *number)
{
	return txn_find_value(
		jobs->view->txn, tenant, KIND_JOB, ATTR_JOB_STATE, SPAN("running"), number);
}

/* The oldest running job of each tenant, from where the last round ended. */
static size_t find_turns(struct jobs *jobs, struct turn *turns)
{
	size_t count = 0;
	uint32_t tenant = jobs->next_tenant;
	if (view_begin(jobs->view, NULL))
		return 0;
	if (!tenant && first_running(jobs, 0, &turns[count].number))
		turns[count++].tenant = 0;
	while (count < ROUND_TENANTS && txn_next_tenant(jobs->view->txn, tenant + 1, &tenant))
		if (first_running(jobs, tenant, &turns[count].number))
			turns[count++].tenant = tenant;
	jobs->next_tenant = count < ROUND_TENANTS ? 0 : tenant;
	view_end(jobs->view);
	return count;
}

/* ---- a step ---- */

static enum err submit(struct jobs *jobs, const struct actor *actor, const struct job *job,
	const struct job_order *order, struct outcome *outcome)
{
	struct command command = { .type = COMMAND_JOB,
		.tenant = job->tenant,
		.kind = KIND_JOB,
		.id = job->id,
		.job = order };
	return core_run(jobs->core, actor, &command, outcome);
}

static bool is_passing(enum err err)
{
	return err == ERR_BUSY || err == ERR_FULL || err == ERR_UNAVAILABLE || err == ERR_IO;
}

/* A job that cannot go on is over; one that has ended meanwhile stays as it is. */
static enum err give_up(struct jobs *jobs, const struct job *job, const struct why *why)
{
	struct outcome outcome;
	struct job_order order = { .act = JOB_FAIL, .err = why->err, .text = span_str(why->text) };
	return submit(jobs, &jobs->system, job, &order, &outcome);
}

static enum err export_rows(
	struct jobs *jobs, const struct job *job, uint64_t *octets, struct why *why)
{
	struct job_row *rows = arena_array(jobs->arena, JOB_STEP_ROWS, sizeof *rows);
	size_t count = job_rows(jobs->view, jobs->arena, job, job->next, JOB_STEP_ROWS, rows);
	return export_step(jobs->view, jobs->arena, job, rows, count, octets, why);
}

/* The view is begun, and ended here. False: nothing came of it, now. */
static bool step_job(struct jobs *jobs, struct job *job)
{
	struct outcome outcome = { 0 };
	struct job_order order = { .act = JOB_STEP, .from = job->next };
	enum err err = OK;
	if (job_type_row(job->task.type)->change == JOB_CHANGE_EXPORT)
		err = export_rows(jobs, job, &order.octets, &outcome.why);
	view_end(jobs->view);
	if (!err)
		err = submit(jobs, &job->actor, job, &order, &outcome);
	if (!err || err == ERR_CONFLICT)
		return true;
	return !is_passing(err) && !give_up(jobs, job, &outcome.why);
}

static bool take_turn(struct jobs *jobs, const struct turn *turn)
{
	struct record record;
	struct job job;
	arena_reset(jobs->arena);
	if (view_begin(jobs->view, NULL))
		return false;
	bool found = view_entry(jobs->view, turn->tenant, KIND_JOB, turn->number, &record);
	if (found && job_read(jobs->view, &record, &job))
		return step_job(jobs, &job);
	view_end(jobs->view);
	return !found;
}

/* ---- what is past its time ---- */

static bool find_old(struct jobs *jobs, uint32_t tenant, const char *state, struct uuid *id)
{
	struct record record;
	uint32_t number = 0;
	bool found = false;
	struct postings *postings = postings_equal(
		jobs->view->txn, jobs->arena, tenant, KIND_JOB, ATTR_JOB_STATE, span_str(state));
	while (!found && postings_next(postings, number + 1, &number))
		if (view_entry(jobs->view, tenant, KIND_JOB, number, &record) &&
			clock_wall() - record.modified > KEPT) {
			*id = record.id;
			found = true;
		}
	postings_close(postings);
	return found;
}

static bool remove_old(struct jobs *jobs, uint32_t tenant)
{
	static const char *const states[] = { "done", "failed", "cancelled", "planned" };
	struct command command = { .type = COMMAND_DELETE, .tenant = tenant, .kind = KIND_JOB };
	struct outcome outcome;
	bool found = false;
	arena_reset(jobs->arena);
	if (view_begin(jobs->view, NULL))
		return false;
	for (size_t i = 0; !found && i < sizeof states / sizeof *states; i++)
		found = find_old(jobs, tenant, states[i], &command.id);
	view_end(jobs->view);
	return found && !core_run(jobs->core, &jobs->system, &command, &outcome);
}

/* One job of each tenant a minute; more cannot have come together for long. */
static void tend(struct jobs *jobs)
{
	uint32_t tenant = 0;
	bool more = true;
	if (clock_monotonic() < jobs->tend_at)
		return;
	jobs->tend_at = clock_monotonic() + PATIENCE;
	if (view_begin(jobs->view, NULL))
		return;
	export_tend(jobs->view);
	view_end(jobs->view);
	while (more) {
		remove_old(jobs, tenant);
		if (view_begin(jobs->view, NULL))
			return;
		more = txn_next_tenant(jobs->view->txn, tenant + 1, &tenant);
		view_end(jobs->view);
	}
}

/* ---- the thread ---- */

static void *run_jobs(void *arg)
{
	struct jobs *jobs = arg;
	struct turn turns[ROUND_TENANTS];
	int64_t wait = 0;
	pthread_setname_np(pthread_self(), "jobs");
	while (wait_for_work(jobs, wait)) {
		size_t went = 0, count = find_turns(jobs, turns);
		for (size_t i = 0; i < count; i++)
			went += take_turn(jobs, &turns[i]);
		tend(jobs);
		wait = went || jobs->next_tenant ? 0 : count ? RETRY : PATIENCE;
	}
	return NULL;
}

struct jobs *jobs_new(struct core *core)
{
	pthread_condattr_t monotonic;
	struct jobs *jobs = heap_zalloc(sizeof *jobs);
	jobs->core = core;
	jobs->arena = arena_new();
	actor_system(&jobs->system, CHANNEL_INTERNAL);
	pthread_mutex_init(&jobs->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&jobs->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return jobs;
}

enum err jobs_start(struct jobs *jobs, struct why *why)
{
	enum err err = view_open(jobs->core, &jobs->view, why);
	if (err)
		return err;
	core_watch(jobs->core, committed, jobs);
	if (pthread_create(&jobs->thread, NULL, run_jobs, jobs))
		return fail(why, ERR_UNAVAILABLE, NULL, "the jobs thread cannot be started");
	jobs->started = true;
	return OK;
}

void jobs_stop(struct jobs *jobs)
{
	if (!jobs->started)
		return;
	pthread_mutex_lock(&jobs->lock);
	jobs->closing = true;
	pthread_cond_signal(&jobs->wake);
	pthread_mutex_unlock(&jobs->lock);
	pthread_join(jobs->thread, NULL);
	core_unwatch(jobs->core, jobs);
}

void jobs_free(struct jobs *jobs)
{
	view_close(jobs->view);
	pthread_cond_destroy(&jobs->wake);
	pthread_mutex_destroy(&jobs->lock);
	arena_free(jobs->arena);
	free(jobs);
}
