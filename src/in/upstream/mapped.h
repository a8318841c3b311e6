/* The order's rows on entries of theirs. */
#ifndef IN_UPSTREAM_MAPPED_H
#define IN_UPSTREAM_MAPPED_H

#include "in/upstream/incoming.h"

/* Compiles the rows, once the server has said what it is; ends with FAILURE_CONFIG when they cannot
 * be. */
void mapped_begin(struct upstream *up);
/* What a search asks for, people and groups alike: a list that NULL ends, in the arena of one
 * message. */
char **mapped_attributes(struct upstream *up);
/* A person's values, state, rule and expiry into up->row; in the arena of one message. */
void mapped_person(struct upstream *up, const struct incoming *in);
/* The way there for a preview: a STEP row "theirs" for each attribute of theirs, a STEP row "row"
 * for each mapping row with what it gives; no secret in them. */
void mapped_tell(struct upstream *up, const struct incoming *in);

#endif
