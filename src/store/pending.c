#include "base/codec.h"
#include "store/store_int.h"

#include <stdlib.h>

#define PENDING_FIRST TABLE_EQUALITY
#define PENDING_MOST 262144
#define LOOKED_THROUGH 1024 /* for one term; settling so many costs little each */

_Static_assert(TABLE_PRESENCE == TABLE_EQUALITY + 1 && TABLE_TRIGRAMS == TABLE_EQUALITY + 2,
	"the tables of blocks are neighbours");

/* Of a term what stands in a posting. */
#define HEAD_OCTETS 12

static uint64_t prefix_of(struct span term)
{
	uint8_t octets[8] = { 0 };
	size_t len = term.len < HEAD_OCTETS ? term.len - 4 : 8;

	memcpy(octets, term.data + 4, len);
	return get_be64(octets);
}

void pending_add(struct txn *txn, enum table table, struct span term, uint32_t number, bool add)
{
	struct pending *pending = &txn->pending[table - PENDING_FIRST];

	if (pending->count >= PENDING_MOST)
		pending_settle(txn, table);
	if (pending->count == pending->capacity) {
		pending->capacity = pending->capacity ? pending->capacity * 2 : 256;
		pending->postings = heap_grow(
			pending->postings, pending->capacity * sizeof(*pending->postings));
	}
	pending->postings[pending->count] = (struct posting){ prefix_of(term), term.data,
		get_be32(term.data), number, (uint32_t)pending->count, (uint16_t)term.len, add };
	pending->count++;
}

static int compare_terms(const struct posting *a, const struct posting *b)
{
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	if (a->tenant != b->tenant)
		return a->tenant < b->tenant ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	if (a->len <= HEAD_OCTETS)
		return 0;
	return memcmp(a->term + HEAD_OCTETS, b->term + HEAD_OCTETS, a->len - HEAD_OCTETS);
}

static int compare_postings(const void *left, const void *right)
{
	const struct posting *a = left, *b = right;
	int order = compare_terms(a, b);

	if (order)
		return order;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

/* Of several postings of one number the last one counts. */
static size_t keep_last(struct posting *postings, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (i + 1 == count || postings[i + 1].number != postings[i].number)
			postings[n++] = postings[i];
	return n;
}

static void settle(struct txn *txn, struct pending *pending, enum table table)
{
	struct posting *postings = pending->postings;
	struct cursor *cursor;

	if (pending->count == 0)
		return;
	qsort(postings, pending->count, sizeof(*postings), compare_postings);
	cursor = cursor_take(txn, table);
	for (size_t i = 0, end; i < pending->count; i = end) {
		for (end = i + 1; end < pending->count; end++)
			if (compare_terms(&postings[i], &postings[end]) != 0)
				break;
		size_t n = keep_last(postings + i, end - i);
		blocks_update(cursor, span_of(postings[i].term, postings[i].len), postings + i, n);
	}
	cursor_release(cursor);
	pending->count = 0;
}

void pending_settle(struct txn *txn, enum table table)
{
	if (!txn->write)
		return;
	for (int i = 0; i < PENDING_TABLES; i++)
		if (table == TABLE_COUNT || (int)table == PENDING_FIRST + i)
			settle(txn, &txn->pending[i], PENDING_FIRST + i);
}

void pending_settle_term(struct txn *txn, enum table table, struct span term)
{
	const struct pending *pending = &txn->pending[table - PENDING_FIRST];
	uint64_t prefix = prefix_of(term);

	if (!txn->write)
		return;
	bool touched = pending->count > LOOKED_THROUGH;
	for (size_t i = 0; !touched && i < pending->count; i++) {
		const struct posting *posting = &pending->postings[i];
		touched = posting->prefix == prefix &&
			  span_equal(span_of(posting->term, posting->len), term);
	}
	if (touched)
		pending_settle(txn, table);
}

void pending_clear(struct txn *txn)
{
	for (int i = 0; i < PENDING_TABLES; i++)
		txn->pending[i].count = 0;
	txn->unique = NULL;
}
