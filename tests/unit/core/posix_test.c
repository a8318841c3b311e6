#include "fixture.h"

static struct span number_of(struct fixture *f, struct ref ref, enum attr attr)
{
	struct record record = read_entry(f, ref);

	return arena_copy(f->arena, record_first(&record, attr));
}

static void assert_number(struct fixture *f, struct ref ref, enum attr attr, const char *text)
{
	struct span number = number_of(f, ref, attr);

	if (!span_equal(number, span_str(text)))
		fail_msg("%.*s instead of \"%s\"", SPAN_ARGS(number), text);
}

static struct fixture *posix(void **state, const char *first, const char *last)
{
	struct fixture *f = *state;

	put_policy(f, f->acme, first);
	put_policy(f, f->acme, last);
	put_policy(f, f->acme, "posix.enabled=true");
	return f;
}

static void people_and_groups_are_numbered_in_one_row(void **state)
{
	struct fixture *f = posix(state, "posix.first_id=5000", "posix.last_id=6000");
	struct ref ada = make_user(f, f->acme, "ada");
	struct ref staff = make_named(f, f->acme, KIND_GROUP, "staff");
	struct ref bob = make_user(f, f->acme, "bob");
	struct ref other = make_user(f, f->globex, "ada");

	assert_number(f, ada, ATTR_UID_NUMBER, "5000");
	assert_number(f, staff, ATTR_GID_NUMBER, "5001");
	assert_number(f, bob, ATTR_UID_NUMBER, "5002");
	assert_number(f, ada, ATTR_GID_NUMBER, "100");
	assert_number(f, other, ATTR_UID_NUMBER, "");
}

static void a_number_of_the_own_stays_and_is_passed_over(void **state)
{
	struct fixture *f = posix(state, "posix.first_id=5000", "posix.last_id=6000");
	struct entry *ada = new_entry(f, KIND_USER, "ada");
	struct entry *staff = new_entry(f, KIND_GROUP, "staff");

	add_value(ada, ATTR_UID_NUMBER, "5001");
	add_value(ada, ATTR_GID_NUMBER, "7");
	add_value(staff, ATTR_GID_NUMBER, "5002");
	struct ref made = make(f, f->acme, ada);
	make(f, f->acme, staff);
	assert_number(f, made, ATTR_UID_NUMBER, "5001");
	assert_number(f, made, ATTR_GID_NUMBER, "7");
	assert_number(f, make_user(f, f->acme, "bob"), ATTR_UID_NUMBER, "5000");
	assert_number(f, make_user(f, f->acme, "cid"), ATTR_UID_NUMBER, "5003");
}

static void what_was_somebody_s_is_nobody_s_again(void **state)
{
	struct fixture *f = posix(state, "posix.first_id=5000", "posix.last_id=6000");
	struct ref ada = make_user(f, f->acme, "ada");

	assert_err(remove_entry(f, &f->operator, ada), OK);
	assert_number(f, make_user(f, f->acme, "bob"), ATTR_UID_NUMBER, "5001");
}

static void behind_the_end_of_the_range_people_come_without_a_number(void **state)
{
	struct fixture *f = posix(state, "posix.first_id=5000", "posix.last_id=5001");
	struct ref last;

	make_user(f, f->acme, "ada");
	last = make_user(f, f->acme, "bob");
	assert_number(f, last, ATTR_UID_NUMBER, "5001");
	assert_number(f, make_user(f, f->acme, "cid"), ATTR_UID_NUMBER, "");
	assert_number(f, make_named(f, f->acme, KIND_GROUP, "late"), ATTR_GID_NUMBER, "");
	assert_err(modify(f, &f->operator, find(f, f->acme, KIND_SETTINGS, "settings"),
			   PATCH_REMOVE, ATTR_POLICY, "posix.last_id=5001"),
		OK);
	put_policy(f, f->acme, "posix.last_id=5005");
	assert_number(f, make_user(f, f->acme, "dan"), ATTR_UID_NUMBER, "5002");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
		T(people_and_groups_are_numbered_in_one_row),
		T(a_number_of_the_own_stays_and_is_passed_over),
		T(what_was_somebody_s_is_nobody_s_again),
		T(behind_the_end_of_the_range_people_come_without_a_number),
	};

	return cmocka_run_group_tests_name("posix", tests, NULL, NULL);
}
