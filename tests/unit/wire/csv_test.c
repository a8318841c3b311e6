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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_quoted_where_they_must_be),
		cmocka_unit_test(what_would_be_a_formula_is_text),
	};

	return cmocka_run_group_tests_name("wire: CSV", tests, NULL, NULL);
}
