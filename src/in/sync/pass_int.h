/* What the files of passing passwords through share. One thread asks for all directories and never
 * waits for one of them; a directory has a few children (muster-sync, TASK_BIND), each of them one
 * question at a time, which are killed when a question is overdue. What other threads touch is said
 * so, and under the lock. */
#ifndef IN_SYNC_PASS_INT_H
#define IN_SYNC_PASS_INT_H

#include "in/sync/breaker.h"
#include "in/sync/child.h"
#include "in/sync/pass.h"
#include "in/sync/settings.h"

#include <poll.h>
#include <pthread.h>

#define PASS_DEADLINE (5 * SECOND)
#define PASS_CONNECT_SECONDS 2 /* a server that is silent leaves time for the next one */
#define PASS_CHILDREN 4        /* of a directory */
#define PASS_WAITING 64        /* questions of a directory */
#define PASS_IDLE (300 * SECOND)

struct place;

struct worker {
	struct place *place;
	struct child child;
	bool ready;               /* its SERVER frame came */
	struct upstream_ask *ask; /* the one it has; NULL: none */
	bool is_old;              /* of other settings: ends with what it has */
	int64_t since;            /* monotonic: started, or last of use */
};

/* A directory. */
struct place {
	struct pass *pass;
	uint32_t tenant, directory;
	struct place *next;
	/* Under the lock. */
	struct upstream_ask *first, **last;
	size_t waiting;
	int64_t usual; /* microseconds that it takes to answer */
	struct sync_pass_status status;
	/* The thread's. */
	uint64_t revision; /* of the settings; 0: none */
	struct arena *settled;
	struct settings settings;
	size_t first_uri; /* the one that answered last */
	struct breaker breaker;
	struct worker workers[PASS_CHILDREN];
};

struct pass {
	struct core *core;
	const char *program;
	bool allow_loopback;
	pthread_t thread;
	struct view *view;
	struct arena *arena;
	int wake;             /* eventfd */
	pthread_mutex_t lock; /* of what follows, and what a place says */
	bool stopping;
	struct place *places; /* they stay */
};

/* ---- pass_place.c: one directory ---- */
struct place *place_new(struct pass *pass, uint32_t tenant, uint32_t directory);
void place_free(struct place *place);
/* One turn: what is overdue, what came, what can be asked. The lock is free. */
void place_tend(struct place *place, int64_t now);
/* Monotonic: when it must be looked at again; INT64_MAX: not by itself. */
int64_t place_next(struct place *place);
/* Everybody is told that nobody knows. */
void place_refuse_all(struct place *place);

/* ---- pass_child.c: its children ---- */
bool worker_runs(const struct worker *worker);
/* False: it could not be started. */
bool worker_start(struct worker *worker, int64_t now, struct why *why);
void worker_end(struct worker *worker);
/* The question is on its way; false: the child is gone. */
bool worker_send(struct worker *worker, struct upstream_ask *ask);

#endif
