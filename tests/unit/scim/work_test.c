/* How much work a SCIM filter is: the records that a search looks at to find what it asks for, and
 * not the time that it takes. */
#include "../core/fixture.h"

#include "wire/scim_filter.h"

#define PEOPLE 2000
#define SLEEPING 20 /* of them, inactive */
#define FEW 5       /* in the small group */

static struct fixture *shared;
static char small_id[UUID_TEXT + 1], member_id[UUID_TEXT + 1];

static struct entry *person(struct fixture *f, int i)
{
	struct entry *user = new_entry(f, KIND_USER, arena_printf(f->arena, "person%04d", i));
	add_value(user, ATTR_EXTERNAL_ID, arena_printf(f->arena, "X-%04d", i));
	add_value(user, ATTR_EMAIL, arena_printf(f->arena, "p%04d@example.com", i));
	add_value(user, ATTR_EMAIL_TYPE, "work");
	add_value(user, ATTR_DISPLAY_NAME, arena_printf(f->arena, "Number %04d", i));
	add_value(user, ATTR_NICK_NAME, i % 2 ? "odd" : "even");
	if (i % (PEOPLE / SLEEPING) == 0)
		add_value(user, ATTR_ACTIVE, "FALSE");
	return user;
}

static void fill(struct fixture *f, struct ref group, const struct outcome *people, size_t count)
{
	struct outcome outcome;
	struct member_delta *deltas = arena_array(f->arena, count, sizeof *deltas);
	for (size_t i = 0; i < count; i++)
		deltas[i] = (struct member_delta){ KIND_USER, people[i].id, false };
	struct command command = { .type = COMMAND_MEMBERS,
		.tenant = f->acme,
		.kind = KIND_GROUP,
		.id = group.id,
		.members = deltas,
		.member_count = count };
	core_run(f->core, &f->operator, & command, &outcome);
	assert_err(outcome, OK);
}

static int setup(void **state)
{
	void *made;
	if (fixture_setup(&made))
		return -1;
	struct fixture *f = shared = made;
	struct command *commands = arena_array(f->arena, PEOPLE, sizeof *commands);
	struct outcome *people = arena_array(f->arena, PEOPLE, sizeof *people);
	for (int i = 0; i < PEOPLE; i++)
		commands[i] = (struct command){ .type = COMMAND_CREATE,
			.tenant = f->acme,
			.kind = KIND_USER,
			.entry = person(f, i) };
	core_run_many(f->core, &f->operator, commands, PEOPLE, false, people, NULL);
	for (int i = 0; i < PEOPLE; i++)
		assert_err(people[i], OK);
	struct ref small = make_named(f, f->acme, KIND_GROUP, "Small");
	fill(f, small, people, FEW);
	fill(f, make_named(f, f->acme, KIND_GROUP, "Large"), people, PEOPLE / 4);
	struct ref boss = make_user(f, f->acme, "boss");
	for (int i = 10; i < 13; i++) {
		struct ref below = { KIND_USER, f->acme, 0, people[i].id };
		assert_err(point(f, below, ATTR_MANAGER, boss), OK);
	}
	uuid_format(&small.id, small_id);
	uuid_format(&people[1].id, member_id);
	*state = f;
	return 0;
}

static bool resolve_id(void *arg, struct view *view, struct span text, struct record *record)
{
	const struct fixture *f = arg;
	struct uuid id;
	return uuid_parse(text, &id) && view_by_id(view, f->acme, &id, record);
}

struct work {
	unsigned found, examined;
};

static struct work work_of(enum kind kind, const char *text)
{
	struct fixture *f = shared;
	struct why why = { 0 };
	struct search_spec spec = { .actor = &f->operator,
		.tenant = f->acme,
		.kinds = scim_type_of(kind)->kinds,
		.resolve = resolve_id,
		.resolve_arg = f };
	if (scim_filter_parse(f->arena, scim_type_of(kind), span_str(text), &spec.filter, &why))
		fail_msg("%s: %s", text, why.text);
	struct search *search;
	struct record record;
	struct work work = { 0 };
	unsigned budget = UINT32_MAX;
	assert_int_equal(search_open(look(f), f->arena, &spec, &search, &why), OK);
	while (search_next(search, &budget, &record) == STEP_FOUND)
		work.found++;
	search_close(search);
	work.examined = UINT32_MAX - budget;
	uint64_t counted;
	assert_int_equal(search_count(f->view, f->arena, &spec, &counted, &why), OK);
	assert_int_equal(counted, work.found);
	return work;
}

static void assert_work(enum kind kind, const char *text, unsigned found, unsigned most)
{
	struct work work = work_of(kind, text);
	if (work.found != found || work.examined > most)
		fail_msg("%s: found %u, not %u; looked at %u, not at most %u", text, work.found,
			found, work.examined, most);
}

static void an_equality_looks_at_what_it_finds(void **state)
{
	(void)state;
	assert_work(KIND_USER, "userName eq \"PERSON0042\"", 1, 1);
	assert_work(KIND_USER, "externalId eq \"X-0042\"", 1, 1);
	assert_work(KIND_USER, "externalId eq \"x-0042\"", 0, 0);
	assert_work(KIND_USER, "emails.value eq \"P0042@example.com\"", 1, 1);
	assert_work(KIND_USER, "emails eq \"p0042@example.com\"", 1, 1);
	assert_work(KIND_USER, "emails[type eq \"work\" and value eq \"p0042@example.com\"]", 1, 1);
	assert_work(KIND_USER, "emails[value eq \"p0042@example.com\"].type eq \"home\"", 0, 1);
	assert_work(KIND_USER, "active eq false", SLEEPING, SLEEPING);
	assert_work(KIND_USER, arena_printf(shared->arena, "id eq \"%s\"", member_id), 1, 1);
	assert_work(KIND_USER, "userName eq \"nobody\"", 0, 0);
}

