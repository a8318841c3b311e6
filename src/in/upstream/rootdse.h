/* What a server says of itself in its root entry (RFC 4512 section 5.1). Spans live as long as the
 * process. */
#ifndef IN_UPSTREAM_ROOTDSE_H
#define IN_UPSTREAM_ROOTDSE_H

#include "base/arena.h"
#include "base/span.h"

#define ROOTDSE_VALUES_MAX 1024

struct upstream;

struct rootdse {
	struct {
		struct span type, value;
	} values[ROOTDSE_VALUES_MAX];
	size_t count;
	int64_t asked; /* wall time of ours */
};

/* Fails by upstream_fail when the server does not let it be read. */
void rootdse_read(struct upstream *up);
/* Some value of the attribute equals, without case. */
bool rootdse_has(const struct rootdse *root, const char *type, const char *value);
/* Its first value, or an empty span. */
struct span rootdse_first(const struct rootdse *root, const char *type);
bool rootdse_is_389(const struct rootdse *root);
bool rootdse_is_openldap(const struct rootdse *root);
bool rootdse_is_ad(const struct rootdse *root); /* or what speaks like it */
struct span rootdse_vendor(const struct rootdse *root);
/* Words for the controls and extensions that matter to us. */
struct span rootdse_features(const struct rootdse *root, struct arena *arena);
/* The server's wall time when it was asked; 0: it does not say. */
int64_t rootdse_clock(const struct rootdse *root);

#endif
