#define _GNU_SOURCE /* memmem */

#include "base/limits.h"
#include "base/secret.h"
#include "cli/cli.h"
#include "net/line.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct link {
	int fd;
	struct buffer in;
};

static enum err refused(const char *path, struct why *why)
{
	if (errno == EACCES || errno == EPERM)
		return fail(why, ERR_FORBIDDEN, NULL,
			"%s is for root and the daemon's own user only", path);
	return fail(why, ERR_UNAVAILABLE, NULL,
		"no daemon listens on %s: %m; --socket or $MUSTER_SOCKET names another", path);
}

enum err link_open(const char *path, struct link **result, struct why *why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof address.sun_path)
		return fail(why, ERR_VALUE, "socket", "the path is too long");
	memcpy(address.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		enum err err = refused(path, why);
		if (fd >= 0)
			close(fd);
		return err;
	}
	struct link *link = heap_zalloc(sizeof *link);
	link->fd = fd;
	buffer_init(&link->in, 2 * LIMIT_CTL_LINE);
	*result = link;
	return OK;
}

void link_close(struct link *link)
{
	close(link->fd);
	secret_wipe(link->in.data, link->in.cap);
	buffer_free(&link->in);
	free(link);
}

static enum err read_line(struct link *link, struct span *line, struct why *why)
{
	size_t len;

	buffer_reset(&link->in);
	if (!line_receive(link->fd, &link->in, &len))
		return fail(why, ERR_UNAVAILABLE, NULL, "the daemon hung up before it answered");
	*line = span_of(link->in.data, len);
	return OK;
}

static enum err err_by_name(struct span name)
{
	for (int i = 0; i < ERR_COUNT; i++)
		if (span_equal(span_str(err_row((enum err)i)->name), name))
			return (enum err)i;
	return ERR_INTERNAL;
}

static enum err take_error(struct arena *arena, const struct json *error, struct why *why)
{
	enum err err = err_by_name(json_text(error, "code"));

	return fail(why, err == OK ? ERR_INTERNAL : err,
		arena_string(arena, json_text(error, "attribute")), "%s",
		arena_string(arena, json_text(error, "text")));
}

/* The result is the last member of the answer, so its text runs to the closing brace; what stands
 * before it is short and has no such name in it. */
static struct span text_of_result(struct span line)
{
	static const char name[] = ",\"result\":";
	const uint8_t *at = memmem(line.data, line.len, name, sizeof name - 1);

	if (!at)
		return SPAN_NONE;
	struct span text = span_from(line, (size_t)(at - line.data) + sizeof name - 1);
	text.len--;
	return text;
}

enum err link_ask(struct link *link, struct arena *arena, struct span request,
	struct answer *result, struct why *why)
{
	struct json *answer;
	struct span line;

	if (!line_send(link->fd, request) || !line_send(link->fd, SPAN("\n")))
		return fail(why, ERR_UNAVAILABLE, NULL, "the daemon hung up");
	enum err err = read_line(link, &line, why);
	if (err != OK)
		return err;
	line = arena_copy(arena, line);
	err = json_parse(arena, line, &answer, why);
	if (err != OK)
		return err;
	const struct json *error = json_member(answer, "error");
	if (error)
		return take_error(arena, error, why);
	*result = (struct answer){ json_member(answer, "result"), text_of_result(line),
		json_text(answer, "next_cursor"), json_number(answer, "total", -1) };
	return OK;
}
