#include "core/login_int.h"
#include "core/session_int.h"

#include "base/clock.h"

#include <unistd.h>

void actor_operator(struct actor *actor, const char *name, enum channel channel)
{
	memset(actor, 0, sizeof *actor);
	actor->type = ACTOR_OPERATOR;
	actor->permissions = permission_flagged(0);
	actor->channel = channel;
	snprintf(actor->name, sizeof actor->name, "%s", name);
}

void actor_system(struct actor *actor, enum channel channel)
{
	actor_operator(actor, "muster", channel);
	actor->type = ACTOR_SYSTEM;
}

/* ---- one command, waited for ---- */

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool done;
};

static void wake_waiter(struct batch *batch)
{
	struct waiter *waiter = batch->arg;
	pthread_mutex_lock(&waiter->lock);
	waiter->done = true;
	pthread_cond_signal(&waiter->wake);
	pthread_mutex_unlock(&waiter->lock);
}

static enum err submit_and_wait(struct core *core, struct batch *batch, struct why *why)
{
	struct waiter waiter = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };
	batch->done = wake_waiter;
	batch->arg = &waiter;
	enum err err = core_submit(core, batch, why);
	if (err)
		return err;
	pthread_mutex_lock(&waiter.lock);
	while (!waiter.done)
		pthread_cond_wait(&waiter.wake, &waiter.lock);
	pthread_mutex_unlock(&waiter.lock);
	pthread_mutex_destroy(&waiter.lock);
	pthread_cond_destroy(&waiter.wake);
	return OK;
}

enum err core_run_many(struct core *core, const struct actor *actor, const struct command *commands,
	size_t count, bool all_or_nothing, struct outcome *outcomes, struct why *why)
{
	struct batch batch = { .actor = actor,
		.commands = commands,
		.outcomes = outcomes,
		.count = count,
		.all_or_nothing = all_or_nothing };
	return submit_and_wait(core, &batch, why);
}

enum err core_preview(struct core *core, const struct actor *actor, const struct command *commands,
	size_t count, struct outcome *outcomes, struct why *why)
{
	struct batch batch = { .actor = actor,
		.commands = commands,
		.outcomes = outcomes,
		.count = count,
		.preview = true };
	return submit_and_wait(core, &batch, why);
}

enum err core_run(struct core *core, const struct actor *actor, const struct command *command,
	struct outcome *outcome)
{
	struct why why = { 0 };
	enum err err = core_run_many(core, actor, command, 1, false, outcome, &why);
	if (err) {
		memset(outcome, 0, sizeof *outcome);
		outcome->err = err;
		outcome->why = why;
	}
	return outcome->err;
}

enum err core_submit(struct core *core, struct batch *batch, struct why *why)
{
	return writer_submit(core->writer, &batch, 1, why);
}

enum err core_submit_all(
	struct core *core, struct batch *const *batches, size_t count, struct why *why)
{
	return writer_submit(core->writer, batches, count, why);
}

void core_watch(struct core *core, void (*committed)(void *arg, uint32_t tenant, uint64_t sequence),
	void *arg)
{
	writer_watch(core->writer, committed, arg);
}

void core_unwatch(struct core *core, void *arg)
{
	writer_unwatch(core->writer, arg);
}

void core_set_verifier(struct core *core, const struct verifier *verifier)
{
	core->verifier = verifier ? *verifier : (struct verifier){ .ask = NULL };
}

/* ---- life ---- */

static size_t list_tenants(struct txn *txn, struct arena *arena, uint32_t **tenants)
{
	size_t count = 1, capacity = 64;
	*tenants = arena_array(arena, capacity, sizeof **tenants);
	(*tenants)[0] = 0;
	for (uint32_t number = 1; txn_next_tenant(txn, number, &number); number++) {
		struct tenant_info tenant;
		if (!find_tenant_number(txn, number, &tenant) || tenant.erasing)
			continue;
		if (count == capacity) {
			uint32_t *grown = arena_array(arena, 2 * capacity, sizeof *grown);
			memcpy(grown, *tenants, count * sizeof *grown);
			*tenants = grown;
			capacity *= 2;
		}
		(*tenants)[count++] = number;
	}
	return count;
}