static void branches_look_at_no_more_than_their_parts(void **state)
{
	(void)state;
	assert_work(KIND_USER, "userName eq \"person0042\" or userName eq \"person0043\"", 2, 2);
	assert_work(KIND_USER,
		"(userName eq \"person0042\" or userName eq \"person0043\") and active eq true", 2,
		2);
	assert_work(KIND_USER,
		"active eq false and (userName eq \"person0100\" or externalId eq \"X-0101\")", 1,
		2);
	assert_work(KIND_USER, "userName eq \"person0042\" and nickName eq \"odd\"", 0, 1);
	assert_work(KIND_USER, "not (nickName eq \"odd\") and userName eq \"person0042\"", 1, 1);
	assert_work(KIND_USER,
		"meta.lastModified gt \"2000-01-01T00:00:00Z\" and userName eq \"person0042\"", 1,
		1);
	assert_work(
		KIND_USER, "meta.resourceType eq \"User\" and userName eq \"person0042\"", 1, 1);
	assert_work(KIND_USER, "meta.resourceType eq \"Group\" and nickName pr", 0, 0);
	assert_work(KIND_USER, "userName eq \"person0042\" and active eq true and title pr", 0, 1);
}

static void parts_of_a_text_are_found_by_trigrams(void **state)
{
	(void)state;
	assert_work(KIND_USER, "userName co \"on0042\"", 1, 1);
	assert_work(KIND_USER, "userName sw \"person004\"", 10, 20);
	assert_work(KIND_USER, "userName ew \"0042\"", 1, 1);
	assert_work(KIND_USER, "emails.value sw \"p0042@\"", 1, 1);
	assert_work(KIND_USER, "displayName co \"NUMBER 199\" and active eq true", 10, 20);
}

static void who_is_beside_is_found_through_the_memberships(void **state)
{
	struct arena *arena = shared->arena;
	(void)state;
	assert_work(KIND_USER, arena_printf(arena, "groups.value eq \"%s\"", small_id), FEW, FEW);
	assert_work(KIND_USER, arena_printf(arena, "groups[value eq \"%s\"]", small_id), FEW, FEW);
	assert_work(KIND_USER, "groups.display eq \"small\"", FEW, FEW);
	assert_work(KIND_USER, "groups.display eq \"Large\" and active eq false", 5, SLEEPING);
	assert_work(KIND_USER, "roles.value eq \"nothing\"", 0, 0);
	assert_work(KIND_USER, "manager.displayName eq \"nobody\"", 0, 0);
	assert_work(KIND_GROUP, arena_printf(arena, "members.value eq \"%s\"", member_id), 2, 2);
	assert_work(KIND_GROUP, arena_printf(arena, "members eq \"%s\"", member_id), 2, 2);
	assert_work(KIND_GROUP, "members.display eq \"person0001\"", 2, 2);
	assert_work(KIND_GROUP, "members[display eq \"person0300\" and type eq \"User\"]", 1, 1);
	assert_work(KIND_GROUP, "displayName eq \"small\"", 1, 1);
}

/* No index answers these: each is looked at once, and no more often. */
static void the_rest_looks_at_each_once(void **state)
{
	(void)state;
	unsigned all = work_of(KIND_USER, "meta.lastModified gt \"2000-01-01T00:00:00Z\"").examined;
	assert_work(KIND_USER, "meta.lastModified gt \"2000-01-01T00:00:00Z\"", all, all);
	assert_work(KIND_USER, "nickName eq \"odd\"", PEOPLE / 2, all);
	assert_work(KIND_USER, "not (userName eq \"person0042\")", all - 1, all);
	assert_work(
		KIND_USER, "userName eq \"person0042\" or nickName eq \"even\"", PEOPLE / 2, all);
}

/* What does not apply to a type costs nothing there. */
static void several_types_are_as_much_work_as_each(void **state)
{
	struct fixture *f = shared;
	const struct scim_type *types[] = { scim_type_of(KIND_USER), scim_type_of(KIND_GROUP) };
	struct search_spec spec = { .actor = &f->operator,
		.tenant = f->acme,
		.kinds = types[0]->kinds | types[1]->kinds,
		.resolve = resolve_id,
		.resolve_arg = f };
	struct record record;
	struct search *search;
	unsigned budget = UINT32_MAX, found = 0;
	(void)state;
	assert_int_equal(scim_filter_parse_among(f->arena, types, 2,
				 SPAN("userName eq \"person0042\" or members.display eq "
				      "\"person0300\" or displayName eq \"Small\""),
				 &spec.filter, NULL),
		OK);
	assert_int_equal(search_open(look(f), f->arena, &spec, &search, NULL), OK);
	while (search_next(search, &budget, &record) == STEP_FOUND)
		found++;
	search_close(search);
	assert_int_equal(found, 3);
	assert_int_equal(UINT32_MAX - budget, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_equality_looks_at_what_it_finds),
		cmocka_unit_test(branches_look_at_no_more_than_their_parts),
		cmocka_unit_test(parts_of_a_text_are_found_by_trigrams),
		cmocka_unit_test(who_is_beside_is_found_through_the_memberships),
		cmocka_unit_test(the_rest_looks_at_each_once),
		cmocka_unit_test(several_types_are_as_much_work_as_each),
	};
	return cmocka_run_group_tests_name("work", tests, setup, fixture_teardown);
}
