#include "../dice.h"
#include "connection.h"

static struct ref role_of(struct fixture *f, const char *name)
{
	return find(f, f->acme, KIND_ROLE, name);
}

static void map(struct fixture *f, struct ref client, const char *row)
{
	assert_err(modify(f, &f->operator, client, PATCH_ADD, ATTR_GROUP_MAPPING, row), OK);
}

static struct ref make_group_by(struct fixture *f, const struct actor *connection, const char *name)
{
	assert_err(create(f, connection, f->acme, new_entry(f, KIND_GROUP, name)), OK);
	return find(f, f->acme, KIND_GROUP, name);
}

static void a_member_of_a_mapped_group_has_the_role_and_the_scope(void **state)
{
	struct fixture *f = *state;
	struct ref client = make_connection(f, "okta");
	struct actor okta = act_as_connection(f, client);
	struct ref zoe = make_user_by(f, &okta, "zoe"), technician = role_of(f, "Technician");
	struct ref site = make_named(f, f->acme, KIND_SCOPE, "Site 1");
	struct ref crew = make_group_by(f, &okta, "Crew");
	map(f, client, "crew=role:technician");
	map(f, client, "Crew=scope:Site 1");
	assert_err(join(f, &okta, crew, zoe), OK);
	assert_true(holds(f, technician, zoe) && holds(f, site, zoe));
	assert_err(leave(f, &okta, crew, zoe), OK);
	assert_false(holds(f, technician, zoe) || holds(f, site, zoe));
}

static void only_the_connections_own_members_count(void **state)
{
	struct fixture *f = *state;
	struct ref client = make_connection(f, "okta");
	struct actor okta = act_as_connection(f, client);
	struct actor other = act_as_connection(f, make_connection(f, "entra"));
	struct ref zoe = make_user_by(f, &okta, "zoe"), crew = make_group_by(f, &okta, "Crew");
	map(f, client, "Crew=role:Technician");
	assert_err(join(f, &other, crew, zoe), OK);
	assert_err(join(f, &f->operator, crew, zoe), OK);
	assert_false(holds(f, role_of(f, "Technician"), zoe));
	assert_err(join(f, &okta, crew, zoe), OK);
	assert_true(holds(f, role_of(f, "Technician"), zoe));
}

static void a_mapping_takes_effect_when_it_is_written_and_when_it_goes(void **state)
{
	struct fixture *f = *state;
	struct ref client = make_connection(f, "okta");
	struct actor okta = act_as_connection(f, client);
	struct ref zoe = make_user_by(f, &okta, "zoe"), crew = make_group_by(f, &okta, "Crew");
	struct ref technician = role_of(f, "Technician");
	assert_err(join(f, &okta, crew, zoe), OK);
	map(f, client, "Crew=role:Technician");
	assert_true(holds(f, technician, zoe));
	assert_err(modify(f, &f->operator, client, PATCH_REPLACE, ATTR_GROUP_MAPPING,
			   "Crew=role:Supervisor"),
		OK);
	assert_false(holds(f, technician, zoe));
	assert_true(holds(f, role_of(f, "Supervisor"), zoe));
	assert_err(remove_entry(f, &f->operator, client), OK);
	assert_false(holds(f, role_of(f, "Supervisor"), zoe));
}

static void a_renamed_group_keeps_what_is_mapped_by_its_id(void **state)
{
	struct fixture *f = *state;
	char id[UUID_TEXT + 1];
	struct ref client = make_connection(f, "okta");
	struct actor okta = act_as_connection(f, client);
	struct ref zoe = make_user_by(f, &okta, "zoe"), crew = make_group_by(f, &okta, "Crew");
	uuid_format(&crew.id, id);
	map(f, client, arena_printf(f->arena, "%s=role:Technician", id));
	map(f, client, "Crew=role:Supervisor");
	assert_err(join(f, &okta, crew, zoe), OK);
	assert_err(modify(f, &okta, crew, PATCH_REPLACE, ATTR_COMMON_NAME, "Team"), OK);
	assert_true(holds(f, role_of(f, "Technician"), zoe));
	assert_false(holds(f, role_of(f, "Supervisor"), zoe));
	assert_err(remove_entry(f, &okta, crew), OK);
	assert_false(holds(f, role_of(f, "Technician"), zoe));
}

