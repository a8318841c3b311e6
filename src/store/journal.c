#include "base/clock.h"
#include "base/codec.h"
#include "base/hash.h"
#include "store/store_int.h"

#define HEAD_OCTETS 56

bool txn_head(struct txn *txn, uint32_t tenant, struct head *head)
{
	struct span row, octets;
	struct key key;

	key_tenant(&key, tenant);
	if (!table_get(txn, TABLE_HEADS, &key, &row) ||
		!guarded_open(txn, TABLE_HEADS, row, &octets))
		return false;
	if (octets.len != HEAD_OCTETS) {
		txn_fail(txn, ERR_CORRUPT, NULL, "a row of the heads table is damaged");
		return false;
	}
	head->first = get_be64(octets.data);
	head->last = get_be64(octets.data + 8);
	head->time = (int64_t)get_be64(octets.data + 16);
	memcpy(head->hash, octets.data + 24, 32);
	return true;
}

void head_put(struct txn *txn, uint32_t tenant, const struct head *head)
{
	uint8_t octets[HEAD_OCTETS];
	struct key key;

	put_be64(octets, head->first);
	put_be64(octets + 8, head->last);
	put_be64(octets + 16, (uint64_t)head->time);
	memcpy(octets + 24, head->hash, 32);
	key_tenant(&key, tenant);
	guarded_put(txn, TABLE_HEADS, &key, span_of(octets, sizeof(octets)));
}

bool txn_journal(struct txn *txn, uint32_t tenant, uint64_t sequence, struct span *record)
{
	struct key key;

	key_sequence(&key, tenant, sequence);
	return table_get(txn, TABLE_JOURNAL, &key, record);
}

bool txn_next_tenant(struct txn *txn, uint32_t least, uint32_t *tenant)
{
	return table_next_tenant(txn, TABLE_HEADS, least, tenant);
}

/* Gives the change its place behind the tenant's head. */
static void take_place(struct change *change, const struct head *head)
{
	int64_t now = clock_wall();

	change->sequence = head->last + 1;
	change->time = now > head->time ? now : head->time + 1;
	memcpy(change->previous, head->hash, sizeof(change->previous));
}

static bool is_kept(const struct change *change)
{
	for (size_t i = 0; i < change->count; i++)
		if (change->effects[i].type != EFFECT_STATE)
			return true;
	return false;
}

static void journal_append(struct txn *txn, const struct change *change, struct head *head)
{
	struct span record = buffer_span(&txn->change);
	struct key key;

	key_sequence(&key, change->tenant, change->sequence);
	uint8_t *room = table_reserve(txn, TABLE_JOURNAL, &key, record.len);
	if (!room)
		return;
	memcpy(room, record.data, record.len);
	if (head->last == 0)
		head->first = change->sequence;
	head->last = change->sequence;
	head->time = change->time;
	hash_sha256(record, head->hash);
	head_put(txn, change->tenant, head);
}

static bool only_removes(const struct change *change)
{
	for (size_t i = 0; i < change->count; i++)
		if (change->effects[i].after.len)
			return false;
	return true;
}

static void apply_effects(struct txn *txn, const struct change *change)
{
	static void (*const apply[])(
		struct txn * txn, uint32_t tenant, const struct effect *effect) = {
		[EFFECT_ENTRY] = entries_apply,
		[EFFECT_EDGE] = edges_apply,
		[EFFECT_STATE] = state_apply,
	};

	for (size_t i = 0; i < change->count; i++)
		apply[change->effects[i].type](txn, change->tenant, &change->effects[i]);
	index_finish(txn);
}

void txn_apply(struct txn *txn, struct change *change)
{
	struct head head = { 0 };
	struct change written;

	quota_check(txn, only_removes(change));
	txn_head(txn, change->tenant, &head);
	if (!txn_good(txn))
		return;
	if (is_kept(change))
		take_place(change, &head);
	/* What is applied is what the journal says; its octets also outlive the rows of the map
	 * that the effects may have been borrowed from. */
	buffer_reset(&txn->change);
	enum err err = change_write(&txn->change, change, &txn->why);
	if (err == OK)
		err = change_read(txn->arena, buffer_span(&txn->change), &written, &txn->why);
	if (err != OK) {
		txn->err = err;
		return;
	}
	apply_effects(txn, &written);
	if (!is_kept(change))
		return;
	stamps_apply(txn, &written);
	journal_append(txn, change, &head);
}
