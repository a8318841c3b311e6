#include "base/clock.h"
#include "base/limits.h"
#include "in/sync/inside.h"
#include "in/sync/limits.h"
#include "in/sync/recent.h"
#include "model/pin.h"
#include "unit.h"

static const int64_t hour = 3600 * SECOND, today = 500000 * 3600 * SECOND;
static struct because because;
static enum conflict_type conflict;

static bool holds_by(const struct limits *limits, struct tally tally)
{
	because = (struct because){ 0 };
	return limits_hold(limits, &tally, &because, &conflict);
}

static bool holds(struct tally tally)
{
	struct limits limits;

	limits_default(&limits);
	return holds_by(&limits, tally);
}

static void the_larger_of_count_and_share_is_the_limit(void **state)
{
	(void)state;
	assert_false(holds((struct tally){ .people = 150, .deactivations = 20 }));
	assert_true(holds((struct tally){ .people = 150, .deactivations = 21 }));
	assert_false(holds((struct tally){ .people = 1000, .deactivations = 100 }));
	assert_true(holds((struct tally){ .people = 1000, .deactivations = 101 }));
}

static void a_small_company_is_held_by_its_share(void **state)
{
	(void)state;
	assert_true(holds((struct tally){ .people = 8, .deactivations = 3 }));
	assert_false(holds((struct tally){ .people = 8, .deactivations = 2 }));
	assert_false(holds((struct tally){ .people = 15, .deactivations = 3 }));
}

static void a_small_company_does_not_go_one_by_one(void **state)
{
	(void)state;
	assert_false(holds((struct tally){ .people = 13, .deactivations = 1, .net = 2 }));
	assert_true(holds((struct tally){ .people = 12, .deactivations = 1, .net = 3 }));
	assert_false(holds((struct tally){ .people = 12, .net = 3 }));
	assert_false(holds((struct tally){ .people = 4, .deactivations = 1, .net = 1 }));
}

static void small_steps_add_up_within_a_day(void **state)
{
	(void)state;
	assert_false(holds((struct tally){ .people = 100, .deactivations = 5, .net = 15 }));
	assert_true(holds((struct tally){ .people = 100, .deactivations = 5, .net = 16 }));
}

static void a_run_that_takes_nothing_away_is_never_held(void **state)
{
	(void)state;
	assert_false(
		holds((struct tally){ .people = 100, .net = 1000, .complete = true, .came = 1 }));
}

static void an_empty_directory_is_held_when_people_are_known(void **state)
{
	(void)state;
	assert_true(holds((struct tally){ .people = 1, .complete = true }));
	assert_false(holds((struct tally){ .people = 0, .complete = true }));
	assert_false(holds((struct tally){ .people = 1, .complete = false }));
}

static void a_mapped_group_that_empties_is_held(void **state)
{
	(void)state;
	assert_true(holds((struct tally){ .people = 100, .groups_lost = 1 }));
}

static void a_directory_has_its_own_limits(void **state)
{
	const struct tally one = { .people = 100, .deactivations = 1 };
	struct limits strict;

	(void)state;
	limits_default(&strict);
	assert_int_equal(limits_set(&strict, SPAN("deactivate=0"), NULL), OK);
	assert_int_equal(limits_set(&strict, SPAN("deactivate-percent=0"), NULL), OK);
	assert_true(holds_by(&strict, one));
	assert_false(holds(one));
}

static void a_limit_that_there_is_not_is_refused(void **state)
{
	struct limits limits;

	(void)state;
	limits_default(&limits);
	assert_int_equal(limits_set(&limits, SPAN("deactivat=1"), NULL), ERR_VALUE);
	assert_int_equal(limits_set(&limits, SPAN("deactivate"), NULL), ERR_VALUE);
	assert_int_equal(limits_set(&limits, SPAN("deactivate=-1"), NULL), ERR_VALUE);
	assert_int_equal(limits_set(&limits, SPAN("deactivate=9999999999"), NULL), ERR_VALUE);
}

