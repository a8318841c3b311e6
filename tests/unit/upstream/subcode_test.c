#include "in/upstream/subcode.h"
#include "unit.h"

static void the_number_behind_data_is_read_as_hexadecimal(void **state)
{
	(void)state;
	assert_int_equal(subcode_of(SPAN("80090308: LdapErr: DSID-0C0903A9, comment: "
					 "AcceptSecurityContext error, data 52e, v1db1")),
		0x52e);
	assert_int_equal(subcode_of(SPAN("data 775")), 0x775);
}

static void a_text_without_a_number_has_none(void **state)
{
	(void)state;
	assert_int_equal(subcode_of(SPAN_NONE), 0);
	assert_int_equal(subcode_of(SPAN("Invalid credentials")), 0);
	assert_int_equal(subcode_of(SPAN("data ")), 0);
	assert_int_equal(subcode_of(SPAN("data , v1db1")), 0);
	assert_int_equal(subcode_of(SPAN("data 123456789abcdef0123456789")), 0);
}

static void every_reason_that_windows_gives_has_words(void **state)
{
	static const unsigned subcodes[] = { 0x525, 0x52e, 0x52f, 0x530, 0x531, 0x532, 0x533, 0x701,
		0x773, 0x775 };

	(void)state;
	for (size_t i = 0; i < sizeof(subcodes) / sizeof(subcodes[0]); i++)
		assert_non_null(subcode_words(subcodes[i]));
	assert_string_equal(subcode_words(0x775), "the account is locked");
	assert_null(subcode_words(0));
	assert_null(subcode_words(1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_number_behind_data_is_read_as_hexadecimal),
		cmocka_unit_test(a_text_without_a_number_has_none),
		cmocka_unit_test(every_reason_that_windows_gives_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
