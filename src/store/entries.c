#include "base/codec.h"
#include "store/store_int.h"

bool txn_entry(
	struct txn *txn, uint32_t tenant, enum kind kind, uint32_t number, struct record *record)
{
	struct span bytes;
	struct record found;
	struct key key;

	key_entry(&key, tenant, number);
	if (!table_get(txn, TABLE_ENTRIES, &key, &bytes))
		return false;
	enum err err = record_open(bytes, &found, &txn->why);
	if (err == OK && (found.tenant != tenant || found.number != number))
		err = fail(&txn->why, ERR_CORRUPT, NULL, "an entry lies under another's key");
	if (err != OK) {
		txn->err = err;
		return false;
	}
	if (found.kind != kind)
		return false;
	*record = found;
	return true;
}

bool txn_find_id(
	struct txn *txn, uint32_t tenant, const struct uuid *id, enum kind *kind, uint32_t *number)
{
	struct span value;
	struct key key;

	key_id(&key, tenant, id);
	if (!table_get(txn, TABLE_IDS, &key, &value))
		return false;
	if (value.len != 5) {
		txn_fail(txn, ERR_CORRUPT, NULL, "a row of the ids is damaged");
		return false;
	}
	*kind = value.data[0];
	*number = get_be32(value.data + 1);
	return true;
}

static bool find_unique(struct txn *txn, const struct key *key, uint32_t *number)
{
	struct span value;

	if (!table_get(txn, TABLE_UNIQUE, key, &value))
		return false;
	if (value.len != 4) {
		txn_fail(txn, ERR_CORRUPT, NULL, "a row of the unique index is damaged");
		return false;
	}
	*number = get_be32(value.data);
	return true;
}

bool txn_find_value(struct txn *txn, uint32_t tenant, enum kind kind, enum attr attr,
	struct span normal, uint32_t *number)
{
	struct block block;
	struct key key;

	key_value(&key, tenant, kind, attr, normal);
	if (attr_row(attr)->index & INDEX_UNIQUE)
		return find_unique(txn, &key, number);
	pending_settle_term(txn, TABLE_EQUALITY, key_span(&key));
	struct cursor *cursor = cursor_take(txn, TABLE_EQUALITY);
	bool found = block_seek(cursor, key_span(&key), 0, &block);
	cursor_release(cursor);
	if (found)
		*number = block.first;
	return found;
}

uint64_t counter_get(struct txn *txn, uint32_t tenant, enum counter counter, uint32_t subject)
{
	struct span value;
	struct key key;

	key_counter(&key, tenant, counter, subject);
	if (!table_get(txn, TABLE_COUNTERS, &key, &value))
		return 0;
	if (value.len == 8)
		return get_be64(value.data);
	txn_fail(txn, ERR_CORRUPT, NULL, "a counter is damaged");
	return 0;
}

static void counter_put(
	struct txn *txn, uint32_t tenant, enum counter counter, uint32_t subject, uint64_t value)
{
	uint8_t octets[8];
	struct key key;

	key_counter(&key, tenant, counter, subject);
	put_be64(octets, value);
	if (value)
		table_put(txn, TABLE_COUNTERS, &key, span_of(octets, sizeof(octets)));
	else
		table_delete(txn, TABLE_COUNTERS, &key);
}

void counter_add(
	struct txn *txn, uint32_t tenant, enum counter counter, uint32_t subject, int64_t n)
{
	uint64_t value = counter_get(txn, tenant, counter, subject) + (uint64_t)n;

	counter_put(txn, tenant, counter, subject, value);
}

uint64_t txn_count(struct txn *txn, uint32_t tenant, enum kind kind)
{
	return counter_get(txn, tenant, COUNTER_ENTRIES, kind);
}

static uint64_t next_counter(struct txn *txn, uint32_t tenant, enum counter counter, uint64_t most)
{
	uint64_t value = counter_get(txn, tenant, counter, 0) + 1;

	if (value > most) {
		txn_fail(txn, ERR_FULL, NULL, "the numbers of this tenant are used up");
		return 0;
	}
	counter_put(txn, tenant, counter, 0, value);
	return value;
}

