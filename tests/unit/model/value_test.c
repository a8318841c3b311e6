#include "unit.h"

#include "base/limits.h"
#include "model/value.h"

struct pair {
	const char *a, *b;
};

static void check_pairs(
	struct arena *arena, enum attr attr, const struct pair *pairs, size_t count, bool equal)
{
	for (size_t i = 0; i < count; i++) {
		struct span a = span_str(pairs[i].a), b = span_str(pairs[i].b);
		if (value_equal(attr, a, b) != equal)
			fail_msg("\"%s\" and \"%s\"", pairs[i].a, pairs[i].b);
		assert_int_equal(value_matches(attr, a, value_normal(arena, attr, b)), equal);
		assert_int_equal(
			span_equal(value_normal(arena, attr, a), value_normal(arena, attr, b)),
			equal);
	}
}

static void look_alikes_of_one_letter_are_one_name(void **state)
{
	static const struct pair pairs[] = {
		{ "admin", "Admin" },
		{ "admin", "ADMIN" },
		{ "admin", "\uff21\uff44\uff4d\uff49\uff4e" }, /* full width */
		{ "admin", "adm\u00adin" },                    /* soft hyphen */
		{ "admin", "ad\u200dmin" },                    /* zero width joiner */
		{ "admin", "ad\u200bmin" },                    /* zero width space */
		{ "admin", "\ufeff"
			   "admin" },
		{ "office", "o\ufb03ce" },   /* ligature */
		{ "system", "\u017fystem" }, /* long s */
		{ "kelvin", "\u212aelvin" }, /* Kelvin sign */
		{ "strasse", "Stra\u00dfe" },
		{ "STRASSE", "stra\u1e9ee" },
		{ "\u00e9lodie", "E\u0301LODIE" }, /* NFC and NFD */
		{ "\u1f60\u03b9", "\u1fa0" },      /* iota subscript */
		{ "12", "\u2460\uff12" },
	};

	check_pairs(*state, ATTR_USER_NAME, pairs, COUNT(pairs), true);
}

static void different_letters_stay_different_names(void **state)
{
	static const struct pair pairs[] = {
		{ "admin", "adm\u0131n" }, /* dotless i */
		{ "ADMIN", "ADM\u0130N" }, /* I with a dot */
		{ "admin", "\u0430dmin" }, /* Cyrillic a */
		{ "jose", "jos\u00e9" },
		{ "admin", "a dmin" },
		{ "admin", "admin1" },
		{ "a", "" },
	};

	check_pairs(*state, ATTR_USER_NAME, pairs, COUNT(pairs), false);
}

static void blanks_are_squeezed_and_trimmed(void **state)
{
	static const struct pair pairs[] = {
		{ "John Smith", "  john   SMITH " },
		{ "John Smith", "john\u00a0smith" },
		{ "John Smith", "john \u2003 smith" },
		{ "John Smith", "john\tsmith\r\n" },
		{ "John Smith", "john\u2028smith\xc2\x85" },
		{ "John Smith", "j\x01ohn\x7f smith" }, /* controls map to nothing */
		{ "x", "\u3000x\u3000" },
		{ "", "   " },
		{ "", "\u00ad\u200b" },
	};

	check_pairs(*state, ATTR_COMMON_NAME, pairs, COUNT(pairs), true);
}

static void telephone_numbers_ignore_blanks_and_hyphens(void **state)
{
	static const struct pair same[] = {
		{ "+49 40 123-456", "+4940123456" },
		{ "+49\u201040\u2212123456", "+4940123456" },
		{ "+49\uff0d40 123456", "+4940123456" },
		{ "ext A", "EXTa" },
	};
	static const struct pair other[] = { { "+49 40 1", "+49 40 2" }, { "1", "+1" } };

	check_pairs(*state, ATTR_PHONE, same, COUNT(same), true);
	check_pairs(*state, ATTR_PHONE, other, COUNT(other), false);
}

static void exact_values_and_octets_are_compared_as_they_are(void **state)
{
	static const struct pair pairs[] = { { "abc", "ABC" }, { "a b", "a  b" }, { "a", " a" } };

	check_pairs(*state, ATTR_EXTERNAL_ID, pairs, COUNT(pairs), false);
	check_pairs(*state, ATTR_SSH_PUBLIC_KEY, pairs, COUNT(pairs), false);
}

static void what_is_no_utf8_keeps_its_octets(void **state)
{
	struct span bad = SPAN("A\xff"
			       "B");

	assert_span(value_normal(*state, ATTR_USER_NAME, bad), "A\xff"
							       "B");
	assert_false(value_fits(ATTR_USER_NAME, bad));
}

static void normal_text_is_not_copied(void **state)
{
	struct span raw = SPAN("jane doe");

	assert_ptr_equal(value_normal(*state, ATTR_USER_NAME, raw).data, raw.data);
	assert_int_equal(arena_used(*state), 0);
}

