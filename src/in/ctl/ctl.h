/* The control door: a Unix socket for `muster`. Only root and the daemon's own user may speak; the
 * kernel says who calls, and whoever may speak is the operator. Requests and answers are lines of
 * JSON, see wire/verb.h. A thread a connection, eight at most. */
#ifndef IN_CTL_CTL_H
#define IN_CTL_CTL_H

#include "core/core.h"
#include "in/sync/sync.h"

#define CTL_CONNECTIONS 8 /* views that the door opens at most */

struct ctl;

struct ctl_door {
	const char *name; /* "ldaps" */
	char address[64]; /* where it listens */
};

struct ctl_options {
	const char *socket; /* path; made with mode 0600, a stale one is replaced */
	struct core *core;
	struct sync *sync;
	bool allow_local;    /* webhooks to this machine, see net/address.h */
	const char *data;    /* folder of the store, for backup to stay out of */
	const char *suffix;  /* shown by status */
	const char *version; /* likewise */
	const struct ctl_door *doors;
	size_t door_count;
	/* Reads the configuration again; any thread. */
	enum err (*reload)(void *arg, struct why *why);
	void *arg;
};

/* Copies nothing: the strings live until ctl_stop. */
enum err ctl_start(const struct ctl_options *options, struct ctl **ctl, struct why *why);
/* Hangs up and waits for what is being answered. */
void ctl_stop(struct ctl *ctl);

#endif
