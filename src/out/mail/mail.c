#include "out/mail/mail.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "core/notice.h"
#include "out/mail/letter.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define GIVE_UP (72 * 3600 * SECOND)
#define FIRST_WAIT (60 * SECOND)
#define LONGEST_WAIT (6 * 3600 * SECOND)
#define LOOK_EVERY 5 /* seconds: a notice is a state row, of which no commit tells */

struct mailer {
	struct core *core;
	struct smtp_options options;
	struct view *view;
	struct arena *arena; /* of one look */
	struct actor actor;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping; /* under the lock */
};

/* One that waits, copied into the arena. */
struct waiting {
	struct waiting *next;
	uint32_t tenant, directory;
	struct notice notice;
	struct smtp_message message;
};

/* ---- to whom ---- */

static void add_recipient(struct mailer *m, struct smtp_message *message, struct span address)
{
	size_t count = 0;

	while (message->to[count])
		count++;
	if (count < SMTP_RECIPIENTS_MAX && letter_is_address(address))
		message->to[count] = arena_string(m->arena, address);
}

static void find_recipients(
	struct mailer *m, const struct record *directory, struct smtp_message *message)
{
	struct record settings;

	for (size_t i = record_find(directory, ATTR_CONTACT); i < directory->count; i++) {
		struct value contact = record_row(directory, i);
		if (contact.attr != ATTR_CONTACT)
			break;
		add_recipient(m, message, contact.octets);
	}
	if (!message->to[0] && view_settings(m->view, directory->tenant, &settings))
		add_recipient(m, message, record_first(&settings, ATTR_SUPPORT_CONTACT));
}

/* ---- what waits ---- */

static void take(struct mailer *m, const struct record *directory, struct waiting **list)
{
	struct notice notice;
	struct span value;

	if (!view_state(
		    m->view, directory->tenant, notice_key(m->arena, directory->number), &value) ||
		!notice_read(value, &notice))
		return;
	if (notice.next_try > clock_wall())
		return;
	struct waiting *waiting = arena_zalloc(m->arena, sizeof *waiting);
	waiting->tenant = directory->tenant;
	waiting->directory = directory->number;
	waiting->notice = notice;
	waiting->notice.subject = arena_copy(m->arena, notice.subject);
	waiting->notice.text = arena_copy(m->arena, notice.text);
	find_recipients(m, directory, &waiting->message);
	waiting->next = *list;
	*list = waiting;
}

static void look_at_tenant(struct mailer *m, uint32_t tenant, struct waiting **list)
{
	struct search_spec spec = {
		.actor = &m->actor, .tenant = tenant, .kinds = 1u << KIND_DIRECTORY
	};
	unsigned budget = UINT32_MAX;
	struct search *search;
	struct record record;

	if (view_count(m->view, tenant, KIND_DIRECTORY) == 0 ||
		search_open(m->view, m->arena, &spec, &search, NULL) != OK)
		return;
	while (search_next(search, &budget, &record) == STEP_FOUND)
		take(m, &record, list);
	search_close(search);
}

static struct waiting *look(struct mailer *m)
{
	struct waiting *list = NULL;
	struct tenant_info tenant;
	struct why why = { 0 };

	if (view_begin(m->view, &why) != OK)
		return NULL;
	for (uint32_t least = 1; view_next_tenant(m->view, least, &tenant);
		least = tenant.number + 1)
		look_at_tenant(m, tenant.number, &list);
	view_end(m->view);
	return list;
}

/* ---- sending ---- */

/* A newer one may have taken its place while it was sent. */
static bool is_newest(struct mailer *m, const struct waiting *waiting)
{
	struct notice notice = { 0 };
	struct span value;

	if (view_begin(m->view, NULL) != OK)
		return false;
	bool newest = view_state(m->view, waiting->tenant, notice_key(m->arena, waiting->directory),
			      &value) &&
		      notice_read(value, &notice) && notice.created == waiting->notice.created;
	view_end(m->view);
	return newest;
}

