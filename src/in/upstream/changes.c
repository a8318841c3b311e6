#include "in/upstream/changes.h"

#include "base/arena.h"

#include <assert.h>
#include <stdlib.h>

static void *room_for_one(void *rows, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return rows;
	*capacity = *capacity ? 2 * *capacity : 64;
	return heap_grow(rows, *capacity * size);
}

void changes_add(struct changes *changes, const struct uuid *anchor, unsigned flags)
{
	changes->rows = room_for_one(
		changes->rows, changes->count, &changes->capacity, sizeof(*changes->rows));
	changes->rows[changes->count++] =
		(struct change){ *anchor, flags, changes->member_count, 0 };
}

void changes_member(struct changes *changes, const struct uuid *member, bool removed)
{
	assert(changes->count > 0);
	changes->members = room_for_one(changes->members, changes->member_count,
		&changes->member_capacity, sizeof(*changes->members));
	changes->members[changes->member_count++] = (struct changed_member){ *member, removed };
	changes->rows[changes->count - 1].count++;
}

static int compare(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	int order = memcmp(x->anchor.octets, y->anchor.octets, sizeof(x->anchor.octets));

	/* Where its members begin tells which of two came first. */
	return order != 0 ? order : (x->first > y->first) - (x->first < y->first);
}

void changes_sort(struct changes *changes)
{
	if (changes->count > 0)
		qsort(changes->rows, changes->count, sizeof(*changes->rows), compare);
}

struct change *changes_find(const struct changes *changes, const struct uuid *anchor, size_t *count)
{
	size_t low = 0, high = changes->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (memcmp(changes->rows[middle].anchor.octets, anchor->octets, 16) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*count = 0;
	while (low + *count < changes->count &&
		uuid_equal(&changes->rows[low + *count].anchor, anchor))
		++*count;
	return changes->rows ? changes->rows + low : NULL;
}

unsigned changes_flags(const struct change *rows, size_t count)
{
	unsigned flags = 0;

	for (size_t i = 0; i < count; i++)
		flags |= rows[i].flags;
	return flags;
}

void changes_reset(struct changes *changes)
{
	changes->count = changes->member_count = 0;
}

void changes_free(struct changes *changes)
{
	free(changes->rows);
	free(changes->members);
	*changes = (struct changes){ 0 };
}
