/* The SCIM door (RFC 7643, RFC 7644): /scim/v2/<tenant>/... and /scim/v2/... with the tenant taken
 * from the token. It hears HTTP, speaks commands and views of the core, and owns nothing else. */
#ifndef IN_SCIM_SCIM_H
#define IN_SCIM_SCIM_H

#include "core/core.h"
#include "net/http.h"

struct scim_door;

/* Strings stay the caller's until scim_stop. */
struct scim_options {
	struct core *core;
	const char *listen, *tls_listen; /* "127.0.0.1:8080"; either may be NULL; port 0: any */
	const char *certificate_file, *key_file; /* PEM, for tls_listen */
	const char *base_url; /* "https://id.example.com", for locations; NULL: what Host says */
	const char *const *hosts; /* names allowed in Host, NULL-ended; NULL: any */
	struct http_site beside[HTTP_SITES_MAX - 1]; /* other doors on the same listeners */
	bool test_resource; /* offers TestResource too, which is for tests */
	unsigned threads;   /* a server; 0: processors. Each opens one view of the core */
};

enum err scim_start(const struct scim_options *options, struct scim_door **door, struct why *why);
/* 0: not listening there. */
unsigned scim_port(const struct scim_door *door, bool tls);
enum err scim_reload_certificate(struct scim_door *door, struct why *why);
/* Of HTTPS, see net/http.h. */
int64_t scim_certificate_end(const struct scim_door *door);
/* Waits up to `microseconds` for requests under way; before core_close. */
void scim_stop(struct scim_door *door, int64_t microseconds);

/* A request of the provisioning log, run again as the connection that made it: the same handlers,
 * rights and rules, told to the log as a replay of that row. */
struct scim_replay {
	struct span method, target, condition, body; /* as they are in the log */
	uint32_t tenant, entrance;                   /* whose token it had */
	struct uuid source;                          /* who that was, and must still be */
	uint64_t original;                           /* row */
	bool commit;                                 /* else a dry run */
	const char *address;                         /* of whoever asks for it */
	struct arena *arena;
	/* the answer, in the arena */
	int status;
	struct span answer;
};
/* Waits; on no thread that serves. ERR_NOT_FOUND: there is nothing at its path any more. */
enum err scim_replay(
	const struct scim_options *options, struct scim_replay *replay, struct why *why);

#endif
