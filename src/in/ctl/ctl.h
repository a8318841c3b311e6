/* The control door: a Unix socket for `muster`. Only root and the daemon's own user may speak; the
 * kernel says who calls, and whoever may speak is the operator. Requests and answers are lines of
 * JSON, see wire/operation.h. A thread a connection, eight at most. */
#ifndef IN_CTL_CTL_H
#define IN_CTL_CTL_H

#include "in/admin/admin.h"

#define CTL_CONNECTIONS 8 /* views that the door opens at most */

struct ctl;

struct ctl_options {
	const char *socket; /* path; made with mode 0600, a stale one is replaced */
	const struct admin *admin;
};

/* Copies nothing: the strings live until ctl_stop. */
enum err ctl_start(const struct ctl_options *options, struct ctl **ctl, struct why *why);
/* Hangs up and waits for what is being answered. */
void ctl_stop(struct ctl *ctl);

#endif
