#include "daemon/config.h"

#include "base/arena.h"
#include "base/limits.h"
#include "daemon/config_int.h"
#include "net/listener.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT(key, type, field)                                                                     \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, field, 1, 4096)
#define GROUP(key, field, fields)                                                                  \
	CYAML_FIELD_MAPPING(key, CYAML_FLAG_OPTIONAL, struct config, field, fields)

static const cyaml_strval_t log_forms[] = { { "text", LOG_FORM_TEXT }, { "json", LOG_FORM_JSON } };
/* One more than the level, so that 0 is what the file does not say. */
static const cyaml_strval_t log_levels[] = { { "error", LOG_LEVEL_ERROR + 1 },
	{ "warning", LOG_LEVEL_WARNING + 1 }, { "info", LOG_LEVEL_INFO + 1 },
	{ "debug", LOG_LEVEL_DEBUG + 1 } };

static const cyaml_schema_field_t log_fields[] = {
	CYAML_FIELD_ENUM("form", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct config_log, form,
		log_forms, 2),
	CYAML_FIELD_ENUM("level", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct config_log, level,
		log_levels, 4),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t threads_fields[] = {
	CYAML_FIELD_UINT("ldap", CYAML_FLAG_OPTIONAL, struct config_threads, ldap),
	CYAML_FIELD_UINT("http", CYAML_FLAG_OPTIONAL, struct config_threads, http),
	CYAML_FIELD_UINT("hashing", CYAML_FLAG_OPTIONAL, struct config_threads, hashing),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t ldap_fields[] = {
	TEXT("listen", struct config_ldap, listen),
	TEXT("tls_listen", struct config_ldap, tls_listen),
	TEXT("client_ca_file", struct config_ldap, client_ca_file),
#define LDAP_LIMIT(name, usual, low, high)                                                         \
	CYAML_FIELD_UINT(#name, CYAML_FLAG_OPTIONAL, struct config_ldap, limits.name),
#include "ldap_limits.def"
#undef LDAP_LIMIT
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t http_fields[] = {
	TEXT("listen", struct config_http, listen),
	TEXT("tls_listen", struct config_http, tls_listen),
	TEXT("base_url", struct config_http, base_url),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t status_fields[] = {
	TEXT("listen", struct config_status, listen),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t tls_fields[] = {
	TEXT("certificate_file", struct config_tls, certificate_file),
	TEXT("key_file", struct config_tls, key_file),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t ctl_fields[] = {
	TEXT("socket", struct config_ctl, socket),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t sync_fields[] = {
	TEXT("program", struct config_sync, program),
	CYAML_FIELD_BOOL("allow_loopback", CYAML_FLAG_OPTIONAL, struct config_sync, allow_loopback),
	CYAML_FIELD_UINT(
		"full_compare_hours", CYAML_FLAG_OPTIONAL, struct config_sync, full_compare_hours),
	CYAML_FIELD_UINT("quarantine_after_seconds", CYAML_FLAG_OPTIONAL, struct config_sync,
		quarantine_after_seconds),
	CYAML_FIELD_UINT("quarantine_try_seconds", CYAML_FLAG_OPTIONAL, struct config_sync,
		quarantine_try_seconds),
	CYAML_FIELD_UINT("quarantine_off_seconds", CYAML_FLAG_OPTIONAL, struct config_sync,
		quarantine_off_seconds),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t mail_fields[] = {
	TEXT("url", struct config_mail, url),
	TEXT("from", struct config_mail, from),
	TEXT("ca_file", struct config_mail, ca_file),
	TEXT("user", struct config_mail, user),
	TEXT("password_file", struct config_mail, password_file),
	CYAML_FIELD_BOOL("allow_plain", CYAML_FLAG_OPTIONAL, struct config_mail, allow_plain),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t webhook_fields[] = {
	TEXT("ca_file", struct config_webhook, ca_file),
	CYAML_FIELD_BOOL("allow_local", CYAML_FLAG_OPTIONAL, struct config_webhook, allow_local),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t scim_fields[] = {
	CYAML_FIELD_BOOL("test_resource", CYAML_FLAG_OPTIONAL, struct config_scim, test_resource),
	CYAML_FIELD_END,
};
#define LOGIN_NUMBER(name) CYAML_FIELD_UINT(#name, CYAML_FLAG_OPTIONAL, struct config_login, name)
static const cyaml_schema_field_t login_fields[] = {
	CYAML_FIELD_BOOL("unthrottled", CYAML_FLAG_OPTIONAL, struct config_login, unthrottled),
	LOGIN_NUMBER(failures),
	LOGIN_NUMBER(account_failures),
	LOGIN_NUMBER(network_failures),
	LOGIN_NUMBER(window_seconds),
	LOGIN_NUMBER(longest_delay_seconds),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t audit_fields[] = {
	TEXT("anchor", struct config_audit, anchor),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t top_fields[] = {
	TEXT("data", struct config, data),
	TEXT("suffix", struct config, suffix),
	TEXT("seal_key_file", struct config, seal_key_file),
	CYAML_FIELD_UINT("quota_mib", CYAML_FLAG_OPTIONAL, struct config, quota_mib),
	TEXT("user", struct config, user),
	GROUP("log", log, log_fields),
	GROUP("threads", threads, threads_fields),
	GROUP("ldap", ldap, ldap_fields),
	GROUP("http", http, http_fields),
	GROUP("status", status, status_fields),
	GROUP("tls", tls, tls_fields),
	GROUP("ctl", ctl, ctl_fields),
	GROUP("sync", sync, sync_fields),
	GROUP("mail", mail, mail_fields),
	GROUP("webhook", webhook, webhook_fields),
	GROUP("scim", scim, scim_fields),
	GROUP("login", login, login_fields),
	GROUP("audit", audit, audit_fields),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config, top_fields),
};

struct complaint {
	char what[160]; /* the first message */
	char where[96]; /* the first line of the trace behind it */
};

__attribute__((format(printf, 3, 0))) static void take_complaint(
	cyaml_log_t level, void *arg, const char *format, va_list args)
{
	struct complaint *c = arg;
	char text[256];

	(void)level;
	vsnprintf(text, sizeof text, format, args);
	text[strcspn(text, "\n")] = '\0';
	if (!c->what[0])
		snprintf(c->what, sizeof c->what, "%.159s", text);
	else if (!c->where[0] && strstr(text, "(line: "))
		snprintf(c->where, sizeof c->where, "%.95s", strstr(text, "(line: "));
}

static cyaml_config_t cyaml_settings(struct complaint *complaint)
{
	return (cyaml_config_t){
		.log_fn = take_complaint,
		.log_ctx = complaint,
		.log_level = CYAML_LOG_ERROR,
		.mem_fn = cyaml_mem,
		.flags = CYAML_CFG_NO_ALIAS,
	};
}

static enum err refuse(const char *path, const struct complaint *c, struct why *why)
{
	unsigned line = 1, column = 1;
	const char *what = c->what;

	sscanf(c->where, "(line: %u, column: %u)", &line, &column);
	if (strncmp(what, "Load: ", 6) == 0)
		what += 6;
	return fail(why, ERR_CONFIG, NULL, "%s:%u:%u: %s", path, line, column, what);
}

static enum err check_file(const char *path, struct why *why)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return fail(why, ERR_CONFIG, NULL, "%s cannot be read: %m", path);
	if (!S_ISREG(st.st_mode))
		return fail(why, ERR_CONFIG, NULL, "%s is not a file", path);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return fail(why, ERR_CONFIG, NULL,
			"%s may be written by others than its owner: chmod go-w", path);
	return OK;
}

static void set_default(char **setting, const char *value)
{
	if (!*setting)
		*setting = heap_string(value);
}

static void set_defaults(struct config *config)
{
	set_default(&config->data, "/var/lib/muster");
	set_default(&config->suffix, "dc=muster,dc=internal");
	set_default(&config->seal_key_file, "/etc/muster/seal.key");
	set_default(&config->ctl.socket, "/run/muster/ctl.sock");
	config->log.level = config->log.level ? config->log.level - 1 : LOG_LEVEL_INFO;
	set_default(&config->sync.program, MUSTER_LIBEXEC "/muster-sync");
}

static bool is_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return strncmp(path, folder, len) == 0 && (path[len] == '/' || folder[len - 1] == '/');
}

static enum err check_addresses(const char *path, const struct config *config, struct why *why)
{
	const struct {
		const char *key, *text;
	} rows[] = {
		{ "ldap.listen", config->ldap.listen },
		{ "ldap.tls_listen", config->ldap.tls_listen },
		{ "http.listen", config->http.listen },
		{ "http.tls_listen", config->http.tls_listen },
		{ "status.listen", config->status.listen },
	};
	struct sockaddr_storage address;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].text && listen_address_parse(rows[i].text, &address, NULL) != OK)
			return fail(why, ERR_CONFIG, rows[i].key,
				"%s: %s: \"%.64s\" is no address with a port, such as "
				"127.0.0.1:389",
				path, rows[i].key, rows[i].text);
	if (config->ldap.listen &&
		listen_address_parse(config->ldap.listen, &address, NULL) == OK &&
		!listen_address_is_loopback(&address))
		return fail(why, ERR_CONFIG, "ldap.listen",
			"%s: ldap.listen: without TLS only loopback addresses are served; for "
			"others there is ldap.tls_listen",
			path);
	return OK;
}

static enum err check_files(const char *path, const struct config *config, struct why *why)
{
	const struct {
		const char *key, *file;
	} rows[] = {
		{ "tls.certificate_file", config->tls.certificate_file },
		{ "tls.key_file", config->tls.key_file },
		{ "ldap.client_ca_file", config->ldap.client_ca_file },
		{ "mail.ca_file", config->mail.ca_file },
		{ "mail.password_file", config->mail.password_file },
		{ "webhook.ca_file", config->webhook.ca_file },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].file && access(rows[i].file, R_OK) != 0)
			return fail(why, ERR_CONFIG, rows[i].key, "%s: %s: %s: %s", path,
				rows[i].key, rows[i].file, strerror(errno));
	return OK;
}

/* The longest window and delay: nobody is locked for good by a slip of the keyboard. */
#define LOGIN_FAILURES_MAX 1000000
#define LOGIN_SECONDS_MAX 86400

static enum err check_limits(const char *path, const struct config *config, struct why *why)
{
	const struct ldap_limits *limits = &config->ldap.limits;
	const struct config_login *login = &config->login;
	const struct {
		const char *key;
		uint32_t value, low, high;
	} rows[] = {
#define LDAP_LIMIT(name, usual, low, high) { "ldap." #name, limits->name, low, high },
#include "ldap_limits.def"
#undef LDAP_LIMIT
		{ "login.failures", login->failures, 1, LOGIN_FAILURES_MAX },
		{ "login.account_failures", login->account_failures, 1, LOGIN_FAILURES_MAX },
		{ "login.network_failures", login->network_failures, 1, LOGIN_FAILURES_MAX },
		{ "login.window_seconds", login->window_seconds, 1, LOGIN_SECONDS_MAX },
		{ "login.longest_delay_seconds", login->longest_delay_seconds, 1,
			LOGIN_SECONDS_MAX },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].value != 0 &&
			(rows[i].value < rows[i].low || rows[i].value > rows[i].high))
			return fail(why, ERR_CONFIG, rows[i].key,
				"%s: %s: %" PRIu32 " is not from %" PRIu32 " to %" PRIu32, path,
				rows[i].key, rows[i].value, rows[i].low, rows[i].high);
	return OK;
}

static bool is_smtp(const char *url)
{
	return strncmp(url, "smtp://", 7) == 0 || strncmp(url, "smtps://", 8) == 0;
}

static enum err check_mail(const char *path, const struct config_mail *mail, struct why *why)
{
	if (!mail->url)
		return OK;
	if (!is_smtp(mail->url) || strchr(mail->url, '@'))
		return fail(why, ERR_CONFIG, "mail.url",
			"%s: mail.url: smtp://host[:port] or smtps://host[:port]", path);
	if (!mail->from || !strchr(mail->from, '@') || strpbrk(mail->from, " <>,\r\n"))
		return fail(why, ERR_CONFIG, "mail.from",
			"%s: mail.from: the address that notices come from", path);
	if (!mail->user != !mail->password_file)
		return fail(why, ERR_CONFIG, "mail.user",
			"%s: mail needs both user and password_file, or none", path);
	if (mail->allow_plain && mail->user)
		return fail(why, ERR_CONFIG, "mail.allow_plain",
			"%s: mail.allow_plain: no password goes over a connection without TLS",
			path);
	return OK;
}

static enum err check_whole(const char *path, const struct config *config, struct why *why)
{
	if (!config->tls.certificate_file != !config->tls.key_file)
		return fail(why, ERR_CONFIG, "tls",
			"%s: tls needs both certificate_file and key_file", path);
	if ((config->ldap.tls_listen || config->http.tls_listen) && !config->tls.key_file)
		return fail(why, ERR_CONFIG, "tls",
			"%s: tls_listen needs tls.certificate_file and tls.key_file", path);
	if (config->ldap.client_ca_file && !config->tls.key_file)
		return fail(why, ERR_CONFIG, "ldap.client_ca_file",
			"%s: ldap.client_ca_file: there is no TLS without "
			"tls.certificate_file and tls.key_file",
			path);
	if (is_below(config->seal_key_file, config->data))
		return fail(why, ERR_CONFIG, "seal_key_file",
			"%s: seal_key_file must not be in the data folder: a copy of the data "
			"would hold the key to its secrets",
			path);
	enum err err = check_addresses(path, config, why);
	if (err == OK)
		err = check_mail(path, &config->mail, why);
	if (err == OK)
		err = check_limits(path, config, why);
	return err ? err : check_files(path, config, why);
}

enum err config_load(const char *path, struct config **result, struct why *why)
{
	struct complaint complaint = { 0 };
	const cyaml_config_t settings = cyaml_settings(&complaint);
	struct config *config = NULL;

	enum err err = check_file(path, why);
	if (err == OK)
		err = config_scan(path, &schema, why);
	if (err != OK)
		return err;
	if (cyaml_load_file(path, &settings, &schema, (cyaml_data_t **)&config, NULL) != CYAML_OK)
		return refuse(path, &complaint, why);
	set_defaults(config);
	err = check_whole(path, config, why);
	if (err == OK)
		*result = config;
	else
		config_free(config);
	return err;
}

void config_free(struct config *config)
{
	struct complaint complaint = { 0 };
	const cyaml_config_t settings = cyaml_settings(&complaint);

	cyaml_free(&settings, &schema, config, 0);
}
