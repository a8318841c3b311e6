#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena *arena;
static struct json_parts parts;

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static enum err split(const char *text, size_t max)
{
	struct why why = { 0 };
	return json_split(arena, span_str(text), "list", max, &parts, &why);
}

static void assert_parts(const char *text, const char *rest, const char *const *items)
{
	size_t count = 0;
	assert_int_equal(split(text, 10), OK);
	assert_true(span_equal(parts.rest, span_str(rest)));
	for (; items[count]; count++) {
		assert_true(count < parts.count);
		assert_true(span_equal(parts.items[count], span_str(items[count])));
	}
	assert_int_equal(parts.count, count);
}

#define PARTS(...) ((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static void an_array_comes_apart_and_the_rest_stays(void **state)
{
	(void)state;
	assert_parts("{\"a\":[1,2],\"LIST\" : [ {\"b\":[1,{}]} , 2,\"x\" ],\"c\":3}",
		"{\"a\":[1,2],\"LIST\" : [],\"c\":3}", PARTS("{\"b\":[1,{}]}", "2", "\"x\""));
	assert_parts("{\"list\":[]}", "{\"list\":[]}", PARTS());
	assert_parts(" {\"list\":[[],[[]]]} ", " {\"list\":[]} ", PARTS("[]", "[[]]"));
}

static void brackets_commas_and_quotes_in_strings_are_text(void **state)
{
	(void)state;
	assert_parts("{\"x\":\"list\\\":[9]\",\"list\":[\"],{\\\\\\\"\",\"[\"]}",
		"{\"x\":\"list\\\":[9]\",\"list\":[]}", PARTS("\"],{\\\\\\\"\"", "\"[\""));
}

static void only_the_top_objects_own_array_is_meant(void **state)
{
	(void)state;
	static const char *const others[] = { "{\"in\":{\"list\":[1]}}", "[{\"list\":[1]}]",
		"{\"list\":{\"list\":[1]}}", "{\"listed\":[1]}", "\"list\"", "", "{", "{\"list",
		"{\"list\":", "{\"list\":1}" };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_parts(others[i], others[i], PARTS());
}

static void the_number_of_elements_has_its_limit(void **state)
{
	(void)state;
	assert_int_equal(split("{\"list\":[1,2,3]}", 3), OK);
	assert_int_equal(parts.count, 3);
	assert_int_equal(split("{\"list\":[1,2,3,4]}", 3), ERR_TOO_LARGE);
}

/* Whatever is wrong shows in one of the pieces. */
static void what_is_malformed_is_found_when_the_pieces_are_read(void **state)
{
	(void)state;
	static const char *const wrong[] = { "{\"list\":[1,]}", "{\"list\":[,1]}", "{\"list\":[1",
		"{\"list\":[1}", "{\"list\":[1]]}", "{\"list\":[\"a]}", "{\"list\":[{]}",
		"{\"list\":[1],\"List\":[]}", "{\"list\" [1]}", "{\"list\":[1]}{}",
		"{\"list\":[\"\\" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct json *json;
		struct why why = { 0 };
		assert_int_equal(split(wrong[i], 10), OK);
		enum err err = json_parse(arena, parts.rest, &json, &why);
		for (size_t j = 0; !err && j < parts.count; j++)
			err = json_parse(arena, parts.items[j], &json, &why);
		assert_int_equal(err, ERR_SYNTAX);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_array_comes_apart_and_the_rest_stays),
		TEST(brackets_commas_and_quotes_in_strings_are_text),
		TEST(only_the_top_objects_own_array_is_meant),
		TEST(the_number_of_elements_has_its_limit),
		TEST(what_is_malformed_is_found_when_the_pieces_are_read),
	};
	return cmocka_run_group_tests_name("json_split", tests, NULL, NULL);
}
