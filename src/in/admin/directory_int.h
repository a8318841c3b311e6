/* What the operations on directories share. */
#ifndef IN_ADMIN_DIRECTORY_INT_H
#define IN_ADMIN_DIRECTORY_INT_H

#include "in/admin/admin_int.h"

/* The directory that the argument "name" names; begins the view. */
enum err directory_find(struct request *r, struct record *record);
/* What it waits for and the commands to go on with; NULL tally: no conflicts. */
void directory_put_advice(struct request *r, const struct record *directory,
	const struct sync_status *status, const struct conflict_tally *tally);
/* The argument that gives a directory the attribute ("maps"), or NULL. */
const char *directory_argument(enum attr attr);
/* A row of the list: what it is and how it stands. */
void directory_put_row(struct request *r, const struct record *record);
/* The preflight of a directory as it is or would be; its values outlive the view, which is ended.
 */
enum err directory_ask_servers(struct request *r, const struct entry *directory);
void directory_put_steps(struct request *r, const struct sync_step *rows, size_t count);

/* A plan's row; the view is begun. */
void plan_put_row(struct request *r, const struct record *plan);

#endif
