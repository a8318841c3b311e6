#define _GNU_SOURCE /* memmem */
/* Postings and ordered walks against a naive oracle. Numbers are drawn with a fixed seed. */
#include "fixture.h"

#include "model/value.h"

#include <stdio.h>
#include <stdlib.h>

#define USERS 400
#define ROUNDS 6000

static const char *const departments[] = { "Presses", "Paint Shop", "Assembly", "Tool Room",
	"Straße", "Logistics" };
static const char *const names[] = { "Anna Berg", "Bernd Bergmann", "Carla Weber", "Ana Bernd",
	"Weberknecht", "Ber", "Be", "Annabell Anna Anna" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t seed = 20261122;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)seed * below >> 32);
}

struct model {
	struct fixture *f;
	struct txn *txn;
	struct entry *users[USERS]; /* as they stand, NULL: not there */
};

static void change_values(struct entry *user, uint32_t i)
{
	struct why why = { 0 };

	if (draw(3))
		entry_set(user, ATTR_DEPARTMENT, SOURCE_LOCAL,
			span_str(draw(4) ? departments[draw(COUNT(departments))] : ""), &why);
	if (draw(2))
		entry_set(user, ATTR_COMMON_NAME, SOURCE_LOCAL, span_str(names[draw(COUNT(names))]),
			&why);
	if (draw(2)) {
		entry_remove(user, ATTR_EMAIL);
		for (uint32_t n = draw(3); n > 0; n--) {
			char mail[64];
			snprintf(mail, sizeof(mail), "u%u.%u@example.org", i, draw(4));
			add_value(user, ATTR_EMAIL, arena_string(user->arena, span_str(mail)));
		}
	}
	if (draw(10) == 0) {
		char name[64];
		snprintf(name, sizeof(name), "user%u-%u", i, draw(100));
		entry_set(user, ATTR_USER_NAME, SOURCE_LOCAL,
			arena_copy(user->arena, span_str(name)), &why);
	}
}

static void one_step(struct model *m)
{
	uint32_t i = draw(USERS);
	struct entry *before = m->users[i], *after;

	if (before && draw(6) == 0) {
		after = NULL;
	} else if (before) {
		after = entry_copy(m->f->arena, before);
		after->revision++;
		change_values(after, i);
	} else {
		char name[32];
		snprintf(name, sizeof(name), "user%u", i);
		after = new_entry(
			m->f, m->txn, 1, KIND_USER, arena_string(m->f->arena, span_str(name)));
		change_values(after, i);
	}
	apply_entry(m->f, m->txn, before, after);
	m->users[i] = after;
	struct why why = { 0 };
	if (txn_error(m->txn, &why) != OK)
		fail_msg("%s %s", why.attribute, why.text);
}

