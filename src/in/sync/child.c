#define _GNU_SOURCE
#include "in/sync/child.h"

#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_SIZE (256 * KIB)
#define CHILD_FD 3

static enum err spawn(const char *program, int theirs, pid_t *pid, struct why *why)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	char *argv[] = { "muster-sync", NULL };
	char *envp[] = { "LDAPNOINIT=1", "PATH=/usr/bin:/bin", NULL };

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&actions);
	int rc = posix_spawn_file_actions_adddup2(&actions, theirs, CHILD_FD);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&actions, CHILD_FD + 1);
	if (rc == 0)
		rc = posix_spawn(pid, program, &actions, &attr, argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return rc == 0 ? OK : fail(why, ERR_IO, NULL, "%s: %s", program, strerror(rc));
}

static enum err send_order(struct child *child, const struct order *order, struct why *why)
{
	struct buffer out;
	enum err err = OK;
	size_t at = 0;

	buffer_init(&out, FRAME_MAX);
	/* Grown at once, so that no earlier block with the secret is left behind. */
	buffer_reserve(&out, FRAME_MAX / 2);
	frame_put_order(&out, order);
	if (out.failed)
		err = fail(why, ERR_TOO_LARGE, NULL, "the directory's settings are too large");
	while (!err && at < out.len) {
		ssize_t n = send(child->fd, out.data + at, out.len - at, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			err = fail(why, ERR_IO, NULL, "the child ended at once");
		else if (n > 0)
			at += (size_t)n;
	}
	if (out.data)
		secret_wipe(out.data, out.len);
	buffer_free(&out);
	return err;
}

enum err child_start(
	struct child *child, const char *program, const struct order *order, struct why *why)
{
	int pair[2];

	*child = (struct child){ .fd = -1 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(why, ERR_IO, NULL, "socketpair: %s", strerror(errno));
	enum err err = spawn(program, pair[1], &child->pid, why);
	close(pair[1]);
	child->fd = pair[0];
	buffer_init(&child->in, 2 * FRAME_MAX + READ_SIZE);
	if (!err)
		err = send_order(child, order, why);
	if (err)
		child_end(child);
	return err;
}

void child_end(struct child *child)
{
	if (child->fd >= 0) {
		close(child->fd);
		buffer_free(&child->in);
	}
	if (child->pid > 0) {
		kill(child->pid, SIGKILL);
		while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	*child = (struct child){ .fd = -1 };
}

static enum child_answer receive(struct child *child)
{
	uint8_t *to = buffer_reserve(&child->in, READ_SIZE);

	ssize_t n = to ? recv(child->fd, to, READ_SIZE, MSG_DONTWAIT) : 0;
	if (n > 0) {
		child->in.len += (size_t)n;
		return CHILD_FRAME;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return CHILD_QUIET;
	return CHILD_GONE;
}

enum child_answer child_next(struct child *child, struct span *frame, struct why *why)
{
	enum err err;

	for (;;) {
		struct span rest = span_from(buffer_span(&child->in), child->taken);
		if (frame_next(rest, frame, &err, why)) {
			child->taken += frame->len;
			return CHILD_FRAME;
		}
		if (err)
			return CHILD_GONE;
		buffer_consume(&child->in, child->taken);
		child->taken = 0;
		enum child_answer answer = receive(child);
		if (answer != CHILD_FRAME)
			return answer;
	}
}
