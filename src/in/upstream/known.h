/* What a compare saw last: one number an entry, which changes when the entry does. */
#ifndef IN_UPSTREAM_KNOWN_H
#define IN_UPSTREAM_KNOWN_H

#include "base/uuid.h"

struct known {
	struct uuid anchor;
	uint64_t number;
	uint32_t pass; /* in which it was seen last; 0: a free slot */
	bool fresh;    /* its number may not tell a change that came right after it was read */
};

struct known_table {
	struct known *slots;
	size_t capacity, count; /* a power of two */
};

/* The entry's slot; a new one has pass 0 and is the caller's to fill. Pointers die with the next
 * call. */
struct known *known_put(struct known_table *table, const struct uuid *anchor);
/* Entries that were not seen in this pass. */
size_t known_missing(const struct known_table *table, uint32_t pass);

#endif
