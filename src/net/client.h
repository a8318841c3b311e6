/* The HTTP client: posts to URLs that others chose, on one thread of its own. No redirects, no
 * proxy, certificates verified, every address checked at connect, an absolute deadline, and little
 * of the answer read. */
#ifndef NET_CLIENT_H
#define NET_CLIENT_H

#include "base/err.h"
#include "base/span.h"

struct client;

struct client_options {
	const char *ca_file; /* PEM; NULL: the system's authorities */
	bool allow_local;    /* see net/address.h */
};

/* The memory of a call, its URL and its body lives until `done`. */
struct client_call {
	const char *url;
	const char *const *headers; /* "Name: value" lines, ended by NULL */
	struct span body;
	int64_t deadline;                       /* microseconds for all of it; 0: 10 s */
	void (*done)(struct client_call *call); /* on the client's thread: hand on, do not work */
	void *arg;
	int status;               /* result: of the answer, 0 when there was none */
	char reason[160];         /* result: why there was none; no header, no body */
	struct client_call *next; /* the client's */
};

enum err client_start(
	const struct client_options *options, struct client **client, struct why *why);
/* Any thread. ERR_BUSY beyond 1024 calls under way, ERR_UNAVAILABLE while stopping; `done` is then
 * not called. */
enum err client_post(struct client *client, struct client_call *call, struct why *why);
/* Ends what is under way; each call's `done` comes, with status 0, before this returns. */
void client_stop(struct client *client);

#endif
