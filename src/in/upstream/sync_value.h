/* The values that content synchronization sends, as octets of a server (RFC 4533 sections 2.3 and
 * 2.5). Pure; what is read lives in the arena given. */
#ifndef IN_UPSTREAM_SYNC_VALUE_H
#define IN_UPSTREAM_SYNC_VALUE_H

#include "base/arena.h"
#include "base/uuid.h"

#include <ldap.h>

enum sync_info_kind {
	SYNC_INFO_COOKIE,
	SYNC_INFO_REFRESH_DELETE,
	SYNC_INFO_REFRESH_PRESENT,
	SYNC_INFO_IDS,
};

struct sync_info {
	enum sync_info_kind kind;
	bool has_cookie;
	struct span cookie;
	bool flag;       /* refreshDone, or of SYNC_INFO_IDS refreshDeletes */
	struct span ids; /* 16 octets each */
};

struct sync_state {
	int state; /* LDAP_SYNC_PRESENT and so on, or what no server should say */
	struct uuid anchor;
	bool has_cookie;
	struct span cookie;
};

/* Both: false when it is malformed. */
bool sync_info_read(struct arena *arena, const struct berval *value, struct sync_info *info);
bool sync_state_read(struct arena *arena, const struct berval *value, struct sync_state *state);

#endif