static int compare_numbers(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

typedef bool (*test_fn)(struct arena *arena, const struct entry *user, struct span argument);

static size_t wanted(struct model *m, test_fn test, struct span argument, uint32_t *numbers)
{
	size_t n = 0;

	for (int i = 0; i < USERS; i++)
		if (m->users[i] && test(m->f->arena, m->users[i], argument))
			numbers[n++] = m->users[i]->number;
	qsort(numbers, n, sizeof(*numbers), compare_numbers);
	return n;
}

static bool any(struct arena *arena, const struct entry *user, struct span argument)
{
	(void)arena, (void)user, (void)argument;
	return true;
}

static bool has_mail(struct arena *arena, const struct entry *user, struct span argument)
{
	(void)arena, (void)argument;
	return entry_has(user, ATTR_EMAIL);
}

static bool in_department(struct arena *arena, const struct entry *user, struct span argument)
{
	struct span department = entry_first(user, ATTR_DEPARTMENT);

	return department.len &&
	       span_equal(value_normal(arena, ATTR_DEPARTMENT, department), argument);
}

static bool name_has(struct arena *arena, const struct entry *user, struct span argument)
{
	struct span name = entry_first(user, ATTR_COMMON_NAME);

	if (!name.len)
		return false;
	name = value_normal(arena, ATTR_COMMON_NAME, name);
	return memmem(name.data, name.len, argument.data, argument.len) != NULL;
}

static void expect(struct model *m, struct postings *p, test_fn test, struct span argument)
{
	uint32_t want[USERS], got[USERS + 1];
	size_t n = wanted(m, test, argument, want);

	assert_true(postings_estimate(p) >= (n > 0));
	assert_int_equal(collect(p, got, USERS + 1), n);
	if (n)
		assert_memory_equal(got, want, n * sizeof(*want));
}

/* Jumps ahead by drawn distances, as an intersection does. */
static void expect_leaps(struct model *m, struct postings *p, test_fn test, struct span argument)
{
	uint32_t want[USERS], number, least = 0;
	size_t n = wanted(m, test, argument, want), i = 0;

	while (postings_next(p, least, &number)) {
		while (i < n && want[i] < least)
			i++;
		assert_true(i < n);
		assert_int_equal(number, want[i]);
		least = number + 1 + draw(draw(4) ? 3 : 200);
	}
	while (i < n && want[i] < least)
		i++;
	assert_int_equal(i, n);
	postings_close(p);
}

/* Passes over drawn counts between numbers that are read one by one. */
static void expect_skips(struct postings *p, const uint32_t *want, size_t n)
{
	size_t i = 0;

	while (i < n) {
		uint32_t number = 0, least = i ? want[i - 1] + 1 : 0;
		uint64_t most = draw(3) ? draw(4) : draw(3000);
		uint64_t left = n - i, passed = postings_skip(p, least, most, &number);
		assert_int_equal(passed, most < left ? most : left);
		i += passed;
		if (passed)
			assert_int_equal(number, want[i - 1]);
		least = i ? want[i - 1] + 1 : 0;
		assert_int_equal(postings_next(p, least, &number), i < n);
		if (i < n)
			assert_int_equal(number, want[i++]);
	}
	postings_close(p);
}

static void expect_skipped(struct model *m, struct postings *p, test_fn test, struct span argument)
{
	uint32_t want[USERS];
	size_t n = wanted(m, test, argument, want);

	expect_skips(p, want, n);
}

static struct postings *trigram(struct model *m, const char *octets)
{
	return postings_trigram(
		m->txn, m->f->arena, 1, KIND_USER, ATTR_COMMON_NAME, (const uint8_t *)octets);
}

static struct postings *department(struct model *m, struct span normal)
{
	return postings_equal(m->txn, m->f->arena, 1, KIND_USER, ATTR_DEPARTMENT, normal);
}

static void expect_all(struct model *m)
{
	struct arena *arena = m->f->arena;
	static const char *const pieces[] = { "ann", "ber", "web", "nna", "xyz", " be" };

	expect(m, postings_all(m->txn, arena, 1, KIND_USER), any, SPAN_NONE);
	expect_leaps(m, postings_all(m->txn, arena, 1, KIND_USER), any, SPAN_NONE);
	expect_skipped(m, postings_all(m->txn, arena, 1, KIND_USER), any, SPAN_NONE);
	expect(m, postings_present(m->txn, arena, 1, KIND_USER, ATTR_EMAIL), has_mail, SPAN_NONE);
	for (size_t i = 0; i < COUNT(departments); i++) {
		struct span normal = value_normal(arena, ATTR_DEPARTMENT, span_str(departments[i]));
		expect(m, department(m, normal), in_department, normal);
		expect_leaps(m, department(m, normal), in_department, normal);
		expect_skipped(m, department(m, normal), in_department, normal);
	}
	for (size_t i = 0; i < COUNT(pieces); i++) {
		expect(m, trigram(m, pieces[i]), name_has, span_str(pieces[i]));
		expect_leaps(m, trigram(m, pieces[i]), name_has, span_str(pieces[i]));
	}
}

static void expect_names(struct model *m)
{
	uint32_t number;

	for (int i = 0; i < USERS; i++) {
		struct span name =
			m->users[i] ? entry_first(m->users[i], ATTR_USER_NAME) : SPAN("nobody");
		bool found = txn_find_value(m->txn, 1, KIND_USER, ATTR_USER_NAME, name, &number);
		assert_int_equal(found, m->users[i] != NULL);
		if (found)
			assert_int_equal(number, m->users[i]->number);
	}
}

static void random_changes_leave_what_a_naive_search_finds(void **state)
{
	struct fixture *f = *state;
	struct model m = { .f = f };

	for (int round = 0; round < ROUNDS; round += 200) {
		m.txn = begin_write(f);
		for (int i = 0; i < 200; i++) {
			one_step(&m);
			if (draw(60) == 0)
				expect(&m,
					postings_present(m.txn, f->arena, 1, KIND_USER, ATTR_EMAIL),
					has_mail, SPAN_NONE);
		}
		expect_all(&m);
		commit(m.txn);
		m.txn = begin_read(f);
		expect_all(&m);
		expect_names(&m);
		assert_int_equal(txn_error(m.txn, NULL), OK);
		txn_end(m.txn);
	}
	fixture_close(f);
	assert_int_equal(faults_of(f->path, false), 0);
}

/* Blocks overflow, split, shrink and vanish: numbers far apart and close, in any order. */
static void large_sets_survive_splits_and_removals(void **state)
{
	enum { MANY = 5000 };
	struct fixture *f = *state;
	static struct entry *users[MANY];
	static uint32_t got[MANY + 1];
	struct txn *txn = begin_write(f);

	for (int i = 0; i < MANY; i++) {
		char name[32];
		snprintf(name, sizeof(name), "user%d", i);
		users[i] = new_entry(f, txn, 1, KIND_USER, arena_string(f->arena, span_str(name)));
		users[i]->number = (uint32_t)(1 + (uint64_t)i * 2654435761u % 4000037u);
	}
	for (int i = 0; i < MANY; i++) {
		apply_entry(f, txn, NULL, users[i]);
		if (i % 97 == 0) {
			commit(txn);
			txn = begin_write(f);
		}
	}
	commit(txn);
	txn = begin_read(f);
	struct postings *p = postings_all(txn, f->arena, 1, KIND_USER);
	assert_int_equal(collect(p, got, MANY + 1), MANY);
	for (int round = 0; round < 20; round++)
		expect_skips(postings_all(txn, f->arena, 1, KIND_USER), got, MANY);
	for (int i = 1; i < MANY; i++)
		assert_true(got[i - 1] < got[i]);
	p = postings_trigram(txn, f->arena, 1, KIND_USER, ATTR_USER_NAME, (const uint8_t *)"use");
	uint64_t guess = postings_estimate(p);
	assert_true(guess > MANY / 3 && guess < MANY * 3);
	assert_int_equal(collect(p, got, MANY + 1), MANY);
	txn_end(txn);
	txn = begin_write(f);
	for (int i = 0; i < MANY; i++)
		if (i % 10)
			apply_entry(f, txn, users[i], NULL);
	commit(txn);
	txn = begin_read(f);
	p = postings_all(txn, f->arena, 1, KIND_USER);
	assert_int_equal(collect(p, got, MANY + 1), MANY / 10);
	txn_end(txn);
	fixture_close(f);
	assert_int_equal(faults_of(f->path, false), 0);
}

static struct ordered *open_behind(
	struct fixture *f, struct txn *txn, const char *value, uint32_t number, bool descending)
{
	uint8_t octets[ORDERED_KEY_MAX];
	size_t len = ordered_key_of(ATTR_USER_NAME, span_str(value), octets);

	return ordered_open(txn, f->arena, 1, KIND_USER, ATTR_USER_NAME, span_of(octets, len),
		number, descending);
}

static void entries_are_walked_by_number_both_ways(void **state)
{
	struct fixture *f = *state;
	struct txn *txn = begin_write(f);
	static const char *const called[] = { "d", "a", "c", "b", "e" };
	struct entry *users[5];
	struct record record;

	for (int i = 0; i < 5; i++) {
		users[i] = new_entry(f, txn, i == 4 ? 2 : 1, KIND_USER, called[i]);
		apply_entry(f, txn, NULL, users[i]);
	}
	commit(txn);
	txn = begin_read(f);
	struct entry_walk *walk = entry_walk_open(txn, f->arena, 1, users[0]->number, false);
	for (int i = 1; i < 4; i++) {
		assert_true(entry_walk_next(walk, &record));
		assert_int_equal(record.number, users[i]->number);
	}
	assert_false(entry_walk_next(walk, &record));
	walk = entry_walk_open(txn, f->arena, 1, 0, true);
	for (int i = 4; i-- > 0;) {
		assert_true(entry_walk_next(walk, &record));
		assert_int_equal(record.number, users[i]->number);
	}
	assert_false(entry_walk_next(walk, &record));
	txn_end(txn);
}

static void order_follows_the_normal_values(void **state)
{
	static const char *const sorted[] = { "a", "Ab", "ab c", "abc", "Zoe", "zoe.x", "ärger" };
	struct fixture *f = *state;
	struct entry *users[COUNT(sorted)];
	struct txn *txn = begin_write(f);
	uint32_t number;

	for (size_t i = COUNT(sorted); i-- > 0;) {
		users[i] = new_entry(f, txn, 1, KIND_USER, sorted[i]);
		apply_entry(f, txn, NULL, users[i]);
	}
	commit(txn);
	txn = begin_read(f);
	struct ordered *o =
		ordered_open(txn, f->arena, 1, KIND_USER, ATTR_USER_NAME, SPAN_NONE, 0, false);
	for (size_t i = 0; i < COUNT(sorted); i++) {
		assert_true(ordered_next(o, &number));
		assert_int_equal(number, users[i]->number);
	}
	assert_false(ordered_next(o, &number));
	o = open_behind(f, txn, "abc", users[3]->number, true);
	for (size_t i = 3; i-- > 0;) {
		assert_true(ordered_next(o, &number));
		assert_int_equal(number, users[i]->number);
	}
	assert_false(ordered_next(o, &number));
	o = ordered_open(txn, f->arena, 1, KIND_USER, ATTR_USER_NAME, SPAN_NONE, 0, true);
	assert_true(ordered_next(o, &number));
	assert_int_equal(number, users[COUNT(sorted) - 1]->number);
	ordered_close(o);
	o = open_behind(f, txn, "abb", 0, false);
	assert_true(ordered_next(o, &number));
	assert_int_equal(number, users[3]->number);
	ordered_close(o);
	txn_end(txn);
}

/* LMDB takes keys of at most 511 octets. */
static void long_values_are_indexed_by_their_hash(void **state)
{
	struct fixture *f = *state;
	struct txn *txn = begin_write(f);
	struct entry *anna = new_entry(f, txn, 1, KIND_USER, "anna");
	char name[1201];
	uint32_t number, numbers[4];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	add_value(anna, ATTR_EMPLOYEE_NUMBER, name);
	add_value(anna, ATTR_COMMON_NAME, name);
	apply_entry(f, txn, NULL, anna);
	commit(txn);
	txn = begin_read(f);
	assert_true(
		txn_find_value(txn, 1, KIND_USER, ATTR_EMPLOYEE_NUMBER, span_str(name), &number));
	name[1199] = 'y';
	assert_false(
		txn_find_value(txn, 1, KIND_USER, ATTR_EMPLOYEE_NUMBER, span_str(name), &number));
	struct postings *p = postings_trigram(
		txn, f->arena, 1, KIND_USER, ATTR_COMMON_NAME, (const uint8_t *)"xxx");
	assert_int_equal(collect(p, numbers, 4), 1);
	txn_end(txn);
	fixture_close(f);
	assert_int_equal(faults_of(f->path, false), 0);
}

int main(void)
{
#define STORE_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		STORE_TEST(random_changes_leave_what_a_naive_search_finds),
		STORE_TEST(large_sets_survive_splits_and_removals),
		STORE_TEST(order_follows_the_normal_values),
		STORE_TEST(entries_are_walked_by_number_both_ways),
		STORE_TEST(long_values_are_indexed_by_their_hash),
	};

	return cmocka_run_group_tests_name("store: postings", tests, NULL, NULL);
}
