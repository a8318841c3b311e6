/* What an identity sees, without a connection: filters that must not tell, limits, and when it is
 * worked out anew. */
#include "../dice.h"
#include "base/limits.h"
#include "company.h"
#include "in/ldap/access_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define TREES 3000
#define SEED 20261122

/* A connection in name only, on the test's thread. */
struct bench {
	struct company *company;
	struct shard shard;
	struct conn conn;
	struct view *view;
};

static void look(struct bench *b)
{
	assert_int_equal(view_begin(b->view, NULL), OK);
	identity_refresh(&b->conn, b->view);
}

static int bench_open(void **state)
{
	struct bench *b = calloc(1, sizeof *b);
	struct record record;
	struct actor actor;

	b->company = company_open(1, NULL, NULL);
	b->shard.door = b->company->door;
	b->shard.turn = arena_new();
	buffer_init(&b->shard.scratch, 64 * KIB);
	b->conn.shard = &b->shard;
	assert_int_equal(view_open(b->company->core, &b->view, NULL), OK);
	b->shard.view = b->view;
	b->shard.begun = true;
	assert_int_equal(view_begin(b->view, NULL), OK);
	assert_true(view_by_name(
		b->view, b->shard.turn, b->company->acme, KIND_CLIENT, SPAN("svc"), &record));
	assert_int_equal(
		view_actor(b->view, b->company->acme, KIND_CLIENT, record.number, &actor, NULL),
		OK);
	assert_true(identity_set(&b->conn, b->view, &b->conn.identity, &actor));
	*state = b;
	return 0;
}

static int bench_close(void **state)
{
	struct bench *b = *state;

	identity_clear(&b->conn.identity);
	view_end(b->view);
	view_close(b->view);
	arena_free(b->shard.turn);
	buffer_free(&b->shard.scratch);
	company_close(b->company);
	free(b);
	return 0;
}

/* Says something of the account and looks again. */
static void say(struct bench *b, enum attr attr, const char *text)
{
	view_end(b->view);
	company_set(b->company, b->company->acme, KIND_CLIENT,
		company_find(b->company, b->company->acme, KIND_CLIENT, "svc"), attr, text);
	look(b);
}

static void an_account_of_which_nothing_is_said_costs_nothing(void **state)
{
	struct bench *b = *state;
	struct filter *filter = filter_leaf(b->shard.turn, FILTER_EQUAL, ATTR_TITLE, SPAN("x"));

	assert_null(b->conn.identity.access);
	assert_ptr_equal(access_filter(&b->conn.identity, b->shard.turn, filter), filter);
	assert_ptr_equal(access_actor(&b->conn.identity), &b->conn.identity.actor);
}

static void what_is_said_holds_from_the_next_look_on(void **state)
{
	struct bench *b = *state;

	say(b, ATTR_LDAP_ATTRIBUTE, "uid");
	assert_non_null(b->conn.identity.access);
	assert_true(access_shows_all(&b->conn.identity, ~0U, ATTR_USER_NAME));
	assert_true(access_shows_all(&b->conn.identity, ~0U, ATTR_OBJECT_CLASS));
	assert_false(access_shows_all(&b->conn.identity, ~0U, ATTR_TITLE));
	view_end(b->view);
	company_set(b->company, b->company->acme, KIND_CLIENT,
		company_find(b->company, b->company->acme, KIND_CLIENT, "svc"), ATTR_LDAP_ATTRIBUTE,
		"title");
	look(b);
	assert_true(access_shows_all(&b->conn.identity, ~0U, ATTR_TITLE));
	assert_false(access_shows_all(&b->conn.identity, ~0U, ATTR_USER_NAME));
}

static void limits_are_the_accounts_own_else_the_servers(void **state)
{
	struct bench *b = *state;
	static const struct {
		int32_t asked, seconds;
		int code;
		uint32_t entries, limit;
	} rows[] = {
		{ 0, 0, RESULT_SUCCESS, 10, 5 },
		{ 10, 3, RESULT_SUCCESS, 10, 3 },
		{ 3, 9, RESULT_SUCCESS, 3, 5 },
		{ 11, 0, RESULT_ADMIN_LIMIT, 11, 5 },
	};
	struct access_limits limits;
	struct search_request none = { 0 };

	assert_int_equal(access_limits(&b->conn, &none, false, &limits), RESULT_SUCCESS);
	assert_int_equal(limits.entries, UINT32_MAX);
	assert_int_equal(limits.seconds, 60);
	say(b, ATTR_LDAP_SIZE_LIMIT, "10");
	say(b, ATTR_LDAP_TIME_LIMIT, "5");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct search_request request = { .size_limit = rows[i].asked,
			.time_limit = rows[i].seconds };

		assert_int_equal(access_limits(&b->conn, &request, i % 2, &limits), rows[i].code);
		assert_int_equal(limits.entries, rows[i].entries);
		assert_int_equal(limits.seconds, rows[i].limit);
	}
}

