#include "../dice.h"
#include "fixture.h"

#define USERS 2500
#define GROUPS 12

/* One population for all tests here: making it takes longest. */
static struct fixture *shared;
static struct ref groups[GROUPS];

static struct dice dice = { 12345 };

static const char *const given[] = { "Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Ken",
	"Jos\xc3\xa9" };
static const char *const family[] = { "Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth",
	"Thompson", "N\xc3\xba\xc3\xb1\x65z" };
static const char *const titles[] = { "Engineer", "Manager", "Technician", "Director" };

static struct entry *random_user(struct fixture *f, int i)
{
	const char *first = given[dice_roll(&dice, 8)], *last = family[dice_roll(&dice, 8)];
	struct entry *user =
		new_entry(f, KIND_USER, arena_printf(f->arena, "user%04d.%s", i, last));
	add_value(user, ATTR_GIVEN_NAME, first);
	add_value(user, ATTR_FAMILY_NAME, last);
	for (uint32_t n = dice_roll(&dice, 3); n > 0; n--)
		add_value(user, ATTR_EMAIL,
			arena_printf(f->arena, "%s%d.%u@example.com", last, i, (unsigned)n));
	if (dice_roll(&dice, 2))
		add_value(user, ATTR_TITLE, titles[dice_roll(&dice, 4)]);
	if (dice_roll(&dice, 10) == 0)
		add_value(user, ATTR_DEPARTMENT,
			arena_printf(f->arena, "D%u", (unsigned)dice_roll(&dice, 20)));
	if (dice_roll(&dice, 20) == 0)
		add_value(user, ATTR_ACTIVE, "FALSE");
	return user;
}

static void populate(struct fixture *f)
{
	struct command *commands = arena_array(f->arena, USERS, sizeof *commands);
	struct outcome *outcomes = arena_array(f->arena, USERS, sizeof *outcomes);
	for (int i = 0; i < USERS; i++)
		commands[i] = (struct command){ .type = COMMAND_CREATE,
			.tenant = f->acme,
			.kind = KIND_USER,
			.entry = random_user(f, i) };
	core_run_many(f->core, &f->operator, commands, USERS, false, outcomes, NULL);
	for (int i = 0; i < USERS; i++)
		assert_err(outcomes[i], OK);
	for (int g = 0; g < GROUPS; g++) {
		size_t count = 1 + dice_roll(&dice, 300);
		struct member_delta *deltas = arena_array(f->arena, count, sizeof *deltas);
		for (size_t i = 0; i < count; i++)
			deltas[i] = (struct member_delta){ KIND_USER,
				outcomes[dice_roll(&dice, USERS)].id, false };
		groups[g] =
			make_named(f, f->acme, KIND_GROUP, arena_printf(f->arena, "group%d", g));
		struct command command = { .type = COMMAND_MEMBERS,
			.tenant = f->acme,
			.kind = KIND_GROUP,
			.id = groups[g].id,
			.members = deltas,
			.member_count = count };
		struct outcome outcome;
		core_run(f->core, &f->operator, & command, &outcome);
		assert_err(outcome, OK);
	}
	must_join(f, groups[0], groups[1]);
	make_user(f, f->globex, "user0001.Turing");
}

/* ---- random filters ---- */

static const enum attr texts[] = { ATTR_USER_NAME, ATTR_COMMON_NAME, ATTR_EMAIL, ATTR_TITLE,
	ATTR_FAMILY_NAME, ATTR_GIVEN_NAME, ATTR_DEPARTMENT, ATTR_DESCRIPTION, ATTR_ACTIVE };

static struct span random_text(struct fixture *f, enum attr attr)
{
	switch (attr) {
	case ATTR_USER_NAME:
		return span_str(arena_printf(f->arena, "USER%04u.%s",
			(unsigned)dice_roll(&dice, USERS), family[dice_roll(&dice, 8)]));
	case ATTR_COMMON_NAME:
		return span_str(arena_printf(f->arena, "%s %s", given[dice_roll(&dice, 8)],
			family[dice_roll(&dice, 8)]));
	case ATTR_TITLE:
		return span_str(titles[dice_roll(&dice, 4)]);
	case ATTR_GIVEN_NAME:
		return span_str(given[dice_roll(&dice, 8)]);
	case ATTR_DEPARTMENT:
		return span_str(arena_printf(f->arena, "d%u", (unsigned)dice_roll(&dice, 22)));
	case ATTR_ACTIVE:
		return dice_roll(&dice, 2) ? SPAN("TRUE") : SPAN("FALSE");
	default:
		return span_str(family[dice_roll(&dice, 8)]);
	}
}

