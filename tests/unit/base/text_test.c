#include "base/arena.h"
#include "base/codec.h"

#include "unit.h"

#include <stdio.h>

static void hex_reads_either_case_and_writes_lower(void **state)
{
	struct arena *arena = arena_new();
	struct span bytes;

	(void)state;
	assert_true(hex_parse(arena, SPAN("00fFAb"), &bytes));
	assert_string_equal(hex_format(arena, bytes), "00ffab");
	assert_true(hex_parse(arena, SPAN_NONE, &bytes));
	assert_int_equal(bytes.len, 0);
	assert_false(hex_parse(arena, SPAN("abc"), &bytes));
	assert_false(hex_parse(arena, SPAN("0g"), &bytes));
	assert_false(hex_parse(arena, SPAN("0@"), &bytes));
	arena_free(arena);
}

static void base64_matches_the_vectors_of_rfc_4648(void **state)
{
	static const char *const rows[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" } };
	struct arena *arena = arena_new();
	struct span bytes;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_string_equal(base64_format(arena, span_str(rows[i][0])), rows[i][1]);
		assert_true(base64_parse(arena, span_str(rows[i][1]), &bytes));
		assert_span(bytes, rows[i][0]);
	}
	arena_free(arena);
}

static void base64_reads_only_the_one_right_spelling(void **state)
{
	static const char *const wrong[] = { "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm 9v",
		"Zm9v\n", "=", "====", "Z===", "Zm9_", "Zg==Zg==" };
	struct arena *arena = arena_new();
	struct span bytes;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(base64_parse(arena, span_str(wrong[i]), &bytes));
	arena_free(arena);
}

static void the_url_alphabet_has_no_padding_and_no_plus(void **state)
{
	struct arena *arena = arena_new();
	struct span bytes;

	(void)state;
	assert_string_equal(base64url_format(arena, span_of("\xfb\xff\xfe", 3)), "-__-");
	assert_string_equal(base64url_format(arena, SPAN("f")), "Zg");
	assert_true(base64url_parse(arena, SPAN("-__-"), &bytes));
	assert_true(span_equal(bytes, span_of("\xfb\xff\xfe", 3)));
	assert_false(base64url_parse(arena, SPAN("Zg=="), &bytes));
	assert_false(base64url_parse(arena, SPAN("+/+/"), &bytes));
	assert_false(base64url_parse(arena, SPAN("Z"), &bytes));
	assert_false(base64url_parse(arena, SPAN("Zh"), &bytes));
	arena_free(arena);
}

static void every_length_survives_both_alphabets(void **state)
{
	struct arena *arena = arena_new();
	uint8_t octets[97];

	(void)state;
	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (uint8_t)(i * 37 + 200);
	for (size_t len = 0; len <= sizeof octets; len++) {
		struct span s = span_of(octets, len), back;

		assert_true(base64_parse(arena, span_str(base64_format(arena, s)), &back));
		assert_true(span_equal(back, s));
		assert_true(base64url_parse(arena, span_str(base64url_format(arena, s)), &back));
		assert_true(span_equal(back, s));
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_reads_either_case_and_writes_lower),
		cmocka_unit_test(base64_matches_the_vectors_of_rfc_4648),
		cmocka_unit_test(base64_reads_only_the_one_right_spelling),
		cmocka_unit_test(the_url_alphabet_has_no_padding_and_no_plus),
		cmocka_unit_test(every_length_survives_both_alphabets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
