/* A directory that fails: minutes, then days, then not any more; told once for each reason. */
#include "../core/fixture.h"

#include "core/notice.h"
#include "in/sync/trouble.h"

#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)

static const struct trouble_limits usual = { 0 };

static void a_day_of_failures_makes_it_daily_and_four_weeks_end_it(void **state)
{
	const struct {
		int64_t failing;
		enum trouble_step step;
	} rows[] = {
		{ 0, TROUBLE_RETRY },
		{ 23 * HOUR, TROUBLE_RETRY },
		{ 24 * HOUR, TROUBLE_QUARANTINE },
		{ 27 * DAY, TROUBLE_QUARANTINE },
		{ 28 * DAY, TROUBLE_OFF },
		{ 400 * DAY, TROUBLE_OFF },
	};
	const struct trouble trouble = { .since = 1000 * DAY };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(trouble_step(&trouble, &usual, trouble.since + rows[i].failing),
			rows[i].step);
}

static void a_clock_that_was_set_back_switches_nothing_off(void **state)
{
	const struct trouble trouble = { .since = 1000 * DAY };

	(void)state;
	assert_int_equal(trouble_step(&trouble, &usual, 1), TROUBLE_RETRY);
}

static void a_directory_that_works_is_never_in_quarantine(void **state)
{
	const struct trouble trouble = { 0 };

	(void)state;
	assert_int_equal(trouble_step(&trouble, &usual, 1000 * DAY), TROUBLE_RETRY);
}

static void daily_tries_are_spread(void **state)
{
	(void)state;
	for (uint32_t chance = 0; chance < 5000; chance += 7) {
		int64_t wait = trouble_wait(&usual, chance);
		assert_in_range(wait, DAY - DAY / 10, DAY);
	}
	assert_int_not_equal(trouble_wait(&usual, 1), trouble_wait(&usual, 999));
}

static bool waits(struct fixture *f, struct notice *notice)
{
	struct span value;

	return view_state(look(f), f->acme, notice_key(f->arena, 7), &value) &&
	       notice_read(arena_copy(f->arena, value), notice);
}

static void forget_notice(struct fixture *f)
{
	const struct state_row row = { notice_key(f->arena, 7), SPAN_NONE };
	const struct command command = {
		.type = COMMAND_STATE, .tenant = f->acme, .states = &row, .state_count = 1
	};
	struct outcome outcome;
	struct actor keeper;

	actor_system(&keeper, CHANNEL_SYNC);
	assert_int_equal(core_run(f->core, &keeper, &command, &outcome), OK);
}

static void tell(struct fixture *f, struct trouble *trouble, const char *what)
{
	trouble_tell(
		trouble, f->core, what, STAGE_TLS, FAILURE_TLS, SPAN("corp"), "it has expired");
}

static void a_reason_is_told_once_also_after_a_restart(void **state)
{
	struct fixture *f = *state;
	struct trouble trouble;
	struct notice notice;

	trouble_open(&trouble, look(f), f->acme, 7);
	tell(f, &trouble, "quarantine");
	assert_true(waits(f, &notice));
	struct span subject = SPAN("Muster: the directory corp is in quarantine");
	assert_true(span_equal(notice.subject, subject));
	assert_non_null(strstr(arena_string(f->arena, notice.text), "tls: it has expired (tls)"));
	forget_notice(f);
	tell(f, &trouble, "quarantine");
	assert_false(waits(f, &notice));
	trouble_open(&trouble, look(f), f->acme, 7);
	tell(f, &trouble, "quarantine");
	assert_false(waits(f, &notice));
	tell(f, &trouble, "off");
	assert_true(waits(f, &notice));
}

static void since_when_it_fails_is_kept_and_ends_with_success(void **state)
{
	struct fixture *f = *state;
	struct trouble trouble;

	trouble_open(&trouble, look(f), f->acme, 7);
	trouble_begin(&trouble, f->core);
	int64_t since = trouble.since;
	assert_true(since > 0);
	trouble_open(&trouble, look(f), f->acme, 7);
	assert_int_equal(trouble.since, since);
	trouble_end(&trouble, f->core);
	trouble_open(&trouble, look(f), f->acme, 7);
	assert_int_equal(trouble.since, 0);
	tell(f, &trouble, "quarantine");
	struct notice notice;
	assert_true(waits(f, &notice));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_of_failures_makes_it_daily_and_four_weeks_end_it),
		cmocka_unit_test(a_clock_that_was_set_back_switches_nothing_off),
		cmocka_unit_test(a_directory_that_works_is_never_in_quarantine),
		cmocka_unit_test(daily_tries_are_spread),
		TEST(a_reason_is_told_once_also_after_a_restart),
		TEST(since_when_it_fails_is_kept_and_ends_with_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
