/* What other answers show of webhooks. */
#ifndef IN_ADMIN_WEBHOOK_INT_H
#define IN_ADMIN_WEBHOOK_INT_H

#include "in/admin/admin_int.h"

/* A row of the list of webhooks, with where it stands. */
void webhook_put_row(struct request *r, const struct record *record);

#endif
