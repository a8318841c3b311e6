#include "core/throttle_int.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/secret.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define FAILURES 10
#define ACCOUNT_FAILURES 100
#define NETWORK_FAILURES 1000
#define WINDOW 600
#define FRAIL_FAILURES 3
#define FRAIL_ACCOUNT_FAILURES 5
#define FRAIL_SHIFT 6 /* the first wait is of a minute */
#define DELAY 300

#define WAYS 8
#define SETS (LIMIT_THROTTLE / WAYS)
#define LOCKS 64
_Static_assert((SETS & (SETS - 1)) == 0, "a power of two");

/* An account in a network, an account wherever, or a network with whomever. */
struct place {
	uint32_t tenant, number;
	uint64_t name;
	uint8_t network[8];
	uint8_t family; /* 4, 6 or 0: not an address; NOWHERE: wherever */
	uint8_t kind;
};
#define NOWHERE 255

struct slot {
	bool used;
	struct place place;
	uint32_t failures;
	int64_t last;  /* failure */
	int64_t until; /* nothing is looked at before */
	bool good;     /* has signed in from there */
	bool frail;
	int64_t touched;
};

struct throttle {
	struct throttle_bounds bounds;
	uint64_t seed;
	pthread_mutex_t locks[LOCKS];
	struct slot slots[SETS][WAYS];
};

static uint32_t or_else(uint32_t value, uint32_t other)
{
	return value ? value : other;
}

struct throttle *throttle_new(const struct throttle_bounds *bounds)
{
	struct throttle *throttle = heap_zalloc(sizeof *throttle);
	throttle->bounds = (struct throttle_bounds){ .off = bounds->off,
		.failures = or_else(bounds->failures, FAILURES),
		.account_failures = or_else(bounds->account_failures, ACCOUNT_FAILURES),
		.network_failures = or_else(bounds->network_failures, NETWORK_FAILURES),
		.window = or_else(bounds->window, WINDOW),
		.delay = or_else(bounds->delay, DELAY) };
	secret_random(&throttle->seed, sizeof throttle->seed);
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&throttle->locks[i], NULL);
	return throttle;
}

void throttle_free(struct throttle *throttle)
{
	if (!throttle)
		return;
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&throttle->locks[i]);
	free(throttle);
}

/* ---- places ---- */

static uint64_t mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)(a ^ UINT64_C(0x9e3779b97f4a7c15)) *
			      (b ^ UINT64_C(0xbf58476d1ce4e5b9));
	return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

static uint64_t mix_octets(uint64_t hash, struct span s)
{
	for (; s.len >= 8; s = span_from(s, 8))
		hash = mix(hash, get_be64(s.data));
	uint64_t rest = s.len;
	for (size_t i = 0; i < s.len; i++)
		rest = rest << 8 | s.data[i];
	return mix(hash, rest);
}

/* The half of an IPv6 address that names the network; of IPv4 all of it, for a company's people
 * sit behind one. */
static void put_network(struct place *place, const char *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct in6_addr six;
	struct in_addr four;
	if (address && inet_pton(AF_INET, address, &four) == 1) {
		place->family = 4;
		memcpy(place->network, &four, 4);
	} else if (address && inet_pton(AF_INET6, address, &six) == 1) {
		bool old = memcmp(&six, mapped, sizeof mapped) == 0;
		place->family = old ? 4 : 6;
		memcpy(place->network, (const uint8_t *)&six + (old ? 12 : 0), old ? 4 : 8);
	}
}

static struct place account_of(const struct throttle *throttle, const struct throttle_key *key)
{
	return (struct place){ .tenant = key->tenant,
		.number = key->number,
		.name = key->number ? 0 : mix_octets(throttle->seed, key->name),
		.kind = (uint8_t)key->kind };
}

/* The three places that an attempt counts in. */
struct places {
	struct place pair, account, network;
};

static struct places places_of(const struct throttle *throttle, const struct throttle_key *key)
{
	struct places places = { .pair = account_of(throttle, key) };
	places.account = places.pair;
	places.account.family = NOWHERE;
	put_network(&places.pair, key->address);
	put_network(&places.network, key->address);
	return places;
}

static bool place_equal(const struct place *a, const struct place *b)
{
	return a->tenant == b->tenant && a->number == b->number && a->name == b->name &&
	       a->family == b->family && a->kind == b->kind &&
	       memcmp(a->network, b->network, sizeof a->network) == 0;
}

