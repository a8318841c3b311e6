/* The core decides and writes: every door comes through here, and only here is a write transaction
 * begun.
 *
 * Writing: a door fills commands, puts them into a batch and submits it. The writer thread takes
 * all batches that wait, checks each command against the newest state (rights, rules), turns it
 * into a change, applies it with its indexes, journal and audit row in one transaction, commits
 * once, and then calls each batch's `done` with each command's own outcome. Reading: a view is a
 * snapshot for one thread; search, look up, walk memberships, all within one tenant. Signing in:
 * login_start answers from the cache or through the hashing pool. */
#ifndef CORE_CORE_H
#define CORE_CORE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/secret.h"
#include "core/cursor.h"
#include "model/change.h"
#include "model/filter.h"
#include "model/patch.h"
#include "model/policy.h"
#include "model/record.h"

struct core;

struct core_options {
	const char *data;      /* directory of the store */
	uint64_t quota;        /* octets; 0: default */
	unsigned readers;      /* views that may be open at once */
	unsigned hash_threads; /* 0: as many as processors; they run at a lower priority */
	struct seal_key key;
	struct audit_options {
		bool thread;        /* keep by itself; without it core_keep() does when called */
		const char *anchor; /* file of the checkpoints; NULL: ANCHOR_FILE in `data` */
		uint32_t rows;      /* of a full segment; 0: 1,000 */
		uint32_t seconds;   /* after which a segment with rows ends; 0: 600 */
		/* A checkpoint was signed; on the thread that keeps. */
		void (*sealed)(void *arg, struct span line);
		/* The anchor file could not be written, or what it knows is not in the store. */
		void (*alarm)(void *arg, const struct why *why);
		void *arg;
	} audit;
};

/* Opens or creates the store, runs what a first start needs, starts the writer and the hashing
 * pool. */
enum err core_open(const struct core_options *options, struct core **core, struct why *why);
/* Takes no more batches, finishes those that wait, closes. Every view is closed before. */
void core_close(struct core *core);

/* ---- who acts ---- */

enum permission {
#define PERMISSION(id, bit, codename, group, flags, label) PERM_##id = (bit),
#define PERMISSION_ALIAS(codename, id)
#include "permissions.def"
#undef PERMISSION
#undef PERMISSION_ALIAS
};

/* Somebody else's authority that an actor acts under. */
struct delegation {
	struct uuid id;
	enum delegation_kind { DELEGATION_IMPERSONATION = 1, DELEGATION_SUPPORT } kind;
	enum kind subject_kind; /* on whose behalf; KIND_NONE: of nobody in particular */
	struct uuid subject;
	struct span subject_name;
	struct span reason, reference; /* as given when it began; may be empty */
};

struct actor {
	enum actor_type type;
	uint32_t tenant; /* the only one it may touch; an operator acts in any */
	enum kind kind;  /* KIND_USER, KIND_CLIENT or KIND_DIRECTORY, else KIND_NONE */
	uint32_t number;
	struct uuid id;
	uint16_t source;      /* what its values and memberships are attributed to */
	uint64_t permissions; /* bit 1 << enum permission; the union of its roles */
	char name[64];        /* for the audit, cut */
	enum channel channel;
	char address[48];
	char user_agent[96]; /* for the audit, cut */
	struct uuid request;
	const struct delegation *delegation; /* lives as long as the actor; NULL: acts for itself */
};

static inline bool actor_may(const struct actor *actor, enum permission permission)
{
	return actor->type == ACTOR_OPERATOR || actor->type == ACTOR_SYSTEM ||
	       (actor->permissions >> permission & 1) != 0;
}
/* Another tenant's entries do not exist for an actor, unless an operator may act in any. */
static inline bool actor_may_enter(const struct actor *actor, uint32_t tenant)
{
	return actor->type == ACTOR_OPERATOR || actor->type == ACTOR_SYSTEM ||
	       actor->tenant == tenant ||
	       (actor->tenant == 0 && actor_may(actor, PERM_TENANTS_SWITCH));
}
/* Everything allowed, in every tenant: the console of the machine's owner (ctl) and our own
 * housekeeping. */
