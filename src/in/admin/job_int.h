/* What other answers show of jobs. */
#ifndef IN_ADMIN_JOB_INT_H
#define IN_ADMIN_JOB_INT_H

#include "in/admin/admin_int.h"

/* A row of the list of jobs; nothing where it cannot be read. */
void job_put_row(struct request *r, const struct record *record);

#endif
