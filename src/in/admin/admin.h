/* Administration: what can be asked of the daemon (schema/operations.def), one handler an
 * operation, the same for every door. A door (in/ctl, in/api) says who asks, for which tenant and
 * what, and admin_run checks the arguments and the permission, runs the handler and gives its
 * result, one JSON value. A handler waits for the core, so it never runs on a loop's or an HTTP
 * server's thread. */
#ifndef IN_ADMIN_ADMIN_H
#define IN_ADMIN_ADMIN_H

#include "core/core.h"
#include "in/scim/scim.h"
#include "in/sync/sync.h"
#include "wire/json.h"
#include "wire/operation.h"

struct admin_door {
	const char *name;                 /* "ldaps" */
	char address[64];                 /* where it listens */
	_Atomic int64_t certificate_ends; /* wall; 0: without TLS, or it does not say */
};

/* What handlers need; one for all doors, lives longer than they. The strings are the daemon's. */
struct admin {
	struct core *core;
	struct sync *sync;
	const struct scim_options *scim; /* for requests that are run again */
	bool allow_local;                /* webhooks to this machine, see net/address.h */
	const char *data;                /* folder of the store, for backup to stay out of */
	const char *suffix;              /* shown by status */
	const char *version;             /* likewise */
	const struct admin_door *doors;
	size_t door_count;
	/* Reads the configuration again; any thread. */
	enum err (*reload)(void *arg, struct why *why);
	void *arg;
};

/* The realm of the operators, as a tenant's name: no tenant can have it. */
#define ADMIN_REALM "@operator"

/* One operation under way: zeroed, then filled by the door. */
struct request {
	/* by the door */
	const struct admin *admin;
	enum operation operation;
	struct view *view; /* the thread's; begun while `reading` */
	struct arena *arena;
	struct actor actor;
	const struct json *args; /* an object, or NULL */
	struct json_writer *out; /* for the result; nothing written: null */
	struct why *why;
	bool has_tenant; /* tenant.number is known already; else the argument "tenant" names it */
	uint64_t if_revision; /* of If-Match, 0: none; goes with the commands */
	bool if_exists;       /* If-Match was given: nothing is to be created */
	struct span once;     /* Idempotency-Key, or none; goes with the commands */
	uint8_t once_digest[32];
	uint64_t list_usual, list_max;      /* items of a page */
	const struct user_session *session; /* by which the actor came, and what its pages show to
					     * be ours; NULL: without a browser */
	const char *csrf;
	/* by the handler */
	bool reading;
	struct tenant_info tenant; /* after request_tenant; the name is in the arena */
	uint64_t revision;         /* of the one entry that the result shows; 0: none */
	struct uuid created;       /* what was created; nil: nothing, or several things */
	unsigned warnings;         /* enum warning, of the commands */
	unsigned commands;         /* how many were run */
	unsigned wait; /* seconds after which what was refused may do; 0: that is not known */
	struct span next_cursor;   /* of a list: where the next page begins, or none */
	struct span octets;        /* the result where the row names a media type; in the arena */
	const char *media;         /* which of "image/..." the octets are; NULL: the row's */
	const char *tag;           /* their ETag without quotes, in the arena; NULL: the revision */
	const char *const *headers; /* more of them over HTTP: pairs, ended by NULL; or NULL */
	void *rows;                 /* what the rows of its list share; in the arena */
	bool has_total;             /* asked for: */
	uint64_t total;             /* of a list */
};

/* Bits of which the actor must hold one; 0: nobody. See operations.def. */
uint64_t admin_permission(enum operation operation);
/* "users.view". */
const char *admin_codename(enum permission permission);
/* ASCII, for names of tables as JSON spells them. */
const char *lower_name(struct arena *arena, const char *name);
/* ERR_FORBIDDEN naming the permission. A door asks before it reads a body; admin_run asks again. */
enum err admin_permit(const struct actor *actor, enum operation operation, struct why *why);
/* The audit hears that the door refused it, as "operation.refused" in that tenant. */
void admin_refused(const struct admin *admin, const struct actor *actor, uint32_t tenant,
	enum operation operation, const struct why *why);
/* Whether the arguments are those of the operation, as its row has them. */
enum err admin_check(const struct request *request);
/* Runs the operation; the view is ended when it returns. What the handler wrote on failure is to be
 * thrown away. */
enum err admin_run(struct request *request);

#endif
