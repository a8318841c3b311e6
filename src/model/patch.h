/* Modifications: the one list that a SCIM PATCH and an LDAP modify compile into, and their
 * application to an entry.
 *
 * Plain multi-valued attributes are sets: a value that is there already under the matching rule is
 * not added again, and instance numbers of new values are hints. Of a complex attribute ("emails")
 * the modification of the value comes first; the instances that its values are given hold for the
 * modifications of "type", "primary" and so on that follow, where the hint was the same. What is
 * left of an instance without its value is removed; making one instance primary unmakes the
 * others. Addresses have no such value: there the instance alone says what belongs together. */
#ifndef MODEL_PATCH_H
#define MODEL_PATCH_H

#include "model/entry.h"
#include "model/filter.h"

/* How the values of an attribute belong to instances. */
enum manner {
	MANNER_SINGLE,
	MANNER_SET,    /* told apart by the matching rule; of a complex attribute the "value" */
	MANNER_UNDER,  /* one an instance, goes with the value of its instance */
	MANNER_FIELD,  /* one an instance, of a complex attribute without a "value" */
	MANNER_SOURCE, /* one a source, in the instance of its number */
};
enum manner attr_manner(enum attr attr);
/* The attribute is a part of a multi-valued complex one. */
bool attr_is_part(enum attr attr);

enum patch_op {
	PATCH_ADD,     /* values join; of a single-valued attribute: replaces */
	PATCH_REMOVE,  /* the given values, or all when there are none */
	PATCH_REPLACE, /* the values of this attribute become these, of this source; none: removed.
			  Equal values keep their instance */
};

struct modification {
	enum patch_op op;
	enum attr attr;
	uint16_t source;            /* who says so */
	const struct value *values; /* canonical; attr and source of each are set by the patch */
	size_t count;
	/* What others than `source` say of the attribute stays and is no clash, unless this says
	 * another value in its place; kept by the core, which knows who they are. */
	bool own_only;
};

/* All or nothing on `entry`, whose values then borrow from the modifications; ERR_MUTABILITY for
 * read-only attributes, ERR_VALUE for two values of a single-valued one, two primaries or an
 * attribute that the kind does not have. *changed tells whether anything differs afterwards. */
enum err patch_apply(struct entry *entry, const struct modification *mods, size_t count,
	bool *changed, struct why *why);

#endif
