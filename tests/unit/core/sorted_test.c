#include "../dice.h"
#include "fixture.h"

#include "base/codec.h"
#include "model/value.h"

#define USERS 1500
#define ROLES 40
#define CASES 400

/* One population for all tests here: making it takes longest. */
static struct fixture *shared;
static struct ref users[USERS];

static struct dice dice = { 4711 };

static struct entry *random_user(struct fixture *f, int i)
{
	struct entry *user = new_entry(f, KIND_USER, arena_printf(f->arena, "user%04d", i));
	uint32_t mails = dice_roll(&dice, 4);
	for (uint32_t n = 0; n < mails; n++) {
		const char *mail = arena_printf(f->arena, "%c%u.%d@example.com",
			(int)('a' + dice_roll(&dice, 26)), (unsigned)n, i);
		entry_add(user, ATTR_EMAIL, (uint16_t)n, SOURCE_LOCAL, span_str(mail), NULL);
	}
	if (mails && dice_roll(&dice, 2))
		entry_add(user, ATTR_EMAIL_PRIMARY, (uint16_t)dice_roll(&dice, mails), SOURCE_LOCAL,
			SPAN("TRUE"), NULL);
	if (dice_roll(&dice, 3))
		add_value(user, ATTR_DISPLAY_NAME,
			arena_printf(f->arena, "%s %u", dice_roll(&dice, 2) ? "Zo\xc3\xab" : "ADA",
				(unsigned)dice_roll(&dice, 30)));
	if (dice_roll(&dice, 4) == 0)
		add_value(user, ATTR_TITLE, dice_roll(&dice, 2) ? "Engineer" : "Manager");
	if (dice_roll(&dice, 50) == 0)
		add_value(user, ATTR_DEPARTMENT, "Rare");
	return user;
}

static int setup(void **state)
{
	void *fixture;
	if (fixture_setup(&fixture))
		return -1;
	struct fixture *f = shared = fixture;
	struct command *commands = arena_array(f->arena, USERS, sizeof *commands);
	struct outcome *outcomes = arena_array(f->arena, USERS, sizeof *outcomes);
	for (int i = 0; i < USERS; i++)
		commands[i] = (struct command){ .type = COMMAND_CREATE,
			.tenant = f->acme,
			.kind = KIND_USER,
			.entry = random_user(f, i) };
	core_run_many(f->core, &f->operator, commands, USERS, false, outcomes, NULL);
	for (int i = 0; i < USERS; i++) {
		assert_err(outcomes[i], OK);
		users[i] = (struct ref){ KIND_USER, f->acme, outcomes[i].number, outcomes[i].id };
	}
	for (int i = 0; i < ROLES; i++)
		make_named(f, f->acme, i % 2 ? KIND_ROLE : KIND_SCOPE,
			arena_printf(f->arena, "%c%d", (int)('z' - dice_roll(&dice, 26)), i));
	for (int i = 0; i < 300; i++)
		modify(f, &f->operator, users[dice_roll(&dice, USERS)], PATCH_REPLACE,
			ATTR_NICK_NAME, arena_printf(f->arena, "n%d", i));
	*state = f;
	return 0;
}

/* ---- what the order should be ---- */

struct expected {
	uint32_t number;
	bool none;
	const char *text;
	int64_t time;
};

static struct {
	enum attr attr;
	bool descending;
} order;

static int by_order(const void *left, const void *right)
{
	const struct expected *a = left, *b = right;
	int result = a->none - b->none;
	if (!result && !a->none && a->text)
		result = strcmp(a->text, b->text);
	if (!result && a->time != b->time)
		result = a->time < b->time ? -1 : 1;
	if (!result)
		result = a->number < b->number ? -1 : a->number > b->number;
	return order.descending ? -result : result;
}

