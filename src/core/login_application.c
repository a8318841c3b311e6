#include "core/login_int.h"

#include "base/codec.h"
#include "base/hash.h"
#include "base/limits.h"

#include <assert.h>

/* ---- who may sign in through it ---- */

#define CONTAINERS_SEEN_MAX 10000

struct climb {
	struct view *view;
	uint32_t tenant;
	uint32_t numbers[CONTAINERS_SEEN_MAX];
	size_t count;
};

static void see(struct climb *climb, uint32_t number)
{
	for (size_t i = 0; i < climb->count; i++)
		if (climb->numbers[i] == number)
			return;
	if (climb->count < CONTAINERS_SEEN_MAX)
		climb->numbers[climb->count++] = number;
}

static void see_holders(struct climb *climb, uint32_t member)
{
	for (enum kind kind = KIND_ROLE; kind <= KIND_GROUP; kind++) {
		uint32_t container = 0;
		struct postings *held = postings_containers(
			climb->view->txn, climb->view->scratch, climb->tenant, member, kind);
		while (postings_next(held, container, &container)) {
			see(climb, container);
			if (++container == 0)
				break;
		}
		postings_close(held);
	}
}

/* Breadth first: what holds the person, then what holds that. */
static void climb_from(struct climb *climb, uint32_t person)
{
	see_holders(climb, person);
	size_t level = 0, end = climb->count;
	for (unsigned depth = 0; depth < LIMIT_NESTING && level < end; depth++) {
		for (size_t i = level; i < end; i++)
			see_holders(climb, climb->numbers[i]);
		level = end;
		end = climb->count;
	}
}

static bool has_climbed_to(const struct climb *climb, struct span reference)
{
	struct uuid id;
	enum kind kind;
	uint32_t number;
	if (!uuid_from_octets(reference, &id))
		return false;
	if (!txn_find_id(climb->view->txn, climb->tenant, &id, &kind, &number))
		return false;
	for (size_t i = 0; i < climb->count; i++)
		if (climb->numbers[i] == number)
			return true;
	return false;
}

static bool admits(struct view *view, const struct record *client, const struct record *person)
{
	size_t first = record_find(client, ATTR_BIND_CONTAINER);
	if (first == client->count || record_row(client, first).attr != ATTR_BIND_CONTAINER)
		return true;
	struct climb *climb = arena_zalloc(view->scratch, sizeof *climb);
	climb->view = view;
	climb->tenant = person->tenant;
	climb_from(climb, person->number);
	bool found = false;
	for (size_t i = first; !found && i < client->count; i++) {
		struct value value = record_row(client, i);
		if (value.attr != ATTR_BIND_CONTAINER)
			break;
		found = has_climbed_to(climb, value.octets);
	}
	return found;
}

bool login_admits(struct view *view, const struct record *service, const struct record *person)
{
	arena_reset(view->scratch);
	return admits(view, service, person);
}

/* ---- with what ---- */

enum factor factor_of_word(struct span word)
{
	static const char *const words[] = { [FACTOR_OWN] = "",
		[FACTOR_PASSWORD] = "password",
		[FACTOR_TOTP] = "password+totp",
		[FACTOR_APPLICATION] = "application" };
	for (enum factor factor = FACTOR_OWN; factor < FACTOR_COUNT; factor++)
		if (span_equal(word, span_str(words[factor])))
			return factor;
	return FACTOR_COUNT;
}

void application_of(struct view *view, const struct login *login, const struct record *person,
	struct application *application)
{
	struct record client;
	*application = (struct application){ .admits = !login->client, .factor = FACTOR_OWN };
	if (!login->client ||
		!txn_entry(view->txn, login->tenant, KIND_CLIENT, login->client, &client))
		return;
	application->id = client.id;
	application->factor = factor_of_word(record_first(&client, ATTR_BIND_FACTOR));
	application->admits = application->factor != FACTOR_COUNT && admits(view, &client, person);
}

/* ---- passwords that were made for one ---- */

#define PURPOSE SPAN("muster application password")
#define LETTERS 24 /* of 32 kinds: 120 bits, which no fast hash gives away */

static void hash_of(
	struct core *core, const struct uuid *person, struct span password, uint8_t hash[32])
{
	uint8_t key[32], digests[2][32];
	key_derive(&core->key, PURPOSE, key);
	hash_sha256(uuid_span(person), digests[0]);
	hash_sha256(password, digests[1]);
	hmac_sha256(span_of(key, sizeof key), span_of(digests, sizeof digests), hash);
	secret_wipe(key, sizeof key);
	secret_wipe(digests, sizeof digests);
}

/* The hash, when it was made, for which application, and its name. */
#define HASH 32
#define CREATED_AT HASH
#define CLIENT_AT (CREATED_AT + 8)
#define NAME_AT (CLIENT_AT + 16)

bool app_password_read(struct span stored, struct app_password *password)
{
	if (stored.len <= NAME_AT || stored.len > NAME_AT + APP_PASSWORD_NAME_MAX)
		return false;
	password->created = (int64_t)get_be64(stored.data + CREATED_AT);
	memcpy(password->client.octets, stored.data + CLIENT_AT, 16);
	password->name = span_from(stored, NAME_AT);
	return true;
}

const char *app_password_make(struct core *core, struct arena *arena, const struct uuid *person,
	const struct app_password *wanted, struct span *stored)
{
	static const char letters[] = "abcdefghjkmnpqrstuvwxyz234567890";
	_Static_assert(sizeof letters == 32 + 1, "five bits a letter");
	uint8_t random[LETTERS], *octets = arena_alloc(arena, NAME_AT + wanted->name.len);
	char *text = arena_alloc(arena, LETTERS + 1);
	assert(wanted->name.len > 0 && wanted->name.len <= APP_PASSWORD_NAME_MAX);
	secret_random(random, sizeof random);
	for (size_t i = 0; i < LETTERS; i++)
		text[i] = letters[random[i] & 31];
	text[LETTERS] = '\0';
	hash_of(core, person, span_of(text, LETTERS), octets);
	put_be64(octets + CREATED_AT, (uint64_t)wanted->created);
	memcpy(octets + CLIENT_AT, wanted->client.octets, 16);
	memcpy(octets + NAME_AT, wanted->name.data, wanted->name.len);
	*stored = span_of(octets, NAME_AT + wanted->name.len);
	return text;
}

/* Without an application of its own it is for any that asks for nothing better. */
static bool is_for(const struct application *application, const struct app_password *password)
{
	if (uuid_is_nil(&password->client))
		return application->factor != FACTOR_APPLICATION;
	return uuid_equal(&password->client, &application->id);
}

bool app_password_fits(struct core *core, const struct record *person,
	const struct application *application, struct span typed)
{
	uint8_t hash[HASH];
	bool fits = false;
	size_t i = record_find(person, ATTR_APP_PASSWORD);
	if (i == person->count || application->factor == FACTOR_TOTP || typed.len != LETTERS)
		return false;
	hash_of(core, &person->id, typed, hash);
	for (; i < person->count; i++) {
		struct value value = record_row(person, i);
		struct app_password password;
		if (value.attr != ATTR_APP_PASSWORD)
			break;
		if (app_password_read(value.octets, &password))
			fits |= secret_equal(span_of(value.octets.data, HASH),
					span_of(hash, sizeof hash)) &&
				is_for(application, &password);
	}
	secret_wipe(hash, sizeof hash);
	return fits;
}
