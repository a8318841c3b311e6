#include "core/core_int.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct anchor {
	char *path;
	struct buffer waiting; /* lines that are not on disk yet */
};

struct anchor *anchor_new(const char *path)
{
	struct anchor *anchor = heap_zalloc(sizeof *anchor);
	anchor->path = heap_string(path);
	buffer_init(&anchor->waiting, LIMIT_ANCHOR_WAITING);
	return anchor;
}

void anchor_free(struct anchor *anchor)
{
	buffer_free(&anchor->waiting);
	free(anchor->path);
	free(anchor);
}

bool anchor_waits(const struct anchor *anchor)
{
	return anchor->waiting.len > 0;
}

static bool write_all(int file, struct span octets)
{
	while (octets.len) {
		ssize_t n = write(file, octets.data, octets.len);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			octets = span_from(octets, (size_t)n);
	}
	return fsync(file) == 0;
}

/* A full disk or a power cut may have left half a line, which nothing is to be hung to. */
static bool end_line(int file)
{
	uint8_t last = '\n';
	off_t end = lseek(file, 0, SEEK_END);
	return end >= 0 && (end == 0 || pread(file, &last, 1, end - 1) == 1) &&
	       (last == '\n' || write(file, "\n", 1) == 1);
}

static enum err complain(const struct anchor *anchor, struct why *why)
{
	return fail(why, ERR_IO, NULL, "the anchor file %s: %m", anchor->path);
}

enum err anchor_append(struct anchor *anchor, struct span lines, struct why *why)
{
	buffer_put_span(&anchor->waiting, lines);
	/* A later checkpoint covers the rows of those before it. */
	if (anchor->waiting.failed) {
		buffer_reset(&anchor->waiting);
		buffer_put_span(&anchor->waiting, lines);
	}
	if (!anchor->waiting.len)
		return OK;
	int file = open(anchor->path,
		O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
	if (file < 0)
		return complain(anchor, why);
	bool written = end_line(file) && write_all(file, buffer_span(&anchor->waiting));
	enum err err = written ? OK : complain(anchor, why);
	close(file);
	if (written)
		buffer_reset(&anchor->waiting);
	return err;
}

enum err anchor_read(const struct anchor *anchor, void (*line)(void *arg, struct span line),
	void *arg, struct why *why)
{
	char *text = NULL;
	size_t capacity = 0;
	ssize_t len;
	FILE *file = fopen(anchor->path, "re");
	if (!file)
		return errno == ENOENT ? OK : complain(anchor, why);
	while ((len = getline(&text, &capacity, file)) > 0)
		line(arg, span_trim(span_of(text, (size_t)len - (text[len - 1] == '\n'))));
	free(text);
	fclose(file);
	return OK;
}
