#include "base/clock.h"

#include "unit.h"

#include <time.h>

static int64_t rfc3339(const char *text)
{
	int64_t wall = -1;

	assert_true(time_parse_rfc3339(span_str(text), &wall));
	return wall;
}

static int64_t generalized(const char *text)
{
	int64_t wall = -1;

	assert_true(time_parse_generalized(span_str(text), &wall));
	return wall;
}

static void known_moments_are_formatted(void **state)
{
	char text[TIME_TEXT_MAX];

	(void)state;
	assert_int_equal(time_format_rfc3339(0, text), 24);
	assert_string_equal(text, "1970-01-01T00:00:00.000Z");
	time_format_rfc3339(INT64_C(951827696789999), text);
	assert_string_equal(text, "2000-02-29T12:34:56.789Z");
	time_format_rfc3339(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999Z");
	assert_int_equal(time_format_generalized(INT64_C(951827696789999), text), 15);
	assert_string_equal(text, "20000229123456Z");
	time_format_rfc3339(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
	time_format_rfc3339(INT64_MIN, text);
	assert_string_equal(text, "0000-01-01T00:00:00.000Z");
}

static void every_day_of_ten_thousand_years_agrees_with_the_c_library(void **state)
{
	(void)state;
	for (int64_t day = -719528; day <= 2932896; day++) {
		char text[TIME_TEXT_MAX], expected[TIME_TEXT_MAX];
		time_t seconds = (time_t)(day * 86400 + 3723);
		struct tm tm;
		int64_t back;

		gmtime_r(&seconds, &tm);
		tm.tm_year += 1900;
		tm.tm_mon += 1;
		time_format_generalized(seconds * SECOND, text);
		for (size_t i = 0; i < 4; i++)
			expected[i] = (char)('0' + tm.tm_year /
							   (i == 0          ? 1000
								   : i == 1 ? 100
								   : i == 2 ? 10
									    : 1) %
							   10);
		expected[4] = (char)('0' + tm.tm_mon / 10);
		expected[5] = (char)('0' + tm.tm_mon % 10);
		expected[6] = (char)('0' + tm.tm_mday / 10);
		expected[7] = (char)('0' + tm.tm_mday % 10);
		if (memcmp(text, expected, 8) != 0)
			fail_msg("day %ld: %s", (long)day, text);
		assert_true(time_parse_generalized(span_str(text), &back));
		assert_true(back == seconds * SECOND);
	}
}

static void offsets_and_fractions_are_understood(void **state)
{
	int64_t noon = rfc3339("2026-11-22T12:00:00Z");

	(void)state;
	assert_true(rfc3339("2026-11-22T14:30:00+02:30") == noon);
	assert_true(rfc3339("2026-11-22t07:00:00.000000-05:00") == noon);
	assert_true(rfc3339("2026-11-23T11:59:00+23:59") == noon);
	assert_true(rfc3339("2026-11-22T12:00:00-00:00") == noon);
	assert_true(rfc3339("2026-11-22T12:00:00.5z") == noon + SECOND / 2);
	assert_true(rfc3339("2026-11-22T12:00:00.1234567890123Z") == noon + 123456);
	assert_true(rfc3339("1969-12-31T23:59:59.5Z") == -SECOND / 2);
}

static void generalized_time_may_leave_out_its_small_parts(void **state)
{
	int64_t noon = generalized("20261122120000Z");

	(void)state;
	assert_true(noon == rfc3339("2026-11-22T12:00:00Z"));
	assert_true(generalized("2026112212Z") == noon);
	assert_true(generalized("202611221200Z") == noon);
	assert_true(generalized("2026112212.5Z") == noon + 1800 * SECOND);
	assert_true(generalized("202611221200,5Z") == noon + 30 * SECOND);
	assert_true(generalized("20261122120000.25Z") == noon + SECOND / 4);
	assert_true(generalized("20261122140000+02") == noon);
	assert_true(generalized("20261122140000.0+0200") == noon);
	assert_true(generalized("20261122070000-0500") == noon);
}

static void a_leap_second_ends_a_day_in_utc(void **state)
{
	int64_t wall;

	(void)state;
	assert_true(rfc3339("2016-12-31T23:59:60Z") == rfc3339("2017-01-01T00:00:00Z"));
	assert_true(rfc3339("2017-01-01T01:59:60+02:00") == rfc3339("2017-01-01T00:00:00Z"));
	assert_false(time_parse_rfc3339(SPAN("2016-12-31T22:59:60Z"), &wall));
}

static void nonsense_is_refused(void **state)
{
	static const char *const wrong[] = { "", "2026", "2026-11-22", "2026-11-22T12:00:00",
		"2026-11-22 12:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
		"2026-11-31T00:00:00Z", "2026-11-00T00:00:00Z", "2025-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T12:60:00Z",
		"2026-11-22T12:00:61Z", "2026-11-22T12:00:00.Z", "2026-11-22T12:00:00+24:00",
		"2026-11-22T12:00:00+01:60", "2026-11-22T12:00:00+0100", "2026-11-22T12:00:00Z ",
		" 2026-11-22T12:00:00Z", "-026-11-22T12:00:00Z", "2026-1-22T12:00:00Z",
		"0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "+2026-11-22T12:00:00Z" };
	static const char *const wrong_generalized[] = { "", "2026", "20261122", "20261122120000",
		"2026112212000Z", "20261122126000Z", "20261122120000z", "20261122120000.Z",
		"20261122120000+", "20261122120000+2", "20261122120000+02:00", "20261122120000+020",
		"20261122120000Z0", "20250229000000Z", "20261122240000Z" };
	int64_t wall = 5;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (time_parse_rfc3339(span_str(wrong[i]), &wall))
			fail_msg("taken: %s", wrong[i]);
	for (size_t i = 0; i < sizeof wrong_generalized / sizeof *wrong_generalized; i++)
		if (time_parse_generalized(span_str(wrong_generalized[i]), &wall))
			fail_msg("taken: %s", wrong_generalized[i]);
	assert_false(time_parse_rfc3339(span_of("2026-11-22T12:00:00\0", 20), &wall));
	assert_int_equal(wall, 5);
}

static void the_test_clock_stands_until_it_is_given_back(void **state)
{
	(void)state;
	clock_set_for_test(1234);
	assert_true(clock_wall() == 1234 && clock_monotonic() == 1234);
	clock_set_for_test(0);
	assert_true(clock_wall() > INT64_C(1600000000) * SECOND);
	assert_true(clock_monotonic() <= clock_monotonic());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_moments_are_formatted),
		cmocka_unit_test(every_day_of_ten_thousand_years_agrees_with_the_c_library),
		cmocka_unit_test(offsets_and_fractions_are_understood),
		cmocka_unit_test(generalized_time_may_leave_out_its_small_parts),
		cmocka_unit_test(a_leap_second_ends_a_day_in_utc),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(the_test_clock_stands_until_it_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
