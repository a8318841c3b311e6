/* Listening sockets of a loop. When the process runs out of descriptors, who comes waits in the
 * kernel's queue until there is one again: a connection that was dropped instead would be lost for
 * a shortage that may be over in the next moment. */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include "net/loop.h"

#include <sys/socket.h>

struct listener;

/* Called on the loop's thread with a connected, non-blocking, close-on-exec descriptor, which the
 * callee owns; TCP_NODELAY is set. */
typedef void (*accept_call)(void *arg, int fd, const struct sockaddr_storage *peer);

/* "127.0.0.1:389", "[::1]:389"; port 0: any. ERR_CONFIG names the text. */
enum err listen_address_parse(const char *text, struct sockaddr_storage *address, struct why *why);
bool listen_address_is_loopback(const struct sockaddr_storage *address);
/* "192.0.2.1" or "2001:db8::1" without the port. */
#define ADDRESS_TEXT_MAX 48
void address_format(const struct sockaddr_storage *address, char out[ADDRESS_TEXT_MAX]);

/* Binds and listens before it returns; accepts once the loop runs. Before loop_start, or on the
 * loop's thread. */
enum err listener_open(struct loop *loop, const struct sockaddr_storage *address, accept_call call,
	void *arg, struct listener **listener, struct why *why);
/* On the loop's thread, or after it has ended. */
void listener_close(struct listener *listener);
int listener_port(const struct listener *listener);

#endif
