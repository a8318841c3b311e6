/* Event loops: one thread each, over libev. All that a loop owns (streams, timers, deferred tasks)
 * is touched on its thread only; loop_post() and loop_stop() alone may be called from others. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/buffer.h"
#include "base/err.h"

struct loop;
struct ev_loop;

/* Work for the loop; the caller's memory, free again when `run` is called. */
struct task {
	void (*run)(struct task *task);
	struct task *next; /* the loop's */
};

enum err loop_new(struct loop **loop, struct why *why);
/* After loop_join, or when it was never started. */
void loop_free(struct loop *loop);
enum err loop_start(struct loop *loop, const char *thread_name, struct why *why);
/* The thread ends after the tasks that were posted before; call loop_join then. Any thread. */
void loop_stop(struct loop *loop);
void loop_join(struct loop *loop);

/* Runs the task on the loop's thread, in the order of posting. Any thread. */
void loop_post(struct loop *loop, struct task *task);
/* From the loop's thread: runs the task once more events have been looked at, so that many who wait
 * for a turn take it one after the other. */
void loop_defer(struct loop *loop, struct task *task);
/* Called before the loop waits for events: the place to let go of what a turn held. Set before
 * loop_start. */
void loop_on_wait(struct loop *loop, void (*wait)(void *arg), void *arg);
/* Called each second. Set before loop_start. */
void loop_on_second(struct loop *loop, void (*second)(void *arg), void *arg);
/* Monotonic microseconds as of the loop's last wake: for deadlines, without a system call. */
int64_t loop_now(const struct loop *loop);

/* For the streams and listeners of this folder. */
struct ev_loop *loop_ev(struct loop *loop);
#define LOOP_SCRATCH (64 * 1024)
/* Octets that whoever has the turn reads into. */
uint8_t *loop_scratch(struct loop *loop);
/* Output of whoever has the turn; empty between turns. */
struct buffer *loop_output(struct loop *loop);
/* Octets that the loop's streams have sent, ever. */
uint64_t loop_octets_sent(const struct loop *loop);
void loop_count_sent(struct loop *loop, size_t octets);

#endif
