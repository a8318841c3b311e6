#define _GNU_SOURCE /* accept4, struct ucred */

#include "in/ctl/ctl_int.h"

#include "base/limits.h"
#include "base/log.h"
#include "net/line.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* A peer that takes nothing of its answer for so long is let go of: it would hold up the stop. */
#define SEND_SECONDS 5
#define NO_DESCRIPTOR_MILLISECONDS 100 /* until another look at who waits */

struct connection {
	struct ctl *ctl;
	int fd; /* -1: the place is free */
	pid_t pid;
};

struct ctl {
	struct ctl_options options;
	int listener, stop;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	struct connection connections[CTL_CONNECTIONS];
	size_t open;
};

static void serve(struct connection *c, struct view *view)
{
	struct buffer in, answer;
	struct actor actor;
	size_t len;

	actor_operator(&actor, "operator", CHANNEL_CTL);
	buffer_init(&in, LIMIT_CTL_LINE + 64 * KIB);
	buffer_init(&answer, LIMIT_CTL_LINE + 64 * KIB);
	while (line_receive(c->fd, &in, &len)) {
		actor.request = uuid_new();
		ctl_answer(c->ctl->options.admin, view, &actor, span_of(in.data, len), &answer);
		buffer_put_octet(&answer, '\n');
		bool sent = line_send(c->fd, buffer_span(&answer));
		/* Passwords came this way; none of them stays behind. */
		secret_wipe(in.data, len);
		secret_wipe(answer.data, answer.len);
		buffer_consume(&in, len + 1);
		buffer_reset(&answer);
		if (!sent)
			break;
	}
	buffer_free(&in);
	buffer_free(&answer);
}

static void *connection_run(void *arg)
{
	struct connection *c = arg;
	struct ctl *ctl = c->ctl;
	struct why why = { 0 };
	struct view *view;

	if (view_open(ctl->options.admin->core, &view, &why) == OK) {
		serve(c, view);
		view_close(view);
	} else {
		log_event(LOG_LEVEL_ERROR, "ctl.connection", L_WHY(&why));
	}
	pthread_mutex_lock(&ctl->lock);
	close(c->fd);
	c->fd = -1;
	ctl->open--;
	pthread_cond_signal(&ctl->ended);
	pthread_mutex_unlock(&ctl->lock);
	return NULL;
}

static struct connection *free_place(struct ctl *ctl)
{
	for (size_t i = 0; i < CTL_CONNECTIONS; i++)
		if (ctl->connections[i].fd < 0)
			return &ctl->connections[i];
	return NULL;
}

static bool may_speak(int fd, pid_t *pid)
{
	struct ucred peer;
	socklen_t len = sizeof peer;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	*pid = peer.pid;
	return peer.uid == 0 || peer.uid == geteuid();
}

static void refuse(int fd, const char *code, const char *text)
{
	char line[256];
	int len = snprintf(line, sizeof line,
		"{\"ok\":false,\"error\":{\"code\":\"%s\",\"attribute\":\"\",\"text\":\"%s\"}}\n",
		code, text);

	line_send(fd, span_of(line, (size_t)len));
	close(fd);
}

static void take(struct ctl *ctl, int fd)
{
	static const struct timeval time = { .tv_sec = SEND_SECONDS };
	pthread_attr_t attributes;
	pthread_t thread;
	pid_t pid;

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
	if (!may_speak(fd, &pid)) {
		log_event(LOG_LEVEL_WARNING, "ctl.refused", L_INT("pid", pid));
		refuse(fd, "FORBIDDEN", "only root and the daemon's own user may speak here");
		return;
	}
	pthread_mutex_lock(&ctl->lock);
	struct connection *c = free_place(ctl);
	if (c) {
		*c = (struct connection){ ctl, fd, pid };
		pthread_attr_init(&attributes);
		pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
		if (pthread_create(&thread, &attributes, connection_run, c) == 0) {
			ctl->open++;
		} else {
			c->fd = -1;
			c = NULL;
		}
		pthread_attr_destroy(&attributes);
	}
	pthread_mutex_unlock(&ctl->lock);
	if (!c)
		refuse(fd, "BUSY", "too many are speaking already");
}