static enum err seed(struct core *core, struct arena *arena, const uint32_t *tenants, size_t count,
	struct why *why)
{
	struct actor actor;
	struct command *commands = arena_array(arena, count, sizeof *commands);
	struct outcome *outcomes = arena_array(arena, count, sizeof *outcomes);
	actor_system(&actor, CHANNEL_INTERNAL);
	for (size_t i = 0; i < count; i++)
		commands[i] = (struct command){ .type = COMMAND_SEED, .tenant = tenants[i] };
	enum err err = core_run_many(core, &actor, commands, count, false, outcomes, why);
	for (size_t i = 0; !err && i < count; i++)
		if (outcomes[i].err) {
			err = outcomes[i].err;
			*why = outcomes[i].why;
		}
	return err;
}

/* The built-in roles of the operator realm and of every tenant are those of this version. */
static enum err seed_all(struct core *core, struct why *why)
{
	struct txn *txn;
	uint32_t *tenants;
	enum err err = txn_begin_read(core->store, &txn, why);
	if (err)
		return err;
	struct arena *arena = arena_new();
	size_t count = list_tenants(txn, arena, &tenants);
	err = txn_error(txn, why);
	txn_end(txn);
	if (!err)
		err = seed(core, arena, tenants, count, why);
	arena_free(arena);
	return err;
}

static unsigned default_hash_threads(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	return processors > 0 ? (unsigned)processors : 1;
}

static enum err start(struct core *core, unsigned hash_threads, struct why *why)
{
	enum err err = writer_start(core, &core->writer, why);
	if (!err)
		err = seed_all(core, why);
	if (!err)
		err = hash_pool_start(core, hash_threads, &core->pool, why);
	if (!err)
		err = login_delays_start(&core->delays, why);
	if (!err)
		err = jobs_start(core->jobs, why);
	if (!err)
		err = keeper_start(core->keeper, why);
	return err;
}

enum err core_open(const struct core_options *options, struct core **result, struct why *why)
{
	unsigned threads = options->hash_threads ? options->hash_threads : default_hash_threads();
	struct store_options store = { .path = options->data,
		.create = true,
		.quota = options->quota,
		/* The hashing threads, the writer's own, the jobs', the keeper's and what starts
		 * and care need. */
		.readers = options->readers + threads + 6 };
	struct core *core = heap_zalloc(sizeof *core);
	core->key = options->key;
	key_derive(&options->key, AUDIT_TAG_PURPOSE, store.audit_key);
	cursor_key_make(&options->key, &core->cursors);
	core->cache = credential_cache_new();
	core->throttle = throttle_new(&options->throttle);
	core->marks = login_marks_new();
	core->sessions = session_marks_new();
	core->written = written_new();
	core->sweeper = once_sweeper_new();
	core->jobs = jobs_new(core);
	core->data = heap_string(options->data);
	core->denials = denials_new();
	core->activities = activities_new();
	core->provisions = provisions_new();
	core->meter = meter_new();
	core->expiries = expiries_new();
	core->keeper = keeper_new(core, options);
	enum err err = store_open(&store, &core->store, why);
	if (!err)
		err = start(core, threads, why);
	if (err)
		core_close(core);
	else
		*result = core;
	return err;
}

