/* Which addresses outbound requests may go to. A tenant chooses where its webhooks go, so a target
 * inside the machine or its network would let it speak to what it cannot reach itself. Checked when
 * a target is saved (its spelling) and again when a connection is made (the address that the name
 * led to). */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include "base/arena.h"
#include "base/err.h"

struct sockaddr;

/* False for loopback, private, link-local, shared, reserved, multicast and unspecified addresses,
 * also those wrapped in IPv6 (mapped, NAT64, 6to4), for the addresses of this machine, and for
 * every family but IPv4 and IPv6. */
bool address_is_public(const struct sockaddr *address);

/* A URL that a webhook may have: https, no user part, no fragment, port 443 or from 1024 on (for
 * http 80), no host that is spelled as an address of this machine or its network in any form that
 * resolvers read. `allow_local` lets through http and local hosts. ERR_VALUE naming "uri". */
enum err url_check(struct arena *arena, struct span url, bool allow_local, struct why *why);

#endif
