/* The HTTP server: libmicrohttpd behind our own strict gate (no smuggling, absolute deadlines,
 * limits), our own accept, and routes as rows. A handler runs on one of the server's threads; it
 * answers at once or keeps the exchange and answers later from any thread, while the connection is
 * suspended. */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/err.h"

struct http_server;
struct http_exchange;

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_METHOD_COUNT
};

const char *http_method_name(enum http_method method);

#define HTTP_SEGMENTS_MAX 16
#define HTTP_SITES_MAX 3

struct http_request {
	const struct http_route *route;
	enum http_method method;
	struct span segments[HTTP_SEGMENTS_MAX]; /* of the path, decoded once; the same that routing
						    saw */
	size_t segment_count;
	struct span path;         /* as sent, without the query */
	struct span query;        /* raw, behind "?", or empty */
	struct span body;         /* whole, within the route's limit */
	struct span content_type; /* lower case, without parameters; or empty */
	const char *address;      /* of the peer */
	struct arena *arena;      /* of the exchange: lives until the answer has left */
	void *thread_data;        /* what the site's thread_start returned for this thread */
};

/* Header by name without case, SPAN_NONE when absent; the gate has refused what may not come twice.
 */
struct span http_header(const struct http_exchange *exchange, const char *name);
/* Query parameter, percent-decoded and "+" as a blank; false when absent; ERR_VALUE through why for
 * bad coding or a second one. */
enum err http_parameter(const struct http_request *request, const char *name, struct span *value,
	bool *present, struct why *why);
/* The connection is encrypted up to here. */
bool http_is_tls(const struct http_exchange *exchange);
/* The bearer token of Authorization, or SPAN_NONE. */
struct span http_bearer(const struct http_exchange *exchange);
/* Whether the value of an If-None-Match or If-Match names the entity tag (with its quotes), or "*";
 * "W/" says nothing here (RFC 9110 section 8.8.3.2). */
bool http_tag_matches(struct span list, const char *tag);

typedef void (*http_handler)(
	void *arg, struct http_exchange *exchange, const struct http_request *request);

#define HTTP_PLAIN "text/plain; charset=utf-8"

struct http_route {
	enum http_method method;
	const char *pattern; /* "/scim/v2/:tenant/Users/:id"; ":" matches one segment, a last
			      * "*" one or more, which may be empty */
	http_handler handler;
	size_t body_max; /* octets; 0: no body is read */
};

/* Answers; exactly once an exchange, from any thread. `body` is copied. Location and ETag are the
 * caller's in `headers`: pairs of name and value, ended by NULL; without a Cache-Control among them
 * nothing may be kept. A HEAD sends the header only. */
void http_answer(struct http_exchange *exchange, int status, const char *content_type,
	struct span body, const char *const *headers);
/* An answer without an end: 200, in pieces. Instead of http_answer, from any thread, not to a HEAD
 * nor to a request of our own. Whoever has it writes and ends it. */
struct http_stream;
struct http_stream *http_stream_begin(struct http_exchange *exchange, const char *content_type,
	const char *const *headers, size_t most /* octets that may wait to be read */);
/* Any thread, at once. False: the reader is gone, or so slow that too much waits, and is let go of;
 * what is left is to end it. A reader that has left shows some writes later only. */
bool http_stream_write(struct http_stream *stream, struct span octets);
/* What was written still goes out. The stream is gone. Also after the server. */
void http_stream_end(struct http_stream *stream);
/* Instead of an answer from another thread: hands the exchange back to its server thread, which
 * goes on with `next`, where thread_data may be used. */
void http_resume(struct http_exchange *exchange, http_handler next);
void http_set_state(struct http_exchange *exchange, void *state);
void *http_state(struct http_exchange *exchange);

/* What one door serves on a server that it may share with another. */
struct http_site {
	const char *prefix; /* "/scim/": whose refusals are in this door's form; NULL: the others */
	const struct http_route *routes;
	size_t route_count;
	bool loose_slash; /* one slash behind a path says nothing */
	bool loose_case;  /* a path that no route is spelled like is compared without case, and
			   * its words are read as the route spells them */
	void *arg;        /* handed to the handlers */
	/* Called before a body is read, for every request that has a route; false when it has
	 * answered already, so that a stranger cannot make us keep a body. NULL: all are let in. */
	bool (*admit)(
		void *arg, struct http_exchange *exchange, const struct http_request *request);
	/* Every answer that the server makes by itself (404, 405, 413, 400) is written by this, in
	 * the door's form. */
	void (*refuse)(void *arg, enum err err, int status, const char *text, struct buffer *body,
		const char **content_type);
	void *(*thread_start)(void *arg); /* once a serving thread, lazily; e.g. opens a view */
	void (*thread_end)(void *arg, void *thread_data);
};

/* A `refuse` for doors without a form of their own: the text as a line. */
void http_refuse_plain(void *arg, enum err err, int status, const char *text, struct buffer *body,
	const char **content_type);

/* A request of our own, which no connection brought. */
struct http_ask {
	struct span method, target; /* path and query, as they would be sent */
	const struct http_ask_header {
		const char *name;
		struct span value;
	} * headers;
	size_t header_count;
	struct span content_type, body;
	const char *address;
	void *thread_data; /* what the site's thread_start would return */
	void *caller;      /* see http_caller */
	struct arena *arena;
};
struct http_answered {
	int status;
	struct span body; /* in the arena */
};
/* Runs it by the site's admission and handlers on this thread, which waits; not on one that serves.
 * An error: no handler was found. */
enum err http_run(const struct http_site *site, const struct http_ask *ask,
	struct http_answered *answered, struct why *why);
/* Who made the request of our own; NULL for one that came in. */
void *http_caller(const struct http_exchange *exchange);

struct http_options {
	const char *listen;                     /* "127.0.0.1:8080", "[::1]:8080"; port 0: any */
	const char *certificate, *key;          /* PEM files; NULL: plain */
	struct http_site sites[HTTP_SITES_MAX]; /* without routes: none */
	unsigned threads;                       /* 0: processors */
	unsigned connections;                   /* 0: LIMIT_HTTP_CONNECTIONS */
	/* Of one address not yet let in by `admit`; 0: LIMIT_HTTP_CONNECTIONS_PER_ADDRESS. Loopback
	 * counts towards the total only. */
	unsigned connections_per_address;
	const char *const *hosts; /* names allowed in Host, NULL-ended; NULL: any */
};

enum err http_start(
	const struct http_options *options, struct http_server **server, struct why *why);
unsigned http_port(const struct http_server *server);
/* Keeps the old one on failure. */
enum err http_reload_certificate(struct http_server *server, struct why *why);
/* When the certificate for handshakes to come ends, wall time; 0: there is none, or it does not
 * say. Any thread. */
int64_t http_certificate_end(const struct http_server *server);
/* Stops accepting, ends streams, waits up to `microseconds` for exchanges under way, closes. */
void http_stop(struct http_server *server, int64_t microseconds);

#endif
