#define _GNU_SOURCE /* pthread_setname_np */

#include "in/api/api_int.h"

#include <pthread.h>
#include <stdlib.h>

struct worker {
	struct api_pool *pool;
	struct view *view;
	pthread_t thread;
	bool running;
	bool busy; /* under the lock, with the company whose call it runs */
	uint32_t tenant;
};

struct api_pool {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct api_call *first, **end;
	unsigned waiting;
	bool stopping;
	struct worker workers[API_THREADS];
};

/* ---- whose turn it is ---- */

static unsigned running_of(const struct api_pool *pool, uint32_t tenant)
{
	unsigned count = 0;

	for (unsigned i = 0; i < API_THREADS; i++)
		count += pool->workers[i].busy && pool->workers[i].tenant == tenant;
	return count;
}

static unsigned waiting_of(const struct api_pool *pool, uint32_t tenant)
{
	unsigned count = 0;

	for (const struct api_call *call = pool->first; call; call = call->next)
		count += call->actor.tenant == tenant;
	return count;
}

/* The oldest call of whoever has the fewest under way; one thread is always left for others. */
static struct api_call **choose(struct api_pool *pool)
{
	struct api_call **chosen = NULL;
	unsigned least = API_THREADS - 1;

	for (struct api_call **at = &pool->first; *at && least > 0; at = &(*at)->next) {
		unsigned running = running_of(pool, (*at)->actor.tenant);

		if (running < least) {
			chosen = at;
			least = running;
		}
	}
	return chosen;
}

static struct api_call *take_out(struct api_pool *pool, struct api_call **at)
{
	struct api_call *call = *at;

	*at = call->next;
	if (!call->next)
		pool->end = at;
	pool->waiting--;
	return call;
}

static struct api_call *take(struct worker *worker)
{
	struct api_pool *pool = worker->pool;
	struct api_call **at, *call = NULL;

	pthread_mutex_lock(&pool->lock);
	worker->busy = false;
	while (!(at = choose(pool)) && (pool->first || !pool->stopping))
		pthread_cond_wait(&pool->filled, &pool->lock);
	if (at) {
		call = take_out(pool, at);
		worker->busy = true;
		worker->tenant = call->actor.tenant;
	}
	/* The end of the call before may be what another one waited for. */
	if (pool->first || pool->stopping)
		pthread_cond_broadcast(&pool->filled);
	pthread_mutex_unlock(&pool->lock);
	return call;
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct buffer result, out;
	struct api_call *call;

	pthread_setname_np(pthread_self(), "api");
	buffer_init(&result, API_ANSWER_MAX);
	buffer_init(&out, API_ANSWER_MAX + 64 * 1024);
	while ((call = take(worker))) {
		api_run(call, worker->view, &result, &out);
		/* Tokens and passwords went this way. */
		secret_wipe(result.data, result.len);
		secret_wipe(out.data, out.len);
		buffer_reset(&result);
		buffer_reset(&out);
	}
	buffer_free(&result);
	buffer_free(&out);
	return NULL;
}

static void append(struct api_pool *pool, struct api_call *call)
{
	call->next = NULL;
	*pool->end = call;
	pool->end = &call->next;
	pool->waiting++;
	pthread_cond_signal(&pool->filled);
}

enum err api_pool_put(struct api *api, struct api_call *call)
{
	struct api_pool *pool = api->pool;
	enum err err = OK;

	pthread_mutex_lock(&pool->lock);
	if (pool->waiting == API_QUEUE_MAX)
		err = fail(&call->why, ERR_BUSY, NULL, "too many requests wait; try again");
	else if (waiting_of(pool, call->actor.tenant) >= API_QUEUE_SHARE)
		err = fail(&call->why, ERR_RATE, NULL,
			"too many requests of this company wait; try again");
	else
		append(pool, call);
	pthread_mutex_unlock(&pool->lock);
	return err;
}

enum err api_pool_start(struct api *api, struct why *why)
{
	struct api_pool *pool = api->pool = heap_zalloc(sizeof *pool);
	enum err err = OK;

	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->filled, NULL);
	pool->end = &pool->first;
	for (unsigned i = 0; err == OK && i < API_THREADS; i++) {
		struct worker *worker = &pool->workers[i];

		worker->pool = pool;
		err = view_open(api->admin->core, &worker->view, why);
		if (err == OK)
			worker->running = pthread_create(&worker->thread, NULL, work, worker) == 0;
		if (err == OK && !worker->running)
			err = fail(why, ERR_INTERNAL, NULL, "the API's threads do not start");
	}
	return err;
}

void api_pool_stop(struct api *api)
{
	struct api_pool *pool = api->pool;

	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->filled);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < API_THREADS; i++) {
		if (pool->workers[i].running)
			pthread_join(pool->workers[i].thread, NULL);
		if (pool->workers[i].view)
			view_close(pool->workers[i].view);
	}
	pthread_mutex_destroy(&pool->lock);
	pthread_cond_destroy(&pool->filled);
	free(pool);
}
