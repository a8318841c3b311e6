#define _GNU_SOURCE /* pthread_setname_np */

#include "core/login_int.h"

#include "base/limits.h"

#include <time.h>

/* Refusals that cost no hash leave as late as if they had: how fast an answer is says nothing about
 * whether it was looked at. */

#define USUAL_FIRST INT64_C(20000) /* microseconds, until some were measured */
#define LONGEST INT64_C(1000000)

struct delayed {
	struct login *login;
	int64_t due;
};

struct login_delays {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	bool running, closing;
	struct delayed ring[LIMIT_LOGIN_DELAYED]; /* the first that is due first */
	size_t first, count;
	_Atomic int64_t usual; /* what a verification takes, smoothed */
};

/* The clock of tests has no say here. */
static int64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static void wait_until(struct login_delays *delays, int64_t due)
{
	const struct timespec time = { due / 1000000, due % 1000000 * 1000 };
	pthread_cond_timedwait(&delays->wake, &delays->lock, &time);
}

/* The next that is due; NULL when it is time to end and none is left. */
static struct login *next(struct login_delays *delays)
{
	struct login *login = NULL;
	pthread_mutex_lock(&delays->lock);
	while (!login && (delays->count || !delays->closing)) {
		const struct delayed *head = &delays->ring[delays->first];
		if (!delays->count) {
			pthread_cond_wait(&delays->wake, &delays->lock);
		} else if (!delays->closing && head->due > now()) {
			wait_until(delays, head->due);
		} else {
			login = head->login;
			delays->first = (delays->first + 1) % LIMIT_LOGIN_DELAYED;
			delays->count--;
		}
	}
	pthread_mutex_unlock(&delays->lock);
	return login;
}

static void *run(void *arg)
{
	struct login *login;
	pthread_setname_np(pthread_self(), "delays");
	while ((login = next(arg)))
		login->done(login, ERR_CREDENTIALS);
	return NULL;
}

enum err login_delays_start(struct login_delays **result, struct why *why)
{
	pthread_condattr_t monotonic;
	struct login_delays *delays = *result = heap_zalloc(sizeof *delays);
	delays->usual = USUAL_FIRST;
	pthread_mutex_init(&delays->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&delays->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	delays->running = pthread_create(&delays->thread, NULL, run, delays) == 0;
	return delays->running ? OK
			       : fail(why, ERR_UNAVAILABLE, NULL,
					 "the thread of delayed answers cannot be started");
}

void login_delays_stop(struct login_delays *delays)
{
	pthread_mutex_lock(&delays->lock);
	delays->closing = true;
	pthread_cond_signal(&delays->wake);
	pthread_mutex_unlock(&delays->lock);
	if (delays->running)
		pthread_join(delays->thread, NULL);
	pthread_cond_destroy(&delays->wake);
	pthread_mutex_destroy(&delays->lock);
	free(delays);
}

/* Behind those that are due before it; most come in that order. */
static void insert(struct login_delays *delays, struct delayed delayed)
{
	size_t at = delays->first + delays->count++;
	while (at > delays->first &&
		delays->ring[(at - 1) % LIMIT_LOGIN_DELAYED].due > delayed.due) {
		delays->ring[at % LIMIT_LOGIN_DELAYED] =
			delays->ring[(at - 1) % LIMIT_LOGIN_DELAYED];
		at--;
	}
	delays->ring[at % LIMIT_LOGIN_DELAYED] = delayed;
}

bool login_delays_take(struct login_delays *delays, struct login *login, int64_t due)
{
	pthread_mutex_lock(&delays->lock);
	bool taken = !delays->closing && delays->count < LIMIT_LOGIN_DELAYED;
	if (taken) {
		insert(delays, (struct delayed){ login, due });
		pthread_cond_signal(&delays->wake);
	}
	pthread_mutex_unlock(&delays->lock);
	return taken;
}

int64_t login_delays_usual(const struct login_delays *delays)
{
	return delays->usual;
}

int64_t login_delays_begin(void)
{
	return now();
}

void login_delays_measure(struct login_delays *delays, int64_t begun)
{
	int64_t took = now() - begun, usual = delays->usual;
	usual += ((took < LONGEST ? took : LONGEST) - usual) / 8;
	delays->usual = usual;
}
