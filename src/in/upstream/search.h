/* A search taken message by message, so that what a server sends is bounded before it is all
 * there. While nothing comes the daemon gets beats; a silence of order.stall_seconds ends the
 * process, as does a connection that breaks. */
#ifndef IN_UPSTREAM_SEARCH_H
#define IN_UPSTREAM_SEARCH_H

#include "in/upstream/upstream.h"

struct search {
	int id;
	unsigned references; /* to other servers: never followed */
	int64_t heard;       /* monotonic */
};

/* `filter` NULL: (objectClass=*). */
void search_start(struct upstream *up, struct search *search, const char *base, int scope,
	const char *filter, char **attributes, LDAPControl **controls);
/* The next entry, to be freed; NULL: the search has ended, and `end` says how. */
struct search_end {
	int code;
	char text[120];         /* of the server: printable */
	LDAPControl **controls; /* ldap_controls_free */
};
LDAPMessage *search_next(struct upstream *up, struct search *search, struct search_end *end);
/* What a result code means for the run. */
enum failure search_failure(int code);
/* ... and in words. */
const char *search_text(int code);
/* Until the next look at a server that does not stream; the daemon hears beats meanwhile. */
void upstream_rest(struct upstream *up, uint32_t seconds);

#endif
