/* The LDAP door: LDAPv3 (RFC 4511) on loops of its own. Applications bind and look up; nothing is
 * written through it. Each tenant is o=<tenant>,<suffix>; who has bound sees their own tenant only,
 * who has not sees the rootDSE and the subschema. */
#ifndef IN_LDAP_LDAP_H
#define IN_LDAP_LDAP_H

#include "base/err.h"

#include <stdint.h>

struct core;
struct ldap_door;

struct ldap_door_options {
	struct core *core;
	const char *suffix;        /* "dc=muster,dc=internal" */
	const char *const *plain;  /* "127.0.0.1:389", NULL-ended or NULL; loopback only, port 0:
				      any */
	const char *const *secure; /* "0.0.0.0:636", NULL-ended or NULL: TLS from the first octet */
	const char *certificate, *key; /* PEM; NULL: no TLS, StartTLS is refused */
	const char *client_ca; /* PEM; whose certificates say who a client is; NULL: nobody's */
	unsigned loops;        /* 0: one a processor; each has one view of the core */
	struct ldap_limits {
#define LDAP_LIMIT(name, usual, low, high) uint32_t name;
#include "ldap_limits.def"
#undef LDAP_LIMIT
	} limits; /* 0: as schema/ldap_limits.def has it */
};

/* The loops that `options` leads to; the core must have a reader for each. */
unsigned ldap_door_loops(const struct ldap_door_options *options);
/* Listens when it returns. ERR_CONFIG for an address that is taken, malformed or, without TLS, not
 * loopback, for a suffix or certificate that is wrong. Strings are copied. */
enum err ldap_door_start(
	const struct ldap_door_options *options, struct ldap_door **door, struct why *why);
/* Port of the n-th plain or secure address. */
int ldap_door_port(const struct ldap_door *door, int secure, unsigned n);
/* Reads certificate and key again for connections to come, and takes the limits; on an error all
 * stays. Any thread. */
enum err ldap_door_reload(
	struct ldap_door *door, const struct ldap_limits *limits, struct why *why);
/* When the certificate for connections to come ends, wall time; 0: there is none, or it does not
 * say. Any thread. */
int64_t ldap_door_certificate_end(struct ldap_door *door);
/* Takes no more, lets what runs finish, tells each client (unavailable, 52) and ends; after
 * `drain` seconds without them. Blocks; frees the door. */
void ldap_door_stop(struct ldap_door *door, int drain);

#endif