static void a_first_run_waits_unless_the_directory_says_otherwise(void **state)
{
	const struct tally first = { .first = true, .came = 200 };
	struct limits trusting;

	(void)state;
	limits_default(&trusting);
	assert_int_equal(limits_set(&trusting, SPAN("first=1"), NULL), OK);
	assert_true(holds(first));
	assert_false(holds_by(&trusting, first));
	/* Also when the directory names nobody: a wrong base looks so. */
	assert_true(holds((struct tally){ .first = true }));
	assert_false(holds_by(&trusting, (struct tally){ .first = true }));
}

static void an_admin_is_never_lost_without_a_person(void **state)
{
	(void)state;
	assert_true(holds((struct tally){ .people = 1000, .deactivations = 1, .admins = 1 }));
}

static void people_missing_without_a_reported_deletion_are_held(void **state)
{
	(void)state;
	assert_false(holds((struct tally){ .people = 200, .came = 195, .missing = 5 }));
	assert_true(holds((struct tally){ .people = 200, .came = 194, .missing = 6 }));
}

static void a_change_of_many_values_is_held(void **state)
{
	(void)state;
	assert_false(holds((struct tally){ .people = 200, .emails = 40 }));
	assert_true(holds((struct tally){ .people = 200, .emails = 41 }));
	assert_false(holds((struct tally){ .people = 20, .emails = 9 }));
	assert_true(
		holds((struct tally){ .people = 200, .values = 121, .attribute = "department" }));
	assert_string_equal(
		because.line, "attribute attribute=department n#121 people#200 percent#50");
}

static void a_rollback_and_a_preview_always_wait(void **state)
{
	(void)state;
	assert_true(holds((struct tally){ .people = 10, .came = 10, .rolled_back = true }));
	assert_true(holds((struct tally){ .people = 10, .came = 10, .asked = true }));
}

static void the_window_forgets_after_a_week(void **state)
{
	struct window window = { 0 };
	const int64_t day = 24 * hour, start = 500000 * 7 * hour;

	(void)state;
	window_add(&window, start, 5);
	window_add(&window, start + 6 * day, 3);
	assert_int_equal(window_net(&window, start + 7 * day - hour), 8);
	assert_int_equal(window_net(&window, start + 7 * day), 3);
	assert_int_equal(window_net(&window, start + 14 * day), 0);
}

static void who_came_lately_makes_nobodys_share_larger(void **state)
{
	(void)state;
	assert_true(holds((struct tally){ .people = 1000, .grown = 850, .deactivations = 21 }));
	assert_true(holds((struct tally){ .people = 1000, .grown = 850, .emails = 31 }));
	assert_true(holds((struct tally){ .people = 1000, .grown = 985, .deactivations = 4 }));
	assert_false(holds((struct tally){ .people = 1000, .grown = 850, .emails = 30 }));
	assert_true(holds((struct tally){ .people = 10, .grown = 30, .deactivations = 3 }));
}

/* ---- who was touched within a day ---- */

static void add(struct recent *recent, enum attr what, uint32_t person, int64_t wall)
{
	struct bits people = { 0 };

	bits_set(&people, person);
	recent_add(recent, what, &people, wall);
	bits_free(&people);
}

static uint64_t count(const struct recent *recent, enum attr what, int64_t wall)
{
	return recent_count(recent, what, &(struct bits){ 0 }, wall);
}

static void a_person_counts_once_and_a_day_from_the_last_time(void **state)
{
	struct recent *recent = recent_new();

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		add(recent, ATTR_TITLE, 7, today + i * hour);
	add(recent, ATTR_TITLE, 3, today);
	add(recent, ATTR_TITLE, 900, today);
	assert_int_equal(count(recent, ATTR_TITLE, today + 23 * hour), 3);
	assert_int_equal(count(recent, ATTR_EMAIL, today), 0);
	assert_int_equal(count(recent, ATTR_TITLE, today + 24 * hour), 1);
	assert_int_equal(count(recent, ATTR_TITLE, today + 43 * hour), 0);
	recent_free(recent);
}