static void people_below_a_mapped_group_have_the_role(void **state)
{
	struct fixture *f = *state;
	struct ref client = make_connection(f, "okta");
	struct actor okta = act_as_connection(f, client);
	struct ref zoe = make_user_by(f, &okta, "zoe"), technician = role_of(f, "Technician");
	struct ref above = make_group_by(f, &okta, "Above"), crew = make_group_by(f, &okta, "Crew");
	map(f, client, "Above=role:Technician");
	assert_err(join(f, &okta, crew, zoe), OK);
	assert_false(holds(f, technician, zoe));
	assert_err(join(f, &okta, above, crew), OK);
	assert_true(holds(f, technician, zoe));
	assert_err(leave(f, &okta, above, crew), OK);
	assert_false(holds(f, technician, zoe));
}

static void a_privileged_role_waits_for_each_person(void **state)
{
	struct fixture *f = *state;
	struct ref client = make_connection(f, "okta"), held;
	struct actor okta = act_as_connection(f, client);
	struct ref zoe = make_user_by(f, &okta, "zoe"), max = make_user_by(f, &okta, "max");
	struct ref admin = role_of(f, "Admin"), crew = make_group_by(f, &okta, "Crew");
	map(f, client, "Crew=role:Admin");
	assert_err(join(f, &okta, crew, zoe), OK);
	assert_err(join(f, &okta, crew, max), OK);
	assert_false(holds(f, admin, zoe) || holds(f, admin, max));
	assert_true(find_held(f, zoe, "assign", admin, &held));
	assert_err(decide(f, &f->operator, held, COMMAND_APPROVE), OK);
	assert_true(holds(f, admin, zoe) && !holds(f, admin, max));
	assert_err(leave(f, &okta, crew, max), OK);
	assert_false(find_held(f, max, "assign", admin, &held));
	assert_err(modify(f, &f->operator, client, PATCH_REPLACE, ATTR_APPROVAL, "never"), OK);
	assert_err(join(f, &okta, crew, max), OK);
	assert_true(holds(f, admin, max));
	assert_err(modify(f, &f->operator, client, PATCH_REPLACE, ATTR_APPROVAL, "all"), OK);
	map(f, client, "Crew=role:Technician");
	assert_false(holds(f, role_of(f, "Technician"), max));
	assert_true(find_held(f, max, "assign", role_of(f, "Technician"), &held));
}

#define MANY 450 /* more than one command brings in line by itself */

static void what_touches_many_is_done_in_steps(void **state)
{
	struct fixture *f = *state;
	struct ref client = make_connection(f, "okta");
	struct actor okta = act_as_connection(f, client);
	struct ref crew = make_group_by(f, &okta, "Crew"), technician = role_of(f, "Technician");
	struct member_delta members[MANY];
	struct outcome outcome;
	struct command command = { .type = COMMAND_MEMBERS,
		.tenant = f->acme,
		.kind = KIND_GROUP,
		.id = crew.id,
		.members = members,
		.member_count = MANY };
	for (size_t i = 0; i < MANY; i++)
		members[i] = (struct member_delta){ KIND_USER,
			make_user(f, f->acme, arena_printf(f->arena, "m%zu", i)).id, false };
	map(f, client, "Crew=role:Technician");
	core_run(f->core, &okta, &command, &outcome);
	assert_err(outcome, OK);
	assert_int_equal(view_member_count(look(f), f->acme, technician.number), 0);
	keep_all(f);
	assert_int_equal(view_member_count(look(f), f->acme, technician.number), MANY);
	uint64_t sequence = audit_count(f, f->acme);
	keep_all(f);
	assert_int_equal(audit_count(f, f->acme), sequence);
	assert_err(remove_entry(f, &f->operator, client), OK);
	fixture_close(f);
	fixture_open(f, 0);
	keep_all(f);
	assert_int_equal(view_member_count(look(f), f->acme, technician.number), 0);
}

