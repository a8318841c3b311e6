/* What the files about conflicts share. The view is begun. */
#ifndef IN_ADMIN_CONFLICT_INT_H
#define IN_ADMIN_CONFLICT_INT_H

#include "in/admin/admin_int.h"

#include "core/conflict.h"

/* By the id alone: their names say what they are about, and many are about the same. */
enum err conflict_find(struct request *r, struct span id, struct record *record);
/* The one that the argument "conflict" names; begins the view. */
enum err conflict_named(struct request *r, struct record *record);
/* Those that the arguments kind, state and source mean; without a state all but closed ones. */
enum err conflict_choice(struct request *r, struct filter **filter);

/* Writes the member `name`: the entry of that id, named where it may be seen. */
void conflict_put_side(struct request *r, const char *name, struct span id);
/* Writes how many are open, of which type and from whom, as an object. */
enum err conflict_put_summary(struct request *r);

#endif
