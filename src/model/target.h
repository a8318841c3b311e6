/* A row of a directory's group mapping: "<cn or entryUUID of the group>=role:<name>", or
 * "=scope:<name>". */
#ifndef MODEL_TARGET_H
#define MODEL_TARGET_H

#include "model/kind.h"

/* People below the group, however deep, get the role or scope. */
struct target {
	struct span group;
	enum kind kind; /* KIND_ROLE or KIND_SCOPE */
	struct span name;
};

/* False for another text; spans are of `text`. */
bool target_parse(struct span text, struct target *target);

#endif
