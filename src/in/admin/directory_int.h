/* What the operations on directories share. */
#ifndef IN_ADMIN_DIRECTORY_INT_H
#define IN_ADMIN_DIRECTORY_INT_H

#include "in/admin/admin_int.h"

/* The directory that the argument "name" names; begins the view. */
enum err directory_find(struct request *r, struct record *record);
void directory_put_steps(struct request *r, const struct sync_step *rows, size_t count);

#endif
