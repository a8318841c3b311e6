/* Where entries that following no longer sees are now: before anybody is called deleted. */
#ifndef IN_SYNC_LOCATE_H
#define IN_SYNC_LOCATE_H

#include "in/sync/enquiry.h"

struct located {
	struct uuid anchor;
	/* Filled in: */
	bool found;     /* it is somewhere in the wider base; false: nowhere that we may read */
	bool is_listed; /* and belongs to what a full compare has to name */
	struct span dn; /* normal form, in the arena */
};

/* Looks all of them up in the naming context that holds the directory's base, by a child of its
 * own. At most ORDER_ANCHORS_MAX. OK: every row is answered. Anything else says nothing about
 * anybody, and whoever asked fails too: *end tells the stage and the class. Blocks, at most a
 * minute; a job's thread. */
enum err locate_anchors(struct sync *sync, const struct settings *settings, struct arena *arena,
	struct located *rows, size_t count, struct enquiry_end *end, struct why *why);

#endif
