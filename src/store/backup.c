#define _GNU_SOURCE /* renameat2 */
#include "store/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a killed backup left behind, or this one after a failure. */
static void remove_partial(const char *partial)
{
	int directory = open(partial, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (directory < 0)
		return;
	unlinkat(directory, "data.mdb", 0);
	close(directory);
	rmdir(partial);
}

static enum err copy_into(struct store *store, int directory, struct why *why)
{
	int fd = openat(directory, "data.mdb", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(why, ERR_IO, NULL, "the backup's file cannot be made: %m");
	/* The plain copy would carry free pages along, and with them what has been deleted. */
	int rc = mdb_env_copyfd2(store->env, fd, MDB_CP_COMPACT);
	if (rc == 0 && (fsync(fd) != 0 || fsync(directory) != 0))
		rc = errno;
	close(fd);
	return rc ? store_fail(store, rc, "the backup cannot be written", why) : OK;
}

static enum err sync_parent(const char *path, struct why *why)
{
	char *parent = heap_string(path);
	char *slash = strrchr(parent, '/');

	if (slash)
		slash[slash == parent] = '\0';
	int fd = open(slash ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(parent);
	int rc = fd < 0 ? -1 : fsync(fd);
	if (fd >= 0)
		close(fd);
	return rc == 0 ? OK : fail(why, ERR_IO, NULL, "the backup's folder cannot be synced: %m");
}

static enum err finish(const char *partial, const char *path, struct why *why)
{
	if (renameat2(AT_FDCWD, partial, AT_FDCWD, path, RENAME_NOREPLACE) != 0)
		return fail(why, errno == EEXIST ? ERR_EXISTS : ERR_IO, NULL,
			"the backup cannot be named %s: %m", path);
	return sync_parent(path, why);
}

static enum err build(struct store *store, const char *partial, struct why *why)
{
	remove_partial(partial);
	if (mkdir(partial, 0700) != 0)
		return fail(why, ERR_IO, NULL, "the directory %s cannot be made: %m", partial);
	int directory = open(partial, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return fail(why, ERR_IO, NULL, "the directory %s cannot be opened: %m", partial);
	enum err err = copy_into(store, directory, why);
	close(directory);
	return err;
}

enum err store_backup(struct store *store, const char *path, struct why *why)
{
	size_t len = strlen(path);
	struct stat status;

	if (len == 0 || path[len - 1] == '/')
		return fail(why, ERR_VALUE, NULL, "a backup's path does not end with a slash");
	if (lstat(path, &status) == 0)
		return fail(why, ERR_EXISTS, NULL, "%s exists already", path);
	char *partial = heap_zalloc(len + sizeof(".partial"));
	snprintf(partial, len + sizeof(".partial"), "%s.partial", path);
	enum err err = build(store, partial, why);
	if (err == OK)
		err = finish(partial, path, why);
	if (err != OK)
		remove_partial(partial);
	free(partial);
	return err;
}
