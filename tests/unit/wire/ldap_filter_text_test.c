/* LDAP filters between text and element. */
#include "base/limits.h"
#include "wire/ldap_filter.h"
#include "wire/ldap_filter_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static int arena_begin(void **state)
{
	*state = arena_new();
	return 0;
}

static int arena_end(void **state)
{
	arena_free(*state);
	return 0;
}

static bool nothing(struct span attribute)
{
	(void)attribute;
	return false;
}

static bool is_mail(struct span attribute)
{
	return span_equal_nocase(attribute, SPAN("mail"));
}

static void assert_written(struct span element, bool (*is_secret)(struct span), const char *text)
{
	struct buffer out;

	buffer_init(&out, 4 * KIB);
	filter_text_write(element, is_secret, &out);
	buffer_put_octet(&out, 0);
	assert_string_equal((const char *)out.data, text);
	buffer_free(&out);
}

static void what_was_read_is_written_again(void **state)
{
	static const char *const texts[] = { "(cn=x)", "(cn=*)", "(cn=)", "(cn=a*)", "(cn=*b)",
		"(cn=a*b*c)", "(cn=*b*)", "(&)", "(|)", "(&(cn=x)(|(sn>=a)(sn<=b))(!(cn~=x)))",
		"(cn=\\28\\29\\2a\\5c\\00)", "(cn=J\xc3\xb6rg)", "(cn:caseExactMatch:=x)",
		"(:dn:2.5.13.2:=x)", "(ou:dn:=people)", "(ou:dn:2.5.13.2:=people)",
		"(memberOf=cn=a\\2cb,ou=groups,o=acme)" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct span element;
		const char *expected = texts[i];

		assert_int_equal(filter_text_read(*state, span_str(texts[i]), &element, NULL), OK);
		if (strcmp(expected, "(memberOf=cn=a\\2cb,ou=groups,o=acme)") == 0)
			expected = "(memberOf=cn=a,b,ou=groups,o=acme)";
		assert_written(element, nothing, expected);
	}
}

static void what_was_read_is_a_filter(void **state)
{
	struct span element;
	struct filter *filter;

	assert_int_equal(
		filter_text_read(*state, SPAN("(&(uid=a*c)(!(mail=*))(cn:dn:=b))"), &element, NULL),
		OK);
	assert_int_equal(filter_read(*state, element, &filter, NULL), OK);
	assert_int_equal(filter->op, FILTER_AND);
	assert_int_equal(filter->parts[0]->op, FILTER_SUBSTRING);
	assert_int_equal(filter->parts[1]->parts[0]->op, FILTER_PRESENT);
}

static void a_mistake_is_told_with_its_place(void **state)
{
	static const struct {
		const char *text, *told;
	} rows[] = {
		{ "cn=x", "at character 1 of the filter: expected \"(\"" },
		{ "(cn=x", "at character 6 of the filter: expected \")\"" },
		{ "(cn=x))", "at character 7 of the filter: expected the end" },
		{ "(cn)", "at character 4 of the filter: expected \"=\", \"~=\", \">=\", \"<=\" "
			  "or \":=\"" },
		{ "(=x)", "at character 2 of the filter: expected an attribute, \"&\", \"|\" or "
			  "\"!\"" },
		{ "(cn=a**b)", "at character 7 of the filter: expected something between two *" },
		{ "(cn>=a*)", "at character 7 of the filter: expected a value without *" },
		{ "(cn=\\2)",
			"at character 6 of the filter: expected two hexadecimal digits behind \\" },
		{ "(!)", "at character 3 of the filter: expected \"(\"" },
		{ "(!(a=b)(c=d))", "at character 8 of the filter: expected \")\"" },
		{ "(:=x)",
			"at character 3 of the filter: expected an attribute or a matching rule" },
		{ "", "at character 1 of the filter: expected \"(\"" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct why why = { 0 };
		struct span element;

		assert_int_equal(filter_text_read(*state, span_str(rows[i].text), &element, &why),
			ERR_VALUE);
		assert_string_equal(why.text, rows[i].told);
		assert_string_equal(why.attribute, "filter");
	}
}

static void depth_is_limited(void **state)
{
	char text[8 * KIB];
	struct span element;
	size_t len = 0;

	for (unsigned i = 0; i < LIMIT_FILTER_DEPTH; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "(!");
	len += (size_t)snprintf(text + len, sizeof text - len, "(cn=x)");
	memset(text + len, ')', LIMIT_FILTER_DEPTH);
	assert_int_equal(
		filter_text_read(*state, span_of(text, len + LIMIT_FILTER_DEPTH), &element, NULL),
		ERR_VALUE);
	assert_int_equal(filter_text_read(*state, span_of(text + 2, len + LIMIT_FILTER_DEPTH - 3),
				 &element, NULL),
		OK);
}

static void secrets_are_not_written(void **state)
{
	struct span element;

	assert_int_equal(filter_text_read(*state, SPAN("(|(cn=a)(mail=b)(mail=c*d)(mail:=e))"),
				 &element, NULL),
		OK);
	assert_written(element, is_mail, "(|(cn=a)(mail=...)(mail=...*...)(mail:=...))");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_was_read_is_written_again, arena_begin, arena_end),
		cmocka_unit_test_setup_teardown(what_was_read_is_a_filter, arena_begin, arena_end),
		cmocka_unit_test_setup_teardown(
			a_mistake_is_told_with_its_place, arena_begin, arena_end),
		cmocka_unit_test_setup_teardown(depth_is_limited, arena_begin, arena_end),
		cmocka_unit_test_setup_teardown(secrets_are_not_written, arena_begin, arena_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
