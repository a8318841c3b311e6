#include "core/permission.h"
#include "fixture.h"

/* ---- the catalogue ---- */

static bool knows(struct fixture *f, uint32_t tenant, const char *codename)
{
	struct permission_info info;
	return view_permission(look(f), tenant, span_str(codename), &info);
}

static size_t count(struct fixture *f, uint32_t tenant)
{
	size_t n = 0;
	struct permission_info info;
	struct permission_walk *walk = view_permissions(look(f), f->arena, tenant);
	while (permission_walk_next(walk, &info)) {
		assert_true(permission_is_codename(info.codename));
		assert_true(info.group.len > 0);
		assert_true(knows(f, tenant, arena_string(f->arena, info.codename)));
		n++;
	}
	permission_walk_close(walk);
	return n;
}

static void titanus_has_its_forty_codenames(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *area, *verbs;
	} areas[] = {
		{ "facilities", "view create edit delete archive" },
		{ "assets", "view create edit delete archive" },
		{ "contractors", "view create edit delete archive" },
		{ "contracts", "view create edit delete archive" },
		{ "work_orders", "view create edit delete archive send view_own" },
		{ "service_reports", "view create edit delete archive send view_own" },
		{ "users", "view create edit delete" },
		{ "reports", "view" },
		{ "audit_logs", "view" },
	};
	uint32_t titanus = make_tenant_of(f, "titanus");
	size_t known = 0;
	for (size_t i = 0; i < sizeof areas / sizeof *areas; i++) {
		struct span rest = span_str(areas[i].verbs);
		while (rest.len) {
			struct span verb = span_cut(&rest, ' ');
			known += knows(f, titanus,
				arena_printf(f->arena, "%s.%.*s", areas[i].area, SPAN_ARGS(verb)));
		}
	}
	assert_int_equal(known, 40);
}

static void pegotec_has_more_than_forty(void **state)
{
	struct fixture *f = *state;
	static const char *const named[] = { "settings.edit", "audit.view", "tasks.approve",
		"tasks.reject", "masterdata.units.edit", "masterdata.products.edit",
		"masterdata.tools.edit", "masterdata.thresholds.edit",
		"masterdata.repair_types.edit", "masterdata.shutdown_reasons.edit", "nfc.view",
		"nfc.register", "nfc.deactivate", "safety.manage", "safety.acknowledge",
		"assets.deactivate", "webhooks.manage", "integrations.manage",
		"audit.retention.manage" };
	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		assert_true(knows(f, f->acme, named[i]));
	assert_true(count(f, f->acme) > 40);
	assert_false(knows(f, f->acme, "work_orders.view"));
}

static void operators_permissions_are_in_no_companys_catalogue(void **state)
{
	struct fixture *f = *state;
	static const char *const operators[] = { "companies.manage", "tenants.switch",
		"users.change_email", "audit.view_all", "data_requests.manage" };
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
		assert_false(knows(f, f->acme, operators[i]));
		assert_true(knows(f, 0, operators[i]));
	}
	assert_true(knows(f, 0, "work_orders.view"));
	assert_true(count(f, 0) > count(f, f->acme));
}

