/* What the files of core/ share. A command runs as a `run`: its handler checks everything first and
 * prepares deeds (a change each, with its audit row); only then are they applied, so a refused
 * command has touched nothing. All of it happens on the writer thread, in an arena that lives until
 * the group of commands is committed. */
#ifndef CORE_CORE_INT_H
#define CORE_CORE_INT_H

#include "core/audit.h"
#include "core/core.h"
#include "core/permission.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct writer;
struct hash_pool;
struct credential_cache;

struct core {
	struct store *store;
	struct seal_key key;
	struct writer *writer;
	struct hash_pool *pool;
	struct credential_cache *cache;
	struct once_sweeper *sweeper;
	struct cursor_key cursors;
	struct jobs *jobs;
	char *data; /* folder of the store */
	struct keeper *keeper;
	struct denials *denials;
	struct activities *activities;
};

struct view {
	struct core *core;
	struct txn *txn;
	struct arena *scratch; /* of one call; never of what a call returns */
};

/* ---- deeds ---- */

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
	size_t octets; /* of all effects */
	bool preview;  /* nothing of it is kept */
	bool touched;  /* something was written beside the deeds */
};

/* Runs the command to its end in run->txn: outcome, effects and audit rows. An error other than the
 * transaction's own leaves the transaction as it was. */
enum err command_run(struct run *run);

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
/* The entry as it will be after them; false when it will not be there. */
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

/* ---- memberships ---- */

/* The edges of one container, whichever end they are changed from. */
struct roster {
	struct run *run;
	const struct entry *container;
	struct deed *deed;   /* of the last change; of a group all of them share one */
	size_t gained, lost; /* edges */
};
struct member {
	enum kind kind;
	uint32_t number;
	struct uuid id;
	struct span name;
};
enum err membership_join(struct roster *m, const struct member *member);
/* `named`: the command asks for this one, so that another's source is an error. */
enum err membership_leave(struct roster *m, uint32_t member, bool named);
/* May the actor give and take this container at all? */
enum err membership_grant(struct run *run, const struct entry *container);
/* What must hold for a person who gained and lost so many of the kind: roles.cardinality,
 * roles.required, no wider view than the actor's. */
enum err membership_settle(
	struct run *run, enum kind kind, uint32_t user, size_t gained, size_t lost, bool created);
/* Raises the revision; the effect goes into `deed`. */
enum err container_touch(
	struct run *run, struct deed *deed, struct span bytes, const struct entry *container);
/* Ends a command about one entry's edges: its revision, raised if any changed, tells clients so. */
enum err membership_conclude(struct run *run, struct span bytes, const struct entry *entry);

/* What a command says about one entry at the other end of edges. */
struct wish {
	uint32_t number;
	enum kind kind;
	struct uuid id;
	bool remove;
	size_t order;
};
/* Sorted by number, the last word on each; how many are left. */
size_t wishes_settle(struct wish *wishes, size_t count);
/* Whether the number is among them; *at begins at 0, `number` never falls. */
bool wishes_have(const struct wish *wishes, size_t count, uint32_t number, size_t *at);
/* The command's members, for a container that is or will be in the store. */
enum err members_change(struct run *run, const struct entry *container);
/* The command's containers of a user who is being created. */
enum err containers_create(struct run *run, const struct entry *user);
/* May the group `member` join the group `container`? */
enum err nesting_check(struct run *run, uint32_t container, uint32_t member);

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

#define COMMAND(id, word, handler) enum err handler(struct run *run);
#include "commands.def"
#undef COMMAND

/* ---- rules ---- */

/* What a kind asks of those who change it, and what must hold for its entries. */
struct kind_rules {
	enum permission view, create, modify, delete, members;
	bool realm_only;   /* lives in tenant 0 */
	const char *state; /* the one state row that who may change the entry writes with it */
	/* What a change of the entry is called; NULL: "<kind>.updated" and the like. */
	const char *(*action)(const struct entry *before, const struct entry *after);
	/* Completes (`after` may still change) and checks; before is NULL for a new entry. */
	enum err (*check)(struct run *run, const struct entry *before, struct entry *after);
	/* More deeds that belong to the new entry. */
	enum err (*created)(struct run *run, const struct entry *entry);
	/* More deeds that belong to the change of an entry. */
	enum err (*modified)(
		struct run *run, const struct entry *before, const struct entry *after);
	enum err (*check_delete)(struct run *run, const struct entry *entry);
	/* More deeds that belong to the end of the entry. */
	enum err (*deleted)(struct run *run, const struct entry *entry);
};
const struct kind_rules *kind_rules(enum kind kind); /* never NULL for a kind */