uint32_t txn_new_number(struct txn *txn, uint32_t tenant)
{
	return (uint32_t)next_counter(txn, tenant, COUNTER_NUMBERS, UINT32_MAX - 1);
}

uint32_t txn_new_tenant(struct txn *txn)
{
	return (uint32_t)next_counter(txn, 0, COUNTER_TENANTS, UINT32_MAX - 1);
}

uint16_t txn_new_source(struct txn *txn, uint32_t tenant)
{
	return (uint16_t)next_counter(txn, tenant, COUNTER_SOURCES, UINT16_MAX);
}

static void put_record(
	struct txn *txn, uint32_t tenant, const struct effect *effect, const struct record *record)
{
	struct key key;

	if (record->tenant != tenant || record->number != effect->number ||
		record->kind != effect->kind || !uuid_equal(&record->id, &effect->id)) {
		txn_fail(txn, ERR_INTERNAL, NULL, "an effect holds another entry's record");
		return;
	}
	key_entry(&key, tenant, record->number);
	uint8_t *room = table_reserve(txn, TABLE_ENTRIES, &key, record->bytes.len);
	if (room)
		memcpy(room, record->bytes.data, record->bytes.len);
}

static void count_in(struct txn *txn, uint32_t tenant, const struct effect *effect)
{
	uint8_t place[5] = { (uint8_t)effect->kind };
	struct span present;
	struct key key;

	put_be32(place + 1, effect->number);
	key_id(&key, tenant, &effect->id);
	if (!table_add(txn, TABLE_IDS, &key, span_of(place, sizeof(place)), &present))
		txn_fail(txn, ERR_EXISTS, "id", "the id is taken by another entry");
	counter_add(txn, tenant, COUNTER_ENTRIES, effect->kind, 1);
	/* Another node gave the number: none of ours may follow it with the same. */
	if (counter_get(txn, tenant, COUNTER_NUMBERS, 0) < effect->number)
		counter_put(txn, tenant, COUNTER_NUMBERS, 0, effect->number);
}

static void count_out(struct txn *txn, uint32_t tenant, const struct effect *effect)
{
	struct key key;

	key_entry(&key, tenant, effect->number);
	table_delete(txn, TABLE_ENTRIES, &key);
	table_delete(txn, TABLE_STAMPS, &key);
	key_id(&key, tenant, &effect->id);
	table_delete(txn, TABLE_IDS, &key);
	counter_add(txn, tenant, COUNTER_ENTRIES, effect->kind, -1);
}

static bool open_side(struct txn *txn, struct span bytes, struct record *record)
{
	if (bytes.len == 0 || !txn_good(txn))
		return false;
	enum err err = record_open(bytes, record, &txn->why);
	if (err != OK)
		txn->err = err;
	return err == OK;
}

/* What the effect calls "before" is what stands here, octet by octet; else it was made for another
 * state. */
static void check_before(struct txn *txn, uint32_t tenant, const struct effect *effect)
{
	struct span present = SPAN_NONE;
	struct key key;

	key_entry(&key, tenant, effect->number);
	table_get(txn, TABLE_ENTRIES, &key, &present);
	if (!span_equal(present, effect->before))
		txn_fail(txn, ERR_CONFLICT, NULL, "the entry has changed meanwhile");
}

static void follow_name(struct txn *txn, const struct record *before, const struct record *after)
{
	if (!span_equal(record_name(before), record_name(after)) ||
		record_has(before, ATTR_RDN) != record_has(after, ATTR_RDN))
		edges_rename(txn, after->tenant, after);
}

void entries_apply(struct txn *txn, uint32_t tenant, const struct effect *effect)
{
	struct record before, after;

	check_before(txn, tenant, effect);
	bool was = open_side(txn, effect->before, &before);
	bool is = open_side(txn, effect->after, &after);
	if (is)
		put_record(txn, tenant, effect, &after);
	if (is && !was)
		count_in(txn, tenant, effect);
	if (was && !is)
		count_out(txn, tenant, effect);
	if (!txn_good(txn))
		return;
	index_change(txn, was ? &before : NULL, is ? &after : NULL);
	if (was && is)
		follow_name(txn, &before, &after);
}
