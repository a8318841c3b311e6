/* Commands on their way to the core, and the files that make them out of a run. */
#ifndef IN_SYNC_COMMANDS_H
#define IN_SYNC_COMMANDS_H

#include "in/sync/sync_int.h"

/* Commands on their way; runs them when they are many. */
#define BATCH_MAX 1000 /* handed over at once while a large run is applied */
#define WHOLE_MAX 4096 /* and of a run that is one transaction */
#define WHOLE_MEMBERS 20000
#define WHOLE_OCTETS (8 * MIB)
enum deed {
	DEED_OTHER,
	DEED_CREATE,
	DEED_CREATE_INACTIVE,
	DEED_UPDATE,
	DEED_DEACTIVATE,
	DEED_REACTIVATE,
	DEED_RELEASE,
	DEED_CREATE_GROUP,
	DEED_UPDATE_GROUP,
	DEED_DELETE_GROUP,
};
struct commands {
	struct command *rows;
	enum deed *deeds;
	uint64_t *at;       /* the row's place in the spool */
	unsigned *without;  /* enum without */
	struct span *rules; /* why; empty: as the deed says */
	struct outcome *outcomes;
	size_t count, members; /* commands; members named in them */
	size_t described;      /* of a plan: those that have rows */
	size_t capacity;
	bool plan;           /* nothing is run */
	bool whole;          /* a plan's: none was let go of */
	struct arena *arena; /* of the commands, until they are cleared */
};
struct commands *commands_new(bool plan);
void commands_free(struct commands *commands);
/* Why command i is what it is. */
struct span commands_rule(const struct commands *commands, size_t i);
/* Runs what is gathered; what one outcome says is the caller's business, a failure of the store
 * ends the run. Ends and begins the view, so spans of it die. The rows stay until cleared. Of a
 * plan: describes them. */
enum err commands_run(struct job *job, struct commands *commands, struct why *why);
/* The first `count` of them were run: each object that changed, or did not because it was refused,
 * has its row in the provisioning log. The view is begun. */
void commands_tell(struct job *job, const struct commands *commands, size_t count);
void commands_clear(struct job *job, struct commands *commands);
/* No more fit, or should wait. */
bool commands_are_many(const struct commands *commands);
/* Runs and clears; refusals are only noted. Of a plan: keeps them while they fit. */
enum err commands_finish(struct job *job, struct commands *commands, struct why *why);
enum err commands_run_rows(struct job *job, const struct command *rows, size_t n,
	struct outcome *outcomes, struct why *why);
/* A fresh row; there is room. */
struct command *commands_add(
	struct job *job, struct commands *commands, enum command_type type, enum kind kind);
/* All from `from` on or none; the first that was refused says why. */
enum err commands_commit(struct job *job, struct commands *commands, size_t from, struct why *why);
/* After command i has run: counts what it did; members that were refused are tried one by one. */
enum err commands_settle(struct job *job, struct commands *commands, size_t i, struct why *why);
/* A refusal that is not of one entry: the run is over. */
bool commands_ends_run(enum err err);

/* ---- members.c ---- */

void members_add(struct members *members, uint32_t number, enum kind kind, const struct uuid *id);
/* The directory stands behind this edge. */
bool members_is_ours(struct job *job, const struct edge *edge);
/* Appends a container's members that the directory stands behind, in rising order. */
void members_load(struct job *job, uint32_t container, struct members *members);

/* Adds and removals of one container's members, made into commands of a bounded size. */
#define DELTAS_MAX 400
struct deltas {
	struct commands *commands;
	enum kind kind;
	struct uuid id;
	struct uuid
		identity; /* the container's, the same in every walk: a newcomer's is its anchor */
	struct span rule;
	struct member_delta rows[DELTAS_MAX];
	size_t count;
};
enum err deltas_put(struct job *job, struct deltas *deltas, const struct member *member,
	bool remove, struct why *why);
/* Makes the command of what was put; runs the commands when they are many. */
enum err deltas_end(struct job *job, struct deltas *deltas, struct why *why);
/* After a MEMBERS command has run: counts it; one that was refused is tried one by one. */
enum err members_settle(struct job *job, const struct command *command,
	const struct outcome *outcome, struct why *why);

/* ---- entries.c: a row into a command ---- */

/* What a refused row is tried without. */
enum without {
	WITHOUT_EMAIL = 1 << 0,
	WITHOUT_NAME = 1 << 1,
	WITHOUT_ACTIVE = 1 << 2,
	WITHOUT_OWNED = 1 << 3, /* without what another source says */
	WITHOUT_PASSWORD = 1 << 4,
};
/* The command that makes our entry what the row says; false: it cannot be (noted) or is so. */
/* Notes a row of which something is held back. */
void entry_note(struct job *job, const struct row *row, const char *reason);
#define ENTRY_COMMANDS_MAX 16 /* at most; the last of them is the entry's */
bool entry_command(struct job *job, struct commands *commands, const struct row *row,
	unsigned without, uint64_t at);

/* ---- the steps of apply_run ---- */
/* Addresses that somebody else of the directory has upstream now are let go of first. */
enum err apply_releases(struct job *job, struct commands *commands, struct why *why);
enum err apply_losses(struct job *job, struct commands *commands, struct why *why);
enum err apply_entries(struct job *job, struct commands *commands, struct why *why);
/* After a complete refresh: nothing stays open about entries that were not named. */
enum err apply_joins(struct job *job, struct commands *commands, struct why *why);
enum err apply_members(struct job *job, struct commands *commands, struct why *why);
enum err apply_open_members(struct job *job, struct commands *commands, struct why *why);
enum err apply_groups_gone(struct job *job, struct commands *commands, struct why *why);
enum err apply_roles(struct job *job, struct commands *commands, struct why *why);

#endif