static struct span primary_mail(const struct record *record)
{
	struct span first = record_first(record, ATTR_EMAIL);
	for (size_t i = 0; i < record->count; i++) {
		struct value flag = record_row(record, i);
		if (flag.attr != ATTR_EMAIL_PRIMARY || !span_equal(flag.octets, SPAN("TRUE")))
			continue;
		for (size_t j = 0; j < record->count; j++) {
			struct value mail = record_row(record, j);
			if (mail.attr == ATTR_EMAIL && mail.instance == flag.instance)
				return mail.octets;
		}
	}
	return first;
}

static void expect(struct fixture *f, const struct record *record, struct expected *expected)
{
	struct span value =
		order.attr == ATTR_EMAIL ? primary_mail(record) : record_first(record, order.attr);
	*expected = (struct expected){ .number = record->number };
	if (order.attr == ATTR_MODIFIED) {
		expected->time = record->modified;
	} else if (order.attr != ATTR_CREATED) {
		value = value_normal(f->arena, order.attr, value);
		expected->none = !value.len;
		expected->text = arena_printf(f->arena, "%.*s", SPAN_ARGS(value));
	}
}

static size_t expect_all(
	struct fixture *f, const struct search_spec *sorted, struct expected *expected)
{
	struct search *search;
	struct record record;
	struct search_spec spec = *sorted;
	size_t count = 0;
	unsigned budget = 100000;
	spec.sort = ATTR_NONE;
	assert_int_equal(search_open(look(f), f->arena, &spec, &search, NULL), OK);
	while (search_next(search, &budget, &record) == STEP_FOUND)
		expect(f, &record, &expected[count++]);
	search_close(search);
	order.descending = sorted->descending;
	qsort(expected, count, sizeof *expected, by_order);
	return count;
}

/* One page: a new view and a new search behind the position, as doors do it. */
static size_t read_page(struct fixture *f, struct search_spec *spec, size_t page, unsigned budget,
	uint32_t *numbers, bool *more)
{
	struct search *search;
	struct record record;
	struct why why = { 0 };
	size_t count = 0;
	enum step step = STEP_MORE;
	if (search_open(look(f), f->arena, spec, &search, &why))
		fail_msg("%s", why.text);
	while (count < page && (step = search_next(search, &budget, &record)) == STEP_FOUND)
		numbers[count++] = record.number;
	search_position(search, &spec->after_kind, &spec->after_number);
	spec->after_key = arena_copy(f->arena, search_sort_key(search));
	search_close(search);
	assert_int_equal(view_error(f->view, NULL), OK);
	*more = step != STEP_END;
	return count;
}

static size_t read_all(struct fixture *f, struct search_spec *spec, size_t page, unsigned budget,
	uint32_t *numbers)
{
	size_t count = 0;
	for (bool more = true; more;) {
		count += read_page(f, spec, page, budget, numbers + count, &more);
		assert_true(count <= USERS + ROLES + 100);
	}
	return count;
}

static struct filter *random_filter(struct fixture *f)
{
	switch (dice_roll(&dice, 6)) {
	case 0:
		return filter_leaf(f->arena, FILTER_EQUAL, ATTR_DEPARTMENT, SPAN("rare"));
	case 1:
		return filter_leaf(f->arena, FILTER_EQUAL, ATTR_TITLE, SPAN("engineer"));
	case 2:
		return filter_leaf(f->arena, FILTER_PRESENT, ATTR_EMAIL, SPAN_NONE);
	case 3: {
		struct filter *part = filter_leaf(f->arena, FILTER_PRESENT, ATTR_EMAIL, SPAN_NONE);
		return filter_branch(f->arena, FILTER_NOT,
			memcpy(arena_alloc(f->arena, sizeof part), &part, sizeof part), 1);
	}
	default:
		return NULL;
	}
}

