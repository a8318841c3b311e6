#include "base/clock.h"
#include "base/log.h"
#include "daemon/daemon.h"
#include "in/admin/admin.h"
#include "in/api/api.h"
#include "in/ctl/ctl.h"
#include "in/ldap/ldap.h"
#include "in/scim/scim.h"
#include "in/status/status.h"
#include "in/sync/sync.h"
#include "in/web/web.h"
#include "out/mail/mail.h"
#include "out/webhook/webhook.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SYNC_VIEWS 64 /* a directory's job reads by a view of its own */
#define SPARE_VIEWS 16

struct doors {
	struct sync *sync;
	pthread_mutex_t lock; /* of `sync` against the status listener, which outlives it */
	struct mailer *mailer;
	struct arena *mail_arena; /* of the mail server's password */
	struct webhooks *webhooks;
	struct ldap_door *ldap;
	struct api *api;
	struct scim_door *scim;
	struct status_door *status;
	struct ctl *ctl;
	struct admin admin;
	struct scim_options scim_options;
	struct admin_door told[5]; /* what status tells of */
};

/* The address as configured, with the port that it came to. */
static void tell(struct doors *doors, const char *name, const char *listen, unsigned port)
{
	struct admin_door *door = &doors->told[doors->admin.door_count++];
	const char *colon = strrchr(listen, ':');

	door->name = name;
	snprintf(door->address, sizeof door->address, "%.*s:%u",
		colon ? (int)(colon - listen) : (int)strlen(listen), listen, port);
	log_event(LOG_LEVEL_INFO, "daemon.listening", L_STR("door", name),
		L_STR("address", door->address));
}

/* Those in force: after the start and after each reload. */
static void tell_certificates(struct doors *doors)
{
	int64_t ldap = doors->ldap ? ldap_door_certificate_end(doors->ldap) : 0;
	int64_t https = doors->scim ? scim_certificate_end(doors->scim) : 0;

	for (size_t i = 0; i < doors->admin.door_count; i++) {
		struct admin_door *door = &doors->told[i];
		if (strncmp(door->name, "ldap", 4) == 0)
			atomic_store(&door->certificate_ends, ldap);
		else if (strcmp(door->name, "https") == 0)
			atomic_store(&door->certificate_ends, https);
	}
}

static struct scim_options scim_options(const struct daemon *daemon)
{
	const struct config *config = daemon->config;

	return (struct scim_options){
		.core = daemon->core,
		.listen = config->http.listen,
		.tls_listen = config->http.tls_listen,
		.certificate_file = config->tls.certificate_file,
		.key_file = config->tls.key_file,
		.base_url = config->http.base_url,
		.threads = config->threads.http,
		.test_resource = config->scim.test_resource,
	};
}

static void prepare_admin(struct daemon *daemon, struct doors *doors)
{
	doors->scim_options = scim_options(daemon);
	doors->admin = (struct admin){
		.core = daemon->core,
		.sync = doors->sync,
		.scim = &doors->scim_options,
		.allow_local = daemon->config->webhook.allow_local,
		.data = daemon->config->data,
		.suffix = daemon->config->suffix,
		.version = MUSTER_VERSION,
		.doors = doors->told,
		.reload = life_reload,
		.arg = daemon,
	};
}

static enum err open_sync(struct daemon *daemon, struct doors *doors, struct why *why)
{
	const struct config *config = daemon->config;
	const struct sync_options options = {
		.program = config->sync.program,
		.data = config->data,
		.allow_loopback = config->sync.allow_loopback,
		.full_compare = config->sync.full_compare_hours * 3600 * SECOND,
		.quarantine_after = config->sync.quarantine_after_seconds * SECOND,
		.quarantine_apart = config->sync.quarantine_try_seconds * SECOND,
		.quarantine_off = config->sync.quarantine_off_seconds * SECOND,
	};

