#include "base/clock.h"
#include "daemon/daemon.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_SECONDS 10
#define STALLED (30 * SECOND)

static sigset_t signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	return set;
}

void life_prepare(void)
{
	const sigset_t set = signals();

	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* ---- reload ---- */

#define SETTING(field)                                                                             \
	{                                                                                          \
#field, offsetof(struct config, field)                                             \
	}

static const struct {
	const char *name;
	size_t offset;
} needs_restart[] = {
	SETTING(data),
	SETTING(suffix),
	SETTING(seal_key_file),
	SETTING(user),
	SETTING(ldap.listen),
	SETTING(ldap.tls_listen),
	SETTING(http.listen),
	SETTING(http.tls_listen),
	SETTING(http.base_url),
	SETTING(status.listen),
	SETTING(tls.certificate_file),
	SETTING(tls.key_file),
	SETTING(ctl.socket),
	SETTING(sync.program),
	SETTING(mail.url),
	SETTING(mail.from),
	SETTING(mail.ca_file),
	SETTING(mail.user),
	SETTING(mail.password_file),
	SETTING(webhook.ca_file),
	SETTING(audit.anchor),
};

static bool text_differs(const struct config *a, const struct config *b, size_t offset)
{
	const char *x = *(char *const *)((const char *)a + offset);
	const char *y = *(char *const *)((const char *)b + offset);

	return !span_equal(span_str(x), span_str(y)) || !x != !y;
}

static bool numbers_differ(const struct config *a, const struct config *b)
{
	return a->quota_mib != b->quota_mib ||
	       memcmp(&a->threads, &b->threads, sizeof a->threads) != 0 ||
	       a->sync.allow_loopback != b->sync.allow_loopback ||
	       a->sync.full_compare_hours != b->sync.full_compare_hours ||
	       a->sync.quarantine_after_seconds != b->sync.quarantine_after_seconds ||
	       a->sync.quarantine_try_seconds != b->sync.quarantine_try_seconds ||
	       a->sync.quarantine_off_seconds != b->sync.quarantine_off_seconds ||
	       a->mail.allow_plain != b->mail.allow_plain ||
	       a->webhook.allow_local != b->webhook.allow_local ||
	       a->scim.test_resource != b->scim.test_resource ||
	       memcmp(&a->login, &b->login, sizeof a->login) != 0;
}

static void name_restarts(const struct config *old, const struct config *new)
{
	for (size_t i = 0; i < sizeof needs_restart / sizeof *needs_restart; i++)
		if (text_differs(old, new, needs_restart[i].offset))
			log_event(LOG_LEVEL_WARNING, "daemon.restart_needed",
				L_STR("setting", needs_restart[i].name));
	if (numbers_differ(old, new))
		log_event(LOG_LEVEL_WARNING, "daemon.restart_needed",
			L_STR("setting", "a size, a number of threads, login or what sync and "
					 "webhooks may reach"));
}

enum err life_reload(void *arg, struct why *why)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct daemon *daemon = arg;
	struct config *config;

	pthread_mutex_lock(&lock);
	enum err err = config_load(daemon->config_path, &config, why);
	if (err == OK) {
		err = doors_reload(daemon->doors, config, why);
		if (err == OK) {
			log_setup(config->log.form, config->log.level);
			name_restarts(daemon->config, config);
		}
		config_free(config);
	}
	pthread_mutex_unlock(&lock);
	if (err == OK)
		log_event(LOG_LEVEL_INFO, "daemon.reloaded", L_STR("file", daemon->config_path));
	else
		log_event(LOG_LEVEL_ERROR, "daemon.reload_refused",
			L_STR("consequence", "all stays as it was"), L_WHY(why));
	return err;
}

/* ---- the loop ---- */

static void reload(struct daemon *daemon)
{
	struct why why = { 0 };

	notify_send("RELOADING=1");
	life_reload(daemon, &why);
	notify_send("READY=1");
}

/* Pinged only while the writer makes progress, so that the manager restarts a hung daemon. */
static void look_after(struct daemon *daemon, const struct core_figures *figures, int64_t *pinged)
{
	int64_t interval = notify_watchdog() / 2;
	int64_t now = clock_monotonic();

	core_tend(daemon->core);
	expiry_warn(daemon->core);
	if (interval > 0 && figures->writer_stalled < STALLED && now - *pinged >= interval) {
		notify_send("WATCHDOG=1");
		*pinged = now;
	}
}

int life_run(struct daemon *daemon)
{
	const struct timespec second = { .tv_sec = 1 };
	const sigset_t set = signals();
	int64_t pinged = 0;

	notify_send("READY=1");
	log_event(LOG_LEVEL_INFO, "daemon.ready", L_INT("pid", getpid()));
	for (;;) {
		struct core_figures figures;
		int number = sigtimedwait(&set, NULL, &second);

		if (number == SIGHUP)
			reload(daemon);
		if (number == SIGTERM || number == SIGINT)
			break;
		core_figures(daemon->core, &figures);
		if (figures.failed) {
			log_event(LOG_LEVEL_ERROR, "daemon.dead",
				L_STR("reason", "the store failed; starting again is needed"));
			_exit(err_row(ERR_UNAVAILABLE)->exit_status);
		}
		look_after(daemon, &figures, &pinged);
	}
	notify_send("STOPPING=1");
	log_event(LOG_LEVEL_INFO, "daemon.stopping");
	doors_close(daemon->doors, DRAIN_SECONDS);
	return EXIT_SUCCESS;
}