static void parts_keep_the_blank_at_a_joint(void **state)
{
	struct arena *arena = *state;
	struct span raw = SPAN("  John  ");

	assert_span(syntax_normal_part(arena, SYNTAX_TEXT, raw, true, false), "john ");
	assert_span(syntax_normal_part(arena, SYNTAX_TEXT, raw, false, false), " john ");
	assert_span(syntax_normal_part(arena, SYNTAX_TEXT, raw, false, true), " john");
	assert_span(syntax_normal_part(arena, SYNTAX_TEXT, raw, true, true), "john");
	assert_span(syntax_normal_part(arena, SYNTAX_TEXT, SPAN("   "), false, false), " ");
	assert_span(
		syntax_normal_part(arena, SYNTAX_TEXT, SPAN("\u00c4  "), true, false), "\u00e4 ");
}

struct form {
	const char *raw, *stored; /* NULL: refused */
};

static void check_forms(struct arena *arena, enum attr attr, const struct form *forms, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct span stored = SPAN("untouched");
		struct why why = { 0 };
		enum err err = value_canonical(arena, attr, span_str(forms[i].raw), &stored, &why);
		if ((err == OK) != (forms[i].stored != NULL))
			fail_msg("\"%s\": %s", forms[i].raw, why.text);
		assert_span(stored, forms[i].stored ? forms[i].stored : "untouched");
		if (err != OK) {
			assert_int_equal(err, ERR_VALUE);
			assert_string_equal(why.attribute, attr_spelling(attr));
		}
	}
}

static void booleans_take_any_case_and_nothing_else(void **state)
{
	static const struct form forms[] = {
		{ "true", "TRUE" },
		{ "False", "FALSE" },
		{ "TRUE", "TRUE" },
		{ "1", NULL },
		{ "yes", NULL },
		{ "", NULL },
		{ " true", NULL },
	};

	check_forms(*state, ATTR_ACTIVE, forms, COUNT(forms));
}

static void integers_are_decimal_and_fit_64_bits(void **state)
{
	static const struct form forms[] = {
		{ "0", "0" },
		{ "007", "7" },
		{ "-012", "-12" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "9223372036854775808", NULL },
		{ "-9223372036854775809", NULL },
		{ "-0", NULL },
		{ "-", NULL },
		{ "+1", NULL },
		{ "1.0", NULL },
		{ "1e3", NULL },
		{ " 1", NULL },
		{ "", NULL },
	};

	check_forms(*state, ATTR_UID_NUMBER, forms, COUNT(forms));
}

static void times_come_in_two_spellings_and_are_kept_in_one(void **state)
{
	static const struct form forms[] = {
		{ "2026-11-22T01:02:03Z", "20261122010203Z" },
		{ "2026-11-22T01:02:03.999Z", "20261122010203Z" },
		{ "2026-11-22T02:02:03+01:00", "20261122010203Z" },
		{ "20261122010203Z", "20261122010203Z" },
		{ "20261122010203.5Z", "20261122010203Z" },
		{ "20261122020203+0100", "20261122010203Z" },
		{ "2026-13-22T01:02:03Z", NULL },
		{ "yesterday", NULL },
	};

	check_forms(*state, ATTR_EXPIRES, forms, COUNT(forms));
}

static void names_refuse_what_deceives(void **state)
{
	static const struct form forms[] = {
		{ "J\u00fcrgen Gro\u00df", "J\u00fcrgen Gro\u00df" },
		{ "  Jane  Doe ", "Jane  Doe" },
		{ "\u0645\u062d\u0645\u062f", "\u0645\u062d\u0645\u062f" },
		{ "a\u202e"
		  "b",
			NULL }, /* right-to-left override */
		{ "a\u2066"
		  "b",
			NULL },
		{ "a\x01"
		  "b",
			NULL },
		{ "a\r\nb", NULL },
		{ "a\xc2\x85"
		  "b",
			NULL },
		{ "a\ufffe", NULL },
		{ "a\ufdd0", NULL },
		{ "a\U0001ffff", NULL },
		{ "\u00ad", NULL }, /* nothing is left of it */
		{ "  ", NULL },
		{ "a\xc0\x80", NULL },
		{ "a\xed\xa0\x80", NULL },
		{ "", NULL },
	};

	check_forms(*state, ATTR_USER_NAME, forms, COUNT(forms));
	check_forms(*state, ATTR_COMMON_NAME, forms, COUNT(forms));
}

static void addresses_may_have_lines_and_titles_may_not(void **state)
{
	static const struct form lines[] = { { "Main St 1\nTown", "Main St 1\nTown" } };
	static const struct form line[] = { { "Main St 1\nTown", NULL } };

	check_forms(*state, ATTR_ADDRESS, lines, COUNT(lines));
	check_forms(*state, ATTR_TITLE, line, COUNT(line));
}

static void an_address_has_a_name_one_at_and_a_domain(void **state)
{
	static const struct form forms[] = {
		{ "jane@acme.example", "jane@acme.example" },
		{ "jane@ex\u00e4mple.com", "jane@ex\u00e4mple.com" },
		{ "jane", NULL },
		{ "@acme.example", NULL },
		{ "jane@", NULL },
		{ " jane@acme.example ", "jane@acme.example" },
		{ "jane@acme@example", NULL },
		{ "jane@acme\uff20example", NULL },
		{ "jane doe@acme.example", NULL },
		{ "jane@acme.example\nBcc: x@y", NULL },
	};

	check_forms(*state, ATTR_EMAIL, forms, COUNT(forms));
}

