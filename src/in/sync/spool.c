#define _GNU_SOURCE
#include "in/sync/spool.h"

#include "base/codec.h"
#include "in/sync/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAIL_MAX (4 * MIB)
#define TAIL_KEPT (1 * MIB) /* more goes to the file */
#define WINDOW (1 * MIB)    /* at least one frame */

void spool_open(struct spool *spool, const char *folder)
{
	*spool = (struct spool){ .folder = folder, .fd = -1 };
	buffer_init(&spool->tail, TAIL_MAX);
	buffer_init(&spool->window, WINDOW);
}

void spool_close(struct spool *spool)
{
	buffer_free(&spool->tail);
	buffer_free(&spool->window);
	if (spool->fd >= 0)
		close(spool->fd);
}

void spool_reset(struct spool *spool)
{
	if (spool->named) {
		close(spool->fd);
		spool->fd = -1;
		spool->named = false;
	}
	spool->why = (struct why){ 0 };
	if (spool->fd >= 0 && spool->written > 0 && ftruncate(spool->fd, 0) < 0)
		fail(&spool->why, ERR_IO, NULL, "the spool: %s", strerror(errno));
	spool->written = 0;
	spool->window_at = 0;
	buffer_reset(&spool->window);
	/* A large refresh leaves no memory behind. */
	buffer_free(&spool->tail);
	buffer_init(&spool->tail, TAIL_MAX);
}

uint64_t spool_end(const struct spool *spool)
{
	return spool->written + spool->tail.len;
}

static void broken(struct spool *spool)
{
	enum err err = errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO;

	fail(&spool->why, err, NULL, "the spool: %s", strerror(errno));
}

static void write_tail(struct spool *spool)
{
	if (spool->fd < 0)
		spool->fd = open(spool->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (spool->fd < 0) {
		broken(spool);
		return;
	}
	while (spool->tail.len > 0) {
		ssize_t n =
			pwrite(spool->fd, spool->tail.data, spool->tail.len, (off_t)spool->written);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			broken(spool);
			return;
		}
		spool->written += (uint64_t)n;
		buffer_consume(&spool->tail, (size_t)n);
	}
}

void spool_put(struct spool *spool, struct span frame)
{
	if (spool->why.err)
		return;
	buffer_put_span(&spool->tail, frame);
	if (spool->tail.failed)
		fail(&spool->why, ERR_INTERNAL, NULL, "the spool's memory is full");
	else if (spool->tail.len > TAIL_KEPT)
		write_tail(spool);
}

void spool_truncate(struct spool *spool, uint64_t end)
{
	if (end >= spool->written) {
		spool->tail.len = end - spool->written;
		return;
	}
	buffer_reset(&spool->tail);
	spool->written = end;
	if (ftruncate(spool->fd, (off_t)end) < 0)
		broken(spool);
	buffer_reset(&spool->window);
}

/* Makes the window begin at `at` and hold as much as fits. */
static void load(struct spool *spool, uint64_t at)
{
	buffer_reset(&spool->window);
	spool->window_at = at;
	uint64_t left = spool->written - at;
	size_t want = left < WINDOW ? (size_t)left : WINDOW;
	uint8_t *to = buffer_reserve(&spool->window, want);
	size_t got = 0;
	while (to && got < want) {
		ssize_t n = pread(spool->fd, to + got, want - got, (off_t)(at + got));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			broken(spool);
			return;
		}
		got += (size_t)n;
	}
	spool->window.len = got;
}

static struct span bytes_at(struct spool *spool, uint64_t at)
{
	if (at >= spool->written)
		return span_from(buffer_span(&spool->tail), at - spool->written);
	if (at < spool->window_at || at >= spool->window_at + spool->window.len)
		return SPAN_NONE;
	return span_from(buffer_span(&spool->window), at - spool->window_at);
}

bool spool_next(struct spool *spool, uint64_t *at, struct span *frame)
{
	enum err err;

	if (spool->why.err || *at >= spool_end(spool))
		return false;
	if (!frame_next(bytes_at(spool, *at), frame, &err, &spool->why)) {
		if (err || *at >= spool->written)
			return false;
		load(spool, *at);
		if (!frame_next(bytes_at(spool, *at), frame, &err, &spool->why)) {
			fail(&spool->why, ERR_CORRUPT, NULL, "the spool is damaged");
			return false;
		}
	}
	*at += frame->len;
	return true;
}

static void sync_folder(struct spool *spool)
{
	int fd = open(spool->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		broken(spool);
	if (fd >= 0)
		close(fd);
}

void spool_cut(struct spool *spool, uint64_t end)
{
	spool->written = end;
	buffer_reset(&spool->window);
}

void spool_publish(struct spool *spool, const char *path, uint64_t end)
{
	char own[32];
	uint8_t where[8];

	put_be64(where, end);
	buffer_put(&spool->tail, where, sizeof(where));
	if (!spool->why.err)
		write_tail(spool);
	if (spool->why.err)
		return;
	snprintf(own, sizeof(own), "/proc/self/fd/%d", spool->fd);
	/* One that was left behind is of a run that is over. */
	(void)unlink(path);
	if (fsync(spool->fd) < 0 || linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0)
		broken(spool);
	else
		sync_folder(spool);
	spool->named = true;
	spool_cut(spool, end);
}

bool spool_adopt(struct spool *spool, const char *path, uint64_t *end)
{
	uint8_t where[8];
	struct stat status;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (fstat(fd, &status) < 0 || status.st_size < (off_t)sizeof(where) ||
		pread(fd, where, sizeof(where), status.st_size - (off_t)sizeof(where)) !=
			(ssize_t)sizeof(where) ||
		get_be64(where) > (uint64_t)status.st_size - sizeof(where)) {
		close(fd);
		return false;
	}
	if (spool->fd >= 0)
		close(spool->fd);
	spool->fd = fd;
	spool->named = true;
	*end = get_be64(where);
	spool_cut(spool, (uint64_t)status.st_size - sizeof(where));
	return true;
}

enum err spool_error(const struct spool *spool, struct why *why)
{
	return spool->why.err ? fail(why, spool->why.err, NULL, "%s", spool->why.text) : OK;
}