static void who_is_back_takes_nobody_else_along(void **state)
{
	struct recent *recent = recent_new();
	struct bits back = { 0 };

	(void)state;
	for (uint32_t person = 1; person <= 4; person++)
		add(recent, RECENT_GONE, person, today);
	bits_set(&back, 2);
	for (uint32_t stranger = 100; stranger < 130; stranger++)
		bits_set(&back, stranger);
	recent_drop(recent, RECENT_GONE, &back);
	assert_int_equal(count(recent, RECENT_GONE, today), 3);
	bits_clear(&back);
	bits_set(&back, 1);
	assert_int_equal(recent_count(recent, RECENT_GONE, &back, today), 2);
	recent_forget(recent, RECENT_GONE);
	assert_int_equal(count(recent, RECENT_GONE, today), 0);
	bits_free(&back);
	recent_free(recent);
}

static void who_was_touched_survives_a_restart_and_damage_says_nothing(void **state)
{
	struct recent *recent = recent_new(), *again = recent_new();
	struct arena *arena = arena_new();

	(void)state;
	for (uint32_t person = 0; person < 500; person += 3)
		add(recent, ATTR_EMAIL, person, today + person % 20 * hour);
	add(recent, RECENT_ADMINS, 5, today - 30 * hour);
	struct span row = recent_write(arena, recent, today + 20 * hour);
	recent_read(row, again);
	assert_int_equal(count(again, ATTR_EMAIL, today + 20 * hour), 167);
	assert_int_equal(count(again, RECENT_ADMINS, today - 30 * hour), 0);
	recent_free(again);
	for (size_t len = 0; len < row.len; len++) {
		again = recent_new();
		recent_read(span_of(row.data, len), again);
		assert_in_range(count(again, ATTR_EMAIL, today + 20 * hour), 0, 167);
		recent_free(again);
	}
	arena_free(arena);
	recent_free(recent);
}

static void a_group_knows_for_a_day_how_many_were_below_it(void **state)
{
	const int64_t start = today;
	struct pin pin = { .people = 0 };

	(void)state;
	assert_true(pin_change(&pin, start, 19));
	assert_false(pin_change(&pin, start, 19));
	/* However long it has had them. */
	for (uint32_t left = 18; left >= 2; left--)
		pin_change(&pin, start + (100 + 18 - left) * hour, left);
	assert_int_equal(pin_highest(&pin, start + 116 * hour), 19);
	assert_int_equal(pin_highest(&pin, start + 124 * hour), 19);
	assert_in_range(pin_highest(&pin, start + 132 * hour), 9, 18);
	assert_int_equal(pin_highest(&pin, start + 149 * hour), 2);
	pin_change(&pin, start + 149 * hour, 40);
	assert_int_equal(pin_highest(&pin, start + 149 * hour), 40);
	pin_change(&pin, start + 150 * hour, 3);
	pin_forget(&pin);
	assert_int_equal(pin_highest(&pin, start + 150 * hour), 3);
}

static void what_a_group_had_survives_a_restart(void **state)
{
	const int64_t now = 500000 * 3600 * SECOND;
	struct pin pin = { .row = SPAN("crew=role:Technician"), .people = 19 }, again;
	struct buffer out;
	struct reader in;

	(void)state;
	pin_change(&pin, now, 4);
	buffer_init(&out, KIB);
	pins_begin(&out);
	pin_put(&out, &pin);
	assert_true(pins_open(buffer_span(&out), &in));
	assert_true(pin_next(&in, &again));
	assert_int_equal(again.people, 4);
	assert_int_equal(pin_highest(&again, now), 19);
	assert_false(pin_next(&in, &again));
	buffer_free(&out);
}

static struct uuid group_number(uint32_t number)
{
	struct uuid anchor = { { 0 } };

	put_be32(anchor.octets, number + 1);
	return anchor;
}

static void a_group_inside_is_known_from_its_first_loss_on(void **state)
{
	struct uuid a = group_number(0), b = group_number(1);
	struct inside inside, again;
	struct arena *arena = arena_new();

	(void)state;
	inside_init(&inside);
	inside_init(&again);
	inside_change(&inside, &a, 12, 12, today);
	inside_change(&inside, &b, 12, 14, today);
	assert_null(inside_find(&inside, &a));
	assert_null(inside_find(&inside, &b));
	for (uint32_t left = 11; left >= 2; left--)
		inside_change(&inside, &a, left + 1, left, today + (11 - left) * hour);
	assert_true(inside.changed);
	inside_read(inside_write(arena, &inside), &again, today + 10 * hour);
	assert_int_equal(pin_highest(inside_find(&again, &a), today + 10 * hour), 12);
	inside_read(inside_write(arena, &inside), &again, today + 60 * hour);
	assert_null(inside_find(&again, &a));
	inside_free(&inside);
	inside_free(&again);
	arena_free(arena);
}