static enum err canonical_of_length(
	struct arena *arena, enum attr attr, const char *unit, size_t n, const char *tail)
{
	size_t len = strlen(unit);
	char *text = arena_alloc(arena, len * n + strlen(tail) + 1);
	struct span stored;

	for (size_t i = 0; i < n; i++)
		memcpy(text + i * len, unit, len);
	memcpy(text + n * len, tail, strlen(tail) + 1);
	return value_canonical(arena, attr, span_str(text), &stored, NULL);
}

static void every_length_has_its_limit(void **state)
{
	struct arena *arena = *state;

	assert_int_equal(canonical_of_length(arena, ATTR_USER_NAME, "\u00e4", 256, ""), OK);
	assert_int_equal(canonical_of_length(arena, ATTR_USER_NAME, "a", 257, ""), ERR_VALUE);
	assert_int_equal(canonical_of_length(arena, ATTR_EMAIL, "a", 316, "@b.c"), OK);
	assert_int_equal(canonical_of_length(arena, ATTR_EMAIL, "a", 317, "@b.c"), ERR_VALUE);
	assert_int_equal(canonical_of_length(arena, ATTR_TITLE, "a", LIMIT_VALUE_OCTETS, ""), OK);
	assert_int_equal(
		canonical_of_length(arena, ATTR_TITLE, "a", LIMIT_VALUE_OCTETS, "b"), ERR_VALUE);
	assert_int_equal(
		canonical_of_length(arena, ATTR_PASSWORD, "a", LIMIT_VALUE_OCTETS, "b"), ERR_VALUE);
	assert_int_equal(canonical_of_length(arena, ATTR_MANAGER, "a", 16, ""), OK);
	assert_int_equal(canonical_of_length(arena, ATTR_MANAGER, "a", 15, ""), ERR_VALUE);
}

static void a_decimal_has_one_form(void **state)
{
	static const struct pair pairs[] = {
		{ "1.50", "1.5" },
		{ "0012", "12" },
		{ "-0.0", "0" },
		{ "-0.250", "-0.25" },
		{ "12345678901234567890.5", "12345678901234567890.50" },
	};
	static const char *const bad[] = { "", "-", ".5", "5.", "1e5", "1,5", "+1", "1.2.3",
		"0x1" };
	static const char *const rising[] = { "-10", "-9.5", "-9.25", "0", "0.05", "0.5", "1",
		"9.99", "10", "10.1" };
	struct span stored;

	check_pairs(*state, ATTR_TEST_DECIMAL, pairs, COUNT(pairs), true);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(
			value_canonical(*state, ATTR_TEST_DECIMAL, span_str(bad[i]), &stored, NULL),
			ERR_VALUE);
	for (size_t i = 1; i < COUNT(rising); i++)
		assert_true(value_order(ATTR_TEST_DECIMAL, span_str(rising[i - 1]),
				    span_str(rising[i])) < 0);
}

static void order_follows_the_syntax(void **state)
{
	(void)state;
	assert_true(value_order(ATTR_UID_NUMBER, SPAN("9"), SPAN("10")) < 0);
	assert_true(value_order(ATTR_UID_NUMBER, SPAN("-10"), SPAN("-9")) < 0);
	assert_true(value_order(ATTR_UID_NUMBER, SPAN("-1"), SPAN("0")) < 0);
	assert_true(value_order(ATTR_UID_NUMBER, SPAN("x"), SPAN("10")) > 0);
	assert_int_equal(value_order(ATTR_UID_NUMBER, SPAN("10"), SPAN("10")), 0);
	assert_true(value_order(ATTR_MODIFIED, SPAN("20261122010203Z"),
			    SPAN("20261122010203.001Z")) < 0);
	assert_true(
		value_order(ATTR_MODIFIED, SPAN("20261122010203Z"), SPAN("20261122010204Z")) < 0);
	assert_true(value_order(ATTR_USER_NAME, SPAN("10"), SPAN("9")) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_of(look_alikes_of_one_letter_are_one_name),
		test_of(different_letters_stay_different_names),
		test_of(blanks_are_squeezed_and_trimmed),
		test_of(telephone_numbers_ignore_blanks_and_hyphens),
		test_of(exact_values_and_octets_are_compared_as_they_are),
		test_of(what_is_no_utf8_keeps_its_octets),
		test_of(normal_text_is_not_copied),
		test_of(parts_keep_the_blank_at_a_joint),
		test_of(booleans_take_any_case_and_nothing_else),
		test_of(integers_are_decimal_and_fit_64_bits),
		test_of(times_come_in_two_spellings_and_are_kept_in_one),
		test_of(names_refuse_what_deceives),
		test_of(addresses_may_have_lines_and_titles_may_not),
		test_of(an_address_has_a_name_one_at_and_a_domain),
		test_of(every_length_has_its_limit),
		test_of(a_decimal_has_one_form),
		test_of(order_follows_the_syntax),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
