#include "in/upstream/primary.h"

#include "base/codec.h"
#include "base/hash.h"
#include "in/upstream/guid.h"

#include <stdlib.h>

static uint64_t digest_of(struct span sid)
{
	uint8_t hash[32];

	hash_blake2b(sid, hash);
	return get_be64(hash);
}

bool primaries_add(
	struct primaries *primaries, struct span sid, struct span rid, const struct uuid *member)
{
	uint8_t octets[SID_OCTETS_MAX];
	struct span group;

	if (!sid_with_rid(sid, rid, octets, &group))
		return false;
	if (primaries->count == primaries->capacity) {
		primaries->capacity = primaries->capacity ? 2 * primaries->capacity : 256;
		primaries->rows =
			heap_grow(primaries->rows, primaries->capacity * sizeof(*primaries->rows));
	}
	primaries->rows[primaries->count++] = (struct primary){ digest_of(group), *member };
	primaries->sorted = false;
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct primary *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return memcmp(x->member.octets, y->member.octets, sizeof(x->member.octets));
}

static void sort(struct primaries *primaries)
{
	size_t kept = 0;

	if (primaries->sorted || primaries->count == 0)
		return;
	qsort(primaries->rows, primaries->count, sizeof(*primaries->rows), compare);
	for (size_t i = 0; i < primaries->count; i++)
		if (kept == 0 || compare(&primaries->rows[kept - 1], &primaries->rows[i]) != 0)
			primaries->rows[kept++] = primaries->rows[i];
	primaries->count = kept;
	primaries->sorted = true;
}

const struct primary *primaries_of(struct primaries *primaries, struct span sid, size_t *count)
{
	uint64_t group = digest_of(sid);
	size_t low = 0, high;

	sort(primaries);
	high = primaries->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (primaries->rows[middle].group < group)
			low = middle + 1;
		else
			high = middle;
	}
	*count = 0;
	while (low + *count < primaries->count && primaries->rows[low + *count].group == group)
		++*count;
	return primaries->rows ? primaries->rows + low : NULL;
}

void primaries_clear(struct primaries *primaries)
{
	free(primaries->rows);
	*primaries = (struct primaries){ 0 };
}
