/* Where a directory is: the URI's form and which addresses are refused. An upstream on this machine
 * or on the link would let a tenant's admin reach what only we should reach, so it takes the
 * operator's word. Pure functions. */
#ifndef IN_SYNC_ADDRESS_H
#define IN_SYNC_ADDRESS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#include <sys/socket.h>

struct address {
	bool tls;       /* ldaps */
	char host[256]; /* without brackets */
	char port[6];
};

/* ldap://host[:port] or ldaps://host[:port], nothing behind it but one "/". */
enum err address_parse(struct span uri, struct address *address, struct why *why);
/* "host:port". */
struct span address_place(struct arena *arena, const struct address *address);
/* This machine: loopback. */
bool address_is_loopback(const struct sockaddr *addr);
/* Loopback, link-local, unspecified, multicast, and the same mapped into IPv6. */
bool address_is_refused(const struct sockaddr *addr);
/* The host is written as an address and that one is refused; names are looked up at connect. */
bool address_literal_is_refused(const struct address *address);

#endif