enum err user_check(struct run *run, const struct entry *before, struct entry *after);
/* The parts of user_check. Keeps what says where a person stands. */
enum err user_note_state(struct run *run, const struct entry *before, struct entry *after);
enum err user_check_email(struct run *run, const struct entry *before, const struct entry *after);
enum err user_check_access(struct run *run, const struct entry *before, const struct entry *after);
enum err user_check_manager(struct run *run, const struct entry *before, const struct entry *after);
/* The address that mail goes to, or none; whether it is the same one. */
struct span user_address(const struct entry *user);
bool user_same_address(const struct entry *before, const struct entry *after);
/* What the deeds prepared so far make of people and their roles: types that hold no role but
 * reading ones, and promotions. May add deeds. */
enum err rules_roles_held(struct run *run);
struct sight; /* core/people.h */
/* levels.visibility hides the user from who acts, so that for them there is no such entry. */
bool is_above_actor(const struct run *run, uint32_t user);
/* More than the actor's own entry. */
bool sight_is_wide(const struct sight *sight);
bool record_has_method(const struct record *user, const char *method); /* of signing in */
bool user_type_is(struct span type, const char *word);
bool record_is_sso_only(const struct record *user);
/* The person above; `manager` may be `user`. */
bool find_manager(struct txn *txn, const struct record *user, struct record *manager);
bool is_below(struct txn *txn, const struct record *user, uint32_t ancestor);
enum err role_check(struct run *run, const struct entry *before, struct entry *after);
enum err role_check_delete(struct run *run, const struct entry *entry);
enum err registered_check(struct run *run, const struct entry *before, struct entry *after);
enum err registered_check_delete(struct run *run, const struct entry *entry);
enum err catalogue_changed(struct run *run, const struct entry *entry);
enum err settings_modified(struct run *run, const struct entry *before, const struct entry *after);
enum err tenant_check(struct run *run, const struct entry *before, struct entry *after);
enum err tenant_created(struct run *run, const struct entry *entry);
enum err tenant_check_delete(struct run *run, const struct entry *entry);
enum err settings_check(struct run *run, const struct entry *before, struct entry *after);
enum err settings_check_delete(struct run *run, const struct entry *entry);
const char *settings_action(const struct entry *before, const struct entry *after);
/* The settings that a tenant is created with. */
enum err settings_create(struct run *run, uint32_t tenant, struct span preset);
/* Languages and time zones that a person or an API key chooses must be known. */
enum err locale_check(struct run *run, const struct entry *before, const struct entry *after);
enum err tombstone_check(struct run *run, const struct entry *before, struct entry *after);
enum err tombstone_check_delete(struct run *run, const struct entry *entry);
enum err client_check(struct run *run, const struct entry *before, struct entry *after);
enum err directory_check(struct run *run, const struct entry *before, struct entry *after);
enum err job_deleted(struct run *run, const struct entry *entry);
enum err plain_check(struct run *run, const struct entry *before, struct entry *after);

/* policy_number of the tenant's settings as they stand in the transaction. */
bool find_settings(struct txn *txn, uint32_t tenant, struct record *settings);
uint64_t policy_of(struct txn *txn, uint32_t tenant, enum policy policy);

/* What every kind's values must satisfy: attributes of the kind, hashes for passwords, references
 * that exist, uniqueness. */
enum err rules_values(struct run *run, const struct entry *before, const struct entry *after);
/* Values that the directory of another source stands behind are not changed by this actor. */
enum err rules_sources(struct run *run, const struct entry *before, const struct entry *after);
/* An active user with the permissions of Admin must remain if there was one; looks at the deeds
 * prepared so far. */
enum err rules_last_admin(struct run *run);
/* So many of them there are now; else the policy cannot ask for them. */
enum err rules_admins_asked(struct run *run, unsigned least);
/* The names of users that follow from others are stored with this source and made anew on each
 * change. */
void user_underive(struct entry *user);

/* Activity: an entry is active while no reason stands against it. */
enum err active_apply(struct run *run, struct entry *entry, struct span wanted);
void active_keep(struct entry *entry);
bool entry_is_active(const struct entry *entry);
bool record_is_active(const struct record *record);
/* Of a tenant, besides those that active_apply gives. */
#define REASON_ERASING SPAN("erasing")
bool record_has_reason(const struct record *record, struct span reason);

