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
 * itself, where core_options.audit.thread asks for it. Waits for the writer; not on a loop thread.
 */
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

/* An actor did something at a door; the newest is the last login of its entry. Any thread. */
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
	struct span text; /* anywhere in the row's JSON, without case in ASCII */
};
/* One row as this reader may see it: names of the operator's staff and of people who act for others
 * may be withheld. Spans borrow from the map or the arena. */
struct audit_entry {
	uint64_t sequence;
	int64_t time;
	const uint8_t *previous, *hash; /* 32 octets; previous NULL: of a row that was dropped */
	struct span json;
	/* Parts of the JSON, raw: strings with their quotes, "null" where there is none. */
	struct span action, actor, changes, delegation, outcome, reason, request, subject, target;
};
struct audit_search;
/* ERR_FORBIDDEN without audit.view, or for another tenant than one's own. Holds nothing of the view
 * but the spans that it returned. */
enum err audit_open(struct view *view, struct arena *arena, const struct actor *reader,
	const struct audit_spec *spec, struct audit_search **search, struct why *why);
/* Examines at most *budget rows and counts it down; audit_place resumes (spec.after). */
enum step audit_next(struct audit_search *search, unsigned *budget, struct audit_entry *entry);
uint64_t audit_place(const struct audit_search *search);

/* RFC 4180 with the columns Time, Action, Actor, On behalf of, Target, Changes, Outcome, Channel,
 * IP, City, Country, Request id; cells that a spreadsheet would take for a formula begin with '. */
void audit_csv_head(struct buffer *out);
void audit_csv_row(struct buffer *out, struct arena *arena, const struct audit_entry *entry);

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
