/* Inside the SCIM door. A call is one request: it lives in the exchange's arena from admission to
 * the answer, and never touches a view outside of a serving thread. */
#ifndef IN_SCIM_SCIM_INT_H
#define IN_SCIM_SCIM_INT_H

#include "in/scim/scim.h"
#include "in/session/session.h"
#include "net/http.h"
#include "wire/scim_edit.h"
#include "wire/scim_filter.h"
#include "wire/scim_resource.h"

#define SCIM_JSON "application/scim+json"
#define SCIM_ANSWER_MAX (64 * 1024 * 1024) /* octets of one answer */
/* Of a change that others overtook: of many who change one thing at once one goes through each
 * time, so that as many may meet. A dry run does all that came before again. */
#define SCIM_RETRIES 256
#define SCIM_DRY_RETRIES 8

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

/* The last token that was found in a snapshot, and how a path spelled its tenant. */
struct scim_known {
	uint64_t snapshot;
	int64_t until; /* monotonic */
	uint8_t token[128], tenant[64];
	size_t token_len, tenant_len;
	struct actor actor;
};

struct scim_thread {
	struct view *view; /* NULL: none could be opened, `why` says so */
	struct why why;
	struct buffer out;
	struct buffer scopes, roles, containers; /* of one person: as JSON, as records */
	struct scim_known known;
};

/* What a thread writes into, of whichever thread. */
void scim_room_open(struct scim_thread *thread);
void scim_room_close(struct scim_thread *thread);

struct scim_call;
typedef void (*scim_step)(struct scim_call *call);

/* A text of a Bulk's data that names resources by their bulkId. */
struct scim_reference {
	struct span *place, original;
};

/* One change of one resource that a client asks for: a request of its own, or one of a Bulk. It
 * knows no exchange. */
struct scim_change {
	/* asked for */
	enum http_method method; /* POST, PUT, PATCH or DELETE */
	const struct scim_type *type;
	struct uuid id;    /* of POST: given here; another when somebody deleted comes back */
	struct json *body; /* none with DELETE */
	struct span if_match, if_none_match;
	/* in a Bulk */
	struct span method_text, path, bulk_id; /* as they were sent */
	struct span path_bulk_id;               /* that stands for the id */
	struct scim_reference *references;
	size_t reference_count;
	struct scim_change **targets; /* that the references and the path name */
	size_t target_count;
	/* on its way */
	struct uuid fresh; /* of POST */
	struct scim_edit edit;
	struct span hash; /* of edit.password, once it is there */
	bool conditional; /* the client named the state that it changes */
	unsigned tries;
	struct scim_unit *unit;
	struct command commands[2];
	size_t count;
	/* became; the reason is in `why` */
	bool done;
	enum err err;
	struct why why;
	int status;        /* of the answer, when it succeeded */
	uint64_t revision; /* that it has now; 0: it is gone */
	uint64_t sequence; /* of its tenant's journal; 0: nothing had to be changed */
	uint64_t audit_first, audit_last; /* the audit's rows about it; 0: none */
	struct span name; /* of what stood before; empty: nothing did, or it was not found */
	/* of a dry run */
	struct record would; /* what it would be, when `seen`; without octets: gone */
	bool seen;
	struct span shown; /* the resource as JSON */
};

/* Changes that stand and fall together: nearly always one, in a Bulk also those that refer to each
 * other in a circle. */
struct scim_unit {
	struct scim_change **changes;
	size_t count;
	bool circle, submitted, done;
	struct outcome *outcomes;
	struct batch batch;
	struct scim_call *call;
};

/* Changes under way: rounds of preparing in a view, hashing passwords, and one commit. */
struct scim_run {
	struct scim_unit *units; /* in the order in which they are done */
	size_t count;
	scim_step ended; /* on a serving thread, when all are done or the errors too many */
	bool dry;        /* nothing is kept */
	unsigned errors, errors_max; /* 0: any number */
	struct uuid request;
	size_t next;    /* the first unit that may not be done */
	size_t round;   /* where the present round ends */
	size_t hashing; /* the unit whose passwords are being hashed, and the change in it */
	size_t hashing_change;
	size_t waiting; /* batches that the writer has */
	struct batch_stop stop;
	size_t spent; /* commands of a dry run */
	struct hashing hash;
	enum err hashed;
};

struct scim_call {
	struct scim_server *server;
	struct http_exchange *exchange;
	const struct http_request *request;
	struct scim_thread *thread; /* of the present turn */
	struct arena *arena;
	struct why why;
	struct visit visit; /* of a browser */
	struct actor actor;
	int64_t began;   /* monotonic */
	enum err failed; /* of the answer */
	unsigned wait;   /* seconds that an answer of 429 or 503 says; 0: 1 */
	size_t resource; /* index of the path's segment behind the tenant, "Users" */
	const struct scim_type *type;
	struct scim_select select;
	uint8_t *location; /* "https://host/scim/v2/acme", and room for a resource behind it */
	size_t base_len;
	scim_step step; /* of the next turn */
	struct scim_run run;
	struct scim_bulk *bulk; /* NULL: the request is one change */
};

/* What the server serves, without a connection to it. */
struct http_site scim_site(struct scim_server *server);

/* ---- a call's beginning and end ---- */