void actor_operator(struct actor *actor, const char *name, enum channel channel);
void actor_system(struct actor *actor, enum channel channel);
/* By which door it came and from where; both texts are cut. */
void actor_came(
	struct actor *actor, enum channel channel, const char *address, struct span user_agent);
/* A directory's sync job; ERR_NOT_FOUND when there is no such directory. */
struct view;
enum err actor_directory(
	struct view *view, uint32_t tenant, uint32_t number, struct actor *actor, struct why *why);

/* ---- commands ---- */

enum command_type {
#define COMMAND(id, word, handler) COMMAND_##id,
#include "commands.def"
#undef COMMAND
	COMMAND_COUNT
};

struct member_delta {
	enum kind kind; /* of the member */
	struct uuid id;
	/* The edge ends with its last source. A directory lets go of its own; a person of all but
	 * directories', a client of its own and of persons'. ERR_MUTABILITY when another holds it.
	 */
	bool remove;
};

/* A role, scope or group that a user gets or loses; `remove` as in member_delta. */
struct container_delta {
	enum kind kind;
	struct uuid id;
	bool remove;
};

struct job_order;

struct state_row {
	struct span key;   /* "webhook/<id>/cursor" and the like */
	struct span value; /* empty removes the row */
};

/* The memory of a command lives until the batch is done. Fields that a type does not name are zero.
 * ACTIVE is written like any attribute; the core keeps it as the absence of reasons: a directory's
 * FALSE stands until that directory says TRUE. Names that a user lacks are derived
 * (SOURCE_DERIVED). A command on members raises the container's revision. */
struct chore; /* the core's own work in the writer's transactions */

struct command {
	enum command_type type;
	uint32_t tenant;
	enum kind kind; /* CREATE, MODIFY, DELETE: of the entry; MEMBERS: of the container */
	struct uuid id; /* of the entry (RESTORE, PURGE: a tombstone's); CREATE: nil, or the id that
			   it shall have */
	const struct entry
		*entry; /* CREATE: values canonical; PASSWORD holds a hash, never the password */
	const struct modification *mods; /* MODIFY */
	size_t mod_count;
	const struct member_delta
		*members; /* MEMBERS; also CREATE of a container or, reversed, none */
	size_t member_count;
	bool replace_members; /* MEMBERS: what is not named loses this actor's source */
	/* ASSIGN (kind and id: the user's); also CREATE of a user, which then has them from its
	 * first moment. */
	const struct container_delta *containers;
	size_t container_count;
	uint32_t replace_kinds; /* ASSIGN: bits 1 << kind of which what is not named is let go of */
	uint64_t if_revision;   /* 0: any; else ERR_VERSION when it is not this one */
	/* Idempotency: a second command with the same key (of the same actor, within 24 hours) does
	 * nothing and has the first one's outcome; ERR_REUSED_KEY when the digest differs. */
	struct span once;               /* 1 to 128 octets, or none */
	struct span once_digest;        /* of the request, 32 octets */
	const struct job_order *job;    /* JOB: see core/job.h */
	const struct state_row *states; /* any type: written in the same transaction */
	size_t state_count;
	/* For the audit row alone: why, in the words of the person, and a case elsewhere. Cut at
	 * LIMIT_REASON_OCTETS. */
	struct span reason, reference;
	struct chore *chore; /* CHORE, of the system alone */
};

/* What succeeded and should still be said. */
enum warning {
	WARNING_FEW_ADMINS = 1 << 0, /* fewer active Admins than admins.min_warn */
	WARNING_NO_SCOPE = 1 << 1,   /* the person sees nothing: no scope, and scope.empty_means */
	WARNING_ELEVATED = 1 << 2,   /* became an Admin: a new password is advisable */
	WARNING_LOST = 1 << 3, /* of a restored person something is gone; outcome.why names it */
};

