/* Entries read whole, by pages: a group with every member it has, those a server gives in pieces
 * and those whose primary group it is. For the connectors that do not stream. */
#ifndef IN_UPSTREAM_CONTENT_H
#define IN_UPSTREAM_CONTENT_H

#include "in/upstream/anchor.h"
#include "in/upstream/pages.h"
#include "in/upstream/primary.h"

struct content {
	struct upstream *up;
	bool ad;
	char *base, *people, *groups; /* filters; without AD `people` finds all, `groups` is NULL */
	char **attributes;            /* for making rows */
	LDAPControl extended;         /* names come with identities */
	struct primaries primaries;   /* of the people read last */
	struct incoming in;
	unsigned references;
	/* Each entry that has an anchor, before its rows; may be NULL. */
	void (*seen)(struct content *content, const struct uuid *anchor, void *with);
	void *with;
};

void content_init(struct content *content, struct upstream *up);
/* Rows of all that the filters find, people before groups. */
void content_read(struct content *content);
/* All that the filters find, with other attributes, people before groups: `take` as in pages.h,
 * with the content. */
void content_walk(struct content *content, char **attributes,
	void (*take)(struct upstream *up, LDAPMessage *entry, void *with));
/* Takes an entry apart into content->in, its name made plain; NULL: it has no anchor or is
 * malformed. Released by the caller in either case. */
const struct anchor_row *content_take(
	struct content *content, LDAPMessage *entry, struct uuid *anchor);
/* The rows of content->in; a group's with all members. */
void content_put(struct content *content, const struct uuid *anchor);
/* Says that referrals were met and not followed. */
void content_note_references(struct content *content);

#endif
