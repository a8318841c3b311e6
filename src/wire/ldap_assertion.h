/* Assertion values of LDAP (RFC 4511 section 4.1.6, RFC 4517): what a value that a peer asks with
 * means for an attribute. Leaves live in the arena and borrow from what was asserted. */
#ifndef WIRE_LDAP_ASSERTION_H
#define WIRE_LDAP_ASSERTION_H

#include "model/filter.h"

/* EQUAL or an order, under the rule that the attribute is defined with for it; Undefined without
 * one, or when the value is none of the rule's syntax. */
struct filter *assertion_leaf(
	struct arena *arena, enum filter_op op, enum attr attr, struct span asserted);
/* Under one of our syntaxes, whatever the attribute is defined with. */
struct filter *assertion_leaf_under(struct arena *arena, enum filter_op op, enum attr attr,
	enum syntax syntax, struct span asserted);

struct assertion_parts {
	struct span initial, final, *any; /* those at the ends may be empty */
	size_t any_count;
};
struct filter *assertion_substring(
	struct arena *arena, enum attr attr, const struct assertion_parts *parts);
struct filter *assertion_substring_under(struct arena *arena, enum attr attr, enum syntax syntax,
	const struct assertion_parts *parts);

#endif
