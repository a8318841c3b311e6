#include "base/codec.h"
#include "store/store_int.h"

#define ROW_OCTETS (4 + 1 + 1 + 4 + 8 + 8)

bool activity_read(struct span octets, struct activity *activity)
{
	struct reader in = reader_of(octets);

	activity->number = read_u32(&in);
	activity->event = (enum activity_event)read_u8(&in);
	activity->channel = (enum channel)read_u8(&in);
	activity->count = read_u32(&in);
	activity->first = (int64_t)read_u64(&in);
	activity->last = (int64_t)read_u64(&in);
	activity->address = span_from(octets, ROW_OCTETS);
	return !in.bad && activity->event >= ACTIVITY_SUCCEEDED &&
	       activity->event <= ACTIVITY_LOCKED;
}

bool txn_activity(struct txn *txn, uint32_t tenant, uint64_t sequence, struct activity *activity)
{
	struct span row, octets;
	struct key key;

	key_activity(&key, tenant, ACTIVITY_ROW);
	key_add_sequence(&key, sequence);
	if (!table_get(txn, TABLE_ACTIVITY, &key, &row) ||
		!guarded_open(txn, TABLE_ACTIVITY, row, &octets))
		return false;
	if (activity_read(octets, activity))
		return true;
	txn_fail(txn, ERR_CORRUPT, NULL, "a row of the activity table is damaged");
	return false;
}

bool txn_activity_near(
	struct txn *txn, uint32_t tenant, uint32_t number, bool newest_first, uint64_t *sequence)
{
	struct cursor *cursor = cursor_take(txn, TABLE_ACTIVITY);
	struct key key;

	key_activity(&key, tenant, number == ACTIVITY_ANYBODY ? ACTIVITY_ROW : ACTIVITY_OF);
	if (number != ACTIVITY_ANYBODY)
		key_add_number(&key, number);
	struct span prefix = span_of(key.octets, key.len);
	key_add_sequence(&key, *sequence);
	bool found = cursor_seek(cursor, key_span(&key));
	if (newest_first && !(found && span_equal(cursor->key, key_span(&key))))
		found = cursor_before(cursor, key_span(&key));
	found = found && cursor_is_below(cursor, prefix) && cursor->key.len == key.len;
	if (found)
		*sequence = get_be64(cursor->key.data + key.len - 8);
	cursor_release(cursor);
	return found;
}

bool txn_last_login(struct txn *txn, uint32_t tenant, uint32_t number, int64_t *time)
{
	struct span row, octets;
	struct key key;

	key_activity(&key, tenant, ACTIVITY_LAST);
	key_add_number(&key, number);
	if (!table_get(txn, TABLE_ACTIVITY, &key, &row) ||
		!guarded_open(txn, TABLE_ACTIVITY, row, &octets) || octets.len != 8)
		return false;
	*time = (int64_t)get_be64(octets.data);
	return true;
}

/* ---- writing ---- */

static uint64_t new_sequence(struct txn *txn, uint32_t tenant)
{
	uint64_t last = UINT64_MAX;

	return txn_activity_near(txn, tenant, ACTIVITY_ANYBODY, true, &last) ? last + 1 : 1;
}

static void put_row(
	struct txn *txn, uint32_t tenant, uint64_t sequence, const struct activity *activity)
{
	uint8_t octets[ROW_OCTETS + 48];
	size_t len = activity->address.len < 48 ? activity->address.len : 48;
	struct key key;

	put_be32(octets, activity->number);
	octets[4] = (uint8_t)activity->event;
	octets[5] = (uint8_t)activity->channel;
	put_be32(octets + 6, activity->count);
	put_be64(octets + 10, (uint64_t)activity->first);
	put_be64(octets + 18, (uint64_t)activity->last);
	if (len)
		memcpy(octets + ROW_OCTETS, activity->address.data, len);
	key_activity(&key, tenant, ACTIVITY_ROW);
	key_add_sequence(&key, sequence);
	guarded_put(txn, TABLE_ACTIVITY, &key, span_of(octets, ROW_OCTETS + len));
}

static void put_last(struct txn *txn, uint32_t tenant, const struct activity *activity)
{
	uint8_t octets[8];
	struct key key;

	put_be64(octets, (uint64_t)activity->last);
	key_activity(&key, tenant, ACTIVITY_LAST);
	key_add_number(&key, activity->number);
	guarded_put(txn, TABLE_ACTIVITY, &key, span_of(octets, sizeof(octets)));
}

uint64_t txn_put_activity(
	struct txn *txn, uint32_t tenant, uint64_t sequence, const struct activity *activity)
{
	struct key key;

	quota_check(txn, false);
	if (!sequence) {
		sequence = new_sequence(txn, tenant);
		key_activity(&key, tenant, ACTIVITY_OF);
		key_add_number(&key, activity->number);
		key_add_sequence(&key, sequence);
		table_put(txn, TABLE_ACTIVITY, &key, SPAN_NONE);
	}
	put_row(txn, tenant, sequence, activity);
	if (activity->event == ACTIVITY_SUCCEEDED && activity->number)
		put_last(txn, tenant, activity);
	return sequence;
}

unsigned txn_drop_activity(struct txn *txn, uint32_t tenant, int64_t before, unsigned most)
{
	struct activity activity;
	uint64_t sequence = 0, newest = UINT64_MAX;
	unsigned dropped = 0;
	struct key key;

	quota_check(txn, true);
	/* The newest row stays: the next one is numbered after it. */
	txn_activity_near(txn, tenant, ACTIVITY_ANYBODY, true, &newest);
	while (dropped < most &&
		txn_activity_near(txn, tenant, ACTIVITY_ANYBODY, false, &sequence) &&
		sequence < newest && txn_activity(txn, tenant, sequence, &activity) &&
		activity.last < before) {
		key_activity(&key, tenant, ACTIVITY_OF);
		key_add_number(&key, activity.number);
		key_add_sequence(&key, sequence);
		table_delete(txn, TABLE_ACTIVITY, &key);
		key_activity(&key, tenant, ACTIVITY_ROW);
		key_add_sequence(&key, sequence);
		table_delete(txn, TABLE_ACTIVITY, &key);
		dropped++;
	}
	return dropped;
}
