#include "base/codec.h"
#include "base/hash.h"
#include "in/sync/join_int.h"
#include "model/value.h"

#include <stdlib.h>

#define ARENA_TURN (4 * MIB)

void join_claims_reset(struct join_claims *claims)
{
	free(claims->slots);
	*claims = (struct join_claims){ 0 };
}

void join_claims_free(struct join_claims *claims)
{
	join_claims_reset(claims);
}

static void key_of(enum attr attr, struct span normal, uint64_t key[2])
{
	struct buffer bytes;
	uint8_t hash[32];

	buffer_init(&bytes, LIMIT_VALUE_OCTETS * 4 + 16);
	write_u16(&bytes, (uint16_t)attr);
	write_span(&bytes, normal);
	hash_blake2b(buffer_span(&bytes), hash);
	key[0] = get_be64(hash);
	key[1] = get_be64(hash + 8);
	buffer_free(&bytes);
}

static struct join_claim *slot_of(const struct join_claims *claims, const uint64_t key[2])
{
	size_t i = (size_t)key[0] & (claims->capacity - 1);

	while (claims->slots[i].used &&
		(claims->slots[i].key[0] != key[0] || claims->slots[i].key[1] != key[1]))
		i = (i + 1) & (claims->capacity - 1);
	return &claims->slots[i];
}

static void grow(struct join_claims *claims)
{
	struct join_claims larger = *claims;

	larger.capacity = claims->capacity ? claims->capacity * 2 : 256;
	larger.slots = heap_zalloc(larger.capacity * sizeof(*larger.slots));
	for (size_t i = 0; i < claims->capacity; i++)
		if (claims->slots[i].used)
			*slot_of(&larger, claims->slots[i].key) = claims->slots[i];
	free(claims->slots);
	*claims = larger;
}

/* Who is here first, then who is active, then the lower anchor: whatever the order of the rows. */
static bool comes_before(const struct join_claim *a, const struct join_claim *b)
{
	if (a->known != b->known)
		return a->known;
	if (a->active != b->active)
		return a->active;
	return memcmp(a->anchor.octets, b->anchor.octets, sizeof(a->anchor.octets)) < 0;
}

static void put(struct join_claims *claims, struct join_claim claim)
{
	if ((claims->count + 1) * 4 >= claims->capacity * 3)
		grow(claims);
	struct join_claim *slot = slot_of(claims, claim.key);
	claim.used = true;
	if (slot->used && !comes_before(&claim, slot))
		return;
	claims->count += !slot->used;
	*slot = claim;
}

static void put_row(struct job *job, struct arena *arena, const struct row *row)
{
	struct record record;
	const struct touch *touch = touch_find(&job->run.touches, &row->anchor);
	bool known = link_find(job, &row->anchor, &record);

	if (row->type != FRAME_ENTRY || row->class != CLASS_USER ||
		row->state == ENTRY_OUT_OF_SCOPE || (touch && touch->dead) ||
		(!known && join_is_ignored(job, &row->anchor)))
		return;
	for (size_t i = 0; i < row->value_count; i++) {
		struct join_claim claim = {
			.anchor = row->anchor, .known = known, .active = row->state == ENTRY_ACTIVE
		};
		if (row->values[i].attr != ATTR_EMAIL && row->values[i].attr != ATTR_USER_NAME)
			continue;
		key_of(row->values[i].attr,
			value_normal(arena, row->values[i].attr, row->values[i].octets), claim.key);
		put(&job->run.claims, claim);
	}
}

void join_claims_make(struct job *job)
{
	struct join_claims *claims = &job->run.claims;
	struct arena *arena = arena_new();
	struct row *row = heap_zalloc(sizeof(*row));
	struct span frame;
	uint64_t at = 0;

	join_claims_reset(claims);
	while (spool_next(&job->run.spool, &at, &frame) && frame_read_row(frame, row, NULL) == OK) {
		put_row(job, arena, row);
		if (arena_used(arena) > ARENA_TURN)
			arena_reset(arena);
	}
	free(row);
	arena_free(arena);
}

bool join_claimed(
	struct job *job, const struct row *row, enum attr attr, struct span normal, struct uuid *by)
{
	const struct join_claims *claims = &job->run.claims;
	uint64_t key[2];

	if (!claims->capacity)
		return false;
	key_of(attr, normal, key);
	const struct join_claim *slot = slot_of(claims, key);
	*by = slot->anchor;
	return slot->used && !uuid_equal(&slot->anchor, &row->anchor);
}
