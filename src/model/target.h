/* A row of a group mapping: "<group>=role:<name>", "=scope:<name>" or "=group:<name>", where the
 * group is what it is called or what names it for good; or "scope=<attribute>": the scope that the
 * attribute of each person names. */
#ifndef MODEL_TARGET_H
#define MODEL_TARGET_H

#include "model/attr.h"
#include "model/kind.h"

/* People below the group, however deep, get it. */
struct target {
	struct span text;  /* the row */
	struct span group; /* empty: by attribute */
	enum attr attr;    /* ATTR_NONE: by group */
	enum kind kind;    /* KIND_ROLE, KIND_SCOPE or KIND_GROUP */
	struct span name;  /* empty: by attribute */
};

/* False for another text; spans are of `text`. */
bool target_parse(struct span text, struct target *target);

#endif
