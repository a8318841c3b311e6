/* Batches that are submitted together: what one needs of another, what ends the lot, and previews
 * that build on each other. */
#include "fixture.h"

#include <pthread.h>

#define LOT_MAX 600

/* The batches of a lot, each of one command. */
struct lot {
	struct fixture *f;
	struct batch batches[LOT_MAX], *list[LOT_MAX];
	struct command commands[LOT_MAX];
	struct outcome outcomes[LOT_MAX];
	const struct batch *needs[LOT_MAX];
	size_t count, looks;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	size_t left;
};

static void note_done(struct batch *batch)
{
	struct lot *lot = batch->arg;
	pthread_mutex_lock(&lot->lock);
	lot->left--;
	pthread_cond_signal(&lot->wake);
	pthread_mutex_unlock(&lot->lock);
}

static struct lot *new_lot(struct fixture *f)
{
	struct lot *lot = arena_zalloc(f->arena, sizeof *lot);
	lot->f = f;
	pthread_mutex_init(&lot->lock, NULL);
	pthread_cond_init(&lot->wake, NULL);
	return lot;
}

static struct batch *add(struct lot *lot, struct command command)
{
	size_t i = lot->count++;
	lot->commands[i] = command;
	lot->batches[i] = (struct batch){ .actor = &lot->f->operator,
		.commands = & lot->commands[i],
		.outcomes = &lot->outcomes[i],
		.count = 1,
		.all_or_nothing = true,
		.done = note_done,
		.arg = lot };
	lot->list[i] = &lot->batches[i];
	return lot->list[i];
}

static struct batch *add_user(struct lot *lot, const char *name)
{
	return add(lot, (struct command){ .type = COMMAND_CREATE,
				.tenant = lot->f->acme,
				.kind = KIND_USER,
				.id = uuid_new(),
				.entry = new_entry(lot->f, KIND_USER, name) });
}

/* `batch` is skipped unless the one at `needed` is done. */
static void need(struct lot *lot, struct batch *batch, size_t needed)
{
	size_t i = (size_t)(batch - lot->batches);
	lot->needs[i] = &lot->batches[needed];
	batch->needs = &lot->needs[i];
	batch->need_count = 1;
}

static void run(struct lot *lot)
{
	lot->left = lot->count;
	assert_int_equal(core_submit_all(lot->f->core, lot->list, lot->count, NULL), OK);
	pthread_mutex_lock(&lot->lock);
	while (lot->left)
		pthread_cond_wait(&lot->wake, &lot->lock);
	pthread_mutex_unlock(&lot->lock);
}

static void assert_skipped(const struct lot *lot, size_t i)
{
	assert_err(lot->outcomes[i], ERR_CONFLICT);
	assert_true(lot->outcomes[i].skipped);
}

static void what_needs_a_refused_batch_is_skipped(void **state)
{
	struct fixture *f = *state;
	struct lot *lot = new_lot(f);
	make_user(f, f->acme, "taken");
	add_user(lot, "ada");
	add_user(lot, "taken");
	need(lot, add_user(lot, "bob"), 0);
	need(lot, add_user(lot, "eve"), 1);
	need(lot, add_user(lot, "kim"), 3);
	run(lot);
	assert_err(lot->outcomes[0], OK);
	assert_err(lot->outcomes[1], ERR_EXISTS);
	assert_false(lot->outcomes[1].skipped);
	assert_err(lot->outcomes[2], OK);
	assert_skipped(lot, 3);
	assert_skipped(lot, 4);
	assert_int_equal(view_count(look(f), f->acme, KIND_USER), 3);
}

/* The lot is longer than a transaction, and the refusals lie in different ones. */
static void the_last_accepted_refusal_ends_the_lot_exactly(void **state)
{
	struct fixture *f = *state;
	struct lot *lot = new_lot(f);
	struct batch_stop stop = { .limit = 3 };
	make_user(f, f->acme, "taken");
	for (int i = 0; i < LOT_MAX; i++) {
		bool bad = i == 7 || i == 300 || i == 551 || i == 560;
		add_user(lot, bad ? "taken" : arena_printf(f->arena, "u%d", i))->stop = &stop;
	}
	run(lot);
	for (size_t i = 0; i < LOT_MAX; i++)
		if (i == 7 || i == 300 || i == 551)
			assert_err(lot->outcomes[i], ERR_EXISTS);
		else if (i < 551)
			assert_err(lot->outcomes[i], OK);
		else
			assert_skipped(lot, i);
	assert_int_equal(stop.refused, 3);
	assert_int_equal(view_count(look(f), f->acme, KIND_USER), 1 + 549);
}

