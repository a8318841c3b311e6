/* Pages that wait for news. A commit marks its company's room; one thread looks, a few times a
 * second at most, what the journal says since, and tells those in the room who may know. However
 * large the company is and however many changes there were, a look reads a bounded part. */
#define _GNU_SOURCE /* pthread_setname_np */

#include "in/api/api_events.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define STREAMS 1024       /* at once */
#define STREAMS_TENANT 512 /* of one company; with one more its oldest ends */
#define STREAMS_PERSON 8
#define WAITING_MAX (16 * 1024) /* octets that a slow page leaves unread */
#define CHANGES_MAX 256         /* of the journal, read for one look; more: all topics */
#define BEAT (15 * SECOND)
#define GATHER_MS 200 /* between two looks */
#define TICK_MS 1000
#define EVENT_MAX 2048

struct listener {
	struct listener *next;
	struct http_stream *stream;
	struct actor actor;
	uint32_t tenant, allowed;
	uint64_t snapshot; /* in which the actor was looked at */
	int64_t beat;      /* monotonic, when the next one is due */
};

struct room {
	struct room *next;
	uint32_t tenant;
	uint32_t rows; /* topics of state rows that were written; under the lock */
	uint64_t told; /* of the journal; the thread's, as what follows */
	struct topics_found found;
	bool used;
};

struct events {
	struct api *api;
	struct view *view;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t news;
	bool stopping, marked;
	struct listener *arrived; /* the newest first */
	struct room *rooms;       /* changed by the thread alone, under the lock */
	atomic_uint streams;
	struct listener *first; /* the thread's; the newest first */
};

/* ---- what commits say: on the writer's thread ---- */

/* The lock is held. */
static struct room *find_room(struct events *e, uint32_t tenant)
{
	struct room *room = e->rooms;

	while (room && room->tenant != tenant)
		room = room->next;
	return room;
}

static void mark(struct events *e)
{
	e->marked = true;
	pthread_cond_signal(&e->news);
}

static void committed(void *arg, uint32_t tenant, uint64_t sequence)
{
	struct events *e = arg;

	(void)sequence;
	pthread_mutex_lock(&e->lock);
	if (find_room(e, tenant))
		mark(e);
	pthread_mutex_unlock(&e->lock);
}

static void written(void *arg, uint32_t tenant, struct span word)
{
	struct events *e = arg;
	uint32_t found = topics_of_row(word);

	pthread_mutex_lock(&e->lock);
	struct room *room = found ? find_room(e, tenant) : NULL;
	if (room) {
		room->rows |= found;
		mark(e);
	}
	pthread_mutex_unlock(&e->lock);
}

/* ---- who listens ---- */

static void leave(struct events *e, struct listener **at)
{
	struct listener *gone = *at;

	*at = gone->next;
	http_stream_end(gone->stream);
	free(gone);
	atomic_fetch_sub(&e->streams, 1);
}

/* A newcomer goes first; those beyond the bounds are the oldest of the same person or company. */
static void keep_bounds(struct events *e, const struct listener *newcomer)
{
	unsigned of_person = 0, of_tenant = 0;

	for (struct listener **at = &e->first; *at;) {
		const struct listener *other = *at;
		bool same_home = other->actor.tenant == newcomer->actor.tenant;
		bool same = same_home && other->actor.number == newcomer->actor.number;

		of_tenant += same_home;
		of_person += same;
		if ((same && of_person > STREAMS_PERSON) ||
			(same_home && of_tenant > STREAMS_TENANT))
			leave(e, at);
		else
			at = &(*at)->next;
	}
}

static void say(struct listener *l, const char *event, uint32_t topics, bool own, uint64_t sequence)
{
	struct buffer out;
	struct json_writer w;

	buffer_init(&out, EVENT_MAX);
	buffer_putf(&out, "id: %llu\nevent: %s\ndata: ", (unsigned long long)sequence, event);
	json_start(&w, &out);
	json_begin_object(&w);
	json_name(&w, "topics");
	topics_put(&w, topics, own);
	json_integer_member(&w, "seq", (int64_t)sequence);
	json_end_object(&w);
	buffer_put_span(&out, SPAN("\n\n"));
	http_stream_write(l->stream, buffer_span(&out));
	buffer_free(&out);
}

