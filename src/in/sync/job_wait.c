/* What a job does with a session that ended badly: how long it waits, and who hears of it. */
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/secret.h"
#include "in/sync/commands.h"

#include <poll.h>
#include <unistd.h>

#define BACK_OFF_MAX (300 * SECOND)
#define AUTH_TRIES 3 /* more would lock the account upstream */
#define FOREVER INT64_MAX
#define REJECTED_LOOK (3600 * SECOND)

/* Until it is woken, or for that long. */
static void wait_for(struct job *job, int64_t microseconds)
{
	struct pollfd ready = { job->wake, POLLIN, 0 };
	int64_t milliseconds = microseconds == FOREVER ? -1 : microseconds / 1000 + 1;
	uint64_t count;

	(void)poll(&ready, 1, (int)milliseconds);
	while (read(job->wake, &count, sizeof(count)) == sizeof(count))
		;
}

static void wait_until_asked(struct job *job, int64_t microseconds)
{
	int64_t until = microseconds == FOREVER ? FOREVER : clock_monotonic() + microseconds;

	while (!job_is_asked(job)) {
		int64_t left = until == FOREVER ? FOREVER : until - clock_monotonic();
		if (left <= 0)
			break;
		wait_for(job, left);
	}
}

void job_pause(struct job *job, enum stage stage, enum failure failure, const char *text)
{
	status_failed(job, SYNC_PAUSED, stage_name(stage), failure, text, 0);
	history_note(&job->history, job->sync->core, SYNC_RESULT_PAUSED, stage, failure, text);
	log_event(LOG_LEVEL_WARNING, "sync.paused", L_INT("tenant", job->tenant),
		L_SPAN("directory", job->settings.name), L_STR("reason", text));
	if (stage != STAGE_START)
		trouble_tell(&job->trouble, job->sync->core, "paused", stage, failure,
			job->settings.name, text);
	wait_until_asked(job, FOREVER);
}

/* Doubles from a second on, half of it by chance, so that jobs do not come back all at once. */
static int64_t back_off(struct job *job)
{
	unsigned shift = job->failures < 10 ? job->failures : 10;
	int64_t wait = SECOND << shift;
	uint32_t chance;

	job->failures++;
	wait = wait < BACK_OFF_MAX ? wait : BACK_OFF_MAX;
	secret_random(&chance, sizeof(chance));
	return wait / 2 + (int64_t)(chance % (uint32_t)(wait / 2 + 1));
}

/* As an administrator would: it stays so until somebody resumes it. */
static void switch_off(struct job *job)
{
	const struct value off = { .attr = ATTR_ACTIVE, .octets = SPAN("FALSE") };
	const struct modification mod = {
		.op = PATCH_REPLACE, .attr = ATTR_ACTIVE, .values = &off, .count = 1
	};
	const struct command command = { .type = COMMAND_MODIFY,
		.tenant = job->tenant,
		.kind = KIND_DIRECTORY,
		.id = job->settings.id,
		.mods = &mod,
		.mod_count = 1 };
	struct outcome outcome;

	if (core_run(job->sync->core, &job->keeper, &command, &outcome) != OK)
		log_event(LOG_LEVEL_ERROR, "sync.off", L_INT("tenant", job->tenant),
			L_SPAN("directory", job->settings.name), L_WHY(&outcome.why));
}

/* How long to wait before the next try, by how long it has failed. */
static int64_t next_wait(
	struct job *job, const struct session_result *result, enum sync_state *state)
{
	const struct trouble_limits *limits = &job->sync->patience;
	uint32_t chance;

	trouble_begin(&job->trouble, job->sync->core);
	enum trouble_step step = trouble_step(&job->trouble, limits, clock_wall());
	*state = step == TROUBLE_RETRY ? SYNC_FAILED : SYNC_QUARANTINED;
	if (step == TROUBLE_RETRY) {
		int64_t wait = back_off(job), early = job->full_earliest - clock_monotonic();
		return result->failure == FAILURE_REFRESH && early > wait ? early : wait;
	}
	trouble_tell(&job->trouble, job->sync->core, step == TROUBLE_OFF ? "off" : "quarantine",
		result->stage, result->failure, job->settings.name, result->text);
	if (step == TROUBLE_OFF)
		switch_off(job);
	secret_random(&chance, sizeof(chance));
	return trouble_wait(limits, chance);
}

/* Whatever a full compare finds then waits for a person. */
static void remember_rollback(struct job *job)
{
	struct why why = { 0 };

	if (view_begin(job->view, &why) != OK)
		return;
	struct commands *commands = commands_new(false);
	job->memory.rolled_back = true;
	memory_command(job, commands);
	(void)commands_commit(job, commands, 0, &why);
	commands_free(commands);
	view_end(job->view);
	arena_reset(job->arena);
}

void job_fail(struct job *job, const struct session_result *result)
{
	enum sync_state state;

	metric_add(METRIC_SYNC_FAILED, 1);
	if (result->failure == FAILURE_AUTH && ++job->auth_failures >= AUTH_TRIES) {
		job->auth_failures = 0;
		job_pause(job, result->stage, result->failure, result->text);
		return;
	}
	if (result->failure == FAILURE_ROLLBACK) {
		remember_rollback(job);
		job_pause(job, result->stage, result->failure,
			"the server is behind what was seen of it, as after a restored backup; a "
			"full compare must be asked for");
		return;
	}
	int64_t wait = next_wait(job, result, &state);
	const char *stage = stage_name(result->stage);
	status_failed(job, state, stage, result->failure, result->text, clock_wall() + wait);
	history_note(&job->history, job->sync->core,
		result->failure == FAILURE_REFRESH ? SYNC_RESULT_NEEDS_FULL : SYNC_RESULT_FAILED,
		result->stage, result->failure, result->text);
	log_event(LOG_LEVEL_WARNING, "sync.failed", L_INT("tenant", job->tenant),
		L_SPAN("directory", job->settings.name), L_STR("stage", stage),
		L_STR("class", failure_name(result->failure)), L_STR("reason", result->text),
		L_INT("next_try_milliseconds", wait / 1000));
	wait_until_asked(job, wait);
}

/* A plan that was rejected waits for another content: it is looked at again now and then. */
void job_hold(struct job *job, const struct because *because)
{
	struct because other = { 0 };
	struct why why = { 0 };
	bool rejected = false;

	if (view_begin(job->view, &why) == OK) {
		rejected = plan_is_rejected(job);
		if (rejected && plan_settle_rejected(job, &why) != OK)
			status_note(job, "%s", why.text);
		view_end(job->view);
		arena_reset(job->arena);
	}
	if (!rejected && job->memory.last_run > 0)
		trouble_tell(&job->trouble, job->sync->core, "held", STAGE_APPLY, FAILURE_LIMIT,
			job->settings.name, because_text(job->arena, span_str(because->line)));
	because_add(&other, BECAUSE_REJECTED, NULL);
	status_held(job, rejected ? &other : because);
	wait_until_asked(job, rejected ? REJECTED_LOOK : FOREVER);
}
