#include "base/codec.h"
#include "store/store_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* LMDB's meta page (lmdb.h has no words for it): a page header of 16 octets, then magic (4),
 * version (4), address (8), map size (8), two table descriptions of 48, whose first word is the
 * page size, last page (8), transaction (8); in the machine's byte order. */
#define META_OCTETS 152
#define META_HEADER 16
#define META_MAGIC 0xBEEFC0DEU
#define META_PAGE_SIZE 24
#define META_LAST_PAGE 120
#define META_TXN 128

static const struct {
	unsigned long magic;
	const char *name;
} remote[] = {
	{ 0x6969, "NFS" },
	{ 0x517B, "SMB" },
	{ 0xFF534D42, "CIFS" },
	{ 0xFE534D42, "SMB2" },
	{ 0x00C36400, "Ceph" },
	{ 0x5346414F, "AFS" },
	{ 0x6B414653, "AFS" },
	{ 0x73757245, "Coda" },
	{ 0x564C, "NCP" },
	{ 0x01161970, "GFS2" },
	{ 0x7461636F, "OCFS2" },
	{ 0x0BD00BD0, "Lustre" },
	{ 0x01021997, "9P" },
};

enum err file_check_system(int directory, struct why *why)
{
	struct statfs system;

	if (fstatfs(directory, &system) != 0)
		return fail(why, ERR_IO, NULL, "the file system cannot be asked: %m");
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if ((uint32_t)system.f_type == remote[i].magic)
			return fail(why, ERR_CONFIG, NULL,
				"the store cannot be on a network file system (%s): another "
				"machine's "
				"writes would damage it",
				remote[i].name);
	return OK;
}

struct meta {
	uint32_t page_size;
	uint64_t last_page, txn;
};

static bool read_meta(int fd, off_t at, struct meta *meta)
{
	uint8_t octets[META_OCTETS];
	const uint8_t *body = octets + META_HEADER;
	uint32_t magic;

	if (pread(fd, octets, sizeof(octets), at) != sizeof(octets))
		return false;
	memcpy(&magic, body, 4);
	memcpy(&meta->page_size, body + META_PAGE_SIZE, 4);
	memcpy(&meta->last_page, body + META_LAST_PAGE, 8);
	memcpy(&meta->txn, body + META_TXN, 8);
	return magic == META_MAGIC && meta->page_size >= 512 && meta->page_size <= 65536 &&
	       (meta->page_size & (meta->page_size - 1)) == 0 && meta->last_page < 1ULL << 40;
}

static enum err check_length(int fd, struct why *why)
{
	struct meta first, second;
	struct stat status;

	if (fstat(fd, &status) != 0)
		return fail(why, ERR_IO, NULL, "the database cannot be read: %m");
	if (status.st_size == 0)
		return fail(why, ERR_CORRUPT, NULL,
			"the database is empty (0 octets); restore a backup, or remove data.mdb to "
			"begin anew");
	if (!read_meta(fd, 0, &first) || !read_meta(fd, (off_t)first.page_size, &second) ||
		second.page_size != first.page_size)
		return fail(why, ERR_CORRUPT, NULL,
			"the first pages of the database are damaged or cut off; restore a backup");
	const struct meta *newest = second.txn > first.txn ? &second : &first;
	uint64_t need = (newest->last_page + 1) * newest->page_size;
	if ((uint64_t)status.st_size < need)
		return fail(why, ERR_CORRUPT, NULL,
			"the database is shorter than its meta page says (have %llu, need %llu "
			"octets); restore a backup",
			(unsigned long long)status.st_size, (unsigned long long)need);
	return OK;
}

enum err file_check_length(int directory, struct why *why)
{
	int fd = openat(directory, "data.mdb", O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return OK;
	if (fd < 0)
		return fail(why, ERR_IO, NULL, "the database cannot be opened: %m");
	enum err err = check_length(fd, why);
	close(fd);
	return err;
}

static void close_on_exec(const char *descriptor, const struct stat *file)
{
	struct stat status;
	uint64_t fd;

	if (span_to_u64(span_str(descriptor), &fd) && fstat((int)fd, &status) == 0 &&
		status.st_dev == file->st_dev && status.st_ino == file->st_ino)
		fcntl((int)fd, F_SETFD, FD_CLOEXEC);
}

/* LMDB opens data.mdb twice, says one descriptor only, and sets close-on-exec on neither. */
void file_close_on_exec(int directory)
{
	struct stat data;
	struct dirent *row;
	DIR *open_files = opendir("/proc/self/fd");

	if (!open_files)
		return;
	if (fstatat(directory, "data.mdb", &data, 0) == 0)
		while ((row = readdir(open_files)))
			close_on_exec(row->d_name, &data);
	closedir(open_files);
}

void file_extend(struct store *store)
{
	MDB_envinfo info;
	struct stat status;
	int fd;

	if (mdb_env_info(store->env, &info) || mdb_env_get_fd(store->env, &fd) ||
		fstat(fd, &status) != 0)
		return;
	off_t need = (off_t)((info.me_last_pgno + 1) * store->page);
	/* A failure here costs nothing now: those pages hold nothing. */
	if (status.st_size < need && ftruncate(fd, need) != 0)
		store->disk_full = true;
}
