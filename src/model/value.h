/* Values under their syntax: checking, the canonical form that is stored, the normal form that is
 * compared and indexed. */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include "base/arena.h"
#include "base/err.h"
#include "model/attr.h"

/* Checks `raw` against the attribute's syntax and limits and gives the form to store (a copy in the
 * arena, or `raw` itself). Names refuse control and noncharacters; names the attribute in `why`. */
enum err value_canonical(
	struct arena *arena, enum attr attr, struct span raw, struct span *stored, struct why *why);
/* The form in which two values are equal exactly when their octets are (RFC 4517 section 4.2, RFC
 * 4518, NFKC_Casefold for TEXT). Never fails: what does not fit the syntax keeps its octets. May
 * return `raw`. */
struct span value_normal(struct arena *arena, enum attr attr, struct span raw);
/* The normal form fits the attribute's syntax: a number, a time, UTF-8. */
bool value_fits(enum attr attr, struct span normal);
/* value_normal(raw) equals `normal`; allocates nothing when `raw` is ASCII. */
bool value_matches(enum attr attr, struct span raw, struct span normal);
/* Both have the same normal form; allocates nothing when both are ASCII. */
bool value_equal(enum attr attr, struct span a, struct span b);
/* Order of two normal forms under the syntax (integers by number, times by time, others by octets).
 */
int value_order(enum attr attr, struct span a, struct span b);

/* Letter by letter in the other case, in the arena; what is not UTF-8 stays as it is. */
struct span value_lower(struct arena *arena, struct span text);
struct span value_upper(struct arena *arena, struct span text);

/* The same under a syntax that need not be the attribute's. */
struct span syntax_normal(struct arena *arena, enum syntax syntax, struct span raw);
bool syntax_fits(enum syntax syntax, struct span normal);
int syntax_order(enum syntax syntax, struct span a, struct span b);
/* The normal form of a part of a value in a substring filter: blanks count where the part joins
 * others (RFC 4518 section 2.6.1). `starts`: nothing stands before it; `ends`: nothing behind. */
struct span syntax_normal_part(
	struct arena *arena, enum syntax syntax, struct span raw, bool starts, bool ends);

#endif
