/* Inside the HTTP server. A slot is one connection, indexed by its descriptor: taken by the accept
 * thread, used by the libmicrohttpd thread that serves it, watched by the accept thread's sweep. An
 * exchange is one request; the server holds it until the answer has left, the handler until it
 * answers. */
#ifndef NET_HTTP_INT_H
#define NET_HTTP_INT_H

#include "base/clock.h"
#include "base/limits.h"
#include "net/admission.h"
#include "net/http.h"
#include "net/listener.h"

#include <gnutls/abstract.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#define HTTP_HEAD_TIME (10 * SECOND)
#define HTTP_IDLE_TIME (75 * SECOND)
#define HTTP_BODY_TIME (30 * SECOND)
#define HTTP_OCTETS_A_SECOND (64 * KIB) /* the slowest peer that a body or an answer waits for */

struct http_tls;

/* ---- a connection ---- */

struct http_slot {
	bool taken;                /* under the server's lock, as is `served` */
	bool served;               /* libmicrohttpd has it, the descriptor is ours to shut down */
	_Atomic int64_t deadline;  /* monotonic; INT64_MAX: none */
	_Atomic bool idle;         /* between an answer and the next request's first octet */
	_Atomic bool served_since; /* a request was answered since the sweep looked last */
	uint64_t received;         /* of the sweep: octets when it became idle */
	bool counted;              /* of the sweep: `received` is known */
	struct seat seat;          /* in the server's admission */
	char address[ADDRESS_TEXT_MAX];
	struct http_exchange *_Atomic exchange;
};

struct http_arrival;

struct http_thread {
	struct http_server *server; /* NULL: not started */
	struct MHD_Daemon *daemon;
	pthread_t thread;
	bool running;
	atomic_bool stopping;
	int events;        /* the daemon's epoll descriptor */
	int wake;          /* eventfd: connections arrived, one goes on, or it shall stop */
	atomic_bool woken; /* `wake` is written and not yet read */
	pthread_mutex_t lock;
	struct http_arrival *arrivals, **arrivals_end; /* under the lock */
	bool started[HTTP_SITES_MAX];                  /* thread_start was called */
	void *data[HTTP_SITES_MAX];
	struct http_exchange *spare; /* for reuse; this thread's alone */
	unsigned spares;
};

/* ---- routes ---- */

struct http_pattern {
	const struct http_route *route;
	unsigned site;
	struct span segments[HTTP_SEGMENTS_MAX];
	size_t count;
	bool has_rest; /* the last segment is "*" */
};

struct http_server {
	struct http_options options;
	struct http_pattern *patterns;
	size_t pattern_count;
	struct http_thread *threads;
	unsigned thread_count, next_thread;
	struct loop *loop;
	struct listener *listener;
	bool accepting;
	struct admission *admission;
	pthread_mutex_t lock; /* of the slots */
	struct http_slot *slots;
	size_t slot_count, highest; /* highest: one behind the highest slot in use */
	atomic_uint busy;           /* exchanges that a handler has, and resumptions under way */
	atomic_bool draining;
	struct http_tls *tls;
};

/* ---- serving threads ---- */

bool http_thread_start(struct http_server *server, struct http_thread *thread);
/* Nothing is suspended any more. Also for one that did not start, or was never tried. */
void http_thread_end(struct http_thread *thread);
/* Hands over an accepted descriptor whose slot is taken. From the accept thread. */
void http_thread_give(struct http_thread *thread, int fd, const struct sockaddr_storage *peer);

/* The suspended connection goes on at the thread's next turn. Any thread. */
void http_thread_resume(struct http_thread *thread, struct MHD_Connection *connection);

/* A reason to refuse; status 0: none. */
struct http_refusal {
	enum err err;
	int status;
	const char *text;
};

#define HTTP_REFUSE(error, code, why) ((struct http_refusal){ (error), (code), (why) })
#define HTTP_PASS ((struct http_refusal){ OK, 0, NULL })

/* Splits and decodes the path into the request's segments. */
struct http_refusal http_split_path(struct http_request *request);
/* One empty last segment, where the site is loose about it: before routing and all else. */
void http_drop_slash(const struct http_server *server, struct http_request *request);
/* The method by its name; false when we have none of that name. */
bool http_method_parse(const char *name, enum http_method *method);
void http_patterns_compile(struct http_server *server);
/* The row for the request; NULL with *allowed (bits 1 << method) for another method, 0: no such
 * path. HEAD falls back to GET. Where the site is loose about case, the request's segments are
 * spelled as the row's afterwards. */
const struct http_pattern *http_route_find(
	const struct http_server *server, struct http_request *request, unsigned *allowed);
/* Whose form a refusal has that no route was found for. */
const struct http_site *http_site_of(const struct http_server *server, struct span path);
/* "GET, HEAD, POST" for the bits. */
const char *http_allow(struct arena *arena, unsigned allowed);

