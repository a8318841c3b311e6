/* Who may connect: a cap on all connections, and one on those of one address that have not yet said
 * who they are. Any thread. Loopback addresses share a machine's own proxies and tools and count
 * only towards the total. */
#ifndef NET_ADMISSION_H
#define NET_ADMISSION_H

#include <stdbool.h>
#include <sys/socket.h>

struct admission;

struct admission *admission_new(unsigned total, unsigned strangers_per_address);
void admission_free(struct admission *admission);
/* Other caps; who is there stays. */
void admission_set(struct admission *admission, unsigned total, unsigned strangers_per_address);

/* One connection's seat. */
struct seat {
	unsigned slot; /* of its address, while it counts as a stranger; 0: none */
};
bool admission_enter(
	struct admission *admission, const struct sockaddr_storage *address, struct seat *seat);
/* The connection has proved who it is. */
void admission_know(struct admission *admission, struct seat *seat);
void admission_leave(struct admission *admission, struct seat *seat);

#endif
