/* String preparation (RFC 4518) of text: NFKC_Casefold by utf8proc for all, a walk without memory
 * for ASCII. Inside src/model only. */
#ifndef MODEL_TEXT_INT_H
#define MODEL_TEXT_INT_H

#include "base/arena.h"
#include "model/attr.h"

/* What does not count in the comparison, besides blanks that are squeezed. */
enum text_rule {
	TEXT_PLAIN,  /* caseIgnoreMatch */
	TEXT_CASED,  /* caseExactMatch: case counts */
	TEXT_NUMBER, /* telephoneNumberMatch: blanks and hyphens drop out */
};

/* Gives the folded octets of an ASCII text one by one. */
struct text_walk {
	const uint8_t *at, *end;
	enum text_rule rule;
	bool started, blank;
	int held; /* an octet behind a blank just given, or 0 */
};

struct text_walk text_walk_of(struct span ascii, enum text_rule rule);
/* The next octet, or -1 at the end. */
int text_walk_next(struct text_walk *walk);

/* The normal form of a stored value, made in `room` (LIMIT_VALUE_OCTETS) when it is not the value
 * itself; false when it takes an arena. */
bool value_normal_brief(enum syntax syntax, struct span stored, uint8_t *room, struct span *normal);

/* Blanks at an end are trimmed when the text stands at that end of the value, else kept as one. */
struct text_ends {
	bool starts, ends;
};

/* Longer texts are nobody's value: they are left as they are. */
#define TEXT_MAX 65536

/* False when `text` is not UTF-8 or too long. *folded may be `text` itself. */
bool text_prepare(struct arena *arena, struct span text, enum text_rule rule,
	struct text_ends whole, struct span *folded);

/* The code point at *at, which is below `end` in well-formed UTF-8; moves *at behind it. */
uint32_t text_next(const uint8_t **at, const uint8_t *end);

#endif
