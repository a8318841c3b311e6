#include "in/sync/pass_int.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/secret.h"
#include "in/sync/sync_int.h"

#include <stdlib.h>

#define USUAL_LONGEST SECOND
#define HEARD_MAX 64 /* frames at once: one that babbles keeps nobody else waiting */

struct place *place_new(struct pass *pass, uint32_t tenant, uint32_t directory)
{
	struct place *place = heap_zalloc(sizeof(*place));

	place->pass = pass;
	place->tenant = tenant;
	place->directory = directory;
	place->last = &place->first;
	place->settled = arena_new();
	place->status.available = true;
	for (size_t i = 0; i < PASS_CHILDREN; i++)
		place->workers[i] = (struct worker){ .place = place, .child = { .fd = -1 } };
	return place;
}

void place_free(struct place *place)
{
	for (size_t i = 0; i < PASS_CHILDREN; i++)
		worker_end(&place->workers[i]);
	arena_free(place->settled);
	free(place);
}

/* ---- telling ---- */

static enum upstream_word word_of(enum answer answer)
{
	static const enum upstream_word words[ANSWER_COUNT] = {
		[ANSWER_RIGHT] = UPSTREAM_RIGHT,
		[ANSWER_WRONG] = UPSTREAM_WRONG,
		[ANSWER_EXPIRED] = UPSTREAM_EXPIRED,
		[ANSWER_MUST_CHANGE] = UPSTREAM_MUST_CHANGE,
		[ANSWER_LOCKED] = UPSTREAM_LOCKED,
		[ANSWER_DISABLED] = UPSTREAM_DISABLED,
		[ANSWER_UNAVAILABLE] = UPSTREAM_UNAVAILABLE,
	};

	return words[answer];
}

/* Under the lock. */
static void count(struct place *place, const struct upstream_ask *ask, int64_t took)
{
	struct sync_pass_status *status = &place->status;

	status->asked++;
	metric_add(METRIC_PASS_ASKED, 1);
	if (ask->word == UPSTREAM_UNAVAILABLE) {
		status->unavailable++;
		metric_add(METRIC_PASS_UNAVAILABLE, 1);
		return;
	}
	place->usual += ((took < USUAL_LONGEST ? took : USUAL_LONGEST) - place->usual) / 8;
	if (ask->word != UPSTREAM_RIGHT) {
		status->refused++;
		metric_add(METRIC_PASS_REFUSED, 1);
	}
}

static void tell(struct place *place, struct upstream_ask *ask, enum upstream_word word)
{
	struct pass *pass = place->pass;

	ask->word = word;
	pthread_mutex_lock(&pass->lock);
	place->waiting--;
	count(place, ask, clock_monotonic() - ask->begun);
	pthread_mutex_unlock(&pass->lock);
	metric_add(METRIC_PASS_WAITING, -1);
	ask->done(ask);
}

/* Says so once, until something is answered again. */
static void note_trouble(struct place *place, const char *text)
{
	struct pass *pass = place->pass;

	pthread_mutex_lock(&pass->lock);
	bool first = place->status.available;
	place->status.available = false;
	status_text(place->status.text, sizeof(place->status.text), span_str(text));
	pthread_mutex_unlock(&pass->lock);
	if (first)
		log_event(LOG_LEVEL_WARNING, "sync.pass", L_INT("tenant", place->tenant),
			L_SPAN("directory", place->settings.name),
			L_STR("reason", place->status.text));
}

static void note_answer(struct place *place)
{
	struct pass *pass = place->pass;

	breaker_answered(&place->breaker);
	pthread_mutex_lock(&pass->lock);
	bool back = !place->status.available;
	place->status.available = true;
	place->status.text[0] = '\0';
	pthread_mutex_unlock(&pass->lock);
	if (back)
		log_event(LOG_LEVEL_INFO, "sync.pass", L_INT("tenant", place->tenant),
			L_SPAN("directory", place->settings.name),
			L_STR("reason", "it answers again"));
}

/* ---- the queue ---- */

static struct upstream_ask *peek(struct place *place)
{
	pthread_mutex_lock(&place->pass->lock);
	struct upstream_ask *ask = place->first;
	pthread_mutex_unlock(&place->pass->lock);
	return ask;
}

static struct upstream_ask *take(struct place *place)
{
	pthread_mutex_lock(&place->pass->lock);
	struct upstream_ask *ask = place->first;
	if (ask) {
		place->first = ask->next;
		if (!place->first)
			place->last = &place->first;
	}
	pthread_mutex_unlock(&place->pass->lock);
	return ask;
}

/* It was not sent: the first in line again. */
static void put_back(struct place *place, struct upstream_ask *ask)
{
	pthread_mutex_lock(&place->pass->lock);
	ask->next = place->first;
	if (!place->first)
		place->last = &ask->next;
	place->first = ask;
	pthread_mutex_unlock(&place->pass->lock);
}