static size_t set_of(const struct throttle *throttle, const struct place *place)
{
	uint64_t hash = mix(throttle->seed, (uint64_t)place->tenant << 32 | place->number);
	hash = mix(hash, place->name);
	hash = mix(hash, get_be64(place->network));
	hash = mix(hash, (uint64_t)place->family << 8 | place->kind);
	return hash % SETS;
}

/* The lock is held. */
static struct slot *find(struct slot *set, const struct place *place)
{
	for (size_t i = 0; i < WAYS; i++)
		if (set[i].used && place_equal(&set[i].place, place))
			return &set[i];
	return NULL;
}

/* The place of who was there the longest ago. */
static struct slot *take(struct slot *set, const struct place *place)
{
	struct slot *slot = find(set, place), *oldest = set;
	if (slot)
		return slot;
	for (size_t i = 1; i < WAYS && oldest->used; i++)
		if (!set[i].used || set[i].touched < oldest->touched)
			oldest = &set[i];
	*oldest = (struct slot){ .used = true, .place = *place };
	return oldest;
}

static struct slot *lock_set(
	struct throttle *throttle, const struct place *place, pthread_mutex_t **lock)
{
	size_t at = set_of(throttle, place);
	*lock = &throttle->locks[at % LOCKS];
	pthread_mutex_lock(*lock);
	return throttle->slots[at];
}

/* ---- counting ---- */

static void forget_old(const struct throttle *throttle, struct slot *slot, int64_t now)
{
	if (now - slot->last < (int64_t)throttle->bounds.window * SECOND || now < slot->until)
		return;
	slot->failures = 0;
	slot->until = 0;
}

/* What counts in a place, and from which failure on it waits. */
struct bound {
	uint32_t failures;
	bool frail;
};

static struct bound bound_least(bool frail, uint32_t usual, uint32_t fewer)
{
	return (struct bound){ frail && fewer < usual ? fewer : usual, frail };
}

static struct bound of_pair(const struct throttle_bounds *bounds, const struct throttle_key *key)
{
	return bound_least(key->is_frail, bounds->failures, FRAIL_FAILURES);
}

static struct bound of_account(const struct throttle_bounds *bounds, const struct throttle_key *key)
{
	return bound_least(key->is_frail, bounds->account_failures, FRAIL_ACCOUNT_FAILURES);
}

static struct bound of_network(const struct throttle_bounds *bounds)
{
	return (struct bound){ bounds->network_failures, false };
}

/* Behind the last failure that costs nothing: 1 s, 2 s, 4 s and so on. */
static int64_t delay_of(const struct throttle *throttle, uint32_t failures, struct bound bound)
{
	uint32_t over = failures - bound.failures + (bound.frail ? FRAIL_SHIFT : 0);
	int64_t longest = throttle->bounds.delay;
	return (over < 20 && INT64_C(1) << over < longest ? INT64_C(1) << over : longest) * SECOND;
}

/* One that is admitted although there were too many is the only one until the next delay is over;
 * so those that come at once do not all have their guess. */
static bool admits(
	struct throttle *throttle, const struct place *place, struct bound bound, bool *good)
{
	pthread_mutex_t *lock;
	struct slot *slot = find(lock_set(throttle, place, &lock), place);
	bool admitted = true;
	if (slot) {
		int64_t now = clock_monotonic();
		forget_old(throttle, slot, now);
		slot->touched = now;
		admitted = now >= slot->until;
		if (admitted && slot->failures >= bound.failures)
			slot->until = now + delay_of(throttle, slot->failures, bound);
	}
	if (good)
		*good = slot && slot->good;
	pthread_mutex_unlock(lock);
	return admitted;
}

bool throttle_admits(struct throttle *throttle, const struct throttle_key *key)
{
	const struct throttle_bounds *bounds = &throttle->bounds;
	bool good;
	if (bounds->off)
		return true;
	struct places places = places_of(throttle, key);
	if (!admits(throttle, &places.pair, of_pair(bounds, key), &good))
		return false;
	return good || (admits(throttle, &places.account, of_account(bounds, key), NULL) &&
			       admits(throttle, &places.network, of_network(bounds), NULL));
}