static struct room *open_room(struct events *e, uint32_t tenant)
{
	pthread_mutex_lock(&e->lock);
	struct room *room = find_room(e, tenant);
	if (!room) {
		room = heap_zalloc(sizeof *room);
		room->tenant = tenant;
		room->next = e->rooms;
		room->told = view_journal_last(e->view, tenant);
		e->rooms = room;
	}
	pthread_mutex_unlock(&e->lock);
	return room;
}

static void close_empty_rooms(struct events *e)
{
	for (struct listener *l = e->first; l; l = l->next)
		open_room(e, l->tenant)->used = true;
	pthread_mutex_lock(&e->lock);
	for (struct room **at = &e->rooms; *at;) {
		struct room *room = *at;
		bool used = room->used;

		room->used = false;
		if (used) {
			at = &room->next;
			continue;
		}
		*at = room->next;
		free(room);
	}
	pthread_mutex_unlock(&e->lock);
}

static struct listener *take_arrived(struct events *e)
{
	pthread_mutex_lock(&e->lock);
	struct listener *arrived = e->arrived;
	e->arrived = NULL;
	pthread_mutex_unlock(&e->lock);
	return arrived;
}

/* The page that it is told first asks for what it shows: nothing of what follows is missed. */
static void let_in(struct events *e)
{
	struct listener *next;

	for (struct listener *l = take_arrived(e); l; l = next) {
		next = l->next;
		l->next = e->first;
		e->first = l;
		say(l, "ready", 0, false, open_room(e, l->tenant)->told);
		keep_bounds(e, l);
	}
}

/* ---- whether they still may ---- */

static enum err look_at_key(struct events *e, struct listener *l)
{
	struct actor fresh;
	struct why why = { 0 };
	enum err err =
		view_entrance(e->view, l->actor.tenant, l->actor.entrance.client, &fresh, &why);

	l->actor.permissions = err == OK ? fresh.permissions : 0;
	return err;
}

static bool still_may(struct events *e, struct listener *l)
{
	struct why why = { 0 };
	enum err err = uuid_is_nil(&l->actor.entrance.session)
			       ? look_at_key(e, l)
			       : view_session_again(e->view, &l->actor, &why);

	l->allowed = topics_allowed(&l->actor);
	return err == OK && !l->actor.must_change && actor_may_enter(&l->actor, l->tenant);
}

/* ---- a look ---- */

static void read_changes(struct events *e, struct room *room, uint64_t last, struct arena *arena)
{
	if (last - room->told > CHANGES_MAX) {
		room->found.topics = TOPICS_ALL;
		room->found.everybody = true;
		return;
	}
	for (uint64_t sequence = room->told + 1; sequence <= last; sequence++) {
		struct change change;
		struct span record;

		arena_reset(arena);
		if (view_journal(e->view, room->tenant, sequence, &record) &&
			change_read(arena, record, &change, NULL) == OK)
			topics_of_change(&change, &room->found);
	}
}

static void look_into_rooms(struct events *e)
{
	struct arena *arena = arena_new();

	pthread_mutex_lock(&e->lock);
	for (struct room *room = e->rooms; room; room = room->next) {
		room->found = (struct topics_found){ .topics = room->rows };
		room->rows = 0;
	}
	pthread_mutex_unlock(&e->lock);
	for (struct room *room = e->rooms; room; room = room->next) {
		uint64_t last = view_journal_last(e->view, room->tenant);

		if (last > room->told) {
			read_changes(e, room, last, arena);
			room->told = last;
		}
	}
	arena_free(arena);
}

static bool is_about(const struct topics_found *found, const struct listener *l)
{
	bool own = found->everybody;

	for (size_t i = 0; !own && i < found->count; i++)
		own = l->actor.tenant == l->tenant && found->people[i] == l->actor.number;
	return own;
}

static void tell(struct events *e, struct listener *l, int64_t now)
{
	const struct room *room = open_room(e, l->tenant);
	uint32_t topics = room->found.topics & l->allowed;
	bool own = is_about(&room->found, l);

	if (topics || own) {
		say(l, "change", topics, own, room->told);
		l->beat = now + BEAT;
	}
}

/* False: gone. */
static bool beat(struct listener *l, int64_t now)
{
	if (now < l->beat)
		return true;
	l->beat = now + BEAT;
	return http_stream_write(l->stream, SPAN(":\n\n"));
}

