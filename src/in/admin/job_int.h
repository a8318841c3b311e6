/* What other answers show of jobs. */
#ifndef IN_ADMIN_JOB_INT_H
#define IN_ADMIN_JOB_INT_H

#include "in/admin/admin_int.h"

struct job;

/* A row of the list of jobs; nothing where it cannot be read or is not for the actor: what is done
 * to people is for who sees people, what is decided of conflicts for who may decide them. */
void job_put_row(struct request *r, const struct record *record);
/* The whole answer about one. */
enum err job_show(struct request *r, const struct uuid *id);
/* Writes the last members of it: why it failed, who made it, and when it was made and changed. */
void job_put_origin(struct request *r, const struct job *job);
/* Finds the job that the argument names, ERR_FORBIDDEN where it is not for the actor; its spans are
 * borrowed from the view. */
enum err job_find(struct request *r, struct job *job);
/* Likewise, for its rows: an import's lines are for who brought them. */
enum err job_find_rows(struct request *r, struct job *job);
/* Whether the actor made it, or is the operator. */
bool job_is_own(const struct request *r, const struct job *job);

#endif
