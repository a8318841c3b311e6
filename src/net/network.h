/* Networks in CIDR notation, "192.0.2.0/24" or "2001:db8::/32", and single addresses. IPv4 in IPv6
 * (::ffff:192.0.2.1) counts as IPv4. */
#ifndef NET_NETWORK_H
#define NET_NETWORK_H

#include "base/err.h"
#include "base/span.h"

struct network {
	uint8_t octets[16]; /* IPv4 as it is mapped into IPv6 */
	unsigned bits;      /* of 128 */
};

/* ERR_VALUE for what is none, and for one with bits behind its length, such as 192.0.2.1/24: it
 * would hold more than it says. */
enum err network_parse(struct span text, struct network *network, struct why *why);
/* `address` as address_format() writes it; false for what is none. */
bool network_holds(const struct network *network, struct span address);

#endif