static bool resolve_id(void *arg, struct view *view, struct span text, struct record *record)
{
	struct uuid id;
	struct fixture *f = arg;
	return uuid_parse(text, &id) && view_by_id(view, f->acme, &id, record);
}

static struct filter *random_reference(struct fixture *f)
{
	char id[UUID_TEXT + 1];
	struct uuid none = uuid_new();
	enum attr attr = dice_roll(&dice, 2) ? ATTR_MEMBER_OF : ATTR_MEMBER;
	struct ref user = { .number = 0 };
	if (attr == ATTR_MEMBER) {
		struct record record;
		struct search_spec spec = { .actor = &f->operator,
			.tenant = f->acme,
			.kinds = 1 << KIND_USER,
			.after_kind = KIND_USER,
			.after_number = 20 + dice_roll(&dice, USERS) };
		struct search *search;
		unsigned budget = 1;
		search_open(f->view, f->arena, &spec, &search, NULL);
		if (search_next(search, &budget, &record) == STEP_FOUND)
			user.id = record.id;
		search_close(search);
	}
	uuid_format(dice_roll(&dice, 6) == 0 ? &none
		    : attr == ATTR_MEMBER    ? &user.id
					     : &groups[dice_roll(&dice, GROUPS)].id,
		id);
	struct filter *leaf = filter_new(f->arena, FILTER_EQUAL, attr);
	leaf->value = arena_copy(f->arena, span_str(id));
	return leaf;
}

static struct filter *random_substring(struct fixture *f, enum attr attr)
{
	struct span text = random_text(f, attr);
	size_t from = dice_roll(&dice, (uint32_t)text.len),
	       len = 1 + dice_roll(&dice, (uint32_t)(text.len - from));
	while (from < text.len && (text.data[from] & 0xc0) == 0x80)
		from++, len = len > 1 ? len - 1 : 1;
	struct span *any = arena_array(f->arena, 1, sizeof *any);
	any[0] = span_of(text.data + from, from + len <= text.len ? len : text.len - from);
	if (!span_is_utf8(any[0]))
		any[0] = SPAN("ov");
	switch (dice_roll(&dice, 4)) {
	case 0:
		return filter_substring(f->arena, attr, any[0], NULL, 0, SPAN_NONE);
	case 1:
		return filter_substring(f->arena, attr, SPAN_NONE, NULL, 0, any[0]);
	case 2:
		return filter_substring(f->arena, attr, any[0], any, 1, SPAN_NONE);
	default:
		return filter_substring(f->arena, attr, SPAN_NONE, any, 1, SPAN_NONE);
	}
}

static struct filter *random_of_kind(struct fixture *f)
{
	struct filter *filter = filter_new(f->arena, FILTER_KIND, ATTR_NONE);
	filter->kinds = 1u << (dice_roll(&dice, 2) ? KIND_USER : KIND_GROUP);
	return filter;
}

/* Groups by their names, members by what people are called, or by nothing at all. */
static struct filter *random_related(struct fixture *f)
{
	bool upward = dice_roll(&dice, 2);
	struct filter *part = upward ? filter_leaf(f->arena, FILTER_EQUAL, ATTR_COMMON_NAME,
					       span_str(arena_printf(f->arena, "GROUP%u",
						       (unsigned)dice_roll(&dice, GROUPS + 2))))
				     : random_substring(f, texts[dice_roll(&dice, 3)]);
	if (dice_roll(&dice, 5) == 0)
		part = filter_branch(f->arena, FILTER_AND, NULL, 0);
	struct filter **parts = arena_array(f->arena, 1, sizeof *parts);
	parts[0] = part;
	struct filter *filter = filter_branch(f->arena, FILTER_RELATED, parts, 1);
	filter->attr = upward ? ATTR_MEMBER_OF : ATTR_MEMBER;
	filter->kinds = upward ? 1u << KIND_GROUP : 1u << KIND_USER | 1u << KIND_GROUP;
	return filter;
}

