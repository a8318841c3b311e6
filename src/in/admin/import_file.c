#include "in/admin/import_int.h"
#include "wire/csv.h"

/* What a list of errors adds behind the columns, so that it can be corrected and brought back. */
static const char *const notes[] = { "row", "reason" };
#define NOTES (sizeof notes / sizeof *notes)

static struct span support(struct plan *plan)
{
	return plan->settings ? record_first(plan->settings, ATTR_SUPPORT_CONTACT) : SPAN_NONE;
}

static enum err too_large(struct plan *plan, uint64_t most, const char *of_what)
{
	struct span contact = support(plan);

	return fail(plan->r->why, ERR_TOO_LARGE, "csv",
		"a file has %llu %s at most; divide it into several, or ask %.*s",
		(unsigned long long)most, of_what,
		SPAN_ARGS(contact.len > 0 ? contact : SPAN("who runs this server")));
}

static const char *expected(const struct plan *plan, size_t i)
{
	return i < plan->width ? plan->columns[i]->name : notes[i - plan->width];
}

/* Octet for octet: a column under another name, or none, would come to nothing without a word. */
static enum err check_header(struct plan *plan, const struct csv_record *header)
{
	bool noted = header->count > plan->width;
	size_t wanted = plan->width + (noted ? NOTES : 0);
	struct why *why = plan->r->why;

	for (size_t i = 0; i < wanted && i < header->count; i++)
		if (!span_equal(header->cells[i], span_str(expected(plan, i))))
			return fail(why, ERR_SYNTAX, "csv",
				"line %u, column %u: the header has \"%.*s\" where \"%s\" belongs; "
				"take the template",
				(unsigned)header->line, (unsigned)header->columns[i],
				(int)(header->cells[i].len < 40 ? header->cells[i].len : 40),
				(const char *)header->cells[i].data, expected(plan, i));
	if (header->count < wanted)
		return fail(why, ERR_SYNTAX, "csv",
			"line %u: the header ends where \"%s\" belongs; take the template",
			(unsigned)header->line, expected(plan, header->count));
	if (header->count > wanted)
		return fail(why, ERR_SYNTAX, "csv",
			"line %u, column %u: the header goes on behind its last column; take the "
			"template",
			(unsigned)header->line, (unsigned)header->columns[wanted]);
	return OK;
}

static void keep_cells(struct plan *plan, struct import_row *row, const struct csv_record *record)
{
	size_t count = record->count < plan->width ? record->count : plan->width;
	struct span *cells = arena_array(plan->r->arena, plan->width + 1, sizeof *cells);

	for (size_t i = 0; i < plan->width; i++)
		cells[i] = i < count ? record->cells[i] : SPAN_NONE;
	row->cells = cells;
	row->cell_count = plan->width;
}

static void add_row(struct plan *plan, const struct csv_record *record, size_t width)
{
	struct import_row *row = &plan->rows[plan->count++];

	*row = (struct import_row){ .line = record->line };
	keep_cells(plan, row, record);
	if (record->count != width)
		plan_refuse(plan, row, "cells", NULL, "the line has %zu cells, the header %zu",
			record->count, width);
}

static enum err read_rows(struct plan *plan, struct csv_reader *reader, size_t width, uint64_t most)
{
	struct request *r = plan->r;
	struct csv_record *record = arena_alloc(r->arena, sizeof *record);
	size_t room = 0;
	bool found = true;
	enum err err = OK;

	while (err == OK && found) {
		err = csv_read(reader, r->arena, record, &found, r->why);
		if (err != OK || !found)
			break;
		if (plan->count == most)
			return too_large(plan, most, "rows");
		if (plan->count == room) {
			struct import_row *old = plan->rows;
			room = room ? room * 2 : 64;
			plan->rows = arena_array(r->arena, room, sizeof *plan->rows);
			if (plan->count > 0)
				memcpy(plan->rows, old, plan->count * sizeof *old);
		}
		add_row(plan, record, width);
	}
	if (err == OK && plan->count == 0)
		err = fail(r->why, ERR_VALUE, "csv", "nobody stands below the header");
	return err;
}

enum err plan_read(struct plan *plan, struct span text)
{
	struct request *r = plan->r;
	struct csv_reader reader;
	struct csv_record *header = arena_alloc(r->arena, sizeof *header);
	uint64_t octets = policy_number(plan->settings, POLICY_IMPORT_OCTETS);
	bool found;

	if (text.len > octets)
		return too_large(plan, octets, "octets");
	csv_open(&reader, text);
	enum err err = csv_read(&reader, r->arena, header, &found, r->why);
	if (err == OK && !found)
		err = fail(r->why, ERR_SYNTAX, "csv", "the file is empty; take the template");
	if (err == OK)
		err = check_header(plan, header);
	return err != OK ? err
			 : read_rows(plan, &reader, header->count,
				   policy_number(plan->settings, POLICY_IMPORT_ROWS));
}
