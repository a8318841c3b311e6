#include "base/codec.h"
#include "store/store_int.h"

static bool open_line(struct txn *txn, uint32_t tenant, struct cursor *cursor, struct checkpoint *c,
	struct span *line)
{
	*line = cursor->value;
	if (cursor->key.len == 12 && checkpoint_read(*line, c) && c->tenant == tenant &&
		c->last == get_be64(cursor->key.data + 4))
		return true;
	txn_fail(txn, ERR_CORRUPT, NULL, "a row of the checkpoints table is damaged");
	return false;
}

/* The first of the tenant from `sequence` on, or the last before it. */
static bool find(struct txn *txn, uint32_t tenant, uint64_t sequence,
	bool (*seek)(struct cursor *cursor, struct span key), struct checkpoint *c,
	struct span *line)
{
	struct cursor *cursor = cursor_take(txn, TABLE_CHECKPOINTS);
	struct key key;

	key_sequence(&key, tenant, sequence);
	bool found = seek(cursor, key_span(&key)) &&
		     cursor_is_below(cursor, span_of(key.octets, 4)) &&
		     open_line(txn, tenant, cursor, c, line);
	cursor_release(cursor);
	return found;
}

bool txn_checkpoint(
	struct txn *txn, uint32_t tenant, uint64_t least, struct checkpoint *c, struct span *line)
{
	return find(txn, tenant, least, cursor_seek, c, line);
}

bool txn_checkpoint_newest(
	struct txn *txn, uint32_t tenant, struct checkpoint *c, struct span *line)
{
	return find(txn, tenant, UINT64_MAX, cursor_before, c, line);
}

void txn_put_checkpoint(struct txn *txn, const struct checkpoint *c, struct span line)
{
	struct key key;

	key_sequence(&key, c->tenant, c->last);
	table_put(txn, TABLE_CHECKPOINTS, &key, line);
}
