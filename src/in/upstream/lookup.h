/* One search that ends, on a connection that streams nothing meanwhile. */
#ifndef IN_UPSTREAM_LOOKUP_H
#define IN_UPSTREAM_LOOKUP_H

#include "in/upstream/upstream.h"

struct lookup {
	const char *base, *filter; /* NULL: (objectClass=*) */
	int scope;
	char **attributes; /* NULL: all of the user's */
	LDAPControl **controls;
	int limit;            /* entries; 0: no limit */
	LDAPMessage *answers; /* the chain */
	LDAPMessage *entry;   /* where lookup_first and lookup_next stand */
};

/* The result code; a connection that breaks or is silent ends the process. */
int lookup_run(struct upstream *up, struct lookup *lookup);
bool lookup_first(struct upstream *up, struct lookup *lookup);
bool lookup_next(struct upstream *up, struct lookup *lookup);
/* Gives every value of the entry; the spans live until lookup_end. */
void lookup_values(struct upstream *up, struct lookup *lookup,
	void (*take)(struct upstream *up, struct span type, struct span value));
/* The first value of an attribute of the entry, in the arena of one message; empty: none. */
struct span lookup_value(struct upstream *up, struct lookup *lookup, const char *type);
/* As the server wrote it, in the arena of one message. */
struct span lookup_dn(struct upstream *up, struct lookup *lookup);
void lookup_end(struct lookup *lookup);

#endif
