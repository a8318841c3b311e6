/* Inside verify: what its parts share. Every part walks whole tables at one snapshot, reports each
 * fault as a sentence that holds numbers and names of tables, never a value, and goes on. */
#ifndef STORE_VERIFY_INT_H
#define STORE_VERIFY_INT_H

#include "store/store_int.h"

struct tally {
	uint64_t count, sum; /* rows, and the sum of their hashes: equal sets have equal tallies */
};

struct verify {
	struct txn *txn;
	struct arena *arena; /* of the row under inspection */
	void (*report)(void *arg, const char *sentence);
	void *arg;
	const struct audit_trust *trust; /* NULL: none is given */
	uint64_t faults;
	struct tally expected[TABLE_COUNT], found[TABLE_COUNT];
};

void verify_fault(struct verify *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What stuck to the transaction while the table was read is a fault, and forgotten. */
void verify_failure(struct verify *v, enum table table);
/* Calls `row` for each row of the table; a table that cannot be read to its end is a fault. */
void verify_walk(struct verify *v, enum table table,
	void (*row)(struct verify *v, struct cursor *cursor, void *arg), void *arg);
/* The entry's record, or false; a damaged one is reported by the walk over the entries alone. */
bool verify_entry(struct verify *v, uint32_t tenant, uint32_t number, struct record *record);

/* An erasing of the tenant has begun, and the realm's audit says so: what there is of its audit,
 * activity and provisioning log ends anywhere. */
bool verify_is_erased(struct verify *v, uint32_t tenant);

void verify_entries(struct verify *v);
void verify_tally(struct verify *v, const struct record *record);
void verify_indexes(struct verify *v);
void verify_edges(struct verify *v);
void verify_stamps(struct verify *v);
void verify_state(struct verify *v);
void verify_journal(struct verify *v);
void verify_audit(struct verify *v);
void verify_activity(struct verify *v);
void verify_provision(struct verify *v);

#endif
