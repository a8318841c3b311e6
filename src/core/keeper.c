#define _GNU_SOURCE /* pthread_setname_np */

#include "core/login_int.h"
#include "core/session_int.h"

#include "base/clock.h"

#include <time.h>

#define TURN_SECONDS 1
#define REST_SECONDS 30 /* after a turn that failed */
#define RETENTION (3600 * SECOND)

struct keeper {
	struct core *core;
	struct sealer *sealer;
	bool wanted; /* a thread */
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* of `closing` and `woken` */
	pthread_cond_t wake;
	bool closing, woken;
	pthread_mutex_t turn;   /* one at a time */
	struct txn *txn;        /* of the turn */
	int64_t next_retention; /* monotonic */
};

struct keeper *keeper_new(struct core *core, const struct core_options *options)
{
	struct keeper *keeper = heap_zalloc(sizeof *keeper);
	keeper->core = core;
	keeper->wanted = options->audit.thread;
	keeper->sealer = sealer_new(core, options);
	pthread_mutex_init(&keeper->lock, NULL);
	pthread_mutex_init(&keeper->turn, NULL);
	pthread_cond_init(&keeper->wake, NULL);
	return keeper;
}

void keeper_free(struct keeper *keeper)
{
	if (!keeper)
		return;
	pthread_cond_destroy(&keeper->wake);
	pthread_mutex_destroy(&keeper->lock);
	pthread_mutex_destroy(&keeper->turn);
	sealer_free(keeper->sealer);
	free(keeper);
}

void keeper_mark(struct keeper *keeper, uint32_t tenant)
{
	sealer_mark(keeper->sealer, tenant);
}

bool keeper_is_anchored(struct keeper *keeper)
{
	return sealer_is_anchored(keeper->sealer);
}

void keeper_wake(struct keeper *keeper)
{
	pthread_mutex_lock(&keeper->lock);
	keeper->woken = true;
	pthread_cond_signal(&keeper->wake);
	pthread_mutex_unlock(&keeper->lock);
}

/* What is left of a tenant that is erased, or was, is not added to. */
bool keeper_may_write(struct run *run, uint32_t tenant)
{
	struct tenant_info info;
	return tenant == 0 || (find_tenant_number(run->txn, tenant, &info) && !info.erasing);
}

enum err chore_run(struct core *core, struct chore *chore, struct why *why)
{
	struct actor actor;
	struct outcome outcome;
	struct command command = { .type = COMMAND_CHORE, .chore = chore };
	actor_system(&actor, CHANNEL_INTERNAL);
	enum err err = core_run(core, &actor, &command, &outcome);
	if (err && why)
		*why = outcome.why;
	return err;
}

static enum err keep_audit(struct keeper *keeper, bool all, struct why *why)
{
	enum err err = txn_renew(keeper->txn, why);
	if (!err)
		err = sealer_seal(keeper->sealer, keeper->txn, all, why);
	if (!err && (all || clock_monotonic() >= keeper->next_retention)) {
		err = txn_renew(keeper->txn, why);
		if (!err)
			err = sealer_drop(keeper->sealer, keeper->txn, why);
		if (!err)
			err = provisions_drop(keeper->core, keeper->txn, why);
		keeper->next_retention = clock_monotonic() + RETENTION;
	}
	txn_reset(keeper->txn);
	return err;
}

static enum err keep(struct keeper *keeper, bool all, struct why *why)
{
	pthread_mutex_lock(&keeper->turn);
	enum err err = activities_write(keeper->core, why);
	enum err other = denials_write(keeper->core, err ? NULL : why);
	err = err ? err : other;
	other = login_marks_write(keeper->core, err ? NULL : why);
	err = err ? err : other;
	other = session_marks_write(keeper->core, all, err ? NULL : why);
	err = err ? err : other;
	other = provisions_write(keeper->core, all, err ? NULL : why);
	err = err ? err : other;
	other = keep_audit(keeper, all, err ? NULL : why);
	pthread_mutex_unlock(&keeper->turn);
	return err ? err : other;
}

/* Erasing comes last, so that nothing else waits for it long. *more: it is not through. */
static enum err take_turn(struct keeper *keeper, bool all, bool *more, struct why *why)
{
	enum err err = keep(keeper, all, why);
	pthread_mutex_lock(&keeper->turn);
	enum err other = erasures_go_on(keeper->core, keeper->txn, more, err ? NULL : why);
	err = err ? err : other;
	other = follow_go_on(keeper->core, keeper->txn, more, err ? NULL : why);
	err = err ? err : other;
	other = posix_go_on(keeper->core, keeper->txn, more, err ? NULL : why);
	pthread_mutex_unlock(&keeper->turn);
	return err ? err : other;
}

enum err core_keep(struct core *core, bool all, struct why *why)
{
	bool more;
	return take_turn(core->keeper, all, &more, why);
}

/* False: it is time to end. The clock of tests has no say here. */
static bool rest(struct keeper *keeper, int seconds)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&keeper->lock);
	int rc = 0;
	while (!keeper->closing && !keeper->woken && rc == 0)
		rc = pthread_cond_timedwait(&keeper->wake, &keeper->lock, &until);
	keeper->woken = false;
	bool closing = keeper->closing;
	pthread_mutex_unlock(&keeper->lock);
	return !closing;
}

static void *run_keeper(void *arg)
{
	struct keeper *keeper = arg;
	int seconds = TURN_SECONDS;
	pthread_setname_np(pthread_self(), "keeper");
	while (rest(keeper, seconds)) {
		bool more = false;
		enum err err = take_turn(keeper, false, &more, NULL);
		seconds = err ? REST_SECONDS : more ? 0 : TURN_SECONDS;
	}
	return NULL;
}

enum err keeper_start(struct keeper *keeper, struct why *why)
{
	enum err err = txn_begin_read(keeper->core->store, &keeper->txn, why);
	if (!err)
		err = sealer_start(keeper->sealer, keeper->txn, why);
	if (keeper->txn)
		txn_reset(keeper->txn);
	if (err || !keeper->wanted)
		return err;
	if (pthread_create(&keeper->thread, NULL, run_keeper, keeper))
		return fail(why, ERR_UNAVAILABLE, NULL, "the keeper's thread cannot be started");
	keeper->running = true;
	return OK;
}

void keeper_stop(struct keeper *keeper)
{
	pthread_mutex_lock(&keeper->lock);
	keeper->closing = true;
	pthread_cond_signal(&keeper->wake);
	pthread_mutex_unlock(&keeper->lock);
	if (keeper->running) {
		pthread_join(keeper->thread, NULL);
		keep(keeper, false, NULL);
		session_marks_write(keeper->core, true, NULL);
		provisions_write(keeper->core, true, NULL);
	}
	if (keeper->txn)
		txn_end(keeper->txn);
}
