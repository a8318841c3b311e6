#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/secret.h"
#include "in/sync/session_int.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SILENCE (60 * SECOND)            /* a child that lives says something every ten */
#define COOKIE_ALONE (2 * SECOND)        /* one without changes may wait */
#define ROWS_AT_ONCE 20000               /* while following */
#define FULL_START (20 * SECOND)         /* after a start, when one is overdue */
#define FULL_ASKED_APART (3600 * SECOND) /* between servers' wishes that are nothing unusual */
#define FULL_ASKS 3                      /* more than so many of them closer together wait */
#define FULL_ASKS_BACK_OFF 10            /* failures' worth */
#define STOOD (60 * SECOND)              /* a stream that lasted so long was one */
#define ARENA_TURN (4 * MIB)
#define NEVER INT64_MAX

void session_end(struct session *s, enum session_end end)
{
	s->result->end = end;
	s->ended = true;
}

void session_fail(struct session *s, enum failure failure, const char *text)
{
	int64_t now = clock_monotonic();

	if (s->following) {
		s->job->lost_at = now;
		s->job->stood |= now - s->job->full_at >= STOOD;
	}
	s->result->stage = s->stage;
	s->result->failure = failure;
	status_text(s->result->text, sizeof(s->result->text), span_str(text));
	session_end(s, SESSION_FAILED);
}

void session_end_by_store(struct session *s, const struct why *why)
{
	if (job_is_called(s->job)) {
		session_end(s, SESSION_STOPPED);
		return;
	}
	s->stage = STAGE_APPLY;
	session_fail(s, FAILURE_DATA, why->text);
}

bool session_begin_turn(struct session *s)
{
	struct why why = { 0 };

	if (!s->viewing && view_begin(s->job->view, &why) != OK)
		session_end_by_store(s, &why);
	else
		s->viewing = true;
	return s->viewing;
}

void session_end_turn(struct session *s)
{
	if (s->viewing)
		view_end(s->job->view);
	s->viewing = false;
	arena_reset(s->job->arena);
}

/* ---- frames ---- */

static void on_stage(struct session *s, enum stage stage)
{
	s->stage = stage;
	if (stage != STAGE_REFRESH)
		return;
	status_state(s->job, SYNC_REFRESHING);
}

#define DAY (86400 * SECOND)
#define SKEW_WORTH_SAYING (60 * SECOND)
#define CERTIFICATE_SOON (30 * DAY)

static void note_server(struct job *job, const struct server *server)
{
	int64_t skew = server->clock > 0 ? server->clock - server->asked : 0;
	int64_t left = server->not_after - clock_wall();

	if (skew > SKEW_WORTH_SAYING || skew < -SKEW_WORTH_SAYING)
		status_note(job, "clock skew: the server's clock is %lld seconds %s",
			(long long)((skew > 0 ? skew : -skew) / SECOND),
			skew > 0 ? "ahead" : "behind");
	if (server->not_after > 0 && left < CERTIFICATE_SOON)
		status_note(
			job, "the server's certificate ends in %lld days", (long long)(left / DAY));
}

/* Whom the cookies to come belong to. */
static void on_server(struct session *s, const struct server *server)
{
	struct job *job = s->job;

	memcpy(job->identity, server->identity.data, server->identity.len);
	job->identity_len = server->identity.len;
	status_server(job, server);
	if (job->run.full)
		status_forget_notes(job);
	note_server(job, server);
	if (job->lost_at > 0)
		status_note(job, "reconnected after %lld s",
			(long long)((clock_monotonic() - job->lost_at) / SECOND));
	job->lost_at = 0;
	if (job->full_reason[0])
		status_note(job, "full compare: %s", job->full_reason);
	job->full_reason[0] = '\0';
}

/* A server that never knows its own cookies costs a full compare now and then, no more. */
static bool asks_too_often(struct job *job)
{
	int64_t now = clock_monotonic();

	if (now - job->full_asked >= FULL_ASKED_APART)
		job->full_asks = 0;
	job->full_asked = now;
	return ++job->full_asks > FULL_ASKS;
}

static void on_need_full(struct session *s, struct span reason)
{
	struct job *job = s->job;

	if (job->run.full && !s->following) {
		session_fail(s, FAILURE_PROTOCOL, "a full compare was asked for out of turn");
		return;
	}
	status_text(job->full_reason, sizeof(job->full_reason), reason);
	if (asks_too_often(job)) {
		job->failures = FULL_ASKS_BACK_OFF;
		session_fail(s, FAILURE_REFRESH, job->full_reason);
		return;
	}
	history_note(&job->history, job->sync->core, SYNC_RESULT_NEEDS_FULL, s->stage,
		FAILURE_REFRESH, job->full_reason);
	log_event(LOG_LEVEL_INFO, "sync.full", L_INT("tenant", job->tenant),
		L_SPAN("directory", job->settings.name), L_STR("reason", job->full_reason));
	session_end(s, SESSION_FULL);
}

