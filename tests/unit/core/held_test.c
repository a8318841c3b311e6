#include "connection.h"

#define PEOPLE 100

/* Older than an hour, and not the connection's own. */
static void make_people(struct fixture *f, struct ref *people, size_t count)
{
	for (size_t i = 0; i < count; i++)
		people[i] = make_user(f, f->acme, arena_printf(f->arena, "p%03zu", i));
}

static struct outcome deactivate(struct fixture *f, const struct actor *actor, struct ref user)
{
	return modify(f, actor, user, PATCH_REPLACE, ATTR_ACTIVE, "FALSE");
}

static struct outcome reactivate(struct fixture *f, const struct actor *actor, struct ref user)
{
	return modify(f, actor, user, PATCH_REPLACE, ATTR_ACTIVE, "TRUE");
}

static bool is_active(struct fixture *f, struct ref user)
{
	struct record record = read_entry(f, user);
	return record_is_true(&record, ATTR_ACTIVE);
}

static bool is_there(struct fixture *f, struct ref user)
{
	struct record record;
	return view_entry(look(f), user.tenant, user.kind, user.number, &record);
}

/* That may delete whom administrators here made. */
static struct actor act_as_adopting(struct fixture *f)
{
	struct ref client = make_connection(f, "entra");
	assert_err(modify(f, &f->operator, client, PATCH_REPLACE, ATTR_ADOPTS, "TRUE"), OK);
	return act_as_connection(f, client);
}

static void a_client_that_wipes_is_stopped_at_its_limit(void **state)
{
	struct fixture *f = *state;
	struct ref people[PEOPLE], held;
	make_people(f, people, PEOPLE);
	struct actor entra = act_as_adopting(f);
	for (size_t i = 0; i < PEOPLE; i++)
		assert_err(remove_entry(f, &entra, people[i]), i < 20 ? OK : ERR_HELD);
	for (size_t i = 0; i < PEOPLE; i++) {
		assert_int_equal(is_there(f, people[i]), i >= 20);
		assert_int_equal(find_held(f, people[i], "delete", NO_ROLE, &held), i >= 20);
	}
	assert_int_equal(view_count(look(f), f->acme, KIND_HELD), PEOPLE - 20);
	assert_err(remove_entry(f, &entra, people[50]), ERR_HELD);
	assert_int_equal(view_count(look(f), f->acme, KIND_HELD), PEOPLE - 20);
}

static void an_approval_lets_exactly_those_through(void **state)
{
	struct fixture *f = *state;
	struct ref people[PEOPLE], held;
	make_people(f, people, PEOPLE);
	struct actor entra = act_as_connection(f, make_connection(f, "entra"));
	struct actor boss = act_as(f, make_holder(f, f->acme, "boss", "Admin"));
	for (size_t i = 0; i < 22; i++)
		assert_err(deactivate(f, &entra, people[i]), i < 20 ? OK : ERR_HELD);
	assert_true(find_held(f, people[20], "deactivate", NO_ROLE, &held));
	assert_err(decide(f, &boss, held, COMMAND_APPROVE), OK);
	assert_false(is_active(f, people[20]));
	assert_non_null(strstr(last_audit(f, f->acme), "\"boss\""));
	assert_true(is_active(f, people[21]));
	assert_err(deactivate(f, &entra, people[22]), ERR_HELD);
	assert_true(find_held(f, people[21], "deactivate", NO_ROLE, &held));
	assert_err(decide(f, &boss, held, COMMAND_REJECT), OK);
	assert_err(deactivate(f, &entra, people[21]), ERR_FORBIDDEN);
	assert_true(find_held(f, people[21], "deactivate", NO_ROLE, &held));
	assert_err(reactivate(f, &entra, people[21]), OK);
	assert_false(find_held(f, people[21], "deactivate", NO_ROLE, &held));
}

