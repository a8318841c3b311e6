#include "wire/json.h"

#include "../dice.h"

#include "base/limits.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena *arena;

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

static const struct json *parsed(const char *text)
{
	struct json *json = NULL;
	struct why why = { 0 };
	assert_int_equal(json_parse(arena, span_str(text), &json, &why), OK);
	return json;
}

static void assert_refused(struct span text)
{
	struct json *json = NULL;
	struct why why = { 0 };
	assert_int_equal(json_parse(arena, text, &json, &why), ERR_SYNTAX);
	assert_null(json);
	assert_true(why.text[0] != 0);
}

static void values_come_with_their_types(void **state)
{
	(void)state;
	const struct json *json =
		parsed("{\"a\":[1,-2,1.5,true,false,null,\"x\\u00e4\"],\"b\":{}}");
	assert_int_equal(json->type, JSON_IS_OBJECT);
	assert_int_equal(json->count, 2);
	const struct json *a = json_member(json, "A");
	assert_int_equal(a->type, JSON_IS_ARRAY);
	assert_int_equal(a->count, 7);
	assert_int_equal(a->items[1].integer, -2);
	assert_true(a->items[2].real > 1.4 && a->items[2].real < 1.6);
	assert_int_equal(a->items[3].type, JSON_IS_TRUE);
	assert_int_equal(a->items[4].type, JSON_IS_FALSE);
	assert_int_equal(a->items[5].type, JSON_IS_NULL);
	assert_true(span_equal(a->items[6].text, SPAN("x\xc3\xa4")));
	assert_int_equal(json_member(json, "b")->type, JSON_IS_OBJECT);
	assert_null(json_member(json, "c"));
}

static void members_are_found_without_case(void **state)
{
	(void)state;
	const struct json *json = parsed("{\"UserName\":\"x\",\"n\":1.0,\"t\":true,\"h\":1.5}");
	assert_true(span_equal(json_text(json, "username"), SPAN("x")));
	assert_int_equal(json_number(json, "N", 7), 1);
	assert_int_equal(json_number(json, "h", 7), 7);
	assert_int_equal(json_number(json, "userName", 7), 7);
	assert_true(json_is_set(json, "t"));
	assert_false(json_is_set(json, "n"));
	assert_true(json_text(json, "n").data == NULL);
}

static void duplicate_names_are_refused_in_any_spelling(void **state)
{
	(void)state;
	assert_refused(SPAN("{\"active\":true,\"active\":false}"));
	assert_refused(SPAN("{\"active\":true,\"\\u0061ctive\":false}"));
	assert_refused(SPAN("{\"userName\":\"a\",\"x\":1,\"USERNAME\":\"b\"}"));
	assert_refused(SPAN("[{\"a\":{\"b\":1,\"B\":2}}]"));
	parsed("[{\"a\":1},{\"a\":2},{\"A\":{\"a\":1}}]");
}

static struct span repeated(const char *unit, size_t count)
{
	size_t len = strlen(unit);
	uint8_t *text = arena_alloc(arena, len * count);
	for (size_t i = 0; i < count; i++)
		memcpy(text + i * len, unit, len);
	return span_of(text, len * count);
}

static struct span nested(size_t depth)
{
	uint8_t *text = arena_alloc(arena, 2 * depth);
	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	return span_of(text, 2 * depth);
}

static void depth_ends_at_its_limit(void **state)
{
	(void)state;
	struct json *json;
	assert_int_equal(json_parse(arena, nested(LIMIT_JSON_DEPTH), &json, NULL), OK);
	assert_refused(nested(LIMIT_JSON_DEPTH + 1));
	assert_refused(repeated("[", 1000000));
}

static void nodes_end_at_their_limit_before_memory_is_taken(void **state)
{
	(void)state;
	struct span text = repeated("{},", 350000);
	uint8_t *copy = (uint8_t *)text.data;
	copy[0] = '[';
	size_t used = arena_used(arena);
	assert_refused(text);
	assert_int_equal(arena_used(arena), used);
}

static void brackets_inside_strings_do_not_count(void **state)
{
	(void)state;
	char text[400] = "\"\\\"";
	memset(text + 3, '[', 300);
	text[303] = '"';
	assert_int_equal(parsed(text)->text.len, 301);
}

