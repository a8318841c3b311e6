/* CSV (RFC 4180). Writing: records of cells, CRLF at their ends; a cell that a spreadsheet would
 * take for a formula, beginning with = + - @ TAB or CR, gets an apostrophe before it. Reading: what
 * is well-formed UTF-8 without NUL, a byte order mark or none before it, lines ended by CRLF, LF or
 * CR; all else is refused with line and column. */
#ifndef WIRE_CSV_H
#define WIRE_CSV_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/err.h"
#include "base/limits.h"

struct csv_writer {
	struct buffer *out;
	bool begun; /* the record has a cell */
};

void csv_start(struct csv_writer *w, struct buffer *out);
void csv_put(struct csv_writer *w, struct span cell);
void csv_end_record(struct csv_writer *w);
/* A first record with the columns' names. */
void csv_put_head(struct buffer *out, const char *const *columns, size_t count);

/* The cell without the apostrophe that a writer put before what looks like a formula. */
struct span csv_plain(struct span cell);

struct csv_reader {
	struct span rest;
	uint8_t separator;
	uint32_t line, column; /* of the octet that comes next, both from 1; columns in characters
				*/
};

struct csv_record {
	uint32_t line;                      /* where it begins */
	struct span cells[LIMIT_CSV_CELLS]; /* in the text, or the arena's where quotes were doubled
					     */
	uint32_t columns[LIMIT_CSV_CELLS];  /* where they begin */
	size_t count;
};

/* The separator is ";" when the first line has one and no ",". */
void csv_open(struct csv_reader *r, struct span text);
/* The next record into *record; blank lines are passed over. *found: false at the end. ERR_SYNTAX,
 * ERR_TOO_LARGE (LIMIT_CSV_CELL, LIMIT_CSV_CELLS), attribute "csv". */
enum err csv_read(struct csv_reader *r, struct arena *arena, struct csv_record *record, bool *found,
	struct why *why);

#endif
