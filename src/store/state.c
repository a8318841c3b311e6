#include "base/codec.h"
#include "base/hash.h"
#include "store/store_int.h"

bool guarded_open(struct txn *txn, enum table table, struct span value, struct span *octets)
{
	if (value.len >= 4 && get_be32(value.data) == crc32c(0, span_from(value, 4))) {
		*octets = span_from(value, 4);
		return true;
	}
	txn_fail(txn, ERR_CORRUPT, NULL, "a row of the %s table is damaged", table_name(table));
	return false;
}

void guarded_put(struct txn *txn, enum table table, const struct key *key, struct span octets)
{
	uint8_t *room = table_reserve(txn, table, key, octets.len + 4);

	if (!room)
		return;
	put_be32(room, crc32c(0, octets));
	if (octets.len)
		memcpy(room + 4, octets.data, octets.len);
}

bool txn_state(struct txn *txn, uint32_t tenant, struct span name, struct span *value)
{
	struct span row;
	struct key key;

	key_state(&key, tenant, name);
	return table_get(txn, TABLE_STATE, &key, &row) &&
	       guarded_open(txn, TABLE_STATE, row, value);
}

void state_apply(struct txn *txn, uint32_t tenant, const struct effect *effect)
{
	struct key key;

	key_state(&key, tenant, effect->key);
	if (effect->after.len)
		guarded_put(txn, TABLE_STATE, &key, effect->after);
	else
		table_delete(txn, TABLE_STATE, &key);
}
