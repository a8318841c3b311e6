/* What the files of musterd share: one struct that holds the running daemon. */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "core/core.h"
#include "daemon/config.h"

struct daemon {
	const char *config_path;
	struct config *config; /* of the start; see life_reload for what follows the file */
	struct core *core;
	struct doors *doors;
};

/* ---- doors: what listens and what tells others ---- */

/* Starts sync, webhooks, LDAP, HTTP, status and the control socket, in this order. */
enum err doors_open(struct daemon *daemon, struct why *why);
/* In the reverse order, each within its share of `seconds`. NULL is allowed. */
void doors_close(struct doors *doors, int seconds);
/* Certificates again, each door keeps its old one on failure. */
enum err doors_reload(struct doors *doors, const struct config *config, struct why *why);
/* Views that the doors may have open at once. */
unsigned doors_readers(const struct config *config);

/* ---- life: from ready to the end ---- */

/* Signals that life_run takes are blocked in every thread; call before the first thread. */
void life_prepare(void);
/* Until SIGTERM or SIGINT, or until the core is dead; gives the exit status. */
int life_run(struct daemon *daemon);
/* Reads the file again. Log and certificates follow it; what needs a restart is named in the log.
 * On a mistake all stays as it was. Any thread. */
enum err life_reload(void *daemon, struct why *why);

/* ---- expiry: tokens that are about to end ---- */

/* Names each in the log once a day, the more urgent the nearer its end. Every second; one thread.
 */
void expiry_warn(struct core *core);

/* ---- privilege ---- */

/* No core files, no debugger, as many descriptors as the system lets us. */
void privilege_harden(void);
/* Becomes `user` when started as root, keeping only the right to bind low ports until
 * privilege_drop_rest. */
enum err privilege_drop(const char *user, struct why *why);
void privilege_drop_rest(void);

/* ---- notify: the service manager, sd_notify(3) ---- */

void notify_send(const char *state); /* "READY=1"; nothing without NOTIFY_SOCKET */
/* Microseconds between pings that the manager wants, 0: none. */
int64_t notify_watchdog(void);

#endif
