#include "wire/csv.h"

#define BYTE_ORDER_MARK SPAN("\xef\xbb\xbf")

/* In octets: the first line says what separates. */
static uint8_t find_separator(struct span text)
{
	uint8_t found = ',';

	for (size_t i = 0; i < text.len && text.data[i] != '\r' && text.data[i] != '\n'; i++) {
		if (text.data[i] == ',')
			return ',';
		if (text.data[i] == ';')
			found = ';';
	}
	return found;
}

void csv_open(struct csv_reader *r, struct span text)
{
	if (span_starts(text, BYTE_ORDER_MARK))
		text = span_from(text, BYTE_ORDER_MARK.len);
	*r = (struct csv_reader){
		.rest = text, .separator = find_separator(text), .line = 1, .column = 1
	};
}

/* Takes n octets that hold no end of a line. */
static struct span take(struct csv_reader *r, size_t n)
{
	struct span taken = span_of(r->rest.data, n);

	for (size_t i = 0; i < n; i++)
		r->column += (taken.data[i] & 0xc0) != 0x80;
	r->rest = span_from(r->rest, n);
	return taken;
}

/* CRLF, LF or CR, of which the first octet stands next. */
static void take_line_end(struct csv_reader *r)
{
	bool two = r->rest.len > 1 && r->rest.data[0] == '\r' && r->rest.data[1] == '\n';

	r->rest = span_from(r->rest, two ? 2 : 1);
	r->line++;
	r->column = 1;
}

static bool at(const struct csv_reader *r, uint8_t octet)
{
	return r->rest.len > 0 && r->rest.data[0] == octet;
}

static bool at_line_end(const struct csv_reader *r)
{
	return at(r, '\r') || at(r, '\n');
}

static enum err refuse(const struct csv_reader *r, const char *what, struct why *why)
{
	return fail(why, ERR_SYNTAX, "csv", "line %u, column %u: %s", (unsigned)r->line,
		(unsigned)r->column, what);
}

/* How far the text goes that has no octet of `ends`, and that it may stand in a cell. */
static enum err span_cell(
	const struct csv_reader *r, const char *ends, size_t *len, struct why *why)
{
	struct csv_reader bad = *r;
	size_t n = 0;

	while (n < r->rest.len && r->rest.data[n] != '\0' && !strchr(ends, r->rest.data[n]))
		n++;
	size_t sound = span_utf8_front(span_of(r->rest.data, n));
	bool nul = n < r->rest.len && r->rest.data[n] == '\0';
	if (sound == n && !nul) {
		*len = n;
		return OK;
	}
	while (bad.rest.data < r->rest.data + sound)
		if (at_line_end(&bad))
			take_line_end(&bad);
		else
			take(&bad, 1);
	return refuse(&bad,
		sound < n ? "this is no UTF-8; save the file as UTF-8" : "a NUL stands here", why);
}

static enum err read_plain(struct csv_reader *r, struct span *cell, struct why *why)
{
	const char ends[] = { (char)r->separator, '\r', '\n', '"', '\0' };
	size_t len;

	enum err err = span_cell(r, ends, &len, why);
	if (err != OK)
		return err;
	*cell = take(r, len);
	return at(r, '"')
		       ? refuse(r, "a quote stands within a cell that does not begin with one", why)
		       : OK;
}

/* Text between quotes, with what ends its lines. */
static struct span take_quoted(struct csv_reader *r, size_t len)
{
	struct span taken = span_of(r->rest.data, len);
	const uint8_t *end = r->rest.data + len;

	while (r->rest.data < end && r->rest.len > 0)
		if (at_line_end(r))
			take_line_end(r);
		else
			take(r, 1);
	return taken;
}

static enum err read_quoted(
	struct csv_reader *r, struct arena *arena, struct span *cell, struct why *why)
{
	const struct csv_reader opened = *r;
	struct buffer text;
	enum err err = OK;
	size_t len;

	buffer_init(&text, LIMIT_CSV_CELL);
	take(r, 1);
	for (bool open = true; err == OK && open;) {
		err = span_cell(r, "\"", &len, why);
		if (err != OK)
			break;
		buffer_put_span(&text, take_quoted(r, len));
		if (r->rest.len == 0)
			err = refuse(&opened, "the quote that begins here does not end", why);
		else
			take(r, 1);
		open = err == OK && at(r, '"');
		if (open)
			buffer_put_span(&text, take(r, 1));
	}
	if (err == OK && text.failed)
		err = fail(why, ERR_TOO_LARGE, "csv",
			"line %u, column %u: a cell has %d octets at most", (unsigned)opened.line,
			(unsigned)opened.column, LIMIT_CSV_CELL);
	if (err == OK)
		*cell = arena_copy(arena, buffer_span(&text));
	buffer_free(&text);
	if (err == OK && r->rest.len > 0 && !at(r, r->separator) && !at_line_end(r))
		err = refuse(r, "something follows the quote that ends a cell", why);
	return err;
}

static enum err read_cell(
	struct csv_reader *r, struct arena *arena, struct span *cell, struct why *why)
{
	const struct csv_reader begin = *r;

	if (at(r, '"'))
		return read_quoted(r, arena, cell, why);
	enum err err = read_plain(r, cell, why);
	if (err == OK && cell->len > LIMIT_CSV_CELL)
		err = fail(why, ERR_TOO_LARGE, "csv",
			"line %u, column %u: a cell has %d octets at most", (unsigned)begin.line,
			(unsigned)begin.column, LIMIT_CSV_CELL);
	return err;
}

enum err csv_read(struct csv_reader *r, struct arena *arena, struct csv_record *record, bool *found,
	struct why *why)
{
	enum err err = OK;
	bool more = true;

	while (at_line_end(r))
		take_line_end(r);
	*found = r->rest.len > 0;
	record->line = r->line;
	record->count = 0;
	while (*found && more && err == OK) {
		if (record->count == LIMIT_CSV_CELLS)
			return fail(why, ERR_TOO_LARGE, "csv",
				"line %u, column %u: a line has %d cells at most",
				(unsigned)r->line, (unsigned)r->column, LIMIT_CSV_CELLS);
		record->columns[record->count] = r->column;
		err = read_cell(r, arena, &record->cells[record->count++], why);
		more = err == OK && at(r, r->separator);
		if (more)
			take(r, 1);
	}
	if (err == OK && r->rest.len > 0)
		take_line_end(r);
	return err;
}
