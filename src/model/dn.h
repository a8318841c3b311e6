/* Distinguished names, RFC 4514. A parsed DN holds its RDNs from the leaf to the root, each value
 * unescaped, attribute types as the table knows them or as they came. Lives in the arena it was
 * parsed into. */
#ifndef MODEL_DN_H
#define MODEL_DN_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/err.h"
#include "model/attr.h"

struct ava {               /* attribute value assertion */
	struct span type;  /* as written, or the name of a type that only names have (dc, c) */
	enum attr attr;    /* ATTR_NONE when the table does not know it */
	bool known;        /* by the table, or one of those */
	struct span value; /* unescaped */
	bool last;         /* of its RDN; a multi-valued RDN has several */
};

struct dn {
	struct ava *avas; /* leaf first */
	size_t count;     /* of avas */
	size_t rdns;
};

/* RFC 4514, and what RFC 2253 section 4 has readers take besides: quoted values, ";" for ",",
 * blanks around separators, "oid." before a numeric type. ERR_DN for anything else, a NUL or
 * invalid UTF-8 in a value, an empty value, an attribute type twice in an RDN, over LIMIT_DN_OCTETS
 * or LIMIT_DN_RDNS. */
enum err dn_parse(struct arena *arena, struct span text, struct dn *dn, struct why *why);
/* Equal under the attributes' matching rules, multi-valued RDNs in any order. */
bool dn_equal(const struct dn *a, const struct dn *b);
/* `base` is an ancestor of `dn` or equal to it. */
bool dn_is_below(const struct dn *dn, const struct dn *base);
/* Canonical text for comparing and indexing: lower-case types, normal values, escapes in one way.
 */
struct span dn_normal(struct arena *arena, const struct dn *dn);
/* Writes `value` escaped for RFC 4514 section 2.4. */
void dn_put_value(struct buffer *out, struct span value);
/* The name in its own spelling: types by the table's first names, values as they are. */
void dn_put(struct buffer *out, const struct dn *dn);
struct span dn_text(struct arena *arena, const struct dn *dn);
/* Its first RDN alone, borrowed. */
struct dn dn_leaf(const struct dn *dn);
/* Each attribute type is known. */
bool dn_is_known(const struct dn *dn);

#endif
