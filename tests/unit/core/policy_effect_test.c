#include "signing.h"

#include "base/clock.h"
#include "core/policy_effect.h"

#define DAY (86400 * SECOND)
#define START (INT64_C(1795000000) * SECOND) /* in November 2026 */

static struct policy_effect effect_of(struct fixture *f, enum policy policy, const char *value)
{
	struct policy_effect effect;
	struct why why = { 0 };
	if (policy_effect(look(f), f->arena, f->acme, policy, span_str(value), &effect, &why))
		fail_msg("%s", why.text);
	return effect;
}

static void assert_names(const struct policy_effect *effect, const char *const *names)
{
	size_t count = 0;
	while (names[count])
		count++;
	assert_int_equal(effect->count, count);
	assert_int_equal(effect->shown, count);
	for (size_t i = 0; i < count; i++)
		assert_true(span_equal(effect->people[i].name, span_str(names[i])));
}

#define assert_touches(f, policy, value, ...)                                                      \
	do {                                                                                       \
		struct policy_effect touched = effect_of(f, policy, value);                        \
		assert_names(&touched, (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL });  \
	} while (0)

static struct ref settings_of(struct fixture *f)
{
	struct record record;
	assert_true(view_settings(look(f), f->acme, &record));
	return (struct ref){ KIND_SETTINGS, f->acme, record.number, record.id };
}

static void set_policy(struct fixture *f, const char *row)
{
	assert_err(modify(f, &f->operator, settings_of(f), PATCH_ADD, ATTR_POLICY, row), OK);
}

static void unset_policy(struct fixture *f, const char *row)
{
	assert_err(modify(f, &f->operator, settings_of(f), PATCH_REMOVE, ATTR_POLICY, row), OK);
}

static struct ref make_with(struct fixture *f, const char *name, enum attr attr, const char *text)
{
	struct entry *entry = new_entry(f, KIND_USER, name);
	add_value(entry, attr, text);
	return make(f, f->acme, entry);
}

static void people_without_a_scope_are_told(void **state)
{
	struct fixture *f = *state;
	struct ref site = make_named(f, f->acme, KIND_SCOPE, "Bali");
	struct ref ada = make_user(f, f->acme, "ada");
	make_user(f, f->acme, "bob");
	make_with(f, "eve", ATTR_ACTIVE, "FALSE");
	make_user(f, f->globex, "foreign");
	must_join(f, site, ada);
	assert_touches(f, POLICY_SCOPE_EMPTY_MEANS, "none", "bob");
	/* It is so already. */
	assert_touches(f, POLICY_SCOPE_EMPTY_MEANS, "all");
	set_policy(f, "scope.empty_means=none");
	assert_touches(f, POLICY_SCOPE_EMPTY_MEANS, "all", "bob");
}

static void full_access_stands_for_scopes_where_it_counts(void **state)
{
	struct fixture *f = *state;
	set_policy(f, "full_access=scope");
	make_with(f, "ada", ATTR_FULL_ACCESS, "TRUE");
	make_with(f, "bob", ATTR_FULL_ACCESS, "FALSE");
	assert_touches(f, POLICY_SCOPE_EMPTY_MEANS, "none", "bob");
	assert_touches(f, POLICY_FULL_ACCESS, "superuser", "ada");
	assert_touches(f, POLICY_FULL_ACCESS, "off", "ada");
	unset_policy(f, "full_access=scope");
	assert_touches(f, POLICY_SCOPE_EMPTY_MEANS, "none", "ada", "bob");
	assert_touches(f, POLICY_FULL_ACCESS, "scope", "ada");
}

static void people_with_many_roles_and_with_none_are_told(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_holder(f, f->acme, "ada", "Mapper");
	make_holder(f, f->acme, "bob", "Viewer");
	make_user(f, f->acme, "eve");
	must_join(f, find(f, f->acme, KIND_ROLE, "Supervisor"), ada);
	assert_touches(f, POLICY_ROLES_CARDINALITY, "single", "ada");
	set_policy(f, "roles.required=false");
	assert_touches(f, POLICY_ROLES_REQUIRED, "true", "eve");
}

static void people_without_an_address_are_told(void **state)
{
	struct fixture *f = *state;
	make_with(f, "ada", ATTR_EMAIL, "ada@example.com");
	make_user(f, f->acme, "bob");
	set_policy(f, "email.required=false");
	assert_touches(f, POLICY_EMAIL_REQUIRED, "true", "bob");
}

static void people_above_others_are_told(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	struct entry *bob = new_entry(f, KIND_USER, "bob");
	assert_int_equal(entry_add(bob, ATTR_MANAGER, 0, SOURCE_LOCAL,
				 arena_copy(f->arena, uuid_span(&ada.id)), NULL),
		OK);
	make(f, f->acme, bob);
	assert_touches(f, POLICY_HIERARCHY, "subtree", "ada");
}

