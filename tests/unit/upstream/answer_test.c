#include "in/upstream/answer.h"
#include "unit.h"

static const struct bind_facts nothing = {
	.code = 0, .policy_error = -1, .expires = -1, .grace = -1
};

static enum answer read(struct bind_facts facts)
{
	const char *words = NULL;
	enum answer answer = answer_of(&facts, &words);

	assert_non_null(words);
	return answer;
}

static void active_directory_says_it_by_a_number_behind_49(void **state)
{
	static const struct {
		unsigned subcode;
		enum answer answer;
	} rows[] = {
		{ 0, ANSWER_WRONG },
		{ 0x525, ANSWER_WRONG },
		{ 0x52e, ANSWER_WRONG },
		{ 0x530, ANSWER_DISABLED },
		{ 0x531, ANSWER_DISABLED },
		{ 0x532, ANSWER_EXPIRED },
		{ 0x533, ANSWER_DISABLED },
		{ 0x701, ANSWER_DISABLED },
		{ 0x773, ANSWER_MUST_CHANGE },
		{ 0x775, ANSWER_LOCKED },
		{ 0xffff, ANSWER_WRONG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bind_facts facts = nothing;
		facts.code = 49;
		facts.subcode = rows[i].subcode;
		assert_int_equal(read(facts), rows[i].answer);
	}
}

static void openldap_says_it_by_the_control(void **state)
{
	struct bind_facts facts = nothing;

	(void)state;
	assert_int_equal(read(facts), ANSWER_RIGHT);
	facts.policy_error = 2;
	assert_int_equal(read(facts), ANSWER_MUST_CHANGE);
	facts.code = 49;
	facts.policy_error = 0;
	assert_int_equal(read(facts), ANSWER_EXPIRED);
	facts.policy_error = 1;
	assert_int_equal(read(facts), ANSWER_LOCKED);
	facts = nothing;
	facts.grace = 2;
	facts.policy_error = 0;
	assert_int_equal(read(facts), ANSWER_RIGHT);
}

static void directory_server_389_says_it_by_codes_and_its_own_control(void **state)
{
	struct bind_facts facts = nothing;

	(void)state;
	facts.code = 19;
	assert_int_equal(read(facts), ANSWER_LOCKED);
	facts.code = 53;
	assert_int_equal(read(facts), ANSWER_DISABLED);
	facts.code = 49;
	facts.expired = true;
	assert_int_equal(read(facts), ANSWER_EXPIRED);
	facts.code = 0;
	assert_int_equal(read(facts), ANSWER_MUST_CHANGE);
}

static void only_success_is_right_and_what_says_nothing_is_unavailable(void **state)
{
	(void)state;
	for (int code = 0; code < 256; code++) {
		struct bind_facts facts = nothing;
		facts.code = code;
		assert_int_equal(read(facts) == ANSWER_RIGHT, code == 0);
	}
	struct bind_facts facts = nothing;
	static const int nobody_looked[] = { 1, 2, 3, 8, 10, 11, 13, 14, 51, 52, 80 };
	for (size_t i = 0; i < sizeof(nobody_looked) / sizeof(nobody_looked[0]); i++) {
		facts.code = nobody_looked[i];
		assert_int_equal(read(facts), ANSWER_UNAVAILABLE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(active_directory_says_it_by_a_number_behind_49),
		cmocka_unit_test(openldap_says_it_by_the_control),
		cmocka_unit_test(directory_server_389_says_it_by_codes_and_its_own_control),
		cmocka_unit_test(only_success_is_right_and_what_says_nothing_is_unavailable),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