static struct filter *random_leaf(struct fixture *f)
{
	static const char *const classes[] = { "inetOrgPerson", "TOP", "groupOfNames", "nothing" };
	enum attr attr = texts[dice_roll(&dice, 9)];
	switch (dice_roll(&dice, 12)) {
	case 10:
		return filter_leaf(f->arena, FILTER_DIFFERENT, attr, random_text(f, attr));
	case 11:
		return dice_roll(&dice, 4) ? random_of_kind(f) : random_related(f);
	case 0:
		return random_reference(f);
	case 1:
		return filter_leaf(f->arena, FILTER_EQUAL, ATTR_OBJECT_CLASS,
			span_str(classes[dice_roll(&dice, 4)]));
	case 2:
	case 3:
		return filter_leaf(f->arena, FILTER_PRESENT, attr, SPAN_NONE);
	case 4:
	case 5:
		return random_substring(f, attr);
	case 6:
		return filter_leaf(f->arena, FILTER_GREATER_EQUAL, attr, random_text(f, attr));
	default:
		return filter_leaf(f->arena, FILTER_EQUAL, attr, random_text(f, attr));
	}
}

static struct filter *random_filter(struct fixture *f, int depth)
{
	uint32_t pick = dice_roll(&dice, 10);
	if (depth == 0 || pick < 3)
		return random_leaf(f);
	if (pick == 3) {
		struct filter **one = arena_array(f->arena, 1, sizeof *one);
		one[0] = random_filter(f, depth - 1);
		return filter_branch(f->arena, FILTER_NOT, one, 1);
	}
	size_t count = dice_roll(&dice, 4);
	struct filter **parts = arena_array(f->arena, 4, sizeof *parts);
	for (size_t i = 0; i < count; i++)
		parts[i] = random_filter(f, depth - 1);
	return filter_branch(f->arena, pick < 7 ? FILTER_AND : FILTER_OR, parts, count);
}

/* ---- the oracle: every record, one by one ---- */

static bool oracle_edge(void *arg, uint32_t container, uint32_t member)
{
	struct fixture *f = arg;
	struct edge edge;
	return view_edge(f->view, f->acme, container, member, &edge);
}

static bool oracle_edges(void *arg, uint32_t number, enum attr attr)
{
	struct fixture *f = arg;
	enum kind kind;
	uint32_t container;
	if (attr == ATTR_MEMBER)
		return view_member_count(f->view, f->acme, number) > 0;
	struct container_walk *walk = view_containers(f->view, f->arena, f->acme, number, ~0u);
	bool any = container_walk_next(walk, &kind, &container);
	container_walk_close(walk);
	return any;
}

/* All groups, or all members, that it could lead to. */
static bool oracle_related(void *arg, const struct record *record, const struct filter *filter)
{
	struct fixture *f = arg;
	struct record other;
	struct edge edge;
	bool any = false;
	for (int g = 0; g < GROUPS && filter->attr == ATTR_MEMBER_OF; g++)
		any |= oracle_edge(f, groups[g].number, record->number) &&
		       view_entry(f->view, f->acme, KIND_GROUP, groups[g].number, &other) &&
		       filter_test(filter->parts[0], &other, NULL) == TRUTH_TRUE;
	if (filter->attr == ATTR_MEMBER_OF)
		return any;
	struct member_walk *walk = view_members(f->view, f->arena, f->acme, record->number, 0);
	while (member_walk_next(walk, &edge))
		any |= view_entry(f->view, f->acme, edge.member_kind, edge.member, &other) &&
		       filter_test(filter->parts[0], &other, NULL) == TRUTH_TRUE;
	member_walk_close(walk);
	return any;
}

struct found {
	enum kind kind;
	uint32_t number;
};

static size_t oracle(
	struct fixture *f, uint32_t kinds, const struct filter *filter, struct found *found)
{
	struct filter_context context = { oracle_edge, oracle_edges, NULL, oracle_related, NULL,
		f };
	struct record record;
	size_t count = 0;
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
		for (uint32_t number = 1; kinds >> kind & 1 && number < USERS + 100; number++)
			if (view_entry(f->view, f->acme, kind, number, &record) &&
				filter_test(filter, &record, &context) == TRUTH_TRUE)
				found[count++] = (struct found){ kind, number };
	return count;
}

