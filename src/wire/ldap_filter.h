/* LDAP search filters (RFC 4511 section 4.5.1.7) into the model's. */
#ifndef WIRE_LDAP_FILTER_H
#define WIRE_LDAP_FILTER_H

#include "model/filter.h"

/* `element`: the whole filter element. The filter lives in the arena and borrows from `element`.
 * ERR_PROTOCOL: malformed. ERR_UNWILLING: deeper than LIMIT_FILTER_DEPTH. ERR_TOO_LARGE: more than
 * LIMIT_FILTER_NODES. ERR_FILTER: a matching rule that is not known. An unknown attribute or filter
 * choice is no error but Undefined. */
enum err filter_read(
	struct arena *arena, struct span element, struct filter **filter, struct why *why);

#endif
