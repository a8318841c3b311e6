#include "base/codec.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 4096
#define FORBIDDEN_MODE (S_IRWXO | S_IWGRP) /* a group may read: root:muster 0640 */

static enum err check_file(int file, const char *path, struct why *why)
{
	struct stat st;

	if (fstat(file, &st) < 0)
		return fail(why, ERR_IO, NULL, "%s: %m", path);
	if (!S_ISREG(st.st_mode))
		return fail(why, ERR_CONFIG, NULL, "%s is not a regular file", path);
	if (st.st_mode & FORBIDDEN_MODE)
		return fail(why, ERR_CONFIG, NULL,
			"%s has mode %04o: others could read or change the secret; use 0600", path,
			(unsigned)(st.st_mode & 07777));
	return OK;
}

/* One octet more than allowed is asked for, to tell a file that is too long. */
static enum err read_all(int file, const char *path, char *text, size_t *len, struct why *why)
{
	*len = 0;
	while (*len <= FILE_MAX) {
		ssize_t n = read(file, text + *len, FILE_MAX + 1 - *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(why, ERR_IO, NULL, "%s: %m", path);
		if (n == 0)
			return OK;
		*len += (size_t)n;
	}
	return fail(why, ERR_CONFIG, NULL, "%s is longer than %d octets", path, FILE_MAX);
}

/* ERR_NOT_FOUND when there is no such file. */
static enum err read_first_line(
	const char *path, char text[FILE_MAX + 1], struct span *line, struct why *why)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	size_t len;
	enum err err;

	if (file < 0)
		return fail(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, NULL, "%s: %m", path);
	err = check_file(file, path, why);
	if (err == OK)
		err = read_all(file, path, text, &len, why);
	close(file);
	if (err != OK)
		return err;
	*line = span_of(text, len);
	line->len = span_find(*line, '\n');
	if (line->len && line->data[line->len - 1] == '\r')
		line->len--;
	return OK;
}

enum err secret_file_read(
	struct arena *arena, const char *path, struct span *secret, struct why *why)
{
	char text[FILE_MAX + 1];
	struct span line;
	enum err err = read_first_line(path, text, &line, why);

	if (err == OK && line.len == 0)
		err = fail(why, ERR_CONFIG, NULL, "%s begins with an empty line", path);
	if (err == OK)
		*secret = arena_copy(arena, line);
	secret_wipe(text, sizeof text);
	return err;
}

static enum err parse_key(const char *path, struct span line, struct seal_key *key, struct why *why)
{
	struct arena *arena = arena_new();
	struct span octets;
	bool good = hex_parse(arena, line, &octets) && octets.len == sizeof key->octets;

	if (good) {
		memcpy(key->octets, octets.data, sizeof key->octets);
		secret_wipe((void *)octets.data, octets.len);
	}
	arena_free(arena);
	return good ? OK : fail(why, ERR_CONFIG, NULL, "%s must hold 64 hex digits", path);
}

static enum err load_existing(const char *path, struct seal_key *key, struct why *why)
{
	char text[FILE_MAX + 1];
	struct span line;
	enum err err = read_first_line(path, text, &line, why);

	if (err == OK)
		err = parse_key(path, line, key, why);
	secret_wipe(text, sizeof text);
	return err;
}

static bool sync_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[4096] = ".";
	int fd;
	bool good;

	if (slash && slash - path + 1 < (ptrdiff_t)sizeof folder)
		snprintf(folder, sizeof folder, "%.*s", (int)(slash - path) + 1, path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	good = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return good;
}

static bool write_new_key(const char *path)
{
	struct arena *arena = arena_new();
	struct seal_key key;
	char *text;
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool good = file >= 0;

	secret_random(key.octets, sizeof key.octets);
	text = arena_printf(
		arena, "%s\n", hex_format(arena, span_of(key.octets, sizeof key.octets)));
	good = good && write(file, text, strlen(text)) == (ssize_t)strlen(text);
	good = good && fsync(file) == 0;
	if (file >= 0)
		good = close(file) == 0 && good;
	arena_free(arena);
	return good;
}

/* Written beside and linked into place: never half a key, never over one that somebody else made
 * meanwhile. */
static enum err create_key(const char *path, struct why *why)
{
	struct arena *arena = arena_new();
	char *beside = arena_printf(arena, "%s.%d", path, (int)getpid());
	enum err err = OK;

	unlink(beside);
	if (!write_new_key(beside) || (link(beside, path) < 0 && errno != EEXIST))
		err = fail(why, ERR_IO, NULL, "%s cannot be made: %m", path);
	unlink(beside);
	if (err == OK && !sync_folder_of(path))
		err = fail(why, ERR_IO, NULL, "the folder of %s cannot be synced: %m", path);
	arena_free(arena);
	return err;
}

enum err seal_key_load(const char *path, bool create, struct seal_key *key, struct why *why)
{
	if (create && access(path, F_OK) < 0 && errno == ENOENT) {
		enum err err = create_key(path, why);

		if (err != OK)
			return err;
	}
	return load_existing(path, key, why);
}