/* ---- whatever connections and administrators do ---- */

#define SEED 20261122
#define TURNS 1000
#define USERS 4
#define ROLES 5
#define GROUPS 3
#define CONNECTIONS 2

struct world {
	struct fixture *f;
	struct dice dice;
	struct ref users[USERS], roles[ROLES], groups[GROUPS], connections[CONNECTIONS];
	/* what everybody has said */
	bool claims[CONNECTIONS][USERS][ROLES], member[CONNECTIONS][GROUPS][USERS];
	bool maps[CONNECTIONS][GROUPS][ROLES], given[ROLES][USERS];
};

static const char *const role_names[ROLES] = { "Technician", "Supervisor", "Viewer", "Manager",
	"Admin" };

static void build(struct world *w)
{
	struct fixture *f = w->f;
	for (size_t i = 0; i < CONNECTIONS; i++)
		w->connections[i] =
			make_free_connection(f, arena_printf(f->arena, "connection %zu", i));
	for (size_t i = 0; i < USERS; i++)
		w->users[i] = make_user(f, f->acme, arena_printf(f->arena, "user %zu", i));
	for (size_t i = 0; i < ROLES; i++)
		w->roles[i] = role_of(f, role_names[i]);
	for (size_t i = 0; i < GROUPS; i++)
		w->groups[i] =
			make_named(f, f->acme, KIND_GROUP, arena_printf(f->arena, "group %zu", i));
}

static bool is_asked(const struct world *w, size_t connection, size_t role, size_t user)
{
	bool asked = w->claims[connection][user][role];
	for (size_t i = 0; i < GROUPS; i++)
		asked |= w->maps[connection][i][role] && w->member[connection][i][user];
	return asked;
}

static bool is_held(struct world *w, size_t connection, size_t role, size_t user)
{
	struct search *search;
	struct record record;
	struct search_spec spec = {
		.actor = &w->f->operator, .tenant = w->f->acme, .kinds = 1u << KIND_HELD
	};
	unsigned budget = UINT32_MAX;
	bool found = false;
	assert_int_equal(search_open(look(w->f), w->f->arena, &spec, &search, NULL), OK);
	while (!found && search_next(search, &budget, &record) == STEP_FOUND)
		found = span_equal(record_first(&record, ATTR_HELD_CLIENT),
				uuid_span(&w->connections[connection].id)) &&
			span_equal(record_first(&record, ATTR_HELD_SUBJECT),
				uuid_span(&w->users[user].id)) &&
			span_equal(record_first(&record, ATTR_HELD_CONTAINER),
				uuid_span(&w->roles[role].id));
	search_close(search);
	return found;
}

static void check(struct world *w)
{
	for (size_t role = 0; role < ROLES; role++)
		for (size_t user = 0; user < USERS; user++) {
			bool wanted = w->given[role][user];
			for (size_t i = 0; i < CONNECTIONS; i++) {
				bool asked = is_asked(w, i, role, user);
				bool held = is_held(w, i, role, user);
				assert_true(asked || !held);
				wanted |= asked && !held;
			}
			assert_int_equal(holds(w->f, w->roles[role], w->users[user]), wanted);
		}
}

static void turn_claim(struct world *w, size_t c)
{
	size_t user = dice_roll(&w->dice, USERS), role = dice_roll(&w->dice, ROLES);
	struct actor actor = act_as_connection(w->f, w->connections[c]);
	bool *claimed = &w->claims[c][user][role];
	/* A value has one source: what another claims already is not claimed twice. */
	if (w->claims[!c][user][role])
		return;
	assert_err(*claimed ? unclaim(w->f, &actor, w->users[user], role_names[role])
			    : claim(w->f, &actor, w->users[user], role_names[role]),
		OK);
	*claimed = !*claimed;
}

