#include "base/span.h"

#include "unit.h"

static void a_prefix_sorts_before_what_it_begins(void **state)
{
	(void)state;
	assert_true(span_compare(SPAN("ab"), SPAN("abc")) < 0);
	assert_true(span_compare(SPAN("b"), SPAN("abc")) > 0);
	assert_int_equal(span_compare(SPAN_NONE, SPAN("")), 0);
	assert_true(span_compare(SPAN("\xff"), SPAN("a")) > 0);
}

static void case_is_ignored_for_ascii_letters_only(void **state)
{
	(void)state;
	assert_true(span_equal_nocase(SPAN("MemberOf"), SPAN("memberof")));
	assert_false(span_equal_nocase(SPAN("@"), SPAN("`")));
	assert_false(span_equal_nocase(SPAN("["), SPAN("{")));
	assert_false(span_equal_nocase(SPAN("\xc3\x84"), SPAN("\xc3\xa4")));
}

static void a_prefix_longer_than_the_span_does_not_start_it(void **state)
{
	(void)state;
	assert_true(span_starts(SPAN("abc"), SPAN("ab")));
	assert_true(span_starts(SPAN("abc"), SPAN_NONE));
	assert_false(span_starts(SPAN("ab"), SPAN("abc")));
	assert_true(span_starts_nocase(SPAN("Bearer x"), SPAN("bearer ")));
	assert_false(span_starts_nocase(SPAN("Bear"), SPAN("bearer")));
}

static void a_part_is_found_anywhere_without_case(void **state)
{
	(void)state;
	assert_true(span_has_nocase(SPAN("userPassword"), SPAN("password")));
	assert_true(span_has_nocase(SPAN("ab"), SPAN("AB")));
	assert_true(span_has_nocase(SPAN_NONE, SPAN_NONE));
	assert_false(span_has_nocase(SPAN("passwor"), SPAN("password")));
	assert_false(span_has_nocase(SPAN_NONE, SPAN("a")));
}

static void cutting_walks_all_parts_and_ends_empty(void **state)
{
	struct span rest = SPAN("a,,b");

	(void)state;
	assert_span(span_cut(&rest, ','), "a");
	assert_span(span_cut(&rest, ','), "");
	assert_span(span_cut(&rest, ','), "b");
	assert_int_equal(rest.len, 0);
	assert_span(span_cut(&rest, ','), "");
}

static void a_nul_inside_is_an_octet_like_any_other(void **state)
{
	struct span s = span_of("a\0b", 3);

	(void)state;
	assert_int_equal(span_find(s, '\0'), 1);
	assert_int_equal(span_find(s, 'b'), 2);
	assert_int_equal(span_find(s, 'z'), 3);
	assert_false(span_equal(s, SPAN("a")));
}

static void trimming_takes_blanks_and_tabs_at_the_ends_only(void **state)
{
	(void)state;
	assert_span(span_trim(SPAN(" \ta b\t ")), "a b");
	assert_span(span_trim(SPAN("   ")), "");
	assert_span(span_trim(SPAN("\na")), "\na");
	assert_span(span_from(SPAN("abc"), 3), "");
	assert_span(span_from(SPAN("abc"), 9), "");
}

static void a_number_has_digits_only_and_does_not_overflow(void **state)
{
	static const char *const wrong[] = { "", "-1", "+1", " 1", "1 ", "0x1",
		"18446744073709551616", "99999999999999999999" };
	uint64_t value = 7;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(span_to_u64(span_str(wrong[i]), &value));
	assert_int_equal(value, 7);
	assert_true(span_to_u64(SPAN("18446744073709551615"), &value));
	assert_true(value == UINT64_MAX);
	assert_true(span_to_u64(SPAN("007"), &value));
	assert_int_equal(value, 7);
}

static void malformed_utf8_is_told_from_well_formed(void **state)
{
	static const char *const right[] = { "", "a", "\xc3\xa4", "\xe2\x82\xac", "\xed\x9f\xbf",
		"\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf" };
	static const char *const wrong[] = {
		"\x80",
		"\xc0\xaf", /* overlong "/" */
		"\xc1\xbf",
		"\xe0\x80\xaf",
		"\xf0\x80\x80\xaf",
		"\xed\xa0\x80",     /* surrogate */
		"\xf4\x90\x80\x80", /* above U+10FFFF */
		"\xf5\x80\x80\x80",
		"\xff",
		"\xc3",
		"\xe2\x82",
		"\xf0\x9f\x98",
		"\xc3\x28",
		"\xe2\x28\xa1",
		"\xe2\x82\x28",
	};

	(void)state;
	for (size_t i = 0; i < sizeof right / sizeof *right; i++)
		assert_true(span_is_utf8(span_str(right[i])));
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(span_is_utf8(span_str(wrong[i])));
	assert_true(span_is_ascii(SPAN("abc\x7f")));
	assert_false(span_is_ascii(SPAN("\x80")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_prefix_sorts_before_what_it_begins),
		cmocka_unit_test(case_is_ignored_for_ascii_letters_only),
		cmocka_unit_test(a_prefix_longer_than_the_span_does_not_start_it),
		cmocka_unit_test(a_part_is_found_anywhere_without_case),
		cmocka_unit_test(cutting_walks_all_parts_and_ends_empty),
		cmocka_unit_test(a_nul_inside_is_an_octet_like_any_other),
		cmocka_unit_test(trimming_takes_blanks_and_tabs_at_the_ends_only),
		cmocka_unit_test(a_number_has_digits_only_and_does_not_overflow),
		cmocka_unit_test(malformed_utf8_is_told_from_well_formed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
