/* A deadline for calls of libldap that have none: when it passes, the connection is shut down under
 * them and they come back. */
#ifndef IN_UPSTREAM_WATCHDOG_H
#define IN_UPSTREAM_WATCHDOG_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

struct watchdog {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct timespec deadline;
	int fd;
	bool done, fired;
};

/* False when there is no thread to be had. */
bool watchdog_begin(struct watchdog *dog, int fd, unsigned seconds);
/* True when the deadline passed before. */
bool watchdog_end(struct watchdog *dog);

#endif
