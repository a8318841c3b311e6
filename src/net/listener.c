#define _GNU_SOURCE /* accept4 */

#include "net/listener.h"

#include "base/arena.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BACKLOG 1024
/* Accepted in one turn, so that a flood of connections leaves room for those that exist. */
#define ACCEPTS_A_TURN 64
#define PAUSE .1 /* seconds, when the system gives no descriptor */

struct listener {
	struct loop *loop;
	struct ev_io io;
	struct ev_timer pause;
	accept_call call;
	void *arg;
};

enum err listen_address_parse(const char *text, struct sockaddr_storage *address, struct why *why)
{
	struct span rest = span_str(text), host, port;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	char name[INET6_ADDRSTRLEN];
	bool bracket = rest.len > 0 && rest.data[0] == '[';
	uint64_t number;

	if (bracket)
		rest = span_from(rest, 1);
	host = span_cut(&rest, bracket ? ']' : ':');
	port = bracket && rest.len > 0 && rest.data[0] == ':' ? span_from(rest, 1) : rest;
	if (host.len == 0 || host.len >= sizeof name || !span_to_u64(port, &number) ||
		number > UINT16_MAX)
		return fail(why, ERR_CONFIG, NULL, "not an address and port: %.80s", text);
	memcpy(name, host.data, host.len);
	name[host.len] = '\0';
	memset(address, 0, sizeof *address);
	if (bracket && inet_pton(AF_INET6, name, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)number);
		return OK;
	}
	if (!bracket && inet_pton(AF_INET, name, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)number);
		return OK;
	}
	return fail(why, ERR_CONFIG, NULL, "not an address and port: %.80s", text);
}

bool listen_address_is_loopback(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET)
		return (ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24) == 127;
	return address->ss_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

void address_format(const struct sockaddr_storage *address, char out[ADDRESS_TEXT_MAX])
{
	const void *octets =
		address->ss_family == AF_INET
			? (const void *)&((const struct sockaddr_in *)address)->sin_addr
			: &((const struct sockaddr_in6 *)address)->sin6_addr;

	if (!inet_ntop(address->ss_family, octets, out, ADDRESS_TEXT_MAX))
		out[0] = '\0';
}

/* Who waits would be told again at once, and for as long as there is no descriptor. */
static void pause_accepting(struct listener *listener)
{
	ev_io_stop(loop_ev(listener->loop), &listener->io);
	ev_timer_set(&listener->pause, PAUSE, 0.);
	ev_timer_start(loop_ev(listener->loop), &listener->pause);
}

static void on_pause_over(struct ev_loop *ev, struct ev_timer *w, int revents)
{
	struct listener *listener = w->data;

	(void)revents;
	ev_io_start(ev, &listener->io);
}

static void accept_failed(struct listener *listener, int error)
{
	if (error != EAGAIN && error != EINTR && error != ECONNABORTED)
		pause_accepting(listener);
}

static void on_connection(struct ev_loop *ev, struct ev_io *w, int revents)
{
	struct listener *listener = w->data;

	(void)ev;
	(void)revents;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		struct sockaddr_storage peer = { 0 };
		socklen_t len = sizeof peer;
		int one = 1;
		int fd = accept4(
			w->fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			accept_failed(listener, errno);
			return;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		listener->call(listener->arg, fd, &peer);
	}
}

static enum err open_socket(const struct sockaddr_storage *address, int *out, struct why *why)
{
	int one = 1;
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	socklen_t len = address->ss_family == AF_INET ? sizeof(struct sockaddr_in)
						      : sizeof(struct sockaddr_in6);
	char text[ADDRESS_TEXT_MAX];

	if (fd < 0)
		return fail(why, ERR_UNAVAILABLE, NULL, "no socket: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (address->ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (bind(fd, (const struct sockaddr *)address, len) != 0 || listen(fd, BACKLOG) != 0) {
		int error = errno;

		close(fd);
		address_format(address, text);
		return fail(why, ERR_CONFIG, NULL, "cannot listen on %s port %d: %s", text,
			ntohs(((const struct sockaddr_in *)address)->sin_port), strerror(error));
	}
	*out = fd;
	return OK;
}

enum err listener_open(struct loop *loop, const struct sockaddr_storage *address, accept_call call,
	void *arg, struct listener **out, struct why *why)
{
	struct listener *listener;
	int fd;
	enum err err = open_socket(address, &fd, why);

	if (err != OK)
		return err;
	listener = heap_zalloc(sizeof *listener);
	listener->loop = loop;
	listener->call = call;
	listener->arg = arg;
	ev_timer_init(&listener->pause, on_pause_over, PAUSE, 0.);
	listener->pause.data = listener;
	ev_io_init(&listener->io, on_connection, fd, EV_READ);
	listener->io.data = listener;
	ev_io_start(loop_ev(loop), &listener->io);
	*out = listener;
	return OK;
}

void listener_close(struct listener *listener)
{
	if (!listener)
		return;
	ev_io_stop(loop_ev(listener->loop), &listener->io);
	ev_timer_stop(loop_ev(listener->loop), &listener->pause);
	close(listener->io.fd);
	free(listener);
}

int listener_port(const struct listener *listener)
{
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof address;

	getsockname(listener->io.fd, (struct sockaddr *)&address, &len);
	/* The port stands at the same place in both families. */
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}
