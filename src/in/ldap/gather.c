#include "in/ldap/gather.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "base/codec.h"
#include "base/limits.h"

#include <stdlib.h>

#define HEAD 6 /* number, kind, length of the key */

/* A heap of offsets into `items`, the least on top. Those taken from it stand behind it, so that in
 * the end all are in order, the first one last. */
struct gather {
	struct buffer items, offsets;
	size_t count, heap;
};

int gathered_compare(const struct gathered *a, const struct gathered *b)
{
	int order = span_compare(a->key, b->key);

	if (order == 0)
		order = a->kind < b->kind ? -1 : a->kind > b->kind;
	if (order == 0)
		order = a->number < b->number ? -1 : a->number > b->number;
	return order;
}

struct gather *gather_new(void)
{
	struct gather *gather = heap_zalloc(sizeof *gather);

	buffer_init(&gather->items, LIMIT_LDAP_SORT_OCTETS);
	buffer_init(&gather->offsets, LIMIT_LDAP_SORT_OCTETS);
	return gather;
}

void gather_free(struct gather *gather)
{
	if (!gather)
		return;
	buffer_free(&gather->items);
	buffer_free(&gather->offsets);
	free(gather);
}

static uint32_t *offsets_of(const struct gather *gather)
{
	return (uint32_t *)(void *)gather->offsets.data;
}

static struct gathered item_at(const struct gather *gather, uint32_t offset)
{
	const uint8_t *at = gather->items.data + offset;

	return (struct gathered){ (enum kind)at[4], get_be32(at), span_of(at + HEAD, at[5]) };
}

static bool is_before(const struct gather *gather, size_t i, size_t j)
{
	const uint32_t *offsets = offsets_of(gather);
	struct gathered a = item_at(gather, offsets[i]), b = item_at(gather, offsets[j]);

	return gathered_compare(&a, &b) < 0;
}

static void swap(const struct gather *gather, size_t i, size_t j)
{
	uint32_t *offsets = offsets_of(gather), offset = offsets[i];

	offsets[i] = offsets[j];
	offsets[j] = offset;
}

static void sift_up(const struct gather *gather, size_t i)
{
	for (size_t parent; i > 0 && is_before(gather, i, parent = (i - 1) / 2); i = parent)
		swap(gather, i, parent);
}

static void sift_down(const struct gather *gather, size_t i)
{
	for (size_t child; (child = 2 * i + 1) < gather->heap; i = child) {
		if (child + 1 < gather->heap && is_before(gather, child + 1, child))
			child++;
		if (!is_before(gather, child, i))
			return;
		swap(gather, i, child);
	}
}

bool gather_put(struct gather *gather, const struct gathered *item)
{
	uint32_t offset = (uint32_t)gather->items.len;
	uint8_t head[HEAD];

	if (gather_octets(gather) + HEAD + item->key.len + sizeof offset > LIMIT_LDAP_SORT_OCTETS)
		return false;
	put_be32(head, item->number);
	head[4] = (uint8_t)item->kind;
	head[5] = (uint8_t)item->key.len;
	buffer_put(&gather->items, head, sizeof head);
	buffer_put_span(&gather->items, item->key);
	buffer_put(&gather->offsets, &offset, sizeof offset);
	gather->heap = ++gather->count;
	sift_up(gather, gather->heap - 1);
	return true;
}

size_t gather_count(const struct gather *gather)
{
	return gather->count;
}

size_t gather_octets(const struct gather *gather)
{
	return gather->items.len + gather->offsets.len;
}

bool gather_order(struct gather *gather, size_t n, unsigned *budget)
{
	while (gather->count - gather->heap < n && gather->heap > 0) {
		if (*budget == 0)
			return false;
		--*budget;
		swap(gather, 0, --gather->heap);
		sift_down(gather, 0);
	}
	return true;
}

struct gathered gather_at(const struct gather *gather, size_t i)
{
	return item_at(gather, offsets_of(gather)[gather->count - 1 - i]);
}
