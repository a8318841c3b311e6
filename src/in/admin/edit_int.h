/* What an administrator says of an entry's settings, as one command. */
#ifndef IN_ADMIN_EDIT_INT_H
#define IN_ADMIN_EDIT_INT_H

#include "in/admin/admin_int.h"

/* Arguments that are settings, the values that come taking the place of what there is. */
#define EDIT_MODS 48
struct edit {
	struct request *r;
	struct modification mods[EDIT_MODS];
	size_t count;
	struct value *values; /* of the last one */
};
/* `room`: values that may be added. */
void edit_replace(struct edit *edit, enum attr attr, size_t room);
enum err edit_add_value(struct edit *edit, struct span text);
/* The argument's values; null, "" and [] stand for none. Absent: nothing. */
enum err edit_take(struct edit *edit, const char *argument, enum attr attr);
/* The argument "overlap_hours": until when what is replaced holds beside its successor; wall in
 * whole seconds, 0: not at all. ERR_VALUE beyond 30 days. */
enum err edit_overlap(struct request *r, int64_t *until);
/* One command for all of them, on the entry as it was read or later. */
enum err edit_run(struct edit *edit, const struct record *record);

#endif
