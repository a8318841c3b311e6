/* How audit rows are put into CSV, with the columns of audit_csv.c. */
#ifndef IN_ADMIN_AUDIT_INT_H
#define IN_ADMIN_AUDIT_INT_H

#include "core/audit.h"
#include "in/admin/admin_int.h"

void audit_csv_head(struct buffer *out);
/* Takes memory of the request's arena. */
void audit_csv_row(struct request *r, struct buffer *out, const struct audit_entry *entry);

#endif
