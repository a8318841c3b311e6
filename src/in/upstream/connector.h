/* The ways to follow a directory, one row each, best first. With CONNECTOR_AUTO the first that
 * suits what the server says of itself is taken. */
#ifndef IN_UPSTREAM_CONNECTOR_H
#define IN_UPSTREAM_CONNECTOR_H

#include "in/upstream/upstream.h"

struct connector {
	enum connector_kind kind;
	bool (*suits)(const struct rootdse *root);
	/* What a cookie belongs to beside host and port: text that lives as long as `up`; NULL:
	 * nothing. */
	struct span (*identity)(struct upstream *up);
	/* After the SERVER row; order.cookie is this server's or empty. Ends by upstream_fail or
	 * upstream_need_full only. */
	void (*follow)(struct upstream *up);
};

/* By the order, or by what suits; ends with FAILURE_CONFIG when nothing does. */
const struct connector *connector_choose(struct upstream *up);
/* Reads the rootDSE, chooses the connector, tells the daemon whom it talks to. */
void connector_discover(struct upstream *up);

/* rfc4533.c */
bool rfc4533_suits(const struct rootdse *root);
void rfc4533_follow(struct upstream *up);

/* dirsync.c */
bool dirsync_suits(const struct rootdse *root);
struct span dirsync_identity(struct upstream *up);
void dirsync_follow(struct upstream *up);
/* The account may read the container of what was deleted; else DirSync is silent about deletions,
 * and reports success. */
bool dirsync_sees_deletions(struct upstream *up);

/* paged.c */
bool paged_suits(const struct rootdse *root);
void paged_follow(struct upstream *up);

#endif
