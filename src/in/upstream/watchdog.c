#include "in/upstream/watchdog.h"

#include <errno.h>
#include <sys/socket.h>

static void *watch(void *arg)
{
	struct watchdog *dog = arg;

	pthread_mutex_lock(&dog->lock);
	while (!dog->done && !dog->fired) {
		int rc = pthread_cond_timedwait(&dog->wake, &dog->lock, &dog->deadline);
		if (rc == ETIMEDOUT && !dog->done) {
			dog->fired = true;
			shutdown(dog->fd, SHUT_RDWR);
		}
	}
	pthread_mutex_unlock(&dog->lock);
	return NULL;
}

bool watchdog_begin(struct watchdog *dog, int fd, unsigned seconds)
{
	pthread_condattr_t attr;

	*dog = (struct watchdog){ .fd = fd };
	pthread_mutex_init(&dog->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&dog->wake, &attr);
	pthread_condattr_destroy(&attr);
	clock_gettime(CLOCK_MONOTONIC, &dog->deadline);
	dog->deadline.tv_sec += seconds;
	return pthread_create(&dog->thread, NULL, watch, dog) == 0;
}

bool watchdog_end(struct watchdog *dog)
{
	pthread_mutex_lock(&dog->lock);
	dog->done = true;
	pthread_cond_signal(&dog->wake);
	pthread_mutex_unlock(&dog->lock);
	pthread_join(dog->thread, NULL);
	return dog->fired;
}
