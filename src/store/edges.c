#include "base/codec.h"
#include "base/limits.h"
#include "store/store_int.h"

bool txn_edge(
	struct txn *txn, uint32_t tenant, uint32_t container, uint32_t member, struct edge *edge)
{
	struct span value;
	struct edge found;
	struct key key;

	key_edge(&key, tenant, container, member);
	if (!table_get(txn, TABLE_EDGES, &key, &value))
		return false;
	enum err err = edge_read(value, &found, &txn->why);
	if (err != OK) {
		txn->err = err;
		return false;
	}
	found.container = container;
	found.member = member;
	*edge = found;
	return true;
}

uint64_t txn_member_count(struct txn *txn, uint32_t tenant, uint32_t container)
{
	return counter_get(txn, tenant, COUNTER_MEMBERS, container);
}

static void put_edge(struct txn *txn, const struct key *key, struct span value)
{
	uint8_t *room = table_reserve(txn, TABLE_EDGES, key, value.len);

	if (room)
		memcpy(room, value.data, value.len);
}

void edges_apply(struct txn *txn, uint32_t tenant, const struct effect *effect)
{
	struct key forward, reverse;
	struct span present;

	key_edge(&forward, tenant, effect->number, effect->member);
	key_member(&reverse, tenant, effect->member, effect->kind);
	key_add_number(&reverse, effect->number);
	bool was = table_get(txn, TABLE_EDGES, &forward, &present);
	bool is = effect->after.len > 0;
	if (was != (effect->before.len > 0)) {
		txn_fail(txn, ERR_CONFLICT, NULL, "the membership has changed meanwhile");
		return;
	}
	if (is)
		put_edge(txn, &forward, effect->after);
	else if (was)
		table_delete(txn, TABLE_EDGES, &forward);
	if (is == was)
		return;
	if (is)
		table_put(txn, TABLE_MEMBERSHIPS, &reverse, SPAN_NONE);
	else
		table_delete(txn, TABLE_MEMBERSHIPS, &reverse);
	counter_add(txn, tenant, COUNTER_MEMBERS, effect->number, is ? 1 : -1);
}

/* ---- containers of a member ---- */

#define MEMBERSHIP_KEY (4 + 4 + 1 + 4) /* tenant, member, kind, container */

struct memberships {
	struct txn *txn;
	struct cursor *cursor; /* NULL: at the end */
	uint32_t tenant, member, kinds;
	enum kind kind; /* of the row, or of the next one to look for, with `number` */
	uint32_t number;
	bool begun;
};

struct memberships *memberships_open(
	struct txn *txn, struct arena *arena, uint32_t tenant, uint32_t member, uint32_t kinds)
{
	struct memberships *m = arena_zalloc(arena, sizeof(*m));

	m->txn = txn;
	m->tenant = tenant;
	m->member = member;
	m->kinds = kinds;
	if (kinds)
		m->cursor = cursor_take(txn, TABLE_MEMBERSHIPS);
	return m;
}

void memberships_close(struct memberships *m)
{
	cursor_release(m->cursor);
	m->cursor = NULL;
}

static bool seek_row(struct memberships *m, enum kind kind, uint32_t number)
{
	struct key key;

	key_member(&key, m->tenant, m->member, kind);
	key_add_number(&key, number);
	return cursor_seek(m->cursor, key_span(&key));
}

/* The row behind the one returned last, of whatever kind. A write may have moved the cursor. */
static bool next_row(struct memberships *m)
{
	if (!m->begun)
		return seek_row(m, (enum kind)__builtin_ctz(m->kinds), 0);
	return m->txn->write ? seek_row(m, m->kind, m->number + 1) : cursor_next(m->cursor);
}

static bool is_ours(struct memberships *m)
{
	struct span key = m->cursor->key;

	if (key.len < 8 || get_be32(key.data) != m->tenant || get_be32(key.data + 4) != m->member)
		return false;
	if (key.len == MEMBERSHIP_KEY)
		return true;
	txn_fail(m->txn, ERR_CORRUPT, NULL, "a row of the memberships is damaged");
	return false;
}

static uint32_t kinds_above(const struct memberships *m, enum kind kind)
{
	return m->kinds & ~((UINT32_C(2) << kind) - 1);
}

bool memberships_next(struct memberships *m, enum kind *kind, uint32_t *number)
{
	bool found = m->cursor && next_row(m) && is_ours(m);

	while (found) {
		m->kind = m->cursor->key.data[8];
		if (m->kind < KIND_COUNT && m->kinds >> m->kind & 1)
			break;
		uint32_t above = m->kind < KIND_COUNT ? kinds_above(m, m->kind) : 0;
		found = above && seek_row(m, (enum kind)__builtin_ctz(above), 0) && is_ours(m);
	}
	m->begun = true;
	if (!found) {
		memberships_close(m);
		return false;
	}
	*kind = m->kind;
	*number = m->number = key_number_of(m->cursor->key);
	return true;
}

/* ---- names ---- */

static void rename_edge(
	struct txn *txn, uint32_t tenant, uint32_t container, const struct record *member)
{
	struct edge edge;
	struct key key;

	if (!txn_edge(txn, tenant, container, member->number, &edge))
		return;
	edge.member_name = record_name(member);
	edge.member_has_rdn = record_has(member, ATTR_RDN);
	buffer_reset(&txn->edge);
	edge_write(&txn->edge, &edge);
	if (txn->edge.failed) {
		txn_fail(txn, ERR_TOO_LARGE, NULL, "the member's name is too long");
		return;
	}
	key_edge(&key, tenant, container, member->number);
	put_edge(txn, &key, buffer_span(&txn->edge));
}

void edges_rename(struct txn *txn, uint32_t tenant, const struct record *member)
{
	struct cursor *cursor = cursor_take(txn, TABLE_MEMBERSHIPS);
	struct key key;

	/* The walk is over one table and the writes go into another. */
	key_entry(&key, tenant, member->number);
	for (bool more = cursor_seek(cursor, key_span(&key));
		more && cursor_is_below(cursor, key_span(&key)); more = cursor_next(cursor))
		rename_edge(txn, tenant, key_number_of(cursor->key), member);
	cursor_release(cursor);
}