struct outcome {
	enum err err; /* OK only after the commit is on disk */
	struct why why;
	bool changed;      /* false: all was so already; nothing was journalled or audited */
	bool repeated;     /* `once` was seen before: all but `sequence` is the first one's */
	unsigned warnings; /* enum warning */
	struct uuid id;
	uint32_t number;
	uint64_t revision, sequence;
	int64_t created, modified;
};

struct batch {
	const struct actor *actor;
	const struct command *commands;
	struct outcome *outcomes; /* one a command */
	size_t count;
	bool all_or_nothing; /* the first refusal refuses all: the others get ERR_CONFLICT */
	/* Runs all in a transaction that is thrown away, each command on top of the others: the
	 * outcomes say what would be, nothing is kept, numbered, journalled, audited or told to
	 * watchers; `once` is not looked at. At most LIMIT_PREVIEW_COMMANDS. */
	bool preview;
	void (*done)(struct batch *batch); /* on the writer thread: hand on, do not work here */
	void *arg;
	struct batch *next; /* the core's */
};

/* Any thread. ERR_BUSY when too many wait, ERR_UNAVAILABLE while closing; `done` is then not
 * called. */
enum err core_submit(struct core *core, struct batch *batch, struct why *why);
/* Submits one command and waits; not on a loop thread. Returns outcome->err. */
enum err core_run(struct core *core, const struct actor *actor, const struct command *command,
	struct outcome *outcome);
/* The same for many at once; OK when the batch ran, whatever the single outcomes say. */
enum err core_run_many(struct core *core, const struct actor *actor, const struct command *commands,
	size_t count, bool all_or_nothing, struct outcome *outcomes, struct why *why);
/* Nothing is kept: what would be (batch.preview). */
enum err core_preview(struct core *core, const struct actor *actor, const struct command *commands,
	size_t count, struct outcome *outcomes, struct why *why);
/* Called after each commit with the tenant and its newest sequence, on the writer thread; a few,
 * registered before the doors open. */
void core_watch(struct core *core, void (*committed)(void *arg, uint32_t tenant, uint64_t sequence),
	void *arg);
/* `committed` is not running with this `arg` any more and will not be called again; not from within
 * one. Call it before `arg` is freed. */
void core_unwatch(struct core *core, void *arg);

/* Of cursors, the same after a restart. */
const struct cursor_key *core_cursor_key(const struct core *core);
/* Seals a secret for an entry that is about to be stored (directory password, webhook secret), and
 * opens it again. */
struct span core_seal(
	struct core *core, struct arena *arena, const struct uuid *id, struct span plain);
enum err core_unseal(struct core *core, struct arena *arena, const struct uuid *id,
	struct span sealed, struct span *plain, struct why *why);

/* ---- reading ---- */

/* A view is one thread's; begin it for a turn of work, end it before waiting: spans and records die
 * with end. */
enum err view_open(struct core *core, struct view **view, struct why *why);
void view_close(struct view *view);
enum err view_begin(struct view *view, struct why *why);
void view_end(struct view *view);
/* The first error since begin; outranks "not found". */
enum err view_error(const struct view *view, struct why *why);
uint64_t view_snapshot(const struct view *view);

struct tenant_info {
	uint32_t number;
	struct uuid id;
	struct span name; /* borrowed */
	bool active;
	bool erasing; /* for good: COMMAND_ERASE has begun */
};
bool view_tenant(
	struct view *view, struct span name, struct tenant_info *tenant); /* by folded name */
bool view_tenant_number(struct view *view, uint32_t number, struct tenant_info *tenant);
bool view_next_tenant(
	struct view *view, uint32_t least, struct tenant_info *tenant); /* rising numbers */

bool view_entry(
	struct view *view, uint32_t tenant, enum kind kind, uint32_t number, struct record *record);
bool view_by_id(struct view *view, uint32_t tenant, const struct uuid *id,
	struct record *record); /* of any kind but tombstones */
/* Who a deleted person was. */
bool view_tombstone(
	struct view *view, uint32_t tenant, const struct uuid *id, struct record *record);
/* By a normal value of an indexed attribute; the lowest number. */
bool view_by_value(struct view *view, uint32_t tenant, enum kind kind, enum attr attr,
	struct span normal, struct record *record);
