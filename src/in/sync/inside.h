/* Groups in mapped groups: how many people were below each of those that have lost some within a
 * day. A state row of the tenant, written as pins are that have no row. Without a store. */
#ifndef IN_SYNC_INSIDE_H
#define IN_SYNC_INSIDE_H

#include "model/pin.h"

#define INSIDE_MAX 1024 /* of more, those that have lost most */

struct inside {
	struct pin *rows; /* INSIDE_MAX of them */
	size_t count;
	bool changed; /* since it was read */
};

struct span inside_key(struct arena *arena, uint32_t directory);
void inside_init(struct inside *inside);
void inside_free(struct inside *inside);
/* Only who still counts; a row of another format or damaged: nobody. */
void inside_read(struct span value, struct inside *inside, int64_t wall);
struct span inside_write(struct arena *arena, const struct inside *inside);
/* NULL: the group has lost nobody. */
struct pin *inside_find(struct inside *inside, const struct uuid *anchor);
/* There were so many, and now there are fewer or more. */
void inside_change(struct inside *inside, const struct uuid *anchor, uint32_t before,
	uint32_t after, int64_t wall);

#endif
