#include "base/codec.h"
#include "store/store_int.h"

#define VARINT_MAX 5

/* A block being filled. */
struct filling {
	struct cursor *cursor;
	struct span term;
	uint32_t first, last;
	size_t len; /* of `value`; 4 while there is one number only */
	uint8_t value[BLOCK_OCTETS];
};

static size_t varint_size(uint32_t v)
{
	return v < 1u << 7 ? 1 : v < 1u << 14 ? 2 : v < 1u << 21 ? 3 : v < 1u << 28 ? 4 : 5;
}

static size_t varint_put(uint8_t *to, uint32_t v)
{
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		to[n++] = (uint8_t)(v | 0x80);
	to[n++] = (uint8_t)v;
	return n;
}

uint32_t block_distance(struct span *distances)
{
	uint32_t v = 0;

	for (size_t i = 0; i < distances->len && i < VARINT_MAX; i++) {
		v |= (uint32_t)(distances->data[i] & 0x7f) << (7 * i);
		if (distances->data[i] < 0x80) {
			*distances = span_from(*distances, i + 1);
			return v;
		}
	}
	return 0;
}

/* The octets below 0x80, each of which ends a distance; eight at once. */
size_t block_count(struct span distances)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	size_t count = 0, i = 0;

	for (; i + 8 <= distances.len; i += 8) {
		uint64_t word;
		memcpy(&word, distances.data + i, sizeof(word));
		count += (~word >> 7 & ones) * ones >> 56;
	}
	for (; i < distances.len; i++)
		count += distances.data[i] < 0x80;
	return count;
}

bool block_of(struct span key, struct span value, struct block *block)
{
	block->first = block->last = key_number_of(key);
	block->distances = SPAN_NONE;
	if (value.len == 0)
		return true;
	if (value.len < 5 || value.len > BLOCK_OCTETS)
		return false;
	block->last = get_be32(value.data);
	block->distances = span_from(value, 4);
	return block->last > block->first;
}

size_t block_numbers(const struct block *block, uint32_t *numbers)
{
	struct span distances = block->distances;
	uint32_t number = block->first;
	size_t n = 0;

	numbers[n++] = number;
	while (distances.len) {
		uint32_t distance = block_distance(&distances);
		if (distance == 0 || distance > block->last - number)
			return 0;
		number += distance;
		numbers[n++] = number;
	}
	return number == block->last ? n : 0;
}

static bool read_block(struct cursor *cursor, struct span term, struct block *block)
{
	if (cursor->key.len == term.len + 4 && block_of(cursor->key, cursor->value, block))
		return true;
	txn_fail(cursor->txn, ERR_CORRUPT, NULL, "a row of the %s index is damaged",
		table_name(cursor->table));
	return false;
}

bool block_seek(struct cursor *cursor, struct span term, uint32_t number, struct block *block)
{
	struct key key = { .len = term.len };

	memcpy(key.octets, term.data, term.len);
	key_add_number(&key, number);
	bool found = cursor_seek(cursor, key_span(&key)) && cursor_is_below(cursor, term);
	if (found && key_number_of(cursor->key) == number)
		return read_block(cursor, term, block);
	if (number > 1) {
		if (cursor_before(cursor, key_span(&key)) && cursor_is_below(cursor, term)) {
			if (!read_block(cursor, term, block))
				return false;
			if (block->last >= number)
				return true;
		}
		if (!found)
			return false;
		cursor_seek(cursor, key_span(&key));
	}
	return found && read_block(cursor, term, block);
}

/* The block that a number belongs into: the last that begins at it or before, else the first. */
static bool host_seek(
	struct cursor *cursor, struct span term, const struct key *key, struct block *block)
{
	bool found = cursor_seek(cursor, key_span(key)) && cursor_is_below(cursor, term);

	if (found && span_equal(cursor->key, key_span(key)))
		return read_block(cursor, term, block);
	if (cursor_before(cursor, key_span(key)) && cursor_is_below(cursor, term))
		return read_block(cursor, term, block);
	return found && cursor_seek(cursor, key_span(key)) && read_block(cursor, term, block);
}

static void filling_write(struct filling *f)
{
	struct key key = { .len = f->term.len };

	memcpy(key.octets, f->term.data, f->term.len);
	key_add_number(&key, f->first);
	put_be32(f->value, f->last);
	cursor_put(f->cursor, &key, f->len == 4 ? SPAN_NONE : span_of(f->value, f->len));
}

static void filling_begin(struct filling *f, uint32_t number)
{
	f->first = f->last = number;
	f->len = 4;
}

/* Adds a number behind the others; a block that would pass `most` octets is written and the next
 * begun. */
