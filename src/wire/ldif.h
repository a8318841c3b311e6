/* LDIF content records (RFC 2849): folding, comments, base64. Change records and values by URL are
 * refused: an import says what is, and reads no other file. */
#ifndef WIRE_LDIF_H
#define WIRE_LDIF_H

#include "base/arena.h"
#include "base/err.h"

struct ldif {
	struct span rest;
	unsigned line; /* of what `rest` begins with, from 1 */
};

struct ldif_value {
	struct span name; /* as written, with options */
	struct span value;
};

struct ldif_record {
	unsigned line; /* of the dn */
	struct span dn;
	struct ldif_value *values;
	size_t count;
};

#define LDIF_VALUES_MAX 200000 /* of one record: a group may be large */

void ldif_start(struct ldif *ldif, struct span text);
/* The next record, in the arena; *found false at the end. ERR_SYNTAX or ERR_UNSUPPORTED name the
 * line. */
enum err ldif_next(struct arena *arena, struct ldif *ldif, struct ldif_record *record, bool *found,
	struct why *why);

#endif
