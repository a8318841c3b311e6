/* What the core writes beside commands: rows of the audit, refused attempts, sign-in activity, and
 * the checkpoints that sign what the audit says. */
#ifndef CORE_KEEPER_INT_H
#define CORE_KEEPER_INT_H

#include "core/audit.h"
#include "core/run_int.h"

/* Appends the row of a deed that became `change`; its sequence. */
uint64_t audit_append(struct run *run, const struct deed *deed, const struct change *change);
/* What the rows say of the outcome's entry, into run->keep; none when it is more than
 * LIMIT_CHANGE_OCTETS. */
struct span audit_changes(struct run *run);
/* Canonical JSON (RFC 8785): keys in order, no blanks, the shortest escapes. */
void audit_put_string(struct buffer *out, struct span text);

/* A row that no change stands behind, made up to its place and target. */
struct audit_draft {
	uint32_t tenant;
	struct span parts[3];
	uint64_t attempts; /* 1: not told */
	int64_t time;
	enum kind kind; /* of the target */
	struct uuid id;
	struct span name;  /* empty: as the store knows it */
	struct uuid actor; /* or nil */
};
/* Appends the three parts of a denied attempt's row; `ends` are theirs. */
void audit_draft_denied(struct buffer *out, size_t ends[3], const struct actor *actor,
	const struct attempt *attempt, const char *reason);
void audit_append_draft(struct run *run, const struct audit_draft *draft);
/* What a command asks for, as the row's changes: a JSON array. */
void audit_put_wishes(struct buffer *out, const struct command *command);

/* Work in a transaction of the writer's; it may run again when another's failure undid it. */
struct chore {
	void (*work)(struct chore *chore, struct run *run);
};
enum err chore_run(struct core *core, struct chore *chore, struct why *why);

bool keeper_may_write(struct run *run, uint32_t tenant);
/* A step of each tenant that is being erased; the transaction is a reader's, reset. *more: there is
 * one still. */
enum err erasures_go_on(struct core *core, struct txn *txn, bool *more, struct why *why);

/* A step of each tenant whose people are to be brought in line (core/follow_int.h), likewise. */
enum err follow_go_on(struct core *core, struct txn *txn, bool *more, struct why *why);

struct keeper;
struct keeper *keeper_new(struct core *core, const struct core_options *options);
enum err keeper_start(struct keeper *keeper, struct why *why);
void keeper_stop(struct keeper *keeper); /* writes what is gathered */
void keeper_free(struct keeper *keeper); /* NULL is allowed */
/* The tenant has new rows. Any thread. */
void keeper_mark(struct keeper *keeper, uint32_t tenant);
bool keeper_is_anchored(struct keeper *keeper);
/* A turn is due now. Any thread. */
void keeper_wake(struct keeper *keeper);

/* Checkpoints and retention; one thread at a time (the keeper's turn). */
struct sealer;
struct sealer *sealer_new(struct core *core, const struct core_options *options);
void sealer_free(struct sealer *sealer);
void sealer_mark(struct sealer *sealer, uint32_t tenant); /* any thread */
bool sealer_is_anchored(struct sealer *sealer);           /* any thread */
/* Compares what the anchor file knows with the store; tells of what is missing. */
enum err sealer_start(struct sealer *sealer, struct txn *txn, struct why *why);
/* Signs what is due, or all. The transaction is a reader's, renewed by the caller. */
enum err sealer_seal(struct sealer *sealer, struct txn *txn, bool all, struct why *why);
enum err sealer_drop(struct sealer *sealer, struct txn *txn, struct why *why);

/* The anchor file: lines that are appended and synced. */
struct anchor;
struct anchor *anchor_new(const char *path);
void anchor_free(struct anchor *anchor);
/* Writes the lines and those that still wait; an error leaves them waiting. */
enum err anchor_append(struct anchor *anchor, struct span lines, struct why *why);
bool anchor_waits(const struct anchor *anchor);
/* Calls for each line of the file; OK also when there is none yet. */
enum err anchor_read(const struct anchor *anchor, void (*line)(void *arg, struct span line),
	void *arg, struct why *why);

struct denials *denials_new(void);
void denials_free(struct denials *denials);
void denials_note_command(struct core *core, const struct actor *actor,
	const struct command *command, const struct why *why);
enum err denials_write(struct core *core, struct why *why);

struct activities *activities_new(void);
void activities_free(struct activities *activities);
void activities_note(struct activities *activities, uint32_t tenant, uint32_t number,
	enum activity_event event, enum channel channel, const char *address);
enum err activities_write(struct core *core, struct why *why);

struct provisions *provisions_new(void);
void provisions_free(struct provisions *provisions);
/* `all`: reads too whose minute is not over. */
enum err provisions_write(struct core *core, bool all, struct why *why);
/* What retention lets go; the transaction is a reader's, renewed by the caller. */
enum err provisions_drop(struct core *core, struct txn *txn, struct why *why);

#endif
