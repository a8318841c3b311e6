/* Where entries are now, by what names them for good. */
#ifndef IN_UPSTREAM_LOCATE_H
#define IN_UPSTREAM_LOCATE_H

#include "in/upstream/anchor.h"

/* The order's anchor attribute, or that of this kind of server. */
const struct anchor_row *locate_anchor(struct upstream *up);
/* Their DNs below the base, as the server writes them, in the arena of one message; those that are
 * not there stay as they are. An answer that is no success ends the process: absence is told by
 * success alone. */
void locate_find(struct upstream *up, struct span base, const struct anchor_row *row,
	const struct uuid *anchors, size_t count, struct span *dns);

#endif
