#include "store/store_int.h"

#define CONTAINERS_GUESS 16

enum source {
	SOURCE_NOTHING,
	SOURCE_SINGLE, /* a row of the unique index */
	SOURCE_BLOCKS,
	SOURCE_KEYS, /* rows whose keys end with the number */
};

struct postings {
	enum source source;
	struct txn *txn;
	struct arena *arena;
	struct cursor *cursor;
	struct key prefix;
	uint32_t at; /* the number returned last */
	bool begun;
	bool counted; /* `estimate` is known */
	uint64_t estimate;
	/* SOURCE_BLOCKS: what is left of the block after `at` */
	struct block block;
	uint8_t *copy;      /* of the block, where writes may move the page */
	uint32_t container; /* of postings_members */
};

static struct postings *new_postings(struct txn *txn, struct arena *arena, enum source source)
{
	struct postings *p = arena_alloc(arena, sizeof(*p));

	p->source = source;
	p->txn = txn;
	p->arena = arena;
	p->cursor = NULL;
	p->at = 0;
	p->begun = p->counted = false;
	p->estimate = 0;
	p->copy = NULL;
	p->container = 0;
	return p;
}

static struct postings *open_rows(struct postings *p, enum table table)
{
	p->cursor = cursor_take(p->txn, table);
	if (!p->cursor)
		p->source = SOURCE_NOTHING;
	return p;
}

struct postings *postings_all(struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind)
{
	struct postings *p = new_postings(txn, arena, SOURCE_BLOCKS);

	key_attribute(&p->prefix, tenant, kind, ATTR_NONE);
	p->estimate = txn_count(txn, tenant, kind);
	p->counted = true;
	return open_rows(p, TABLE_PRESENCE);
}

struct postings *postings_equal(struct txn *txn, struct arena *arena, uint32_t tenant,
	enum kind kind, enum attr attr, struct span normal)
{
	bool unique = attr_row(attr)->index & INDEX_UNIQUE;
	struct postings *p = new_postings(txn, arena, unique ? SOURCE_SINGLE : SOURCE_BLOCKS);

	if (unique) {
		if (!txn_find_value(txn, tenant, kind, attr, normal, &p->block.first))
			p->source = SOURCE_NOTHING;
		return p;
	}
	key_value(&p->prefix, tenant, kind, attr, normal);
	return open_rows(p, TABLE_EQUALITY);
}

struct postings *postings_present(
	struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind, enum attr attr)
{
	struct postings *p = new_postings(txn, arena, SOURCE_BLOCKS);

	key_attribute(&p->prefix, tenant, kind, attr);
	return open_rows(p, TABLE_PRESENCE);
}

struct postings *postings_trigram(struct txn *txn, struct arena *arena, uint32_t tenant,
	enum kind kind, enum attr attr, const uint8_t trigram[3])
{
	struct postings *p = new_postings(txn, arena, SOURCE_BLOCKS);

	key_trigram(&p->prefix, tenant, kind, attr, trigram);
	return open_rows(p, TABLE_TRIGRAMS);
}

struct postings *postings_members(
	struct txn *txn, struct arena *arena, uint32_t tenant, uint32_t container)
{
	struct postings *p = new_postings(txn, arena, SOURCE_KEYS);

	key_entry(&p->prefix, tenant, container);
	p->container = container;
	p->estimate = txn_member_count(txn, tenant, container);
	p->counted = true;
	return open_rows(p, TABLE_EDGES);
}

struct postings *postings_containers(
	struct txn *txn, struct arena *arena, uint32_t tenant, uint32_t member, enum kind kind)
{
	struct postings *p = new_postings(txn, arena, SOURCE_KEYS);

	key_member(&p->prefix, tenant, member, kind);
	p->estimate = CONTAINERS_GUESS;
	p->counted = true;
	return open_rows(p, TABLE_MEMBERSHIPS);
}

static bool next_key(struct postings *p, uint32_t least, uint32_t *number)
{
	bool found = false;

	/* A write may have moved the cursor; the next row may do without a search else. */
	if (p->begun && !p->txn->write)
		found = cursor_next(p->cursor) && cursor_is_below(p->cursor, key_span(&p->prefix));
	if (p->begun && !p->txn->write && !found)
		return false;
	if (!found || key_number_of(p->cursor->key) < least) {
		struct key key = { .len = p->prefix.len };
		memcpy(key.octets, p->prefix.octets, p->prefix.len);
		key_add_number(&key, least);
		found = cursor_seek(p->cursor, key_span(&key)) &&
			cursor_is_below(p->cursor, key_span(&p->prefix));
	}
	if (found)
		*number = key_number_of(p->cursor->key);
	return found;
}

/* Stands before the first number of the block. */
static void enter_block(struct postings *p, const struct block *block)
{
	p->block = *block;
	if (!p->txn->write || block->distances.len == 0)
		return;
	if (!p->copy)
		p->copy = arena_alloc(p->arena, BLOCK_OCTETS);
	memcpy(p->copy, block->distances.data, block->distances.len);
	p->block.distances.data = p->copy;
}

