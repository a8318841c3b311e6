#include "core/core_int.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/hash.h"

/* Verified credentials, so that an application that binds a person again and again costs one
 * Argon2id in five minutes. What is kept is an HMAC under a key of this process over all that the
 * verification depended on; the entry's revision is among it, so any change to the entry ends it.
 */

#define BUCKETS 16384
#define WAYS 4
#define LOCKS 64
#define LIFE (300 * SECOND)
#define HEAD 44 /* of the message, before the password */

struct slot {
	uint32_t tenant, number;
	int64_t until; /* monotonic; 0: empty */
	struct credential_key key;
};

struct credential_cache {
	uint8_t secret[32];
	pthread_mutex_t locks[LOCKS];
	struct slot slots[BUCKETS][WAYS];
};

struct credential_cache *credential_cache_new(void)
{
	struct credential_cache *cache = heap_zalloc(sizeof *cache);
	secret_random(cache->secret, sizeof cache->secret);
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&cache->locks[i], NULL);
	return cache;
}

void credential_cache_free(struct credential_cache *cache)
{
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&cache->locks[i]);
	secret_wipe(cache, sizeof *cache);
	free(cache);
}

/* Every field has a fixed width but the last, whose length stands before it: two logins that differ
 * never make the same message. */
void credential_key_make(const struct credential_cache *cache, const struct record *record,
	struct credential_place place, struct span password, struct credential_key *key)
{
	uint8_t message[HEAD + PASSWORD_MAX];
	put_be32(message, record->tenant);
	memcpy(message + 4, record->id.octets, 16);
	put_be64(message + 20, record->revision);
	put_be32(message + 28, place.directory);
	put_be64(message + 32, place.revision);
	put_be32(message + 40, (uint32_t)password.len);
	memcpy(message + HEAD, password.data, password.len);
	hmac_sha256(span_of(cache->secret, sizeof cache->secret),
		span_of(message, HEAD + password.len), key->octets);
	secret_wipe(message, HEAD + password.len);
}

static size_t bucket_of(uint32_t tenant, uint32_t number)
{
	uint64_t mixed = ((uint64_t)tenant << 32 | number) * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(mixed >> 50);
}
_Static_assert(BUCKETS == 1 << (64 - 50), "bucket_of takes the upper 14 bits");

static struct slot *find(struct slot *bucket, uint32_t tenant, uint32_t number)
{
	for (size_t i = 0; i < WAYS; i++)
		if (bucket[i].until && bucket[i].tenant == tenant && bucket[i].number == number)
			return &bucket[i];
	return NULL;
}

static struct slot *oldest(struct slot *bucket)
{
	struct slot *slot = bucket;
	for (size_t i = 1; i < WAYS; i++)
		if (bucket[i].until < slot->until)
			slot = &bucket[i];
	return slot;
}

bool credential_cache_has(struct credential_cache *cache, uint32_t tenant, uint32_t number,
	const struct credential_key *key)
{
	size_t at = bucket_of(tenant, number);
	pthread_mutex_t *lock = &cache->locks[at % LOCKS];
	pthread_mutex_lock(lock);
	const struct slot *slot = find(cache->slots[at], tenant, number);
	bool has = slot && slot->until > clock_monotonic() &&
		   secret_equal(span_of(slot->key.octets, sizeof slot->key.octets),
			   span_of(key->octets, sizeof key->octets));
	pthread_mutex_unlock(lock);
	return has;
}

void credential_cache_put(struct credential_cache *cache, uint32_t tenant, uint32_t number,
	const struct credential_key *key)
{
	size_t at = bucket_of(tenant, number);
	pthread_mutex_t *lock = &cache->locks[at % LOCKS];
	pthread_mutex_lock(lock);
	struct slot *slot = find(cache->slots[at], tenant, number);
	if (!slot)
		slot = oldest(cache->slots[at]);
	*slot = (struct slot){ tenant, number, clock_monotonic() + LIFE, *key };
	pthread_mutex_unlock(lock);
}
