#include "fixture.h"

#define END ((struct container_delta){ KIND_NONE, { { 0 } }, false })
#define ROLES (1u << KIND_ROLE)
#define SCOPES (1u << KIND_SCOPE)

static struct ref role_of(struct fixture *f, const char *name)
{
	return find(f, f->acme, KIND_ROLE, name);
}

static struct outcome create_with(struct fixture *f, const struct actor *actor, uint32_t tenant,
	const char *name, const struct container_delta *containers)
{
	struct outcome outcome;
	struct entry *entry = new_entry(f, KIND_USER, name);
	add_value(entry, ATTR_EMAIL, arena_printf(f->arena, "%s@example.com", name));
	struct command command = { .type = COMMAND_CREATE,
		.tenant = tenant,
		.kind = KIND_USER,
		.entry = entry,
		.containers = containers };
	while (containers && containers[command.container_count].kind != KIND_NONE)
		command.container_count++;
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

static void one_command_gives_roles_scopes_and_groups(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada"),
		   site = make_named(f, f->acme, KIND_SCOPE, "s"),
		   group = make_named(f, f->acme, KIND_GROUP, "g");
	uint64_t before = audit_count(f, f->acme);
	const struct container_delta all[] = { giving(role_of(f, "Mapper")),
		giving(role_of(f, "Technician")), giving(site), giving(group), END };
	struct outcome outcome = assign(f, &f->operator, ada, all, 0);
	assert_err(outcome, OK);
	assert_true(holds(f, role_of(f, "Mapper"), ada) && holds(f, site, ada));
	assert_true(holds(f, group, ada) && holds(f, role_of(f, "Technician"), ada));
	assert_int_equal(audit_count(f, f->acme), before + 4);
	assert_int_equal(read_entry(f, ada).revision, outcome.revision);
	assert_int_equal(read_entry(f, site).revision, 2);
	assert_err(assign(f, &f->operator, ada, all, 0), OK);
	assert_int_equal(audit_count(f, f->acme), before + 4);
}

static void a_role_takes_anothers_place_at_once(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_holder(f, f->acme, "ada", "Technician");
	struct ref site = make_named(f, f->acme, KIND_SCOPE, "s");
	must_join(f, site, ada);
	const struct container_delta mapper[] = { giving(role_of(f, "Mapper")), END };
	assert_err(assign(f, &f->operator, ada, mapper, ROLES), OK);
	assert_true(holds(f, role_of(f, "Mapper"), ada));
	assert_false(holds(f, role_of(f, "Technician"), ada));
	assert_true(holds(f, site, ada));
	assert_non_null(strstr(last_audit(f, f->acme), "user.role.added"));
}

static void a_container_that_is_not_there_is_not_found(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	struct ref foreign = find(f, f->globex, KIND_ROLE, "Admin");
	struct ref nothing = { KIND_ROLE, f->acme, 0, uuid_new() };
	const struct container_delta a[] = { giving(foreign), END }, b[] = { giving(nothing), END };
	struct outcome other = assign(f, &f->operator, ada, a, 0);
	struct outcome none = assign(f, &f->operator, ada, b, 0);
	assert_err(other, ERR_NOT_FOUND);
	assert_err(none, ERR_NOT_FOUND);
	assert_string_equal(other.why.text, none.why.text);
	struct container_delta odd[] = { giving(ada), END };
	assert_err(assign(f, &f->operator, ada, odd, 0), ERR_VALUE);
}

static void assigning_needs_the_permission_of_each_kind(void **state)
{
	struct fixture *f = *state;
	struct ref desk = make_user(f, f->acme, "desk"),
		   bob = make_holder(f, f->acme, "bob", "Manager");
	struct ref site = make_named(f, f->acme, KIND_SCOPE, "s");
	must_join(f, make_role(f, f->acme, "Desk", "roles.assign"), desk);
	must_join(f, role_of(f, "Manager"), desk);
	struct actor actor = act_as(f, desk);
	const struct container_delta both[] = { giving(role_of(f, "Manager")), giving(site), END };
	assert_err(assign(f, &actor, bob, both, 0), ERR_FORBIDDEN);
	assert_err(assign(f, &actor, bob, NULL, SCOPES), ERR_FORBIDDEN);
	const struct container_delta more[] = { giving(role_of(f, "Technician")), END };
	assert_err(assign(f, &actor, bob, more, 0), ERR_GRANT_CEILING);
	/* What a replacement takes is under the ceiling too. */
	must_join(f, role_of(f, "Viewer"), bob);
	const struct container_delta own[] = { giving(role_of(f, "Manager")), END };
	assert_err(assign(f, &actor, bob, own, ROLES), ERR_GRANT_CEILING);
	const struct container_delta self[] = { giving(role_of(f, "Viewer")), END };
	assert_err(assign(f, &f->operator, desk, self, 0), OK);
	assert_err(assign(f, &actor, desk, NULL, ROLES), ERR_FORBIDDEN);
}

static void where_people_hold_one_role_no_way_leads_to_two(void **state)
{
	struct fixture *f = *state;
	put_policy(f, f->acme, "roles.cardinality=single");
	struct ref ada = make_holder(f, f->acme, "ada", "Technician");
	struct ref mapper = role_of(f, "Mapper");
	const struct container_delta add[] = { giving(mapper), END };
	const struct container_delta two[] = { giving(mapper), giving(role_of(f, "Manager")), END };
	struct outcome outcomes[] = { join(f, &f->operator, mapper, ada),
		assign(f, &f->operator, ada, add, 0), assign(f, &f->operator, ada, two, ROLES),
		create_with(f, &f->operator, f->acme, "bob", two) };
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
		assert_err(outcomes[i], ERR_VALUE);
		assert_string_equal(outcomes[i].why.attribute, "roles");
	}
	assert_err(assign(f, &f->operator, ada, add, ROLES), OK);
	assert_true(holds(f, mapper, ada));
}

