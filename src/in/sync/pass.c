#define _GNU_SOURCE /* pthread_setname_np */
#include "in/sync/pass_int.h"

#include "base/clock.h"
#include "base/metric.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void wake(struct pass *pass)
{
	uint64_t one = 1;

	if (write(pass->wake, &one, sizeof(one)) != sizeof(one) && errno != EAGAIN)
		abort();
}

/* Under the lock. */
static struct place *find(struct pass *pass, uint32_t tenant, uint32_t directory)
{
	struct place *place = pass->places;

	while (place && (place->tenant != tenant || place->directory != directory))
		place = place->next;
	return place;
}

/* ---- what the core asks ---- */

static bool on_ask(void *arg, struct upstream_ask *ask)
{
	struct pass *pass = arg;
	bool taken = false;

	ask->begun = clock_monotonic();
	ask->due = ask->begun + PASS_DEADLINE;
	ask->next = NULL;
	pthread_mutex_lock(&pass->lock);
	struct place *place = find(pass, ask->tenant, ask->directory);
	if (!place && !pass->stopping) {
		place = place_new(pass, ask->tenant, ask->directory);
		place->next = pass->places;
		pass->places = place;
	}
	if (!pass->stopping && place->waiting < PASS_WAITING) {
		place->waiting++;
		*place->last = ask;
		place->last = &ask->next;
		taken = true;
	}
	pthread_mutex_unlock(&pass->lock);
	if (taken) {
		metric_add(METRIC_PASS_WAITING, 1);
		wake(pass);
	}
	return taken;
}

static int64_t on_usual(void *arg, uint32_t tenant)
{
	struct pass *pass = arg;
	int64_t usual = 0;

	pthread_mutex_lock(&pass->lock);
	for (const struct place *place = pass->places; place; place = place->next)
		if (place->tenant == tenant && place->usual > usual)
			usual = place->usual;
	pthread_mutex_unlock(&pass->lock);
	return usual;
}

bool pass_get_status(
	struct pass *pass, uint32_t tenant, uint32_t directory, struct sync_pass_status *status)
{
	pthread_mutex_lock(&pass->lock);
	const struct place *place = find(pass, tenant, directory);
	if (place) {
		*status = place->status;
		status->waiting = place->waiting;
		status->usual = place->usual;
	}
	pthread_mutex_unlock(&pass->lock);
	return place != NULL;
}

/* ---- the thread ---- */

static struct place *first_place(struct pass *pass, bool *stopping)
{
	pthread_mutex_lock(&pass->lock);
	struct place *place = pass->places;
	*stopping = pass->stopping;
	pthread_mutex_unlock(&pass->lock);
	return place;
}

/* In the arena; *next: when somebody must be looked at. */
static struct pollfd *gather(struct pass *pass, struct place *places, size_t *count, int64_t *next)
{
	size_t capacity = 1;

	for (struct place *place = places; place; place = place->next)
		capacity += PASS_CHILDREN;
	struct pollfd *fds = arena_array(pass->arena, capacity, sizeof(*fds));
	fds[0] = (struct pollfd){ pass->wake, POLLIN, 0 };
	*count = 1;
	for (struct place *place = places; place; place = place->next) {
		int64_t then = place_next(place);
		*next = then < *next ? then : *next;
		for (size_t i = 0; i < PASS_CHILDREN; i++)
			if (worker_runs(&place->workers[i]))
				fds[(*count)++] =
					(struct pollfd){ place->workers[i].child.fd, POLLIN, 0 };
	}
	return fds;
}

static void rest(struct pass *pass, struct place *places)
{
	int64_t next = INT64_MAX;
	size_t count;
	uint64_t woken;

	struct pollfd *fds = gather(pass, places, &count, &next);
	int64_t left = (next - clock_monotonic()) / 1000 + 1;
	(void)poll(fds, count, next == INT64_MAX ? -1 : left > 0 ? (int)left : 0);
	arena_reset(pass->arena);
	while (read(pass->wake, &woken, sizeof(woken)) == sizeof(woken))
		;
}

static void *run(void *arg)
{
	struct pass *pass = arg;
	struct place *places;
	bool stopping;

	pthread_setname_np(pthread_self(), "pass");
	while ((places = first_place(pass, &stopping)), !stopping) {
		for (struct place *place = places; place; place = place->next)
			place_tend(place, clock_monotonic());
		rest(pass, places);
	}
	for (struct place *place = places; place; place = place->next)
		place_refuse_all(place);
	return NULL;
}

/* ---- start and stop ---- */

static void release(struct pass *pass)
{
	while (pass->places) {
		struct place *place = pass->places;
		pass->places = place->next;
		place_free(place);
	}
	if (pass->view)
		view_close(pass->view);
	if (pass->wake >= 0)
		close(pass->wake);
	arena_free(pass->arena);
	pthread_mutex_destroy(&pass->lock);
	free(pass);
}

enum err pass_start(
	struct core *core, const struct sync_options *options, struct pass **pass, struct why *why)
{
	struct pass *made = heap_zalloc(sizeof(*made));
	const struct verifier verifier = { on_ask, on_usual, made };

	made->core = core;
	made->program = options->program;
	made->allow_loopback = options->allow_loopback;
	made->arena = arena_new();
	made->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&made->lock, NULL);
	enum err err = made->wake < 0 ? fail(why, ERR_IO, NULL, "eventfd: %s", strerror(errno))
				      : view_open(core, &made->view, why);
	if (!err && pthread_create(&made->thread, NULL, run, made) != 0)
		err = fail(why, ERR_UNAVAILABLE, NULL, "no thread for passwords");
	if (err) {
		release(made);
		return err;
	}
	core_set_verifier(core, &verifier);
	*pass = made;
	return OK;
}

void pass_stop(struct pass *pass)
{
	core_set_verifier(pass->core, NULL);
	pthread_mutex_lock(&pass->lock);
	pass->stopping = true;
	pthread_mutex_unlock(&pass->lock);
	wake(pass);
	pthread_join(pass->thread, NULL);
	release(pass);
}
