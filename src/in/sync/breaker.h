/* When a directory has failed to say anything several times in a row it is let alone for a while,
 * longer each time; then one question is its trial. Pure; times are clock_monotonic(). */
#ifndef IN_SYNC_BREAKER_H
#define IN_SYNC_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

struct breaker {
	unsigned failures; /* in a row */
	int64_t until;     /* nothing is asked before */
};

enum breaker_state {
	BREAKER_CLOSED, /* ask */
	BREAKER_TRIAL,  /* ask once */
	BREAKER_OPEN,   /* do not */
};

enum breaker_state breaker_state(const struct breaker *breaker, int64_t now);
void breaker_failed(struct breaker *breaker, int64_t now);
/* The service account's own password is refused: trying goes on locking it. */
void breaker_shut(struct breaker *breaker, int64_t now);
void breaker_answered(struct breaker *breaker);

#endif
