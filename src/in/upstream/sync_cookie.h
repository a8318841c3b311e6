/* What the daemon keeps for us between two runs of RFC 4533: the server's own cookie, and with it
 * the newest entries we saw and their versions, and which units there were. A server whose backup
 * was restored may accept its cookie again after a few writes; the versions of what we saw still
 * tell. Pure functions. */
#ifndef IN_UPSTREAM_SYNC_COOKIE_H
#define IN_UPSTREAM_SYNC_COOKIE_H

#include "base/buffer.h"
#include "base/limits.h"
#include "base/uuid.h"

#define CANARIES_MAX 20
#define CANARY_VERSION_MAX 48
#define SYNC_COOKIE_MAX (12 * KIB) /* of the server's */

struct canary {
	struct uuid anchor;
	char version[CANARY_VERSION_MAX]; /* rises with each change of the entry, as text */
	bool missing;                     /* was not found, and nobody said that it was deleted */
};

struct sync_cookie {
	uint8_t octets[SYNC_COOKIE_MAX];
	size_t len; /* 0: none */
	struct canary canaries[CANARIES_MAX];
	size_t canary_count;
	uint64_t newest; /* of 389's change numbers that were seen */
	bool has_units;
	uint64_t units; /* a sum over their names */
};

/* False when it is none of ours. */
bool sync_cookie_read(struct span blob, struct sync_cookie *cookie);
void sync_cookie_write(const struct sync_cookie *cookie, struct buffer *out);
/* Takes the server's, without what only tells how far an unfinished refresh came (",delcsn=");
 * false: too large. */
bool sync_cookie_take(struct sync_cookie *cookie, struct span octets);

/* An entry as it is now; kept while it is among the newest. */
void canary_see(struct sync_cookie *cookie, const struct uuid *anchor, struct span version);
void canary_drop(struct sync_cookie *cookie, const struct uuid *anchor);

/* A change sequence number of OpenLDAP's: "<time>#<count>#<server>#<mod>". Does the cookie hold a
 * newer one of the same server? */
bool sync_cookie_is_ahead(const struct sync_cookie *cookie, struct span csn);
/* The change number at the end of a cookie of 389 Directory Server; false: there is none. */
bool sync_cookie_change(const struct sync_cookie *cookie, uint64_t *number);
/* Puts another in its place. */
void sync_cookie_set_change(struct sync_cookie *cookie, uint64_t number);
/* Remembers that the server has named the number of this cookie. */
void sync_cookie_witness(struct sync_cookie *cookie, struct span octets);

#endif