static void filling_add(struct filling *f, uint32_t number, size_t most)
{
	uint32_t distance = number - f->last;

	if (f->len + varint_size(distance) > most) {
		filling_write(f);
		filling_begin(f, number);
		return;
	}
	f->len += varint_put(f->value + f->len, distance);
	f->last = number;
}

static void filling_resume(struct filling *f, const struct block *block)
{
	filling_begin(f, block->first);
	f->last = block->last;
	if (block->distances.len)
		memcpy(f->value + 4, block->distances.data, block->distances.len);
	f->len += block->distances.len;
}

/* Blocks of even size: room is left in each for what comes between later. */
static void write_evenly(struct filling *f, const uint32_t *numbers, size_t count)
{
	size_t octets = 0;

	for (size_t i = 1; i < count; i++)
		octets += varint_size(numbers[i] - numbers[i - 1]);
	size_t pieces = octets / (BLOCK_OCTETS - 4) + 1;
	size_t most = octets / pieces + VARINT_MAX + 4;
	if (pieces == 1 || most > BLOCK_OCTETS)
		most = BLOCK_OCTETS;
	filling_begin(f, numbers[0]);
	for (size_t i = 1; i < count; i++)
		filling_add(f, numbers[i], most);
	filling_write(f);
}

static uint32_t *numbers_for(struct txn *txn, size_t count)
{
	if (count > txn->numbers_capacity) {
		txn->numbers = heap_grow(txn->numbers, count * sizeof(*txn->numbers));
		txn->numbers_capacity = count;
	}
	return txn->numbers;
}

/* `old` with the postings added and removed; returns how many there are. */
static size_t merge(const uint32_t *old, size_t old_count, const struct posting *postings,
	size_t count, uint32_t *out)
{
	size_t n = 0, i = 0, j = 0;

	while (i < old_count || j < count) {
		if (j == count || (i < old_count && old[i] < postings[j].number)) {
			out[n++] = old[i++];
			continue;
		}
		if (i < old_count && old[i] == postings[j].number)
			i++;
		if (postings[j].add)
			out[n++] = postings[j].number;
		j++;
	}
	return n;
}

static void rewrite(
	struct filling *f, const struct block *block, const struct posting *postings, size_t count)
{
	struct txn *txn = f->cursor->txn;
	uint32_t old[BLOCK_NUMBERS];
	uint32_t *numbers = numbers_for(txn, count + BLOCK_NUMBERS);
	size_t old_count = block ? block_numbers(block, old) : 0;

	if (block && old_count == 0) {
		txn_fail(txn, ERR_CORRUPT, NULL, "a row of the %s index is damaged",
			table_name(f->cursor->table));
		return;
	}
	size_t n = merge(old, old_count, postings, count, numbers);
	if (block && (n == 0 || numbers[0] != block->first)) {
		struct key key = { .len = f->term.len };
		memcpy(key.octets, f->term.data, f->term.len);
		key_add_number(&key, block->first);
		table_delete(txn, f->cursor->table, &key);
	}
	if (n)
		write_evenly(f, numbers, n);
}

static bool all_behind(const struct block *block, const struct posting *postings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!postings[i].add)
			return false;
	return postings[0].number > block->last;
}

static void append(
	struct filling *f, const struct block *block, const struct posting *postings, size_t count)
{
	filling_resume(f, block);
	for (size_t i = 0; i < count; i++)
		filling_add(f, postings[i].number, BLOCK_OCTETS);
	filling_write(f);
}

/* How many of the postings belong into the block that the cursor stands on. */
static size_t share(
	struct cursor *cursor, struct span term, const struct posting *postings, size_t count)
{
	size_t n = 1;

	if (count == 1)
		return 1;
	bool more = cursor_next(cursor) && cursor_is_below(cursor, term);
	uint32_t limit = more ? key_number_of(cursor->key) : UINT32_MAX;
	while (n < count && postings[n].number < limit)
		n++;
	return n;
}

void blocks_update(
	struct cursor *cursor, struct span term, const struct posting *postings, size_t count)
{
	struct filling f;

	f.cursor = cursor;
	f.term = term;
	while (count && cursor && txn_good(cursor->txn)) {
		struct block block;
		struct key key = { .len = term.len };
		memcpy(key.octets, term.data, term.len);
		key_add_number(&key, postings[0].number);
		bool hosted = host_seek(cursor, term, &key, &block);
		size_t n = hosted ? share(cursor, term, postings, count) : count;
		if (hosted && all_behind(&block, postings, n))
			append(&f, &block, postings, n);
		else
			rewrite(&f, hosted ? &block : NULL, postings, n);
		postings += n;
		count -= n;
	}
}
