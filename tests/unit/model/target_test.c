#include "model/grant.h"
#include "model/target.h"
#include "unit.h"

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

static void a_row_says_what_a_group_gives(void **state)
{
	static const struct {
		const char *text, *group, *name;
		enum kind kind;
	} rows[] = {
		{ "app-admins=role:Admin", "app-admins", "Admin", KIND_ROLE },
		{ "Team = A=role:Technician", "Team = A", "Technician", KIND_ROLE },
		{ "site=scope:Lyon: Vaise", "site", "Lyon: Vaise", KIND_SCOPE },
		{ "x=group:Alumni", "x", "Alumni", KIND_GROUP },
		{ "scope=role:Viewer", "scope", "Viewer", KIND_ROLE },
	};
	struct target target;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(target_parse(span_str(rows[i].text), &target));
		assert_span(target.text, rows[i].text);
		assert_span(target.group, rows[i].group);
		assert_span(target.name, rows[i].name);
		assert_int_equal(target.kind, rows[i].kind);
		assert_int_equal(target.attr, ATTR_NONE);
	}
}

static void an_attribute_names_the_scope(void **state)
{
	struct target target;

	(void)state;
	assert_true(target_parse(SPAN("scope=office"), &target));
	assert_int_equal(target.attr, ATTR_OFFICE);
	assert_int_equal(target.kind, KIND_SCOPE);
	assert_int_equal(target.group.len, 0);
	assert_true(target_parse(SPAN("scope=physicalDeliveryOfficeName"), &target));
	assert_int_equal(target.attr, ATTR_OFFICE);
	assert_false(target_parse(SPAN("scope=nonsense"), &target));
}

static void other_texts_are_no_rows(void **state)
{
	static const char *const texts[] = { "", "=", "=role:x", "a=role:", "a=role: ", "a", "a=b",
		"a=user:b", "role:x", "scope=" };
	struct target target;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(target_parse(span_str(texts[i]), &target));
}

static void an_approval_is_read_as_it_was_written(void **state)
{
	const struct grant grant = { uuid_new(), uuid_new(), UINT64_C(0xfedcba9876543210) };
	struct grant read;

	(void)state;
	assert_true(grant_parse(grant_text(arena, &grant), &read));
	assert_true(grant_covers(&read, &grant) && grant_covers(&grant, &read));
	assert_true(read.power == grant.power);
}

static void an_approval_is_for_one_group_one_role_and_no_more_power(void **state)
{
	const struct grant approved = { uuid_new(), uuid_new(), 6 };
	struct grant asked = approved;

	(void)state;
	asked.power = 2;
	assert_true(grant_covers(&approved, &asked));
	asked.power = 7;
	assert_false(grant_covers(&approved, &asked));
	asked = approved;
	asked.anchor = uuid_new();
	assert_false(grant_covers(&approved, &asked));
	asked = approved;
	asked.role = uuid_new();
	assert_false(grant_covers(&approved, &asked));
}

static void other_texts_are_no_approvals(void **state)
{
	static const char *const texts[] = { "", "x", "x y z",
		"00000000-0000-4000-8000-000000000001 00000000-0000-4000-8000-000000000002",
		"00000000-0000-4000-8000-000000000001 00000000-0000-4000-8000-000000000002 G",
		"00000000-0000-4000-8000-000000000001 00000000-0000-4000-8000-000000000002 "
		"11112222333344445" };
	struct grant grant;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(grant_parse(span_str(texts[i]), &grant));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_row_says_what_a_group_gives, begin, end),
		cmocka_unit_test_setup_teardown(an_attribute_names_the_scope, begin, end),
		cmocka_unit_test_setup_teardown(other_texts_are_no_rows, begin, end),
		cmocka_unit_test_setup_teardown(an_approval_is_read_as_it_was_written, begin, end),
		cmocka_unit_test_setup_teardown(
			an_approval_is_for_one_group_one_role_and_no_more_power, begin, end),
		cmocka_unit_test_setup_teardown(other_texts_are_no_approvals, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