void core_close(struct core *core)
{
	jobs_stop(core->jobs);
	if (core->pool)
		hash_pool_stop(core->pool);
	if (core->delays)
		login_delays_stop(core->delays);
	keeper_stop(core->keeper);
	if (core->writer)
		writer_stop(core->writer);
	jobs_free(core->jobs);
	if (core->store)
		store_close(core->store);
	credential_cache_free(core->cache);
	throttle_free(core->throttle);
	login_marks_free(core->marks);
	session_marks_free(core->sessions);
	written_free(core->written);
	keeper_free(core->keeper);
	denials_free(core->denials);
	activities_free(core->activities);
	provisions_free(core->provisions);
	meter_free(core->meter);
	expiries_free(core->expiries);
	free(core->sweeper);
	free(core->data);
	secret_wipe(&core->key, sizeof core->key);
	secret_wipe(&core->cursors, sizeof core->cursors);
	free(core);
}

const struct cursor_key *core_cursor_key(const struct core *core)
{
	return &core->cursors;
}

/* ---- care ---- */

struct span core_seal(
	struct core *core, struct arena *arena, const struct uuid *id, struct span plain)
{
	return seal(arena, &core->key, uuid_span(id), plain);
}

enum err core_unseal(struct core *core, struct arena *arena, const struct uuid *id,
	struct span sealed, struct span *plain, struct why *why)
{
	return unseal(arena, &core->key, uuid_span(id), sealed, plain, why);
}

enum err core_backup(struct core *core, const char *path, struct why *why)
{
	return store_backup(core->store, path, why);
}

void core_figures(struct core *core, struct core_figures *figures)
{
	struct store_figures store;
	memset(figures, 0, sizeof *figures);
	store_figures(core->store, &store);
	figures->octets_used = store.octets_used;
	figures->octets_quota = store.octets_quota;
	figures->entries = store.entries;
	figures->anchored = keeper_is_anchored(core->keeper);
	writer_figures(core->writer, figures);
	/* Nobody need have written since. */
	figures->writable |= store_has_room_again(core->store);
	figures->failed |= store_is_broken(core->store);
}

void core_tend(struct core *core)
{
	store_clear_readers(core->store);
	expiries_tend(core);
	once_sweep(core);
}

enum err client_entry(struct arena *arena, const char *type, struct span name, uint64_t permissions,
	struct entry **result, struct why *why)
{
	struct entry *entry = entry_new(arena, KIND_CLIENT);
	enum err err = entry_add(entry, ATTR_COMMON_NAME, 0, SOURCE_LOCAL, name, why);
	if (!err)
		err = entry_add(entry, ATTR_CLIENT_TYPE, 0, SOURCE_LOCAL, span_str(type), why);
	uint16_t instance = 0;
	for (unsigned bit = 0; !err && bit < 64; bit++)
		if (permissions >> bit & 1)
			err = entry_add(entry, ATTR_PERMISSION, instance++, SOURCE_LOCAL,
				span_str(permission_codename((enum permission)bit)), why);
	if (!err)
		*result = entry;
	return err;
}

static void set_one(
	struct arena *arena, struct modification *mod, enum attr attr, struct span octets)
{
	struct value *value = arena_zalloc(arena, sizeof *value);
	value->attr = attr;
	value->octets = arena_copy(arena, octets);
	*mod = (struct modification){
		.op = PATCH_REPLACE, .attr = attr, .values = value, .count = octets.len ? 1 : 0
	};
}

struct modification *client_rotate(struct arena *arena, const struct record *client,
	struct span token, int64_t until, size_t *count)
{
	uint8_t digest[32];
	char time[TIME_TEXT_MAX];
	struct span old = record_first(client, ATTR_TOKEN_DIGEST);
	struct modification *mods = arena_array(arena, 3, sizeof *mods);
	bool overlaps = old.len && until > clock_wall();
	size_t len = time_format_generalized(until, time);
	token_digest(token, digest);
	set_one(arena, &mods[0], ATTR_TOKEN_OLD_DIGEST, overlaps ? old : SPAN_NONE);
	set_one(arena, &mods[1], ATTR_TOKEN_OLD_EXPIRES, overlaps ? span_of(time, len) : SPAN_NONE);
	set_one(arena, &mods[2], ATTR_TOKEN_DIGEST, span_of(digest, sizeof digest));
	*count = 3;
	return mods;
}
