/* All that a search finds, by the paged results control (RFC 2696). A server that finds a page too
 * large gets smaller ones; one that forgot where we were is asked from the first page on. Anything
 * else that goes wrong ends the process: half a read is none. */
#ifndef IN_UPSTREAM_PAGES_H
#define IN_UPSTREAM_PAGES_H

#include "in/upstream/search.h"

#define PAGES_CONTROLS_MAX 3 /* beside the one for paging */

struct pages {
	const char *base, *filter;
	char **attributes;
	LDAPControl *controls[PAGES_CONTROLS_MAX];
	size_t control_count;
	/* Before the first page; again before it when the reading starts anew, and then entries
	 * come a second time. May be NULL. */
	void (*begin)(void *with);
	/* Other searches on the handle are allowed meanwhile. */
	void (*take)(struct upstream *up, LDAPMessage *entry, void *with);
	void *with;
};
/* The number of search references met. */
unsigned pages_read(struct upstream *up, const struct pages *pages);

#endif