/* A server that refuses the cookies which it has just given gets one full compare an hour, counted
 * from the last, so that no change waits for longer. */
static bool is_wish_too_early(const struct session *s)
{
	struct job *job = s->job;
	int64_t now = clock_monotonic();
	bool early = job->full_at > 0 && now - job->full_at < FULL_ASKED_APART;
	bool stood = job->stood || (s->following && now - job->full_at >= STOOD);

	if (!early && stood)
		job->refused = 0;
	return ++job->refused > (stood ? FULL_ASKS : 1) && early;
}

/* RFC 4533 section 3.3: e-syncRefreshRequired. */
static void on_refresh_required(struct session *s, struct span reason)
{
	struct job *job = s->job;

	if (!is_wish_too_early(s)) {
		on_need_full(s, reason);
		return;
	}
	job->full_earliest = job->full_at + FULL_ASKED_APART;
	session_fail(s, FAILURE_REFRESH,
		arena_printf(job->arena, "%.*s; it had one within the hour", SPAN_ARGS(reason)));
}

static void on_failed(struct session *s, const struct row *row)
{
	s->stage = row->stage;
	if (row->failure == FAILURE_REFRESH)
		on_refresh_required(s, row->text);
	else
		session_fail(s, row->failure, arena_string(s->job->arena, row->text));
}

static void on_note(struct session *s, struct span text)
{
	char note[FRAME_TEXT_MAX];

	status_text(note, sizeof(note), text);
	status_note(s->job, "%s", note);
}

static void on_row(struct session *s, struct span frame, const struct row *row)
{
	struct job *job = s->job;
	struct why why = { 0 };
	int64_t now = clock_monotonic();

	if (!session_begin_turn(s))
		return;
	if (run_feed(job, frame, row, &why) != OK) {
		session_fail(s, FAILURE_PROTOCOL, why.text);
		return;
	}
	job->run.debounce.last = now;
	if (job->run.debounce.first == 0)
		job->run.debounce.first = now;
	if (arena_used(job->arena) > ARENA_TURN)
		session_end_turn(s);
	if (spool_error(&job->run.spool, &why) != OK ||
		(s->viewing && view_error(job->view, &why) != OK))
		session_end_by_store(s, &why);
	else if (s->following && job->run.rows >= ROWS_AT_ONCE && !job->run.group.open)
		session_finish_batch(s);
}

static void on_refreshed(struct session *s, const struct row *row)
{
	struct sync_run *run = &s->job->run;

	if (s->following || run->group.open) {
		session_fail(s, FAILURE_PROTOCOL, "the refresh ended in the middle");
		return;
	}
	run->complete = row->complete;
	run->debounce.last = clock_monotonic();
	s->job->memory.duration = run->debounce.last - s->started;
	session_finish_refresh(s);
}

static void on_frame(struct session *s, struct span frame)
{
	struct job *job = s->job;
	struct row *row = job->row;
	struct why why = { 0 };

	s->heard = clock_monotonic();
	if (frame_read_row(frame, row, &why) != OK) {
		session_fail(s, FAILURE_PROTOCOL, why.text);
		return;
	}
	switch (row->type) {
	case FRAME_STAGE:
		on_stage(s, row->stage);
		break;
	case FRAME_BEAT:
		break;
	case FRAME_FAILED:
		on_failed(s, row);
		break;
	case FRAME_REFRESHED:
		on_refreshed(s, row);
		break;
	case FRAME_SERVER:
		on_server(s, &row->server);
		break;
	case FRAME_NEED_FULL:
		on_need_full(s, row->text);
		break;
	case FRAME_NOTE:
		on_note(s, row->text);
		break;
	default:
		on_row(s, frame, row);
	}
	if (s->following && !s->ended)
		status_heard(job);
}

/* ---- waiting ---- */

static int64_t batch_due(const struct session *s)
{
	const struct sync_run *run = &s->job->run;

	if (!s->following || run_is_empty(run) || run->group.open)
		return NEVER;
	if (run->rows == 0)
		return run->debounce.first + COOKIE_ALONE;
	return debounce_due(&run->debounce);
}

