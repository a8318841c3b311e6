/* The configuration: one YAML file with a declared schema. Every mistake is told with file, line
 * and column, and none is passed over. */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include "base/err.h"
#include "base/log.h"
#include "in/ldap/ldap.h"

#include <stdint.h>

/* Strings are NULL where the file is silent and there is no default. A number 0 leaves the choice
 * to the daemon. */
struct config {
	char *data;
	char *suffix;
	char *seal_key_file; /* 64 hex digits; made on the first start; never in `data` */
	uint32_t quota_mib;
	char *user; /* becomes this user when started as root */
	struct config_log {
		enum log_form form;
		enum log_level level;
	} log;
	struct config_threads {
		uint16_t ldap, http, hashing;
	} threads;
	struct config_ldap {
		char *listen, *tls_listen; /* "127.0.0.1:389", "[::]:636"; port 0: any free one */
		char *client_ca_file;      /* NULL: certificates of clients say nothing */
		struct ldap_limits limits; /* each 0 or within its range */
	} ldap;
	struct config_http {
		char *listen, *tls_listen;
		char *base_url; /* as clients see it, for locations; NULL: what Host says */
	} http;
	struct config_status {
		char *listen;
	} status;
	struct config_tls {
		char *certificate_file, *key_file;
	} tls;
	struct config_ctl {
		char *socket;
	} ctl;
	struct config_sync {
		char *program;
		bool allow_loopback;
		uint32_t full_compare_hours;
		/* Of a directory that fails; 0: a day, a day, 28 days */
		uint32_t quarantine_after_seconds, quarantine_try_seconds, quarantine_off_seconds;
	} sync;
	struct config_mail {
		char *url; /* NULL: nothing is mailed */
		char *from, *ca_file, *user, *password_file;
		bool allow_plain; /* smtp without STARTTLS */
	} mail;
	struct config_webhook {
		char *ca_file;
		bool allow_local;
	} webhook;
	struct config_scim {
		bool test_resource; /* /TestResources, for tests of clients and servers */
	} scim;
	struct config_login {
		bool unthrottled; /* guessing is not slowed down */
		uint32_t failures, account_failures, network_failures;
		uint32_t window_seconds, longest_delay_seconds;
	} login;
	struct config_audit {
		char *anchor; /* NULL: in `data` */
	} audit;
};

/* ERR_CONFIG with "file:line:column: what" in `why`, also for a file that others may write. */
enum err config_load(const char *path, struct config **config, struct why *why);
void config_free(struct config *config); /* NULL is allowed */

#endif
