/* The limits that hold a run for a person (limit.def), and how long a message may wait for its
 * neighbours. Pure functions. */
#ifndef IN_SYNC_LIMITS_H
#define IN_SYNC_LIMITS_H

#include "core/conflict.h"
#include "model/because.h"
#include "model/entry.h"
#include "model/threshold.h"

enum limit {
#define LIMIT(id, word, number, text) LIMIT_OF_##id,
#include "in/sync/limit.def"
#undef LIMIT
	LIMITS
};

struct limits {
	uint32_t numbers[LIMITS];
};

void limits_default(struct limits *limits);
/* "<word>=<number>"; names the limit that there is not. */
enum err limits_set(struct limits *limits, struct span row, struct why *why);
/* The directory's: its rows, limitCount and limitPercent. */
enum err limits_read(const struct entry *directory, struct limits *limits, struct why *why);

#define WINDOW_SLOTS 24

/* How many people a directory brought in the last seven days. */
struct window {
	struct slot slots[WINDOW_SLOTS];
};

void window_add(struct window *window, int64_t wall, int32_t count);
int64_t window_net(const struct window *window, int64_t wall);

/* What a run would do. */
struct tally {
	bool first;             /* nothing of this directory was ever applied */
	bool rolled_back;       /* the server was behind what had been seen of it */
	bool asked;             /* somebody wants to look before anything is done */
	bool complete;          /* absence counts in this run */
	uint64_t people;        /* of this directory, active before */
	uint64_t grown;         /* of these, who came within seven days */
	uint64_t came;          /* people that the directory named in it */
	uint64_t deactivations; /* in this run */
	uint64_t ends;          /* of these, by the clock on a day that is set now */
	int64_t net;            /* others, in the 24 hours before it, and not back since */
	uint64_t missing;       /* of a full compare, and no deletion was reported */
	uint64_t groups_lost;   /* mapped groups that are gone or lost so much of their members */
	/* In this run and the 24 hours before it; 0 when this run adds nobody: */
	uint64_t emails; /* people whose address changes */
	uint64_t values; /* people of whom this attribute changes, the most of all: */
	const char *attribute;
	uint64_t admins; /* deactivated, losing the role, and there is another one; renamed */
};

/* True when a person must look first; the reason is added to `because`. The conflict that it is:
 * CONFLICT_TYPES when it is none. */
bool limits_hold(const struct limits *limits, const struct tally *tally, struct because *because,
	enum conflict_type *conflict);

/* Deactivations wait for others, so that a mass deletion is seen as a whole before any of it is
 * applied, while a single one is through well within a second. Times are monotonic microseconds. */
struct debounce {
	int64_t first, last; /* message of the batch; 0: none yet */
	uint64_t deactivations;
};
/* When the batch is to be applied; not after now: at once. */
int64_t debounce_due(const struct debounce *debounce);

#endif
