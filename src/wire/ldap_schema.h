/* The LDAP side of the schema: matching rules and what the subschema entry publishes (RFC 4512
 * section 4.2), from schema/subschema.def and the attribute table. */
#ifndef WIRE_LDAP_SCHEMA_H
#define WIRE_LDAP_SCHEMA_H

#include "base/buffer.h"
#include "model/attr.h"

struct matching_rule {
	const char *oid, *name, *syntax;
};

/* By name without case, or OID; NULL when unknown. */
const struct matching_rule *matching_rule_find(struct span text);
/* The rule by which the attribute's values are compared for equality. */
bool matching_rule_is_equality(const struct matching_rule *rule, enum attr attr);
/* Attributes derived from "name" (2.5.4.41) under RFC 4519. */
bool attr_is_name(enum attr attr);

enum schema_part { SCHEMA_SYNTAXES, SCHEMA_RULES, SCHEMA_ATTRIBUTES, SCHEMA_CLASSES };
/* Appends description `n` of the part to `out`; false behind the last one. */
bool schema_description(enum schema_part part, size_t n, struct buffer *out);

#endif
