/* That a group of a directory may give a role which lets people administer: what an administrator
 * has approved, as text "<anchor of the group> <id of the role> <power>". The power is what the
 * role let people do then, in hexadecimal: one that can do more is to be approved anew. */
#ifndef MODEL_GRANT_H
#define MODEL_GRANT_H

#include "base/arena.h"
#include "base/uuid.h"

struct grant {
	struct uuid anchor, role;
	uint64_t power; /* bits 1 << enum permission */
};

struct span grant_text(struct arena *arena, const struct grant *grant);
/* False for another text. */
bool grant_parse(struct span text, struct grant *grant);
/* What was approved is enough for what is asked for. */
bool grant_covers(const struct grant *approved, const struct grant *asked);

#endif