	enum err err = sync_start(daemon->core, &options, &doors->sync, why);
	prepare_admin(daemon, doors);
	return err;
}

static enum err open_webhooks(struct daemon *daemon, struct doors *doors, struct why *why)
{
	const struct webhook_options options = {
		.ca_file = daemon->config->webhook.ca_file,
		.allow_local = daemon->config->webhook.allow_local,
	};

	return webhook_start(daemon->core, &options, &doors->webhooks, why);
}

static enum err open_mail(struct daemon *daemon, struct doors *doors, struct why *why)
{
	const struct config_mail *mail = &daemon->config->mail;
	struct smtp_options options = { .url = mail->url,
		.from = mail->from,
		.ca_file = mail->ca_file,
		.user = mail->user,
		.plain = mail->allow_plain };
	struct span password = SPAN_NONE;
	enum err err = OK;

	if (!mail->url)
		return OK;
	doors->mail_arena = arena_new();
	if (mail->password_file)
		err = secret_file_read(doors->mail_arena, mail->password_file, &password, why);
	if (err == OK && password.len > 0)
		options.password = arena_string(doors->mail_arena, password);
	return err == OK ? mail_start(daemon->core, &options, &doors->mailer, why) : err;
}

static struct ldap_door_options ldap_options(
	const struct config *config, struct core *core, const char *addresses[4])
{
	addresses[0] = config->ldap.listen;
	addresses[2] = config->ldap.tls_listen;
	return (struct ldap_door_options){
		.core = core,
		.suffix = config->suffix,
		.plain = addresses,
		.secure = addresses + 2,
		.certificate = config->tls.certificate_file,
		.key = config->tls.key_file,
		.client_ca = config->ldap.client_ca_file,
		.loops = config->threads.ldap,
		.limits = config->ldap.limits,
	};
}

static enum err open_ldap(struct daemon *daemon, struct doors *doors, struct why *why)
{
	const struct config *config = daemon->config;
	const char *addresses[4] = { NULL };
	const struct ldap_door_options options = ldap_options(config, daemon->core, addresses);

	if (!config->ldap.listen && !config->ldap.tls_listen)
		return OK;
	enum err err = ldap_door_start(&options, &doors->ldap, why);
	if (err != OK)
		return err;
	if (config->ldap.listen)
		tell(doors, "ldap", config->ldap.listen,
			(unsigned)ldap_door_port(doors->ldap, 0, 0));
	if (config->ldap.tls_listen)
		tell(doors, "ldaps", config->ldap.tls_listen,
			(unsigned)ldap_door_port(doors->ldap, 1, 0));
	return OK;
}

static enum err open_api(struct daemon *daemon, struct doors *doors, struct why *why)
{
	const struct config *config = daemon->config;

	if (!config->http.listen && !config->http.tls_listen)
		return OK;
	return api_start(&doors->admin, &doors->api, why);
}

static enum err open_http(struct daemon *daemon, struct doors *doors, struct why *why)
{
	const struct config *config = daemon->config;
	struct scim_options options = doors->scim_options;

	if (!config->http.listen && !config->http.tls_listen)
		return OK;
	if (doors->api)
		options.beside[0] = api_site(doors->api);
	options.beside[1] = web_site();
	enum err err = scim_start(&options, &doors->scim, why);
	if (err != OK)
		return err;
	if (config->http.listen)
		tell(doors, "http", config->http.listen, scim_port(doors->scim, false));
	if (config->http.tls_listen)
		tell(doors, "https", config->http.tls_listen, scim_port(doors->scim, true));
	return OK;
}

static void put_sync_figures(void *arg, struct buffer *out)
{
	struct doors *doors = arg;

	pthread_mutex_lock(&doors->lock);
	if (doors->sync)
		sync_put_figures(doors->sync, out);
	pthread_mutex_unlock(&doors->lock);
}

