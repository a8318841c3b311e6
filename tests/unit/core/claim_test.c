#include "connection.h"

#include "core/claim.h"

static struct ref role_of(struct fixture *f, const char *name)
{
	return find(f, f->acme, KIND_ROLE, name);
}

static void a_claim_gives_the_role_it_names_for_as_long_as_it_stands(void **state)
{
	struct fixture *f = *state;
	struct actor entra = act_as_connection(f, make_free_connection(f, "entra"));
	struct ref zoe = make_user_by(f, &entra, "zoe"), technician = role_of(f, "Technician");
	assert_err(claim(f, &entra, zoe, "tECHNician"), OK);
	assert_true(holds(f, technician, zoe));
	uint64_t rows = audit_count(f, f->acme);
	assert_err(claim(f, &entra, zoe, "tECHNician"), OK);
	assert_int_equal(audit_count(f, f->acme), rows);
	assert_err(unclaim(f, &entra, zoe, "tECHNician"), OK);
	assert_false(holds(f, technician, zoe));
}

static void a_claim_names_a_role_in_many_ways(void **state)
{
	struct fixture *f = *state;
	struct actor entra = act_as_connection(f, make_free_connection(f, "entra"));
	struct ref technician = role_of(f, "Technician");
	char id[UUID_TEXT + 1];
	uuid_format(&technician.id, id);
	const char *const claims[] = { "Technician", id,
		"{\"id\":\"06b07648-ecfe-589f-9d2f-6325724a46ee\",\"value\":\"technician\"}",
		" { \"value\" : \"25\", \"n\":1, \"displayName\" : \"Tech\\u006eician\" } ",
		arena_printf(f->arena, "{\"displayName\":\"x\",\"id\":\"%s\"}", id) };
	for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
		struct ref user = make_user_by(f, &entra, arena_printf(f->arena, "u%zu", i));
		assert_err(claim(f, &entra, user, claims[i]), OK);
		assert_true(holds(f, technician, user));
	}
}

static void a_claim_that_names_no_role_is_kept_and_does_nothing(void **state)
{
	struct fixture *f = *state;
	struct actor entra = act_as_connection(f, make_free_connection(f, "entra"));
	struct ref zoe = make_user_by(f, &entra, "zoe");
	static const char *const claims[] = { "Astronaut", "{\"value\":\"25\"}",
		"{\"value\":", "{\"value\":{\"a\":1}}", "{\"value\":\"\\ud800\"}", "{", "{}",
		"\"Technician\"", "[\"Technician\"]" };
	size_t count = sizeof claims / sizeof *claims;
	for (size_t i = 0; i < count; i++)
		assert_err(claim(f, &entra, zoe, claims[i]), OK);
	assert_int_equal(claim_count(f, zoe), count);
	assert_false(holds(f, role_of(f, "Technician"), zoe));
}

static void a_role_that_comes_later_is_given_to_those_who_claim_it(void **state)
{
	struct fixture *f = *state;
	struct actor entra = act_as_connection(f, make_free_connection(f, "entra"));
	struct ref zoe = make_user_by(f, &entra, "zoe");
	assert_err(claim(f, &entra, zoe, "Astronaut"), OK);
	struct ref astronaut = make_role(f, f->acme, "Astronaut", "tasks.view");
	keep_all(f);
	assert_true(holds(f, astronaut, zoe));
	assert_err(
		modify(f, &f->operator, astronaut, PATCH_REPLACE, ATTR_COMMON_NAME, "Pilot"), OK);
	keep_all(f);
	assert_false(holds(f, astronaut, zoe));
	assert_int_equal(claim_count(f, zoe), 1);
}

static void what_goes_beyond_the_connection_is_held(void **state)
{
	struct fixture *f = *state;
	struct actor okta = act_as_connection(f, make_connection(f, "okta"));
	struct ref zoe = make_user_by(f, &okta, "zoe"), held;
	struct ref technician = role_of(f, "Technician");
	assert_err(claim(f, &okta, zoe, "Technician"), OK);
	assert_false(holds(f, technician, zoe));
	assert_int_equal(claim_count(f, zoe), 1);
	assert_true(find_held(f, zoe, "assign", technician, &held));
	assert_err(decide(f, &f->operator, held, COMMAND_APPROVE), OK);
	assert_true(holds(f, technician, zoe));
	assert_false(find_held(f, zoe, "assign", technician, &held));
	assert_err(unclaim(f, &okta, zoe, "Technician"), OK);
	assert_false(holds(f, technician, zoe));
}

