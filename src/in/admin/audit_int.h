/* What the lists of audit rows share, and how rows are put into CSV. */
#ifndef IN_ADMIN_AUDIT_INT_H
#define IN_ADMIN_AUDIT_INT_H

#include "core/audit.h"
#include "in/admin/admin_int.h"

/* Rows; the cursor leads on. */
#define EXAMINED_FOR_A_PAGE 20000
#define EXAMINED_FOR_A_FILE 200000

/* What the arguments ask for, but where it begins and about what. */
enum err audit_read_asked(struct request *r, struct audit_spec *spec);
/* Writes the row, with its hash and the members `more` (",\"name\":value", JSON of ours) beside
 * what is hashed. */
void audit_put_row(struct request *r, const struct audit_entry *entry, const char *more);

/* A file that is made: so many octets at most, the cursor leads on. */
struct audit_csv {
	struct buffer out;
	bool of_all; /* each row names its company */
};
void audit_csv_begin(struct audit_csv *csv, bool of_all);
/* False: it is full. The operators' own rows are of no company. Takes memory of the request's
 * arena. */
bool audit_csv_row(struct request *r, struct audit_csv *csv, const struct audit_entry *entry,
	struct span company);
/* The file is the answer. */
void audit_csv_end(struct request *r, struct audit_csv *csv);

#endif
