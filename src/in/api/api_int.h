/* Inside the API door. A call is one request: it lives in the exchange's arena from admission to
 * the answer. The serving thread admits it (key, tenant, permission), reads the body and queues it;
 * a thread of the pool runs and answers it. */
#ifndef IN_API_API_INT_H
#define IN_API_API_INT_H

#include "in/api/api.h"
#include "in/session/session.h"

#define API_FILE "text/csv"
#define API_BODY_MAX (1024 * 1024)
#define API_SIGN_IN_MAX (32 * 1024)       /* octets of the body of somebody not let in yet */
#define API_ANSWER_MAX (16 * 1024 * 1024) /* octets of one answer */
#define API_QUEUE_MAX 256                 /* calls that wait for a thread */
#define API_QUEUE_SHARE 64                /* of them of one company */
#define API_PAGE_USUAL 100
#define API_PAGE_MAX 1000
#define API_PREFIX "/api/v1/"
#define API_JSON "application/json"

struct api_route {
	enum operation operation; /* OPERATION_COUNT: the description itself */
	size_t head;              /* segments before the operation's own path */
};

struct api_pool;

struct api {
	const struct admin *admin;
	struct http_route *routes; /* and of the same place in `rows`, what it stands for */
	struct api_route *rows;
	size_t route_count;
	struct arena *arena;     /* of the routes' patterns */
	struct buffer described; /* the OpenAPI document */
	struct api_pool *pool;
	struct events *events;
};

struct api_call {
	struct api *api;
	struct http_exchange *exchange;
	const struct http_request *request;
	const struct api_route *route;
	struct arena *arena;
	struct why why;
	/* of the header; in the arena */
	struct span token, if_match, if_none_match, once;
	struct uuid id;
	struct visit visit; /* of a browser */
	struct actor actor;
	unsigned wait;         /* seconds that 429, 503 or 409 says; 0: 1, of 409 none */
	uint32_t tenant;       /* that it is about, of an operation within one */
	struct api_call *next; /* the pool's */
	struct sign_in *sign_in;
};

/* ---- a call's beginning: on a serving thread ---- */

bool api_admit(void *arg, struct http_exchange *exchange, const struct http_request *request);
void api_handle(void *arg, struct http_exchange *exchange, const struct http_request *request);
void api_refuse(void *arg, enum err err, int status, const char *text, struct buffer *body,
	const char **content_type);
void *api_thread_start(void *api);
void api_thread_end(void *api, void *view);

/* ---- browsers ---- */

/* Without a key; answers. */
void api_sign_in(struct api_call *call);
/* The session by which the call came, for the operation. */
void api_give_session(struct api_call *call, struct request *r);

/* ---- what is asked ---- */

/* The arguments out of path, query and body, as one object. */
/* The body is the file of the operation's argument that is one. */
bool api_has_file(const struct api_call *call);
enum err api_arguments(struct api_call *call, struct json **args);
/* The revision of If-Match, 0: none given, or any. */
enum err api_condition(struct api_call *call, uint64_t *revision);

/* ---- answers ---- */

/* RFC 9457, from call->why or `err` alone. */
void api_fail(struct api_call *call, enum err err);
/* What the operation wrote, in the form of its row; `out` is room for it. */
void api_answer(
	struct api_call *call, const struct request *r, struct span result, struct buffer *out);

/* ---- the pool ---- */

enum err api_pool_start(struct api *api, struct why *why);
void api_pool_stop(struct api *api);
/* ERR_BUSY when too many wait, ERR_RATE when too many of this company do. Companies take turns. */
enum err api_pool_put(struct api *api, struct api_call *call);
/* Runs the call and answers it; on a thread of the pool. */
void api_run(struct api_call *call, struct view *view, struct buffer *result, struct buffer *out);

/* ---- the description ---- */

/* OpenAPI 3.1. */
void api_describe(struct buffer *out);

#endif
