/* What doors ask of the jobs: any thread, which takes the lock of all jobs and then that of one. */
#include "in/sync/bounds.h"
#include "in/sync/pass.h"
#include "in/sync/sync_int.h"

static enum err check_place(
	const struct sync *sync, struct span uri, const char *name, struct why *why)
{
	struct address address;

	enum err err = address_parse(uri, &address, why);
	if (!err && !sync->allow_loopback && address_literal_is_refused(&address))
		err = fail(why, ERR_VALUE, name,
			"an address of this machine or link is not allowed here");
	return err;
}

enum err sync_check(const struct sync *sync, const struct entry *directory, struct why *why)
{
	struct settings *settings = arena_zalloc(directory->arena, sizeof(*settings));
	const struct value *other;

	enum err err = bounds_check(directory, why);
	if (!err)
		err = settings_read(directory->arena, directory, settings, why);
	if (!err)
		err = check_place(sync, settings->uri, "uri", why);
	for (size_t i = 0; !err && (other = entry_value(directory, ATTR_FAILOVER_URI, i)); i++)
		err = check_place(sync, other->octets, "failover_uris", why);
	return err;
}

/* The job with its lock taken, or NULL. */
static struct job *take_job(struct sync *sync, uint32_t tenant, uint32_t directory)
{
	pthread_mutex_lock(&sync->lock);
	struct job *job = sync_find_job(sync, tenant, directory);
	if (job)
		pthread_mutex_lock(&job->lock);
	pthread_mutex_unlock(&sync->lock);
	return job;
}

enum err sync_now(
	struct sync *sync, uint32_t tenant, uint32_t directory, enum sync_ask ask, struct why *why)
{
	struct job *job = take_job(sync, tenant, directory);

	if (!job)
		return fail(why, ERR_NOT_FOUND, NULL,
			"the directory is switched off: muster directory resume switches it on");
	bool busy = job->status.state == SYNC_CONNECTING || job->status.state == SYNC_REFRESHING ||
		    job->status.state == SYNC_APPLYING;
	if (!busy && ask != SYNC_DELTA)
		job->ask_full = true;
	if (!busy && ask == SYNC_PREVIEW)
		job->ask_preview = true;
	if (!busy)
		job->ask_delta = true;
	job_wake(job);
	pthread_mutex_unlock(&job->lock);
	return busy ? fail(why, ERR_CONFLICT, NULL, "a run is under way") : OK;
}

static enum err turn_entry(struct sync *sync, uint32_t tenant, const struct uuid *plan,
	const char *state, const struct actor *actor, struct why *why)
{
	struct value value = { .attr = ATTR_PLAN_STATE, .octets = span_str(state) };
	struct modification mod = {
		.op = PATCH_REPLACE, .attr = ATTR_PLAN_STATE, .values = &value, .count = 1
	};
	struct command command = { .type = COMMAND_MODIFY,
		.tenant = tenant,
		.kind = KIND_PLAN,
		.id = *plan,
		.mods = &mod,
		.mod_count = 1 };
	struct outcome outcome;

	enum err err = core_run(sync->core, actor, &command, &outcome);
	return err ? fail(why, err, outcome.why.attribute, "%s", outcome.why.text) : OK;
}

/* The number of the directory whose job holds this plan, or 0. The answer is the caller's alone:
 * who comes second must not hear that theirs counts. */
static uint32_t begin_answer(struct sync *sync, uint32_t tenant, const struct uuid *plan)
{
	uint32_t directory = 0;

	pthread_mutex_lock(&sync->lock);
	for (struct job *job = sync->jobs; job; job = job->next) {
		pthread_mutex_lock(&job->lock);
		if (job->tenant == tenant && job->status.state == SYNC_HELD && !job->answering &&
			uuid_equal(&job->status.plan, plan)) {
			directory = job->directory;
			job->answering = true;
		}
		pthread_mutex_unlock(&job->lock);
	}
	pthread_mutex_unlock(&sync->lock);
	return directory;
}

/* Answered, the plan takes no other answer until the job has heard this one. */
static bool end_answer(struct sync *sync, uint32_t tenant, uint32_t directory, bool done)
{
	struct job *job = take_job(sync, tenant, directory);

	if (!job)
		return false;
	job->answering = done;
	if (done) {
		job->ask_approved = true;
		job_wake(job);
	}
	pthread_mutex_unlock(&job->lock);
	return true;
}

/* Tells the job that the plan it holds has another state. */
static enum err turn(struct sync *sync, uint32_t tenant, const struct uuid *plan, const char *state,
	const struct actor *actor, struct why *why)
{
	uint32_t directory = begin_answer(sync, tenant, plan);

	if (directory == 0)
		return fail(why, ERR_NOT_FOUND, NULL, "no job of this tenant holds such a plan");
	enum err err = turn_entry(sync, tenant, plan, state, actor, why);
	if (!end_answer(sync, tenant, directory, err == OK) && !err)
		err = fail(why, ERR_NOT_FOUND, NULL, "the directory has no sync job any more");
	return err;
}

enum err sync_approve(struct sync *sync, uint32_t tenant, const struct uuid *plan,
	const struct actor *actor, struct why *why)
{
	return turn(sync, tenant, plan, "approved", actor, why);
}

enum err sync_reject(struct sync *sync, uint32_t tenant, const struct uuid *plan,
	const struct actor *actor, struct why *why)
{
	return turn(sync, tenant, plan, "rejected", actor, why);
}

bool sync_get_status(
	struct sync *sync, uint32_t tenant, uint32_t directory, struct sync_status *status)
{
	struct job *job = take_job(sync, tenant, directory);

	if (!job)
		return false;
	*status = job->status;
	pthread_mutex_unlock(&job->lock);
	return true;
}

bool sync_get_pass_status(
	struct sync *sync, uint32_t tenant, uint32_t directory, struct sync_pass_status *status)
{
	return pass_get_status(sync->pass, tenant, directory, status);
}