/* The directory entry that owns a source number; false when none does (any more). */
bool source_directory(struct run *run, uint32_t tenant, uint16_t source, struct span *name);

/* ---- rights ---- */

enum err rights_check(struct run *run);
/* Those and who may assign any role: no ceiling but the operator's permissions. */
bool rights_is_free(const struct actor *actor);
/* Whether the actor has the codename or alias, at home. */
bool actor_holds(const struct run *run, struct span codename);
/* May the actor hand out (or take away) the codename? ERR_GRANT_CEILING names it. */
enum err rights_grant(const struct run *run, struct span codename);
/* The same about all that `after` grants and `before` (may be NULL) did not. */
enum err rights_grant_entry(
	const struct run *run, const struct entry *before, const struct entry *after);
/* May the actor, whose own view is bound to scopes, give or take this one? Scope 0: all of them. */
enum err rights_grant_scope(struct run *run, uint32_t scope);
/* Whether no scope bounds what the actor sees and hands out. */
bool actor_sees_everything(struct run *run);
/* Whether full access passes over something for the actor. */
bool actor_has_full_access(const struct run *run);
/* May the actor give somebody full access, or take it? */
enum err rights_grant_full_access(const struct run *run);
/* The same about all that the roles of a user grant. */
enum err rights_grant_holder(const struct run *run, const struct entry *user);
bool actor_is_unbound(const struct actor *actor); /* operator and system */
/* People and API keys: whom rules for forms bind. A provisioner brings what its source says. */
bool actor_is_interactive(const struct actor *actor);

/* ---- permissions ---- */

enum { PERMISSION_OPERATOR = 1 << 0, PERMISSION_ADMINISTRATION = 1 << 1 };
struct permission_row { /* one that the core asks for */
	enum permission permission;
	struct span codename; /* terminated */
	const char *group, *label;
	unsigned flags;
};
const struct permission_row *permission_rows(size_t *count);
/* NULL for a codename (not an alias) that the core does not know. */
const struct permission_row *permission_row(struct span codename);
/* The bit's mask, or 0 for a codename that the core does not know. */
uint64_t permission_mask(struct span codename);
/* Of those that have all of the flags. */
uint64_t permission_flagged(unsigned flags);
const char *permission_codename(enum permission permission);
struct span permission_alias(enum permission permission); /* or none */
bool permission_is_word(struct span text); /* the name of an app: a codename's first word */
/* Codenames in order, each once, aliases resolved, so that a record can be searched. */
void permission_sort(struct entry *entry);
bool entry_has_permission(const struct entry *entry, struct span codename);
/* The core's permissions that the record grants. */
uint64_t permission_of_record(const struct record *record);
/* Of a user: the union of its roles; of a client: its own. */
uint64_t permission_of_holder(
	struct txn *txn, struct arena *arena, uint32_t tenant, const struct record *holder);
/* The same question about any codename or alias; a few octets of the arena. */
bool holder_has(struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind,
	uint32_t number, struct span codename);
#define LEVEL_MAX 4
unsigned holder_level(
	struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind, uint32_t number);

/* The catalogue as it is, or with `run` as it will be once the run's deeds are applied. */
struct permission_walk *catalogue_walk(
	struct txn *txn, struct arena *arena, uint32_t tenant, const struct run *run);
/* What `after` grants and `before` (may be NULL) did not must be in the tenant's catalogue:
 * ERR_UNKNOWN names what is not. */
bool catalogue_has(const struct run *run, struct span codename);
enum err catalogue_check(struct run *run, const struct entry *before, const struct entry *after);
/* The codenames that an entry of KIND_PERMISSION or KIND_APP puts into the catalogue. */
size_t catalogue_codenames(struct arena *arena, const struct entry *entry, struct span *codenames);
#define CATALOGUE_CODENAMES_MAX 4

enum built_in_preset {
	BUILT_IN_PEGOTEC = 1 << PRESET_PEGOTEC,
	BUILT_IN_USERS_APP = 1 << PRESET_USERS_APP,
	BUILT_IN_TITANUS = 1 << PRESET_TITANUS,
	BUILT_IN_REALM = 1 << PRESET_COUNT,
};
/* Deeds that bring the built-in roles of the tenant to the table, the catalogue and the policies as
 * they will be after the deeds prepared so far: missing ones are made, others changed, and those
 * that the preset does not have become the tenant's own. For a new tenant (`starters`) the roles it
 * begins with as well. */