static void who_comes_back_gives_room(void **state)
{
	struct fixture *f = *state;
	struct ref people[PEOPLE];
	make_people(f, people, PEOPLE);
	struct actor entra = act_as_connection(f, make_connection(f, "entra"));
	for (size_t i = 0; i < 20; i++)
		assert_err(deactivate(f, &entra, people[i]), OK);
	assert_err(reactivate(f, &entra, people[3]), OK);
	assert_err(deactivate(f, &entra, people[20]), OK);
	assert_err(deactivate(f, &entra, people[21]), ERR_HELD);
}

static void who_was_inactive_for_long_makes_up_for_nobody(void **state)
{
	struct fixture *f = *state;
	struct ref people[PEOPLE];
	make_people(f, people, PEOPLE);
	struct actor entra = act_as_connection(f, make_connection(f, "entra"));
	for (size_t i = 0; i < 20; i++)
		assert_err(deactivate(f, &entra, people[i]), OK);
	clock_set_for_test(clock_wall() + 3601 * SECOND);
	for (size_t i = 0; i < 20; i++)
		assert_err(reactivate(f, &entra, people[i]), OK);
	for (size_t i = 0; i < 21; i++)
		assert_err(deactivate(f, &entra, people[20 + i]), i < 20 ? OK : ERR_HELD);
	/* Nor does whom somebody else deactivated. */
	assert_err(deactivate(f, &f->operator, people[50]), OK);
	assert_err(reactivate(f, &entra, people[50]), OK);
	assert_err(deactivate(f, &entra, people[51]), ERR_HELD);
	clock_set_for_test(0);
}

static void people_made_up_give_no_room(void **state)
{
	struct fixture *f = *state;
	struct ref people[PEOPLE];
	make_people(f, people, PEOPLE);
	clock_set_for_test(clock_wall() + 3601 * SECOND);
	struct actor entra = act_as_connection(f, make_connection(f, "entra"));
	for (size_t i = 0; i < 3 * PEOPLE; i++)
		make_user_by(f, &entra, arena_printf(f->arena, "n%zu", i));
	for (size_t i = 0; i < 21; i++)
		assert_err(deactivate(f, &entra, people[i]), i < 20 ? OK : ERR_HELD);
	clock_set_for_test(0);
}

static void an_account_that_ends_is_counted(void **state)
{
	struct fixture *f = *state;
	struct ref people[PEOPLE], held;
	make_people(f, people, PEOPLE);
	struct actor entra = act_as_connection(f, make_connection(f, "entra"));
	for (size_t i = 0; i < 21; i++)
		assert_err(modify(f, &entra, people[i], PATCH_REPLACE, ATTR_ACCOUNT_EXPIRES,
				   "20010101000000Z"),
			i < 20 ? OK : ERR_HELD);
	assert_true(find_held(f, people[20], "deactivate", NO_ROLE, &held));
	assert_err(modify(f, &entra, people[20], PATCH_REPLACE, ATTR_ACCOUNT_EXPIRES,
			   "20990101000000Z"),
		OK);
}

static void one_act_is_no_way_round_the_other(void **state)
{
	struct fixture *f = *state;
	struct ref people[PEOPLE], held;
	make_people(f, people, PEOPLE);
	struct actor entra = act_as_adopting(f);
	struct actor boss = act_as(f, make_holder(f, f->acme, "boss", "Admin"));
	for (size_t i = 0; i < 22; i++)
		assert_err(deactivate(f, &entra, people[i]), i < 20 ? OK : ERR_HELD);
	assert_true(find_held(f, people[20], "deactivate", NO_ROLE, &held));
	assert_err(decide(f, &boss, held, COMMAND_REJECT), OK);
	clock_set_for_test(clock_wall() + 3601 * SECOND);
	assert_err(remove_entry(f, &entra, people[20]), ERR_FORBIDDEN);
	assert_err(remove_entry(f, &entra, people[21]), ERR_HELD);
	assert_true(is_there(f, people[20]) && is_there(f, people[21]));
	assert_err(remove_entry(f, &entra, people[22]), OK);
	clock_set_for_test(0);
}