static void a_privileged_role_is_held_and_withdrawn_with_its_claim(void **state)
{
	struct fixture *f = *state;
	struct actor entra = act_as_connection(f, make_free_connection(f, "entra"));
	struct ref zoe = make_user_by(f, &entra, "zoe"), admin = role_of(f, "Admin"), held;
	assert_err(claim(f, &entra, zoe, "Admin"), OK);
	assert_true(find_held(f, zoe, "assign", admin, &held));
	assert_err(decide(f, &f->operator, held, COMMAND_REJECT), OK);
	assert_err(claim(f, &entra, zoe, "Technician"), OK);
	assert_true(find_held(f, zoe, "assign", admin, &held));
	assert_false(holds(f, admin, zoe));
	assert_true(holds(f, role_of(f, "Technician"), zoe));
	assert_err(unclaim(f, &entra, zoe, "Admin"), OK);
	assert_false(find_held(f, zoe, "assign", admin, &held));
}

static void who_approves_hands_out_what_they_may_themselves(void **state)
{
	struct fixture *f = *state;
	struct actor entra = act_as_connection(f, make_free_connection(f, "entra"));
	struct ref zoe = make_user_by(f, &entra, "zoe"), held;
	assert_err(claim(f, &entra, zoe, "Admin"), OK);
	assert_true(find_held(f, zoe, "assign", role_of(f, "Admin"), &held));
	struct ref clerk = make_user(f, f->acme, "clerk");
	struct ref desk = make_role(f, f->acme, "Desk", "integrations.manage");
	must_join(f, desk, clerk);
	struct actor actor = act_as(f, clerk);
	assert_err(decide(f, &actor, held, COMMAND_APPROVE), ERR_FORBIDDEN);
	assert_err(modify(f, &f->operator, desk, PATCH_ADD, ATTR_PERMISSION, "roles.assign"), OK);
	actor = act_as(f, clerk);
	assert_err(decide(f, &actor, held, COMMAND_APPROVE), ERR_GRANT_CEILING);
	assert_err(decide(f, &actor, held, COMMAND_REJECT), ERR_GRANT_CEILING);
	struct actor viewer = act_as(f, make_holder(f, f->acme, "vi", "Viewer"));
	assert_err(decide(f, &viewer, held, COMMAND_REJECT), ERR_FORBIDDEN);
	struct actor foreign = act_as(f, make_holder(f, f->globex, "eve", "Admin"));
	assert_err(decide(f, &foreign, held, COMMAND_APPROVE), ERR_NOT_FOUND);
	struct actor boss = act_as(f, make_holder(f, f->acme, "boss", "Admin"));
	assert_err(decide(f, &boss, held, COMMAND_APPROVE), OK);
	assert_true(holds(f, role_of(f, "Admin"), zoe));
	assert_non_null(strstr(last_audit(f, f->acme), "\"boss\""));
}

static void a_connection_changes_only_its_own_claims(void **state)
{
	struct fixture *f = *state;
	struct actor entra = act_as_connection(f, make_free_connection(f, "entra"));
	struct actor okta = act_as_connection(f, make_free_connection(f, "okta"));
	struct ref zoe = make_user_by(f, &entra, "zoe");
	assert_err(claim(f, &entra, zoe, "Technician"), OK);
	assert_err(claim(f, &okta, zoe, "Supervisor"), OK);
	assert_err(unclaim(f, &okta, zoe, "Technician"), OK);
	assert_true(holds(f, role_of(f, "Technician"), zoe));
	assert_err(modify(f, &okta, zoe, PATCH_REMOVE, ATTR_ROLE_CLAIM, NULL), OK);
	assert_int_equal(claim_count(f, zoe), 1);
	assert_false(holds(f, role_of(f, "Supervisor"), zoe));
	assert_true(holds(f, role_of(f, "Technician"), zoe));
}

static struct outcome say(struct fixture *f, const struct actor *actor, struct ref user,
	const char *value, const char *display, const char *type)
{
	struct value values[] = { { ATTR_ROLE_CLAIM, 7, 0, span_str(value) },
		{ ATTR_ROLE_CLAIM_DISPLAY, 7, 0, span_str(display) },
		{ ATTR_ROLE_CLAIM_TYPE, 7, 0, span_str(type) } };
	const struct modification mods[] = { { PATCH_ADD, ATTR_ROLE_CLAIM, 0, &values[0], 1 },
		{ PATCH_ADD, ATTR_ROLE_CLAIM_DISPLAY, 0, &values[1], 1 },
		{ PATCH_ADD, ATTR_ROLE_CLAIM_TYPE, 0, &values[2], 1 } };
	return modify_all(f, actor, user, mods, 3, NULL);
}

