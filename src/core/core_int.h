/* What the files of core/ share, by theme in the headers named here; and the core itself: what it
 * holds, its threads, how candidates of a search are found, and the cache of credentials. */
#ifndef CORE_CORE_INT_H
#define CORE_CORE_INT_H

#include "core/conflict_int.h"
#include "core/core.h"
#include "core/keeper_int.h"
#include "core/membership_int.h"
#include "core/ownership_int.h"
#include "core/permission_int.h"
#include "core/posix_int.h"
#include "core/rules_int.h"
#include "core/run_int.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct writer;
struct hash_pool;
struct credential_cache;
struct throttle;
struct login_marks;
struct session_marks;
struct login_delays;

struct core {
	struct store *store;
	struct seal_key key;
	struct writer *writer;
	struct hash_pool *pool;
	struct credential_cache *cache;
	struct throttle *throttle;
	struct login_marks *marks;
	struct session_marks *sessions;
	struct written *written;
	struct login_delays *delays;
	struct verifier verifier; /* `ask` NULL: nobody has registered */
	struct once_sweeper *sweeper;
	struct cursor_key cursors;
	struct jobs *jobs;
	char *data; /* folder of the store */
	struct keeper *keeper;
	struct denials *denials;
	struct activities *activities;
	struct provisions *provisions;
	struct meter *meter;
	struct expiries *expiries;
};

/* Containers as the snapshot shows them, for those that are asked for person by person. What a
 * record lies in stands as long as no commit has followed it. */
#define VIEW_CONTAINERS 64
struct view_containers {
	uint64_t snapshot;
	struct record rows[VIEW_CONTAINERS]; /* number 0: none */
};

/* What of a tenant is asked for with nearly every request, as the snapshot shows it. */
#define VIEW_TENANTS 32
struct view_tenants {
	uint64_t snapshot;
	uint32_t named; /* the tenant that was last found by its name */
	struct view_tenant {
		uint32_t tenant;
		bool knows_info, knows_settings, knows_pointers;
		bool has_info, has_settings, has_pointers;
		struct tenant_info info;
		struct record settings;
	} rows[VIEW_TENANTS];
};

struct view {
	struct core *core;
	struct txn *txn;
	struct arena *scratch; /* of one call; never of what a call returns */
	struct view_containers containers;
	struct view_tenants tenants;
};

/* ---- writer ---- */

enum err writer_start(struct core *core, struct writer **writer, struct why *why);
void writer_stop(struct writer *writer);
void writer_watch(struct writer *writer,
	void (*committed)(void *arg, uint32_t tenant, uint64_t sequence), void *arg);
void writer_unwatch(struct writer *writer, void *arg);
enum err writer_submit(
	struct writer *writer, struct batch *const *batches, size_t count, struct why *why);
/* The refused command of these keeps its reason; the others did not happen. */
void batch_refuse(struct batch *batch, size_t first, size_t count, size_t refused);
/* Of commands that are finished: counts them, notes who was refused for want of a right. */
void batch_count(struct core *core, const struct batch *batch, size_t first, size_t count);
/* What it needs was done, and the lot is not stopped. */
bool batch_may_run(const struct batch *batch);
void batch_skip(struct batch *batch);
void writer_figures(struct writer *writer, struct core_figures *figures);

/* ---- rows that are written beside the journal; of the writer's thread ---- */

struct written *written_new(void);
void written_free(struct written *written);
void written_reset(struct written *written);
void written_note(struct written *written, const struct run *run);
/* Of what a chore writes, which is no row of state but is told like one. */
void written_add(struct written *written, uint32_t tenant, struct span word);
void written_tell(struct written *written);

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
/* The same; the operator realm is no tenant, and never suspended. */
bool find_home(struct txn *txn, uint32_t number, struct tenant_info *tenant);
/* Fills all but channel, address and request. ERR_CREDENTIALS when it may not act. */
enum err actor_build(struct txn *txn, struct arena *arena, const struct tenant_info *tenant,
	const struct record *record, struct actor *actor, struct why *why);
/* Its end has come. */
bool record_has_expired(const struct record *record);
/* Its token is a person's, and acts as they do. */
bool client_is_personal(const struct record *client);
/* What a user or client may do in the run's own snapshot takes the place of what the door saw;
 * ERR_CREDENTIALS when it may not act any more, ERR_UNAVAILABLE of a directory that is gone.
 * Machinery stays as it is. */
enum err actor_renew(struct run *run);

/* ---- tokens that end ---- */

struct expiries *expiries_new(void);
void expiries_free(struct expiries *expiries);
/* A client was changed. Any thread. */
void expiries_mark(struct expiries *expiries);
/* Looks again, when it is time to. One thread. */
void expiries_tend(struct core *core);

/* ---- search ---- */

struct plan; /* a stream of candidate numbers of one kind */
struct plan *plan_make(struct view *view, struct arena *arena, uint32_t tenant, enum kind kind,
	const struct filter *filter);
bool plan_next(struct plan *plan, uint32_t least, uint32_t *number);
/* Passes over up to n candidates >= least; returns how many, *last is the last of them. */
uint64_t plan_skip(struct plan *plan, uint32_t least, uint64_t n, uint32_t *last);
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
/* Where a password was found right: here (0), or by a directory with that entry. */
struct credential_place {
	uint32_t directory;
	uint64_t revision;
};
#define CREDENTIAL_HERE ((struct credential_place){ 0, 0 })
void credential_key_make(const struct credential_cache *cache, const struct record *record,
	struct credential_place place, struct span password, struct credential_key *key);
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
