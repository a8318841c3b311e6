/* The LDAP side of the schema, from schema/subschema.def, schema/classes.def and the attribute
 * table: how attributes are spelled and compared (RFC 4512, RFC 4517), and the definitions that the
 * subschema entry publishes. */
#ifndef WIRE_LDAP_SCHEMA_H
#define WIRE_LDAP_SCHEMA_H

#include "base/buffer.h"
#include "model/attr.h"

enum rule_op {
	RULE_NONE, /* published; nothing that an entry has is compared by it */
	RULE_EQUAL,
	RULE_SUBSTRING,
	RULE_LESS,
	RULE_BITS_ALL,
	RULE_BITS_ANY,
};

struct matching_rule {
	const char *oid, *name;
	const char *syntax; /* OID of the assertion's */
	enum rule_op op;
	enum syntax compared; /* under this one of ours */
	uint32_t applies;     /* bits 1 << enum syntax, or all strings of a kind */
};

/* By name without case, or OID; NULL when unknown. */
const struct matching_rule *matching_rule_find(struct span text);
bool matching_rule_applies(const struct matching_rule *rule, enum attr attr);

#define LDAP_SYNTAX_DIRECTORY_STRING "1.3.6.1.4.1.1466.115.121.1.15"
#define LDAP_SYNTAX_IA5_STRING "1.3.6.1.4.1.1466.115.121.1.26"
#define LDAP_SYNTAX_TELEPHONE "1.3.6.1.4.1.1466.115.121.1.50"
#define LDAP_SYNTAX_CSN "1.3.6.1.4.1.4203.666.11.2.1"

/* How an attribute is defined; NULL: there is no such rule. */
struct rule_set {
	const char *syntax, *equality, *ordering, *substrings;
};
/* NULL: LDAP does not show the attribute. */
const struct rule_set *attr_rules(enum attr attr);
/* Attributes derived from "name" (2.5.4.41) under RFC 4519. */
bool attr_is_name(enum attr attr);

/* What an attribute description (RFC 4512 section 2.5) of a peer stands for. */
enum type_found {
	TYPE_UNKNOWN, /* also with an option that is not known */
	TYPE_ATTRIBUTE,
	TYPE_NAMES, /* the supertype "name" */
	TYPE_EMPTY, /* known, and no entry has it: nothing here carries a language tag */
};
enum type_found type_find(struct span description, enum attr *attr);

/* Of an attribute type that is published, by its name; NULL: there is none. */
const char *type_oid(struct span name);

enum schema_part {
	SCHEMA_SYNTAXES,
	SCHEMA_RULES,
	SCHEMA_RULE_USES,
	SCHEMA_ATTRIBUTES,
	SCHEMA_CLASSES
};
enum schema_extent {
	SCHEMA_PLAIN,
	SCHEMA_AD_NAMES, /* with Active Directory's spellings */
	SCHEMA_OURS,     /* with them, without what a slapd with its usual schema has */
};
/* Appends definition `n` of the part to `out`; nothing when it is not within the extent. False
 * behind the last one. */
bool schema_definition(
	enum schema_part part, enum schema_extent extent, size_t n, struct buffer *out);

#endif
