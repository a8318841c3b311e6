#include "wire/csv.h"

void csv_start(struct csv_writer *w, struct buffer *out)
{
	*w = (struct csv_writer){ .out = out };
}

static bool is_formula(struct span cell)
{
	return cell.len > 0 && memchr("=+-@\t\r", cell.data[0], 6) != NULL;
}

struct span csv_plain(struct span cell)
{
	bool guarded = cell.len > 1 && cell.data[0] == '\'' && is_formula(span_from(cell, 1));
	return guarded ? span_from(cell, 1) : cell;
}

static bool needs_quotes(struct span cell)
{
	for (size_t i = 0; i < cell.len; i++)
		if (cell.data[i] == '"' || cell.data[i] == ',' || cell.data[i] == '\r' ||
			cell.data[i] == '\n')
			return true;
	return false;
}

void csv_put(struct csv_writer *w, struct span cell)
{
	bool quoted = needs_quotes(cell);

	if (w->begun)
		buffer_put_octet(w->out, ',');
	w->begun = true;
	if (quoted)
		buffer_put_octet(w->out, '"');
	if (is_formula(cell))
		buffer_put_octet(w->out, '\'');
	for (size_t i = 0; i < cell.len; i++) {
		if (cell.data[i] == '"')
			buffer_put_octet(w->out, '"');
		buffer_put_octet(w->out, cell.data[i]);
	}
	if (quoted)
		buffer_put_octet(w->out, '"');
}

void csv_end_record(struct csv_writer *w)
{
	buffer_put_span(w->out, SPAN("\r\n"));
	w->begun = false;
}

void csv_put_head(struct buffer *out, const char *const *columns, size_t count)
{
	struct csv_writer w;
	csv_start(&w, out);
	for (size_t i = 0; i < count; i++)
		csv_put(&w, span_str(columns[i]));
	csv_end_record(&w);
}
