#include "fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8
#define EACH 40

struct client {
	struct fixture *f;
	struct arena *arena;
	pthread_t thread;
	int number;
	size_t refused;
};

static void run_create(struct client *client, const char *name, struct outcome *outcome)
{
	struct entry *entry = entry_new(client->arena, KIND_USER);
	entry_add(entry, ATTR_USER_NAME, 0, SOURCE_LOCAL, span_str(name), NULL);
	struct command command = {
		.type = COMMAND_CREATE, .tenant = client->f->acme, .kind = KIND_USER, .entry = entry
	};
	core_run(client->f->core, &client->f->operator, & command, outcome);
	client->refused += outcome->err != OK;
}

static void *create_many(void *arg)
{
	struct client *client = arg;
	struct outcome outcome;
	for (int i = 0; i < EACH; i++)
		run_create(
			client, arena_printf(client->arena, "u%d-%d", client->number, i), &outcome);
	return NULL;
}

static void *create_the_same(void *arg)
{
	struct client *client = arg;
	struct outcome outcome;
	run_create(client, "popular", &outcome);
	if (outcome.err != OK)
		assert_int_equal(outcome.err, ERR_EXISTS);
	return NULL;
}

static void in_threads(struct fixture *f, void *(*work)(void *arg), struct client *clients)
{
	for (int i = 0; i < THREADS; i++) {
		clients[i] = (struct client){ .f = f, .arena = arena_new(), .number = i };
		pthread_create(&clients[i].thread, NULL, work, &clients[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(clients[i].thread, NULL);
		arena_free(clients[i].arena);
	}
}

static void those_that_wait_together_commit_together(void **state)
{
	struct fixture *f = *state;
	struct client clients[THREADS];
	int64_t commits = metric_get(METRIC_COMMITS);
	in_threads(f, create_many, clients);
	assert_int_equal(view_count(look(f), f->acme, KIND_USER), THREADS * EACH);
	assert_true(metric_get(METRIC_COMMITS) - commits < THREADS * EACH);
	assert_int_equal(view_journal_last(f->view, f->acme), NEW_TENANT_ROWS + THREADS * EACH);
	assert_int_equal(metric_get(METRIC_WRITE_QUEUE), 0);
}

static void of_many_with_one_name_one_is_created(void **state)
{
	struct fixture *f = *state;
	struct client clients[THREADS];
	size_t refused = 0;
	in_threads(f, create_the_same, clients);
	for (int i = 0; i < THREADS; i++)
		refused += clients[i].refused;
	assert_int_equal(refused, THREADS - 1);
}

struct duel {
	struct fixture *f;
	pthread_t thread;
	pthread_barrier_t *start;
	struct ref role, other;
	bool lock_out; /* deactivates the other instead of taking the role */
	struct actor self;
	struct outcome outcome;
};

static void *strike(void *arg)
{
	struct duel *duel = arg;
	pthread_barrier_wait(duel->start);
	duel->outcome = duel->lock_out ? modify(duel->f, &duel->self, duel->other, PATCH_REPLACE,
						 ATTR_ACTIVE, "FALSE")
				       : leave(duel->f, &duel->self, duel->role, duel->other);
	return NULL;
}

static size_t duel(struct fixture *f, pthread_barrier_t *start, struct ref role,
	const struct ref two[2], unsigned round)
{
	struct duel duels[2];
	for (int i = 0; i < 2; i++) {
		duels[i] = (struct duel){ .f = f, .start = start, .role = role };
		duels[i].other = two[1 - i];
		duels[i].lock_out = round >> i & 1;
		duels[i].self = act_as(f, two[i]);
	}
	for (int i = 0; i < 2; i++)
		pthread_create(&duels[i].thread, NULL, strike, &duels[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(duels[i].thread, NULL);
	size_t winner = duels[0].outcome.err == OK ? 0 : 1;
	/* The other one is no Admin any more by then, or cannot even sign in. */
	assert_err(duels[winner].outcome, OK);
	assert_err(duels[1 - winner].outcome,
		duels[winner].lock_out ? ERR_CREDENTIALS : ERR_FORBIDDEN);
	return winner;
}

/* Whichever way each of them tries: the role, or the account. */
static void of_two_admins_that_remove_each_other_at_once_one_succeeds(void **state)
{
	struct fixture *f = *state;
	struct ref role = find(f, f->acme, KIND_ROLE, "Admin");
	struct ref two[] = { make_user(f, f->acme, "ada"), make_user(f, f->acme, "bob") };
	pthread_barrier_t start;
	pthread_barrier_init(&start, NULL, 2);
	for (int i = 0; i < 2; i++)
		must_join(f, find(f, f->acme, KIND_ROLE, "Manager"), two[i]);
	must_join(f, role, two[0]);
	must_join(f, role, two[1]);
	for (unsigned round = 0; round < 1000; round++) {
		size_t winner = duel(f, &start, role, two, round);
		struct ref loser = two[1 - winner];
		assert_true(holds(f, role, two[winner]));
		assert_first(f, two[winner], ATTR_ACTIVE, "TRUE");
		if (holds(f, role, loser))
			modify(f, &f->operator, loser, PATCH_REPLACE, ATTR_ACTIVE, "TRUE");
		else
			must_join(f, role, loser);
	}
	pthread_barrier_destroy(&start);
}

static struct command create_command(struct fixture *f, const char *name)
{
	return (struct command){ .type = COMMAND_CREATE,
		.tenant = f->acme,
		.kind = KIND_USER,
		.entry = new_entry(f, KIND_USER, name) };
}

static void a_refused_command_does_not_harm_its_neighbours(void **state)
{
	struct fixture *f = *state;
	struct command commands[] = { create_command(f, "a"), create_command(f, "A"),
		create_command(f, "b") };
	struct outcome outcomes[3];
	uint64_t rows = audit_count(f, f->acme);
	assert_int_equal(
		core_run_many(f->core, &f->operator, commands, 3, false, outcomes, NULL), OK);
	assert_err(outcomes[0], OK);
	assert_err(outcomes[1], ERR_EXISTS);
	assert_err(outcomes[2], OK);
	assert_int_equal(view_count(look(f), f->acme, KIND_USER), 2);
	assert_int_equal(audit_count(f, f->acme), rows + 2);
}

static void all_or_nothing_is_nothing_when_one_is_refused(void **state)
{
	struct fixture *f = *state;
	struct command commands[] = { create_command(f, "a"), create_command(f, "b"),
		create_command(f, "A"), create_command(f, "c") };
	struct outcome outcomes[4];
	assert_int_equal(
		core_run_many(f->core, &f->operator, commands, 4, true, outcomes, NULL), OK);
	assert_err(outcomes[0], ERR_CONFLICT);
	assert_err(outcomes[1], ERR_CONFLICT);
	assert_err(outcomes[2], ERR_EXISTS);
	assert_err(outcomes[3], ERR_CONFLICT);
	assert_int_equal(view_count(look(f), f->acme, KIND_USER), 0);
	commands[2] = create_command(f, "d");
	core_run_many(f->core, &f->operator, commands, 4, true, outcomes, NULL);
	assert_err(outcomes[3], OK);
	assert_int_equal(view_count(look(f), f->acme, KIND_USER), 4);
}

static void commands_of_a_batch_see_each_other(void **state)
{
	struct fixture *f = *state;
	struct uuid user = uuid_new(), group = uuid_new();
	struct member_delta delta = { KIND_USER, user, false };
	struct command commands[] = { create_command(f, "a"),
		{ .type = COMMAND_CREATE,
			.tenant = f->acme,
			.kind = KIND_GROUP,
			.id = group,
			.entry = new_entry(f, KIND_GROUP, "g") },
		{ .type = COMMAND_MEMBERS,
			.tenant = f->acme,
			.kind = KIND_GROUP,
			.id = group,
			.members = &delta,
			.member_count = 1 } };
	commands[0].id = user;
	struct outcome outcomes[3];
	core_run_many(f->core, &f->operator, commands, 3, true, outcomes, NULL);
	assert_err(outcomes[2], OK);
	assert_int_equal(view_member_count(look(f), f->acme, outcomes[1].number), 1);
}

/* What only shows when it is written spoils the transaction, but not the others in it. */
static void a_command_that_breaks_the_transaction_is_alone_in_it(void **state)
{
	struct fixture *f = *state;
	size_t len = 2 << 20;
	struct state_row row = { SPAN("too/large"), span_of(arena_zalloc(f->arena, len), len) };
	struct command commands[] = { create_command(f, "a"), create_command(f, "b"),
		create_command(f, "c") };
	struct outcome outcomes[3];
	commands[1].states = &row;
	commands[1].state_count = 1;
	core_run_many(f->core, &f->operator, commands, 3, false, outcomes, NULL);
	assert_err(outcomes[0], OK);
	assert_err(outcomes[1], ERR_TOO_LARGE);
	assert_err(outcomes[2], OK);
	assert_int_equal(view_count(look(f), f->acme, KIND_USER), 2);
	core_run_many(f->core, &f->operator, commands, 2, true, outcomes, NULL);
	assert_int_equal(view_count(look(f), f->acme, KIND_USER), 2);
	struct core_figures figures;
	core_figures(f->core, &figures);
	assert_false(figures.failed);
}

struct queued {
	struct batch batch;
	struct command commands[4];
	struct outcome outcomes[4];
	pthread_mutex_t *lock;
	pthread_cond_t *wake;
	int *left;
};

static void note_done(struct batch *batch)
{
	struct queued *q = batch->arg;
	pthread_mutex_lock(q->lock);
	--*q->left;
	pthread_cond_signal(q->wake);
	pthread_mutex_unlock(q->lock);
}

/* Many batches are queued behind each other, every fifth an all-or-nothing one that fails at its
 * end: their group is run again without them, and nobody else notices. */
static void a_failing_batch_in_a_group_leaves_the_others_whole(void **state)
{
	struct fixture *f = *state;
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
	int left = 60;
	struct queued *all = arena_array(f->arena, 60, sizeof *all);
	for (int i = 0; i < 60; i++) {
		struct queued *q = &all[i];
		for (int j = 0; j < 4; j++) {
			bool spoiler = i % 5 == 0 && j == 3;
			q->commands[j] = create_command(
				f, arena_printf(f->arena, "u%d-%d", i, spoiler ? 0 : j));
		}
		q->lock = &lock;
		q->wake = &wake;
		q->left = &left;
		q->batch = (struct batch){ .actor = &f->operator,
			.commands = q->commands,
			.outcomes = q->outcomes,
			.count = 4,
			.all_or_nothing = i % 5 == 0,
			.done = note_done,
			.arg = q };
	}
	for (int i = 0; i < 60; i++)
		assert_int_equal(core_submit(f->core, &all[i].batch, NULL), OK);
	pthread_mutex_lock(&lock);
	while (left)
		pthread_cond_wait(&wake, &lock);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < 60; i++)
		for (int j = 0; j < 4; j++)
			assert_err(all[i].outcomes[j], i % 5    ? OK
						       : j == 3 ? ERR_EXISTS
								: ERR_CONFLICT);
	assert_int_equal(view_count(look(f), f->acme, KIND_USER), 48 * 4);
	assert_int_equal(audit_count(f, f->acme), NEW_TENANT_ROWS + 48 * 4);
}

static void a_thousand_commands_are_split_over_transactions(void **state)
{
	struct fixture *f = *state;
	struct command *commands = arena_array(f->arena, 1000, sizeof *commands);
	struct outcome *outcomes = arena_array(f->arena, 1000, sizeof *outcomes);
	for (int i = 0; i < 1000; i++)
		commands[i] = create_command(f, arena_printf(f->arena, "u%d", i));
	int64_t commits = metric_get(METRIC_COMMITS);
	core_run_many(f->core, &f->operator, commands, 1000, false, outcomes, NULL);
	assert_in_range(metric_get(METRIC_COMMITS) - commits, 4, 8);
	for (int i = 0; i < 1000; i++)
		assert_err(outcomes[i], OK);
	assert_int_equal(view_count(look(f), f->acme, KIND_USER), 1000);
}

static void nothing_to_change_is_no_commit(void **state)
{
	struct fixture *f = *state;
	int64_t commits = metric_get(METRIC_COMMITS);
	struct ref ghost = { KIND_USER, f->acme, 0, uuid_new() };
	assert_err(remove_entry(f, &f->operator, ghost), ERR_NOT_FOUND);
	assert_int_equal(metric_get(METRIC_COMMITS), commits);
}

struct told {
	uint32_t tenant;
	uint64_t sequence;
	int times;
};

static void note_commit(void *arg, uint32_t tenant, uint64_t sequence)
{
	struct told *told = arg;
	told->tenant = tenant;
	told->sequence = sequence;
	told->times++;
}

static void watchers_are_told_after_the_commit(void **state)
{
	struct fixture *f = *state;
	struct told told = { 0 };
	core_watch(f->core, note_commit, &told);
	make_user(f, f->acme, "ada");
	assert_int_equal(told.times, 1);
	assert_int_equal(told.tenant, f->acme);
	assert_int_equal(told.sequence, view_journal_last(look(f), f->acme));
	modify(f, &f->operator, find(f, f->acme, KIND_USER, "ada"), PATCH_REMOVE, ATTR_TITLE, NULL);
	assert_int_equal(told.times, 1);
}

/* The quota is refused before anything is written; reading goes on. */
static void a_full_store_refuses_writes_and_reads_on(void **state)
{
	struct fixture *f = *state;
	struct core_figures figures;
	fixture_close(f);
	fixture_open(f, 1024 * 1024);
	struct outcome outcome = { 0 };
	char *text = arena_alloc(f->arena, 4001);
	memset(text, 'x', 4000);
	text[4000] = '\0';
	for (int i = 0; i < 400 && outcome.err == OK; i++) {
		struct entry *entry = new_entry(f, KIND_USER, arena_printf(f->arena, "u%d", i));
		add_value(entry, ATTR_PROFILE_URL, text);
		outcome = create(f, &f->operator, f->acme, entry);
	}
	assert_err(outcome, ERR_FULL);
	core_figures(f->core, &figures);
	assert_false(figures.writable);
	assert_false(figures.failed);
	find(f, f->acme, KIND_USER, "u0");
	assert_int_equal(view_journal_last(f->view, f->acme), audit_count(f, f->acme));
	fixture_close(f);
	fixture_open(f, 0);
	make_user(f, f->acme, "after");
	core_figures(f->core, &figures);
	assert_true(figures.writable);
	assert_int_equal(figures.writer_stalled, 0);
}

static void a_closed_core_took_what_waited(void **state)
{
	struct fixture *f = *state;
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
	int left = 1;
	struct queued q = { .lock = &lock, .wake = &wake, .left = &left };
	q.commands[0] = create_command(f, "last");
	q.batch = (struct batch){ .actor = &f->operator,
		.commands = q.commands,
		.outcomes = q.outcomes,
		.count = 1,
		.done = note_done,
		.arg = &q };
	assert_int_equal(core_submit(f->core, &q.batch, NULL), OK);
	fixture_close(f);
	assert_int_equal(left, 0);
	assert_err(q.outcomes[0], OK);
	fixture_open(f, 0);
	find(f, f->acme, KIND_USER, "last");
}

/* ---- kill -9 ---- */

struct killed_client {
	struct fixture *f;
	int acknowledged, number;
	unsigned round;
};

/* Writes the name of each acknowledged user down, in one write. */
static void *create_until_killed(void *arg)
{
	struct killed_client *k = arg;
	struct client client = { .f = k->f, .arena = arena_new() };
	for (int i = 0;; i++) {
		char name[64];
		struct outcome outcome;
		snprintf(name, sizeof name, "r%u-t%d-%d", k->round, k->number, i);
		run_create(&client, name, &outcome);
		size_t len = strlen(name);
		name[len] = '\n';
		if (outcome.err != OK || write(k->acknowledged, name, len + 1) < 0)
			_exit(1);
		arena_reset(client.arena);
	}
	return NULL;
}

static void write_until_killed(const char *path, int acknowledged, unsigned round)
{
	struct fixture f = { .arena = arena_new() };
	struct killed_client clients[4];
	pthread_t thread;
	snprintf(f.path, sizeof f.path, "%s", path);
	actor_operator(&f.operator, "root", CHANNEL_CTL);
	fixture_open(&f, 0);
	struct tenant_info info;
	if (!view_tenant(f.view, SPAN("acme"), &info))
		_exit(1);
	f.acme = info.number;
	for (int i = 0; i < 4; i++) {
		clients[i] = (struct killed_client){ &f, acknowledged, i, round };
		pthread_create(&thread, NULL, create_until_killed, &clients[i]);
	}
	pause();
}

static void check_acknowledged(struct fixture *f, char *names)
{
	struct record record;
	size_t count = 0;
	view_end(f->view);
	view_begin(f->view, NULL);
	/* A name that the kill cut off has no line end and was not acknowledged whole. */
	for (char *end; (end = strchr(names, '\n')); names = end + 1) {
		*end = '\0';
		if (!view_by_name(f->view, f->arena, f->acme, KIND_USER, span_str(names), &record))
			fail_msg("%s was acknowledged and is gone", names);
		count++;
	}
	print_message("%zu acknowledged\n", count);
	assert_int_equal(view_journal_last(f->view, f->acme), audit_count(f, f->acme));
	assert_int_equal(view_count(f->view, f->acme, KIND_USER) + NEW_TENANT_ROWS,
		view_journal_last(f->view, f->acme));
}

static void what_was_acknowledged_survives_kill_9(void **state)
{
	struct fixture *f = *state;
	char *names = arena_alloc(f->arena, 1 << 20);
	char *path = arena_printf(f->arena, "%s/acknowledged", f->path);
	int acknowledged = open(path, O_CREAT | O_RDWR | O_APPEND, 0600);
	assert_true(acknowledged >= 0);
	fixture_close(f);
	for (unsigned round = 0; round < 5; round++) {
		pid_t child = fork();
		if (child == 0)
			write_until_killed(f->path, acknowledged, round);
		/* However slow the disk is, something is acknowledged in each round. */
		off_t before = lseek(acknowledged, 0, SEEK_END);
		while (lseek(acknowledged, 0, SEEK_END) == before) {
			assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
			usleep(1000);
		}
		usleep(100000 + round * 37000);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	ssize_t used = pread(acknowledged, names, (1 << 20) - 1, 0);
	assert_true(used > 0);
	names[used] = '\0';
	close(acknowledged);
	fixture_open(f, 0);
	check_acknowledged(f, names);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(those_that_wait_together_commit_together),
		TEST(of_many_with_one_name_one_is_created),
		TEST(of_two_admins_that_remove_each_other_at_once_one_succeeds),
		TEST(a_refused_command_does_not_harm_its_neighbours),
		TEST(all_or_nothing_is_nothing_when_one_is_refused),
		TEST(commands_of_a_batch_see_each_other),
		TEST(a_command_that_breaks_the_transaction_is_alone_in_it),
		TEST(a_failing_batch_in_a_group_leaves_the_others_whole),
		TEST(a_thousand_commands_are_split_over_transactions),
		TEST(nothing_to_change_is_no_commit),
		TEST(watchers_are_told_after_the_commit),
		TEST(a_full_store_refuses_writes_and_reads_on),
		TEST(a_closed_core_took_what_waited),
		TEST(what_was_acknowledged_survives_kill_9),
	};
	return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
