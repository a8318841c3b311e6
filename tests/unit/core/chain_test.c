#include "fixture.h"

/* Memberships and managers through others. */

enum { MOST = 16 };

struct found {
	uint32_t numbers[MOST];
	size_t count;
};

/* Anybody's, so that it is the chain that keeps to its tenant. */
static bool resolve(void *arg, struct view *view, struct span text, struct record *record)
{
	const struct ref *ref = arg;
	(void)text;
	return view_entry(view, ref->tenant, ref->kind, ref->number, record);
}

/* What the rule 1.2.840.113556.1.4.1941 finds of the kinds. */
static struct found in_chain(
	struct fixture *f, uint32_t tenant, uint32_t kinds, enum attr attr, struct ref ref)
{
	struct found found = { .count = 0 };
	struct search_spec spec = { .actor = &f->operator,
		.tenant = tenant,
		.kinds = kinds,
		.filter = filter_in_chain(f->arena, attr, SPAN("it")),
		.resolve = resolve,
		.resolve_arg = &ref };
	struct search *search;
	struct record record;
	unsigned budget = ~0u;
	assert_int_equal(search_open(look(f), f->arena, &spec, &search, NULL), OK);
	while (search_next(search, &budget, &record) == STEP_FOUND && found.count < MOST)
		found.numbers[found.count++] = record.number;
	search_close(search);
	return found;
}

static bool has(const struct found *found, struct ref ref)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->numbers[i] == ref.number)
			return true;
	return false;
}

struct company {
	struct ref outer, middle, inner, apart, ann, bob;
};

/* outer > middle > inner > ann; outer > bob; apart > ann */
static struct company make_company(struct fixture *f)
{
	struct company c = { .outer = make_named(f, f->acme, KIND_GROUP, "outer"),
		.middle = make_named(f, f->acme, KIND_GROUP, "middle"),
		.inner = make_named(f, f->acme, KIND_GROUP, "inner"),
		.apart = make_named(f, f->acme, KIND_GROUP, "apart"),
		.ann = make_user(f, f->acme, "ann"),
		.bob = make_user(f, f->acme, "bob") };
	must_join(f, c.outer, c.middle);
	must_join(f, c.middle, c.inner);
	must_join(f, c.inner, c.ann);
	must_join(f, c.outer, c.bob);
	must_join(f, c.apart, c.ann);
	return c;
}

static void groups_hold_who_is_in_their_groups(void **state)
{
	struct fixture *f = *state;
	struct company c = make_company(f);
	struct found found = in_chain(f, f->acme, 1u << KIND_GROUP, ATTR_MEMBER, c.ann);
	assert_int_equal(found.count, 4);
	found = in_chain(f, f->acme, 1u << KIND_GROUP, ATTR_MEMBER, c.bob);
	assert_true(found.count == 1 && has(&found, c.outer));
	found = in_chain(f, f->acme, 1u << KIND_GROUP, ATTR_MEMBER, c.inner);
	assert_true(found.count == 2 && has(&found, c.outer) && has(&found, c.middle));
}

static void people_are_members_through_groups(void **state)
{
	struct fixture *f = *state;
	struct company c = make_company(f);
	struct found found = in_chain(f, f->acme, 1u << KIND_USER, ATTR_MEMBER_OF, c.outer);
	assert_true(found.count == 2 && has(&found, c.ann) && has(&found, c.bob));
	found = in_chain(f, f->acme, 1u << KIND_USER, ATTR_MEMBER_OF, c.middle);
	assert_true(found.count == 1 && has(&found, c.ann));
	assert_err(leave(f, &f->operator, c.middle, c.inner), OK);
	found = in_chain(f, f->acme, 1u << KIND_USER, ATTR_MEMBER_OF, c.outer);
	assert_true(found.count == 1 && has(&found, c.bob));
}

static void the_nearest_container_comes_first(void **state)
{
	struct fixture *f = *state;
	struct company c = make_company(f);
	assert_err(leave(f, &f->operator, c.apart, c.ann), OK);
	const struct ref wanted[] = { c.inner, c.middle, c.outer };
	struct container_walk *walk =
		view_nested_containers(look(f), f->arena, f->acme, c.ann.number, 1u << KIND_GROUP);
	enum kind kind;
	uint32_t number;
	for (size_t i = 0; i < 3; i++) {
		assert_true(container_walk_next(walk, &kind, &number));
		assert_true(kind == KIND_GROUP && number == wanted[i].number);
	}
	assert_false(container_walk_next(walk, &kind, &number));
	container_walk_close(walk);
}

static void a_chain_of_managers_leads_down(void **state)
{
	struct fixture *f = *state;
	struct ref boss = make_user(f, f->acme, "boss"), lead = make_user(f, f->acme, "lead"),
		   one = make_user(f, f->acme, "one");
	assert_err(point(f, lead, ATTR_MANAGER, boss), OK);
	assert_err(point(f, one, ATTR_MANAGER, lead), OK);
	struct found found = in_chain(f, f->acme, 1u << KIND_USER, ATTR_MANAGER, boss);
	assert_true(found.count == 2 && has(&found, lead) && has(&found, one));
	found = in_chain(f, f->acme, 1u << KIND_USER, ATTR_MANAGER, one);
	assert_int_equal(found.count, 0);
}

static void a_chain_does_not_leave_its_tenant(void **state)
{
	struct fixture *f = *state;
	struct company c = make_company(f);
	const uint32_t all = 1u << KIND_USER | 1u << KIND_GROUP;
	assert_int_equal(in_chain(f, f->globex, all, ATTR_MEMBER, c.ann).count, 0);
	assert_int_equal(in_chain(f, f->globex, all, ATTR_MEMBER_OF, c.outer).count, 0);
	assert_int_equal(in_chain(f, f->acme, all, ATTR_TITLE, c.ann).count, 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(groups_hold_who_is_in_their_groups),
		T(people_are_members_through_groups),
		T(the_nearest_container_comes_first),
		T(a_chain_of_managers_leads_down),
		T(a_chain_does_not_leave_its_tenant),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
