/* The daemon's end of a child process: starting muster-sync, its order, its frames, its end. One
 * thread, which must live as long as the child: the child dies with the thread that started it. */
#ifndef IN_SYNC_CHILD_H
#define IN_SYNC_CHILD_H

#include "in/sync/frame.h"

#include <sys/types.h>

struct child {
	pid_t pid; /* 0: none */
	int fd;
	struct buffer in;
	size_t taken; /* octets at the front of `in` that were handed out */
};

/* Starts the program and sends the order. */
enum err child_start(
	struct child *child, const char *program, const struct order *order, struct why *why);
/* Kills it if it still runs, and reaps it. */
void child_end(struct child *child);

enum child_answer {
	CHILD_FRAME, /* *frame is the next one, borrowed until the next call */
	CHILD_QUIET, /* nothing more has arrived yet */
	CHILD_GONE,  /* it has ended; or a frame was malformed, see why */
};
/* Never blocks: poll `fd` for reading between. */
enum child_answer child_next(struct child *child, struct span *frame, struct why *why);

#endif
