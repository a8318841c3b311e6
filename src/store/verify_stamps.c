#include "base/codec.h"
#include "store/verify_int.h"

static void check_stamp(struct verify *v, struct cursor *cursor, void *arg)
{
	uint64_t *rows = arg;
	uint32_t tenant = key_tenant_of(cursor->key), number = key_number_of(cursor->key);
	struct head head = { 0 };
	struct stamp stamp;
	struct span octets;
	struct key key;

	(*rows)++;
	if (!txn_stamp(v->txn, tenant, number, &stamp))
		return;
	txn_head(v->txn, tenant, &head);
	if (stamp.changed > head.time || stamp.shown > stamp.changed ||
		stamp.held > stamp.changed || stamp.own > stamp.changed)
		verify_fault(v, "The stamp of entry %u of tenant %u is no time of its journal.",
			number, tenant);
	key_entry(&key, tenant, number);
	if (!table_get(v->txn, TABLE_ENTRIES, &key, &octets))
		verify_fault(
			v, "Entry %u of tenant %u has a stamp and is not there.", number, tenant);
}

static void count_entry(struct verify *v, struct cursor *cursor, void *arg)
{
	uint64_t *entries = arg;

	(void)v;
	(void)cursor;
	(*entries)++;
}

void verify_stamps(struct verify *v)
{
	uint64_t rows = 0, entries = 0;

	verify_walk(v, TABLE_STAMPS, check_stamp, &rows);
	verify_walk(v, TABLE_ENTRIES, count_entry, &entries);
	if (rows != entries)
		verify_fault(v, "%llu entries have %llu stamps.", (unsigned long long)entries,
			(unsigned long long)rows);
}