/* In pages, each in a search of its own that goes on behind the last position. */
static size_t searched(
	struct fixture *f, struct search_spec *spec, struct found *found, unsigned page)
{
	size_t count = 0;
	struct record record;
	for (enum step step = STEP_MORE; step != STEP_END;) {
		struct search *search;
		unsigned budget = page;
		assert_int_equal(search_open(look(f), f->arena, spec, &search, NULL), OK);
		while ((step = search_next(search, &budget, &record)) == STEP_FOUND)
			found[count++] = (struct found){ record.kind, record.number };
		search_position(search, &spec->after_kind, &spec->after_number);
		search_close(search);
	}
	spec->after_kind = KIND_NONE;
	spec->after_number = 0;
	return count;
}

static void every_filter_finds_what_a_walk_finds(void **state)
{
	struct fixture *f = shared;
	static struct found wanted[USERS + 100], got[USERS + 100];
	static const uint32_t kinds[] = { 1 << KIND_USER, 1 << KIND_GROUP,
		1 << KIND_USER | 1 << KIND_ROLE | 1 << KIND_GROUP };
	(void)state;
	for (int i = 0; i < 1500; i++) {
		struct search_spec spec = { .actor = &f->operator,
			.tenant = f->acme,
			.kinds = kinds[dice_roll(&dice, 3)],
			.filter = random_filter(f, 3),
			.resolve = resolve_id,
			.resolve_arg = f };
		static const unsigned pages[] = { 1000000, 100, 17 };
		size_t count = searched(f, &spec, got, pages[dice_roll(&dice, 3)]);
		size_t all = oracle(f, spec.kinds, spec.filter, wanted);
		if (count != all || memcmp(got, wanted, all * sizeof *got) != 0)
			fail_msg("filter %d: %zu instead of %zu", i, count, all);
		uint64_t counted;
		assert_int_equal(search_count(f->view, f->arena, &spec, &counted, NULL), OK);
		assert_int_equal(counted, all);
	}
}

/* What is skipped and what is found after it are all that match. */
static void skipping_ends_where_finding_goes_on(void **state)
{
	struct fixture *f = shared;
	static struct found all[USERS + 100];
	(void)state;
	for (int i = 0; i < 300; i++) {
		struct search_spec spec = { .actor = &f->operator,
			.tenant = f->acme,
			.kinds = 1 << KIND_USER | 1 << KIND_GROUP,
			.filter = dice_roll(&dice, 5) ? random_filter(f, 2) : NULL,
			.resolve = resolve_id,
			.resolve_arg = f };
		size_t count = searched(f, &spec, all, 1000000);
		uint64_t wanted = dice_roll(&dice, (uint32_t)count + 10), skipped;
		struct search *search;
		struct record record;
		unsigned budget = ~0u;
		assert_int_equal(search_open(look(f), f->arena, &spec, &search, NULL), OK);
		skipped = search_skip(search, wanted);
		assert_true(skipped <= wanted && skipped <= count);
		assert_true(spec.filter || skipped == (wanted < count ? wanted : count));
		while (search_next(search, &budget, &record) == STEP_FOUND)
			assert_int_equal(record.number, all[skipped++].number);
		assert_int_equal(skipped, count);
		search_close(search);
	}
}

static size_t run(struct fixture *f, const struct actor *actor, uint32_t kinds,
	struct filter *filter, struct record *last)
{
	struct search *search;
	struct search_spec spec = { .actor = actor,
		.tenant = f->acme,
		.kinds = kinds,
		.filter = filter,
		.resolve = resolve_id,
		.resolve_arg = f };
	unsigned budget = ~0u;
	size_t count = 0;
	assert_int_equal(search_open(look(f), f->arena, &spec, &search, NULL), OK);
	while (search_next(search, &budget, last) == STEP_FOUND)
		count++;
	search_close(search);
	return count;
}