static void a_codename_is_words_and_dots(void **state)
{
	(void)state;
	static const char *const good[] = { "users.view", "masterdata.units.edit", "a_1.b" };
	static const char *const bad[] = { "", "users", ".view", "users.", "users..view",
		"Users.view", "users.view ", "users view", "users.vi\xc3\xa4w" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(permission_is_codename(span_str(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(permission_is_codename(span_str(bad[i])));
}

/* ---- registering ---- */

static bool role_has(struct fixture *f, uint32_t tenant, const char *role, const char *codename)
{
	struct record record = read_entry(f, find(f, tenant, KIND_ROLE, role));
	return record_has_permission(&record, span_str(codename));
}

static struct ref register_permission(struct fixture *f, const char *codename)
{
	struct entry *entry = new_entry(f, KIND_PERMISSION, codename);
	add_value(entry, ATTR_PERMISSION_GROUP, "drones");
	add_value(entry, ATTR_IS_SCOPED, "TRUE");
	return make(f, f->acme, entry);
}

static void a_registered_permission_reaches_the_roles_whose_pattern_it_fits(void **state)
{
	struct fixture *f = *state;
	struct permission_info info;
	struct ref made = register_permission(f, "drones.view");
	assert_true(view_permission(look(f), f->acme, SPAN("drones.view"), &info));
	assert_true(info.scoped);
	assert_int_equal(info.origin, PERMISSION_REGISTERED);
	assert_true(role_has(f, f->acme, "Admin", "drones.view"));
	assert_true(role_has(f, f->acme, "Viewer", "drones.view"));
	assert_false(role_has(f, f->acme, "Technician", "drones.view"));
	assert_false(knows(f, f->globex, "drones.view"));
	assert_err(remove_entry(f, &f->operator, made), OK);
	assert_false(role_has(f, f->acme, "Admin", "drones.view"));
	assert_false(knows(f, f->acme, "drones.view"));
}

static void an_app_registers_four_permissions(void **state)
{
	struct fixture *f = *state;
	uint32_t users_app = make_tenant_of(f, "users-app");
	struct ref app = make_named(f, users_app, KIND_APP, "inspections");
	static const char *const codenames[] = { "inspections.create", "inspections.read",
		"inspections.update", "inspections.delete" };
	for (size_t i = 0; i < 4; i++) {
		assert_true(knows(f, users_app, codenames[i]));
		assert_true(role_has(f, users_app, "Super Administrator", codenames[i]));
		assert_true(role_has(f, users_app, "Org Administrator", codenames[i]));
	}
	assert_false(knows(f, users_app, "inspections.approve"));
	struct ref role = make_role(f, users_app, "Inspector", "inspections.read");
	struct outcome outcome = remove_entry(f, &f->operator, app);
	assert_err(outcome, ERR_CONFLICT);
	assert_non_null(strstr(outcome.why.text, "Inspector"));
	assert_err(remove_entry(f, &f->operator, role), OK);
	assert_err(remove_entry(f, &f->operator, app), OK);
	assert_false(role_has(f, users_app, "Super Administrator", "inspections.read"));
}

static void a_codename_means_one_thing(void **state)
{
	struct fixture *f = *state;
	static const struct {
		enum kind kind;
		const char *name;
		enum err err;
	} refused[] = {
		{ KIND_PERMISSION, "users.view", ERR_EXISTS },
		{ KIND_PERMISSION, "tenants.switch", ERR_EXISTS },
		{ KIND_PERMISSION, "audit_logs.view", ERR_EXISTS },
		{ KIND_PERMISSION, "tasks.view", ERR_EXISTS },
		{ KIND_PERMISSION, "drones.read", ERR_EXISTS },
		{ KIND_PERMISSION, "billing.pay", ERR_VALUE },
		{ KIND_PERMISSION, "drones", ERR_VALUE },
		{ KIND_PERMISSION, "Drones.fly", ERR_VALUE },
		{ KIND_APP, "users", ERR_EXISTS },
		{ KIND_APP, "roles", ERR_EXISTS },
		{ KIND_APP, "companies", ERR_EXISTS },
		{ KIND_APP, "audit_logs", ERR_EXISTS },
		{ KIND_APP, "billing", ERR_VALUE },
		{ KIND_APP, "my app", ERR_VALUE },
		{ KIND_APP, "drones.two", ERR_VALUE },
	};
	make_named(f, f->acme, KIND_APP, "drones");
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		assert_err(create(f, &f->operator, f->acme,
				   new_entry(f, refused[i].kind, refused[i].name)),
			refused[i].err);
	struct ref fly = register_permission(f, "drones.fly");
	assert_err(modify(f, &f->operator, fly, PATCH_REPLACE, ATTR_COMMON_NAME, "drones.land"),
		ERR_MUTABILITY);
	assert_err(modify(f, &f->operator, fly, PATCH_REPLACE, ATTR_DESCRIPTION, "Fly"), OK);
}

static void registering_needs_its_permission(void **state)
{
	struct fixture *f = *state;
	struct actor viewer = act_as(f, make_holder(f, f->acme, "vic", "Viewer"));
	struct actor admin = act_as(f, make_holder(f, f->acme, "ada", "Admin"));
	struct entry *entry = new_entry(f, KIND_PERMISSION, "drones.view");
	assert_err(create(f, &viewer, f->acme, entry), ERR_FORBIDDEN);
	assert_err(create(f, &admin, f->acme, entry), OK);
}

/* ---- built-in roles ---- */

static uint64_t roles(struct fixture *f, uint32_t tenant)
{
	return view_count(look(f), tenant, KIND_ROLE);
}

static void each_preset_begins_with_its_roles(void **state)
{
	struct fixture *f = *state;
	uint32_t users_app = make_tenant_of(f, "users-app"), titanus = make_tenant_of(f, "titanus");
	assert_int_equal(roles(f, f->acme), 6);
	assert_int_equal(roles(f, users_app), 3);
	assert_int_equal(roles(f, titanus), 3);
	static const struct {
		const char *name;
		unsigned level;
	} levels[] = { { "Super Administrator", 4 }, { "Administrator", 3 },
		{ "Org Administrator", 2 } };
	for (size_t i = 0; i < 3; i++) {
		struct record record = read_entry(f, find(f, users_app, KIND_ROLE, levels[i].name));
		assert_int_equal(role_level(&record), levels[i].level);
		assert_true(record_is_true(&record, ATTR_BUILT_IN));
	}
	/* Titanus' are the tenant's own from the first moment. */
	struct ref store = find(f, titanus, KIND_ROLE, "Store Manager");
	assert_err(modify(f, &f->operator, store, PATCH_ADD, ATTR_PERMISSION, "users.create"), OK);
	assert_true(role_has(f, titanus, "Store Manager", "users.create"));
}

static void admin_holds_the_whole_catalogue_and_no_operators(void **state)
{
	struct fixture *f = *state;
	struct permission_info info;
	struct permission_walk *walk = view_permissions(look(f), f->arena, f->acme);
	struct record admin = read_entry(f, find(f, f->acme, KIND_ROLE, "Admin"));
	size_t n = 0;
	while (permission_walk_next(walk, &info)) {
		assert_true(record_has_permission(&admin, info.codename));
		n++;
	}
	permission_walk_close(walk);
	size_t held = 0;
	for (size_t i = record_find(&admin, ATTR_PERMISSION); i < admin.count; i++)
		held += record_row(&admin, i).attr == ATTR_PERMISSION;
	assert_int_equal(held, n);
}

static void mappers_create_people_while_the_policy_says_so(void **state)
{
	struct fixture *f = *state;
	assert_true(role_has(f, f->acme, "Mapper", "users.create"));
	put_policy(f, f->acme, "mapper.may_create_users=false");
	assert_false(role_has(f, f->acme, "Mapper", "users.create"));
	assert_true(role_has(f, f->acme, "Mapper", "roles.assign"));
	assert_true(role_has(f, f->globex, "Mapper", "users.create"));
}

static void another_preset_brings_its_roles_and_lets_go_of_the_others(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_holder(f, f->acme, "ada", "Admin");
	struct ref admin = find(f, f->acme, KIND_ROLE, "Admin");
	struct ref settings = find(f, f->acme, KIND_SETTINGS, "settings");
	assert_err(modify(f, &f->operator, settings, PATCH_REPLACE, ATTR_PRESET, "users-app"), OK);
	find(f, f->acme, KIND_ROLE, "Org Administrator");
	struct record record = read_entry(f, admin);
	assert_false(record_is_true(&record, ATTR_BUILT_IN));
	assert_true(holds(f, admin, ada));
	assert_err(modify(f, &f->operator, settings, PATCH_REPLACE, ATTR_PRESET, "pegotec"), OK);
	/* A role of one's own is not taken over for its name. */
	record = read_entry(f, admin);
	assert_false(record_is_true(&record, ATTR_BUILT_IN));
}

static void a_start_brings_roles_to_the_table_and_writes_nothing_when_they_are(void **state)
{
	struct fixture *f = *state;
	uint64_t before = audit_count(f, f->acme), realm = audit_count(f, 0);
	fixture_close(f);
	fixture_open(f, 0);
	assert_int_equal(audit_count(f, f->acme), before);
	assert_int_equal(audit_count(f, 0), realm);
}

/* ---- roles ---- */

static void a_role_holds_codenames_once_and_in_order(void **state)
{
	struct fixture *f = *state;
	struct entry *entry = new_entry(f, KIND_ROLE, "Desk");
	static const char *const given[] = { "users.view", "audit_logs.view", "tasks.view",
		"audit.view", "assets.view", "users.view" };
	static const char *const kept[] = { "assets.view", "audit.view", "tasks.view",
		"users.view" };
	for (size_t i = 0; i < 6; i++)
		add_value(entry, ATTR_PERMISSION, given[i]);
	struct record record = read_entry(f, make(f, f->acme, entry));
	size_t at = record_find(&record, ATTR_PERMISSION);
	for (size_t i = 0; i < 4; i++) {
		struct value value = record_row(&record, at + i);
		assert_true(span_equal(value.octets, span_str(kept[i])));
		assert_int_equal(value.instance, i);
		assert_true(record_has_permission(&record, value.octets));
	}
	assert_false(record_has_permission(&record, SPAN("users")));
	assert_false(record_has_permission(&record, SPAN("a.a")));
	assert_false(record_has_permission(&record, SPAN("zzz.z")));
}

static void a_role_grants_what_the_catalogue_has(void **state)
{
	struct fixture *f = *state;
	struct entry *entry = new_entry(f, KIND_ROLE, "Odd");
	add_value(entry, ATTR_PERMISSION, "work_orders.view");
	struct outcome outcome = create(f, &f->operator, f->acme, entry);
	assert_err(outcome, ERR_UNKNOWN);
	assert_non_null(strstr(outcome.why.text, "work_orders.view"));
	struct ref role = make_role(f, f->acme, "Fine", "tasks.view");
	assert_err(
		modify(f, &f->operator, role, PATCH_ADD, ATTR_PERMISSION, "no.such"), ERR_UNKNOWN);
}

static void a_level_is_one_to_four_and_not_above_ones_own(void **state)
{
	struct fixture *f = *state;
	struct ref role = make_role(f, f->acme, "Lead", "roles.edit");
	struct record record = read_entry(f, role);
	assert_int_equal(role_level(&record), 1);
	assert_err(modify(f, &f->operator, role, PATCH_REPLACE, ATTR_LEVEL, "5"), ERR_VALUE);
	assert_err(modify(f, &f->operator, role, PATCH_REPLACE, ATTR_LEVEL, "0"), ERR_VALUE);
	assert_err(modify(f, &f->operator, role, PATCH_REPLACE, ATTR_LEVEL, "2"), OK);
	struct ref lea = make_user(f, f->acme, "lea");
	must_join(f, role, lea);
	assert_int_equal(view_level(look(f), f->acme, KIND_USER, lea.number), 2);
	struct actor actor = act_as(f, lea);
	struct ref other = make_role(f, f->acme, "Other", "roles.edit");
	assert_err(modify(f, &actor, other, PATCH_REPLACE, ATTR_LEVEL, "3"), ERR_GRANT_CEILING);
	assert_err(modify(f, &actor, other, PATCH_REPLACE, ATTR_LEVEL, "2"), OK);
}

static void roles_are_unique_by_folded_name(void **state)
{
	struct fixture *f = *state;
	assert_err(create(f, &f->operator, f->acme, new_entry(f, KIND_ROLE, "ADMIN")), ERR_EXISTS);
	make_named(f, f->acme, KIND_ROLE, "Safety Officer");
	assert_err(create(f, &f->operator, f->acme, new_entry(f, KIND_ROLE, "safety  officer")),
		ERR_EXISTS);
}

static void a_copy_is_not_built_in(void **state)
{
	struct fixture *f = *state;
	struct actor admin = act_as(f, make_holder(f, f->acme, "ada", "Admin"));
	struct entry *entry = new_entry(f, KIND_ROLE, "Copy");
	add_value(entry, ATTR_BUILT_IN, "TRUE");
	assert_err(create(f, &admin, f->acme, entry), ERR_MUTABILITY);
	assert_err(create(f, &f->operator, f->acme, entry), ERR_MUTABILITY);
}

static void a_role_in_use_names_who_holds_it(void **state)
{
	struct fixture *f = *state;
	struct ref role = make_role(f, f->acme, "Night Shift", "tasks.view");
	for (int i = 0; i < 5; i++)
		must_join(f, role, make_user(f, f->acme, arena_printf(f->arena, "worker%d", i)));
	struct outcome outcome = remove_entry(f, &f->operator, role);
	assert_err(outcome, ERR_ROLE_IN_USE);
	assert_non_null(strstr(outcome.why.text, "5 hold it: worker0, worker1, worker2, ..."));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(titanus_has_its_forty_codenames),
		TEST(pegotec_has_more_than_forty),
		TEST(operators_permissions_are_in_no_companys_catalogue),
		TEST(a_codename_is_words_and_dots),
		TEST(a_registered_permission_reaches_the_roles_whose_pattern_it_fits),
		TEST(an_app_registers_four_permissions),
		TEST(a_codename_means_one_thing),
		TEST(registering_needs_its_permission),
		TEST(each_preset_begins_with_its_roles),
		TEST(admin_holds_the_whole_catalogue_and_no_operators),
		TEST(mappers_create_people_while_the_policy_says_so),
		TEST(another_preset_brings_its_roles_and_lets_go_of_the_others),
		TEST(a_start_brings_roles_to_the_table_and_writes_nothing_when_they_are),
		TEST(a_role_holds_codenames_once_and_in_order),
		TEST(a_role_grants_what_the_catalogue_has),
		TEST(a_level_is_one_to_four_and_not_above_ones_own),
		TEST(roles_are_unique_by_folded_name),
		TEST(a_copy_is_not_built_in),
		TEST(a_role_in_use_names_who_holds_it),
	};
	return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
