/* Ranged retrieval (MS-ADTS section 3.1.1.3.1.3.3): a server gives the many values of an attribute
 * in pieces, "member;range=0-1499", then "member;range=1500-*". With incremental values of DirSync
 * the same option says what was added (1-1) and removed (0-0). */
#ifndef IN_UPSTREAM_RANGE_H
#define IN_UPSTREAM_RANGE_H

#include "base/arena.h"

struct range {
	struct span type; /* the description without its range option; borrowed */
	bool ranged;
	uint32_t first, last;
	bool ends; /* the last piece: "-*" */
};
/* False when the option is malformed or runs backwards. */
bool range_read(struct span description, struct range *range);
/* The description that asks for all from `first` on. */
char *range_name(struct arena *arena, struct span type, uint32_t first);

#endif