static void refuse_waiting(struct place *place)
{
	struct upstream_ask *ask;

	while ((ask = take(place)))
		tell(place, ask, UPSTREAM_UNAVAILABLE);
}

void place_refuse_all(struct place *place)
{
	for (size_t i = 0; i < PASS_CHILDREN; i++) {
		struct upstream_ask *ask = place->workers[i].ask;
		worker_end(&place->workers[i]);
		if (ask)
			tell(place, ask, UPSTREAM_UNAVAILABLE);
	}
	refuse_waiting(place);
}

/* ---- children that fail ---- */

/* A password that was sent is never sent again: the server may have counted it. */
static void lose(struct worker *worker, bool was_sent, int64_t now)
{
	struct place *place = worker->place;
	struct upstream_ask *ask = worker->ask;
	bool was_idle = worker->ready && !ask;

	worker_end(worker);
	if (was_idle)
		return;
	if (ask && !was_sent && !ask->is_repeated) {
		ask->is_repeated = true;
		put_back(place, ask);
		return;
	}
	breaker_failed(&place->breaker, now);
	if (ask)
		tell(place, ask, UPSTREAM_UNAVAILABLE);
}

static void on_failed(struct worker *worker, const struct row *row, int64_t now)
{
	struct place *place = worker->place;
	char text[SYNC_PASS_TEXT];

	span_fit(text, sizeof(text), row->text);
	note_trouble(place, text);
	bool is_secret = row->stage == STAGE_BIND && row->failure == FAILURE_AUTH;
	lose(worker, row->stage == STAGE_PASSWORD, now);
	if (is_secret)
		breaker_shut(&place->breaker, now);
}

static void on_answer(struct worker *worker, const struct row *row, int64_t now)
{
	struct place *place = worker->place;
	struct upstream_ask *ask = worker->ask;
	enum answer answer = row->answer;
	char text[SYNC_PASS_TEXT];

	if (!ask)
		return;
	worker->ask = NULL;
	worker->since = now;
	ask->expires = row->expires;
	ask->grace = row->grace;
	span_fit(text, sizeof(text), row->text);
	if (worker->is_old)
		worker_end(worker);
	if (answer == ANSWER_UNAVAILABLE) {
		note_trouble(place, text);
		breaker_failed(&place->breaker, now);
	} else {
		note_answer(place);
	}
	tell(place, ask, word_of(answer));
}

static void on_server(struct worker *worker, const struct row *row)
{
	struct place *place = worker->place;
	size_t count = 1 + place->settings.failover_count;

	place->first_uri = (place->first_uri + row->server.uri) % count;
	worker->ready = true;
}

/* What the child says; at its end without a word it may have sent the password. */
static void hear(struct worker *worker, int64_t now)
{
	static struct row row; /* of the one thread; large */
	struct span frame;
	struct why why = { 0 };

	for (unsigned heard = 0; worker_runs(worker); heard++) {
		enum child_answer answer = child_next(&worker->child, &frame, &why);
		if (answer == CHILD_QUIET)
			return;
		if (answer == CHILD_GONE || heard > HEARD_MAX ||
			frame_read_row(frame, &row, &why) != OK) {
			lose(worker, true, now);
			return;
		}
		if (row.type == FRAME_FAILED)
			on_failed(worker, &row, now);
		else if (row.type == FRAME_ANSWER)
			on_answer(worker, &row, now);
		else if (row.type == FRAME_SERVER)
			on_server(worker, &row);
	}
}

/* ---- settings ---- */

static enum err read_settings(struct place *place, struct why *why)
{
	struct view *view = place->pass->view;
	struct record record;

	if (!view_entry(view, place->tenant, KIND_DIRECTORY, place->directory, &record)) {
		enum err err = view_error(view, why);
		return err ? err : fail(why, ERR_NOT_FOUND, NULL, "the directory is gone");
	}
	record.bytes = arena_copy(place->settled, record.bytes);
	place->revision = record.revision;
	enum err err = settings_read(
		place->settled, record_entry(place->settled, &record), &place->settings, why);
	if (!err && !(place->settings.active && record_is_true(&record, ATTR_PASS_THROUGH)))
		err = fail(why, ERR_UNAVAILABLE, NULL, "the directory is switched off");
	return err;
}

