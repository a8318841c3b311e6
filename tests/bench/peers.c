#include "peers.h"

#include "base/arena.h"
#include "measure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BUFFER_MOST (64 * 1024 * 1024)
#define READ_OCTETS 65536
#define EVENTS 256
#define PATIENCE 60000 /* milliseconds */

static void open_peer(struct peers *peers, struct peer *peer, const char *host, const char *port)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = peer };

	peer->fd = connect_to(host, port);
	if (epoll_ctl(peers->epoll, EPOLL_CTL_ADD, peer->fd, &event) != 0)
		die("epoll: %s", strerror(errno));
}

void peers_open(struct peers *peers, unsigned count, const char *host, const char *port)
{
	peers->epoll = epoll_create1(EPOLL_CLOEXEC);
	peers->count = count;
	peers->rows = heap_zalloc(count * sizeof(*peers->rows));
	for (unsigned i = 0; i < count; i++) {
		struct peer *peer = &peers->rows[i];
		buffer_init(&peer->in, BUFFER_MOST);
		buffer_init(&peer->out, BUFFER_MOST);
		open_peer(peers, peer, host, port);
	}
}

void peers_reopen(struct peers *peers, struct peer *peer, const char *host, const char *port)
{
	close(peer->fd);
	open_peer(peers, peer, host, port);
}

void peer_send(struct peer *peer, struct span bytes)
{
	buffer_put_span(&peer->out, bytes);
}

void peer_flush(struct peer *peer)
{
	while (peer->out.len) {
		ssize_t n = write(peer->fd, peer->out.data, peer->out.len);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			die("the server closed while it was written to: %s", strerror(errno));
		buffer_consume(&peer->out, (size_t)n);
	}
}

static void receive(struct peers *peers, struct peer *peer)
{
	uint8_t *room = buffer_reserve(&peer->in, READ_OCTETS);

	if (!room)
		die("an answer is longer than %d octets", BUFFER_MOST);
	ssize_t n = read(peer->fd, room, READ_OCTETS);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		die("the server closed the connection");
	peer->in.len += (size_t)n;
	buffer_consume(&peer->in, peers->taken(peer, buffer_span(&peer->in)));
	peer_flush(peer);
}

void peers_run(struct peers *peers, const unsigned *open)
{
	struct epoll_event events[EVENTS];

	for (unsigned i = 0; i < peers->count; i++)
		peer_flush(&peers->rows[i]);
	while (*open) {
		int n = epoll_wait(peers->epoll, events, EVENTS, PATIENCE);
		if (n == 0)
			die("the server has not answered for %d s", PATIENCE / 1000);
		for (int i = 0; i < n; i++)
			receive(peers, events[i].data.ptr);
	}
}

void peers_close(struct peers *peers)
{
	for (unsigned i = 0; i < peers->count; i++) {
		close(peers->rows[i].fd);
		buffer_free(&peers->rows[i].in);
		buffer_free(&peers->rows[i].out);
	}
	close(peers->epoll);
	free(peers->rows);
}
