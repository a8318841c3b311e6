/* Whose an attribute's values are where a directory says them too: rows of its entry,
 * "<ours>=<rule>". Without a row an attribute with one value is the source's, and of one with
 * several each side has its own. */
#ifndef MODEL_MASTERY_H
#define MODEL_MASTERY_H

#include "base/err.h"
#include "model/entry.h"

enum mastery {
	MASTERY_NONE,         /* no row */
	MASTERY_SOURCE,       /* nobody here changes or adds to what the source says */
	MASTERY_LOCAL,        /* the source fills what is empty, and it is the people's here */
	MASTERY_UNTIL_EDITED, /* the source's until somebody here edits it; empty gives it back */
	MASTERY_MERGE,        /* of several values: each side has its own */
};

/* ERR_VALUE names the setting and the row. */
enum err mastery_read(struct span text, enum attr *attr, enum mastery *mastery, struct why *why);

/* What no rule and no mapping gives to anybody: how a person stands here, and what each source has
 * of its own. */
bool attr_is_nobodys(enum attr attr);

/* What a directory said last and does not stand under its name, as ATTR_LINK_BASE keeps it: the
 * source (2 octets), then rows of attribute, instance and octets. */
struct base_reader {
	struct span rest;
};
struct base_reader base_begin(struct span octets);
/* The next row; false at the end. */
bool base_next(struct base_reader *reader, struct value *value);

#endif
