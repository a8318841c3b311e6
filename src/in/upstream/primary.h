/* Who has which group as the primary one: Active Directory lists such members nowhere but in their
 * own primaryGroupID (MS-ADTS section 3.1.1.5.2.1.1), so "Domain Users" looks empty. */
#ifndef IN_UPSTREAM_PRIMARY_H
#define IN_UPSTREAM_PRIMARY_H

#include "base/uuid.h"

struct primary {
	uint64_t group; /* digest of its security identifier */
	struct uuid member;
};

struct primaries {
	struct primary *rows;
	size_t count, capacity;
	bool sorted;
};

/* By the member's own identifier and its primaryGroupID; false when they make none. */
bool primaries_add(
	struct primaries *primaries, struct span sid, struct span rid, const struct uuid *member);
/* The members of the group with this identifier, each once, in the order of their anchors; borrowed
 * until the next add. */
const struct primary *primaries_of(struct primaries *primaries, struct span sid, size_t *count);
void primaries_clear(struct primaries *primaries);

#endif