/* By the kind's naming attribute as written. */
bool view_by_name(struct view *view, struct arena *arena, uint32_t tenant, enum kind kind,
	struct span name, struct record *record);
uint64_t view_count(struct view *view, uint32_t tenant, enum kind kind);
bool view_edge(
	struct view *view, uint32_t tenant, uint32_t container, uint32_t member, struct edge *edge);
uint64_t view_member_count(struct view *view, uint32_t tenant, uint32_t container);

/* Members of a container in the order of their numbers, from `after` + 1; the edge carries the
 * member's name. */
struct member_walk;
struct member_walk *view_members(struct view *view, struct arena *arena, uint32_t tenant,
	uint32_t container, uint32_t after);
bool member_walk_next(struct member_walk *walk, struct edge *edge);
void member_walk_close(struct member_walk *walk);
/* Containers that hold the member: roles, then scopes, then groups (`kinds`: bits 1 << kind). */
struct container_walk;
struct container_walk *view_containers(
	struct view *view, struct arena *arena, uint32_t tenant, uint32_t member, uint32_t kinds);
bool container_walk_next(struct container_walk *walk, enum kind *kind, uint32_t *number);
void container_walk_close(struct container_walk *walk);

/* The tenant's settings, or false: it follows the preset pegotec. */
bool view_settings(struct view *view, uint32_t tenant, struct record *settings);
/* See policy_number and policy_text. */
uint64_t view_policy(struct view *view, uint32_t tenant, enum policy policy);
struct span view_policy_text(struct view *view, uint32_t tenant, enum policy policy);

/* A command with this key, actor and digest was done within a day: its outcome. */
bool view_once(struct view *view, const struct actor *actor, uint32_t tenant, struct span once,
	struct span once_digest, struct outcome *outcome);

bool view_state(struct view *view, uint32_t tenant, struct span key, struct span *value);
bool view_journal(struct view *view, uint32_t tenant, uint64_t sequence,
	struct span *record); /* change_read */
uint64_t view_journal_last(struct view *view, uint32_t tenant);
bool view_audit(struct view *view, uint32_t tenant, uint64_t sequence, struct span *row); /* JSON */
uint64_t view_audit_last(struct view *view, uint32_t tenant);

/* What the permissions of a user or client are now: the union of its roles (client: its own list).
 * ERR_CREDENTIALS when it may not act: unknown, inactive, expired, its tenant suspended. */
enum err view_actor(struct view *view, uint32_t tenant, enum kind kind, uint32_t number,
	struct actor *actor, struct why *why);
/* A bearer token: finds the client, checks expiry and activity; ERR_CREDENTIALS with one text
 * whatever was wrong. */
enum err view_token(struct view *view, struct span token, struct actor *actor, struct why *why);

/* ---- search ---- */

/* How the door's text of a reference ("uid=x,ou=people,...", or an id) becomes an entry. False:
 * there is none. */
typedef bool (*resolve_reference)(
	void *arg, struct view *view, struct span text, struct record *record);

struct search_spec {
	const struct actor
		*actor; /* without the kind's view permission it sees its own entry only */
	uint32_t tenant;
	uint32_t kinds;        /* bits 1 << kind */
	uint32_t only;         /* an entry number, or 0: all of the kinds */
	struct filter *filter; /* NULL: all; reference leaves are resolved in place */
	resolve_reference resolve;
	void *resolve_arg;
	/* By this attribute, then by number; those without a value last, descending first; of
	 * several values the primary one counts, else the first. ATTR_NONE: by kind and number.
	 * CREATED, MODIFIED and what is indexed in order always; others, and MODIFIED, take a
	 * filter when there are very many (ERR_TOO_MANY). ERR_VALUE: not by this one. */
	enum attr sort;
	bool descending;
	bool living;          /* without those whom delete.mode=disable has deleted */
	enum kind after_kind; /* resume behind this position, KIND_NONE: from the start */
	uint32_t after_number;
	struct span after_key; /* sorted: what search_sort_key said there */
};

