/* CSV: records stand on rising lines, cells are sound text within their limits, and what is read
 * and written again reads the same. */
#include "fuzz.h"
#include "wire/csv.h"

static void write_record(struct buffer *out, const struct csv_record *record)
{
	struct csv_writer w;

	csv_start(&w, out);
	for (size_t i = 0; i < record->count; i++)
		csv_put(&w, csv_plain(record->cells[i]));
	csv_end_record(&w);
}

/* A blank cell alone is a blank line when it is written, and a reader passes over it, as over a
 * byte order mark at the beginning. */
static bool comes_back(const struct csv_record *record)
{
	return (record->count > 1 || record->cells[0].len > 0) &&
	       !span_starts(record->cells[0], SPAN("\xef\xbb\xbf"));
}

static void must_come_back(const struct csv_record *record)
{
	struct arena *arena = arena_new();
	struct csv_reader reader;
	struct csv_record again;
	struct buffer out;
	bool found;

	buffer_init(&out, 16 * MIB);
	write_record(&out, record);
	csv_open(&reader, buffer_span(&out));
	reader.separator = ',';
	if (csv_read(&reader, arena, &again, &found, NULL) == OK) {
		must(found && again.count == record->count);
		for (size_t i = 0; i < again.count; i++)
			must(span_equal(csv_plain(again.cells[i]), csv_plain(record->cells[i])));
	}
	buffer_free(&out);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct csv_reader reader;
	struct csv_record record;
	uint32_t line = 0;
	bool found = true;

	csv_open(&reader, span_of(data, size));
	while (found && csv_read(&reader, arena, &record, &found, NULL) == OK && found) {
		must(record.line > line && record.count > 0 && record.count <= LIMIT_CSV_CELLS);
		line = record.line;
		for (size_t i = 0; i < record.count; i++) {
			must(record.cells[i].len <= LIMIT_CSV_CELL && record.columns[i] > 0);
			must(span_is_utf8(record.cells[i]));
		}
		if (comes_back(&record))
			must_come_back(&record);
	}
	arena_free(arena);
	return 0;
}
