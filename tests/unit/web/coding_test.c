#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "in/web/web_int.h"

#define assert_coding(accepted, wanted)                                                            \
	assert_int_equal(web_coding_choose(SPAN(accepted)), (wanted))

static void the_smallest_that_is_accepted_is_chosen(void **state)
{
	(void)state;
	assert_coding("gzip, deflate, br, zstd", WEB_BROTLI);
	assert_coding("br;q=0.1, gzip;q=1.0", WEB_BROTLI);
	assert_coding("gzip", WEB_GZIP);
	assert_coding("x-gzip, deflate", WEB_IDENTITY);
	assert_coding("", WEB_IDENTITY);
	assert_int_equal(web_coding_choose(SPAN_NONE), WEB_IDENTITY);
}

static void a_weight_of_nothing_refuses(void **state)
{
	(void)state;
	assert_coding("br;q=0, gzip", WEB_GZIP);
	assert_coding("br; q=0.000 , gzip;q=0", WEB_IDENTITY);
	assert_coding("br;q=0.001", WEB_BROTLI);
	assert_coding("br;Q=0", WEB_IDENTITY);
	assert_coding("br;level=0", WEB_BROTLI);
	assert_coding("br;q=", WEB_IDENTITY);
}

static void a_star_is_what_is_not_named(void **state)
{
	(void)state;
	assert_coding("*", WEB_BROTLI);
	assert_coding("*, br;q=0", WEB_GZIP);
	assert_coding("br;q=0, *", WEB_GZIP);
	assert_coding("*;q=0", WEB_IDENTITY);
	assert_coding("gzip, *;q=0", WEB_GZIP);
}

static void names_are_compared_without_case_and_whole(void **state)
{
	(void)state;
	assert_coding("BR", WEB_BROTLI);
	assert_coding("GZip", WEB_GZIP);
	assert_coding("brotli, gzipped", WEB_IDENTITY);
	assert_coding(",,;,gzip", WEB_GZIP);
}

static void every_file_has_a_tag_and_a_body_of_each_coding(void **state)
{
	const struct web_file *file = web_file_find(SPAN("index.html"));
	(void)state;
	assert_null(web_file_find(SPAN("")));
	assert_null(web_file_find(SPAN("index.html.br")));
	assert_null(web_file_find(SPAN("../index.html")));
	if (!file)
		skip(); /* built without the console */
	assert_string_equal(file->type, "text/html; charset=utf-8");
	assert_false(file->hashed);
	for (enum web_coding coding = 0; coding < WEB_CODING_COUNT; coding++) {
		assert_true(file->bodies[coding].end > file->bodies[coding].begin);
		assert_int_equal(file->tags[coding][0], '"');
		for (enum web_coding other = 0; other < coding; other++)
			assert_string_not_equal(file->tags[coding], file->tags[other]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_smallest_that_is_accepted_is_chosen),
		cmocka_unit_test(a_weight_of_nothing_refuses),
		cmocka_unit_test(a_star_is_what_is_not_named),
		cmocka_unit_test(names_are_compared_without_case_and_whole),
		cmocka_unit_test(every_file_has_a_tag_and_a_body_of_each_coding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
