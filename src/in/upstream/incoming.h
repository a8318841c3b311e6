/* An entry of theirs, taken apart in place: values borrow from the message. */
#ifndef IN_UPSTREAM_INCOMING_H
#define IN_UPSTREAM_INCOMING_H

#include "in/upstream/upstream.h"

#define INCOMING_TYPES_MAX 256 /* attributes of one entry that are looked at */

struct attribute {
	struct span type;
	BerVarray values; /* NULL: none */
};

struct incoming {
	struct berval dn;
	struct attribute attributes[INCOMING_TYPES_MAX];
	size_t count;
};

/* False when it is malformed. Released in either case, before the message. */
bool incoming_take(struct upstream *up, LDAPMessage *message, struct incoming *in);
void incoming_release(struct incoming *in);
const struct attribute *incoming_find(const struct incoming *in, struct span type);
/* The first value, or an empty span. */
struct span incoming_first(const struct incoming *in, struct span type);
/* Some value equals, without case. */
bool attribute_has(const struct attribute *attribute, struct span value);

#endif
