#define _GNU_SOURCE /* gettid */

#include "core/core_int.h"

#include "base/limits.h"
#include "base/metric.h"

#include <sys/resource.h>
#include <unistd.h>

/* Password hashing: few threads, a short queue, tenants served in turn. When the queue is full the
 * newcomer is refused, unless another tenant holds more of it: then that tenant's latest goes. */

#define NICE 5 /* loops that answer others come first */

struct line { /* the waiting jobs of one tenant */
	uint32_t tenant;
	size_t count; /* 0: the line is free */
	struct hash_job *head, *last;
};

struct hash_pool {
	struct core *core;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct line lines[LIMIT_HASH_QUEUE];
	size_t turn; /* the line served last */
	size_t waiting;
	struct hash_job *pushed_out;
	bool closing;
	pthread_t *threads;
	struct view **views;
	unsigned count, started;
};

struct worker {
	struct hash_pool *pool;
	struct view *view;
};

static struct line *line_of(struct hash_pool *pool, uint32_t tenant)
{
	struct line *free_line = NULL;
	for (size_t i = 0; i < LIMIT_HASH_QUEUE; i++) {
		struct line *line = &pool->lines[i];
		if (line->count && line->tenant == tenant)
			return line;
		if (!line->count && !free_line)
			free_line = line;
	}
	if (free_line)
		*free_line = (struct line){ .tenant = tenant };
	return free_line;
}

static struct line *longest(struct hash_pool *pool)
{
	struct line *line = pool->lines;
	for (size_t i = 1; i < LIMIT_HASH_QUEUE; i++)
		if (pool->lines[i].count > line->count)
			line = &pool->lines[i];
	return line;
}

static void append(struct hash_pool *pool, struct line *line, struct hash_job *job)
{
	job->next = NULL;
	if (line->count++)
		line->last->next = job;
	else
		line->head = job;
	line->last = job;
	pool->waiting++;
}

static struct hash_job *take_first(struct hash_pool *pool, struct line *line)
{
	struct hash_job *job = line->head;
	line->head = job->next;
	line->count--;
	pool->waiting--;
	return job;
}

static void push_out_last(struct hash_pool *pool, struct line *line)
{
	struct hash_job *job = line->last, *before = line->head;
	if (before == job) {
		take_first(pool, line);
	} else {
		while (before->next != job)
			before = before->next;
		before->next = NULL;
		line->last = before;
		line->count--;
		pool->waiting--;
	}
	job->next = pool->pushed_out;
	pool->pushed_out = job;
}

static bool admit(struct hash_pool *pool, struct hash_job *job)
{
	if (pool->waiting < LIMIT_HASH_QUEUE) {
		append(pool, line_of(pool, job->tenant), job);
		return true;
	}
	struct line *crowd = longest(pool);
	size_t mine = 0;
	for (size_t i = 0; i < LIMIT_HASH_QUEUE; i++)
		if (pool->lines[i].count && pool->lines[i].tenant == job->tenant)
			mine = pool->lines[i].count;
	if (mine + 1 >= crowd->count)
		return false;
	push_out_last(pool, crowd);
	append(pool, line_of(pool, job->tenant), job);
	return true;
}

bool hash_pool_submit(struct hash_pool *pool, struct hash_job *job)
{
	pthread_mutex_lock(&pool->lock);
	bool admitted = !pool->closing && admit(pool, job);
	if (admitted)
		pthread_cond_signal(&pool->wake);
	pthread_mutex_unlock(&pool->lock);
	metric_add(admitted ? METRIC_HASH_QUEUE : METRIC_HASH_BUSY, 1);
	return admitted;
}

/* ---- threads ---- */

static struct hash_job *next_in_turn(struct hash_pool *pool)
{
	for (size_t i = 1; i <= LIMIT_HASH_QUEUE; i++) {
		size_t at = (pool->turn + i) % LIMIT_HASH_QUEUE;
		if (pool->lines[at].count) {
			pool->turn = at;
			return take_first(pool, &pool->lines[at]);
		}
	}
	return NULL;
}

/* A job to work on, or one to refuse; NULL when the pool stops and nothing is left. */
static struct hash_job *wait_for_job(struct hash_pool *pool, enum err *refusal)
{
	struct hash_job *job = NULL;
	pthread_mutex_lock(&pool->lock);
	while (!pool->waiting && !pool->pushed_out && !pool->closing)
		pthread_cond_wait(&pool->wake, &pool->lock);
	*refusal = pool->closing ? ERR_UNAVAILABLE : OK;
	if (pool->pushed_out) {
		job = pool->pushed_out;
		pool->pushed_out = job->next;
		*refusal = ERR_BUSY;
	} else {
		job = next_in_turn(pool);
	}
	pthread_mutex_unlock(&pool->lock);
	if (job)
		metric_add(METRIC_HASH_QUEUE, -1);
	if (job && *refusal == ERR_BUSY)
		metric_add(METRIC_HASH_BUSY, 1);
	return job;
}

static void *run_worker(void *arg)
{
	struct worker worker = *(struct worker *)arg;
	struct hash_job *job;
	enum err refusal;
	free(arg);
	pthread_setname_np(pthread_self(), "hashing");
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	while ((job = wait_for_job(worker.pool, &refusal))) {
		if (refusal)
			job->refused(job, refusal);
		else
			job->work(job, worker.view);
	}
	return NULL;
}

static enum err start_one(struct hash_pool *pool, struct why *why)
{
	enum err err = view_open(pool->core, &pool->views[pool->started], why);
	if (err)
		return err;
	struct worker *worker = heap_zalloc(sizeof *worker);
	*worker = (struct worker){ pool, pool->views[pool->started] };
	if (pthread_create(&pool->threads[pool->started], NULL, run_worker, worker)) {
		view_close(pool->views[pool->started]);
		free(worker);
		return fail(why, ERR_UNAVAILABLE, NULL, "a hashing thread cannot be started");
	}
	pool->started++;
	return OK;
}

enum err hash_pool_start(
	struct core *core, unsigned threads, struct hash_pool **result, struct why *why)
{
	struct hash_pool *pool = heap_zalloc(sizeof *pool);
	enum err err = OK;
	pool->core = core;
	pool->count = threads;
	pool->threads = heap_zalloc(threads * sizeof *pool->threads);
	pool->views = heap_zalloc(threads * sizeof *pool->views);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->wake, NULL);
	*result = pool;
	while (!err && pool->started < pool->count)
		err = start_one(pool, why);
	return err;
}

void hash_pool_stop(struct hash_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->closing = true;
	pthread_cond_broadcast(&pool->wake);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->started; i++)
		pthread_join(pool->threads[i], NULL);
	for (unsigned i = 0; i < pool->started; i++)
		view_close(pool->views[i]);
	pthread_cond_destroy(&pool->wake);
	pthread_mutex_destroy(&pool->lock);
	free(pool->views);
	free(pool->threads);
	free(pool);
}