static void the_count_outlives_the_process_and_ends_with_the_hour(void **state)
{
	struct fixture *f = *state;
	struct ref people[PEOPLE], held;
	make_people(f, people, PEOPLE);
	struct ref client = make_connection(f, "entra");
	struct actor entra = act_as_connection(f, client);
	for (size_t i = 0; i < 20; i++)
		assert_err(deactivate(f, &entra, people[i]), OK);
	fixture_close(f);
	fixture_open(f, 0);
	entra = act_as_connection(f, client);
	assert_err(deactivate(f, &entra, people[20]), ERR_HELD);
	clock_set_for_test(clock_wall() + 3601 * SECOND);
	assert_err(deactivate(f, &entra, people[21]), OK);
	/* Who waits, waits. */
	assert_err(deactivate(f, &entra, people[20]), ERR_HELD);
	assert_true(find_held(f, people[20], "deactivate", NO_ROLE, &held));
	clock_set_for_test(0);
}

static void one_connections_limit_is_not_anothers(void **state)
{
	struct fixture *f = *state;
	struct ref people[PEOPLE];
	make_people(f, people, PEOPLE);
	struct actor entra = act_as_connection(f, make_connection(f, "entra"));
	struct actor okta = act_as_connection(f, make_connection(f, "okta"));
	for (size_t i = 0; i < 21; i++)
		assert_err(deactivate(f, &entra, people[i]), i < 20 ? OK : ERR_HELD);
	assert_err(deactivate(f, &okta, people[30]), OK);
	assert_err(deactivate(f, &f->operator, people[31]), OK);
}

static void a_limit_can_be_set(void **state)
{
	struct fixture *f = *state;
	struct ref people[PEOPLE];
	make_people(f, people, PEOPLE);
	struct ref client = make_connection(f, "entra");
	assert_err(modify(f, &f->operator, client, PATCH_REPLACE, ATTR_LIMIT_COUNT, "2"), OK);
	assert_err(modify(f, &f->operator, client, PATCH_REPLACE, ATTR_LIMIT_PERCENT, "5"), OK);
	clock_set_for_test(clock_wall() + 3601 * SECOND);
	struct actor entra = act_as_connection(f, client);
	for (size_t i = 0; i < 6; i++)
		assert_err(deactivate(f, &entra, people[i]), i < 5 ? OK : ERR_HELD);
	clock_set_for_test(0);
}

static void a_small_company_does_not_lose_everybody(void **state)
{
	struct fixture *f = *state;
	struct ref people[10];
	make_people(f, people, 10);
	struct actor entra = act_as_adopting(f);
	for (size_t i = 0; i < 4; i++)
		assert_err(remove_entry(f, &entra, people[i]), i < 2 ? OK : ERR_HELD);
}

static void a_connection_may_undo_what_it_has_just_done(void **state)
{
	struct fixture *f = *state;
	struct actor entra = act_as_connection(f, make_connection(f, "entra"));
	struct ref people[40];
	for (size_t i = 0; i < 40; i++)
		people[i] = make_user_by(f, &entra, arena_printf(f->arena, "n%zu", i));
	for (size_t i = 0; i < 40; i++)
		assert_err(remove_entry(f, &entra, people[i]), OK);
	assert_int_equal(view_count(look(f), f->acme, KIND_HELD), 0);
}

