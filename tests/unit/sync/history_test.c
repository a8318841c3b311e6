/* Runs that are over are told newest first, a failure once however often it comes, and no more of
 * them than there is room for. */
#include "../core/fixture.h"

#include "core/audit.h"
#include "core/provision.h"
#include "in/sync/history.h"

static void open_history(struct fixture *f, struct history *history)
{
	history_open(history, look(f), f->acme, 7);
}

static size_t past(struct fixture *f, struct sync_past *rows)
{
	return sync_history(look(f), f->arena, f->acme, 7, rows);
}

static void fails(struct fixture *f, struct history *history, const char *text)
{
	struct actor actor = { .tenant = f->acme };

	history_begin(history, SYNC_KIND_DELTA, &actor);
	history_note(history, f->core, SYNC_RESULT_FAILED, STAGE_CONNECT, FAILURE_NET, text);
}

static void the_newest_run_is_told_first_and_survives_a_restart(void **state)
{
	struct fixture *f = *state;
	static struct sync_past rows[SYNC_HISTORY];
	struct history history;
	struct because because = { 0 };
	struct actor actor = { 0 };

	because_add(&because, BECAUSE_PREVIEW, NULL);
	open_history(f, &history);
	fails(f, &history, "connection refused");
	open_history(f, &history);
	history_begin(&history, SYNC_KIND_FULL, &actor);
	history_server(&history, SPAN("ldaps://dc1"));
	history_held(&history, f->core, &because);
	assert_int_equal(past(f, rows), 2);
	assert_int_equal(rows[0].result, SYNC_RESULT_HELD);
	assert_string_equal(rows[0].server, "ldaps://dc1");
	assert_string_equal(rows[0].because.line, "preview");
	assert_string_equal(rows[0].class, "");
	assert_true(uuid_equal(&rows[0].id, &actor.request));
	assert_string_equal(rows[1].class, "net");
	assert_string_equal(rows[1].stage, "connect");
	assert_string_equal(rows[1].because.line, "");
}

/* An older version stored the same without the codes at the end. */
static void a_run_of_an_older_version_is_told(void **state)
{
	struct fixture *f = *state;
	static struct sync_past rows[SYNC_HISTORY];
	struct state_row old = { .key = SPAN("sync/7/past/1") };
	struct history history;
	struct outcome outcome;

	open_history(f, &history);
	fails(f, &history, "connection refused");
	assert_true(view_state(look(f), f->acme, old.key, &old.value));
	char *octets = arena_string(f->arena, old.value);
	octets[0] = 1;
	old.value = span_of(octets, old.value.len - sizeof(uint32_t));
	const struct command command = {
		.type = COMMAND_STATE, .tenant = f->acme, .states = &old, .state_count = 1
	};
	struct actor keeper;
	actor_system(&keeper, CHANNEL_SYNC);
	assert_int_equal(core_run(f->core, &keeper, &command, &outcome), OK);
	assert_int_equal(past(f, rows), 1);
	assert_string_equal(rows[0].text, "connection refused");
	assert_string_equal(rows[0].because.line, "");
}

static void a_failure_again_counts_and_takes_no_room(void **state)
{
	struct fixture *f = *state;
	static struct sync_past rows[SYNC_HISTORY];
	struct history history;

	open_history(f, &history);
	for (int i = 0; i < 5; i++)
		fails(f, &history, "connection refused");
	fails(f, &history, "no route");
	assert_int_equal(past(f, rows), 2);
	assert_int_equal(rows[1].repeats, 4);
	assert_int_equal(rows[0].repeats, 0);
}

static void the_oldest_go_when_there_are_more_than_are_kept(void **state)
{
	struct fixture *f = *state;
	static struct sync_past rows[SYNC_HISTORY];
	struct history history;
	char text[32];

	open_history(f, &history);
	for (int i = 1; i <= SYNC_HISTORY + 10; i++) {
		snprintf(text, sizeof text, "failure %d", i);
		fails(f, &history, text);
	}
	assert_int_equal(past(f, rows), SYNC_HISTORY);
	assert_int_equal(rows[0].number, SYNC_HISTORY + 10);
	assert_int_equal(rows[SYNC_HISTORY - 1].number, 11);
}

static void a_forgotten_directory_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	static struct sync_past rows[SYNC_HISTORY];
	struct history history;

	open_history(f, &history);
	fails(f, &history, "connection refused");
	history_forget(f->core, f->acme, 7);
	assert_int_equal(past(f, rows), 0);
}

static void every_object_of_a_run_has_a_row_that_says_what_decided(void **state)
{
	struct fixture *f = *state;
	struct actor actor = { .type = ACTOR_DIRECTORY,
		.tenant = f->acme,
		.kind = KIND_DIRECTORY,
		.id = uuid_new(),
		.name = "corp" };
	struct outcome refused = { .err = ERR_LAST_ADMIN };
	struct history history;
	struct history_object object = { .kind = KIND_USER,
		.anchor = uuid_new(),
		.id = uuid_new(),
		.name = SPAN("anna"),
		.dn = SPAN("uid=anna,dc=example"),
		.deed = SPAN("deactivate"),
		.rule = SPAN("employeeType=internal"),
		.outcome = &refused };
	struct provision_spec spec = { .tenant = f->acme };
	unsigned budget = 100;
	struct provision row;
	struct why why = { 0 };

	snprintf(refused.why.text, sizeof refused.why.text, "the last active Admin must stay");
	open_history(f, &history);
	history_begin(&history, SYNC_KIND_DELTA, &actor);
	history_objects(f->core, &actor, f->arena, &object, 1);
	assert_int_equal(core_keep(f->core, false, &why), OK);
	spec.subject = object.id;
	struct provision_search *search = provision_open(look(f), f->arena, &spec);
	assert_int_equal(provision_next(search, &budget, &row), STEP_FOUND);
	assert_int_equal(row.outcome, PROVISION_HELD);
	assert_int_equal(row.source_kind, KIND_DIRECTORY);
	assert_true(uuid_equal(&row.request, &actor.request));
	assert_int_equal(row.external_id.len, UUID_TEXT);
	assert_true(span_equal(row.path, object.dn));
	assert_true(span_equal(row.method, SPAN("deactivate")));
	assert_true(span_equal(
		row.detail, SPAN("employeeType=internal: the last active Admin must stay")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_newest_run_is_told_first_and_survives_a_restart),
		TEST(a_run_of_an_older_version_is_told),
		TEST(a_failure_again_counts_and_takes_no_room),
		TEST(the_oldest_go_when_there_are_more_than_are_kept),
		TEST(a_forgotten_directory_leaves_nothing),
		TEST(every_object_of_a_run_has_a_row_that_says_what_decided),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
