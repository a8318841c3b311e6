/* The DirSync control's value and its cookie (MS-ADTS section 3.1.1.3.4.1.3). The cookie is meant
 * to be opaque; two things are read out of it, because nothing else tells them: up to which update
 * of which server it goes. */
#ifndef IN_UPSTREAM_DIRSYNC_CONTROL_H
#define IN_UPSTREAM_DIRSYNC_CONTROL_H

#include "base/arena.h"

#include <ldap.h>

#define DIRSYNC_OID "1.2.840.113556.1.4.841"
#define DIRSYNC_OBJECT_SECURITY 0x00000001u
#define DIRSYNC_INCREMENTAL_VALUES 0x80000000u

/* Allocated by liblber: the caller frees value->bv_val. False: no memory. */
bool dirsync_request(uint32_t flags, uint32_t octets_max, struct span cookie, struct berval *value);

struct dirsync_answer {
	bool more;          /* results; the cookie is an intermediate one */
	struct span cookie; /* in the arena */
};
bool dirsync_answer_read(
	struct arena *arena, const struct berval *value, struct dirsync_answer *answer);

struct dirsync_cookie {
	uint64_t usn;           /* all up to this update of the server was seen */
	uint8_t invocation[16]; /* of the server's database, as stored */
	struct span cursors;    /* up to which update of every server it knows; borrowed */
	size_t cursor_size;     /* octets of each: invocation, update (and a time) */
};
/* False for another form of cookie: it is used as it is, and nothing is concluded from it. */
bool dirsync_cookie_read(struct span cookie, struct dirsync_cookie *read);
/* The server that gave `now` has all that `then`, of another server, had. */
bool dirsync_cookie_covers(const struct dirsync_cookie *now, const struct dirsync_cookie *then);

#endif
