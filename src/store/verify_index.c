#include "base/codec.h"
#include "store/verify_int.h"

/* FNV-1a with a last mixing. Both sides are counted in one walk each; the tables are gone through
 * row by row, which is slow, only where the tallies differ. */
static uint64_t row_hash(struct span term, uint32_t number)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ number;

	for (size_t i = 0; i < term.len; i++)
		h = (h ^ term.data[i]) * UINT64_C(0x100000001b3);
	h ^= h >> 29;
	h *= UINT64_C(0xbf58476d1ce4e5b9);
	return h ^ h >> 32;
}

static void tally_add(struct tally *tally, struct span term, uint32_t number)
{
	tally->count++;
	tally->sum += row_hash(term, number);
}

void verify_tally(struct verify *v, const struct record *record)
{
	struct index_rows rows = { .arena = v->arena };

	index_collect_all(&rows, record);
	for (size_t i = 0; i < rows.count; i++)
		tally_add(&v->expected[rows.rows[i].table], rows.rows[i].key, record->number);
}

/* What a key of an index table names, for a sentence. */
static const char *describe(struct verify *v, enum table table, struct span key)
{
	if (key.len < 7)
		return arena_printf(v->arena, "the %s index", table_name(table));
	const struct kind_row *kind = kind_row(key.data[4]);
	const struct attr_row *attr = attr_row(get_be16(key.data + 5));
	return arena_printf(v->arena, "the %s index of tenant %u, kind %s, attribute %s",
		table_name(table), key_tenant_of(key), kind ? kind->word : "unknown",
		attr->attr ? attr->name : "none");
}

/* The numbers of one row, whatever the table. *term is the key without the number. */
static size_t row_numbers(enum table table, const struct cursor *cursor, struct span *term,
	uint32_t numbers[BLOCK_NUMBERS])
{
	struct block block;

	*term = cursor->key;
	if (table == TABLE_UNIQUE) {
		if (cursor->value.len != 4)
			return 0;
		numbers[0] = get_be32(cursor->value.data);
		return 1;
	}
	if (cursor->key.len < 11)
		return 0;
	term->len -= 4;
	if (table == TABLE_ORDERED) {
		numbers[0] = key_number_of(cursor->key);
		return cursor->value.len == 0;
	}
	return block_of(cursor->key, cursor->value, &block) ? block_numbers(&block, numbers) : 0;
}

static void tally_row(struct verify *v, struct cursor *cursor, void *arg)
{
	enum table table = *(enum table *)arg;
	uint32_t numbers[BLOCK_NUMBERS];
	struct span term;
	size_t n = row_numbers(table, cursor, &term, numbers);

	if (n == 0)
		verify_fault(v, "A row of %s is damaged.", describe(v, table, cursor->key));
	for (size_t i = 0; i < n; i++)
		tally_add(&v->found[table], term, numbers[i]);
}

static bool entry_has_row(
	struct verify *v, enum table table, struct span term, const struct record *record)
{
	struct index_rows rows = { .arena = v->arena };

	index_collect_all(&rows, record);
	for (size_t i = 0; i < rows.count; i++)
		if (rows.rows[i].table == table && span_equal(rows.rows[i].key, term))
			return true;
	return false;
}

static void check_row(struct verify *v, struct cursor *cursor, void *arg)
{
	enum table table = *(enum table *)arg;
	uint32_t numbers[BLOCK_NUMBERS];
	struct span term;
	struct record record;
	size_t n = row_numbers(table, cursor, &term, numbers);

	for (size_t i = 0; i < n; i++) {
		bool there = verify_entry(v, key_tenant_of(term), numbers[i], &record);
		if (!there || !entry_has_row(v, table, term, &record))
			verify_fault(v, "A row of %s leads to entry %u, which %s.",
				describe(v, table, term), numbers[i],
				there ? "has no such value" : "is not there");
	}
}

static bool row_present(struct verify *v, enum table table, struct span term, uint32_t number)
{
	struct key key = { .len = term.len };
	struct block block;
	struct span value;

	memcpy(key.octets, term.data, term.len);
	if (table == TABLE_UNIQUE)
		return table_get(v->txn, table, &key, &value) && value.len == 4 &&
		       get_be32(value.data) == number;
	if (table == TABLE_ORDERED) {
		key_add_number(&key, number);
		return table_get(v->txn, table, &key, &value);
	}
	struct cursor *cursor = cursor_take(v->txn, table);
	bool found = block_seek(cursor, term, number, &block);
	cursor_release(cursor);
	while (found && block.first < number) {
		uint32_t distance = block_distance(&block.distances);
		if (distance == 0)
			return false;
		block.first += distance;
	}
	return found && block.first == number;
}

static void check_entry_rows(struct verify *v, struct cursor *cursor, void *arg)
{
	enum table table = *(enum table *)arg;
	struct index_rows rows = { .arena = v->arena };
	struct why why = { 0 };
	struct record record;

	if (record_open(cursor->value, &record, &why) != OK)
		return;
	index_collect_all(&rows, &record);
	for (size_t i = 0; i < rows.count; i++)
		if (rows.rows[i].table == table &&
			!row_present(v, table, rows.rows[i].key, record.number))
			verify_fault(v, "Entry %u is missing in %s.", record.number,
				describe(v, table, rows.rows[i].key));
}

void verify_indexes(struct verify *v)
{
	static const enum table tables[] = { TABLE_UNIQUE, TABLE_EQUALITY, TABLE_PRESENCE,
		TABLE_TRIGRAMS, TABLE_ORDERED };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		enum table table = tables[i];
		const struct tally *expected = &v->expected[table], *found = &v->found[table];
		verify_walk(v, table, tally_row, &table);
		if (expected->count == found->count && expected->sum == found->sum)
			continue;
		verify_walk(v, TABLE_ENTRIES, check_entry_rows, &table);
		verify_walk(v, table, check_row, &table);
	}
}