struct search;
/* Plans on the indexes; the search holds cursors of the view until closed or the view ends.
 * ERR_FORBIDDEN without rights. */
enum err search_open(struct view *view, struct arena *arena, const struct search_spec *spec,
	struct search **search, struct why *why);
enum step {
	STEP_FOUND,
	STEP_MORE /* the budget ended: call again, perhaps in another turn */,
	STEP_END
};
/* Passes over at most n matches as long as the indexes alone know them; returns how many. For
 * pages that begin far behind the start, before the first search_next. */
uint64_t search_skip(struct search *search, uint64_t n);
/* Examines at most *budget candidates and counts it down. The position after it (kind and number of
 * the last one examined) resumes the search in a new view. */
enum step search_next(struct search *search, unsigned *budget, struct record *record);
void search_position(const struct search *search, enum kind *kind, uint32_t *number);
/* The other half of the position of a sorted search, at most CURSOR_SORT_MAX octets, borrowed until
 * the next step; else empty. */
struct span search_sort_key(const struct search *search);
void search_close(struct search *search);
/* How many match, counted to the end; cheap when the plan is exact (all of a kind, one equality).
 */
enum err search_count(struct view *view, struct arena *arena, const struct search_spec *spec,
	uint64_t *count, struct why *why);

/* ---- signing in ---- */

struct login {
	uint32_t tenant;
	enum kind kind;       /* KIND_USER or KIND_CLIENT */
	uint32_t number;      /* 0: there is no such entry; takes as long as a wrong password */
	struct span password; /* copied, wiped after use */
	const char *address;
	enum channel channel;
	struct actor actor;  /* result on OK */
	const char *refusal; /* for the log, never for the peer: why somebody known may not sign in
				with a password, whatever it is; or NULL */
	void (*done)(struct login *login, enum err err); /* on a hashing thread */
	void *arg;
	struct login *next; /* the core's */
};

enum login_state { LOGIN_DONE, LOGIN_PENDING };
/* The fast ways (cache, cheap hash) answer at once: LOGIN_DONE with *err. Otherwise queued, fair
 * between tenants: `done` follows. ERR_CREDENTIALS whatever was wrong: unknown, wrong, inactive,
 * without password; ERR_BUSY when the queue is full. The view is the calling thread's, begun. The
 * login lives until done. */
enum login_state login_start(
	struct core *core, struct view *view, struct login *login, enum err *err);
/* Hashes a new password in the pool; `done` gets the PHC string or "" on failure, on a hashing
 * thread. */
struct hashing {
	struct span password;
	char hash[PASSWORD_HASH_MAX];
	void (*done)(struct hashing *hashing, enum err err);
	void *arg;
	struct hashing *next; /* the core's */
};
enum err hashing_start(
	struct core *core, uint32_t tenant, struct hashing *hashing, struct why *why);

/* ---- care ---- */

enum err core_backup(struct core *core, const char *path, struct why *why); /* blocks; any thread */
struct core_figures {
	uint64_t octets_used, octets_quota, entries;
	bool writable;          /* false: the disk or the quota is full */
	bool failed;            /* the environment is dead; the process must end */
	bool anchored;          /* false: checkpoints wait for the anchor file */
	int64_t writer_stalled; /* microseconds that the writer has been at one transaction; 0: idle
				 */
};
void core_figures(struct core *core, struct core_figures *figures);
/* Now and then, any thread: lets go of the snapshots of processes that died beside us, which keep
 * old pages from reuse. */
void core_tend(struct core *core);
/* New tokens and passwords are shown once; these build the CREATE command's entry for a client. */
enum err client_entry(struct arena *arena, const char *type /* "scim", "service", "api" */,
	struct span name, uint64_t permissions, struct entry **entry, struct why *why);
/* The list of a MODIFY that gives the client another token; the present one opens until `until`
 * (wall clock), or ends with the change when that is not ahead. The command names the record's
 * revision in if_revision: of two rotations at once one is refused. */
struct modification *client_rotate(struct arena *arena, const struct record *client,
	struct span token, int64_t until, size_t *count);

#endif
