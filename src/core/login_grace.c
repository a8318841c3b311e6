#include "core/login_int.h"

#include "base/clock.h"
#include "base/codec.h"

#define TOLD_APART HOUR /* of one person, in the audit */
#define PURPOSE SPAN("muster grace")
#define HEAD 20 /* the directory, its entry's revision, when */
#define HOUR (3600 * SECOND)

struct span grace_key(uint32_t number, char text[GRACE_KEY])
{
	int len = snprintf(text, GRACE_KEY, "grace/%u", (unsigned)number);
	return span_of(text, (size_t)len);
}

/* No other sealed value of the person's passes for this one. */
static struct span context_of(struct arena *arena, const struct uuid *person)
{
	const struct span purpose = PURPOSE;
	uint8_t *context = arena_alloc(arena, purpose.len + sizeof person->octets);
	memcpy(context, purpose.data, purpose.len);
	memcpy(context + purpose.len, person->octets, sizeof person->octets);
	return span_of(context, purpose.len + sizeof person->octets);
}

bool grace_find(struct view *view, const struct record *person, const struct upstream *upstream,
	char stored[PASSWORD_HASH_MAX])
{
	char text[GRACE_KEY];
	struct span row, plain;
	if (!txn_state(view->txn, person->tenant, grace_key(person->number, text), &row) ||
		unseal(view->scratch, &view->core->key, context_of(view->scratch, &person->id), row,
			&plain, NULL) ||
		plain.len <= HEAD || plain.len - HEAD >= PASSWORD_HASH_MAX)
		return false;
	int64_t since = (int64_t)get_be64(plain.data + 12), now = clock_wall();
	if (get_be32(plain.data) != upstream->directory ||
		get_be64(plain.data + 4) != upstream->revision || now < since ||
		now - since >= upstream->hours * HOUR)
		return false;
	memcpy(stored, plain.data + HEAD, plain.len - HEAD);
	stored[plain.len - HEAD] = '\0';
	return true;
}

/* ---- that somebody was let in ---- */

static struct span told_key(struct arena *arena, uint32_t number)
{
	return span_str(arena_printf(arena, "grace/%u/told", (unsigned)number));
}

static bool was_told(struct txn *txn, struct arena *arena, uint32_t tenant, uint32_t number)
{
	struct span row;
	uint64_t told;
	int64_t now = clock_wall();
	return txn_state(txn, tenant, told_key(arena, number), &row) && span_to_u64(row, &told) &&
	       now >= (int64_t)told && now - (int64_t)told < TOLD_APART;
}

enum err command_vouch(struct run *run)
{
	struct span bytes;
	struct entry *person;
	enum err err = run_load(run, &bytes, &person);
	if (err || was_told(run->txn, run->arena, person->tenant, person->number))
		return err;
	run_deed_on(run, "user.grace.used", person);
	run_state(run, told_key(run->arena, person->number),
		span_str(arena_printf(run->arena, "%lld", (long long)run->now)));
	return OK;
}

struct vouching {
	struct batch batch;
	struct actor actor;
	struct command command;
	struct outcome outcome;
};

static void vouched(struct batch *batch)
{
	free(batch->arg);
}

void grace_tell(struct view *view, const struct actor *actor, const struct record *person)
{
	if (was_told(view->txn, view->scratch, person->tenant, person->number))
		return;
	struct vouching *v = heap_zalloc(sizeof *v);
	v->actor = *actor;
	v->actor.delegation = NULL;
	v->command = (struct command){ .type = COMMAND_VOUCH,
		.tenant = person->tenant,
		.kind = KIND_USER,
		.id = person->id,
		.reason = SPAN("the directory is not available; what it said before counts") };
	v->batch = (struct batch){ .actor = &v->actor,
		.commands = &v->command,
		.outcomes = &v->outcome,
		.count = 1,
		.done = vouched,
		.arg = v };
	if (core_submit(view->core, &v->batch, NULL))
		free(v);
}

/* ---- writing ---- */

struct writing {
	struct batch batch;
	struct actor actor;
	struct command command;
	struct outcome outcome;
	struct state_row row;
	char key[GRACE_KEY];
	uint8_t value[];
};

static void written(struct batch *batch)
{
	free(batch->arg);
}

static void write_row(struct core *core, uint32_t tenant, uint32_t number, struct span value)
{
	struct writing *w = heap_zalloc(sizeof *w + value.len);
	if (value.len)
		memcpy(w->value, value.data, value.len);
	actor_system(&w->actor, CHANNEL_INTERNAL);
	w->row = (struct state_row){ grace_key(number, w->key), span_of(w->value, value.len) };
	w->command = (struct command){
		.type = COMMAND_STATE, .tenant = tenant, .states = &w->row, .state_count = 1
	};
	w->batch = (struct batch){ .actor = &w->actor,
		.commands = &w->command,
		.outcomes = &w->outcome,
		.count = 1,
		.done = written,
		.arg = w };
	if (core_submit(core, &w->batch, NULL))
		free(w);
}

static struct span row_of(struct core *core, struct arena *arena, const struct record *person,
	const struct upstream *upstream, const char *hash)
{
	size_t len = strlen(hash);
	uint8_t *plain = arena_alloc(arena, HEAD + len);
	put_be32(plain, upstream->directory);
	put_be64(plain + 4, upstream->revision);
	put_be64(plain + 12, (uint64_t)clock_wall());
	memcpy(plain + HEAD, hash, len);
	return seal(arena, &core->key, context_of(arena, &person->id), span_of(plain, HEAD + len));
}

void grace_keep(struct core *core, const struct record *person, const struct upstream *upstream,
	struct span prepared)
{
	const struct credential_place place = { upstream->directory, upstream->revision };
	struct credential_key key;
	char hash[PASSWORD_HASH_MAX];
	credential_key_make(core->cache, person, place, prepared, &key);
	if (credential_cache_has(core->cache, person->tenant, person->number, &key) ||
		password_hash(prepared, hash, NULL))
		return;
	struct arena *arena = arena_new();
	write_row(
		core, person->tenant, person->number, row_of(core, arena, person, upstream, hash));
	credential_cache_put(core->cache, person->tenant, person->number, &key);
	arena_free(arena);
	secret_wipe(hash, sizeof hash);
}

void grace_drop(struct view *view, const struct record *person)
{
	char text[GRACE_KEY];
	struct span row;
	if (txn_state(view->txn, person->tenant, grace_key(person->number, text), &row))
		write_row(view->core, person->tenant, person->number, SPAN_NONE);
}

void grace_forget(struct run *run, const struct entry *person)
{
	struct span before, key = grace_key(person->number, arena_alloc(run->arena, GRACE_KEY));
	struct span told = told_key(run->arena, person->number);
	if (txn_state(run->txn, person->tenant, key, &before))
		run_state(run, key, SPAN_NONE);
	if (txn_state(run->txn, person->tenant, told, &before))
		run_state(run, told, SPAN_NONE);
}
