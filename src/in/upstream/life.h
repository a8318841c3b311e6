/* While nothing comes in a stream: does the server still live, and are the units below the base
 * still those that it had? A unit that is moved away takes everybody in it along, and no server of
 * RFC 4533 says a word about them; OpenLDAP not even about the unit. */
#ifndef IN_UPSTREAM_LIFE_H
#define IN_UPSTREAM_LIFE_H

#include "in/upstream/upstream.h"

#define LIFE_SECONDS 10 /* between two questions */

struct life {
	bool waits; /* for the answer to a question */
	int id;
	int64_t asked; /* monotonic; 0: never yet */
};


/* What a unit of this name, as the server writes it, adds to the sum. */
uint64_t life_unit(struct span dn);
/* Called often while following; `heard` is when the stream last said something, monotonic. Ends by
 * FAILURE_NET when the server is silent, by upstream_need_full when the units have changed. */
void life_tend(struct upstream *up, struct life *life, int64_t heard);

#endif
