/* Of whom something was taken within the last 24 hours, by the hour, and nobody has approved it:
 * each person once, whatever happened to them how often. Against it a run is weighed, so that what
 * comes one by one counts as what comes at once. A state row of the tenant. Without a store. */
#ifndef IN_SYNC_RECENT_H
#define IN_SYNC_RECENT_H

#include "base/arena.h"
#include "in/sync/ahead.h"
#include "model/attr.h"

/* What: an attribute whose value changed, or */
#define RECENT_ADMINS ATTR_NONE /* an Admin who was touched as such */
#define RECENT_GONE ATTR_ACTIVE /* deactivated, and not back since */

struct recent_person {
	uint32_t number, hour; /* hours since 1970 */
};

struct recent {
	struct recent_set {
		struct recent_person *people; /* by rising numbers */
		size_t count;
	} sets[ATTR_LIMIT];
};

struct span recent_key(struct arena *arena, uint32_t directory);
struct recent *recent_new(void);
void recent_free(struct recent *recent);
/* A row of another format or damaged says nothing of anybody. */
void recent_read(struct span value, struct recent *recent);
/* But for whom a day has passed since. */
struct span recent_write(struct arena *arena, const struct recent *recent, int64_t wall);
void recent_add(struct recent *recent, enum attr what, const struct bits *people, int64_t wall);
void recent_drop(struct recent *recent, enum attr what, const struct bits *people);
/* Nobody's counts any more. */
void recent_forget(struct recent *recent, enum attr what);
/* Without those of `but`, who are counted elsewhere. */
uint64_t recent_count(
	const struct recent *recent, enum attr what, const struct bits *but, int64_t wall);

#endif
