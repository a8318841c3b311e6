/* What must hold of decisions whatever happened: random histories, each property in at least CASES
 * cases, the same ones everywhere. */
#include "world.h"

#define CASES 100000

/* Every answer for one person, or for all. */
struct answers {
	struct query *queries;
	bool *allowed;
	size_t count;
};

static void ask(struct fixture *f, struct answers *answers)
{
	look(f);
	for (size_t i = 0; i < answers->count; i++)
		answers->allowed[i] = world_decide(f, &answers->queries[i]);
}

/* All permissions in all scopes and in none, owned and not. */
static struct answers answers_of(
	const struct world *world, const struct ref *people, size_t person_count)
{
	struct answers answers;
	size_t most = person_count * WORLD_PERMISSIONS * (WORLD_SCOPES + 1) * 2;
	answers.queries = arena_array(world->f->arena, most, sizeof *answers.queries);
	answers.allowed = arena_array(world->f->arena, most, sizeof *answers.allowed);
	answers.count = 0;
	for (size_t i = 0; i < most; i++) {
		size_t place = i / 2;
		struct query query = {
			.tenant = world->tenant, .kind = KIND_USER, .owned = i % 2 != 0
		};
		size_t scope = place % (WORLD_SCOPES + 1);
		query.scope = scope ? world->scopes[scope - 1].number : 0;
		place /= WORLD_SCOPES + 1;
		query.permission = span_str(world_permissions[place % WORLD_PERMISSIONS]);
		query.number = people[place / WORLD_PERMISSIONS].number;
		answers.queries[answers.count++] = query;
	}
	ask(world->f, &answers);
	return answers;
}

static void assert_only_more(struct fixture *f, const struct answers *before)
{
	look(f);
	for (size_t i = 0; i < before->count; i++)
		if (before->allowed[i] && !world_decide(f, &before->queries[i]))
			fail_msg("a yes became a no: %.*s",
				SPAN_ARGS(before->queries[i].permission));
}

static size_t count_yes(const struct answers *answers)
{
	size_t yes = 0;
	for (size_t i = 0; i < answers->count; i++)
		yes += answers->allowed[i];
	return yes;
}

static void a_decision_is_what_the_definition_says(void **state)
{
	struct world world;
	size_t yes = 0;
	world_seed(20261101);
	world_make(&world, *state, "mall");
	for (unsigned i = 0; i < CASES; i++) {
		if (i % 250 == 0)
			world_step(&world);
		if (i % 250 == 0)
			look(world.f);
		struct query query = world_query(&world);
		bool allowed = world_decide(world.f, &query);
		if (allowed != world_should(&world, &query))
			fail_msg("case %u: %s", i, allowed ? "yes" : "no");
		yes += allowed;
	}
	/* Both answers are common, or nothing was tested. */
	assert_in_range(yes, CASES / 50, CASES - CASES / 50);
}

static void one_more_role_turns_no_yes_into_a_no(void **state)
{
	struct world world;
	size_t cases = 0, yes = 0;
	world_seed(20261102);
	world_make(&world, *state, "mall");
	while (cases < CASES) {
		struct ref user = world.users[world_below(WORLD_USERS)];
		struct answers before = answers_of(&world, &user, 1);
		join(world.f, &world.f->operator, world.roles[world_below(WORLD_ROLES)], user);
		assert_only_more(world.f, &before);
		cases += before.count;
		yes += count_yes(&before);
		world_step(&world);
		world_step(&world);
	}
	assert_true(yes > cases / 50);
}

static void what_a_role_gains_is_taken_from_nobody(void **state)
{
	struct world world;
	size_t cases = 0, yes = 0;
	world_seed(20261103);
	world_make(&world, *state, "mall");
	while (cases < CASES) {
		struct answers before = answers_of(&world, world.users, WORLD_USERS);
		modify(world.f, &world.f->operator, world.roles[world_below(WORLD_ROLES)],
			PATCH_ADD, ATTR_PERMISSION,
			world_permissions[world_below(WORLD_PERMISSIONS - 1)]);
		assert_only_more(world.f, &before);
		cases += before.count;
		yes += count_yes(&before);
		for (unsigned i = 0; i < 10; i++)
			world_step(&world);
	}
	assert_true(yes > cases / 50);
}

static void nothing_in_another_tenant_changes_an_answer(void **state)
{
	struct world world, other;
	struct fixture *f = *state;
	size_t cases = 0;
	world_seed(20261104);
	world_make(&world, f, "mall");
	world_make(&other, f, "arcade");
	while (cases < CASES) {
		for (unsigned i = 0; i < 10; i++)
			world_step(&world);
		struct answers answers = answers_of(&world, world.users, WORLD_USERS);
		bool *before = arena_array(f->arena, answers.count, sizeof *before);
		memcpy(before, answers.allowed, answers.count * sizeof *before);
		for (unsigned i = 0; i < 10; i++)
			world_step(&other);
		ask(f, &answers);
		assert_memory_equal(before, answers.allowed, answers.count * sizeof *before);
		cases += answers.count;
	}
}

