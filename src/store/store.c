#include "base/codec.h"
#include "base/limits.h"
#include "base/secret.h"
#include "store/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAP_MOST ((size_t)1 << 40)
#define MAP_LEAST ((size_t)1 << 30)
#define QUOTA_DEFAULT (UINT64_C(64) << 30)
#define READERS_SPARE 8 /* backup, figures, tools */

static const struct {
	int rc;
	enum err err;
} meanings[] = {
	{ ENOSPC, ERR_FULL },
	{ EDQUOT, ERR_FULL },
	{ EFBIG, ERR_FULL },
	{ MDB_MAP_FULL, ERR_FULL },
	{ MDB_TXN_FULL, ERR_TOO_LARGE },
	{ MDB_CORRUPTED, ERR_CORRUPT },
	{ MDB_PAGE_NOTFOUND, ERR_CORRUPT },
	{ MDB_INVALID, ERR_CORRUPT },
	{ MDB_VERSION_MISMATCH, ERR_UNSUPPORTED },
	{ MDB_INCOMPATIBLE, ERR_UNSUPPORTED },
	{ MDB_READERS_FULL, ERR_BUSY },
	{ ENOENT, ERR_NOT_FOUND },
	{ EACCES, ERR_FORBIDDEN },
};

enum err store_fail(struct store *store, int rc, const char *doing, struct why *why)
{
	enum err err = ERR_IO;

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].rc == rc)
			err = meanings[i].err;
	if (rc == MDB_PANIC)
		store->broken = true;
	return fail(why, err, NULL, "%s: %s", doing, mdb_strerror(rc));
}

/* The map is address space, not memory: as large as the system allows, so that it never has to
 * grow below running readers. */
static int open_env(struct store *store, const char *path, unsigned readers)
{
	unsigned flags = MDB_NOTLS | (store->read_only ? MDB_RDONLY : 0);
	int rc = ENOMEM;

	for (size_t map = MAP_MOST; rc == ENOMEM && map >= MAP_LEAST; map /= 2) {
		rc = mdb_env_create(&store->env);
		if (rc)
			return rc;
		mdb_env_set_maxdbs(store->env, TABLE_COUNT);
		mdb_env_set_maxreaders(store->env, readers);
		mdb_env_set_mapsize(store->env, map);
		rc = mdb_env_open(store->env, path, flags, 0600);
		if (rc) {
			mdb_env_close(store->env);
			store->env = NULL;
		}
	}
	return rc;
}

/* A tool that root runs must not leave a lock file behind that the daemon cannot open. */
static void give_lock_to_owner(int directory)
{
	struct stat status;

	if (geteuid() == 0 && fstatat(directory, "data.mdb", &status, 0) == 0 &&
		fchownat(directory, "lock.mdb", status.st_uid, status.st_gid,
			AT_SYMLINK_NOFOLLOW) != 0)
		return;
}

static enum err open_tables(struct store *store, MDB_txn *txn, struct why *why)
{
	unsigned flags = store->read_only ? 0 : MDB_CREATE;

	for (int i = 0; i < TABLE_COUNT; i++) {
		int rc = mdb_dbi_open(txn, table_name(i), flags, &store->tables[i]);
		if (rc == MDB_NOTFOUND)
			return fail(why, ERR_CORRUPT, NULL, "the store has no table \"%s\"",
				table_name(i));
		if (rc)
			return store_fail(store, rc, "a table cannot be opened", why);
	}
	return OK;
}

static enum err check_format(struct store *store, MDB_txn *txn, struct why *why)
{
	uint8_t format[4];
	MDB_val key = { 6, "format" }, value;
	int rc = mdb_get(txn, store->tables[TABLE_META], &key, &value);

	if (rc == MDB_NOTFOUND && !store->read_only) {
		put_be32(format, STORE_FORMAT);
		value = (MDB_val){ sizeof(format), format };
		rc = mdb_put(txn, store->tables[TABLE_META], &key, &value, 0);
	}
	if (rc)
		return store_fail(store, rc, "the store's format cannot be read", why);
	if (value.mv_size != 4)
		return fail(why, ERR_CORRUPT, NULL, "the store's format is damaged");
	uint32_t found = get_be32(value.mv_data);
	if (found > STORE_FORMAT)
		return fail(why, ERR_UNSUPPORTED, NULL,
			"the store has format %u and this program knows up to %u: run a newer one",
			found, STORE_FORMAT);
	return OK;
}

static enum err begin_tables(struct store *store, struct why *why)
{
	MDB_txn *txn;
	MDB_stat stat;
	int rc = mdb_txn_begin(store->env, NULL, store->read_only ? MDB_RDONLY : 0, &txn);

	if (rc)
		return store_fail(store, rc, "the store cannot be read", why);
	enum err err = open_tables(store, txn, why);
	if (err == OK)
		err = check_format(store, txn, why);
	if (err != OK) {
		mdb_txn_abort(txn);
		return err;
	}
	rc = mdb_txn_commit(txn);
	if (rc)
		return store_fail(store, rc, "the store cannot be written", why);
	mdb_env_stat(store->env, &stat);
	store->page = stat.ms_psize;
	return OK;
}