static void pages_in_any_order_are_the_whole(void **state)
{
	static const enum attr attrs[] = { ATTR_USER_NAME, ATTR_COMMON_NAME, ATTR_DISPLAY_NAME,
		ATTR_EMAIL, ATTR_CREATED, ATTR_MODIFIED, ATTR_TITLE, ATTR_NICK_NAME };
	static const uint32_t kinds[] = { 1 << KIND_USER, 1 << KIND_ROLE,
		1 << KIND_ROLE | 1 << KIND_SCOPE, ~0u };
	struct fixture *f = shared;
	static struct expected expected[USERS + ROLES + 200];
	static uint32_t numbers[USERS + ROLES + 2000];
	(void)state;
	print_message("seed %u\n", (unsigned)dice.state);
	for (int i = 0; i < CASES; i++) {
		struct arena *arena = f->arena;
		f->arena = arena_new();
		struct search_spec spec = { .actor = &f->operator,
			.tenant = f->acme,
			.kinds = kinds[dice_roll(&dice, 4)],
			.filter = random_filter(f),
			.sort = attrs[dice_roll(&dice, 8)],
			.descending = dice_roll(&dice, 2) };
		order.attr = spec.sort;
		size_t count = expect_all(f, &spec, expected);
		size_t got = read_all(f, &spec, 1 + dice_roll(&dice, 300),
			1 + dice_roll(&dice, 3) * 1000 + dice_roll(&dice, 40), numbers);
		assert_int_equal(got, count);
		for (size_t j = 0; j < count; j++)
			if (numbers[j] != expected[j].number)
				fail_msg("case %d, row %zu by %s: %u, not %u", i, j,
					attr_row(order.attr)->name, (unsigned)numbers[j],
					(unsigned)expected[j].number);
		arena_free(f->arena);
		f->arena = arena;
	}
}

static void who_is_not_changed_is_met_once_whatever_others_do(void **state)
{
	struct fixture *f = shared;
	static uint32_t numbers[USERS + ROLES + 2000];
	static unsigned met[1 << 16];
	static bool touched[1 << 16];
	struct search_spec spec = { .actor = &f->operator,
		.tenant = f->acme,
		.kinds = 1 << KIND_USER,
		.sort = ATTR_USER_NAME };
	bool more;
	int round = 0;
	(void)state;
	do {
		size_t got = read_page(f, &spec, 37, 100000, numbers, &more);
		for (size_t i = 0; i < got; i++)
			met[numbers[i]]++;
		struct ref other = users[dice_roll(&dice, USERS)];
		touched[other.number] = true;
		modify(f, &f->operator, other, PATCH_REPLACE, ATTR_USER_NAME,
			arena_printf(f->arena, "renamed%u.%d", (unsigned)dice_roll(&dice, 100000),
				round++));
	} while (more);
	assert_true(round > 20);
	for (int i = 0; i < USERS; i++)
		if (!touched[users[i].number])
			assert_int_equal(met[users[i].number], 1);
}

static void sorting_shows_no_more_than_searching(void **state)
{
	struct fixture *f = shared;
	uint32_t numbers[4];
	bool more;
	struct ref bob = make_user(f, f->acme, "bob.alone");
	struct actor actor = act_as(f, bob);
	struct search_spec spec = {
		.actor = &actor, .tenant = f->acme, .kinds = ~0u, .sort = ATTR_USER_NAME
	};
	(void)state;
	assert_int_equal(read_page(f, &spec, 4, 100, numbers, &more), 1);
	assert_int_equal(numbers[0], bob.number);
}

static void what_has_no_order_is_refused_by_name(void **state)
{
	static const enum attr attrs[] = { ATTR_PASSWORD, ATTR_MEMBER_OF, ATTR_TOKEN_DIGEST,
		ATTR_ID, (enum attr)19 };
	struct fixture *f = shared;
	(void)state;
	for (size_t i = 0; i < sizeof attrs / sizeof *attrs; i++) {
		struct why why = { 0 };
		struct search *search;
		struct search_spec spec = {
			.actor = &f->operator, .tenant = f->acme, .kinds = ~0u, .sort = attrs[i]
		};
		assert_int_equal(search_open(look(f), f->arena, &spec, &search, &why), ERR_VALUE);
		assert_string_equal(why.attribute, attr_spelling(attrs[i]));
	}
}

