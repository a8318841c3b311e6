#include "core/login_int.h"

#include "base/clock.h"
#include "base/codec.h"

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
	if (txn_state(run->txn, person->tenant, key, &before))
		run_state(run, key, SPAN_NONE);
}
