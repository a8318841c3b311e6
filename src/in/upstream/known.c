#include "in/upstream/known.h"

#include "base/arena.h"
#include "base/codec.h"

#include <stdlib.h>

#define FIRST_CAPACITY 1024

/* Anchors are random in their last octets, whatever version of UUID they are. */
static size_t slot_of(const struct known_table *table, const struct uuid *anchor)
{
	uint64_t mixed = get_be64(anchor->octets) * UINT64_C(0x9e3779b97f4a7c15) ^
			 get_be64(anchor->octets + 8);

	return (size_t)(mixed ^ mixed >> 32) & (table->capacity - 1);
}

static struct known *find(const struct known_table *table, const struct uuid *anchor)
{
	size_t at = slot_of(table, anchor);

	while (table->slots[at].pass != 0 && !uuid_equal(&table->slots[at].anchor, anchor))
		at = (at + 1) & (table->capacity - 1);
	return &table->slots[at];
}

static void grow(struct known_table *table)
{
	struct known_table bigger = { .capacity = table->capacity ? 2 * table->capacity
								  : FIRST_CAPACITY,
		.count = table->count };

	bigger.slots = heap_zalloc(bigger.capacity * sizeof(*bigger.slots));
	for (size_t i = 0; i < table->capacity; i++)
		if (table->slots[i].pass != 0)
			*find(&bigger, &table->slots[i].anchor) = table->slots[i];
	free(table->slots);
	*table = bigger;
}

struct known *known_put(struct known_table *table, const struct uuid *anchor)
{
	if (2 * (table->count + 1) > table->capacity)
		grow(table);
	struct known *known = find(table, anchor);
	if (known->pass == 0) {
		known->anchor = *anchor;
		table->count++;
	}
	return known;
}

size_t known_missing(const struct known_table *table, uint32_t pass)
{
	size_t missing = 0;

	for (size_t i = 0; i < table->capacity; i++)
		missing += table->slots[i].pass != 0 && table->slots[i].pass != pass;
	return missing;
}
