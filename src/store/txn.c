#include "store/store_int.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const char *const names[TABLE_COUNT] = {
#define TABLE(name, stored) stored,
#include "store/tables.def"
#undef TABLE
};

const char *table_name(enum table table)
{
	return names[table];
}

void txn_fail(struct txn *txn, enum err err, const char *attribute, const char *format, ...)
{
	char text[sizeof(txn->why.text)];
	va_list args;

	if (txn->err != OK)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	txn->err = fail(&txn->why, err, attribute, "%s", text);
}

static void txn_fail_rc(struct txn *txn, int rc, const char *doing)
{
	if (txn->err == OK)
		txn->err = store_fail(txn->store, rc, doing, &txn->why);
}

enum err txn_error(const struct txn *txn, struct why *why)
{
	if (txn->err != OK)
		fail(why, txn->err, txn->why.attribute, "%s", txn->why.text);
	return txn->err;
}

uint64_t txn_snapshot(const struct txn *txn)
{
	return txn->active ? mdb_txn_id(txn->mdb) : 0;
}

enum err txn_begin_read(struct store *store, struct txn **result, struct why *why)
{
	MDB_txn *mdb;
	int rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &mdb);

	if (rc)
		return store_fail(store, rc, "a read transaction cannot begin", why);
	struct txn *txn = heap_zalloc(sizeof(*txn));
	txn->store = store;
	txn->mdb = mdb;
	txn->active = true;
	*result = txn;
	return OK;
}

static void forget_error(struct txn *txn)
{
	txn->err = OK;
	txn->why = (struct why){ 0 };
}

void txn_reset(struct txn *txn)
{
	if (!txn->active)
		return;
	mdb_txn_reset(txn->mdb);
	txn->active = false;
	for (int i = 0; i < TABLE_COUNT; i++)
		for (struct cursor *c = txn->cursors[i]; c; c = c->next)
			c->taken = false;
}

enum err txn_renew(struct txn *txn, struct why *why)
{
	txn_reset(txn);
	int rc = mdb_txn_renew(txn->mdb);
	if (rc)
		return store_fail(txn->store, rc, "a read transaction cannot begin", why);
	txn->generation++;
	txn->active = true;
	if (txn->err != OK)
		forget_error(txn);
	return OK;
}

/* LMDB frees the cursors of a write transaction when that ends, those of a reader never. */
static void free_cursors(struct txn *txn)
{
	for (int i = 0; i < TABLE_COUNT; i++) {
		struct cursor *next;
		for (struct cursor *c = txn->cursors[i]; c; c = next) {
			next = c->next;
			if (!txn->write)
				mdb_cursor_close(c->mdb);
			free(c);
		}
		txn->cursors[i] = NULL;
	}
}

static void finish_write(struct txn *txn)
{
	free_cursors(txn);
	txn->active = false;
	pending_clear(txn);
	arena_reset(txn->arena);
}

void txn_end(struct txn *txn)
{
	if (txn->write) {
		mdb_txn_abort(txn->mdb);
		finish_write(txn);
		return;
	}
	free_cursors(txn);
	mdb_txn_abort(txn->mdb);
	free(txn);
}

enum err txn_begin_write(struct store *store, struct txn **result, struct why *why)
{
	struct txn *txn = &store->writer;

	if (store->broken)
		return fail(why, ERR_IO, NULL,
			"an earlier commit failed half-way; the outcome is known after a restart");
	enum err err = quota_begin(store, why);
	if (err)
		return err;
	int rc = mdb_txn_begin(store->env, NULL, 0, &txn->mdb);
	if (rc)
		return store_fail(store, rc, "a write transaction cannot begin", why);
	forget_error(txn);
	txn->generation++;
	txn->put = 0;
	txn->active = true;
	*result = txn;
	return OK;
}

void txn_settle(struct txn *txn)
{
	pending_settle(txn, TABLE_COUNT);
}

enum err txn_commit(struct txn *txn, struct why *why)
{
	struct store *store = txn->store;

	txn_settle(txn);
	if (txn->err != OK) {
		txn_error(txn, why);
		txn_end(txn);
		return txn->err;
	}
	int rc = mdb_txn_commit(txn->mdb);
	finish_write(txn);
	if (!rc) {
		file_extend(store);
		return OK;
	}
	/* LMDB says EIO, too, when the disk took a part of the pages; of a meta page that failed it
	 * says so again to whoever writes next. */
	if (rc == EIO && !quota_disk_has_room(store))
		rc = ENOSPC;
	enum err err = store_fail(store, rc, "the changes cannot be written", why);
	if (err == ERR_FULL)
		store->disk_full = true;
	else if (err == ERR_IO)
		store->broken = true;
	return err;
}

static MDB_val val_of(struct span s)
{
	return (MDB_val){ s.len, (void *)s.data };
}

bool table_get(struct txn *txn, enum table table, const struct key *key, struct span *value)
{
	MDB_val k = { key->len, (void *)key->octets }, v;

	if (!txn_good(txn))
		return false;
	int rc = mdb_get(txn->mdb, txn->store->tables[table], &k, &v);
	if (rc) {
		if (rc != MDB_NOTFOUND)
			txn_fail_rc(txn, rc, "a row cannot be read");
		return false;
	}
	*value = span_of(v.mv_data, v.mv_size);
	return true;
}

static int put_row(
	struct txn *txn, enum table table, const struct key *key, MDB_val *v, unsigned flags)
{
	MDB_val k = { key->len, (void *)key->octets };

