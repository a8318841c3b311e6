#include "base/limits.h"
#include "store/store_int.h"

/* What a transaction copies of what it erases. */
#define ERASE_OCTETS (8 * MIB)

/* One erasing transaction's: how much it may still take. */
struct budget {
	unsigned rows;
	size_t octets;
};

static bool spend(struct txn *txn, struct budget *budget, size_t octets)
{
	if (!budget->rows || !txn_good(txn))
		return false;
	budget->rows--;
	budget->octets -= octets < budget->octets ? octets : budget->octets;
	if (!budget->octets)
		budget->rows = 0;
	return true;
}

/* The tenant's first row of the table; its key is copied, so that it may be deleted. */
static bool first_row(
	struct txn *txn, enum table table, uint32_t tenant, struct key *key, struct span *value)
{
	struct key prefix;
	struct cursor *cursor = cursor_take(txn, table);

	key_tenant(&prefix, tenant);
	bool found = cursor_seek(cursor, key_span(&prefix)) &&
		     cursor_is_below(cursor, key_span(&prefix)) && cursor->key.len <= KEY_MAX;
	if (found) {
		key->len = cursor->key.len;
		memcpy(key->octets, cursor->key.data, key->len);
		*value = cursor->value;
	}
	cursor_release(cursor);
	return found;
}

static bool erase_edge(struct txn *txn, uint32_t tenant, struct budget *budget)
{
	struct span value;
	struct edge edge;
	struct key key;

	if (!first_row(txn, TABLE_EDGES, tenant, &key, &value) || !spend(txn, budget, value.len))
		return false;
	struct effect effect = { .type = EFFECT_EDGE };
	effect.before = arena_copy(txn->arena, value);
	if (edge_read(effect.before, &edge, &txn->why) != OK) {
		txn->err = ERR_CORRUPT;
		return false;
	}
	effect.kind = edge.container_kind;
	effect.number = key_number_of(span_of(key.octets, 8));
	effect.member = key_number_of(key_span(&key));
	edges_apply(txn, tenant, &effect);
	return txn_good(txn);
}

static bool erase_entry(struct txn *txn, uint32_t tenant, struct budget *budget)
{
	struct span value;
	struct record record;
	struct key key;

	if (!first_row(txn, TABLE_ENTRIES, tenant, &key, &value) || !spend(txn, budget, value.len))
		return false;
	struct effect effect = { .type = EFFECT_ENTRY };
	effect.before = arena_copy(txn->arena, value);
	enum err err = record_open(effect.before, &record, &txn->why);
	if (err != OK) {
		txn->err = err;
		return false;
	}
	effect.kind = record.kind;
	effect.number = record.number;
	effect.id = record.id;
	entries_apply(txn, tenant, &effect);
	return txn_good(txn);
}

/* From the oldest on, so that what is left is a journal; all but the newest, by which the tenant is
 * known to be there. */
static bool erase_change(struct txn *txn, uint32_t tenant, struct budget *budget)
{
	struct head head;
	struct key key;

	if (!txn_head(txn, tenant, &head) || head.first >= head.last || !spend(txn, budget, 0))
		return false;
	key_sequence(&key, tenant, head.first++);
	table_delete(txn, TABLE_JOURNAL, &key);
	head_put(txn, tenant, &head);
	return txn_good(txn);
}

static void erase_head(struct txn *txn, uint32_t tenant)
{
	struct head head;
	struct key key;

	if (!txn_head(txn, tenant, &head))
		return;
	key_sequence(&key, tenant, head.last);
	table_delete(txn, TABLE_JOURNAL, &key);
	key_tenant(&key, tenant);
	table_delete(txn, TABLE_HEADS, &key);
}

static bool erase_audit(struct txn *txn, uint32_t tenant, struct budget *budget)
{
	return spend(txn, budget, 0) && txn_drop_audit(txn, tenant, UINT64_MAX, 1) == 1;
}

/* Tables whose rows hang on nothing else; the last ones name what was left behind. */
static const enum table loose[] = { TABLE_CHECKPOINTS, TABLE_ACTIVITY, TABLE_PROVISION_LINKS,
	TABLE_PROVISION, TABLE_STATE, TABLE_COUNTERS };

static bool erase_loose(struct txn *txn, uint32_t tenant, struct budget *budget)
{
	struct span value;
	struct key key;

	for (size_t i = 0; i < sizeof(loose) / sizeof(loose[0]); i++)
		if (first_row(txn, loose[i], tenant, &key, &value))
			return spend(txn, budget, 0) && table_delete(txn, loose[i], &key);
	return false;
}

bool txn_erase(struct txn *txn, uint32_t tenant, unsigned most)
{
	static bool (*const steps[])(struct txn * txn, uint32_t tenant, struct budget * budget) = {
		erase_edge, erase_entry, erase_change, erase_audit, erase_loose
	};
	struct budget budget = { most, ERASE_OCTETS };

	quota_check(txn, true);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		while (steps[i](txn, tenant, &budget))
			;
		index_finish(txn);
	}
	if (budget.rows == 0 || !txn_good(txn))
		return false;
	erase_head(txn, tenant);
	return txn_good(txn);
}
