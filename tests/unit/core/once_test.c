#include "fixture.h"

#include "base/limits.h"
#include "base/metric.h"
#include "store/store.h"

#include <pthread.h>

#define DAY (24 * 3600 * SECOND)

static const uint8_t digests[2][32] = { { 1 }, { 2 } };

static struct command keyed(struct fixture *f, const char *name, const char *key, int digest)
{
	return (struct command){ .type = COMMAND_CREATE,
		.tenant = f->acme,
		.kind = KIND_SCOPE,
		.entry = new_entry(f, KIND_SCOPE, name),
		.once = span_str(key),
		.once_digest = span_of(digests[digest], 32) };
}

static struct outcome run(struct fixture *f, const struct actor *actor, struct command command)
{
	struct outcome outcome;
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

static uint64_t scopes(struct fixture *f)
{
	return view_count(look(f), f->acme, KIND_SCOPE);
}

static void what_is_repeated_has_the_first_outcome_and_does_nothing(void **state)
{
	struct fixture *f = *state;
	struct outcome first = run(f, &f->operator, keyed(f, "ada", "k1", 0));
	assert_err(first, OK);
	assert_false(first.repeated);
	uint64_t journal = view_journal_last(look(f), f->acme);
	struct outcome again = run(f, &f->operator, keyed(f, "ada", "k1", 0));
	assert_err(again, OK);
	assert_true(again.repeated && again.changed);
	assert_true(uuid_equal(&first.id, &again.id));
	assert_int_equal(first.number, again.number);
	assert_int_equal(first.revision, again.revision);
	assert_int_equal(first.created, again.created);
	assert_int_equal(scopes(f), 1);
	assert_int_equal(view_journal_last(f->view, f->acme), journal);
	assert_int_equal(audit_count(f, f->acme), journal);
}

static void a_key_belongs_to_one_request(void **state)
{
	struct fixture *f = *state;
	assert_err(run(f, &f->operator, keyed(f, "ada", "k1", 0)), OK);
	assert_err(run(f, &f->operator, keyed(f, "bob", "k1", 1)), ERR_REUSED_KEY);
	assert_int_equal(scopes(f), 1);
}

static void keys_of_different_actors_are_different(void **state)
{
	struct fixture *f = *state;
	struct ref eve = make_holder(f, f->acme, "eve", "Admin");
	struct actor actor = act_as(f, eve);
	assert_err(run(f, &f->operator, keyed(f, "ada", "k1", 0)), OK);
	struct outcome outcome = run(f, &actor, keyed(f, "bob", "k1", 1));
	assert_err(outcome, OK);
	assert_false(outcome.repeated);
}

static void what_was_refused_is_not_remembered(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_named(f, f->acme, KIND_SCOPE, "ada");
	assert_err(run(f, &f->operator, keyed(f, "ada", "k1", 0)), ERR_EXISTS);
	assert_err(remove_entry(f, &f->operator, ada), OK);
	struct outcome outcome = run(f, &f->operator, keyed(f, "ada", "k1", 0));
	assert_err(outcome, OK);
	assert_false(outcome.repeated);
}

static void who_lost_the_right_is_refused_even_a_repetition(void **state)
{
	struct fixture *f = *state;
	make_holder(f, f->acme, "zoe", "Admin");
	struct ref eve = make_holder(f, f->acme, "eve", "Admin");
	struct actor actor = act_as(f, eve);
	assert_err(run(f, &actor, keyed(f, "ada", "k1", 0)), OK);
	assert_err(leave(f, &f->operator, find(f, f->acme, KIND_ROLE, "Admin"), eve), OK);
	assert_err(run(f, &actor, keyed(f, "ada", "k1", 0)), ERR_FORBIDDEN);
}

static void two_alike_in_one_batch_are_one(void **state)
{
	struct fixture *f = *state;
	struct why why = { 0 };
	struct command commands[] = { keyed(f, "ada", "k1", 0), keyed(f, "ada", "k1", 0) };
	struct outcome outcomes[2];
	assert_int_equal(
		core_run_many(f->core, &f->operator, commands, 2, false, outcomes, &why), OK);
	assert_err(outcomes[0], OK);
	assert_err(outcomes[1], OK);
	assert_false(outcomes[0].repeated);
	assert_true(outcomes[1].repeated);
	assert_true(uuid_equal(&outcomes[0].id, &outcomes[1].id));
	assert_int_equal(scopes(f), 1);
}

static void a_batch_that_was_undone_leaves_no_key(void **state)
{
	struct fixture *f = *state;
	struct why why = { 0 };
	make_named(f, f->acme, KIND_SCOPE, "bob");
	struct command commands[] = { keyed(f, "ada", "k1", 0), keyed(f, "bob", "k2", 0) };
	struct outcome outcomes[2];
	core_run_many(f->core, &f->operator, commands, 2, true, outcomes, &why);
	assert_err(outcomes[0], ERR_CONFLICT);
	struct outcome outcome = run(f, &f->operator, keyed(f, "ada", "k1", 0));
	assert_err(outcome, OK);
	assert_false(outcome.repeated);
}

static void a_key_survives_the_daemon(void **state)
{
	struct fixture *f = *state;
	struct outcome first = run(f, &f->operator, keyed(f, "ada", "k1", 0));
	fixture_close(f);
	fixture_open(f, 0);
	struct outcome again = run(f, &f->operator, keyed(f, "ada", "k1", 0));
	assert_err(again, OK);
	assert_true(again.repeated);
	assert_true(uuid_equal(&first.id, &again.id));
}

static void keys_that_cannot_be_keys_are_refused(void **state)
{
	struct fixture *f = *state;
	char key[LIMIT_ONCE_KEY + 2];
	memset(key, 'k', sizeof key - 1);
	key[sizeof key - 1] = '\0';
	assert_err(run(f, &f->operator, keyed(f, "ada", key, 0)), ERR_VALUE);
	key[LIMIT_ONCE_KEY] = '\0';
	assert_err(run(f, &f->operator, keyed(f, "ada", key, 0)), OK);
	struct command bare = keyed(f, "bob", "k2", 0);
	bare.once_digest = SPAN_NONE;
	assert_err(run(f, &f->operator, bare), ERR_VALUE);
}

static void a_key_of_yesterday_is_new(void **state)
{
	struct fixture *f = *state;
	int64_t now = clock_wall();
	clock_set_for_test(now);
	assert_err(run(f, &f->operator, keyed(f, "ada", "k1", 0)), OK);
	clock_set_for_test(now + DAY - SECOND);
	assert_true(run(f, &f->operator, keyed(f, "ada", "k1", 0)).repeated);
	clock_set_for_test(now + DAY + SECOND);
	assert_err(run(f, &f->operator, keyed(f, "bob", "k1", 1)), OK);
	assert_int_equal(scopes(f), 2);
}

/* Rows whose name begins so, in the store beside the running core. */
static size_t rows(struct fixture *f, const char *prefix)
{
	struct store *store = NULL;
	struct txn *txn = NULL;
	struct span name, value;
	size_t count = 0;
	struct why why = { 0 };
	if (store_open_to_read(f->path, &store, &why) || txn_begin_read(store, &txn, &why))
		fail_msg("%s", why.text);
	struct states *states = states_open(txn, f->arena, f->acme, span_str(prefix), SPAN_NONE);
	while (states_next(states, &name, &value))
		count++;
	assert_int_equal(txn_error(txn, NULL), OK);
	txn_end(txn);
	store_close(store);
	return count;
}

/* The sweeper is asked until nothing is left; each step is the writer's own. */
static void sweep(struct fixture *f, int64_t from)
{
	for (int minute = 0; minute < 100 && rows(f, "once/"); minute++) {
		clock_set_for_test(from + minute * 61 * SECOND);
		core_tend(f->core);
		struct command nothing = { .type = COMMAND_STATE, .tenant = f->acme };
		assert_err(run(f, &f->operator, nothing), ERR_VALUE);
	}
}

static void what_is_older_than_a_day_is_swept(void **state)
{
	struct fixture *f = *state;
	int64_t now = clock_wall();
	struct ref eve = make_holder(f, f->acme, "eve", "Admin");
	struct actor actor = act_as(f, eve);
	clock_set_for_test(now);
	for (int i = 0; i < 900; i++)
		assert_err(run(f, i % 2 ? &actor : &f->operator,
				   keyed(f, arena_printf(f->arena, "u%d", i),
					   arena_printf(f->arena, "k%d", i), 0)),
			OK);
	assert_int_equal(rows(f, "once/"), 900);
	assert_int_equal(rows(f, "once-count/"), 2);
	sweep(f, now + DAY + 2 * SECOND);
	assert_int_equal(rows(f, "once/"), 0);
	assert_int_equal(rows(f, "once-count/"), 0);
}

static void state_rows_are_walked_by_prefix(void **state)
{
	struct fixture *f = *state;
	const char *const names[] = { "a", "once/", "once/1", "once/22", "once0", "onc", "p/1",
		"once/333", "zzzzzz", "aaaaaaa", "once-1" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct state_row row = { span_str(names[i]), SPAN("x") };
		struct command command = {
			.type = COMMAND_STATE, .tenant = f->acme, .states = &row, .state_count = 1
		};
		assert_err(run(f, &f->operator, command), OK);
	}
	assert_int_equal(rows(f, "once/"), 4);
	assert_int_equal(rows(f, "once"), 6);
	assert_int_equal(rows(f, "p"), 1);
	assert_int_equal(rows(f, "q"), 0);
}

/* ---- previews ---- */

static void a_preview_says_what_would_be_and_nothing_is(void **state)
{
	struct fixture *f = *state;
	struct why why = { 0 };
	struct outcome outcomes[4];
	make_named(f, f->acme, KIND_SCOPE, "bob");
	uint64_t journal = view_journal_last(look(f), f->acme);
	int64_t commits = metric_get(METRIC_COMMITS);
	struct command commands[] = { keyed(f, "ada", "k1", 0), keyed(f, "bob", "k2", 0),
		keyed(f, "ada", "k3", 0), keyed(f, "eve", "k1", 1) };
	assert_int_equal(core_preview(f->core, &f->operator, commands, 4, outcomes, &why), OK);
	assert_err(outcomes[0], OK);
	assert_true(outcomes[0].changed);
	assert_err(outcomes[1], ERR_EXISTS);
	assert_err(outcomes[2], ERR_EXISTS);
	assert_err(outcomes[3], OK);
	assert_int_equal(scopes(f), 1);
	assert_int_equal(view_journal_last(f->view, f->acme), journal);
	assert_int_equal(view_audit_last(f->view, f->acme), journal);
	assert_int_equal(metric_get(METRIC_COMMITS), commits);
	assert_int_equal(rows(f, "once"), 0);
	struct outcome real = run(f, &f->operator, keyed(f, "ada", "k1", 0));
	assert_err(real, OK);
	assert_false(real.repeated);
	assert_int_equal(real.number, outcomes[0].number);
}

static void a_preview_is_judged_by_the_rights_of_its_actor(void **state)
{
	struct fixture *f = *state;
	struct why why = { 0 };
	struct outcome outcome;
	struct actor viewer = act_as(f, make_user(f, f->acme, "bob"));
	struct command command = keyed(f, "ada", "k1", 0);
	assert_int_equal(core_preview(f->core, &viewer, &command, 1, &outcome, &why), OK);
	assert_err(outcome, ERR_FORBIDDEN);
}

static void a_long_preview_is_one_transaction(void **state)
{
	struct fixture *f = *state;
	struct why why = { 0 };
	size_t count = 1000;
	struct command *commands = arena_array(f->arena, count, sizeof *commands);
	struct outcome *outcomes = arena_array(f->arena, count, sizeof *outcomes);
	for (size_t i = 0; i < count; i++)
		commands[i] =
			keyed(f, arena_printf(f->arena, "u%zu", i % (count - 1)), "k1", i % 2);
	assert_int_equal(core_preview(f->core, &f->operator, commands, count, outcomes, &why), OK);
	assert_err(outcomes[count - 2], OK);
	assert_err(outcomes[count - 1], ERR_EXISTS);
	assert_int_equal(scopes(f), 0);
	assert_int_equal(core_preview(f->core, &f->operator, commands, LIMIT_PREVIEW_COMMANDS + 1,
				 outcomes, &why),
		ERR_TOO_LARGE);
}

#define WRITERS 4
#define EACH 50

struct writing {
	struct fixture *f;
	struct arena *arena;
	pthread_t thread;
	int number;
};

static void *write_and_preview(void *arg)
{
	struct writing *writing = arg;
	struct fixture *f = writing->f;
	for (int i = 0; i < EACH; i++) {
		struct outcome outcome;
		struct why why = { 0 };
		struct entry *entry = entry_new(writing->arena, KIND_USER);
		const char *name = arena_printf(writing->arena, "w%d-%d", writing->number, i);
		entry_add(entry, ATTR_USER_NAME, 0, SOURCE_LOCAL, span_str(name), NULL);
		struct command command = {
			.type = COMMAND_CREATE, .tenant = f->acme, .kind = KIND_USER, .entry = entry
		};
		core_preview(f->core, &f->operator, & command, 1, &outcome, &why);
		assert_err(outcome, OK);
		assert_err((core_run(f->core, &f->operator, & command, &outcome), outcome), OK);
		core_preview(f->core, &f->operator, & command, 1, &outcome, &why);
		assert_err(outcome, ERR_EXISTS);
	}
	return NULL;
}

static void previews_between_writes_lose_nothing(void **state)
{
	struct fixture *f = *state;
	struct writing writings[WRITERS];
	for (int i = 0; i < WRITERS; i++) {
		writings[i] = (struct writing){ .f = f, .arena = arena_new(), .number = i };
		pthread_create(&writings[i].thread, NULL, write_and_preview, &writings[i]);
	}
	for (int i = 0; i < WRITERS; i++) {
		pthread_join(writings[i].thread, NULL);
		arena_free(writings[i].arena);
	}
	assert_int_equal(view_count(look(f), f->acme, KIND_USER), WRITERS * EACH);
	assert_int_equal(metric_get(METRIC_WRITE_QUEUE), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_repeated_has_the_first_outcome_and_does_nothing),
		TEST(a_key_belongs_to_one_request),
		TEST(keys_of_different_actors_are_different),
		TEST(what_was_refused_is_not_remembered),
		TEST(who_lost_the_right_is_refused_even_a_repetition),
		TEST(two_alike_in_one_batch_are_one),
		TEST(a_batch_that_was_undone_leaves_no_key),
		TEST(a_key_survives_the_daemon),
		TEST(keys_that_cannot_be_keys_are_refused),
		TEST(a_key_of_yesterday_is_new),
		TEST(what_is_older_than_a_day_is_swept),
		TEST(state_rows_are_walked_by_prefix),
		TEST(a_preview_says_what_would_be_and_nothing_is),
		TEST(a_preview_is_judged_by_the_rights_of_its_actor),
		TEST(a_long_preview_is_one_transaction),
		TEST(previews_between_writes_lose_nothing),
	};
	return cmocka_run_group_tests_name("once", tests, NULL, NULL);
}
