#include "base/codec.h"
#include "in/upstream/dirsync_control.h"
#include "unit.h"

/* Of a Samba domain controller; its one cursor is its own. */
static const char of_a_server[] =
	"4d5344530300000000765f24937add01000000000000000028000000531000000000000000000000"
	"000000005310000000000000cf61bd00a3701145a949ce1ff9783a00010000000000000001000000"
	"00000000cf61bd00a3701145a949ce1ff9783a005310000000000000";

static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct span octets_of_a_server(void)
{
	struct span octets;

	assert_true(hex_parse(arena, span_str(of_a_server), &octets));
	return octets;
}

static void the_request_has_flags_size_and_cookie(void **state)
{
	static const uint8_t wanted[] = { 0x30, 0x10, 0x02, 0x04, 0x80, 0, 0, 1, 0x02, 0x03, 0x10,
		0, 0, 0x04, 0x03, 'a', 'b', 'c' };
	struct berval value;
	(void)state;
	assert_true(dirsync_request(DIRSYNC_INCREMENTAL_VALUES | DIRSYNC_OBJECT_SECURITY, 0x100000,
		SPAN("abc"), &value));
	assert_int_equal(value.bv_len, sizeof(wanted));
	assert_memory_equal(value.bv_val, wanted, sizeof(wanted));
	ber_memfree(value.bv_val);
}

static void a_first_request_has_an_empty_cookie(void **state)
{
	struct berval value;
	(void)state;
	assert_true(dirsync_request(0, 1, SPAN_NONE, &value));
	assert_int_equal(value.bv_len, 10);
	assert_memory_equal(value.bv_val + 8, "\x04\x00", 2);
	ber_memfree(value.bv_val);
}

static void an_answer_says_whether_more_is_to_come(void **state)
{
	uint8_t octets[] = { 0x30, 0x09, 0x02, 1, 1, 0x02, 1, 0, 0x04, 1, 'x' };
	struct berval value = { sizeof(octets), (char *)octets };
	struct dirsync_answer answer;
	(void)state;
	assert_true(dirsync_answer_read(arena, &value, &answer));
	assert_true(answer.more);
	assert_span(answer.cookie, "x");
	octets[4] = 0;
	assert_true(dirsync_answer_read(arena, &value, &answer));
	assert_false(answer.more);
	value.bv_len--;
	assert_false(dirsync_answer_read(arena, &value, &answer));
}

static void a_cookie_says_which_server_and_how_far(void **state)
{
	struct dirsync_cookie cookie;
	(void)state;
	assert_true(dirsync_cookie_read(octets_of_a_server(), &cookie));
	assert_int_equal(cookie.usn, 0x1053);
	assert_int_equal(cookie.invocation[0], 0xcf);
	assert_int_equal(cookie.cursors.len, 24);
	assert_true(dirsync_cookie_covers(&cookie, &cookie));
}

static void a_server_that_lags_does_not_cover_the_other(void **state)
{
	struct dirsync_cookie now, then;
	(void)state;
	assert_true(dirsync_cookie_read(octets_of_a_server(), &now));
	then = now;
	then.usn++;
	assert_false(dirsync_cookie_covers(&now, &then));
	then = now;
	then.invocation[3]++;
	assert_false(dirsync_cookie_covers(&now, &then));
}

static void another_form_of_cookie_tells_nothing(void **state)
{
	struct span whole = octets_of_a_server();
	struct dirsync_cookie cookie;
	(void)state;
	assert_false(dirsync_cookie_read(SPAN_NONE, &cookie));
	assert_false(dirsync_cookie_read(SPAN("garbage"), &cookie));
	assert_false(dirsync_cookie_read(span_of(whole.data, 67), &cookie));
	/* Cut in the vector: the head still stands, and no cursor is believed. */
	assert_true(dirsync_cookie_read(span_of(whole.data, whole.len - 1), &cookie));
	assert_int_equal(cookie.cursors.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_request_has_flags_size_and_cookie),
		cmocka_unit_test(a_first_request_has_an_empty_cookie),
		cmocka_unit_test(an_answer_says_whether_more_is_to_come),
		cmocka_unit_test(a_cookie_says_which_server_and_how_far),
		cmocka_unit_test(a_server_that_lags_does_not_cover_the_other),
		cmocka_unit_test(another_form_of_cookie_tells_nothing),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
