#include "wire/operation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void every_argument_says_what_it_is_for(void **state)
{
	(void)state;
	for (unsigned i = 0; i < OPERATION_COUNT; i++) {
		const struct operation_row *row = operation_row((enum operation)i);
		struct span rest = span_str(row->arguments);
		struct argument a;

		while (operation_next_argument(&rest, &a))
			if (!operation_argument_help((enum operation)i, &a))
				fail_msg("%s: %.*s has no row in arguments.def", row->id,
					SPAN_ARGS(a.name));
	}
}

static void what_is_particular_stands_before_what_is_general(void **state)
{
	struct argument a;

	(void)state;
	assert_true(operation_argument(OPERATION_USER_DEACTIVATE, SPAN("reason"), &a));
	assert_string_equal(operation_argument_help(OPERATION_USER_DEACTIVATE, &a),
		"left, leave, investigation or other");
	assert_string_equal(
		operation_argument_help(OPERATION_USER_EDIT, &a), "Why; stands in the audit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_argument_says_what_it_is_for),
		cmocka_unit_test(what_is_particular_stands_before_what_is_general),
	};

	return cmocka_run_group_tests_name("wire: operations", tests, NULL, NULL);
}
