/* Inside the store: the environment, the transaction's primitives, and what the parts offer each
 * other. Every primitive is sticky: after the first failure it finds and does nothing. */
#ifndef STORE_STORE_INT_H
#define STORE_STORE_INT_H

#include "store/keys.h"
#include "store/store.h"

#include <lmdb.h>
#include <stdatomic.h>
#include <stdlib.h>

#define STORE_FORMAT 1

enum table {
#define TABLE(name, stored) TABLE_##name,
#include "store/tables.def"
#undef TABLE
	TABLE_COUNT
};

/* Table name for sentences. */
const char *table_name(enum table table);

/* A cursor belongs to its transaction and is used again after cursor_release(); key and value are
 * those of the row it stands on, borrowed. */
struct cursor {
	MDB_cursor *mdb;
	struct txn *txn;
	struct cursor *next;
	enum table table;
	bool taken;
	uint64_t generation; /* the transaction's when it was last renewed */
	struct span key, value;
};

/* Index rows that wait until somebody looks at their table: sorted, a batch touches each page once.
 */
struct posting {
	uint64_t prefix; /* octets 4 to 11 of the term: compared before anything else */
	const uint8_t *term;
	uint32_t tenant; /* octets 0 to 3: a short term is compared without a look at its octets */
	uint32_t number;
	uint32_t order;
	uint16_t len;
	bool add;
};

struct pending {
	struct posting *postings;
	size_t count, capacity;
	enum table table;
};

#define PENDING_TABLES 3

struct unique_row {
	struct unique_row *next;
	enum attr attr;
	uint32_t number;
	struct span term;
};

struct txn {
	struct store *store;
	MDB_txn *mdb;
	bool write, active;
	enum err err;
	struct why why;
	uint64_t generation;
	struct cursor *cursors[TABLE_COUNT];
	/* Of a write transaction alone: */
	struct arena *arena;
	struct pending pending[PENDING_TABLES];
	struct buffer change; /* the journal record in the making */
	struct buffer edge;   /* an edge value in the making */
	uint64_t put;         /* octets written */
	uint32_t *numbers;    /* of a block in the making */
	size_t numbers_capacity;
	struct unique_row *unique; /* wait until the change has withdrawn what it withdraws */
};

struct store {
	MDB_env *env;
	MDB_dbi tables[TABLE_COUNT];
	int lock; /* of muster.lock, or -1 */
	int directory;
	bool read_only;
	uint64_t quota;
	uint8_t audit_key[32]; /* of the tags */
	size_t page;           /* octets */
	_Atomic bool broken;
	uint64_t used;         /* writer only: octets of pages in use when the transaction began */
	atomic_bool disk_full; /* the last commit found no room; the writer sets it */
	struct txn writer;
};

/* What an LMDB or system error means to a caller. */
enum err store_fail(struct store *store, int rc, const char *doing, struct why *why);
/* The file system is not a remote one; the file is as long as its meta pages say. file.c */
enum err file_check_system(int directory, struct why *why);
enum err file_check_length(int directory, struct why *why);
void file_close_on_exec(int directory);
/* Pages given back within their transaction are not written, so the file may end before the last
 * page; a later start would take that for a cut. */
void file_extend(struct store *store);

bool quota_disk_has_room(const struct store *store);
/* quota.c: OK, or ERR_FULL. `deleting` may use the reserve. */
enum err quota_begin(struct store *store, struct why *why);
void quota_check(struct txn *txn, bool deleting); /* sticky */

