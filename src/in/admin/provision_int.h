/* How rows of the provisioning log are shown. */
#ifndef IN_ADMIN_PROVISION_INT_H
#define IN_ADMIN_PROVISION_INT_H

#include "core/provision.h"
#include "in/admin/admin_int.h"

/* Members of the open object, the same for every row: what there is not is null. */
void provision_show(struct request *r, const struct provision *p);
/* What was sent beside the path. */
void provision_show_body(struct request *r, const struct provision *p);
/* A row of the audit as an object: action, target, changes. */
void provision_show_change(struct request *r, const struct json *row);

void provision_csv_head(struct buffer *out);
void provision_csv_row(struct request *r, struct buffer *out, const struct provision *p);

#endif