static void keep(struct mailer *m, const struct waiting *waiting, struct span value)
{
	if (!is_newest(m, waiting))
		return;
	const struct state_row row = { notice_key(m->arena, waiting->directory), value };
	const struct command command = {
		.type = COMMAND_STATE, .tenant = waiting->tenant, .states = &row, .state_count = 1
	};
	struct outcome outcome;

	if (core_run(m->core, &m->actor, &command, &outcome) != OK)
		log_event(LOG_LEVEL_WARNING, "mail.state", L_INT("tenant", waiting->tenant),
			L_WHY(&outcome.why));
}

static void drop(struct mailer *m, const struct waiting *waiting, const char *reason)
{
	metric_add(METRIC_MAIL_DROPPED, 1);
	log_event(LOG_LEVEL_WARNING, "mail.dropped", L_INT("tenant", waiting->tenant),
		L_INT("directory", waiting->directory), L_STR("reason", reason));
	keep(m, waiting, SPAN_NONE);
}

static void put_off(struct mailer *m, struct waiting *waiting, const struct why *why)
{
	unsigned shift = waiting->notice.attempts < 9 ? waiting->notice.attempts : 9;
	int64_t wait = FIRST_WAIT << shift;

	wait = wait < LONGEST_WAIT ? wait : LONGEST_WAIT;
	waiting->notice.attempts++;
	waiting->notice.next_try = clock_wall() + wait;
	log_event(LOG_LEVEL_WARNING, "mail.failed", L_INT("tenant", waiting->tenant),
		L_INT("directory", waiting->directory), L_STR("reason", why->text));
	keep(m, waiting, notice_write(m->arena, &waiting->notice));
}

static void send_one(struct mailer *m, struct waiting *waiting)
{
	int64_t now = clock_wall();
	struct why why = { 0 };

	if (!waiting->message.to[0]) {
		drop(m, waiting, "the directory names no contact");
		return;
	}
	waiting->message.octets =
		letter_write(m->arena, &waiting->notice, m->options.from, waiting->message.to, now);
	if (smtp_send(&m->options, &waiting->message, &why) == OK) {
		metric_add(METRIC_MAIL_SENT, 1);
		keep(m, waiting, SPAN_NONE);
	} else if (now - waiting->notice.created > GIVE_UP) {
		drop(m, waiting, why.text);
	} else {
		put_off(m, waiting, &why);
	}
}

/* ---- the thread ---- */

static bool is_stopping(struct mailer *m)
{
	pthread_mutex_lock(&m->lock);
	bool stop = m->stopping;
	pthread_mutex_unlock(&m->lock);
	return stop;
}

static void rest(struct mailer *m)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += LOOK_EVERY;
	pthread_mutex_lock(&m->lock);
	if (!m->stopping)
		pthread_cond_timedwait(&m->wake, &m->lock, &until);
	pthread_mutex_unlock(&m->lock);
}

static void *run(void *arg)
{
	struct mailer *m = arg;

	while (!is_stopping(m)) {
		struct waiting *list = look(m);
		for (; list && !is_stopping(m); list = list->next)
			send_one(m, list);
		arena_reset(m->arena);
		rest(m);
	}
	return NULL;
}

static void release(struct mailer *m)
{
	if (m->view)
		view_close(m->view);
	arena_free(m->arena);
	pthread_mutex_destroy(&m->lock);
	pthread_cond_destroy(&m->wake);
	free(m);
}

enum err mail_start(struct core *core, const struct smtp_options *options, struct mailer **mailer,
	struct why *why)
{
	struct mailer *m = heap_zalloc(sizeof *m);

	m->core = core;
	m->options = *options;
	m->arena = arena_new();
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->wake, NULL);
	actor_system(&m->actor, CHANNEL_SYNC);
	enum err err = view_open(core, &m->view, why);
	if (err == OK && pthread_create(&m->thread, NULL, run, m) != 0)
		err = fail(why, ERR_UNAVAILABLE, NULL, "no thread for mail");
	if (err == OK)
		*mailer = m;
	else
		release(m);
	return err;
}

void mail_stop(struct mailer *m)
{
	if (!m)
		return;
	pthread_mutex_lock(&m->lock);
	m->stopping = true;
	pthread_cond_signal(&m->wake);
	pthread_mutex_unlock(&m->lock);
	pthread_join(m->thread, NULL);
	release(m);
}