static void what_is_no_json_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "{", "{\"a\"}", "[1,]", "nul", "NaN", "01", "1.",
		"[1] [2]", "/* */ 1", "\xef\xbb\xbf{}", "\"\\ud800\"", "\"\\u0000\"", "'a'",
		"{\"a\":1}x", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_refused(span_str(bad[i]));
	assert_refused(SPAN("\"a\0b\""));
	assert_refused(SPAN_NONE);
}

static void a_number_that_nothing_holds_is_a_bad_value(void **state)
{
	(void)state;
	static const char *const bad[] = { "1e999", "-1e999", "9223372036854775808",
		"-9223372036854775809" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct json *json = NULL;
		assert_int_equal(json_parse(arena, span_str(bad[i]), &json, NULL), ERR_VALUE);
		assert_null(json);
	}
}

static void what_is_written_reads_the_same(void **state)
{
	(void)state;
	struct buffer out;
	buffer_init(&out, 1000);
	struct json_writer w;
	json_start(&w, &out);
	json_begin_object(&w);
	json_text_member(&w, "text", SPAN("a\"\\\n\x01\xc3\xa4/"));
	json_put_name(&w, SPAN("na\"me"));
	json_begin_array(&w);
	json_begin_object(&w);
	json_end_object(&w);
	json_put_integer(&w, INT64_MIN);
	json_put_bool(&w, false);
	json_put_null(&w);
	json_put_string(&w, "");
	json_put_raw(&w, SPAN("[1]"));
	json_end_array(&w);
	json_string_member(&w, "s", "v");
	json_integer_member(&w, "i", 5);
	json_bool_member(&w, "b", true);
	json_end_object(&w);
	static const char expected[] =
		"{\"text\":\"a\\\"\\\\\\n\\u0001\xc3\xa4/\",\"na\\\"me\":[{},-9223372036854775808,"
		"false,null,\"\",[1]],\"s\":\"v\",\"i\":5,\"b\":true}";
	assert_false(out.failed);
	assert_int_equal(out.len, strlen(expected));
	assert_memory_equal(out.data, expected, out.len);
	const struct json *json = parsed(expected);
	assert_true(span_equal(json_text(json, "text"), SPAN("a\"\\\n\x01\xc3\xa4/")));
	buffer_free(&out);
}

/* ---- beside another parser ---- */

static void assert_same(const struct json *ours, json_t *theirs)
{
	static const enum json_type types[] = { [JSON_OBJECT] = JSON_IS_OBJECT,
		[JSON_ARRAY] = JSON_IS_ARRAY,
		[JSON_STRING] = JSON_IS_STRING,
		[JSON_INTEGER] = JSON_IS_INTEGER,
		[JSON_REAL] = JSON_IS_REAL,
		[JSON_TRUE] = JSON_IS_TRUE,
		[JSON_FALSE] = JSON_IS_FALSE,
		[JSON_NULL] = JSON_IS_NULL };
	assert_int_equal(ours->type, types[json_typeof(theirs)]);
	if (ours->type == JSON_IS_STRING)
		assert_true(span_equal(ours->text,
			span_of(json_string_value(theirs), json_string_length(theirs))));
	if (ours->type == JSON_IS_INTEGER)
		assert_true(ours->integer == json_integer_value(theirs));
	if (ours->type == JSON_IS_REAL)
		assert_memory_equal(&ours->real, &(double){ json_real_value(theirs) }, 8);
	if (ours->type == JSON_IS_ARRAY) {
		assert_int_equal(ours->count, json_array_size(theirs));
		for (size_t i = 0; i < ours->count; i++)
			assert_same(&ours->items[i], json_array_get(theirs, i));
	}
	if (ours->type == JSON_IS_OBJECT) {
		assert_int_equal(ours->count, json_object_size(theirs));
		void *at = json_object_iter(theirs);
		for (size_t i = 0; i < ours->count; i++, at = json_object_iter_next(theirs, at)) {
			assert_true(span_equal(
				ours->items[i].name, span_str(json_object_iter_key(at))));
			assert_same(&ours->items[i], json_object_iter_value(at));
		}
	}
}

static void put_piece(struct buffer *out, const char *piece)
{
	buffer_put(out, piece, strlen(piece));
}