static bool ask_scope(const struct world *world, struct query query, uint32_t scope)
{
	query.scope = scope;
	return world_decide(world->f, &query);
}

/* Without scopes all scopes are alike; with some, the others stay closed, and without full access
 * nobody sees beyond. */
static void check_reach(const struct world *world, const struct query *query, bool whole)
{
	struct edge edge;
	struct record user;
	bool any = false, full;
	if (!view_entry(world->f->view, world->tenant, KIND_USER, query->number, &user))
		return;
	full = record_is_true(&user, ATTR_FULL_ACCESS) &&
	       view_policy(world->f->view, world->tenant, POLICY_FULL_ACCESS) != FULL_ACCESS_OFF;
	for (unsigned i = 0; i < WORLD_SCOPES; i++)
		any |= view_edge(
			world->f->view, world->tenant, world->scopes[i].number, user.number, &edge);
	for (unsigned i = 0; i < WORLD_SCOPES; i++) {
		uint32_t scope = world->scopes[i].number;
		bool held = view_edge(world->f->view, world->tenant, scope, user.number, &edge);
		bool allowed = ask_scope(world, *query, scope);
		if (!held && !full && (any || !whole))
			assert_false(allowed);
		if (full || (!any && whole))
			assert_int_equal(allowed, ask_scope(world, *query, 0));
	}
}

static void no_scope_is_all_or_nothing_as_the_policy_says(void **state)
{
	static const char *const scoped[] = { "facilities.edit", "work_orders.create",
		"reports.view" };
	struct world world;
	world_seed(20261105);
	world_make(&world, *state, "mall");
	for (unsigned i = 0; i < CASES; i++) {
		if (i % 500 == 0)
			world_step(&world);
		if (i % 500 == 0)
			look(world.f);
		struct query query = world_query(&world);
		query.permission = span_str(scoped[world_below(3)]);
		query.owned = true;
		check_reach(&world, &query,
			view_policy(world.f->view, world.tenant, POLICY_SCOPE_EMPTY_MEANS) ==
				EMPTY_MEANS_ALL);
	}
}

/* ---- actors ---- */

static const struct {
	const char *codename;
	enum permission permission;
} of_the_core[] = {
#define PERMISSION(id, bit, codename, group, flags, label) { codename, PERM_##id },
#define PERMISSION_ALIAS(codename, id)
#include "permissions.def"
#undef PERMISSION
#undef PERMISSION_ALIAS
};
#define OF_THE_CORE (sizeof of_the_core / sizeof *of_the_core)

/* Who signs in has exactly the permissions for which the decision is yes. */
static size_t check_actor(const struct world *world, struct ref user)
{
	struct actor actor;
	size_t yes = 0;
	bool able =
		view_actor(world->f->view, user.tenant, KIND_USER, user.number, &actor, NULL) == OK;
	for (size_t i = 0; i < OF_THE_CORE; i++) {
		struct query query = { .tenant = user.tenant,
			.kind = KIND_USER,
			.number = user.number,
			.permission = span_str(of_the_core[i].codename) };
		bool allowed = world_decide(world->f, &query);
		assert_int_equal(allowed, able && actor_may(&actor, of_the_core[i].permission));
		yes += allowed;
	}
	return yes;
}

static void an_actor_may_what_is_decided(void **state)
{
	struct world world;
	size_t cases = 0, yes = 0;
	world_seed(20261108);
	world_make(&world, *state, "mall");
	while (cases < CASES) {
		world_step(&world);
		modify(world.f, &world.f->operator, world.roles[world_below(WORLD_ROLES)],
			world_below(2) ? PATCH_ADD : PATCH_REMOVE, ATTR_PERMISSION,
			of_the_core[world_below(OF_THE_CORE)].codename);
		look(world.f);
		for (unsigned i = 0; i < WORLD_USERS; i++, cases += OF_THE_CORE)
			yes += check_actor(&world, world.users[i]);
	}
	assert_true(yes > cases / 50);
}

/* ---- who can ---- */

static bool is_among(const struct holders *holders, uint32_t number)
{
	for (size_t i = 0; i < holders->count; i++)
		if (holders->numbers[i] == number)
			return true;
	return false;
}

/* All of them, in pages of a few. */
static struct holders all_holders(struct fixture *f, const struct query *query, size_t page)
{
	struct why why = { 0 };
	struct holders all = { .numbers = arena_array(f->arena, 100, sizeof *all.numbers) }, some;
	uint32_t after = 0;
	do {
		if (view_holders(f->view, f->arena, query, after, page, &some, &why))
			fail_msg("%s", why.text);
		for (size_t i = 0; i < some.count; i++)
			all.numbers[all.count++] = some.numbers[i];
		after = some.next;
	} while (after);
	for (size_t i = 1; i < all.count; i++)
		assert_true(all.numbers[i - 1] < all.numbers[i]);
	return all;
}