static void look(struct events *e)
{
	int64_t now = clock_monotonic();

	/* Before the view: what is committed now is looked at once more. */
	pthread_mutex_lock(&e->lock);
	e->marked = false;
	pthread_mutex_unlock(&e->lock);
	if (view_begin(e->view, NULL) != OK)
		return;
	let_in(e);
	look_into_rooms(e);
	for (struct listener **at = &e->first; *at;) {
		struct listener *l = *at;
		bool due = now >= l->beat || l->snapshot != view_snapshot(e->view);
		bool stays = !due || still_may(e, l);

		l->snapshot = view_snapshot(e->view);
		if (stays)
			tell(e, l, now);
		else
			http_stream_write(l->stream, SPAN("event: end\ndata: {}\n\n"));
		if (stays && beat(l, now))
			at = &l->next;
		else
			leave(e, at);
	}
	close_empty_rooms(e);
	view_end(e->view);
}

/* ---- the thread ---- */

static struct timespec in_milliseconds(unsigned milliseconds)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_nsec += (long)milliseconds * 1000000;
	at.tv_sec += at.tv_nsec / 1000000000;
	at.tv_nsec %= 1000000000;
	return at;
}

/* Until there is news, but not before many of them had time to come together; or for a tick. False:
 * it is time to end. */
static bool rest(struct events *e)
{
	struct timespec soon = in_milliseconds(GATHER_MS), late = in_milliseconds(TICK_MS);
	int rc = 0;

	pthread_mutex_lock(&e->lock);
	while (!e->stopping && rc == 0)
		rc = pthread_cond_timedwait(&e->news, &e->lock, &soon);
	rc = 0;
	while (!e->stopping && !e->marked && rc == 0)
		rc = e->first || e->arrived ? pthread_cond_timedwait(&e->news, &e->lock, &late)
					    : pthread_cond_wait(&e->news, &e->lock);
	bool stopping = e->stopping;
	pthread_mutex_unlock(&e->lock);
	return !stopping;
}

static void *run(void *arg)
{
	struct events *e = arg;

	pthread_setname_np(pthread_self(), "events");
	while (rest(e))
		look(e);
	return NULL;
}

enum err events_start(struct api *api, struct events **events, struct why *why)
{
	struct events *e = heap_zalloc(sizeof *e);
	pthread_condattr_t monotonic;

	e->api = api;
	pthread_mutex_init(&e->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&e->news, &monotonic);
	pthread_condattr_destroy(&monotonic);
	core_watch(api->admin->core, committed, e);
	core_watch_rows(api->admin->core, written, e);
	*events = e;
	enum err err = view_open(api->admin->core, &e->view, why);
	if (err != OK)
		return err;
	e->running = pthread_create(&e->thread, NULL, run, e) == 0;
	return e->running ? OK
			  : fail(why, ERR_INTERNAL, NULL, "the thread of events does not start");
}

void events_stop(struct events *e)
{
	if (!e)
		return;
	core_unwatch(e->api->admin->core, e);
	core_unwatch_rows(e->api->admin->core, e);
	pthread_mutex_lock(&e->lock);
	e->stopping = true;
	pthread_cond_signal(&e->news);
	pthread_mutex_unlock(&e->lock);
	if (e->running)
		pthread_join(e->thread, NULL);
	while (e->arrived)
		leave(e, &e->arrived);
	while (e->first)
		leave(e, &e->first);
	close_empty_rooms(e);
	if (e->view)
		view_close(e->view);
	pthread_cond_destroy(&e->news);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

/* ---- on a serving thread ---- */

void events_listen(struct events *e, struct api_call *call)
{
	static const char *const headers[] = { "X-Accel-Buffering", "no", NULL };

	if (call->request->method == HTTP_HEAD) {
		http_answer(call->exchange, 200, "text/event-stream", SPAN_NONE, NULL);
		return;
	}
	if (atomic_fetch_add(&e->streams, 1) >= STREAMS) {
		atomic_fetch_sub(&e->streams, 1);
		fail(&call->why, ERR_BUSY, NULL, "too many pages wait for news; ask now and then");
		api_fail(call, ERR_BUSY);
		return;
	}
	struct listener *l = heap_zalloc(sizeof *l);
	l->actor = call->actor;
	l->tenant = call->tenant;
	l->allowed = topics_allowed(&l->actor);
	l->beat = clock_monotonic() + BEAT;
	l->stream = http_stream_begin(call->exchange, "text/event-stream", headers, WAITING_MAX);
	pthread_mutex_lock(&e->lock);
	l->next = e->arrived;
	e->arrived = l;
	mark(e);
	pthread_mutex_unlock(&e->lock);
}