/* ---- cursors ---- */

static const struct cursor_query query = { 7, { (const uint8_t *)"users by name", 13 } };

static char *some_cursor(struct fixture *f, int64_t until)
{
	struct cursor_place place = { KIND_USER, 42, SPAN("a key") };
	return cursor_write(f->arena, core_cursor_key(f->core), &query, &place, until);
}

static enum err read_cursor(struct fixture *f, const struct cursor_query *asked, const char *text)
{
	struct cursor_place place;
	return cursor_read(f->arena, core_cursor_key(f->core), asked, span_str(text), &place, NULL);
}

static void a_cursor_brings_back_what_it_was_made_of(void **state)
{
	struct fixture *f = shared;
	struct cursor_place place;
	char *text = some_cursor(f, clock_wall() + SECOND);
	(void)state;
	assert_int_equal(cursor_read(f->arena, core_cursor_key(f->core), &query, span_str(text),
				 &place, NULL),
		OK);
	assert_int_equal(place.kind, KIND_USER);
	assert_int_equal(place.number, 42);
	assert_true(span_equal(place.sort, SPAN("a key")));
	assert_null(strpbrk(text, "+/=% "));
}

static void a_cursor_is_good_for_its_own_query_until_its_time(void **state)
{
	struct fixture *f = shared;
	struct cursor_query foreign = query, other = query;
	char *text = some_cursor(f, clock_wall() + 3600 * SECOND);
	(void)state;
	foreign.tenant = 8;
	other.text = SPAN("users by Name");
	assert_int_equal(read_cursor(f, &query, text), OK);
	assert_int_equal(read_cursor(f, &foreign, text), ERR_CURSOR);
	assert_int_equal(read_cursor(f, &other, text), ERR_CURSOR);
	assert_int_equal(read_cursor(f, &query, some_cursor(f, clock_wall())), ERR_CURSOR_EXPIRED);
	assert_int_equal(read_cursor(f, &foreign, some_cursor(f, clock_wall())), ERR_CURSOR);
}

static void an_altered_cursor_is_refused(void **state)
{
	struct fixture *f = shared;
	char *text = some_cursor(f, clock_wall() + 3600 * SECOND);
	size_t len = strlen(text);
	struct cursor_key foreign = { { 1 } };
	struct cursor_place place;
	(void)state;
	for (size_t i = 0; i < len; i++) {
		char old = text[i];
		text[i] = old == 'A' ? 'B' : 'A';
		assert_int_equal(read_cursor(f, &query, text), ERR_CURSOR);
		text[i] = old;
	}
	for (size_t i = 0; i < len; i++)
		assert_int_equal(read_cursor(f, &query, text + i + 1), ERR_CURSOR);
	assert_int_equal(
		cursor_read(f->arena, &foreign, &query, span_str(text), &place, NULL), ERR_CURSOR);
	char *huge = arena_zalloc(f->arena, 100000);
	memset(huge, 'A', 99999);
	assert_int_equal(read_cursor(f, &query, huge), ERR_CURSOR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_in_any_order_are_the_whole),
		cmocka_unit_test(sorting_shows_no_more_than_searching),
		cmocka_unit_test(what_has_no_order_is_refused_by_name),
		cmocka_unit_test(a_cursor_brings_back_what_it_was_made_of),
		cmocka_unit_test(a_cursor_is_good_for_its_own_query_until_its_time),
		cmocka_unit_test(an_altered_cursor_is_refused),
		cmocka_unit_test(who_is_not_changed_is_met_once_whatever_others_do),
	};
	return cmocka_run_group_tests_name("sorted", tests, setup, fixture_teardown);
}