	txn->put += key->len + v->mv_size;
	return mdb_put(txn->mdb, txn->store->tables[table], &k, v, flags);
}

void table_put(struct txn *txn, enum table table, const struct key *key, struct span value)
{
	MDB_val v = val_of(value);

	if (!txn_good(txn))
		return;
	int rc = put_row(txn, table, key, &v, 0);
	if (rc)
		txn_fail_rc(txn, rc, "a row cannot be written");
}

uint8_t *table_reserve(struct txn *txn, enum table table, const struct key *key, size_t len)
{
	MDB_val v = { len, NULL };

	if (!txn_good(txn))
		return NULL;
	int rc = put_row(txn, table, key, &v, MDB_RESERVE | MDB_APPEND);
	if (rc == MDB_KEYEXIST) {
		v = (MDB_val){ len, NULL };
		rc = put_row(txn, table, key, &v, MDB_RESERVE);
	}
	if (rc) {
		txn_fail_rc(txn, rc, "a row cannot be written");
		return NULL;
	}
	return v.mv_data;
}

bool table_add(struct txn *txn, enum table table, const struct key *key, struct span value,
	struct span *present)
{
	MDB_val v = val_of(value);

	*present = SPAN_NONE;
	if (!txn_good(txn))
		return false;
	int rc = put_row(txn, table, key, &v, MDB_NOOVERWRITE);
	if (rc == MDB_KEYEXIST)
		*present = span_of(v.mv_data, v.mv_size);
	else if (rc)
		txn_fail_rc(txn, rc, "a row cannot be written");
	return rc == 0;
}

bool table_next_tenant(struct txn *txn, enum table table, uint32_t least, uint32_t *tenant)
{
	struct cursor *cursor = cursor_take(txn, table);
	struct key key;

	key_tenant(&key, least);
	bool found = cursor_seek(cursor, key_span(&key));
	if (found)
		*tenant = key_tenant_of(cursor->key);
	cursor_release(cursor);
	return found;
}

bool table_delete(struct txn *txn, enum table table, const struct key *key)
{
	MDB_val k = { key->len, (void *)key->octets };

	if (!txn_good(txn))
		return false;
	int rc = mdb_del(txn->mdb, txn->store->tables[table], &k, NULL);
	if (rc && rc != MDB_NOTFOUND)
		txn_fail_rc(txn, rc, "a row cannot be removed");
	return rc == 0;
}

static struct cursor *new_cursor(struct txn *txn, enum table table)
{
	struct cursor *cursor = heap_zalloc(sizeof(*cursor));

	cursor->txn = txn;
	cursor->table = table;
	cursor->generation = txn->generation;
	if (txn_good(txn)) {
		int rc = mdb_cursor_open(txn->mdb, txn->store->tables[table], &cursor->mdb);
		if (rc)
			txn_fail_rc(txn, rc, "a cursor cannot be opened");
	}
	if (!cursor->mdb) {
		free(cursor);
		return NULL;
	}
	cursor->next = txn->cursors[table];
	txn->cursors[table] = cursor;
	return cursor;
}

struct cursor *cursor_take(struct txn *txn, enum table table)
{
	struct cursor *cursor = txn->cursors[table];

	while (cursor && cursor->taken)
		cursor = cursor->next;
	if (!cursor)
		cursor = new_cursor(txn, table);
	if (!cursor)
		return NULL;
	if (cursor->generation != txn->generation) {
		int rc = mdb_cursor_renew(txn->mdb, cursor->mdb);
		if (rc) {
			txn_fail_rc(txn, rc, "a cursor cannot be renewed");
			return NULL;
		}
		cursor->generation = txn->generation;
	}
	cursor->taken = true;
	return cursor;
}

void cursor_release(struct cursor *cursor)
{
	if (cursor)
		cursor->taken = false;
}

static bool move(struct cursor *cursor, struct span key, MDB_cursor_op op)
{
	MDB_val k = val_of(key), v;

	if (!cursor || !txn_good(cursor->txn))
		return false;
	int rc = mdb_cursor_get(cursor->mdb, &k, &v, op);
	if (rc) {
		if (rc != MDB_NOTFOUND)
			txn_fail_rc(cursor->txn, rc, "a table cannot be read");
		return false;
	}
	cursor->key = span_of(k.mv_data, k.mv_size);
	cursor->value = span_of(v.mv_data, v.mv_size);
	return true;
}

bool cursor_seek(struct cursor *cursor, struct span key)
{
	return move(cursor, key, MDB_SET_RANGE);
}

bool cursor_next(struct cursor *cursor)
{
	return move(cursor, SPAN_NONE, MDB_NEXT);
}

bool cursor_previous(struct cursor *cursor)
{
	return move(cursor, SPAN_NONE, MDB_PREV);
}

bool cursor_first(struct cursor *cursor)
{
	return move(cursor, SPAN_NONE, MDB_FIRST);
}

bool cursor_before(struct cursor *cursor, struct span key)
{
	if (cursor_seek(cursor, key))
		return cursor_previous(cursor);
	return move(cursor, SPAN_NONE, MDB_LAST);
}

void cursor_put(struct cursor *cursor, const struct key *key, struct span value)
{
	MDB_val k = { key->len, (void *)key->octets }, v = val_of(value);

	if (!cursor || !txn_good(cursor->txn))
		return;
	cursor->txn->put += key->len + value.len;
	int rc = mdb_cursor_put(cursor->mdb, &k, &v, 0);
	if (rc)
		txn_fail_rc(cursor->txn, rc, "a row cannot be written");
}
