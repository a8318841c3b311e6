/* Following by content synchronization (RFC 4533): OpenLDAP, and 389 Directory Server with its
 * habits. */
#ifndef IN_UPSTREAM_RFC4533_H
#define IN_UPSTREAM_RFC4533_H

#include "in/upstream/incoming.h"

/* ---- sync_check.c ---- */

/* Before a delta: does the server still stand where our cookie says? Ends by FAILURE_ROLLBACK or
 * upstream_need_full when it does not. */
void sync_check(struct upstream *up);

/* ---- sync_info.c ---- */

/* The cookie came with a message; the daemon gets it at once while following, and at the end of a
 * refresh: one in the middle tells only how far that came. */
void sync_cookie_came(struct upstream *up, const struct berval *cookie);
/* An intermediate message (RFC 4533 section 2.5). */
void sync_info(struct upstream *up, LDAPMessage *message);
_Noreturn void sync_malformed(struct upstream *up);

/* ---- sync_entry.c ---- */

/* An entry or what is said of it by its state (section 2.3). */
void sync_entry(struct upstream *up, LDAPMessage *message);

#endif