/* What had changed something before it was refused is undone, and the others run again. */
static void a_refusal_that_undoes_a_transaction_counts_once(void **state)
{
	struct fixture *f = *state;
	struct lot *lot = new_lot(f);
	struct batch_stop stop = { .limit = 2 };
	make_user(f, f->acme, "taken");
	for (int i = 0; i < 6; i++)
		add_user(lot, arena_printf(f->arena, "u%d", i))->stop = &stop;
	struct command pair[2] = { lot->commands[2], lot->commands[2] };
	struct outcome outcomes[2];
	pair[1].id = uuid_new();
	pair[1].entry = new_entry(f, KIND_USER, "taken");
	lot->batches[2].commands = pair;
	lot->batches[2].outcomes = outcomes;
	lot->batches[2].count = 2;
	need(lot, &lot->batches[4], 2);
	run(lot);
	assert_err(outcomes[0], ERR_CONFLICT);
	assert_err(outcomes[1], ERR_EXISTS);
	assert_skipped(lot, 4);
	assert_err(lot->outcomes[3], OK);
	assert_err(lot->outcomes[5], OK);
	assert_int_equal(stop.refused, 1);
	assert_int_equal(view_count(look(f), f->acme, KIND_USER), 1 + 4);
}

/* ---- previews ---- */

static void count_people(struct batch *batch, struct view *view)
{
	struct lot *lot = batch->arg;
	struct record record;
	assert_true(view_by_id(view, lot->f->acme, &batch->commands[0].id, &record));
	lot->looks++;
}

static void make_preview(struct lot *lot)
{
	for (size_t i = 0; i < lot->count; i++) {
		lot->batches[i].preview = true;
		lot->batches[i].joined = i > 0;
		lot->batches[i].arena = lot->f->arena;
		lot->batches[i].look = count_people;
	}
}

static void previews_submitted_together_build_on_each_other(void **state)
{
	struct fixture *f = *state;
	struct lot *lot = new_lot(f);
	struct value title = { ATTR_TITLE, 0, SOURCE_LOCAL, SPAN("Boss") };
	struct modification mod = { PATCH_REPLACE, ATTR_TITLE, SOURCE_LOCAL, &title, 1 };
	uint64_t journal = view_journal_last(look(f), f->acme);
	int64_t commits = metric_get(METRIC_COMMITS);
	add_user(lot, "ada");
	add(lot, (struct command){ .type = COMMAND_MODIFY,
			 .tenant = f->acme,
			 .kind = KIND_USER,
			 .id = lot->commands[0].id,
			 .mods = &mod,
			 .mod_count = 1 });
	add_user(lot, "ADA");
	need(lot, add_user(lot, "eve"), 2);
	for (int i = 0; i < 500; i++)
		add_user(lot, arena_printf(f->arena, "u%d", i));
	make_preview(lot);
	run(lot);
	assert_err(lot->outcomes[1], OK);
	assert_int_equal(lot->outcomes[1].revision, 2);
	assert_true(span_equal(lot->outcomes[1].changes,
		SPAN("[{\"new\":\"Boss\",\"old\":null,\"path\":\"title\"}]")));
	assert_err(lot->outcomes[2], ERR_EXISTS);
	assert_skipped(lot, 3);
	assert_err(lot->outcomes[503], OK);
	assert_int_equal(lot->looks, 502);
	assert_int_equal(view_count(look(f), f->acme, KIND_USER), 0);
	assert_int_equal(view_journal_last(f->view, f->acme), journal);
	assert_int_equal(metric_get(METRIC_COMMITS), commits);
}

static void what_a_preview_changes_holds_no_secret(void **state)
{
	struct fixture *f = *state;
	struct lot *lot = new_lot(f);
	struct entry *user = new_entry(f, KIND_USER, "ada");
	char hash[PASSWORD_HASH_MAX];
	assert_int_equal(password_hash(SPAN("Correct-horse-77"), hash, NULL), OK);
	add_value(user, ATTR_PASSWORD, hash);
	add(lot, (struct command){ .type = COMMAND_CREATE,
			 .tenant = f->acme,
			 .kind = KIND_USER,
			 .id = uuid_new(),
			 .entry = user });
	make_preview(lot);
	run(lot);
	assert_err(lot->outcomes[0], OK);
	const char *changes = arena_string(f->arena, lot->outcomes[0].changes);
	assert_non_null(strstr(changes, "{\"new\":\"***\",\"old\":null,\"path\":\"password\"}"));
	assert_null(strstr(changes, hash));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_needs_a_refused_batch_is_skipped),
		TEST(the_last_accepted_refusal_ends_the_lot_exactly),
		TEST(a_refusal_that_undoes_a_transaction_counts_once),
		TEST(previews_submitted_together_build_on_each_other),
		TEST(what_a_preview_changes_holds_no_secret),
	};
	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
