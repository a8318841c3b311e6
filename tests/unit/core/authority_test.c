#include "fixture.h"

#include "core/decide.h"

static struct record read_ref(struct fixture *f, struct ref ref)
{
	struct record record;
	assert_true(view_entry(f->view, ref.tenant, ref.kind, ref.number, &record));
	return record;
}

static struct authority *authority_of(struct fixture *f, struct ref person)
{
	struct authority *authority;
	struct why why = { 0 };
	look(f);
	struct record record = read_ref(f, person);
	if (view_authority(f->view, f->arena, &record, &authority, &why))
		fail_msg("%s", why.text);
	return authority;
}

static uint32_t may_act(struct fixture *f, struct ref person, struct ref other)
{
	struct authority *authority = authority_of(f, person);
	struct record record = read_ref(f, other);
	return authority_impersonate(authority, &record, false);
}

static uint32_t may_give(struct fixture *f, struct ref person, const char *role)
{
	struct ref ref = find(f, person.tenant, KIND_ROLE, role);
	struct authority *authority = authority_of(f, person);
	struct record record = read_ref(f, ref);
	return authority_grant(authority, &record);
}

static struct ref make_in(
	struct fixture *f, uint32_t tenant, const char *name, const char *role, const char *org)
{
	struct ref user = make_holder(f, tenant, name, role);
	assert_err(modify(f, &f->operator, user, PATCH_REPLACE, ATTR_ORGANIZATION, org), OK);
	return user;
}

static struct ref make_standard(
	struct fixture *f, uint32_t tenant, const char *name, const char *org)
{
	struct ref user = make_user(f, tenant, name);
	assert_err(modify(f, &f->operator, user, PATCH_REPLACE, ATTR_ORGANIZATION, org), OK);
	return user;
}

#define BIT(reason) (1u << REASON_##reason)

/* USR-075 to 078 and 088: the whole table of levels. */
static void each_level_acts_as_the_lower_ones(void **state)
{
	static const char *const roles[] = { "Super Administrator", "Administrator",
		"Org Administrator" };
	struct fixture *f = *state;
	uint32_t app = make_tenant_of(f, "users-app");
	struct ref people[2][4];
	for (unsigned i = 0; i < 3; i++)
		for (unsigned j = 0; j < 2; j++)
			people[j][i] = make_in(f, app,
				j ? roles[i] : arena_printf(f->arena, "%s b", roles[i]), roles[i],
				"North");
	people[0][3] = make_standard(f, app, "standard", "North");
	people[1][3] = make_standard(f, app, "standard b", "north");
	for (unsigned i = 0; i < 4; i++)
		for (unsigned j = 0; j < 4; j++) {
			uint32_t missing = may_act(f, people[0][i], people[1][j]);
			assert_int_equal(missing == 0, i < j);
			assert_int_equal((missing & BIT(NOT_BELOW)) != 0, i >= j);
		}
}

/* USR-077 */
static void an_administrator_of_an_organization_stays_in_it(void **state)
{
	struct fixture *f = *state;
	uint32_t app = make_tenant_of(f, "users-app");
	struct ref boss = make_in(f, app, "boss", "Org Administrator", "North");
	struct ref ours = make_standard(f, app, "ours", "North");
	struct ref theirs = make_standard(f, app, "theirs", "South");
	struct ref nobodys = make_user(f, app, "nobody's");
	assert_int_equal(may_act(f, boss, ours), 0);
	assert_int_equal(may_act(f, boss, theirs), BIT(OTHER_ORGANIZATION));
	assert_int_equal(may_act(f, boss, nobodys), BIT(OTHER_ORGANIZATION));
}

/* USR-086, USR-087, C29 */
static void nobody_acts_as_oneself_twice_or_beyond_what_they_hold(void **state)
{
	struct fixture *f = *state;
	uint32_t app = make_tenant_of(f, "users-app");
	struct ref boss = make_in(f, app, "boss", "Org Administrator", "North");
	struct ref ours = make_standard(f, app, "ours", "North");
	assert_true(may_act(f, boss, boss) & BIT(ONESELF));
	struct authority *authority = authority_of(f, boss);
	struct record record = read_ref(f, ours);
	assert_int_equal(authority_impersonate(authority, &record, true), BIT(NESTED));
	must_join(f, make_role(f, app, "Auditor", "audit.view"), ours);
	assert_int_equal(may_act(f, boss, ours), BIT(BEYOND_OWN));
	assert_err(modify(f, &f->operator, ours, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_int_equal(may_act(f, boss, ours), BIT(BEYOND_OWN) | BIT(INACTIVE));
}

static void where_the_policy_says_no_nobody_acts_as_another(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_holder(f, f->acme, "ada", "Admin");
	struct ref bob = make_holder(f, f->acme, "bob", "Technician");
	assert_int_equal(may_act(f, ada, bob), BIT(IMPERSONATION_OFF));
	assert_int_equal(may_act(f, bob, ada),
		BIT(IMPERSONATION_OFF) | BIT(NOT_GRANTED) | BIT(NOT_BELOW) | BIT(BEYOND_OWN));
}

/* C26, C27 */
static void roles_are_handed_out_within_what_one_holds(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_holder(f, f->acme, "ada", "Admin");
	struct ref max = make_holder(f, f->acme, "max", "Mapper");
	struct ref bob = make_holder(f, f->acme, "bob", "Technician");
	assert_int_equal(may_give(f, ada, "Admin"), 0);
	assert_int_equal(may_give(f, ada, "Technician"), 0);
	assert_int_equal(may_give(f, max, "Technician"), 0);
	assert_int_equal(may_give(f, max, "Admin"), BIT(BEYOND_OWN));
	assert_int_equal(may_give(f, bob, "Technician"), BIT(NOT_GRANTED));
	assert_int_equal(may_give(f, bob, "Admin"), BIT(NOT_GRANTED) | BIT(BEYOND_OWN));
}

/* What a list promises is what the command then does. */
static void what_may_be_handed_out_is_what_the_command_lets_through(void **state)
{
	static const char *const roles[] = { "Technician", "Mapper", "Supervisor", "Manager",
		"Viewer", "Admin" };
	struct fixture *f = *state;
	for (unsigned i = 0; i < 6; i++) {
		struct ref giver =
			make_holder(f, f->acme, arena_printf(f->arena, "giver %u", i), roles[i]);
		for (unsigned j = 0; j < 6; j++) {
			struct actor actor = act_as(f, giver);
			struct ref user =
				make_user(f, f->acme, arena_printf(f->arena, "user %u %u", i, j));
			uint32_t missing = may_give(f, giver, roles[j]);
			struct outcome outcome =
				join(f, &actor, find(f, f->acme, KIND_ROLE, roles[j]), user);
			assert_int_equal(missing == 0, outcome.err == OK);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		TEST(each_level_acts_as_the_lower_ones),
		TEST(an_administrator_of_an_organization_stays_in_it),
		TEST(nobody_acts_as_oneself_twice_or_beyond_what_they_hold),
		TEST(where_the_policy_says_no_nobody_acts_as_another),
		TEST(roles_are_handed_out_within_what_one_holds),
		TEST(what_may_be_handed_out_is_what_the_command_lets_through),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
