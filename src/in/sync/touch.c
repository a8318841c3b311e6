#include "in/sync/sync_int.h"

#include "base/codec.h"

#include <stdlib.h>

static size_t slot_of(const struct touches *touches, const struct uuid *anchor)
{
	/* The directory chooses its anchors: mixed, so that chosen ones cost a little, not all. */
	uint64_t mixed = (get_be64(anchor->octets) ^ get_be64(anchor->octets + 8) * 31) *
			 UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (size_t)(mixed >> 32) & (touches->capacity - 1);

	while (touches->slots[i].used && !uuid_equal(&touches->slots[i].anchor, anchor))
		i = (i + 1) & (touches->capacity - 1);
	return i;
}

struct touch *touch_find(const struct touches *touches, const struct uuid *anchor)
{
	if (touches->count == 0)
		return NULL;
	struct touch *touch = &touches->slots[slot_of(touches, anchor)];
	return touch->used ? touch : NULL;
}

static void grow(struct touches *touches)
{
	struct touches larger = { .capacity = touches->capacity ? touches->capacity * 2 : 256 };

	larger.slots = heap_zalloc(larger.capacity * sizeof(*larger.slots));
	larger.count = touches->count;
	for (size_t i = 0; i < touches->capacity; i++)
		if (touches->slots[i].used)
			larger.slots[slot_of(&larger, &touches->slots[i].anchor)] =
				touches->slots[i];
	free(touches->slots);
	*touches = larger;
}

struct touch *touch_add(struct touches *touches, const struct uuid *anchor)
{
	if (touches->count * 4 >= touches->capacity * 3)
		grow(touches);
	struct touch *touch = &touches->slots[slot_of(touches, anchor)];
	if (!touch->used) {
		touch->used = true;
		touch->anchor = *anchor;
		touches->count++;
	}
	return touch;
}

void touch_reset(struct touches *touches)
{
	if (touches->count > 0)
		touch_free(touches);
}

void touch_forget(struct touches *touches)
{
	for (size_t i = 0; i < touches->capacity; i++)
		touches->slots[i].somebody = 0;
}

void touch_free(struct touches *touches)
{
	free(touches->slots);
	*touches = (struct touches){ 0 };
}

void bits_set(struct bits *bits, uint32_t i)
{
	size_t word = i / 64;

	if (word >= bits->count) {
		size_t count = word * 2 + 64;
		bits->words = heap_grow(bits->words, count * sizeof(*bits->words));
		memset(bits->words + bits->count, 0, (count - bits->count) * sizeof(*bits->words));
		bits->count = count;
	}
	bits->words[word] |= UINT64_C(1) << i % 64;
}

bool bits_has(const struct bits *bits, uint32_t i)
{
	return i / 64 < bits->count && (bits->words[i / 64] >> i % 64 & 1) != 0;
}

uint32_t bits_next(const struct bits *bits, uint32_t from)
{
	for (size_t word = from / 64; word < bits->count; word++) {
		uint64_t left = bits->words[word];
		if (word == from / 64)
			left &= UINT64_MAX << from % 64;
		if (left)
			return (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(left);
	}
	return UINT32_MAX;
}

size_t bits_count(const struct bits *bits)
{
	size_t count = 0;

	for (size_t word = 0; word < bits->count; word++)
		count += (size_t)__builtin_popcountll(bits->words[word]);
	return count;
}

void bits_clear(struct bits *bits)
{
	if (bits->count > 0)
		memset(bits->words, 0, bits->count * sizeof(*bits->words));
}

void bits_free(struct bits *bits)
{
	free(bits->words);
	*bits = (struct bits){ 0 };
}
