#include "base/codec.h"
#include "base/hash.h"
#include "store/verify_int.h"

static void check_state(struct verify *v, struct cursor *cursor, void *arg)
{
	struct span octets;

	(void)arg;
	guarded_open(v->txn, TABLE_STATE, cursor->value, &octets);
}

void verify_state(struct verify *v)
{
	verify_walk(v, TABLE_STATE, check_state, NULL);
}

/* Where the walk is in the chain of one tenant. */
struct chain {
	bool begun, broken;
	uint32_t tenant;
	uint64_t sequence;
	int64_t time;
	uint8_t hash[32];
	uint64_t tenants;
};

static void close_journal(struct verify *v, struct chain *chain)
{
	struct head head = { 0 };

	if (!chain->begun)
		return;
	if (!txn_head(v->txn, chain->tenant, &head))
		verify_fault(v, "Tenant %u has a journal and no head.", chain->tenant);
	else if (head.last != chain->sequence || head.time != chain->time ||
		 memcmp(head.hash, chain->hash, 32) != 0)
		verify_fault(v, "The journal of tenant %u ends with %llu and its head says %llu%s.",
			chain->tenant, (unsigned long long)chain->sequence,
			(unsigned long long)head.last,
			head.last == chain->sequence ? " with another hash" : "");
	chain->tenants++;
}

static void begin_journal(struct verify *v, struct chain *chain, uint32_t tenant)
{
	struct head head = { 0 };

	close_journal(v, chain);
	*chain = (struct chain){ .begun = true, .tenant = tenant, .tenants = chain->tenants };
	txn_head(v->txn, tenant, &head);
	chain->sequence = head.first ? head.first - 1 : 0;
}

static void check_change(
	struct verify *v, struct chain *chain, uint64_t sequence, struct span record)
{
	static const uint8_t nothing[32];
	struct why why = { 0 };
	struct change change;

	if (change_read(v->arena, record, &change, &why) != OK) {
		verify_fault(v, "Change %llu of tenant %u cannot be read: %s.",
			(unsigned long long)sequence, chain->tenant, why.text);
		return;
	}
	if (change.tenant != chain->tenant || change.sequence != sequence)
		verify_fault(v, "Change %llu of tenant %u says it is %llu of tenant %u.",
			(unsigned long long)sequence, chain->tenant,
			(unsigned long long)change.sequence, change.tenant);
	bool known = memcmp(chain->hash, nothing, 32) != 0;
	if ((known || sequence == 1) && memcmp(change.previous, chain->hash, 32) != 0)
		verify_fault(v, "Change %llu of tenant %u does not follow from the one before.",
			(unsigned long long)sequence, chain->tenant);
	if (change.time <= chain->time)
		verify_fault(v, "Change %llu of tenant %u is not later than the one before.",
			(unsigned long long)sequence, chain->tenant);
	chain->time = change.time;
}

static void check_journal_row(struct verify *v, struct cursor *cursor, void *arg)
{
	struct chain *chain = arg;
	uint32_t tenant = key_tenant_of(cursor->key);

	if (cursor->key.len != 12) {
		verify_fault(v, "A key of the journal is damaged (tenant %u).", tenant);
		return;
	}
	uint64_t sequence = get_be64(cursor->key.data + 4);
	if (!chain->begun || chain->tenant != tenant)
		begin_journal(v, chain, tenant);
	if (sequence != chain->sequence + 1)
		verify_fault(v, "The journal of tenant %u goes from %llu to %llu.", tenant,
			(unsigned long long)chain->sequence, (unsigned long long)sequence);
	chain->sequence = sequence;
	check_change(v, chain, sequence, cursor->value);
	hash_sha256(cursor->value, chain->hash);
}

static void check_head_row(struct verify *v, struct cursor *cursor, void *arg)
{
	uint64_t *heads = arg;
	struct head head;

	txn_head(v->txn, key_tenant_of(cursor->key), &head);
	(*heads)++;
}

void verify_journal(struct verify *v)
{
	struct chain chain = { 0 };
	uint64_t heads = 0;

	verify_walk(v, TABLE_JOURNAL, check_journal_row, &chain);
	close_journal(v, &chain);
	verify_walk(v, TABLE_HEADS, check_head_row, &heads);
	if (heads != chain.tenants)
		verify_fault(v, "%llu tenants have a journal and %llu have a head.",
			(unsigned long long)chain.tenants, (unsigned long long)heads);
}
