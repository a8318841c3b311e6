#include "store/store_int.h"

struct ordered {
	struct txn *txn;
	struct cursor *cursor;
	struct key prefix, at; /* `at`: the row returned last, or where to begin */
	bool descending, resumes, begun;
};

#define PREFIX_OCTETS 7 /* tenant, kind, attribute */

size_t ordered_key_of(enum attr attr, struct span normal, uint8_t out[ORDERED_KEY_MAX])
{
	struct key key;

	key_ordered(&key, 0, KIND_NONE, attr, normal);
	memcpy(out, key.octets + PREFIX_OCTETS, key.len - PREFIX_OCTETS);
	return key.len - PREFIX_OCTETS;
}

/* Where to begin; the row itself, should it exist, is passed over by step(). */
static void set_begin(struct ordered *o, uint32_t tenant, enum kind kind, enum attr attr,
	struct span key, uint32_t number)
{
	o->resumes = key.len > 0 && key.len <= ORDERED_KEY_MAX;
	key_attribute(&o->at, tenant, kind, attr + (o->descending && !o->resumes ? 1 : 0));
	if (!o->resumes)
		return;
	memcpy(o->at.octets + o->at.len, key.data, key.len);
	o->at.len += key.len;
	key_add_number(&o->at, number);
}

struct ordered *ordered_open(struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind,
	enum attr attr, struct span key, uint32_t number, bool descending)
{
	struct ordered *o = arena_zalloc(arena, sizeof(*o));

	o->txn = txn;
	o->descending = descending;
	key_attribute(&o->prefix, tenant, kind, attr);
	set_begin(o, tenant, kind, attr, key, number);
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
	if (found && (o->begun || o->resumes) && span_equal(o->cursor->key, key_span(&o->at)))
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

struct span ordered_key(const struct ordered *o)
{
	struct span key = o->cursor->key;

	return span_of(key.data + PREFIX_OCTETS, key.len - PREFIX_OCTETS - 4);
}

void ordered_close(struct ordered *o)
{
	cursor_release(o->cursor);
	o->cursor = NULL;
}

struct entry_walk {
	struct txn *txn;
	struct cursor *cursor;
	struct key at;
	uint32_t tenant;
	bool descending, begun;
};

struct entry_walk *entry_walk_open(
	struct txn *txn, struct arena *arena, uint32_t tenant, uint32_t after, bool descending)
{
	struct entry_walk *walk = arena_zalloc(arena, sizeof(*walk));

	walk->txn = txn;
	walk->tenant = tenant;
	walk->descending = descending;
	key_entry(&walk->at, tenant, after || !descending ? after + !descending : UINT32_MAX);
	walk->cursor = cursor_take(txn, TABLE_ENTRIES);
	return walk;
}

static bool walk_step(struct entry_walk *walk)
{
	if (walk->begun)
		return walk->descending ? cursor_previous(walk->cursor) : cursor_next(walk->cursor);
	walk->begun = true;
	return walk->descending ? cursor_before(walk->cursor, key_span(&walk->at))
				: cursor_seek(walk->cursor, key_span(&walk->at));
}

bool entry_walk_next(struct entry_walk *walk, struct record *record)
{
	if (!walk->cursor || !walk_step(walk) ||
		!cursor_is_below(walk->cursor, span_of(walk->at.octets, 4))) {
		entry_walk_close(walk);
		return false;
	}
	enum err err = record_open(walk->cursor->value, record, &walk->txn->why);
	if (err != OK)
		walk->txn->err = err;
	return err == OK;
}

void entry_walk_close(struct entry_walk *walk)
{
	cursor_release(walk->cursor);
	walk->cursor = NULL;
}
