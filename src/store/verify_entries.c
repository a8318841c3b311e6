#include "base/codec.h"
#include "store/verify_int.h"

/* What the walk has seen of the tenant it is in. */
struct census {
	bool begun;
	uint32_t tenant, last_number;
	uint64_t kinds[KIND_COUNT];
	uint64_t total; /* of all tenants */
};

static void close_tenant(struct verify *v, struct census *census)
{
	if (!census->begun)
		return;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		uint64_t counted = txn_count(v->txn, census->tenant, kind);
		if (counted != census->kinds[kind])
			verify_fault(v,
				"Tenant %u has %llu entries of kind %s and its counter says %llu.",
				census->tenant, (unsigned long long)census->kinds[kind],
				kind_row(kind) ? kind_row(kind)->word : "none",
				(unsigned long long)counted);
		census->kinds[kind] = 0;
	}
	if (counter_get(v->txn, census->tenant, COUNTER_NUMBERS, 0) < census->last_number)
		verify_fault(v, "Tenant %u would give entry number %u a second time.",
			census->tenant, census->last_number);
}

static void check_id(struct verify *v, const struct record *record)
{
	enum kind kind = KIND_NONE;
	uint32_t number = 0;

	if (!txn_find_id(v->txn, record->tenant, &record->id, &kind, &number))
		verify_fault(v, "Entry %u of tenant %u is missing in the ids table.",
			record->number, record->tenant);
	else if (number != record->number || kind != record->kind)
		verify_fault(v, "The ids table takes the id of entry %u of tenant %u for entry %u.",
			record->number, record->tenant, number);
}

static void check_entry(struct verify *v, struct cursor *cursor, void *arg)
{
	struct census *census = arg;
	uint32_t tenant = key_tenant_of(cursor->key), number = key_number_of(cursor->key);
	struct why why = { 0 };
	struct record record;

	if (!census->begun || tenant != census->tenant) {
		close_tenant(v, census);
		census->tenant = tenant;
		census->begun = true;
	}
	census->last_number = number;
	census->total++;
	if (cursor->key.len != 8) {
		verify_fault(v, "A key of the entries table is damaged (tenant %u).", tenant);
		return;
	}
	if (record_open(cursor->value, &record, &why) != OK) {
		verify_fault(v, "The record of entry %u of tenant %u is damaged: %s.", number,
			tenant, why.text);
		return;
	}
	if (record.tenant != tenant || record.number != number) {
		verify_fault(v,
			"Under the key of entry %u of tenant %u lies entry %u of tenant %u.",
			number, tenant, record.number, record.tenant);
		return;
	}
	census->kinds[record.kind]++;
	check_id(v, &record);
	verify_tally(v, &record);
}

static void check_id_row(struct verify *v, struct cursor *cursor, void *arg)
{
	uint32_t tenant = key_tenant_of(cursor->key);
	struct record record;

	(void)arg;
	if (cursor->key.len != 20 || cursor->value.len != 5) {
		verify_fault(v, "A row of the ids table is damaged (tenant %u).", tenant);
		return;
	}
	uint32_t number = get_be32(cursor->value.data + 1);
	struct span id = span_from(cursor->key, 4);
	if (!verify_entry(v, tenant, number, &record) || !span_equal(uuid_span(&record.id), id))
		verify_fault(v, "A row of the ids table leads to entry %u of tenant %u, which %s.",
			number, tenant, "has another id or is not there");
}

static void sum_counter(struct verify *v, struct cursor *cursor, void *arg)
{
	uint64_t *total = arg;

	if (cursor->key.len != 9 || cursor->value.len != 8)
		verify_fault(v, "A row of the counters table is damaged (tenant %u).",
			key_tenant_of(cursor->key));
	else if (cursor->key.data[4] == COUNTER_ENTRIES)
		*total += get_be64(cursor->value.data);
}

void verify_entries(struct verify *v)
{
	struct census census = { 0 };
	uint64_t counted = 0;

	verify_walk(v, TABLE_ENTRIES, check_entry, &census);
	close_tenant(v, &census);
	verify_walk(v, TABLE_IDS, check_id_row, NULL);
	verify_walk(v, TABLE_COUNTERS, sum_counter, &counted);
	if (counted != census.total)
		verify_fault(v, "There are %llu entries and the counters of all tenants say %llu.",
			(unsigned long long)census.total, (unsigned long long)counted);
}