enum err built_in_roles_refresh(struct run *run, uint32_t tenant, bool starters);

/* ---- audit ---- */

/* Appends the row of a deed that became `change`. */
void audit_append(struct run *run, const struct deed *deed, const struct change *change);
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

/* ---- keeping: what the core writes beside commands ---- */

/* Work in a transaction of the writer's; it may run again when another's failure undid it. */
struct chore {
	void (*work)(struct chore *chore, struct run *run);
};
enum err chore_run(struct core *core, struct chore *chore, struct why *why);

bool keeper_may_write(struct run *run, uint32_t tenant);

struct keeper;
struct keeper *keeper_new(struct core *core, const struct core_options *options);
enum err keeper_start(struct keeper *keeper, struct why *why);
void keeper_stop(struct keeper *keeper); /* writes what is gathered */
void keeper_free(struct keeper *keeper); /* NULL is allowed */
/* The tenant has new rows. Any thread. */
void keeper_mark(struct keeper *keeper, uint32_t tenant);
bool keeper_is_anchored(struct keeper *keeper);

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

/* ---- writer ---- */

enum err writer_start(struct core *core, struct writer **writer, struct why *why);
void writer_stop(struct writer *writer);
void writer_watch(struct writer *writer,
	void (*committed)(void *arg, uint32_t tenant, uint64_t sequence), void *arg);
void writer_unwatch(struct writer *writer, void *arg);
enum err writer_submit(struct writer *writer, struct batch *batch, struct why *why);
void writer_figures(struct writer *writer, struct core_figures *figures);

/* ---- jobs ---- */

/* The thread that runs them; made before the writer, which wakes it. */
struct jobs *jobs_new(struct core *core);
enum err jobs_start(struct jobs *jobs, struct why *why);
void jobs_stop(struct jobs *jobs); /* before the writer is stopped */
void jobs_free(struct jobs *jobs); /* before the store is closed */
/* On the writer thread: the transaction under way starts a job. */
void jobs_wake(struct jobs *jobs);

/* ---- views ---- */

bool find_tenant_number(struct txn *txn, uint32_t number, struct tenant_info *tenant);
/* Fills all but channel, address and request. ERR_CREDENTIALS when it may not act. */
enum err actor_build(struct txn *txn, struct arena *arena, const struct tenant_info *tenant,
	const struct record *record, struct actor *actor, struct why *why);
/* What a user or client may do in the run's own snapshot takes the place of what the door saw;
 * ERR_CREDENTIALS when it may not act any more. Machinery stays as it is. */
enum err actor_renew(struct run *run);

/* ---- search ---- */

struct plan; /* a stream of candidate numbers of one kind */
struct plan *plan_make(struct view *view, struct arena *arena, uint32_t tenant, enum kind kind,
	const struct filter *filter);
bool plan_next(struct plan *plan, uint32_t least, uint32_t *number);
bool plan_is_exact(const struct plan *plan);   /* every candidate of the kind matches */
bool plan_is_counted(const struct plan *plan); /* and every candidate is of the kind */
bool plan_is_all(const struct plan *plan);
uint64_t plan_estimate(struct plan *plan); /* a guess at how many candidates there are */
void plan_close(struct plan *plan);

/* ---- signing in ---- */

struct credential_cache *credential_cache_new(void);
void credential_cache_free(struct credential_cache *cache);
struct credential_key {
	uint8_t octets[32];
};
void credential_key_make(const struct credential_cache *cache, const struct record *record,
	struct span password, struct credential_key *key);
bool credential_cache_has(struct credential_cache *cache, uint32_t tenant, uint32_t number,
	const struct credential_key *key);
void credential_cache_put(struct credential_cache *cache, uint32_t tenant, uint32_t number,
	const struct credential_key *key);

/* A job of the pool: `work` runs on a hashing thread with that thread's view (not begun);
 * `refused` instead when it was pushed out or the pool stops. Frees itself in either. */
struct hash_job {
	void (*work)(struct hash_job *job, struct view *view);
	void (*refused)(struct hash_job *job, enum err err);
	uint32_t tenant;
	struct hash_job *next; /* the pool's */
};
enum err hash_pool_start(
	struct core *core, unsigned threads, struct hash_pool **pool, struct why *why);
void hash_pool_stop(struct hash_pool *pool);
/* False: the queue is full. */
bool hash_pool_submit(struct hash_pool *pool, struct hash_job *job);

#endif