/* Whatever is newer than what was read makes it be read again. */
static bool settle(struct place *place)
{
	struct pass *pass = place->pass;
	struct why why = { 0 };

	for (size_t i = 0; i < PASS_CHILDREN; i++) {
		struct worker *worker = &place->workers[i];
		worker->is_old = true;
		if (worker_runs(worker) && !worker->ask)
			worker_end(worker);
	}
	breaker_answered(&place->breaker);
	place->first_uri = 0;
	arena_reset(place->settled);
	enum err err = view_begin(pass->view, &why);
	if (!err) {
		err = read_settings(place, &why);
		view_end(pass->view);
	}
	if (!err)
		return true;
	place->revision = 0;
	note_trouble(place, why.text);
	refuse_waiting(place);
	return false;
}

/* ---- asking ---- */

static struct worker *idle_worker(struct place *place)
{
	for (size_t i = 0; i < PASS_CHILDREN; i++) {
		struct worker *worker = &place->workers[i];
		if (worker_runs(worker) && worker->ready && !worker->ask)
			return worker;
	}
	return NULL;
}

static bool is_asking(const struct place *place)
{
	for (size_t i = 0; i < PASS_CHILDREN; i++)
		if (place->workers[i].ask)
			return true;
	return false;
}

/* One more, unless one that will take the next question is on its way. */
static void start_worker(struct place *place, int64_t now)
{
	struct worker *free_worker = NULL;
	struct why why = { 0 };

	for (size_t i = 0; i < PASS_CHILDREN; i++) {
		struct worker *worker = &place->workers[i];
		if (worker_runs(worker) && !worker->ready)
			return;
		if (!worker_runs(worker))
			free_worker = worker;
	}
	if (free_worker && !worker_start(free_worker, now, &why)) {
		note_trouble(place, why.text);
		breaker_failed(&place->breaker, now);
	}
}

/* Who comes while one question is the trial need not wait for its end. */
static void refuse_behind(struct place *place)
{
	struct upstream_ask *trial = is_asking(place) ? NULL : take(place);

	refuse_waiting(place);
	if (trial)
		put_back(place, trial);
}

/* False: nothing more can be asked now. */
static bool hand_out_one(struct place *place, struct upstream_ask *ask, int64_t now)
{
	if (place->revision < ask->revision && !settle(place))
		return false;
	enum breaker_state state = breaker_state(&place->breaker, now);
	if (state == BREAKER_OPEN)
		refuse_waiting(place);
	else if (state == BREAKER_TRIAL)
		refuse_behind(place);
	if (!peek(place))
		return false;
	struct worker *worker = idle_worker(place);
	if (!worker) {
		start_worker(place, now);
		return false;
	}
	take(place);
	if (worker_send(worker, ask))
		return true;
	worker_end(worker);
	put_back(place, ask);
	return true;
}

static void hand_out(struct place *place, int64_t now)
{
	struct upstream_ask *ask;

	while ((ask = peek(place)) && hand_out_one(place, ask, now))
		;
}

/* ---- time ---- */

static void end_overdue(struct place *place, int64_t now)
{
	for (size_t i = 0; i < PASS_CHILDREN; i++) {
		struct worker *worker = &place->workers[i];
		if (!worker_runs(worker))
			continue;
		if (worker->ask && now >= worker->ask->due) {
			note_trouble(place, "it does not answer in time");
			lose(worker, true, now);
		} else if (!worker->ready && now >= worker->since + PASS_DEADLINE) {
			note_trouble(place, "it does not let itself be connected to in time");
			lose(worker, false, now);
		} else if (worker->ready && !worker->ask && now >= worker->since + PASS_IDLE) {
			worker_end(worker);
		}
	}
	for (struct upstream_ask *ask; (ask = peek(place)) && now >= ask->due;)
		tell(place, take(place), UPSTREAM_UNAVAILABLE);
}

static void count_connections(struct place *place)
{
	unsigned running = 0;

	for (size_t i = 0; i < PASS_CHILDREN; i++)
		running += worker_runs(&place->workers[i]) && place->workers[i].ready;
	pthread_mutex_lock(&place->pass->lock);
	place->status.connections = running;
	pthread_mutex_unlock(&place->pass->lock);
}

void place_tend(struct place *place, int64_t now)
{
	for (size_t i = 0; i < PASS_CHILDREN; i++)
		if (worker_runs(&place->workers[i]))
			hear(&place->workers[i], now);
	end_overdue(place, now);
	hand_out(place, now);
	count_connections(place);
}

int64_t place_next(struct place *place)
{
	struct upstream_ask *ask = peek(place);
	int64_t next = ask ? ask->due : INT64_MAX;

	for (size_t i = 0; i < PASS_CHILDREN; i++) {
		const struct worker *worker = &place->workers[i];
		if (!worker_runs(worker))
			continue;
		int64_t end = worker->ask     ? worker->ask->due
			      : worker->ready ? worker->since + PASS_IDLE
					      : worker->since + PASS_DEADLINE;
		next = end < next ? end : next;
	}
	return next;
}