static void an_equality_looks_at_one_record(void **state)
{
	struct fixture *f = shared;
	struct ref ada = make_user(f, f->acme, "unique.ada");
	struct filter *parts[] = {
		filter_leaf(f->arena, FILTER_EQUAL, ATTR_OBJECT_CLASS, SPAN("inetOrgPerson")),
		filter_leaf(f->arena, FILTER_EQUAL, ATTR_USER_NAME, SPAN("Unique.Ada")),
	};
	struct search_spec spec = { .actor = &f->operator,
		.tenant = f->acme,
		.kinds = ~0u,
		.filter = filter_branch(f->arena, FILTER_AND, parts, 2) };
	struct search *search;
	struct record record;
	unsigned budget = 10;
	(void)state;
	assert_int_equal(search_open(look(f), f->arena, &spec, &search, NULL), OK);
	assert_int_equal(search_next(search, &budget, &record), STEP_FOUND);
	assert_int_equal(record.number, ada.number);
	assert_int_equal(search_next(search, &budget, &record), STEP_END);
	search_close(search);
	assert_int_equal(budget, 9);
}

/* The only one that is found, and not many were looked at. */
static void look_for(struct fixture *f, struct filter *leaf, struct ref wanted)
{
	struct search_spec spec = { .actor = &f->operator,
		.tenant = f->acme,
		.kinds = 1 << KIND_USER | 1 << KIND_GROUP,
		.filter = leaf };
	struct search *search;
	struct record record;
	unsigned budget = 10;
	assert_int_equal(search_open(look(f), f->arena, &spec, &search, NULL), OK);
	assert_int_equal(search_next(search, &budget, &record), STEP_FOUND);
	assert_int_equal(record.number, wanted.number);
	assert_int_equal(search_next(search, &budget, &record), STEP_END);
	search_close(search);
}