static void people_below_the_highest_level_are_told(void **state)
{
	struct fixture *f = *state;
	struct entry *role = new_entry(f, KIND_ROLE, "Boss");
	add_value(role, ATTR_LEVEL, "3");
	struct ref boss = make(f, f->acme, role);
	struct ref ada = make_user(f, f->acme, "ada");
	make_user(f, f->acme, "bob");
	assert_touches(f, POLICY_LEVEL_VISIBILITY, "not_above");
	must_join(f, boss, ada);
	assert_touches(f, POLICY_LEVEL_VISIBILITY, "not_above", "bob");
}

static void mappers_are_told_unless_another_role_lets_them(void **state)
{
	struct fixture *f = *state;
	struct ref creator = make_role(f, f->acme, "Creator", "users.create");
	make_holder(f, f->acme, "ada", "Mapper");
	struct ref bob = make_holder(f, f->acme, "bob", "Mapper");
	must_join(f, creator, bob);
	make_holder(f, f->acme, "eve", "Viewer");
	assert_touches(f, POLICY_MAPPER_CREATES, "false", "ada");
}

static void people_of_a_type_that_ends_are_told(void **state)
{
	struct fixture *f = *state;
	make_with(f, "ada", ATTR_USER_TYPE, "Customer");
	make_with(f, "bob", ATTR_USER_TYPE, "Dealer");
	make_user(f, f->acme, "eve");
	assert_touches(f, POLICY_USER_TYPES, "Customer Distributor", "bob");
}

static void admins_are_counted(void **state)
{
	struct fixture *f = *state;
	make_holder(f, f->acme, "ada", "Admin");
	make_holder(f, f->acme, "bob", "Viewer");
	assert_touches(f, POLICY_ADMINS_HARD, "2", "ada");
	assert_touches(f, POLICY_ADMINS_WARN, "3", "ada");
}

static void people_with_an_older_password_are_told(void **state)
{
	struct fixture *f = *state;
	clock_set_for_test(START);
	set_password(f, make_user(f, f->acme, "ada"), "right horse");
	make_user(f, f->acme, "eve");
	clock_set_for_test(START + 20 * DAY);
	set_password(f, make_user(f, f->acme, "bob"), "right horse");
	clock_set_for_test(START + 40 * DAY);
	assert_touches(f, POLICY_PASSWORD_MAX_AGE, "41");
	assert_touches(f, POLICY_PASSWORD_MAX_AGE, "30", "ada");
	assert_touches(f, POLICY_PASSWORD_MAX_AGE, "20", "ada", "bob");
	set_policy(f, "password.max_age_days=30");
	assert_touches(f, POLICY_PASSWORD_MAX_AGE, "0");
}

static void the_first_twenty_are_named_and_all_are_counted(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 25; i++)
		make_user(f, f->acme, arena_printf(f->arena, "user%02d", i));
	struct policy_effect effect = effect_of(f, POLICY_SCOPE_EMPTY_MEANS, "none");
	assert_int_equal(effect.count, 25);
	assert_int_equal(effect.shown, POLICY_EFFECT_PEOPLE);
	assert_true(span_equal(effect.people[19].name, SPAN("user19")));
}

static void what_holds_for_the_future_touches_nobody(void **state)
{
	struct fixture *f = *state;
	make_user(f, f->acme, "ada");
	assert_touches(f, POLICY_DELETE_MODE, "soft");
	assert_touches(f, POLICY_LABEL_USERS, "Crew");
}

static void a_value_that_is_none_is_refused(void **state)
{
	struct fixture *f = *state;
	struct policy_effect effect;
	struct why why = { 0 };
	assert_int_equal(policy_effect(look(f), f->arena, f->acme, POLICY_SCOPE_EMPTY_MEANS,
				 SPAN("some"), &effect, &why),
		ERR_VALUE);
	assert_string_equal(why.attribute, "scope.empty_means");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(people_without_a_scope_are_told),
		TEST(full_access_stands_for_scopes_where_it_counts),
		TEST(people_with_many_roles_and_with_none_are_told),
		TEST(people_without_an_address_are_told),
		TEST(people_above_others_are_told),
		TEST(people_below_the_highest_level_are_told),
		TEST(mappers_are_told_unless_another_role_lets_them),
		TEST(people_of_a_type_that_ends_are_told),
		TEST(admins_are_counted),
		TEST(people_with_an_older_password_are_told),
		TEST(the_first_twenty_are_named_and_all_are_counted),
		TEST(what_holds_for_the_future_touches_nobody),
		TEST(a_value_that_is_none_is_refused),
	};
	return cmocka_run_group_tests_name("policy effect", tests, NULL, NULL);
}