static void of_too_many_groups_inside_those_that_lost_most_are_kept(void **state)
{
	struct inside inside;
	struct uuid anchor;

	(void)state;
	inside_init(&inside);
	for (uint32_t i = 0; i < INSIDE_MAX; i++) {
		anchor = group_number(i);
		inside_change(&inside, &anchor, 20, i == 7 ? 19 : 10, today);
	}
	anchor = group_number(5000);
	inside_change(&inside, &anchor, 20, 19, today);
	assert_null(inside_find(&inside, &anchor));
	inside_change(&inside, &anchor, 20, 15, today);
	assert_non_null(inside_find(&inside, &anchor));
	anchor = group_number(7);
	assert_null(inside_find(&inside, &anchor));
	assert_int_equal(inside.count, INSIDE_MAX);
	inside_free(&inside);
}

static void changes_are_due_at_once(void **state)
{
	(void)state;
	assert_int_equal(debounce_due(&(struct debounce){ 100, 200, 0 }), 200);
}

static void a_deactivation_waits_for_quiet_but_not_for_ever(void **state)
{
	const int64_t start = 1000 * SECOND;

	(void)state;
	assert_int_equal(debounce_due(&(struct debounce){ start, start, 1 }), start + SECOND / 10);
	assert_int_equal(debounce_due(&(struct debounce){ start, start + 690000, 1 }),
		start + 7 * SECOND / 10);
}

static void many_deactivations_are_waited_for_to_the_end(void **state)
{
	const int64_t start = 1000 * SECOND;

	(void)state;
	assert_int_equal(debounce_due(&(struct debounce){ start, start + 3 * SECOND, 20 }),
		start + 3 * SECOND + SECOND / 10);
	assert_int_equal(debounce_due(&(struct debounce){ start, start + 60 * SECOND, 20 }),
		start + 10 * SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_larger_of_count_and_share_is_the_limit),
		cmocka_unit_test(a_small_company_is_held_by_its_share),
		cmocka_unit_test(a_small_company_does_not_go_one_by_one),
		cmocka_unit_test(small_steps_add_up_within_a_day),
		cmocka_unit_test(a_run_that_takes_nothing_away_is_never_held),
		cmocka_unit_test(an_empty_directory_is_held_when_people_are_known),
		cmocka_unit_test(a_mapped_group_that_empties_is_held),
		cmocka_unit_test(a_directory_has_its_own_limits),
		cmocka_unit_test(a_limit_that_there_is_not_is_refused),
		cmocka_unit_test(a_first_run_waits_unless_the_directory_says_otherwise),
		cmocka_unit_test(an_admin_is_never_lost_without_a_person),
		cmocka_unit_test(people_missing_without_a_reported_deletion_are_held),
		cmocka_unit_test(a_change_of_many_values_is_held),
		cmocka_unit_test(a_rollback_and_a_preview_always_wait),
		cmocka_unit_test(the_window_forgets_after_a_week),
		cmocka_unit_test(who_came_lately_makes_nobodys_share_larger),
		cmocka_unit_test(a_person_counts_once_and_a_day_from_the_last_time),
		cmocka_unit_test(who_is_back_takes_nobody_else_along),
		cmocka_unit_test(who_was_touched_survives_a_restart_and_damage_says_nothing),
		cmocka_unit_test(a_group_knows_for_a_day_how_many_were_below_it),
		cmocka_unit_test(what_a_group_had_survives_a_restart),
		cmocka_unit_test(a_group_inside_is_known_from_its_first_loss_on),
		cmocka_unit_test(of_too_many_groups_inside_those_that_lost_most_are_kept),
		cmocka_unit_test(changes_are_due_at_once),
		cmocka_unit_test(a_deactivation_waits_for_quiet_but_not_for_ever),
		cmocka_unit_test(many_deactivations_are_waited_for_to_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