static void names_of_active_directory_look_at_few_records(void **state)
{
	struct fixture *f = shared;
	struct ref plain = make_user(f, f->acme, "Plain Jane"),
		   address = make_user(f, f->acme, "Jane@Home.example");
	static const struct {
		enum attr attr;
		enum syntax syntax;
		const char *text;
		bool is_address;
	} cases[] = {
		{ ATTR_PRINCIPAL_NAME, SYNTAX_TEXT, "PLAIN  JANE@acme", false },
		{ ATTR_PRINCIPAL_NAME, SYNTAX_CASED, "Plain Jane@acme", false },
		{ ATTR_PRINCIPAL_NAME, SYNTAX_TEXT, "jane@home.EXAMPLE", true },
		{ ATTR_ACCOUNT_NAME, SYNTAX_CASED, "Jane@Home.example", true },
		{ ATTR_ACCOUNT_NAME, SYNTAX_TEXT, "plain jane", false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		look_for(f,
			filter_leaf_under(f->arena, FILTER_EQUAL, cases[i].attr, cases[i].syntax,
				span_str(cases[i].text)),
			cases[i].is_address ? address : plain);
	uint8_t guid[16];
	for (size_t i = 0; i < sizeof guid; i++)
		guid[i] = plain.id.octets[i < 4 ? 3 - i : i < 6 ? 9 - i : i < 8 ? 13 - i : i];
	look_for(f,
		filter_leaf(f->arena, FILTER_EQUAL, ATTR_OBJECT_GUID, span_of(guid, sizeof guid)),
		plain);
}

static void of_no_name_and_of_half_a_guid_there_is_nobody(void **state)
{
	struct fixture *f = shared;
	struct record record;
	static const char *const names[] = { "user0001.Turing", "@acme", "@", "",
		"plain jane@globex" };
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_equal(run(f, &f->operator, ~0u,
					 filter_leaf(f->arena, FILTER_EQUAL, ATTR_PRINCIPAL_NAME,
						 span_str(names[i])),
					 &record),
			0);
	assert_int_equal(
		run(f, &f->operator, ~0u,
			filter_leaf(f->arena, FILTER_EQUAL, ATTR_OBJECT_GUID, SPAN("half")),
			&record),
		0);
}

static void an_id_finds_its_entry(void **state)
{
	struct fixture *f = shared;
	char id[UUID_TEXT + 1];
	struct record record;
	(void)state;
	uuid_format(&groups[3].id, id);
	struct filter *leaf = filter_leaf(f->arena, FILTER_EQUAL, ATTR_ID, span_str(id));
	assert_int_equal(run(f, &f->operator, ~0u, leaf, &record), 1);
	assert_int_equal(record.number, groups[3].number);
}

static void without_the_permission_one_sees_oneself(void **state)
{
	struct fixture *f = shared;
	struct ref bob = make_user(f, f->acme, "bob.alone");
	struct actor actor = act_as(f, bob);
	struct record record;
	struct search *search;
	(void)state;
	assert_int_equal(run(f, &actor, ~0u, NULL, &record), 1);
	assert_int_equal(record.number, bob.number);
	struct filter *other =
		filter_leaf(f->arena, FILTER_EQUAL, ATTR_USER_NAME, SPAN("unique.ada"));
	assert_int_equal(run(f, &actor, ~0u, other, &record), 0);
	struct search_spec spec = { .actor = &actor, .tenant = f->acme, .kinds = 1 << KIND_ROLE };
	assert_int_equal(search_open(f->view, f->arena, &spec, &search, NULL), ERR_FORBIDDEN);
	spec.kinds = 1 << KIND_USER;
	spec.only = groups[0].number;
	uint64_t count;
	assert_int_equal(search_count(f->view, f->arena, &spec, &count, NULL), OK);
	assert_int_equal(count, 0);
}

static void a_viewer_sees_people_and_roles_but_no_tokens(void **state)
{
	struct fixture *f = shared;
	struct actor actor = act_as(f, make_holder(f, f->acme, "vic.viewer", "Viewer"));
	struct record record;
	struct search *search;
	(void)state;
	assert_true(run(f, &actor, 1 << KIND_USER, NULL, &record) >= USERS);
	assert_int_equal(run(f, &actor, 1 << KIND_ROLE, NULL, &record), 6);
	struct search_spec spec = { .actor = &actor, .tenant = f->acme, .kinds = 1 << KIND_CLIENT };
	assert_int_equal(search_open(f->view, f->arena, &spec, &search, NULL), ERR_FORBIDDEN);
	spec.kinds = 1 << KIND_TENANT;
	assert_int_equal(search_open(f->view, f->arena, &spec, &search, NULL), ERR_FORBIDDEN);
}

static void a_secret_is_no_oracle(void **state)
{
	struct fixture *f = shared;
	struct record record;
	char hash[PASSWORD_HASH_MAX];
	struct ref carl = make_user(f, f->acme, "carl.secret");
	(void)state;
	password_hash(SPAN("x"), hash, NULL);
	modify(f, &f->operator, carl, PATCH_REPLACE, ATTR_PASSWORD, hash);
	struct span any = SPAN("argon2");
	struct filter *filters[] = { filter_leaf(
					     f->arena, FILTER_PRESENT, ATTR_PASSWORD, SPAN_NONE),
		filter_substring(f->arena, ATTR_PASSWORD, SPAN_NONE, &any, 1, SPAN_NONE),
		filter_leaf(f->arena, FILTER_EQUAL, ATTR_PASSWORD, span_str(hash)) };
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(run(f, &f->operator, ~0u, filters[i], &record), 0);
		struct filter *no = filter_branch(f->arena, FILTER_NOT, &filters[i], 1);
		assert_int_equal(run(f, &f->operator, ~0u, no, &record), 0);
	}
}

static int setup(void **state)
{
	void *f;
	if (fixture_setup(&f))
		return -1;
	shared = f;
	populate(shared);
	*state = f;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_filter_finds_what_a_walk_finds),
		cmocka_unit_test(skipping_ends_where_finding_goes_on),
		cmocka_unit_test(an_equality_looks_at_one_record),
		cmocka_unit_test(names_of_active_directory_look_at_few_records),
		cmocka_unit_test(of_no_name_and_of_half_a_guid_there_is_nobody),
		cmocka_unit_test(an_id_finds_its_entry),
		cmocka_unit_test(without_the_permission_one_sees_oneself),
		cmocka_unit_test(a_viewer_sees_people_and_roles_but_no_tokens),
		cmocka_unit_test(a_secret_is_no_oracle),
	};
	return cmocka_run_group_tests_name("search", tests, setup, fixture_teardown);
}
