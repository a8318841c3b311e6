#include "wire/ldap_ppolicy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* SEQUENCE { OID, value } with the value in front of the eyes. */
static void assert_policy(int64_t expires, int32_t grace, int error, const void *value, size_t len)
{
	struct buffer out;
	buffer_init(&out, 256);
	password_policy_write(&out, expires, grace, error);
	const char *oid = "1.3.6.1.4.1.42.2.27.8.5.1";
	size_t head = 2 + 2 + strlen(oid) + 2;
	assert_int_equal(out.len, head + len);
	assert_int_equal(out.data[0], 0x30);
	assert_int_equal(out.data[1], out.len - 2);
	assert_memory_equal(out.data + 4, oid, strlen(oid));
	assert_int_equal(out.data[head - 2], 4);
	assert_int_equal(out.data[head - 1], len);
	assert_memory_equal(out.data + head, value, len);
	buffer_free(&out);
}

static void each_part_of_the_answer_is_as_the_draft_writes_it(void **state)
{
	(void)state;
	assert_policy(-1, -1, -1, "\x30\x00", 2);
	assert_policy(-1, -1, 0, "\x30\x03\x81\x01\x00", 5);
	assert_policy(-1, -1, 8, "\x30\x03\x81\x01\x08", 5);
	assert_policy(600, -1, -1, "\x30\x06\xa0\x04\x80\x02\x02\x58", 8);
	assert_policy(0, -1, -1, "\x30\x05\xa0\x03\x80\x01\x00", 7);
	assert_policy(-1, 0, -1, "\x30\x05\xa0\x03\x81\x01\x00", 7);
	assert_policy(-1, 2, 2, "\x30\x08\xa0\x03\x81\x01\x02\x81\x01\x02", 10);
	assert_policy(INT64_MAX, -1, -1, "\x30\x08\xa0\x06\x80\x04\x7f\xff\xff\xff", 10);
}

static void the_older_draft_is_text(void **state)
{
	(void)state;
	struct buffer out;
	buffer_init(&out, 256);
	password_expired_write(&out);
	assert_memory_equal(out.data,
		"\x30\x1c\x04\x17" OID_PASSWORD_EXPIRED "\x04\x01"
		"0",
		30);
	buffer_reset(&out);
	password_expiring_write(&out, 86400);
	assert_memory_equal(out.data,
		"\x30\x20\x04\x17" OID_PASSWORD_EXPIRING "\x04\x05"
		"86400",
		34);
	buffer_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_part_of_the_answer_is_as_the_draft_writes_it),
		cmocka_unit_test(the_older_draft_is_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
