/* Following by content synchronization (RFC 4533): OpenLDAP, and 389 Directory Server with its
 * habits. */
#ifndef IN_UPSTREAM_RFC4533_H
#define IN_UPSTREAM_RFC4533_H

#include "in/upstream/incoming.h"

#define SYNC_ROLLED_BACK "the server is behind what was seen of it, as after a restored backup: "

/* What is asked of every entry; in the arena of one message. */
char **sync_attributes(struct upstream *up);

/* ---- sync_check.c ---- */

/* Before a delta: does the server still stand where our cookie says? Ends by FAILURE_ROLLBACK or
 * upstream_need_full when it does not. */
void sync_check(struct upstream *up);
/* Is the entry of this name the suffix or below it? In whatever spelling. */
bool sync_is_below(struct upstream *up, struct span dn, struct span suffix);

/* ---- sync_changelog.c: 389 Directory Server ---- */

/* What 389 sends of a delta lacks operational attributes, each 51st deletion, and what changes
 * while the search begins; its stream tells how entries were, and the cookies of it run ahead of
 * it. So it is heard for whom a change is about, who is then read; its changelog is read as far as
 * our cookie does not reach, and the cookie moves by that alone. */

/* Before a delta: does our cookie reach to where the changelog begins? Ends as sync_check does. */
void sync_changelog_check(struct upstream *up);
/* What the server is asked for: nothing but what is to come. */
void sync_changelog_skip(const struct upstream *up, struct sync_cookie *asked);
/* Puts what a delta consists of. */
void sync_changelog_delta(struct upstream *up);
/* The stream tells of up->row.anchor; left: it was deleted, or moved away. */
void sync_changelog_hear(struct upstream *up, bool left);
/* Before waiting: puts of whom was heard since. */
void sync_changelog_put_heard(struct upstream *up);
/* Now and then while following. */
void sync_changelog_tend(struct upstream *up);

/* ---- sync_info.c ---- */

/* Does the changelog tell what this delta is? */
bool sync_goes_by_changelog(const struct upstream *up);
/* The cookie came with a message; the daemon gets it at once while following, and at the end of a
 * refresh: one in the middle tells only how far that came. */
void sync_cookie_came(struct upstream *up, struct span cookie);
/* Gives the daemon what is to be kept. */
void sync_cookie_put(struct upstream *up);
/* An intermediate message (RFC 4533 section 2.5). */
void sync_info(struct upstream *up, LDAPMessage *message);
_Noreturn void sync_malformed(struct upstream *up);

/* ---- sync_entry.c ---- */

/* An entry or what is said of it by its state (section 2.3). */
void sync_entry(struct upstream *up, LDAPMessage *message);
/* An entry as it is now; up->row.anchor says whose. */
void sync_entry_put(struct upstream *up, const struct incoming *in);
/* ... is no more. */
void sync_entry_gone(struct upstream *up);

#endif
