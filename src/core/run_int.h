/* A command runs as a `run`: its handler checks everything first and prepares deeds (a change each,
 * with its audit row); only then are they applied, so a refused command has touched nothing. All of
 * it happens on the writer thread, in an arena that lives until the group of commands is committed.
 */
#ifndef CORE_RUN_INT_H
#define CORE_RUN_INT_H

#include "core/command.h"
#include "store/store.h"

/* One change and what its audit row says. */
struct deed {
	uint32_t tenant;
	const char *action; /* "user.created"; NULL: machinery state alone, neither journalled nor
			       audited */
	enum kind target_kind;
	struct uuid target_id;
	struct span target_name;
	const struct entry *before, *after; /* what the row compares, or NULL */
	/* What the effects on edges are called in the row and whose name stands there; NULL: by the
	 * side on which the target is. */
	const char *edge_path;
	struct span edge_name;
	struct effect *effects;
	size_t count, capacity, octets;
	uint64_t sequence; /* once applied */
	struct deed *next;
};

struct clash;
struct run {
	struct core *core;
	struct txn *txn;
	struct arena *arena;
	const struct actor *actor;
	const struct command *command;
	struct outcome *outcome;
	struct why *why; /* of the outcome */
	int64_t now;
	struct buffer *scratch; /* the writer's, for records and rows */
	struct deed *first, *last;
	size_t octets;             /* of all effects */
	bool preview;              /* nothing of it is kept */
	struct arena *keep;        /* for outcome->changes; NULL: nobody asks */
	bool touched;              /* something was written beside the deeds */
	bool following;            /* its edges are those that follow (core/follow_int.h) */
	const struct clash *clash; /* what a refused command ran into, or NULL */
};

/* Runs the command to its end in run->txn: outcome, effects and audit rows. An error other than the
 * transaction's own leaves the transaction as it was. */
enum err command_run(struct run *run);

/* The same for what ERR_HELD leaves behind: a held change in place of the refused command. */
enum err command_hold(struct run *run);
/* Applies the deeds with their audit rows. */
enum err run_apply(struct run *run);

struct deed *run_deed(struct run *run, uint32_t tenant, const char *action);
/* The same about an entry, named by its naming attribute. */
struct deed *run_deed_on(struct run *run, const char *action, const struct entry *target);
struct effect *deed_effect(struct run *run, struct deed *deed, enum effect_type type);
/* A full deed (LIMIT_CHANGE_EFFECTS, LIMIT_CHANGE_OCTETS) is followed by another of the same kind.
 */
struct deed *deed_with_room(struct run *run, struct deed *deed);
/* Adds the entry's effect; `before` may be empty (created), `after` NULL (deleted). */
enum err deed_entry(
	struct run *run, struct deed *deed, struct span before, const struct entry *after);
/* Gives an entry that the core itself makes its number, id and times, and a deed of its own. */
enum err run_make(struct run *run, uint32_t tenant, const char *action, struct entry *entry);
/* The entry as it will be after the deeds prepared so far; false when it will not be there. */
bool run_entry_after(const struct run *run, uint32_t tenant, enum kind kind, uint32_t number,
	struct record *record);
/* The tenant's settings likewise. */
bool run_settings_after(const struct run *run, uint32_t tenant, struct record *settings);
/* Adds the edge's effect; `before` or `after` NULL: not there. */
void deed_edge(
	struct run *run, struct deed *deed, const struct edge *before, const struct edge *after);

/* The command's entry out of the store, copied into the arena; checks kind and if_revision. */
enum err run_load(struct run *run, struct span *bytes, struct entry **entry);
/* Now, as a value holds it. */
struct span run_time(struct run *run);
/* Copies record and its octets into the arena, so that both survive writes. */
struct entry *run_copy_record(struct run *run, const struct record *record, struct span *bytes);
/* The outcome names the entry as it is now. */
void run_report(struct run *run, const struct entry *entry);
/* The deeds of a modified entry, unless all was so already. */
enum err entry_changed(
	struct run *run, struct span bytes, const struct entry *before, struct entry *after);
/* All memberships of the entry end. */
void deeds_leave(struct run *run, struct deed **deed, uint32_t member);
/* By the tenant's delete.mode; the right to delete is checked already. */
enum err user_delete(struct run *run, struct span bytes, const struct entry *user);
/* The copy of an edge whose spans survive writes; NULL when there is none. */
struct edge *run_edge(struct run *run, uint32_t container, uint32_t member);

/* Idempotency (command->once). True: the command was run before, or is refused: *err and the
 * outcome stand. */
bool once_find(struct run *run, enum err *err);
/* Adds the row that remembers the outcome; after the handler, before the deeds are applied. */
enum err once_remember(struct run *run);
/* Now and then hands the writer a bounded step of removing what is older than a day. */
struct once_sweeper *once_sweeper_new(void);
void once_sweep(struct core *core);
/* A row of the machinery's state, written with the command's last deed. */
void run_state(struct run *run, struct span key, struct span value);
/* All rows whose key begins so go. */
void run_drop_states(struct run *run, uint32_t tenant, struct span prefix);

#define COMMAND(id, word, handler) enum err handler(struct run *run);
#include "commands.def"
#undef COMMAND

#endif
