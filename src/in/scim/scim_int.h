/* Inside the SCIM door. A call is one request: it lives in the exchange's arena from admission to
 * the answer, and never touches a view outside of a serving thread. */
#ifndef IN_SCIM_SCIM_INT_H
#define IN_SCIM_SCIM_INT_H

#include "in/scim/scim.h"
#include "net/http.h"
#include "wire/scim_edit.h"
#include "wire/scim_filter.h"
#include "wire/scim_resource.h"

#define SCIM_JSON "application/scim+json"
#define SCIM_ANSWER_MAX (64 * 1024 * 1024) /* octets of one answer */
#define SCIM_RETRIES 8                     /* of a change that another one overtook */

/* One of the door's two listeners. */
struct scim_server {
	struct scim_door *door;
	const char *scheme;
	struct http_server *http;
};

struct scim_door {
	struct scim_options options;
	struct scim_server plain, tls;
};

struct scim_thread {
	struct view *view; /* NULL: none could be opened, `why` says so */
	struct why why;
	struct buffer out;
	struct buffer scopes, containers; /* of one person: as JSON, as records */
	/* the last token that was found */
	uint8_t known_token[128];
	size_t known_len;
	uint64_t known_snapshot;
	int64_t known_until; /* monotonic */
	struct actor known_actor;
};

struct scim_call;
typedef void (*scim_step)(struct scim_call *call);

struct scim_call {
	struct scim_server *server;
	struct http_exchange *exchange;
	const struct http_request *request;
	struct scim_thread *thread; /* of the present turn */
	struct arena *arena;
	struct why why;
	struct actor actor;
	size_t resource; /* index of the path's segment behind the tenant, "Users" */
	const struct scim_type *type;
	struct scim_select select;
	uint8_t *location; /* "https://host/scim/v2/acme", and room for a resource behind it */
	size_t base_len;
	/* writing */
	scim_step again; /* from the start, when another change came first */
	struct json *body;
	struct scim_edit edit;
	struct uuid id;
	bool conditional; /* If-Match was given */
	unsigned tries;
	int status;
	struct hashing hashing;
	enum err hashed;
	struct command commands[2];
	struct outcome outcomes[2];
	struct batch batch;
};

/* ---- a call's beginning and end ---- */

bool scim_admit(void *arg, struct http_exchange *exchange, const struct http_request *request);
/* The call of the exchange, in this thread's turn. */
struct scim_call *scim_call_of(struct http_exchange *exchange, const struct http_request *request);
void scim_refuse(void *arg, enum err err, int status, const char *text, struct buffer *body,
	const char **content_type);
/* Answers with the error that call->why holds, or `err` alone. */
void scim_fail(struct scim_call *call, enum err err);
/* Answers with what thread->out holds. `record`: for ETag and Location; NULL: none. */
void scim_answer(struct scim_call *call, int status, const struct record *record);
void scim_answer_empty(struct scim_call *call, int status);
/* The id in the path; ERR_NOT_FOUND when it is none. */
/* Whose token it is, in the present view; again when a body came in between, which can take its
 * time.
 */
enum err scim_find_actor(struct scim_call *call);
enum err scim_path_id(struct scim_call *call, struct uuid *id);
/* "attributes" and "excludedAttributes" of the query. */
enum err scim_query_select(struct scim_call *call);

/* ---- resources ---- */

/* What the actor may see of the type: bits 1 << kind. */
uint32_t scim_visible_kinds(const struct scim_call *call);
/* The record of the id, of the call's type and visible; ERR_NOT_FOUND else. In a begun view. */
enum err scim_find(struct scim_call *call, const struct uuid *id, struct record *record);
/* The person whom a POST of `wanted` brings back, of those that delete.mode=disable has deleted: by
 * the client's own externalId, else by userName. In a begun view. */
enum err scim_find_deleted(
	struct scim_call *call, const struct entry *wanted, bool *found, struct record *record);
void scim_put_resource(struct scim_call *call, struct json_writer *w, const struct record *record);
/* The resource's URL, until the next call of this. */
#define SCIM_LOCATION_TAIL 64 /* "/Groups/" and an id */
struct span scim_location(
	struct scim_call *call, const struct scim_type *type, const struct uuid *id);
/* The resource alone into thread->out. */
enum err scim_write_resource(struct scim_call *call, const struct record *record);
/* The tag stands in the list, or the list is "*". */
bool scim_tag_matches(struct span list, uint64_t revision);

/* ---- handlers, in the order of the routes ---- */

#define SCIM_HANDLER(name)                                                                         \
	void name(void *arg, struct http_exchange *exchange, const struct http_request *request)
SCIM_HANDLER(scim_get);
SCIM_HANDLER(scim_list);
SCIM_HANDLER(scim_search);
SCIM_HANDLER(scim_create);
SCIM_HANDLER(scim_replace);
SCIM_HANDLER(scim_modify);
SCIM_HANDLER(scim_delete);
SCIM_HANDLER(scim_config);
SCIM_HANDLER(scim_documents);
SCIM_HANDLER(scim_document);
SCIM_HANDLER(scim_me);

#endif
