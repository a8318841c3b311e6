/* What the lists of audit rows share, and how rows are put into CSV. */
#ifndef IN_ADMIN_AUDIT_INT_H
#define IN_ADMIN_AUDIT_INT_H

#include "core/audit.h"
#include "in/admin/admin_int.h"

#define EXAMINED_FOR_A_PAGE 20000 /* rows; the cursor leads on */

/* What the arguments ask for, but where it begins and about what. */
enum err audit_read_asked(struct request *r, struct audit_spec *spec);
/* Writes the row, with its hash and the members `more` (",\"name\":value", JSON of ours) beside
 * what is hashed. */
void audit_put_row(struct request *r, const struct audit_entry *entry, const char *more);

void audit_csv_head(struct buffer *out);
/* Takes memory of the request's arena. */
void audit_csv_row(struct request *r, struct buffer *out, const struct audit_entry *entry);

#endif