static void put_sync_lines(void *arg, struct buffer *out)
{
	struct doors *doors = arg;

	pthread_mutex_lock(&doors->lock);
	if (doors->sync)
		sync_put_lines(doors->sync, out);
	pthread_mutex_unlock(&doors->lock);
}

static enum err open_status(struct daemon *daemon, struct doors *doors, struct why *why)
{
	const char *listen = daemon->config->status.listen;

	if (!listen)
		return OK;
	const struct status_more more = { put_sync_figures, put_sync_lines, doors };
	enum err err = status_start(daemon->core, listen, &more, &doors->status, why);
	if (err == OK)
		tell(doors, "status", listen, status_port(doors->status));
	return err;
}

static enum err open_ctl(struct daemon *daemon, struct doors *doors, struct why *why)
{
	const struct ctl_options options = {
		.socket = daemon->config->ctl.socket,
		.admin = &doors->admin,
	};

	return ctl_start(&options, &doors->ctl, why);
}

enum err doors_open(struct daemon *daemon, struct why *why)
{
	static enum err (*const openers[])(
		struct daemon * daemon, struct doors * doors, struct why * why) = {
		open_sync,
		open_webhooks,
		open_mail,
		open_ldap,
		open_api,
		open_http,
		open_status,
		open_ctl,
	};
	struct doors *doors = heap_zalloc(sizeof *doors);
	enum err err = OK;

	pthread_mutex_init(&doors->lock, NULL);
	daemon->doors = doors;
	for (size_t i = 0; err == OK && i < sizeof openers / sizeof *openers; i++)
		err = openers[i](daemon, doors, why);
	if (err != OK) {
		doors_close(doors, 0);
		daemon->doors = NULL;
	} else {
		tell_certificates(doors);
	}
	return err;
}

/* Those that hear stop before those that tell, so that what was acknowledged is told as far as
 * there is time; the rest is told after the next start. */
void doors_close(struct doors *doors, int seconds)
{
	int64_t deadline = clock_monotonic() + seconds * SECOND;

	if (!doors)
		return;
	if (doors->status)
		status_drain(doors->status);
	if (doors->sync)
		sync_interrupt(doors->sync);
	if (doors->ctl)
		ctl_stop(doors->ctl);
	if (doors->ldap)
		ldap_door_stop(doors->ldap, seconds / 2);
	int64_t left = deadline - clock_monotonic();
	if (doors->scim)
		scim_stop(doors->scim, left > 0 ? left : 0);
	api_stop(doors->api);
	pthread_mutex_lock(&doors->lock);
	struct sync *sync = doors->sync;
	doors->sync = NULL;
	pthread_mutex_unlock(&doors->lock);
	if (sync)
		sync_stop(sync);
	webhook_stop(doors->webhooks);
	mail_stop(doors->mailer);
	arena_free(doors->mail_arena);
	if (doors->status)
		status_stop(doors->status);
	pthread_mutex_destroy(&doors->lock);
	free(doors);
}

enum err doors_reload(struct doors *doors, const struct config *config, struct why *why)
{
	enum err err = doors->ldap ? ldap_door_reload(doors->ldap, &config->ldap.limits, why) : OK;

	if (err == OK && doors->scim)
		err = scim_reload_certificate(doors->scim, why);
	tell_certificates(doors);
	return err;
}

unsigned doors_readers(const struct config *config)
{
	const char *addresses[4] = { NULL };
	const struct ldap_door_options ldap = ldap_options(config, NULL, addresses);
	unsigned http = config->threads.http ? config->threads.http
					     : (unsigned)sysconf(_SC_NPROCESSORS_ONLN);

	/* Two listeners, and each of their threads reads for two doors. Whoever administers may run
	 * a request of the provisioning log again, which reads for itself. */
	return ldap_door_loops(&ldap) + 4 * http + 2 * (API_VIEWS + CTL_CONNECTIONS) + SYNC_VIEWS +
	       SPARE_VIEWS;
}
