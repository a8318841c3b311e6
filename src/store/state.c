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

struct states {
	struct txn *txn;
	struct cursor *cursor;
	uint32_t tenant;
	struct span prefix;
	struct key at; /* the row returned last, or where to begin */
	bool begun;    /* `at` has been returned */
};

struct states *states_open(struct txn *txn, struct arena *arena, uint32_t tenant,
	struct span prefix, struct span after)
{
	struct states *states = arena_zalloc(arena, sizeof(*states));

	states->txn = txn;
	states->tenant = tenant;
	states->prefix = arena_copy(arena, prefix);
	states->begun = after.len > 0;
	key_state(&states->at, tenant, states->begun ? after : prefix);
	states->cursor = cursor_take(txn, TABLE_STATE);
	return states;
}

/* On the first row whose name has this length, or a greater one, and may begin with the prefix. */
static bool seek_length(struct states *states, unsigned length)
{
	struct key key;

	key_tenant(&key, states->tenant);
	key.octets[key.len++] = (uint8_t)length;
	memcpy(key.octets + key.len, states->prefix.data, states->prefix.len);
	key.len += states->prefix.len;
	if (span_compare(states->cursor->key, key_span(&key)) < 0)
		return cursor_seek(states->cursor, key_span(&key));
	if (length >= STATE_NAME_MAX)
		return false;
	key.octets[4]++;
	return cursor_seek(states->cursor, key_span(&key));
}

/* Names stand behind the tenant and their length. */
static bool seek_name(struct states *states, struct span *name)
{
	struct cursor *cursor = states->cursor;
	bool found = cursor_seek(cursor, key_span(&states->at));

	if (found && states->begun && span_equal(cursor->key, key_span(&states->at)))
		found = cursor_next(cursor);
	while (found && cursor_is_below(cursor, span_of(states->at.octets, 4)) &&
		cursor->key.data[4] <= STATE_NAME_MAX) {
		*name = span_from(cursor->key, 5);
		if (span_starts(*name, states->prefix))
			return true;
		found = seek_length(states, cursor->key.data[4]);
	}
	return false;
}

bool states_next(struct states *states, struct span *name, struct span *value)
{
	if (!states->cursor || !seek_name(states, name) ||
		!guarded_open(states->txn, TABLE_STATE, states->cursor->value, value)) {
		states_close(states);
		return false;
	}
	states->begun = true;
	states->at.len = states->cursor->key.len;
	memcpy(states->at.octets, states->cursor->key.data, states->at.len);
	return true;
}

void states_close(struct states *states)
{
	cursor_release(states->cursor);
	states->cursor = NULL;
}