static void those_who_can_are_those_for_whom_it_is_decided(void **state)
{
	struct world world;
	size_t cases = 0, yes = 0;
	world_seed(20261106);
	world_make(&world, *state, "mall");
	for (unsigned round = 0; cases < CASES; round++) {
		if (round % 20 == 0)
			world_step(&world);
		if (round % 20 == 0)
			look(world.f);
		struct query query = world_query(&world);
		struct holders holders = all_holders(world.f, &query, 1 + world_below(5));
		size_t found = 0;
		for (unsigned i = 0; i < WORLD_USERS; i++, cases++) {
			query.number = world.users[i].number;
			bool allowed = world_decide(world.f, &query);
			assert_int_equal(allowed, is_among(&holders, query.number));
			found += allowed;
		}
		assert_int_equal(found, holders.count);
		yes += found;
	}
	assert_true(yes > cases / 50);
}

/* ---- the past ---- */

enum { MOMENTS = 800, ASKED = 130 };

struct moment_seen {
	int64_t time;
	struct query *queries;
	bool *allowed;
	size_t holders; /* of the first query */
};

static struct moment_seen remember(struct world *world)
{
	struct why why = { 0 };
	struct fixture *f = world->f;
	struct holders holders;
	struct moment_seen seen;
	seen.time = clock_wall();
	seen.queries = arena_array(f->arena, ASKED, sizeof *seen.queries);
	seen.allowed = arena_array(f->arena, ASKED, sizeof *seen.allowed);
	look(f);
	for (unsigned i = 0; i < ASKED; i++) {
		seen.queries[i] = world_query(world);
		seen.allowed[i] = world_decide(f, &seen.queries[i]);
	}
	assert_int_equal(
		view_holders(f->view, f->arena, &seen.queries[0], 0, 0, &holders, &why), OK);
	seen.holders = holders.count;
	return seen;
}

/* Who came later was not there yet, whatever they hold now. */
static size_t check_newcomers(
	const struct world *world, const struct past *past, const struct moment_seen *seen)
{
	size_t newcomers = 0;
	for (unsigned i = 0; i < WORLD_USERS; i++) {
		struct record now, then;
		assert_true(view_entry(
			world->f->view, world->tenant, KIND_USER, world->users[i].number, &now));
		struct query query = { .tenant = world->tenant,
			.kind = KIND_USER,
			.number = now.number,
			.permission = SPAN("users.view"),
			.past = past };
		struct decision decision;
		if (now.created <= seen->time)
			continue;
		assert_int_equal(view_decide(world->f->view, &query, &decision, NULL), OK);
		assert_true(decision.missing >> REASON_UNKNOWN_HOLDER & 1);
		assert_false(past_by_id(
			world->f->view, past, world->tenant, &world->users[i].id, &then));
		newcomers++;
	}
	return newcomers;
}

static size_t check_past(struct world *world, struct arena *arena, struct moment_seen *seen)
{
	struct why why = { 0 };
	struct fixture *f = world->f;
	struct holders holders;
	const struct past *past;
	struct explanation explanation;
	if (view_as_of(f->view, arena, world->tenant, seen->time, &past, &why))
		fail_msg("%s", why.text);
	for (unsigned i = 0; i < ASKED; i++) {
		struct query query = seen->queries[i];
		query.past = past;
		assert_int_equal(world_decide(f, &query), seen->allowed[i]);
	}
	seen->queries[0].past = past;
	assert_int_equal(view_holders(f->view, arena, &seen->queries[0], 0, 0, &holders, &why), OK);
	assert_int_equal(holders.count, seen->holders);
	assert_int_equal(view_explain(f->view, arena, &seen->queries[0], &explanation, &why), OK);
	assert_int_equal(explanation.decision.allowed, seen->allowed[0]);
	return check_newcomers(world, past, seen);
}

static void a_past_moment_is_answered_as_it_was_then(void **state)
{
	struct world world;
	struct fixture *f = *state;
	struct arena *arena = arena_new();
	struct moment_seen *seen = arena_array(f->arena, MOMENTS, sizeof *seen);
	int64_t now = clock_wall();
	size_t newcomers = 0;
	world_seed(20261107);
	world_make(&world, f, "mall");
	for (unsigned i = 0; i < MOMENTS; i++) {
		clock_set_for_test(now += 3600 * SECOND);
		world_step(&world);
		seen[i] = remember(&world);
	}
	clock_set_for_test(now + SECOND);
	look(f);
	for (unsigned i = 0; i < MOMENTS; i++) {
		newcomers += check_past(&world, arena, &seen[i]);
		arena_reset(arena);
	}
	assert_true(newcomers > MOMENTS);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		TEST(a_decision_is_what_the_definition_says),
		TEST(one_more_role_turns_no_yes_into_a_no),
		TEST(what_a_role_gains_is_taken_from_nobody),
		TEST(nothing_in_another_tenant_changes_an_answer),
		TEST(no_scope_is_all_or_nothing_as_the_policy_says),
		TEST(an_actor_may_what_is_decided),
		TEST(those_who_can_are_those_for_whom_it_is_decided),
		TEST(a_past_moment_is_answered_as_it_was_then),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
