#include "fixture.h"

static void expect_name(
	struct view *view, uint32_t tenant, enum kind kind, uint32_t number, const char *name)
{
	struct record record;
	bool found = view_entry(view, tenant, kind, number, &record);
	assert_int_equal(found, name != NULL);
	if (found)
		assert_true(span_equal(record_first(&record, ATTR_COMMON_NAME), span_str(name)));
}

static void a_container_is_shown_as_the_snapshot_has_it(void **state)
{
	struct fixture *f = *state;
	struct ref role = make_named(f, f->acme, KIND_ROLE, "painter");
	struct view *view = look(f);
	for (int turn = 0; turn < 2; turn++)
		expect_name(view, f->acme, KIND_ROLE, role.number, "painter");
	assert_err(modify(f, &f->operator, role, PATCH_REPLACE, ATTR_COMMON_NAME, "welder"), OK);
	expect_name(view, f->acme, KIND_ROLE, role.number, "painter");
	expect_name(look(f), f->acme, KIND_ROLE, role.number, "welder");
	assert_err(remove_entry(f, &f->operator, role), OK);
	expect_name(view, f->acme, KIND_ROLE, role.number, "welder");
	expect_name(look(f), f->acme, KIND_ROLE, role.number, NULL);
}

/* Far more than are remembered, asked for in turn and by every kind and tenant. */
static void containers_are_not_taken_for_each_other(void **state)
{
	enum { MANY = 200 };
	struct fixture *f = *state;
	struct ref groups[MANY];
	char name[16];
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "crew %d", i);
		groups[i] = make_named(f, f->acme, KIND_GROUP, name);
	}
	struct view *view = look(f);
	for (int turn = 0; turn < 2; turn++)
		for (int i = 0; i < MANY; i++) {
			uint32_t number = groups[i].number;
			snprintf(name, sizeof name, "crew %d", i);
			expect_name(view, f->acme, KIND_SCOPE, number, NULL);
			expect_name(view, f->acme, KIND_GROUP, number, name);
			expect_name(view, f->acme, KIND_ROLE, number, NULL);
			expect_name(view, f->globex, KIND_GROUP, number, NULL);
		}
	assert_err((struct outcome){ .err = view_error(view, NULL) }, OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_container_is_shown_as_the_snapshot_has_it),
		TEST(containers_are_not_taken_for_each_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
