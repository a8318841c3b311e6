/* The limits that hold a run for a person, and how long a message may wait for its neighbours. Pure
 * functions. */
#ifndef IN_SYNC_LIMITS_H
#define IN_SYNC_LIMITS_H

#include "model/threshold.h"

#define WINDOW_HOURS 24

/* Deactivations less reactivations by one directory in the last 24 hours, by the hour. */
struct window {
	struct slot slots[WINDOW_HOURS];
};

void window_add(struct window *window, int64_t wall, int32_t net);
int64_t window_net(const struct window *window, int64_t wall); /* never below 0 */

/* What a run would do. */
struct tally {
	uint64_t people;        /* of this directory, active before */
	uint64_t deactivations; /* in this run */
	int64_t net;            /* window_net before it */
	bool complete;          /* absence counts in this run */
	uint64_t came;          /* people that the directory named in it */
	uint64_t groups_lost;   /* mapped groups that are gone or lost nine of ten members */
};

/* True when a person must look first; the reason goes to `text`. */
bool limits_hold(
	const struct threshold *limits, const struct tally *tally, char *text, size_t size);

/* Deactivations wait for others, so that a mass deletion is seen as a whole before any of it is
 * applied, while a single one is through well within a second. Times are monotonic microseconds. */
struct debounce {
	int64_t first, last; /* message of the batch; 0: none yet */
	uint64_t deactivations;
};
/* When the batch is to be applied; not after now: at once. */
int64_t debounce_due(const struct debounce *debounce);

#endif