static void put_blanks(struct dice *dice, struct buffer *out)
{
	static const char *const blanks[] = { "", "", "", "", " ", "\n", "\r\n", "\t ", "\f" };
	put_piece(out, blanks[dice_roll(dice, dice_roll(dice, 20) ? 8 : 9)]);
}

/* Those from GOOD on are wrong. */
static void put_scalar(struct dice *dice, struct buffer *out)
{
	enum { GOOD = 23 };
	static const char *const pieces[] = { "true", "false", "null", "0", "-0", "1",
		"-12345678901", "9223372036854775807", "-9223372036854775808", "1.5", "-1.25e2",
		"1E+3", "2e-2", "1e-400", "0.1", "\"\"", "\"a\"", "\"x\\n\\\"\\\\\\/\\b\\f\\r\\t\"",
		"\"\\u00e4\\uD83d\\uDE00\\uffff\\u0041\"",
		"\"long enough to be looked at at once\"", "\"\xc3\xa4\xf0\x9f\x98\x80\"",
		"\"1234567\\n89012345\"", "\"\x7f\"", "9223372036854775808", "1e400", "01", "1.",
		".5", "1e", "+1", "-", "nul", "truex", "\"\\ud83d\"", "\"\\u0000\"", "\"\\q\"",
		"\"\\u12\"", "\"\\ude00\\ud83d\"", "\"\\ud83d\\n\"", "\"\t\"", "\"", "\"\\",
		"\"\\u", "/", "" };
	size_t count = dice_roll(dice, 30) ? GOOD : sizeof pieces / sizeof *pieces;
	put_piece(out, pieces[dice_roll(dice, (unsigned)count)]);
}

static void put_any(struct dice *dice, struct buffer *out, unsigned depth)
{
	static const char *const names[] = { "\"a\"", "\"b\"", "\"\"", "\"\\u0063\"", "\"d e\"" };
	unsigned type = depth ? dice_roll(dice, 3) : 2, first = dice_roll(dice, 5);
	put_blanks(dice, out);
	if (type == 2)
		put_scalar(dice, out);
	else
		put_piece(out, type ? "{" : "[");
	for (unsigned i = 0, count = dice_roll(dice, 5); type < 2 && i < count; i++) {
		if (i > 0)
			put_piece(out, dice_roll(dice, 50) ? "," : ",,");
		put_blanks(dice, out);
		if (type)
			put_piece(out, names[(first + (dice_roll(dice, 30) ? i : 0)) % 5]);
		put_blanks(dice, out);
		if (type)
			put_piece(out, dice_roll(dice, 50) ? ":" : "");
		put_any(dice, out, depth - 1);
	}
	if (type < 2)
		put_piece(out, dice_roll(dice, 50) ? type ? "}" : "]" : "");
	put_blanks(dice, out);
}

static void what_another_parser_reads_is_read_the_same(void **state)
{
	enum { ROUNDS = 100000 };
	struct dice dice = { 20261122 };
	struct buffer text;
	unsigned read = 0;
	buffer_init(&text, 65536);
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		buffer_reset(&text);
		put_any(&dice, &text, 4);
		struct json *ours = NULL;
		arena_reset(arena);
		enum err err = json_parse(arena, buffer_span(&text), &ours, NULL);
		json_t *theirs = json_loadb((const char *)text.data, text.len,
			JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
		if ((err == OK) != (theirs != NULL))
			fail_msg("seed 20261122, round %d: %.*s", round,
				SPAN_ARGS(buffer_span(&text)));
		if (theirs)
			assert_same(ours, theirs);
		read += theirs != NULL;
		json_decref(theirs);
	}
	assert_in_range(read, ROUNDS / 4, ROUNDS - ROUNDS / 20);
	buffer_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values_come_with_their_types, setup, teardown),
		cmocka_unit_test_setup_teardown(members_are_found_without_case, setup, teardown),
		cmocka_unit_test_setup_teardown(
			duplicate_names_are_refused_in_any_spelling, setup, teardown),
		cmocka_unit_test_setup_teardown(depth_ends_at_its_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(
			nodes_end_at_their_limit_before_memory_is_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(
			brackets_inside_strings_do_not_count, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_json_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_number_that_nothing_holds_is_a_bad_value, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_written_reads_the_same, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_another_parser_reads_is_read_the_same, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
