#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "in/sync/commands.h"
#include "in/sync/locate.h"
#include "in/sync/session_int.h"

#include <stdlib.h>
#include <string.h>

#define FULL_SOON (2 * SECOND)   /* after an event that calls for a full compare */
#define FULL_RETRY (60 * SECOND) /* while somebody gone upstream must stay active here */
#define FULL_SHARE 20            /* of the time one of them may take of it all */

static void hold(struct session *s, const struct because *because)
{
	struct why why = { 0 };
	struct job *job = s->job;

	if (plan_hold(job, because, &why) != OK) {
		session_end_by_store(s, &why);
		return;
	}
	s->result->because = *because;
	log_event(LOG_LEVEL_WARNING, "sync.held", L_INT("tenant", job->tenant),
		L_SPAN("directory", job->settings.name),
		L_STR("reason", because_text(job->arena, span_str(because->line))));
	session_end(s, SESSION_HELD);
}

static void log_run(struct session *s)
{
	const struct sync_counts *counts = &s->job->run.counts;

	log_event(s->following ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "sync.run",
		L_INT("tenant", s->job->tenant), L_SPAN("directory", s->job->settings.name),
		L_INT("created", counts->created), L_INT("updated", counts->updated),
		L_INT("deactivated", counts->deactivated),
		L_INT("reactivated", counts->reactivated), L_INT("unchanged", counts->unchanged),
		L_INT("members_added", counts->members_added),
		L_INT("members_removed", counts->members_removed), L_INT("held", counts->held),
		L_INT("milliseconds", s->job->memory.duration / 1000));
}

void session_tell_following(struct session *s)
{
	status_following(s->job, clock_wall() + s->full_due - clock_monotonic());
}

/* Soon, so that the children of a renamed unit are right; apart by what the last one took, so that
 * a server which renames all day long is not compared all day long. */
void session_want_full(struct session *s, int64_t wait)
{
	int64_t now = clock_monotonic();
	int64_t due = s->job->full_at + FULL_SHARE * s->job->full_took;

	due = due > now + wait ? due : now + wait;
	if (due < s->full_due)
		s->full_due = due;
	if (s->following)
		session_tell_following(s);
}

/* A server whose deltas pass over who is gone is followed all the same; somebody should know. */
static void note_unreported(struct job *job)
{
	const struct sync_run *run = &job->run;
	unsigned found = 0;

	for (size_t i = 0; run->full && i < run->loss_count; i++)
		found += run->losses[i].reason == LOSS_ABSENT;
	if (found > 0)
		status_note(job, "found by full compare: %u whom nobody reported as gone", found);
}

static void apply(struct session *s, struct commands *planned)
{
	struct job *job = s->job;
	struct why why = { 0 };
	int64_t heard = job->run.debounce.last;

	if (apply_run(job, planned, &why) != OK) {
		session_end_by_store(s, &why);
		return;
	}
	note_unreported(job);
	job->is_approved = job->is_preview = false;
	pthread_mutex_lock(&job->lock);
	job->status.lag = clock_monotonic() - heard;
	pthread_mutex_unlock(&job->lock);
	metric_add(METRIC_SYNC_RUNS, 1);
	log_run(s);
	status_refresh(job);
	job->failures = job->auth_failures = 0;
	trouble_end(&job->trouble, job->sync->core);
	if (job->run.want_full)
		session_want_full(s, FULL_SOON);
	else if (job->run.stays_active || job->run.half_read)
		session_want_full(s, FULL_RETRY);
}

/* In rounds of bounded time, however many they are: half an answer is none. */
static enum err locate_all(struct job *job, struct located *rows, size_t count,
	struct enquiry_end *end, struct why *why)
{
	enum err err = OK;

	for (size_t at = 0; !err && at < count; at += ORDER_ANCHORS_MAX) {
		size_t left = count - at;
		if (job_is_called(job))
			return fail(why, ERR_UNAVAILABLE, NULL, "interrupted");
		err = locate_anchors(job->sync, &job->settings, job->arena, rows + at,
			left < ORDER_ANCHORS_MAX ? left : ORDER_ANCHORS_MAX, end, why);
	}
	return err;
}

/* Whoever is somewhere else has left the scope, and is not deleted. */
static bool look_for_vanished(struct session *s)
{
	struct job *job = s->job;
	struct located *rows = NULL;
	struct enquiry_end end = { 0 };
	struct why why = { 0 };
	size_t count = run_vanished(job, &rows);
	bool looked = locate_all(job, rows, count, &end, &why) == OK;

	if (looked) {
		run_found(job, rows, count);
	} else if (job_is_called(job)) {
		session_end(s, SESSION_STOPPED);
	} else {
		s->stage = end.stage;
		session_fail(s, end.failure, end.text[0] ? end.text : why.text);
	}
	free(rows);
	return looked;
}

/* Plan, limits, application: of a refresh and of a batch alike. */
static void decide(struct session *s)
{
	struct job *job = s->job;
	struct commands *planned;
	struct why why = { 0 };
	struct because because;

	if (!look_for_vanished(s))
		return;
	job->run.following = s->following;
	job->run.placed =
		memcmp(job->memory.place, job->settings.place, sizeof(job->memory.place)) != 0;
	if (apply_plan(job, &planned, &why) != OK) {
		session_end_by_store(s, &why);
		return;
	}
	if (!plan_is_held(job, &because)) {
		apply(s, planned);
		return;
	}
	commands_free(planned);
	hold(s, &because);
}

void session_finish_refresh(struct session *s)
{
	struct job *job = s->job;
	struct why why = { 0 };

	session_end_turn(s);
	if (!session_begin_turn(s))
		return;
	if (run_absent(job, &why) != OK) {
		session_end_by_store(s, &why);
		return;
	}
	job->memory.people = job->run.people;
	if (job->run.complete) {
		job->full_at = clock_monotonic();
		job->full_took = job->full_at - s->started;
	}
	job->stood = !job->run.full;
	job->memory.counts = (struct sync_counts){ 0 };
	status_state(job, SYNC_APPLYING);
	decide(s);
	if (s->ended)
		return;
	s->following = true;
	session_tell_following(s);
	run_begin(job, false);
	history_begin(&job->history, SYNC_KIND_DELTA, &job->actor);
}

void session_finish_batch(struct session *s)
{
	if (!session_begin_turn(s))
		return;
	s->job->stood |= s->job->run.rows > 0;
	decide(s);
	run_begin(s->job, false);
	history_begin(&s->job->history, SYNC_KIND_DELTA, &s->job->actor);
	session_end_turn(s);
}
