/* The audit and the sign-in activity, beyond the row that every change writes in its own
 * transaction: refused attempts, signed checkpoints and their anchor file, retention, reading.
 *
 * What is gathered in memory (refusals, activity) is written every few seconds by the keeper's
 * thread: a process that is killed loses the last seconds of it, a bind costs no commit. */
#ifndef CORE_AUDIT_H
#define CORE_AUDIT_H

#include "core/core.h"
#include "model/checkpoint.h"

/* Writes what is gathered, signs the checkpoints that are due, drops what retention lets go.
 * `all`: checkpoints and retention at once, whatever the time. The keeper's thread does this by
 * itself, where core_options.audit.thread asks for it. Then a step of each tenant that is being
 * erased (COMMAND_ERASE). Waits for the writer; not on a loop thread. */
enum err core_keep(struct core *core, bool all, struct why *why);
/* The public key that signs the checkpoints. */
void core_audit_key(const struct core *core, uint8_t key[SIGN_PUBLIC]);

/* An attempt that a door refused by itself (ERR_FORBIDDEN, ERR_GRANT_CEILING, ERR_LAST_ADMIN;
 * others are passed over) leaves a row with the outcome "denied". Those of commands are noted by
 * the core. The same attempt of the same actor within a minute is one row with a count. Any thread;
 * copies. */
struct attempt {
	uint32_t tenant;
	const char *action;  /* of schema/actions.def */
	enum kind kind;      /* of the target */
	struct uuid id;      /* or nil */
	struct span name;    /* or empty: looked up by the id */
	struct span changes; /* JSON array of what was asked for, or empty */
};
void core_denied(struct core *core, const struct actor *actor, const struct attempt *attempt,
	const struct why *why);

/* An actor did something at a door; the newest is the last login of its entry, or of the client by
 * whose token it came. Any thread. */
void core_used(struct core *core, const struct actor *actor);

/* ---- reading ---- */

/* When the user or client last signed in or used a token, as far as it is written; false: never. */
bool view_last_login(struct view *view, uint32_t tenant, uint32_t number, int64_t *time);

/* Filters; what is zero or empty asks nothing. */
struct audit_spec {
	uint32_t tenant;
	bool oldest_first;
	uint64_t after; /* resume behind this row; 0: from the start */
	bool has_actor, has_target;
	struct uuid actor;  /* rows of it */
	struct uuid target; /* rows about it: as target, member or container */
	struct span action; /* "user.created", or "user.*" */
	struct span outcome, channel;
	int64_t from, to; /* wall, both inclusive; 0: open */
	struct span text; /* anywhere in the row as it is shown, without case in ASCII */
};
/* One row as its reader may see it: the operator's staff and people who act for others may be
 * named otherwise. */
struct audit_entry {
	uint64_t sequence;
	int64_t time;
	uint8_t hash[32]; /* of the row as it is kept */
	struct span json; /* borrowed from the map, or in the arena */
};
struct audit_search;
/* ERR_FORBIDDEN without audit.view; ERR_NOT_FOUND for a tenant that the reader does not reach. The
 * view stays begun; what `spec` points to lives as long as the search. */
enum err audit_open(struct view *view, struct arena *arena, const struct actor *reader,
	const struct audit_spec *spec, struct audit_search **search, struct why *why);
/* Examines one row: STEP_FOUND when it is asked for, STEP_MORE when it is not; *entry tells of it
 * either way. */
enum step audit_step(struct audit_search *search, struct audit_entry *entry);
/* Examines at most *budget rows and counts it down. */
enum step audit_next(struct audit_search *search, unsigned *budget, struct audit_entry *entry);
/* The last row examined: resumes as spec.after. */
uint64_t audit_position(const struct audit_search *search);

/* Is there a row about it? */
bool view_is_audited(struct view *view, uint32_t tenant, const struct uuid *target);

/* Sign-in activity of a tenant, or of one user or client. */
struct activity_spec {
	uint32_t tenant;
	uint32_t number; /* 0: of all */
	uint64_t before; /* resume behind this row; 0: from the newest */
};
struct activity_entry {
	uint64_t sequence;
	uint32_t number;   /* of the user or client; 0: a name that nobody has */
	const char *event; /* "signin.succeeded", "signin.failed", "signin.locked" */
	enum channel channel;
	uint32_t count;
	int64_t first, last; /* wall */
	struct span address; /* borrowed */
};
/* The next older row; moves spec->before. */
bool view_activity(struct view *view, struct activity_spec *spec, struct activity_entry *entry);

/* The tenant's checkpoints, oldest first: the first whose last row is not below `least`. */
bool view_checkpoint(struct view *view, uint32_t tenant, uint64_t least,
	struct checkpoint *checkpoint, struct span *line);

#endif
