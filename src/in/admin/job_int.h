/* What other answers show of jobs. */
#ifndef IN_ADMIN_JOB_INT_H
#define IN_ADMIN_JOB_INT_H

#include "in/admin/admin_int.h"

struct job;

/* A row of the list of jobs; nothing where it cannot be read. */
void job_put_row(struct request *r, const struct record *record);
/* The whole answer about one. */
enum err job_show(struct request *r, const struct uuid *id);
/* Writes the last members of it: why it failed, who made it, and when it was made and changed. */
void job_put_origin(struct request *r, const struct job *job);
/* Finds the job that the argument names; its spans are borrowed from the view. */
enum err job_find(struct request *r, struct job *job);
/* Likewise, for its rows: conflicts are for who may decide them, an import's lines for who brought
 * them. */
enum err job_find_rows(struct request *r, struct job *job);
/* Whether the actor made it, or is the operator. */
bool job_is_own(const struct request *r, const struct job *job);

#endif
