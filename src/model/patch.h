/* Modifications: the one list that a SCIM PATCH and an LDAP modify compile into, and their
 * application to an entry. */
#ifndef MODEL_PATCH_H
#define MODEL_PATCH_H

#include "model/entry.h"
#include "model/filter.h"

enum patch_op {
	PATCH_ADD,     /* values join; of a single-valued attribute: replaces */
	PATCH_REMOVE,  /* the given values, or all when there are none */
	PATCH_REPLACE, /* the values of this attribute and source become these; none: removed */
};

struct modification {
	enum patch_op op;
	enum attr attr;
	uint16_t source;            /* who says so */
	const struct value *values; /* canonical; attr and source of each are set by the patch */
	size_t count;
};

/* All or nothing on `entry`; ERR_MUTABILITY for read-only attributes, ERR_VALUE for two values of a
 * single-valued one. *changed tells whether anything differs afterwards. */
enum err patch_apply(struct entry *entry, const struct modification *mods, size_t count,
	bool *changed, struct why *why);

#endif
