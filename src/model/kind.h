/* Kinds of entry, from schema/kinds.def. A kind is a row. */
#ifndef MODEL_KIND_H
#define MODEL_KIND_H

#include "base/span.h"
#include "model/attr.h"

enum kind {
	KIND_NONE = 0,
#define KIND(name, number, word, ou, naming, classes, endpoint) KIND_##name = (number),
#include "kinds.def"
#undef KIND
	KIND_COUNT
};

struct kind_row {
	enum kind kind;
	const char *word; /* "user" */
	const char *ou;   /* LDAP container below o=<tenant>, or NULL: not in LDAP */
	enum attr naming; /* unique among the kind's entries of a tenant; the RDN attribute */
	const char *object_classes; /* blank separated, without superclasses; see object_class.h */
	const char *endpoint;       /* SCIM, or NULL */
};

extern const struct kind_row kind_rows[KIND_COUNT];
/* NULL for a number that is no kind. */
static inline const struct kind_row *kind_row(enum kind kind)
{
	return (unsigned)kind < KIND_COUNT && kind_rows[kind].kind != KIND_NONE ? &kind_rows[kind]
										: NULL;
}
/* By word ("user", without case) or LDAP container ("people", as caseIgnoreMatch has it); KIND_NONE
 * when unknown. */
enum kind kind_by_word(struct span word);
enum kind kind_by_ou(struct span ou);
/* Roles, scopes and groups: what has members. */
static inline bool kind_is_container(enum kind kind)
{
	return kind == KIND_ROLE || kind == KIND_SCOPE || kind == KIND_GROUP;
}

#endif
