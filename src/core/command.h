/* Commands: what a door asks the core to do, what became of it, and how it is handed over. Rights
 * and rules run in the writer's transaction. */
#ifndef CORE_COMMAND_H
#define CORE_COMMAND_H

#include "core/actor.h"
#include "core/conflict.h"
#include "core/session.h"
#include "model/patch.h"

struct core;

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
struct chore; /* the core's own work in the writer's transactions */

/* LINK: that a person here is one of a connection's. What administrators said of the person and
 * SCIM can write becomes the connection's; `end`: what the connection said becomes theirs, and its
 * externalId goes. ERR_UNKNOWN when there is no such connection. */
struct connection_link {
	struct uuid client;
	struct span external_id; /* or none: as it is */
	bool end;
};

struct state_row {
	struct span key;   /* "webhook/<id>/cursor" and the like */
	struct span value; /* empty removes the row */
};

/* The memory of a command lives until the batch is done. Fields that a type does not name are zero.
 * ACTIVE is written like any attribute; the core keeps it as the absence of reasons: a directory's
 * FALSE stands until that directory says TRUE. Names that a user lacks are derived
 * (SOURCE_DERIVED). A command on members raises the container's revision. */
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
	const struct member_delta *members; /* MEMBERS; also CREATE of a container */
	size_t member_count;
	bool replace_members; /* MEMBERS: what is not named loses this actor's source */
	/* ASSIGN (kind and id: the user's); also CREATE of a user, which then has them from its
	 * first moment. */
	const struct container_delta *containers;
	size_t container_count;
	uint32_t replace_kinds; /* ASSIGN: bits 1 << kind of which what is not named is let go of */
	uint64_t if_revision;   /* 0: any; else ERR_VERSION when it is not this one */
	/* 0: any; else ERR_VERSION when it is not the newest of the tenant's journal: for who
	 * looked at more than the one entry. */
	uint64_t if_sequence;
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
	const struct connection_link *link;
	const struct settlement *settlement;  /* SETTLE: see core/conflict.h */
	const struct conflict_report *report; /* REPORT */
	const struct session_order *session;  /* SESSION: see core/session.h */
	bool tentative;      /* refused, it leaves no conflict: it is tried otherwise */
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
	bool skipped;      /* ERR_CONFLICT because of another batch: see batch.needs, batch.stop */
	unsigned warnings; /* enum warning */
	struct uuid id;
	uint32_t number;
	uint64_t revision, sequence;
	uint64_t audit_first, audit_last; /* the tenant's rows about it; 0: none */
	int64_t created, modified;
	/* Of a preview with batch.arena: what the audit would say of the entry, a JSON array of
	 * {"new":...,"old":...,"path":...}, no secret in it. */
	struct span changes;
};

/* Shared by batches that are submitted together: once `limit` of them were refused, the ones behind
 * are skipped. */
struct batch_stop {
	unsigned limit, refused;
	unsigned before; /* the writer's */
};

struct view;

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
	bool joined; /* preview: on top of the batch that was submitted together before it */
	struct arena *arena; /* preview: for outcome.changes; lives until the batch is done */
	/* Preview, when nothing was refused: shows what would be. On the writer thread, so it must
	 * be quick; of several calls the last one counts. The view is begun, and dies with the
	 * return. */
	void (*look)(struct batch *batch, struct view *view);
	/* Of batches submitted together, all of them all_or_nothing: those before this one without
	 * which it is skipped. */
	const struct batch *const *needs;
	size_t need_count;
	struct batch_stop *stop;
	void (*done)(struct batch *batch); /* on the writer thread: hand on, do not work here */
	void *arg;
	struct batch *next; /* the core's */
};

/* Any thread. ERR_BUSY when too many wait, ERR_UNAVAILABLE while closing; `done` is then not
 * called. */
enum err core_submit(struct core *core, struct batch *batch, struct why *why);
/* The same for several, which stand in the queue one behind the other: with one commit for many. */
enum err core_submit_all(
	struct core *core, struct batch *const *batches, size_t count, struct why *why);
/* Whether the actor has the permission for a command of this type, kind and entry (of MODIFY: on
 * the attributes of its list, whose values do not count), as far as that shows without a look at
 * the store; ERR_FORBIDDEN leaves a row in the audit. For a door that would tell of the entry
 * before the writer has asked, which asks again. Any thread. */
enum err core_permits(struct core *core, const struct actor *actor, const struct command *command,
	struct why *why);
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

/* Likewise of rows of state that are written beside the journal: the first word of their keys
 * ("sync", "job"), once a commit; "provision" of rows of the provisioning log, "audit" of those of
 * what was refused. */
void core_watch_rows(
	struct core *core, void (*told)(void *arg, uint32_t tenant, struct span word), void *arg);
void core_unwatch_rows(struct core *core, void *arg);

#endif
