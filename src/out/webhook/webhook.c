#include "out/webhook/webhook_int.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define GIVE_UP (72 * 3600 * SECOND)
#define SAVE_EVERY (SECOND / 4)
#define EXAMINED_AT_ONCE 256
#define GONE 410

struct webhooks {
	struct core *core;
	struct client *client;
	struct view *view;
	struct actor actor;
	pthread_t thread;
	/* Under the lock: what other threads leave for ours. */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	uint64_t *changed; /* bit per tenant number */
	size_t changed_words;
	struct message *done;
	bool any_changed, stopping;
	/* Our thread's own. */
	struct hook *hooks;
	int64_t saved; /* monotonic */
};

static void mark_changed(struct webhooks *w, uint32_t tenant)
{
	size_t word = tenant / 64;

	if (word >= w->changed_words) {
		size_t words = word + 64;

		w->changed = heap_grow(w->changed, words * sizeof *w->changed);
		memset(w->changed + w->changed_words, 0,
			(words - w->changed_words) * sizeof *w->changed);
		w->changed_words = words;
	}
	w->changed[word] |= UINT64_C(1) << tenant % 64;
	w->any_changed = true;
}

static void committed(void *arg, uint32_t tenant, uint64_t sequence)
{
	struct webhooks *w = arg;

	(void)sequence;
	pthread_mutex_lock(&w->lock);
	mark_changed(w, tenant);
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

void message_done(struct client_call *call)
{
	struct message *m = call->arg;
	struct webhooks *w = m->webhooks;

	pthread_mutex_lock(&w->lock);
	m->next = w->done;
	w->done = m;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

/* ---- which hooks there are ---- */

static struct hook *find_hook(struct webhooks *w, uint32_t tenant, const struct uuid *id)
{
	for (struct hook *h = w->hooks; h; h = h->next)
		if (h->tenant == tenant && uuid_equal(&h->id, id))
			return h;
	return NULL;
}

static void take_record(struct webhooks *w, const struct record *record)
{
	struct hook *hook = find_hook(w, record->tenant, &record->id);

	if (!hook) {
		hook = heap_zalloc(sizeof *hook);
		hook->tenant = record->tenant;
		hook->id = record->id;
		hook_find_start(w->view, hook, record->created);
		hook->next = w->hooks;
		w->hooks = hook;
	}
	hook->gone = false;
	refusal_read(w->view, hook);
	if (hook->revision != record->revision)
		hook_read(w->core, hook, record);
}

static void read_hooks(struct webhooks *w, uint32_t tenant)
{
	struct arena *arena = arena_new();
	const struct search_spec spec = {
		.actor = &w->actor, .tenant = tenant, .kinds = 1u << KIND_WEBHOOK
	};
	unsigned budget = EXAMINED_AT_ONCE;
	struct search *search;
	struct record record;
	enum step step;

	for (struct hook *h = w->hooks; h; h = h->next)
		h->gone |= h->tenant == tenant;
	if (view_count(w->view, tenant, KIND_WEBHOOK) > 0 &&
		search_open(w->view, arena, &spec, &search, NULL) == OK) {
		while ((step = search_next(search, &budget, &record)) != STEP_END) {
			if (step == STEP_FOUND)
				take_record(w, &record);
			budget = EXAMINED_AT_ONCE;
		}
		search_close(search);
	}
	arena_free(arena);
}

static void drop_gone(struct webhooks *w)
{
	for (struct hook **link = &w->hooks; *link;) {
		struct hook *hook = *link;

		if (hook->gone && !hook->under_way) {
			*link = hook->next;
			hook_free(hook);
		} else {
			link = &hook->next;
		}
	}
}

/* ---- storing where they stand ---- */

static void save_cursors(struct webhooks *w)
{
	struct arena *arena = arena_new();
	size_t count = 0;

	for (struct hook *h = w->hooks; h; h = h->next)
		count += h->dirty && !h->gone;
	struct command *commands = arena_array(arena, count, sizeof *commands);
	struct state_row *rows = arena_array(arena, count, sizeof *rows);
	struct outcome *outcomes = arena_array(arena, count, sizeof *outcomes);
	size_t i = 0;
	for (struct hook *h = w->hooks; h; h = h->next) {
		if (!h->dirty || h->gone)
			continue;
		rows[i] =
			(struct state_row){ hook_state_key(arena, h), hook_state_value(arena, h) };
		commands[i] = (struct command){ .type = COMMAND_STATE,
			.tenant = h->tenant,
			.states = &rows[i],
			.state_count = 1 };
		h->dirty = false;
		i++;
	}
	struct why why = { 0 };
	if (count > 0 && core_run_many(w->core, &w->actor, commands, count, false, outcomes, &why))
		log_event(LOG_LEVEL_WARNING, "webhook.cursor", L_WHY(&why));
	w->saved = clock_monotonic();
	arena_free(arena);
}

/* ---- outcomes ---- */

static void delivered(struct webhooks *w, struct hook *hook, const struct message *m)
{
	refusal_close(w->core, &w->actor, m);
	hook->position = m->position + 1;
	hook->failing_since = 0;
	hook->attempts = 0;
	hook->next_try = 0;
	hook->delivered = clock_wall();
	hook->dirty = true;
	metric_add(METRIC_WEBHOOK_DELIVERED, 1);
}

/* Off, with the message laid down and the cursor behind it, in one transaction. */
static void give_up(struct webhooks *w, struct hook *hook, const struct message *m)
{
	struct arena *arena = arena_new();
	const struct value off = { .attr = ATTR_ACTIVE, .octets = SPAN("FALSE") };
	const struct modification mod = {
		.op = PATCH_REPLACE, .attr = ATTR_ACTIVE, .values = &off, .count = 1
	};
	struct outcome outcome = { 0 };
	char id[UUID_TEXT + 1];

	uuid_format(&hook->id, id);
	hook->position = m->position + 1;
	hook->failing_since = 0;
	hook->active = false;
	const struct state_row rows[] = {
		{ hook_state_key(arena, hook), hook_state_value(arena, hook) },
		{ span_str(arena_printf(arena, "webhook/%s/dead/%.*s", id, SPAN_ARGS(m->id))),
			m->body },
	};
	const struct command command = { .type = COMMAND_MODIFY,
		.tenant = hook->tenant,
		.kind = KIND_WEBHOOK,
		.id = hook->id,
		.mods = &mod,
		.mod_count = 1,
		.states = rows,
		.state_count = 2 };
	core_run(w->core, &w->actor, &command, &outcome);
	metric_add(METRIC_WEBHOOK_DEAD, 1);
	log_event(LOG_LEVEL_ERROR, "webhook.disabled", L_STR("webhook", id),
		L_SPAN("message", m->id), L_STR("type", m->type), L_STR("reason", m->call.reason));
	arena_free(arena);
}

static void failed(struct webhooks *w, struct hook *hook, const struct message *m)
{
	int64_t now = clock_wall();
	uint16_t random;

	metric_add(METRIC_WEBHOOK_FAILED, 1);
	if (refusal_is(m->call.status))
		refusal_open(w->core, &w->actor, m);
	hook->tried = now;
	hook->failed = now;
	hook->status = m->call.status;
	memcpy(hook->reason, m->call.reason, sizeof hook->reason);
	hook->dirty = true;
	if (hook->failing_since == 0)
		hook->failing_since = now;
	if (m->call.status == GONE || now - hook->failing_since > GIVE_UP) {
		give_up(w, hook, m);
		return;
	}
	secret_random(&random, sizeof random);
	int64_t delay = retry_delay(hook->attempts++, random);
	hook->next_try = clock_monotonic() + delay;
	log_event(LOG_LEVEL_WARNING, "webhook.failed", L_INT("tenant", hook->tenant),
		L_SPAN("message", m->id), L_STR("type", m->type), L_INT("status", m->call.status),
		L_STR("reason", m->call.reason), L_INT("again_ms", delay / 1000));
}

static void take_outcomes(struct webhooks *w, struct message *done, bool stopping)
{
	while (done) {
		struct message *m = done;
		struct hook *hook = m->hook;

		done = m->next;
		hook->under_way = false;
		if (m->call.status >= 200 && m->call.status < 300)
			delivered(w, hook, m);
		else if (!stopping && !hook->gone)
			failed(w, hook, m);
		message_free(m);
	}
}

/* ---- sending ---- */

/* Sends the hook's next message; true when its journal may hold more that was not looked at. */
static bool advance(struct webhooks *w, struct hook *hook)
{
	unsigned budget = EXAMINED_AT_ONCE;
	struct tenant_info tenant;
	struct why why = { 0 };

	if (!view_tenant_number(w->view, hook->tenant, &tenant)) {
		hook->gone = view_error(w->view, NULL) == OK;
		return false;
	}
	/* What a suspended company is not told waits for it; its return is a commit that wakes us.
	 */
	if (!tenant.active) {
		hook->next_try = 0;
		return false;
	}
	struct message *m = message_next(w, w->view, &tenant, hook, &budget);
	if (!m)
		return budget == 0;
	if (message_post(w->client, m, &why) != OK) {
		hook->next_try = clock_monotonic() + SECOND;
		message_free(m);
		return false;
	}
	hook->under_way = true;
	return false;
}

static bool is_due(const struct hook *hook, int64_t now)
{
	return hook->active && !hook->gone && !hook->under_way && hook->next_try <= now;
}

static bool advance_all(struct webhooks *w)
{
	int64_t now = clock_monotonic();
	bool more = false;

	for (struct hook *h = w->hooks; h; h = h->next)
		if (is_due(h, now))
			more |= advance(w, h);
	return more;
}

/* ---- the thread ---- */

static void read_changed(struct webhooks *w, const uint64_t *changed, size_t words)
{
	for (size_t word = 0; word < words; word++)
		for (uint64_t bits = changed[word]; bits; bits &= bits - 1)
			read_hooks(w, (uint32_t)(word * 64 + (size_t)__builtin_ctzll(bits)));
}

/* One look at everything, on one snapshot; true when there is more to look at right away. */
static bool turn(struct webhooks *w, struct message *done, const uint64_t *changed, size_t words,
	bool stopping)
{
	struct why why = { 0 };
	bool more = false;

	take_outcomes(w, done, stopping);
	if (!stopping && view_begin(w->view, &why) == OK) {
		read_changed(w, changed, words);
		more = advance_all(w);
		view_end(w->view);
	}
	if (why.err != OK)
		log_event(LOG_LEVEL_ERROR, "webhook.read", L_WHY(&why));
	drop_gone(w);
	return more;
}

static int64_t next_due(const struct webhooks *w)
{
	int64_t due = clock_monotonic() + 60 * SECOND;

	for (const struct hook *h = w->hooks; h; h = h->next) {
		if (h->active && !h->under_way && h->next_try != 0 && h->next_try < due)
			due = h->next_try;
		if (h->dirty && w->saved + SAVE_EVERY < due)
			due = w->saved + SAVE_EVERY;
	}
	return due;
}

static void wait_until(struct webhooks *w, int64_t due)
{
	const struct timespec until = { .tv_sec = due / SECOND, .tv_nsec = due % SECOND * 1000 };

	while (!w->any_changed && !w->done && !w->stopping)
		if (pthread_cond_timedwait(&w->wake, &w->lock, &until) != 0)
			return;
}

static void save_if_due(struct webhooks *w)
{
	bool dirty = false;

	for (const struct hook *h = w->hooks; h; h = h->next)
		dirty |= h->dirty;
	if (dirty && clock_monotonic() - w->saved >= SAVE_EVERY)
		save_cursors(w);
}

static void *webhooks_run(void *arg)
{
	struct webhooks *w = arg;
	uint64_t *changed = NULL;
	bool more = false, stopping = false;

	while (!stopping) {
		pthread_mutex_lock(&w->lock);
		if (!more)
			wait_until(w, next_due(w));
		size_t words = w->any_changed ? w->changed_words : 0;
		if (words > 0) {
			changed = heap_grow(changed, words * sizeof *changed);
			memcpy(changed, w->changed, words * sizeof *changed);
			memset(w->changed, 0, words * sizeof *changed);
		}
		struct message *done = w->done;
		w->done = NULL;
		w->any_changed = false;
		stopping = w->stopping;
		pthread_mutex_unlock(&w->lock);
		more = turn(w, done, changed, words, stopping);
		save_if_due(w);
	}
	free(changed);
	return NULL;
}

static void mark_all(struct webhooks *w)
{
	struct tenant_info tenant;

	for (uint32_t least = 1; view_next_tenant(w->view, least, &tenant);
		least = tenant.number + 1)
		mark_changed(w, tenant.number);
}

static enum err open_all(struct webhooks *w, const struct webhook_options *options, struct why *why)
{
	const struct client_options client = { options->ca_file, options->allow_local };

	enum err err = view_open(w->core, &w->view, why);
	if (err == OK)
		err = view_begin(w->view, why);
	if (err == OK) {
		mark_all(w);
		view_end(w->view);
		err = client_start(&client, &w->client, why);
	}
	return err;
}

static void webhooks_free(struct webhooks *w)
{
	while (w->hooks) {
		struct hook *hook = w->hooks;

		w->hooks = hook->next;
		hook_free(hook);
	}
	if (w->view)
		view_close(w->view);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w->changed);
	free(w);
}

enum err webhook_start(struct core *core, const struct webhook_options *options,
	struct webhooks **result, struct why *why)
{
	struct webhooks *w = heap_zalloc(sizeof *w);
	pthread_condattr_t monotonic;

	w->core = core;
	actor_system(&w->actor, CHANNEL_INTERNAL);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	enum err err = open_all(w, options, why);
	if (err == OK && pthread_create(&w->thread, NULL, webhooks_run, w) != 0) {
		client_stop(w->client);
		err = fail(why, ERR_INTERNAL, NULL, "the webhooks' thread does not start");
	}
	if (err != OK) {
		webhooks_free(w);
		return err;
	}
	core_watch(core, committed, w);
	*result = w;
	return OK;
}

void webhook_stop(struct webhooks *w)
{
	if (!w)
		return;
	core_unwatch(w->core, w);
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	client_stop(w->client);
	take_outcomes(w, w->done, true);
	save_cursors(w);
	webhooks_free(w);
}