/* True: the first one too many. */
static bool count(
	struct throttle *throttle, const struct place *place, struct bound bound, bool *good)
{
	pthread_mutex_t *lock;
	struct slot *slot = take(lock_set(throttle, place, &lock), place);
	int64_t now = clock_monotonic();
	forget_old(throttle, slot, now);
	slot->touched = slot->last = now;
	slot->failures += slot->failures < UINT32_MAX;
	slot->frail = bound.frail;
	bool first = slot->failures == bound.failures;
	if (slot->failures >= bound.failures)
		slot->until = now + delay_of(throttle, slot->failures, bound);
	if (good)
		*good = slot->good;
	pthread_mutex_unlock(lock);
	return first;
}

bool throttle_failed(struct throttle *throttle, const struct throttle_key *key)
{
	const struct throttle_bounds *bounds = &throttle->bounds;
	bool good;
	if (bounds->off)
		return false;
	struct places places = places_of(throttle, key);
	bool first = count(throttle, &places.pair, of_pair(bounds, key), &good);
	if (good)
		return first;
	first |= count(throttle, &places.account, of_account(bounds, key), NULL);
	return count(throttle, &places.network, of_network(bounds), NULL) || first;
}

/* What counts of the account elsewhere and of the network stays: else whoever guesses would sign in
 * to an account of their own in between. */
void throttle_succeeded(struct throttle *throttle, const struct throttle_key *key)
{
	pthread_mutex_t *lock;
	if (throttle->bounds.off)
		return;
	struct places places = places_of(throttle, key);
	struct slot *slot = take(lock_set(throttle, &places.pair, &lock), &places.pair);
	slot->failures = 0;
	slot->until = 0;
	slot->good = true;
	slot->touched = clock_monotonic();
	pthread_mutex_unlock(lock);
}

/* ---- for an administrator ---- */

static uint32_t bound_of(const struct throttle *throttle, const struct slot *slot)
{
	const struct throttle_bounds *bounds = &throttle->bounds;
	const struct throttle_key key = { .is_frail = slot->frail };
	if (!slot->place.kind)
		return bounds->network_failures;
	return (slot->place.family == NOWHERE ? of_account(bounds, &key) : of_pair(bounds, &key))
		.failures;
}

unsigned throttle_forgive(
	struct throttle *throttle, uint32_t tenant, enum kind kind, uint32_t number)
{
	unsigned forgiven = 0;
	for (size_t at = 0; at < SETS; at++) {
		pthread_mutex_lock(&throttle->locks[at % LOCKS]);
		for (size_t i = 0; i < WAYS; i++) {
			struct slot *slot = &throttle->slots[at][i];
			const struct place *place = &slot->place;
			if (!slot->used || place->tenant != tenant || place->kind != kind ||
				place->number != number)
				continue;
			forgiven += slot->failures >= bound_of(throttle, slot);
			slot->failures = 0;
			slot->until = 0;
		}
		pthread_mutex_unlock(&throttle->locks[at % LOCKS]);
	}
	return forgiven;
}

static void tell_network(const struct place *place, char text[48])
{
	uint8_t six[16] = { 0 };
	memcpy(six, place->network, sizeof place->network);
	text[0] = '\0';
	if (place->family == 4)
		inet_ntop(AF_INET, place->network, text, 48);
	else if (place->family == 6 && inet_ntop(AF_INET6, six, text, 44))
		memcpy(text + strlen(text), "/64", sizeof "/64");
}

size_t throttle_list(
	struct throttle *throttle, uint32_t tenant, struct throttle_row *rows, size_t most)
{
	size_t found = 0;
	int64_t now = clock_monotonic();
	for (size_t at = 0; at < SETS; at++) {
		pthread_mutex_lock(&throttle->locks[at % LOCKS]);
		for (size_t i = 0; i < WAYS && found < most; i++) {
			struct slot *slot = &throttle->slots[at][i];
			const struct place *place = &slot->place;
			if (!slot->used || (place->kind && place->tenant != tenant))
				continue;
			forget_old(throttle, slot, now);
			if (slot->failures < bound_of(throttle, slot))
				continue;
			struct throttle_row *row = &rows[found++];
			*row = (struct throttle_row){ .kind = (enum kind)place->kind,
				.number = place->number,
				.failures = slot->failures,
				.wait = slot->until > now ? slot->until - now : 0 };
			tell_network(place, row->network);
		}
		pthread_mutex_unlock(&throttle->locks[at % LOCKS]);
	}
	return found;
}