static void a_filter_that_is_not_understood_leaves_nothing_to_be_seen(void **state)
{
	struct bench *b = *state;
	struct record alice;

	assert_true(view_by_name(
		b->view, b->shard.turn, b->company->acme, KIND_USER, SPAN("alice"), &alice));
	assert_true(access_sees(&b->conn, b->view, &alice));
	say(b, ATTR_LDAP_FILTER, "(nonsense");
	assert_true(view_by_name(
		b->view, b->shard.turn, b->company->acme, KIND_USER, SPAN("alice"), &alice));
	assert_false(access_sees(&b->conn, b->view, &alice));
	say(b, ATTR_LDAP_FILTER, "(uid=ali*)");
	assert_true(view_by_name(
		b->view, b->shard.turn, b->company->acme, KIND_USER, SPAN("alice"), &alice));
	assert_true(access_sees(&b->conn, b->view, &alice));
}

/* ---- nothing is found out ---- */

static struct filter *random_filter(struct dice *dice, struct arena *arena, unsigned depth)
{
	static const enum attr attrs[] = { ATTR_USER_NAME, ATTR_COMMON_NAME, ATTR_TITLE,
		ATTR_FAMILY_NAME, ATTR_EMAIL };
	static const enum filter_op leaves[] = { FILTER_EQUAL, FILTER_PRESENT, FILTER_GREATER_EQUAL,
		FILTER_LESS_EQUAL };
	static const enum filter_op branches[] = { FILTER_AND, FILTER_OR, FILTER_NOT };
	char value[2] = { (char)('a' + dice_roll(dice, 3)), '\0' };
	enum filter_op op;
	struct filter **parts;
	size_t count;

	if (depth == 0 || dice_roll(dice, 3) == 0)
		return filter_leaf(arena, leaves[dice_roll(dice, 4)], attrs[dice_roll(dice, 5)],
			arena_copy(arena, span_str(value)));
	op = branches[dice_roll(dice, 3)];
	count = op == FILTER_NOT ? 1 : dice_roll(dice, 4);
	parts = arena_array(arena, count + 1, sizeof *parts);
	for (size_t i = 0; i < count; i++)
		parts[i] = random_filter(dice, arena, depth - 1);
	return filter_branch(arena, op, parts, count);
}

/* Somebody with these values of what is seen and of what is not. */
static void make_record(struct arena *arena, const char *seen, const char *hidden,
	struct buffer *octets, struct record *record)
{
	struct entry *entry = entry_new(arena, KIND_USER);

	entry_add(entry, ATTR_USER_NAME, 0, 0, span_str(seen), NULL);
	entry_add(entry, ATTR_COMMON_NAME, 0, 0, span_str(seen), NULL);
	if (*hidden) {
		entry_add(entry, ATTR_TITLE, 0, 0, span_str(hidden), NULL);
		entry_add(entry, ATTR_FAMILY_NAME, 0, 0, span_str(hidden), NULL);
	}
	buffer_init(octets, LIMIT_RECORD_OCTETS);
	assert_int_equal(record_write(octets, entry, NULL), OK);
	assert_int_equal(record_open(buffer_span(octets), record, NULL), OK);
}

static void no_filter_tells_two_apart_who_differ_in_what_is_not_seen(void **state)
{
	static const char *const values[] = { "", "a", "b", "c" };
	struct bench *b = *state;
	struct dice dice = { SEED };
	struct arena *arena = arena_new();

	print_message("seed %d\n", SEED);
	say(b, ATTR_LDAP_ATTRIBUTE, "uid");
	for (unsigned i = 0; i < TREES; i++) {
		struct filter *filter = random_filter(&dice, arena, 4);
		struct filter *blinded = access_filter(&b->conn.identity, arena, filter);
		enum truth first = TRUTH_FALSE;

		for (size_t n = 0; n < sizeof values / sizeof *values; n++) {
			struct buffer octets;
			struct record record;
			enum truth truth;

			make_record(arena, "a", values[n], &octets, &record);
			truth = filter_test(blinded, &record, NULL);
			if (n == 0)
				first = truth;
			assert_int_equal(truth, first);
			buffer_free(&octets);
		}
		arena_reset(arena);
	}
	arena_free(arena);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_account_of_which_nothing_is_said_costs_nothing),
		CASE(what_is_said_holds_from_the_next_look_on),
		CASE(limits_are_the_accounts_own_else_the_servers),
		CASE(a_filter_that_is_not_understood_leaves_nothing_to_be_seen),
		CASE(no_filter_tells_two_apart_who_differ_in_what_is_not_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