static void a_batch_that_is_one_is_held_as_one(void **state)
{
	struct fixture *f = *state;
	struct ref people[PEOPLE], held;
	struct outcome outcomes[2];
	make_people(f, people, PEOPLE);
	struct actor entra = act_as_adopting(f);
	for (size_t i = 0; i < 20; i++)
		assert_err(remove_entry(f, &entra, people[i]), OK);
	struct value title = { ATTR_TITLE, 0, 0, SPAN("Chief") };
	struct modification mod = { PATCH_REPLACE, ATTR_TITLE, 0, &title, 1 };
	const struct command commands[2] = {
		{ .type = COMMAND_MODIFY,
			.tenant = f->acme,
			.kind = KIND_USER,
			.id = people[40].id,
			.mods = &mod,
			.mod_count = 1 },
		{ .type = COMMAND_DELETE,
			.tenant = f->acme,
			.kind = KIND_USER,
			.id = people[41].id },
	};
	assert_int_equal(core_run_many(f->core, &entra, commands, 2, true, outcomes, NULL), OK);
	assert_err(outcomes[0], ERR_CONFLICT);
	assert_err(outcomes[1], ERR_HELD);
	assert_true(find_held(f, people[41], "delete", NO_ROLE, &held));
	struct record record = read_entry(f, people[40]);
	assert_int_equal(record_first(&record, ATTR_TITLE).len, 0);
	assert_int_equal(core_preview(f->core, &entra, &commands[1], 1, outcomes, NULL), OK);
	assert_err(outcomes[0], ERR_HELD);
}

static void held_changes_end_with_whom_they_are_about(void **state)
{
	struct fixture *f = *state;
	struct ref people[PEOPLE], held;
	make_people(f, people, PEOPLE);
	struct ref client = make_connection(f, "entra");
	struct actor entra = act_as_connection(f, client);
	for (size_t i = 0; i < 25; i++)
		assert_err(deactivate(f, &entra, people[i]), i < 20 ? OK : ERR_HELD);
	assert_err(remove_entry(f, &f->operator, people[20]), OK);
	assert_false(find_held(f, people[20], "deactivate", NO_ROLE, &held));
	assert_err(deactivate(f, &f->operator, people[21]), OK);
	assert_false(find_held(f, people[21], "deactivate", NO_ROLE, &held));
	assert_int_equal(view_count(look(f), f->acme, KIND_HELD), 3);
	assert_err(remove_entry(f, &f->operator, client), OK);
	assert_int_equal(view_count(look(f), f->acme, KIND_HELD), 0);
}

/* What the door must not do by itself. */
static void the_last_admin_stays_whoever_approves(void **state)
{
	struct fixture *f = *state;
	struct ref people[PEOPLE], held;
	make_people(f, people, PEOPLE);
	struct ref boss = make_holder(f, f->acme, "boss", "Admin");
	struct actor entra = act_as_connection(f, make_connection(f, "entra"));
	for (size_t i = 0; i < 20; i++)
		assert_err(deactivate(f, &entra, people[i]), OK);
	assert_err(deactivate(f, &entra, boss), ERR_LAST_ADMIN);
	struct ref other = make_holder(f, f->acme, "other", "Admin");
	assert_err(deactivate(f, &entra, boss), ERR_HELD);
	assert_true(find_held(f, boss, "deactivate", NO_ROLE, &held));
	assert_err(remove_entry(f, &f->operator, other), OK);
	assert_err(decide(f, &f->operator, held, COMMAND_APPROVE), ERR_LAST_ADMIN);
	assert_true(is_active(f, boss));
	assert_true(find_held(f, boss, "deactivate", NO_ROLE, &held));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_client_that_wipes_is_stopped_at_its_limit),
		TEST(an_approval_lets_exactly_those_through),
		TEST(who_comes_back_gives_room),
		TEST(who_was_inactive_for_long_makes_up_for_nobody),
		TEST(people_made_up_give_no_room),
		TEST(an_account_that_ends_is_counted),
		TEST(one_act_is_no_way_round_the_other),
		TEST(the_count_outlives_the_process_and_ends_with_the_hour),
		TEST(one_connections_limit_is_not_anothers),
		TEST(a_limit_can_be_set),
		TEST(a_small_company_does_not_lose_everybody),
		TEST(a_connection_may_undo_what_it_has_just_done),
		TEST(a_batch_that_is_one_is_held_as_one),
		TEST(held_changes_end_with_whom_they_are_about),
		TEST(the_last_admin_stays_whoever_approves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
