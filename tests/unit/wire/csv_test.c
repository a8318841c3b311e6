#include "wire/csv.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void must_be(struct span cell, const char *wanted)
{
	struct csv_writer w;
	struct buffer out;
	buffer_init(&out, 1024);
	csv_start(&w, &out);
	csv_put(&w, cell);
	csv_put(&w, SPAN("z"));
	csv_end_record(&w);
	buffer_put_octet(&out, '\0');
	assert_string_equal((const char *)out.data, wanted);
	buffer_free(&out);
}

static void cells_are_quoted_where_they_must_be(void **state)
{
	(void)state;
	must_be(SPAN(""), ",z\r\n");
	must_be(SPAN("a b"), "a b,z\r\n");
	must_be(SPAN("a,b"), "\"a,b\",z\r\n");
	must_be(SPAN("a\"b"), "\"a\"\"b\",z\r\n");
	must_be(SPAN("a\nb"), "\"a\nb\",z\r\n");
}

static void what_would_be_a_formula_is_text(void **state)
{
	(void)state;
	must_be(SPAN("=1+1"), "'=1+1,z\r\n");
	must_be(SPAN("+1"), "'+1,z\r\n");
	must_be(SPAN("-1"), "'-1,z\r\n");
	must_be(SPAN("@x"), "'@x,z\r\n");
	must_be(SPAN("\tx"), "'\tx,z\r\n");
	must_be(SPAN("\rx"), "\"'\rx\",z\r\n");
	must_be(SPAN("=a,\"b\""), "\"'=a,\"\"b\"\"\",z\r\n");
	must_be(SPAN("a=1"), "a=1,z\r\n");
}

static void must_read(const char *text, size_t len, const char *wanted)
{
	struct arena *arena = arena_new();
	struct csv_reader reader;
	struct csv_record record;
	struct buffer out;
	bool found = true;
	struct why why = { 0 };
	enum err err = OK;

	buffer_init(&out, 1024);
	csv_open(&reader, span_of(text, len));
	while (!(err = csv_read(&reader, arena, &record, &found, &why)) && found) {
		buffer_putf(&out, "%u:", (unsigned)record.line);
		for (size_t i = 0; i < record.count; i++)
			buffer_putf(&out, "[%.*s]", SPAN_ARGS(record.cells[i]));
		buffer_putf(&out, " ");
	}
	if (err)
		buffer_putf(&out, "%s", why.text);
	buffer_put_octet(&out, '\0');
	assert_string_equal((const char *)out.data, wanted);
	buffer_free(&out);
	arena_free(arena);
}
#define must_read_as(text, wanted) must_read(text, sizeof(text) - 1, wanted)

static void records_end_with_any_end_of_line(void **state)
{
	(void)state;
	must_read_as("", "");
	must_read_as("a,b", "1:[a][b] ");
	must_read_as("a,b\r\nc,\r\n", "1:[a][b] 2:[c][] ");
	must_read_as("a\nb\rc", "1:[a] 2:[b] 3:[c] ");
	must_read_as("\n\r\na\n\nb\n", "3:[a] 5:[b] ");
	must_read_as("\xef\xbb\xbf"
		     "a",
		"1:[a] ");
}

static void quotes_hold_separators_quotes_and_lines(void **state)
{
	(void)state;
	must_read_as("\"a,b\",\"\"", "1:[a,b][] ");
	must_read_as("\"a\"\"b\"\"\"", "1:[a\"b\"] ");
	must_read_as("\"a\r\nb\",c\nd", "1:[a\r\nb][c] 3:[d] ");
	must_read_as("a;b,c", "1:[a;b][c] ");
	must_read_as("a;b\nc,d;\"e;f\"", "1:[a][b] 2:[c,d][e;f] ");
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
	(void)state;
	must_read_as(
		"a\nb,\"c\nd", "1:[a] line 2, column 3: the quote that begins here does not end");
	must_read_as("\xc3\xa4,b\"c",
		"line 1, column 4: a quote stands within a cell that does not begin with one");
	must_read_as("\"a\nb\"c", "line 2, column 3: something follows the quote that ends a cell");
	must_read_as("a\0b", "line 1, column 2: a NUL stands here");
	must_read_as("\"a\r\nb\0\"", "line 2, column 2: a NUL stands here");
	must_read_as("a,b\xff", "line 1, column 4: this is no UTF-8; save the file as UTF-8");
	must_read_as("a,\"\n\xc3\"", "line 2, column 1: this is no UTF-8; save the file as UTF-8");
}

static void cells_have_their_limits(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct csv_reader reader;
	struct csv_record record;
	bool found;
	uint8_t *text = arena_alloc(arena, LIMIT_CSV_CELL + 3);
	memset(text, 'x', LIMIT_CSV_CELL + 3);
	csv_open(&reader, span_of(text, LIMIT_CSV_CELL));
	assert_int_equal(csv_read(&reader, arena, &record, &found, NULL), OK);
	csv_open(&reader, span_of(text, LIMIT_CSV_CELL + 1));
	assert_int_equal(csv_read(&reader, arena, &record, &found, NULL), ERR_TOO_LARGE);
	text[0] = text[LIMIT_CSV_CELL + 2] = '"';
	csv_open(&reader, span_of(text, LIMIT_CSV_CELL + 3));
	assert_int_equal(csv_read(&reader, arena, &record, &found, NULL), ERR_TOO_LARGE);
	memset(text, ',', LIMIT_CSV_CELLS);
	csv_open(&reader, span_of(text, LIMIT_CSV_CELLS - 1));
	assert_int_equal(csv_read(&reader, arena, &record, &found, NULL), OK);
	assert_int_equal(record.count, LIMIT_CSV_CELLS);
	csv_open(&reader, span_of(text, LIMIT_CSV_CELLS));
	assert_int_equal(csv_read(&reader, arena, &record, &found, NULL), ERR_TOO_LARGE);
	arena_free(arena);
}

static void what_guards_against_formulas_is_taken_off(void **state)
{
	(void)state;
	assert_true(span_equal(csv_plain(SPAN("'=1")), SPAN("=1")));
	assert_true(span_equal(csv_plain(SPAN("'x")), SPAN("'x")));
	assert_true(span_equal(csv_plain(SPAN("'")), SPAN("'")));
	assert_true(span_equal(csv_plain(SPAN("''=1")), SPAN("''=1")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_quoted_where_they_must_be),
		cmocka_unit_test(what_would_be_a_formula_is_text),
		cmocka_unit_test(records_end_with_any_end_of_line),
		cmocka_unit_test(quotes_hold_separators_quotes_and_lines),
		cmocka_unit_test(what_is_wrong_is_told_with_its_place),
		cmocka_unit_test(cells_have_their_limits),
		cmocka_unit_test(what_guards_against_formulas_is_taken_off),
	};

	return cmocka_run_group_tests_name("wire: CSV", tests, NULL, NULL);
}