bool scim_admit(void *arg, struct http_exchange *exchange, const struct http_request *request);
/* The type of resources at "Users"; NULL when there is none. */
const struct scim_type *scim_type_offered(const struct scim_door *door, struct span endpoint);
/* The call of the exchange, in this thread's turn. */
struct scim_call *scim_call_of(struct http_exchange *exchange, const struct http_request *request);
void scim_refuse(void *arg, enum err err, int status, const char *text, struct buffer *body,
	const char **content_type);
/* The call goes on with this in a turn of its serving thread. From any thread. */
void scim_resume(struct scim_call *call, scim_step next);
/* Answers with the error that call->why holds, or `err` alone. */
void scim_fail(struct scim_call *call, enum err err);
void scim_put_error(struct json_writer *w, enum err err, const struct why *why);
/* Answers with what thread->out holds. `record`: for ETag and Location; NULL: none. */
void scim_answer(struct scim_call *call, int status, const struct record *record);
/* Of 204 and 304; `revision`: for ETag, 0: none. */
void scim_answer_empty(struct scim_call *call, int status, uint64_t revision);
/* Tells the provisioning log; the id that the request has there, terminated, or NULL. */
const char *scim_log(struct scim_call *call, int status);
/* Whose token it is, in the present view; again when a body came in between, which can take its
 * time.
 */
enum err scim_find_actor(struct scim_call *call);
/* The id in the path, of /Me the person's; ERR_NOT_FOUND when it is none. */
enum err scim_path_id(struct scim_call *call, struct uuid *id);
/* The segment of the path that names the resource; none: the root. */
struct span scim_resource_word(const struct scim_call *call);
/* "attributes" and "excludedAttributes" of the query. */
enum err scim_query_select(struct scim_call *call);

/* ---- resources ---- */

/* What the actor may see of the type: bits 1 << kind. */
uint32_t scim_visible_kinds(const struct scim_call *call);
/* A built-in role is a Group for who asked to have it so; all are among the Roles. Else a group
 * that a provider pushes could meet a role of its name. */
bool scim_is_group(const struct scim_call *call, const struct record *record);
/* The record of the id, of the call's type and visible; ERR_NOT_FOUND else. In a begun view. */
enum err scim_find(struct scim_call *call, const struct uuid *id, struct record *record);
/* The person whom a POST of `wanted` brings back, of those that delete.mode=disable has deleted and
 * that the client has made inactive: by its own externalId, else by userName. In a begun view. */
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

/* Below `least` counts as `least`, above `most` as `most` (RFC 7644 section 3.4.2.4); ERR_VALUE for
 * what is no integer. */
enum err scim_take_number(struct scim_call *call, const char *name, struct span text,
	uint64_t least, uint64_t most, uint64_t *number);

/* ---- /Me ---- */

bool scim_is_me(const struct scim_call *call);
/* The User that the actor is. */
bool scim_is_own(const struct scim_call *call, const struct uuid *id);

/* ---- changes ---- */

/* Turns what is asked for into commands, none when all is so already. In a begun view. */
enum err scim_prepare(struct scim_call *call, struct scim_change *change);
/* Does what call->run holds and goes on with run.ended; call->why is of no concern then. */
void scim_run(struct scim_call *call);

/* ---- dry runs ---- */

/* Whether the query or the header asks for one. */
enum err scim_query_dry(struct scim_call *call, bool *dry);
/* batch.look: keeps what would be in the unit's changes. */
void scim_look(struct batch *batch, struct view *view);
/* What the run's earlier changes would leave of the entry; false when none of them is about it. */
bool scim_would_be(
	const struct scim_run *run, const struct uuid *id, struct record *record, bool *there);
void scim_put_dry(struct json_writer *w, const struct scim_change *change);

/* ---- Bulk ---- */

#define SCIM_BULK_ID "bulkId:"

struct scim_bulk {
	struct scim_change *changes; /* in the order of the request */
	size_t count;
	struct scim_change **named; /* those that are created, by bulkId */
	size_t named_count;
};

/* Finds the changes' references and brings them into call->run's units: what is referred to first,
 * circles together. ERR_VALUE when a bulkId stands for two. */
enum err scim_bulk_order(struct scim_call *call);
/* Puts ids in the place of what a change refers to by bulkId. ERR_CONFLICT, naming it, when that
 * was refused or is not in the request. */
enum err scim_bulk_resolve(struct scim_call *call, struct scim_change *change);
/* Takes out of the commands that create the unit's resources what refers to one another, and puts
 * it into commands behind those `count`, at most two a change: the number of these. */
size_t scim_break_circle(struct scim_call *call, const struct scim_unit *unit,
	struct command *commands, size_t count);

/* ---- handlers, in the order of the routes ---- */

#define SCIM_HANDLER(name)                                                                         \
	void name(void *arg, struct http_exchange *exchange, const struct http_request *request)
SCIM_HANDLER(scim_get);
SCIM_HANDLER(scim_list);
SCIM_HANDLER(scim_search);
SCIM_HANDLER(scim_root);
SCIM_HANDLER(scim_root_search);
SCIM_HANDLER(scim_write);
SCIM_HANDLER(scim_bulk);
SCIM_HANDLER(scim_documents);
SCIM_HANDLER(scim_document);
SCIM_HANDLER(scim_roles);
SCIM_HANDLER(scim_entitlements);

#endif