/* txn.c */
static inline bool txn_good(const struct txn *txn)
{
	return txn->active && txn->err == OK;
}
/* Sticks the error. */
void txn_fail(struct txn *txn, enum err err, const char *attribute, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
bool table_get(struct txn *txn, enum table table, const struct key *key, struct span *value);
void table_put(struct txn *txn, enum table table, const struct key *key, struct span value);
/* Room for the row's value, to be filled before anything else is done; NULL on failure. A row
 * behind all others of its table fills the page up. */
uint8_t *table_reserve(struct txn *txn, enum table table, const struct key *key, size_t len);
/* False when the row exists already; *value is then what it holds. */
bool table_add(struct txn *txn, enum table table, const struct key *key, struct span value,
	struct span *present);
/* The first tenant from `least` on that has a row in the table. */
bool table_next_tenant(struct txn *txn, enum table table, uint32_t least, uint32_t *tenant);
/* False when there was none. */
bool table_delete(struct txn *txn, enum table table, const struct key *key);

struct cursor *cursor_take(struct txn *txn, enum table table);
void cursor_release(struct cursor *cursor);
/* The first row whose key is not below `key`. */
bool cursor_seek(struct cursor *cursor, struct span key);
bool cursor_next(struct cursor *cursor);
bool cursor_previous(struct cursor *cursor);
bool cursor_first(struct cursor *cursor);
bool cursor_before(struct cursor *cursor, struct span key); /* the last row below `key` */
void cursor_put(struct cursor *cursor, const struct key *key, struct span value);
static inline bool cursor_is_below(const struct cursor *cursor, struct span prefix)
{
	return cursor->key.len >= prefix.len &&
	       memcmp(cursor->key.data, prefix.data, prefix.len) == 0;
}

uint64_t counter_get(struct txn *txn, uint32_t tenant, enum counter counter, uint32_t subject);
void counter_add(
	struct txn *txn, uint32_t tenant, enum counter counter, uint32_t subject, int64_t n);

/* blocks.c: sets of numbers under a term, as blocks: the first number ends the key, the value holds
 * the last (4) and the varint distances of those behind the first, or nothing for a single number.
 */
#define BLOCK_OCTETS 960
#define BLOCK_NUMBERS (BLOCK_OCTETS - 4 + 1)
struct block {
	uint32_t first, last;
	struct span distances;
};
bool block_of(struct span key, struct span value, struct block *block); /* false: damaged */
/* The numbers, at most BLOCK_NUMBERS; 0 when damaged. */
size_t block_numbers(const struct block *block, uint32_t *numbers);
/* How many distances there are, as they are kept. */
size_t block_count(struct span distances);
/* Takes one distance off; 0 at the end and for damage. */
uint32_t block_distance(struct span *distances);
/* The block with the first number >= `number`. */
bool block_seek(struct cursor *cursor, struct span term, uint32_t number, struct block *block);
/* All of one term, by rising number, each number once. */
void blocks_update(
	struct cursor *cursor, struct span term, const struct posting *postings, size_t count);

/* pending.c */
void pending_add(struct txn *txn, enum table table, struct span term, uint32_t number, bool add);
/* Writes what waits for the table, or for all with TABLE_COUNT. */
void pending_settle(struct txn *txn, enum table table);
/* Settles what a look at this one term must see. */
void pending_settle_term(struct txn *txn, enum table table, struct span term);
void pending_clear(struct txn *txn);

/* index.c: the index rows of an entry. */
struct index_row {
	enum table table;
	enum attr attr;
	struct span key; /* without the number */
};
struct index_rows {
	struct arena *arena;
	struct index_row *rows; /* sorted by table and key, each once */
	size_t count, capacity;
};
/* Every row of the entry. */
void index_collect_all(struct index_rows *rows, const struct record *record);
/* Makes the indexes follow; one of the two may be NULL. Unique rows wait for index_finish. */
void index_change(struct txn *txn, const struct record *before, const struct record *after);
void index_finish(struct txn *txn);

/* What txn_apply (journal.c) does for each type of effect. */
void entries_apply(struct txn *txn, uint32_t tenant, const struct effect *effect);
void edges_apply(struct txn *txn, uint32_t tenant, const struct effect *effect);
/* The member's edges carry its name: makes them follow. */
void edges_rename(struct txn *txn, uint32_t tenant, const struct record *member);
/* stamps.c: after the effects of a change that the journal keeps. */
void stamps_apply(struct txn *txn, const struct change *change);
void head_put(struct txn *txn, uint32_t tenant, const struct head *head); /* journal.c */
void state_apply(struct txn *txn, uint32_t tenant, const struct effect *effect);

/* audit.c: the parts of a row's value; false when it is damaged. */
#define AUDIT_TAG 16
#define AUDIT_LINK_OCTETS 17
struct audit_value {
	const uint8_t *hash, *tag;
	struct span links, json;
};
bool audit_value_of(struct span value, struct audit_value *parts);
void audit_link_of(struct span links, size_t i, struct audit_link *link);
void audit_tag(const uint8_t key[32], uint32_t tenant, uint64_t sequence, const uint8_t hash[32],
	struct span links, uint8_t tag[AUDIT_TAG]);

/* activity.c: types of rows. */
enum { ACTIVITY_ROW = 1, ACTIVITY_OF = 2, ACTIVITY_LAST = 3 };
bool activity_read(struct span octets, struct activity *activity);

/* provision.c: the parts of a row's value behind its checksum; false when it is damaged. */
#define PROVISION_LINK_OCTETS 17
struct provision_value {
	int64_t time;
	struct span links, octets;
};
bool provision_value_of(struct span octets, struct provision_value *parts);
void provision_link_of(struct span links, size_t i, struct provision_link *link);
bool provision_head_of(struct span octets, struct provision_head *head);

/* Guarded values: crc32c, then the octets. */
bool guarded_open(struct txn *txn, enum table table, struct span value, struct span *octets);
void guarded_put(struct txn *txn, enum table table, const struct key *key, struct span octets);

#endif
