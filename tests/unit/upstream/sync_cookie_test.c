#include "in/upstream/sync_cookie.h"
#include "unit.h"

#include <stdio.h>

static struct sync_cookie cookie, again;
static struct buffer bytes;

static int begin(void **state)
{
	(void)state;
	cookie = (struct sync_cookie){ 0 };
	buffer_init(&bytes, 64 * KIB);
	return 0;
}

static int end(void **state)
{
	(void)state;
	buffer_free(&bytes);
	return 0;
}

static struct uuid anchor(uint8_t n)
{
	return (struct uuid){ { n + 1 } };
}

static void see(uint8_t n, const char *version)
{
	struct uuid of = anchor(n);

	canary_see(&cookie, &of, span_str(version));
}

static const char *version_of(const struct sync_cookie *of, uint8_t n)
{
	struct uuid id = anchor(n);

	for (size_t i = 0; i < of->canary_count; i++)
		if (uuid_equal(&of->canaries[i].anchor, &id))
			return of->canaries[i].version;
	return NULL;
}

static void what_is_kept_is_read_again(void **state)
{
	(void)state;
	assert_true(sync_cookie_take(&cookie, SPAN("rid=000,sid=001,csn=a")));
	see(1, "20261122");
	see(2, "20261123");
	cookie.has_units = true;
	cookie.units = UINT64_MAX - 1;
	cookie.newest = 88;
	sync_cookie_write(&cookie, &bytes);
	assert_true(sync_cookie_read(buffer_span(&bytes), &again));
	assert_true(again.has_units && again.units == UINT64_MAX - 1 && again.newest == 88);
	assert_int_equal(again.len, cookie.len);
	assert_memory_equal(again.octets, cookie.octets, cookie.len);
	assert_string_equal(version_of(&again, 2), "20261123");
}

static void no_part_of_one_is_taken_for_a_whole(void **state)
{
	(void)state;
	assert_true(sync_cookie_take(&cookie, SPAN("rid=000")));
	see(1, "20261122");
	sync_cookie_write(&cookie, &bytes);
	for (size_t n = 1; n < bytes.len; n++)
		assert_false(sync_cookie_read(span_of(bytes.data, n), &again));
	assert_true(sync_cookie_read(SPAN_NONE, &again));
	assert_int_equal(again.len, 0);
	assert_false(sync_cookie_read(SPAN("rid=000"), &again));
}

static void what_marks_an_unfinished_refresh_is_left_out(void **state)
{
	(void)state;
	assert_true(sync_cookie_take(&cookie, SPAN("rid=0,csn=a,delcsn=b")));
	assert_int_equal(cookie.len, 11);
	assert_memory_equal(cookie.octets, "rid=0,csn=a", 11);
	assert_true(sync_cookie_take(&cookie, SPAN("rid=0,csn=a,delcsn=b,x=y")));
	assert_memory_equal(cookie.octets, "rid=0,csn=a,x=y", 15);
	assert_true(sync_cookie_take(&cookie, SPAN_NONE));
	assert_int_equal(cookie.len, 0);
}

static void the_newest_entries_are_the_ones_kept(void **state)
{
	char version[8];

	(void)state;
	for (uint8_t n = 0; n < 60; n++) {
		snprintf(version, sizeof(version), "%02u", n % 30 + 10);
		see(n, version);
	}
	assert_int_equal(cookie.canary_count, CANARIES_MAX);
	for (size_t i = 0; i < cookie.canary_count; i++)
		assert_true(strcmp(cookie.canaries[i].version, "30") >= 0);
	see(29, "99");
	assert_string_equal(version_of(&cookie, 29), "99");
	struct uuid gone = anchor(29);
	canary_drop(&cookie, &gone);
	assert_null(version_of(&cookie, 29));
	assert_int_equal(cookie.canary_count, CANARIES_MAX - 1);
}

static void an_older_change_of_the_same_server_is_behind(void **state)
{
	(void)state;
	assert_true(sync_cookie_take(
		&cookie, SPAN("rid=000,sid=001,csn=20261122024336.162237Z#000000#001#000000;"
			      "20261101000000.000000Z#000000#002#000000")));
	assert_true(
		sync_cookie_is_ahead(&cookie, SPAN("20261122024335.000000Z#000000#001#000000")));
	assert_false(
		sync_cookie_is_ahead(&cookie, SPAN("20261122024336.162237Z#000000#001#000000")));
	assert_false(
		sync_cookie_is_ahead(&cookie, SPAN("20261102000000.000000Z#000000#002#000000")));
	assert_false(
		sync_cookie_is_ahead(&cookie, SPAN("20200101000000.000000Z#000000#003#000000")));
}

static void the_change_number_of_389_stands_at_the_end(void **state)
{
	uint64_t number;

	(void)state;
	assert_true(
		sync_cookie_take(&cookie, SPAN("localhost:389#cn=s,dc=b:dc=b:(objectClass=*)#88")));
	assert_true(sync_cookie_change(&cookie, &number));
	assert_int_equal(number, 88);
	assert_true(sync_cookie_take(&cookie, SPAN("rid=000")));
	assert_false(sync_cookie_change(&cookie, &number));
	assert_true(sync_cookie_take(&cookie, SPAN("a#b")));
	assert_false(sync_cookie_change(&cookie, &number));
}

static void another_change_number_takes_its_place(void **state)
{
	static const char text[] = "localhost:389#cn=s,dc=b:dc=b:(objectClass=*)#";
	uint64_t number;

	(void)state;
	assert_true(
		sync_cookie_take(&cookie, SPAN("localhost:389#cn=s,dc=b:dc=b:(objectClass=*)#9")));
	sync_cookie_set_change(&cookie, 1000);
	assert_true(sync_cookie_change(&cookie, &number));
	assert_int_equal(number, 1000);
	assert_memory_equal(cookie.octets, text, strlen(text));
	sync_cookie_set_change(&cookie, 3);
	assert_true(sync_cookie_change(&cookie, &number));
	assert_int_equal(number, 3);
	assert_true(sync_cookie_take(&cookie, SPAN("rid=000")));
	sync_cookie_set_change(&cookie, 3);
	assert_int_equal(cookie.len, strlen("rid=000"));
}

/* 389 writes its largest number for a change that it does not find. */
static void the_newest_number_that_was_named_is_remembered(void **state)
{
	(void)state;
	sync_cookie_witness(&cookie, SPAN("a#b#7"));
	sync_cookie_witness(&cookie, SPAN("a#b#5"));
	sync_cookie_witness(&cookie, SPAN("a#b#18446744073709551615"));
	sync_cookie_witness(&cookie, SPAN("a#b#x"));
	sync_cookie_witness(&cookie, SPAN("9"));
	assert_int_equal(cookie.newest, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_kept_is_read_again, begin, end),
		cmocka_unit_test_setup_teardown(no_part_of_one_is_taken_for_a_whole, begin, end),
		cmocka_unit_test_setup_teardown(
			what_marks_an_unfinished_refresh_is_left_out, begin, end),
		cmocka_unit_test_setup_teardown(another_change_number_takes_its_place, begin, end),
		cmocka_unit_test_setup_teardown(
			the_newest_number_that_was_named_is_remembered, begin, end),
		cmocka_unit_test_setup_teardown(the_newest_entries_are_the_ones_kept, begin, end),
		cmocka_unit_test_setup_teardown(
			an_older_change_of_the_same_server_is_behind, begin, end),
		cmocka_unit_test_setup_teardown(
			the_change_number_of_389_stands_at_the_end, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
