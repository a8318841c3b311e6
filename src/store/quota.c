#include "base/limits.h"
#include "store/store_int.h"

#include <sys/statvfs.h>

#define FREE_LIST 0                    /* LMDB's own table of pages to use again */
#define DISK_LEAST (2 * (uint64_t)MIB) /* room to see before writing after a full disk */
#define RESERVE_MOST (8 * (uint64_t)MIB)

/* Pages that wait to be used again. Each row of the free list begins with its count. */
static int count_free(struct store *store, uint64_t *pages)
{
	MDB_txn *txn;
	MDB_cursor *cursor;
	MDB_val key, value;
	size_t n;
	int rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);

	if (rc)
		return rc;
	rc = mdb_cursor_open(txn, FREE_LIST, &cursor);
	if (rc == 0) {
		while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
			memcpy(&n, value.mv_data, sizeof(n));
			*pages += n;
		}
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	return rc == MDB_NOTFOUND ? 0 : rc;
}

bool quota_disk_has_room(const struct store *store)
{
	struct statvfs system;

	return fstatvfs(store->directory, &system) != 0 ||
	       (uint64_t)system.f_bavail * system.f_frsize >= DISK_LEAST;
}

bool store_has_room_again(struct store *store)
{
	return store->disk_full && quota_disk_has_room(store);
}

static uint64_t reserve(const struct store *store)
{
	uint64_t percent = store->quota / 100;

	return percent < RESERVE_MOST ? percent : RESERVE_MOST;
}

enum err quota_begin(struct store *store, struct why *why)
{
	MDB_envinfo info;
	uint64_t free_pages = 0;

	if (store->disk_full && !quota_disk_has_room(store))
		return fail(why, ERR_FULL, NULL, "the disk is full; reading goes on");
	store->disk_full = false;
	mdb_env_info(store->env, &info);
	store->used = (info.me_last_pgno + 1) * store->page;
	/* Counting costs a walk: only where it can matter. */
	if (store->used > store->quota - store->quota / 8) {
		int rc = count_free(store, &free_pages);
		if (rc)
			return store_fail(store, rc, "the free pages cannot be counted", why);
		store->used -= free_pages * store->page;
	}
	if (store->used >= store->quota)
		return fail(why, ERR_FULL, NULL,
			"the store has reached its quota of %llu MiB; reading goes on",
			(unsigned long long)(store->quota / MIB));
	return OK;
}

void quota_check(struct txn *txn, bool deleting)
{
	struct store *store = txn->store;
	uint64_t limit = store->quota - (deleting ? 0 : reserve(store));

	/* Pages are about two thirds full. */
	if (store->used + txn->put + txn->put / 2 >= limit)
		txn_fail(txn, ERR_FULL, NULL,
			"the store has reached its quota of %llu MiB; reading goes on",
			(unsigned long long)(store->quota / MIB));
}
