/* Connections of a load generator on one epoll: bytes out, bytes in, and a callback for what came.
 */
#ifndef TESTS_BENCH_PEERS_H
#define TESTS_BENCH_PEERS_H

#include "base/buffer.h"

struct peer {
	int fd;
	struct buffer in, out;
	void *state; /* the mode's own */
};

struct peers {
	int epoll;
	struct peer *rows;
	unsigned count;
	/* Takes what it can off the front of `in`; returns how many octets. */
	size_t (*taken)(struct peer *peer, struct span in);
};

void peers_open(struct peers *peers, unsigned count, const char *host, const char *port);
void peer_send(struct peer *peer, struct span bytes); /* leaves with the next peers_run */
void peer_flush(struct peer *peer); /* leaves now: of another peer than taken()'s */
/* A new connection in the place of this one, as taken() ends. */
void peers_reopen(struct peers *peers, struct peer *peer, const char *host, const char *port);
/* Runs until *open is 0. */
void peers_run(struct peers *peers, const unsigned *open);
void peers_close(struct peers *peers);

#endif
