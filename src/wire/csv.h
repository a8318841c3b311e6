/* Writing CSV (RFC 4180): records of cells, CRLF at their ends. A cell that a spreadsheet would
 * take for a formula, beginning with = + - @ TAB or CR, gets an apostrophe before it. */
#ifndef WIRE_CSV_H
#define WIRE_CSV_H

#include "base/buffer.h"

struct csv_writer {
	struct buffer *out;
	bool begun; /* the record has a cell */
};

void csv_start(struct csv_writer *w, struct buffer *out);
void csv_put(struct csv_writer *w, struct span cell);
void csv_end_record(struct csv_writer *w);
/* A first record with the columns' names. */
void csv_put_head(struct buffer *out, const char *const *columns, size_t count);

#endif