static void what_was_shown_and_comes_back_is_no_claim(void **state)
{
	struct fixture *f = *state;
	struct actor okta = act_as_connection(f, make_free_connection(f, "okta"));
	struct ref zoe = make_user_by(f, &okta, "zoe");
	must_join(f, role_of(f, "Technician"), zoe);
	struct outcome outcome = say(f, &okta, zoe, "Technician", "Technician", "role");
	assert_err(outcome, OK);
	assert_false(outcome.changed);
	assert_int_equal(claim_count(f, zoe), 0);
	assert_err(say(f, &okta, zoe, "Technician", "Technician", "job"), OK);
	assert_int_equal(claim_count(f, zoe), 1);
	assert_err(leave(f, &f->operator, role_of(f, "Technician"), zoe), OK);
	assert_true(holds(f, role_of(f, "Technician"), zoe));
}

static void nobody_else_takes_a_role_that_is_claimed(void **state)
{
	struct fixture *f = *state;
	struct ref client = make_free_connection(f, "entra");
	struct actor entra = act_as_connection(f, client);
	struct actor boss = act_as(f, make_holder(f, f->acme, "boss", "Admin"));
	struct ref zoe = make_user_by(f, &entra, "zoe"), technician = role_of(f, "Technician");
	assert_err(claim(f, &entra, zoe, "Technician"), OK);
	assert_err(leave(f, &boss, technician, zoe), ERR_MUTABILITY);
	assert_err(leave(f, &entra, technician, zoe), ERR_MUTABILITY);
	struct outcome again = join(f, &entra, technician, zoe);
	assert_err(again, OK);
	assert_false(again.changed);
	assert_err(remove_entry(f, &f->operator, client), OK);
	assert_false(holds(f, technician, zoe));
}

static void where_one_role_is_held_two_claims_are_one_too_many(void **state)
{
	struct fixture *f = *state;
	put_policy(f, f->acme, "roles.cardinality=single");
	struct actor entra = act_as_connection(f, make_free_connection(f, "entra"));
	struct ref zoe = make_user_by(f, &entra, "zoe");
	assert_err(claim(f, &entra, zoe, "Technician"), OK);
	assert_err(claim(f, &entra, zoe, "Astronaut"), OK);
	assert_err(claim(f, &entra, zoe, "Supervisor"), ERR_VALUE);
	assert_err(modify(f, &entra, zoe, PATCH_REPLACE, ATTR_ROLE_CLAIM, "Supervisor"), OK);
	assert_true(holds(f, role_of(f, "Supervisor"), zoe));
	assert_false(holds(f, role_of(f, "Technician"), zoe));
}

static void claims_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct actor entra = act_as_connection(f, make_free_connection(f, "entra"));
	struct ref zoe = make_user_by(f, &entra, "zoe");
	struct value values[201];
	for (size_t i = 0; i < 201; i++)
		values[i] = (struct value){ ATTR_ROLE_CLAIM, (uint16_t)i, 0,
			span_str(arena_printf(f->arena, "role %zu", i)) };
	struct modification mod = { PATCH_ADD, ATTR_ROLE_CLAIM, 0, values, 201 };
	assert_err(modify_all(f, &entra, zoe, &mod, 1, NULL), ERR_TOO_LARGE);
	mod.count = 200;
	assert_err(modify_all(f, &entra, zoe, &mod, 1, NULL), OK);
}

static void a_restored_person_has_what_is_still_claimed(void **state)
{
	struct fixture *f = *state;
	put_policy(f, f->acme, "delete.mode=soft");
	struct ref client = make_free_connection(f, "entra");
	struct actor entra = act_as_connection(f, client);
	struct ref zoe = make_user_by(f, &entra, "zoe");
	assert_err(claim(f, &entra, zoe, "Technician"), OK);
	assert_err(remove_entry(f, &f->operator, zoe), OK);
	assert_err(remove_entry(f, &f->operator, client), OK);
	struct ref stone = { KIND_TOMBSTONE, f->acme, zoe.number, zoe.id };
	struct outcome outcome;
	const struct command command = {
		.type = COMMAND_RESTORE, .tenant = f->acme, .kind = KIND_TOMBSTONE, .id = stone.id
	};
	core_run(f->core, &f->operator, & command, &outcome);
	assert_err(outcome, OK);
	assert_false(holds(f, role_of(f, "Technician"), zoe));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_claim_gives_the_role_it_names_for_as_long_as_it_stands),
		TEST(a_claim_names_a_role_in_many_ways),
		TEST(a_claim_that_names_no_role_is_kept_and_does_nothing),
		TEST(a_role_that_comes_later_is_given_to_those_who_claim_it),
		TEST(what_goes_beyond_the_connection_is_held),
		TEST(a_privileged_role_is_held_and_withdrawn_with_its_claim),
		TEST(who_approves_hands_out_what_they_may_themselves),
		TEST(a_connection_changes_only_its_own_claims),
		TEST(what_was_shown_and_comes_back_is_no_claim),
		TEST(nobody_else_takes_a_role_that_is_claimed),
		TEST(where_one_role_is_held_two_claims_are_one_too_many),
		TEST(claims_are_bounded),
		TEST(a_restored_person_has_what_is_still_claimed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
