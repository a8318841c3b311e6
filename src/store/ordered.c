#include "store/store_int.h"

struct ordered {
	struct txn *txn;
	struct cursor *cursor;
	struct key prefix, at; /* `at`: the row returned last, or where to begin */
	bool descending, begun;
};

/* Where to begin: on the first row of `from`, or behind its last one. */
static void set_begin(
	struct ordered *o, uint32_t tenant, enum kind kind, enum attr attr, struct span from)
{
	if (from.len) {
		key_ordered(&o->at, tenant, kind, attr, from);
		key_add_number(&o->at, o->descending ? UINT32_MAX : 0);
	} else {
		key_attribute(&o->at, tenant, kind, attr + (o->descending ? 1 : 0));
	}
}

struct ordered *ordered_open(struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind,
	enum attr attr, struct span from, bool descending)
{
	struct ordered *o = arena_zalloc(arena, sizeof(*o));

	o->txn = txn;
	o->descending = descending;
	key_attribute(&o->prefix, tenant, kind, attr);
	set_begin(o, tenant, kind, attr, from);
	o->cursor = cursor_take(txn, TABLE_ORDERED);
	return o;
}

/* In a write transaction the cursor may have been moved by a write: search again. */
static bool step(struct ordered *o)
{
	if (o->begun && !o->txn->write)
		return o->descending ? cursor_previous(o->cursor) : cursor_next(o->cursor);
	if (o->descending)
		return cursor_before(o->cursor, key_span(&o->at));
	bool found = cursor_seek(o->cursor, key_span(&o->at));
	if (found && o->begun && span_equal(o->cursor->key, key_span(&o->at)))
		found = cursor_next(o->cursor);
	return found;
}

bool ordered_next(struct ordered *o, uint32_t *number)
{
	if (!o->cursor || !step(o) || !cursor_is_below(o->cursor, key_span(&o->prefix)) ||
		o->cursor->key.len > KEY_MAX) {
		ordered_close(o);
		return false;
	}
	o->begun = true;
	if (o->txn->write) {
		o->at.len = o->cursor->key.len;
		memcpy(o->at.octets, o->cursor->key.data, o->at.len);
	}
	*number = key_number_of(o->cursor->key);
	return true;
}

void ordered_close(struct ordered *o)
{
	cursor_release(o->cursor);
	o->cursor = NULL;
}