static void check_asks(struct session *s)
{
	struct job *job = s->job;

	bool stop = job_is_called(job);
	pthread_mutex_lock(&job->lock);
	bool full = job->ask_full || (job->ask_look && s->following);
	bool again = (job->ask_delta || job->ask_roles) && s->following;
	pthread_mutex_unlock(&job->lock);
	if (stop)
		session_end(s, SESSION_STOPPED);
	else if (full)
		session_end(s, SESSION_FULL);
	else if (again)
		session_end(s, SESSION_AGAIN);
}

static void drain(int fd)
{
	uint64_t count;

	while (read(fd, &count, sizeof(count)) == sizeof(count))
		;
}

static void wait_for_more(struct session *s)
{
	int64_t now = clock_monotonic(), due = batch_due(s);
	int64_t until = s->heard + SILENCE;
	struct pollfd fds[2] = { { s->child.fd, POLLIN, 0 }, { s->job->wake, POLLIN, 0 } };

	if (due <= now) {
		session_finish_batch(s);
		return;
	}
	/* What was asked during the refresh waited for its end. */
	if (s->following)
		check_asks(s);
	if (s->ended)
		return;
	if (s->following && s->full_due <= now) {
		session_end(s, SESSION_FULL);
		return;
	}
	if (until <= now) {
		session_fail(s, FAILURE_NET, "the sync process is silent");
		return;
	}
	session_end_turn(s);
	until = due < until ? due : until;
	until = s->full_due < until ? s->full_due : until;
	int64_t milliseconds = (until - now + 999) / 1000;
	(void)poll(fds, 2, milliseconds > 0 ? (int)milliseconds : 0);
	if (fds[1].revents) {
		drain(s->job->wake);
		check_asks(s);
	}
}

static void run_session(struct session *s)
{
	struct span frame;
	struct why why = { 0 };
	unsigned frames = 0;

	while (!s->ended) {
		switch (child_next(&s->child, &frame, &why)) {
		case CHILD_FRAME:
			on_frame(s, frame);
			/* A refresh that never pauses can still be stopped. */
			if (!s->ended && ++frames % 1024 == 0)
				check_asks(s);
			break;
		case CHILD_QUIET:
			wait_for_more(s);
			break;
		case CHILD_GONE:
			session_fail(s, why.err ? FAILURE_PROTOCOL : FAILURE_NET,
				why.err ? why.text : "the sync process ended");
			break;
		}
	}
	session_end_turn(s);
}

/* ---- start ---- */

static int64_t first_full_due(const struct job *job, bool full)
{
	int64_t apart = job->settings.full_seconds > 0 ? job->settings.full_seconds * SECOND
						       : job->sync->full_compare;
	int64_t due = job->memory.last_full + apart - clock_wall();

	/* Later than that only a clock that was set back would have it. */
	if (full || due > apart)
		return clock_monotonic() + apart;
	return clock_monotonic() + (due > FULL_START ? due : FULL_START);
}

static enum err start_child(struct session *s, bool full, struct why *why)
{
	struct job *job = s->job;
	struct span secret = SPAN_NONE;
	struct order order;
	enum err err = OK;

	settings_order(&job->settings, &order);
	order.allow_loopback = job->sync->allow_loopback;
	/* What a server says that went back in time is compared with all we know. */
	if (!full && !job->memory.rolled_back &&
		memcmp(job->memory.place, job->settings.place, sizeof(job->memory.place)) == 0)
		order.cookie = span_of(job->memory.cookie, job->memory.cookie_len);
	order.identity = span_of(job->memory.identity, job->memory.identity_len);
	if (job->settings.sealed.len > 0)
		err = core_unseal(job->sync->core, job->arena, &job->settings.id,
			job->settings.sealed, &secret, why);
	order.secret = secret;
	run_begin(job, order.cookie.len == 0);
	history_begin(&job->history, job->run.full ? SYNC_KIND_FULL : SYNC_KIND_DELTA, &job->actor);
	s->full_due = first_full_due(job, order.cookie.len == 0);
	if (!err)
		err = child_start(&s->child, job->sync->program, &order, why);
	if (secret.len > 0)
		secret_wipe((void *)secret.data, secret.len);
	arena_reset(job->arena);
	return err;
}

void session_run(struct job *job, bool full, struct session_result *result)
{
	struct session s = { .job = job,
		.result = result,
		.child = { .fd = -1 },
		.started = clock_monotonic(),
		.heard = clock_monotonic() };
	struct why why = { 0 };

	result->text[0] = '\0';
	status_state(job, SYNC_CONNECTING);
	if (start_child(&s, full, &why) != OK)
		session_fail(&s, FAILURE_DATA, why.text);
	else
		run_session(&s);
	child_end(&s.child);
}