/* ---- the gate ---- */

struct http_head {
	struct span host, content_type, content_length, transfer_encoding, content_encoding,
		authorization, dry_run, cookie, origin, fetch_site, csrf;
	unsigned hosts, content_types, content_lengths, transfer_encodings, content_encodings,
		authorizations, dry_runs, cookies, origins, fetch_sites, csrfs;
	bool malformed;
	uint64_t length; /* declared octets of the body */
	bool chunked;
};

void http_head_take(struct http_head *head, struct span name, struct span value);
struct http_refusal http_head_check(
	struct http_head *head, const char *version, const char *const *hosts);

/* ---- an exchange ---- */

enum http_turn { TURN_RUNNING, TURN_SUSPENDED, TURN_READY };

struct http_local;

struct http_exchange {
	struct http_local
		*local; /* a request of our own: what follows but the request is not set */
	struct http_thread *thread;
	struct http_slot *slot;
	struct MHD_Connection *connection;
	struct http_request request;
	struct http_head head;
	/* where the next octet of the head must lie that libmicrohttpd has not told of; only
	 * compared */
	const uint8_t *head_at;
	struct buffer body;
	uint64_t body_seen; /* octets, those past the limit included */
	const struct http_route *route;
	unsigned site; /* of the route */
	bool opened;   /* the head has passed or been refused */
	bool close;    /* the connection ends with this answer */
	bool busy;     /* counted in the server's busy */
	void *state;
	http_handler next;
	int status;
	struct MHD_Response *_Atomic response;
	_Atomic enum http_turn turn;
	atomic_int holders;
	struct http_stream *_Atomic stream; /* that answers it, or NULL */
	struct http_exchange *spare;
};

void *http_exchange_begin(void *thread, const char *uri, struct MHD_Connection *connection);
enum MHD_Result http_exchange_go(void *thread, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *len, void **exchange);
void http_exchange_end(void *thread, struct MHD_Connection *connection, void **exchange,
	enum MHD_RequestTerminationCode how);
/* It must go on within so many microseconds from now; INT64_MAX: it may wait. */
void http_exchange_due(struct http_exchange *exchange, int64_t in);
/* One holder less. Only the serving thread may keep it for reuse. */
void http_exchange_release(struct http_exchange *exchange, bool on_thread);
void http_exchange_free(struct http_exchange *exchange);

/* ---- answers ---- */

/* Gives the exchange its answer, which is the exchange's from now on. */
void http_exchange_respond(struct http_exchange *exchange, int status,
	struct MHD_Response *response, const char *content_type, const char *const *headers);
/* The answer that it was given goes out. */
enum MHD_Result http_exchange_send(struct http_exchange *exchange, struct MHD_Response *response);
/* Refuses it in the form of the site that its path belongs to; `allow` may be NULL. */
enum MHD_Result http_exchange_refuse(
	struct http_exchange *exchange, struct http_refusal why, const char *allow);
/* The handler is waited for no longer: answers 503 in its place. */
void http_exchange_abandon(struct http_exchange *exchange);
/* The connection is about to go. */
void http_stream_leave(struct http_stream *stream);
/* The server ends. */
void http_stream_stop(struct http_stream *stream);
/* Of all of them. */
void http_streams_stop(struct http_server *server);

/* ---- a request of our own ---- */

void http_local_answer(struct http_local *local, int status, struct span body);
void http_local_resume(struct http_local *local, http_handler next);
struct span http_local_header(const struct http_local *local, const char *name);

/* ---- connections ---- */

enum err http_slots_new(struct http_server *server, struct why *why);
void http_slots_free(struct http_server *server);
/* Takes the slot of a fresh connection; false when a limit is reached. */
bool http_slot_take(struct http_server *server, int fd, const struct sockaddr_storage *peer);
void http_slot_release(struct http_server *server, int fd);
struct http_slot *http_slot_of(struct http_server *server, struct MHD_Connection *connection);
void http_connection_changed(void *thread, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode what);
/* Ends what is past its deadline. */
void http_sweep(struct http_server *server, int64_t now);
void http_abandon_all(struct http_server *server);

/* ---- TLS ---- */

enum err http_tls_new(
	const char *certificate, const char *key, struct http_tls **tls, struct why *why);
enum err http_tls_reload(struct http_tls *tls, struct why *why);
void http_tls_free(struct http_tls *tls);
int64_t http_tls_end(const struct http_tls *tls);
/* The handshakes of this thread are for `tls` from now on. */
void http_tls_use(struct http_tls *tls);
/* For MHD_OPTION_HTTPS_CERT_CALLBACK. */
gnutls_certificate_retrieve_function2 http_tls_choose;

#endif
