#include "base/clock.h"
#include "in/sync/breaker.h"
#include "unit.h"

static void three_failures_in_a_row_open_it_and_an_answer_closes_it(void **state)
{
	struct breaker breaker = { 0 };

	(void)state;
	breaker_failed(&breaker, 0);
	breaker_failed(&breaker, 0);
	assert_int_equal(breaker_state(&breaker, 0), BREAKER_CLOSED);
	breaker_answered(&breaker);
	breaker_failed(&breaker, 0);
	breaker_failed(&breaker, 0);
	assert_int_equal(breaker_state(&breaker, 0), BREAKER_CLOSED);
	breaker_failed(&breaker, 0);
	assert_int_equal(breaker_state(&breaker, 0), BREAKER_OPEN);
	breaker_answered(&breaker);
	assert_int_equal(breaker_state(&breaker, 0), BREAKER_CLOSED);
}

static void each_trial_that_fails_doubles_the_wait_up_to_half_a_minute(void **state)
{
	static const int64_t waits[] = { 1, 2, 4, 8, 16, 30, 30, 30 };
	struct breaker breaker = { .failures = 2 };
	int64_t now = 1000 * SECOND;

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		breaker_failed(&breaker, now);
		now += waits[i] * SECOND;
		assert_int_equal(breaker_state(&breaker, now - 1), BREAKER_OPEN);
		assert_int_equal(breaker_state(&breaker, now), BREAKER_TRIAL);
	}
}

static void a_refused_service_account_is_let_alone_for_minutes(void **state)
{
	struct breaker breaker = { 0 };

	(void)state;
	breaker_shut(&breaker, 0);
	assert_int_equal(breaker_state(&breaker, 299 * SECOND), BREAKER_OPEN);
	assert_int_equal(breaker_state(&breaker, 300 * SECOND), BREAKER_TRIAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_failures_in_a_row_open_it_and_an_answer_closes_it),
		cmocka_unit_test(each_trial_that_fails_doubles_the_wait_up_to_half_a_minute),
		cmocka_unit_test(a_refused_service_account_is_let_alone_for_minutes),
	};

	return cmocka_run_group_tests_name("breaker", tests, NULL, NULL);
}