static void people_are_created_with_a_role_and_keep_one(void **state)
{
	struct fixture *f = *state;
	struct actor admin = act_as(f, make_holder(f, f->acme, "ada", "Admin"));
	const struct container_delta technician[] = { giving(role_of(f, "Technician")), END };
	assert_err(create_with(f, &admin, f->acme, "bob", NULL), ERR_MISSING);
	assert_err(create_with(f, &f->operator, f->acme, "scim", NULL), OK);
	assert_err(create_with(f, &admin, f->acme, "bob", technician), OK);
	struct ref bob = find(f, f->acme, KIND_USER, "bob");
	assert_err(leave(f, &admin, role_of(f, "Technician"), bob), ERR_MISSING);
	assert_err(assign(f, &admin, bob, NULL, ROLES), ERR_MISSING);
	assert_true(holds(f, role_of(f, "Technician"), bob));
	put_policy(f, f->acme, "roles.required=false");
	assert_err(assign(f, &admin, bob, NULL, ROLES), OK);
	assert_err(create_with(f, &admin, f->acme, "eve", NULL), OK);
}

static void a_new_persons_role_is_under_the_ceiling(void **state)
{
	struct fixture *f = *state;
	struct actor mapper = act_as(f, make_holder(f, f->acme, "max", "Mapper"));
	const struct container_delta admin[] = { giving(role_of(f, "Admin")), END };
	const struct container_delta technician[] = { giving(role_of(f, "Technician")), END };
	assert_err(create_with(f, &mapper, f->acme, "bob", admin), ERR_GRANT_CEILING);
	assert_err(create_with(f, &mapper, f->acme, "bob", technician), OK);
}

static void who_is_bound_to_scopes_hands_out_only_those(void **state)
{
	struct fixture *f = *state;
	struct ref max = make_holder(f, f->acme, "max", "Mapper"),
		   bob = make_user(f, f->acme, "bob");
	struct ref mine = make_named(f, f->acme, KIND_SCOPE, "mine"),
		   other = make_named(f, f->acme, KIND_SCOPE, "other");
	struct actor mapper = act_as(f, max);
	assert_err(join(f, &mapper, other, bob), OK);
	must_join(f, mine, max);
	assert_err(join(f, &mapper, mine, bob), OK);
	assert_err(leave(f, &mapper, other, bob), ERR_GRANT_CEILING);
	const struct container_delta both[] = { giving(mine), giving(other), END };
	assert_err(assign(f, &mapper, make_user(f, f->acme, "eve"), both, 0), ERR_GRANT_CEILING);
	/* Without any scope a person would see more than the one who made them. */
	const struct container_delta role[] = { giving(role_of(f, "Technician")), END };
	const struct container_delta scoped[] = { giving(role_of(f, "Technician")), giving(mine),
		END };
	assert_err(create_with(f, &mapper, f->acme, "new", role), ERR_GRANT_CEILING);
	assert_err(create_with(f, &mapper, f->acme, "new", scoped), OK);
	struct ref made = find(f, f->acme, KIND_USER, "new");
	assert_err(leave(f, &mapper, mine, made), ERR_GRANT_CEILING);
	assert_err(leave(f, &f->operator, mine, made), OK);
}

