#define _GNU_SOURCE /* pthread_setname_np */

#include "net/loop.h"

#include "base/arena.h"
#include "base/clock.h"

#include <errno.h>
#include <ev.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

/* What stays allocated of the shared output between turns. */
#define OUTPUT_KEPT (1024 * 1024)
#define SLICE (SECOND / 200) /* for deferred tasks, between two looks for events */
/* Far above what a protocol lets one connection hold; it only guards the size arithmetic. */
#define OUTPUT_MAX (SIZE_MAX / 4)

struct queue {
	struct task *first, **last;
};

struct loop {
	struct ev_loop *ev;
	struct ev_async wake;
	struct ev_prepare prepare;
	struct ev_check check;
	struct ev_idle busy; /* active while tasks are deferred: the loop does not wait then */
	struct ev_timer tick;
	pthread_t thread;
	bool started;
	pthread_mutex_t lock; /* of `posted` and `stopping` */
	struct queue posted;
	bool stopping;
	struct queue deferred;
	void (*wait)(void *arg);
	void *wait_arg;
	void (*second)(void *arg);
	void *second_arg;
	int64_t now;
	struct buffer output;
	uint64_t sent; /* octets */
	uint8_t scratch[LOOP_SCRATCH];
};

static void queue_init(struct queue *queue)
{
	queue->first = NULL;
	queue->last = &queue->first;
}

static void queue_put(struct queue *queue, struct task *task)
{
	task->next = NULL;
	*queue->last = task;
	queue->last = &task->next;
}

/* Takes all, so that what the tasks queue anew waits for the next round. */
static struct task *queue_take(struct queue *queue)
{
	struct task *first = queue->first;

	queue_init(queue);
	return first;
}

static void run_all(struct task *task)
{
	while (task) {
		struct task *next = task->next;

		task->run(task);
		task = next;
	}
}

static void on_wake(struct ev_loop *ev, struct ev_async *w, int revents)
{
	struct loop *loop = w->data;
	struct task *tasks;
	bool stopping;

	(void)revents;
	pthread_mutex_lock(&loop->lock);
	tasks = queue_take(&loop->posted);
	stopping = loop->stopping;
	pthread_mutex_unlock(&loop->lock);
	run_all(tasks);
	if (stopping)
		ev_break(ev, EVBREAK_ALL);
}

static void on_check(struct ev_loop *ev, struct ev_check *w, int revents)
{
	struct loop *loop = w->data;

	(void)ev;
	(void)revents;
	loop->now = clock_monotonic();
}

/* For a while: however many are deferred, whoever asks for little is heard soon. Those that are
 * left come first in the next round, what they defer anew comes last. */
static void run_deferred(struct loop *loop)
{
	struct queue *queue = &loop->deferred;
	struct task **end = queue->last, *task = queue_take(queue);
	int64_t until = clock_monotonic() + SLICE;

	while (task) {
		struct task *next = task->next;

		task->run(task);
		task = next;
		if (clock_monotonic() >= until)
			break;
	}
	if (!task)
		return;
	*end = queue->first;
	if (!queue->first)
		queue->last = end;
	queue->first = task;
}

/* Lowest priority among the prepare callbacks is of no matter here: there is one. Deferred tasks
 * run after the events of a round and before the next look for events. */
static void on_prepare(struct ev_loop *ev, struct ev_prepare *w, int revents)
{
	struct loop *loop = w->data;

	(void)revents;
	run_deferred(loop);
	if (loop->deferred.first)
		ev_idle_start(ev, &loop->busy);
	else
		ev_idle_stop(ev, &loop->busy);
	if (loop->output.cap > OUTPUT_KEPT)
		buffer_free(&loop->output);
	if (loop->wait)
		loop->wait(loop->wait_arg);
}

static void on_busy(struct ev_loop *ev, struct ev_idle *w, int revents)
{
	(void)ev;
	(void)w;
	(void)revents;
}

static void on_tick(struct ev_loop *ev, struct ev_timer *w, int revents)
{
	struct loop *loop = w->data;

	(void)ev;
	(void)revents;
	if (loop->second)
		loop->second(loop->second_arg);
}

enum err loop_new(struct loop **out, struct why *why)
{
	struct ev_loop *ev = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
	struct loop *loop;

	if (!ev)
		return fail(why, ERR_UNAVAILABLE, NULL, "the system gives no event loop");
	loop = heap_zalloc(sizeof *loop);
	loop->ev = ev;
	loop->now = clock_monotonic();
	pthread_mutex_init(&loop->lock, NULL);
	queue_init(&loop->posted);
	queue_init(&loop->deferred);
	buffer_init(&loop->output, OUTPUT_MAX);
	ev_async_init(&loop->wake, on_wake);
	ev_prepare_init(&loop->prepare, on_prepare);
	ev_check_init(&loop->check, on_check);
	ev_idle_init(&loop->busy, on_busy);
	ev_timer_init(&loop->tick, on_tick, 1., 1.);
	loop->wake.data = loop->prepare.data = loop->check.data = loop->tick.data = loop;
	ev_set_priority(&loop->check, EV_MAXPRI); /* the time is known before any event is told */
	ev_async_start(ev, &loop->wake);
	ev_prepare_start(ev, &loop->prepare);
	ev_check_start(ev, &loop->check);
	ev_timer_start(ev, &loop->tick);
	*out = loop;
	return OK;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	ev_loop_destroy(loop->ev);
	pthread_mutex_destroy(&loop->lock);
	buffer_free(&loop->output);
	free(loop);
}

static void *run(void *arg)
{
	struct loop *loop = arg;

	ev_run(loop->ev, 0);
	return NULL;
}

enum err loop_start(struct loop *loop, const char *thread_name, struct why *why)
{
	sigset_t all, old;
	int rc;

	/* Signals are the main thread's; SIGPIPE, blocked, leaves EPIPE to the writer. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&loop->thread, NULL, run, loop);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0)
		return fail(why, ERR_UNAVAILABLE, NULL, "no thread for a loop: %s", strerror(rc));
	pthread_setname_np(loop->thread, thread_name);
	loop->started = true;
	return OK;
}

void loop_stop(struct loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	loop->stopping = true;
	pthread_mutex_unlock(&loop->lock);
	ev_async_send(loop->ev, &loop->wake);
}

void loop_join(struct loop *loop)
{
	if (loop->started)
		pthread_join(loop->thread, NULL);
	loop->started = false;
}

void loop_post(struct loop *loop, struct task *task)
{
	pthread_mutex_lock(&loop->lock);
	queue_put(&loop->posted, task);
	pthread_mutex_unlock(&loop->lock);
	ev_async_send(loop->ev, &loop->wake);
}

void loop_defer(struct loop *loop, struct task *task)
{
	queue_put(&loop->deferred, task);
}

void loop_on_wait(struct loop *loop, void (*wait)(void *arg), void *arg)
{
	loop->wait = wait;
	loop->wait_arg = arg;
}

void loop_on_second(struct loop *loop, void (*second)(void *arg), void *arg)
{
	loop->second = second;
	loop->second_arg = arg;
}

int64_t loop_now(const struct loop *loop)
{
	return loop->now;
}

struct ev_loop *loop_ev(struct loop *loop)
{
	return loop->ev;
}

uint8_t *loop_scratch(struct loop *loop)
{
	return loop->scratch;
}

struct buffer *loop_output(struct loop *loop)
{
	return &loop->output;
}

uint64_t loop_octets_sent(const struct loop *loop)
{
	return loop->sent;
}

void loop_count_sent(struct loop *loop, size_t octets)
{
	loop->sent += octets;
}