static enum err lock_store(struct store *store, const char *path, struct why *why)
{
	char pid[32] = "";

	store->lock = openat(
		store->directory, "muster.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (store->lock < 0)
		return fail(why, ERR_FORBIDDEN, NULL, "the lock file in %s: %m", path);
	if (flock(store->lock, LOCK_EX | LOCK_NB) != 0) {
		ssize_t n = read(store->lock, pid, sizeof(pid) - 1);
		pid[n > 0 ? n : 0] = '\0';
		pid[strcspn(pid, "\n")] = '\0';
		return fail(why, ERR_CONFLICT, NULL, "the store in %s is in use by process %s",
			path, pid);
	}
	if (ftruncate(store->lock, 0) != 0 || dprintf(store->lock, "%ld\n", (long)getpid()) < 0)
		return fail(why, ERR_IO, NULL, "the lock file in %s cannot be written: %m", path);
	return OK;
}

static enum err open_directory(struct store *store, const char *path, bool create, struct why *why)
{
	if (create && mkdir(path, 0700) != 0 && errno != EEXIST)
		return fail(why, ERR_IO, NULL, "the directory %s cannot be made: %m", path);
	store->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->directory < 0)
		return fail(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_FORBIDDEN, NULL,
			"the directory %s cannot be opened: %m", path);
	if (!create && faccessat(store->directory, "data.mdb", R_OK, 0) != 0)
		return fail(why, ERR_NOT_FOUND, NULL, "there is no store in %s", path);
	enum err err = file_check_system(store->directory, why);
	return err ? err : file_check_length(store->directory, why);
}

static struct store *new_store(bool read_only, uint64_t quota)
{
	struct store *store = heap_zalloc(sizeof(*store));

	store->lock = store->directory = -1;
	store->read_only = read_only;
	store->quota = quota ? quota : QUOTA_DEFAULT;
	store->writer.store = store;
	store->writer.write = true;
	store->writer.arena = arena_new();
	buffer_init(&store->writer.change, LIMIT_CHANGE_OCTETS);
	buffer_init(&store->writer.edge, LIMIT_RECORD_OCTETS);
	return store;
}

static enum err start(struct store *store, const char *path, unsigned readers, struct why *why)
{
	int rc = open_env(store, path, readers);

	if (rc)
		return store_fail(store, rc, "the store cannot be opened", why);
	file_close_on_exec(store->directory);
	give_lock_to_owner(store->directory);
	return begin_tables(store, why);
}

enum err store_open(const struct store_options *options, struct store **result, struct why *why)
{
	struct store *store = new_store(false, options->quota);
	memcpy(store->audit_key, options->audit_key, sizeof(store->audit_key));
	enum err err = open_directory(store, options->path, options->create, why);

	if (err == OK)
		err = lock_store(store, options->path, why);
	if (err == OK)
		err = start(store, options->path, options->readers + READERS_SPARE, why);
	if (err != OK) {
		store_close(store);
		return err;
	}
	store_clear_readers(store);
	file_extend(store);
	*result = store;
	return OK;
}

enum err store_open_to_read(const char *path, struct store **result, struct why *why)
{
	struct store *store = new_store(true, 0);
	enum err err = open_directory(store, path, false, why);

	if (err == OK)
		err = start(store, path, READERS_SPARE, why);
	if (err != OK) {
		store_close(store);
		return err;
	}
	*result = store;
	return OK;
}

void store_close(struct store *store)
{
	if (store->env)
		mdb_env_close(store->env);
	if (store->lock >= 0)
		close(store->lock);
	if (store->directory >= 0)
		close(store->directory);
	for (int i = 0; i < PENDING_TABLES; i++)
		free(store->writer.pending[i].postings);
	free(store->writer.numbers);
	buffer_free(&store->writer.change);
	buffer_free(&store->writer.edge);
	secret_wipe(store->audit_key, sizeof(store->audit_key));
	arena_free(store->writer.arena);
	free(store);
}

bool store_is_broken(const struct store *store)
{
	return store->broken;
}

unsigned store_clear_readers(struct store *store)
{
	int dead = 0;

	return mdb_reader_check(store->env, &dead) == 0 && dead > 0 ? (unsigned)dead : 0;
}

void store_figures(struct store *store, struct store_figures *figures)
{
	MDB_envinfo info;
	MDB_stat stat = { 0 };
	MDB_txn *txn;

	mdb_env_info(store->env, &info);
	if (mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn) == 0) {
		mdb_stat(txn, store->tables[TABLE_ENTRIES], &stat);
		mdb_txn_abort(txn);
	}
	*figures = (struct store_figures){
		.octets_used = (info.me_last_pgno + 1) * store->page,
		.octets_quota = store->quota,
		.entries = stat.ms_entries,
		.readers_used = info.me_numreaders,
		.readers_max = info.me_maxreaders,
	};
}