static bool next_in_block(struct postings *p, uint32_t least, uint32_t *number)
{
	uint32_t at = p->block.first;

	while (at < least) {
		uint32_t distance = block_distance(&p->block.distances);
		if (distance == 0 || distance > p->block.last - at) {
			txn_fail(p->txn, ERR_CORRUPT, NULL, "a row of the %s index is damaged",
				table_name(p->cursor->table));
			return false;
		}
		at += distance;
	}
	p->block.first = at;
	*number = at;
	return true;
}

static bool next_of_blocks(struct postings *p, uint32_t least, uint32_t *number)
{
	struct block block;

	if (p->begun && least <= p->block.last)
		return next_in_block(p, least, number);
	if (p->txn->write)
		pending_settle(p->txn, p->cursor->table);
	if (!block_seek(p->cursor, key_span(&p->prefix), least, &block))
		return false;
	enter_block(p, &block);
	return next_in_block(p, least, number);
}

bool postings_next(struct postings *p, uint32_t least, uint32_t *number)
{
	bool found = false;

	if (p->begun && least <= p->at)
		least = p->at + 1;
	if (p->source == SOURCE_SINGLE)
		found = !p->begun && p->block.first >= least;
	if (p->source == SOURCE_SINGLE && found)
		p->at = p->block.first;
	if (p->source == SOURCE_BLOCKS)
		found = next_of_blocks(p, least, &p->at);
	if (p->source == SOURCE_KEYS)
		found = next_key(p, least, &p->at);
	p->begun = true;
	if (!found || !txn_good(p->txn)) {
		p->source = SOURCE_NOTHING;
		return false;
	}
	*number = p->at;
	return true;
}

static bool next_block(struct postings *p)
{
	struct block block;

	if (!cursor_next(p->cursor) || !cursor_is_below(p->cursor, key_span(&p->prefix)))
		return false;
	if (p->cursor->key.len != p->prefix.len + 4 ||
		!block_of(p->cursor->key, p->cursor->value, &block)) {
		txn_fail(p->txn, ERR_CORRUPT, NULL, "a row of the %s index is damaged",
			table_name(p->cursor->table));
		return false;
	}
	enter_block(p, &block);
	return true;
}

/* From the number returned last on; a block that is passed as a whole is counted, not read. */
static uint64_t skip_blocks(struct postings *p, uint64_t n)
{
	uint64_t passed = 0;

	while (passed < n) {
		uint64_t left = block_count(p->block.distances);
		if (left == 0) {
			if (!next_block(p))
				break;
			passed++;
			continue;
		}
		if (left > n - passed) {
			uint32_t number;
			while (passed < n && next_in_block(p, p->block.first + 1, &number))
				passed++;
			break;
		}
		passed += left;
		p->block.first = p->block.last;
		p->block.distances = SPAN_NONE;
	}
	p->at = p->block.first;
	return passed;
}

uint64_t postings_skip(struct postings *p, uint32_t least, uint64_t n, uint32_t *last)
{
	uint64_t passed = 0;

	while (passed < n && postings_next(p, least, last)) {
		passed++;
		least = *last + 1;
		if (p->source != SOURCE_BLOCKS || p->txn->write)
			continue;
		passed += skip_blocks(p, n - passed);
		*last = p->at;
		break;
	}
	return passed;
}

bool postings_edge(struct postings *p, struct edge *edge)
{
	if (p->source != SOURCE_KEYS || !txn_good(p->txn))
		return false;
	enum err err = edge_read(p->cursor->value, edge, &p->txn->why);
	if (err != OK) {
		p->txn->err = err;
		return false;
	}
	edge->container = p->container;
	edge->member = p->at;
	return true;
}

/* The first block says how dense the numbers are, the last one how far they reach. */
static uint64_t estimate_blocks(struct postings *p)
{
	struct key end = { .len = p->prefix.len };
	struct block first, last;

	pending_settle(p->txn, p->cursor->table);
	if (!block_seek(p->cursor, key_span(&p->prefix), 0, &first))
		return 0;
	/* Most distances take one octet. */
	uint64_t count = first.distances.len + 1;
	uint64_t reach = (uint64_t)first.last - first.first + 1;
	memcpy(end.octets, p->prefix.octets, p->prefix.len);
	key_add_number(&end, UINT32_MAX);
	if (!cursor_before(p->cursor, key_span(&end)) ||
		!block_of(p->cursor->key, p->cursor->value, &last) || last.first == first.first)
		return count;
	return count * ((uint64_t)last.last - first.first + 1) / reach + 1;
}

uint64_t postings_estimate(struct postings *p)
{
	if (p->source == SOURCE_NOTHING)
		return 0;
	if (p->source == SOURCE_SINGLE)
		return 1;
	if (!p->counted)
		p->estimate = estimate_blocks(p);
	p->counted = true;
	return p->estimate;
}

void postings_close(struct postings *p)
{
	cursor_release(p->cursor);
	p->cursor = NULL;
	p->source = SOURCE_NOTHING;
}