/* False when the process has no descriptor left: who waits stays waiting, and is told again. */
static bool accept_one(struct ctl *ctl)
{
	int fd = accept4(ctl->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return errno != EMFILE && errno != ENFILE;
	take(ctl, fd);
	return true;
}

static void *ctl_run(void *arg)
{
	struct ctl *ctl = arg;
	struct pollfd fds[] = { { .fd = ctl->listener, .events = POLLIN },
		{ .fd = ctl->stop, .events = POLLIN } };

	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		if (fds[1].revents)
			break;
		if (fds[0].revents && !accept_one(ctl))
			poll(&fds[1], 1, NO_DESCRIPTOR_MILLISECONDS);
	}
	return NULL;
}

/* A socket file that nobody listens on is left from a daemon that was killed. */
static enum err remove_stale(const struct sockaddr_un *address, struct why *why)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd < 0)
		return fail(why, ERR_IO, NULL, "no socket: %m");
	bool alive = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
	close(fd);
	if (alive)
		return fail(why, ERR_CONFLICT, "ctl.socket", "another daemon listens on %s",
			address->sun_path);
	if (lstat(address->sun_path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(address->sun_path);
	return OK;
}

static enum err open_listener(const char *path, int *result, struct why *why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof address.sun_path)
		return fail(why, ERR_CONFIG, "ctl.socket", "the path is longer than %zu octets",
			sizeof address.sun_path - 1);
	memcpy(address.sun_path, path, strlen(path));
	enum err err = remove_stale(&address, why);
	if (err != OK)
		return err;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t mask = umask(0177);
	bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
		     listen(fd, 16) == 0;
	umask(mask);
	if (!bound) {
		fail(why, ERR_IO, "ctl.socket", "%s cannot be listened on: %m", path);
		if (fd >= 0)
			close(fd);
		return ERR_IO;
	}
	*result = fd;
	return OK;
}

enum err ctl_start(const struct ctl_options *options, struct ctl **result, struct why *why)
{
	struct ctl *ctl = heap_zalloc(sizeof *ctl);

	ctl->options = *options;
	for (size_t i = 0; i < CTL_CONNECTIONS; i++)
		ctl->connections[i].fd = -1;
	pthread_mutex_init(&ctl->lock, NULL);
	pthread_cond_init(&ctl->ended, NULL);
	ctl->stop = eventfd(0, EFD_CLOEXEC);
	enum err err = open_listener(options->socket, &ctl->listener, why);
	if (err == OK && pthread_create(&ctl->thread, NULL, ctl_run, ctl) != 0) {
		close(ctl->listener);
		err = fail(why, ERR_INTERNAL, NULL, "the control door's thread does not start");
	}
	if (err == OK) {
		*result = ctl;
		return OK;
	}
	close(ctl->stop);
	free(ctl);
	return err;
}

void ctl_stop(struct ctl *ctl)
{
	if (!ctl)
		return;
	eventfd_write(ctl->stop, 1);
	pthread_join(ctl->thread, NULL);
	unlink(ctl->options.socket);
	close(ctl->listener);
	pthread_mutex_lock(&ctl->lock);
	for (size_t i = 0; i < CTL_CONNECTIONS; i++)
		if (ctl->connections[i].fd >= 0)
			shutdown(ctl->connections[i].fd, SHUT_RD);
	while (ctl->open > 0)
		pthread_cond_wait(&ctl->ended, &ctl->lock);
	pthread_mutex_unlock(&ctl->lock);
	close(ctl->stop);
	pthread_mutex_destroy(&ctl->lock);
	pthread_cond_destroy(&ctl->ended);
	free(ctl);
}