static void who_sees_nothing_without_a_scope_is_warned_about(void **state)
{
	struct fixture *f = *state;
	uint32_t titanus = make_tenant_of(f, "titanus");
	struct outcome outcome = create_with(f, &f->operator, titanus, "ada", NULL);
	assert_err(outcome, OK);
	assert_true(outcome.warnings & WARNING_NO_SCOPE);
	struct ref ada = find(f, titanus, KIND_USER, "ada"),
		   store = make_named(f, titanus, KIND_SCOPE, "store");
	assert_false(join(f, &f->operator, store, ada).warnings & WARNING_NO_SCOPE);
	assert_true(leave(f, &f->operator, store, ada).warnings & WARNING_NO_SCOPE);
	assert_false(
		create_with(f, &f->operator, f->acme, "bob", NULL).warnings & WARNING_NO_SCOPE);
}

/* ---- operators in companies ---- */

static struct actor operator_with(struct fixture *f, const char *permission)
{
	struct ref user = make_user(f, 0, permission);
	must_join(f, make_role(f, 0, permission, permission), user);
	return act_as(f, user);
}

static void an_operator_acts_in_any_company_with_their_own_permissions(void **state)
{
	struct fixture *f = *state;
	struct actor olga = act_as(f, make_holder(f, 0, "olga", "PegotecUser"));
	const struct container_delta admin[] = { giving(role_of(f, "Admin")), END };
	assert_err(create_with(f, &olga, f->acme, "ada", admin), OK);
	assert_err(create(f, &olga, 0, new_entry(f, KIND_TENANT, "initech")), OK);
	struct actor narrow = operator_with(f, "tenants.switch");
	assert_err(create_with(f, &narrow, f->acme, "eve", admin), ERR_FORBIDDEN);
	struct actor bound = operator_with(f, "users.create");
	assert_err(create_with(f, &bound, f->acme, "eve", NULL), ERR_NOT_FOUND);
	/* Never an operator's permission inside a company. */
	struct entry *role = new_entry(f, KIND_ROLE, "Root");
	add_value(role, ATTR_PERMISSION, "tenants.switch");
	assert_err(create(f, &olga, f->acme, role), ERR_GRANT_CEILING);
}

static void an_operators_key_is_no_source_of_a_company(void **state)
{
	struct fixture *f = *state;
	struct entry *key;
	uint64_t all = 0;
	all |= UINT64_C(1) << PERM_TENANTS_SWITCH | UINT64_C(1) << PERM_USERS_EDIT;
	make_named(f, f->acme, KIND_DIRECTORY, "corp");
	client_entry(f->arena, "api", SPAN("platform"), all, &key, NULL);
	struct actor actor = act_as(f, make(f, 0, key));
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(modify(f, &actor, ada, PATCH_REPLACE, ATTR_TITLE, "Dr"), OK);
	struct record record = read_entry(f, ada);
	assert_int_equal(
		record_row(&record, record_find(&record, ATTR_TITLE)).source, SOURCE_LOCAL);
	client_entry(f->arena, "scim", SPAN("scim"), all, &key, NULL);
	assert_err(create(f, &f->operator, 0, key), ERR_VALUE);
}

static void a_suspended_company_rests_for_operators_too(void **state)
{
	struct fixture *f = *state;
	struct actor olga = act_as(f, make_holder(f, 0, "olga", "PegotecUser"));
	struct ref ada = make_user(f, f->acme, "ada"), acme = find(f, 0, KIND_TENANT, "acme");
	struct ref settings = find(f, f->acme, KIND_SETTINGS, "settings");
	assert_err(modify(f, &olga, acme, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_err(modify(f, &olga, ada, PATCH_REPLACE, ATTR_TITLE, "Dr"), ERR_FORBIDDEN);
	assert_err(modify(f, &olga, settings, PATCH_ADD, ATTR_POLICY, "admins.min_warn=1"), OK);
	assert_err(modify(f, &olga, acme, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	assert_err(modify(f, &olga, ada, PATCH_REPLACE, ATTR_TITLE, "Dr"), OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_command_gives_roles_scopes_and_groups),
		TEST(a_role_takes_anothers_place_at_once),
		TEST(a_container_that_is_not_there_is_not_found),
		TEST(assigning_needs_the_permission_of_each_kind),
		TEST(where_people_hold_one_role_no_way_leads_to_two),
		TEST(people_are_created_with_a_role_and_keep_one),
		TEST(a_new_persons_role_is_under_the_ceiling),
		TEST(who_is_bound_to_scopes_hands_out_only_those),
		TEST(who_sees_nothing_without_a_scope_is_warned_about),
		TEST(an_operator_acts_in_any_company_with_their_own_permissions),
		TEST(an_operators_key_is_no_source_of_a_company),
		TEST(a_suspended_company_rests_for_operators_too),
	};
	return cmocka_run_group_tests_name("assign", tests, NULL, NULL);
}