static void turn_member(struct world *w, size_t c)
{
	size_t user = dice_roll(&w->dice, USERS), group = dice_roll(&w->dice, GROUPS);
	struct actor actor = act_as_connection(w->f, w->connections[c]);
	bool *member = &w->member[c][group][user];
	assert_err(*member ? leave(w->f, &actor, w->groups[group], w->users[user])
			   : join(w->f, &actor, w->groups[group], w->users[user]),
		OK);
	*member = !*member;
}

static void turn_mapping(struct world *w, size_t c)
{
	size_t role = dice_roll(&w->dice, ROLES), group = dice_roll(&w->dice, GROUPS);
	bool *maps = &w->maps[c][group][role];
	assert_err(modify(w->f, &w->f->operator, w->connections[c],
			   *maps ? PATCH_REMOVE : PATCH_ADD, ATTR_GROUP_MAPPING,
			   arena_printf(w->f->arena, "group %zu=role:%s", group, role_names[role])),
		OK);
	*maps = !*maps;
}

/* A person lets go of what people and connections gave, but not of what follows. */
static void turn_admin(struct world *w, size_t c)
{
	(void)c;
	size_t role = dice_roll(&w->dice, ROLES), user = dice_roll(&w->dice, USERS);
	bool *given = &w->given[role][user];
	struct outcome outcome =
		*given ? leave(w->f, &w->f->operator, w->roles[role], w->users[user])
		       : join(w->f, &w->f->operator, w->roles[role], w->users[user]);
	assert_err(outcome, OK);
	*given = !*given;
}

static void turn_decision(struct world *w, size_t c)
{
	struct search *search;
	struct record record;
	struct search_spec spec = {
		.actor = &w->f->operator, .tenant = w->f->acme, .kinds = 1u << KIND_HELD
	};
	unsigned budget = UINT32_MAX, skip = dice_roll(&w->dice, 3);
	struct ref held = { .kind = KIND_NONE };
	assert_int_equal(search_open(look(w->f), w->f->arena, &spec, &search, NULL), OK);
	while (search_next(search, &budget, &record) == STEP_FOUND && skip-- > 0)
		held = (struct ref){ KIND_HELD, w->f->acme, record.number, record.id };
	search_close(search);
	if (held.kind == KIND_HELD)
		assert_err(
			decide(w->f, &w->f->operator, held, c ? COMMAND_APPROVE : COMMAND_REJECT),
			OK);
}

static void turn_restart(struct world *w, size_t c)
{
	if (c == 0 && dice_roll(&w->dice, 20) == 0) {
		fixture_close(w->f);
		fixture_open(w->f, 0);
	}
}

static void a_role_is_held_exactly_when_somebody_living_grants_it(void **state)
{
	static void (*const turns[])(struct world * w, size_t c) = { turn_claim, turn_member,
		turn_mapping, turn_admin, turn_decision, turn_restart };
	struct world *w = test_calloc(1, sizeof *w);
	w->f = *state;
	w->dice.state = SEED;
	print_message("seed %d\n", SEED);
	build(w);
	for (size_t i = 0; i < TURNS; i++) {
		size_t which = dice_roll(&w->dice, sizeof turns / sizeof *turns);
		turns[which](w, dice_roll(&w->dice, CONNECTIONS));
		check(w);
		arena_reset(w->f->arena);
	}
	test_free(w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_member_of_a_mapped_group_has_the_role_and_the_scope),
		TEST(only_the_connections_own_members_count),
		TEST(a_mapping_takes_effect_when_it_is_written_and_when_it_goes),
		TEST(a_renamed_group_keeps_what_is_mapped_by_its_id),
		TEST(people_below_a_mapped_group_have_the_role),
		TEST(a_privileged_role_waits_for_each_person),
		TEST(what_touches_many_is_done_in_steps),
		TEST(a_role_is_held_exactly_when_somebody_living_grants_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
