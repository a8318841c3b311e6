#include "fixture.h"

#include "base/limits.h"
#include "core/job.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PEOPLE 450

static struct uuid people[PEOPLE];

static int setup(void **state)
{
	if (fixture_setup(state))
		return -1;
	struct fixture *f = *state;
	struct command *commands = arena_array(f->arena, PEOPLE, sizeof *commands);
	struct outcome *outcomes = arena_array(f->arena, PEOPLE, sizeof *outcomes);
	for (int i = 0; i < PEOPLE; i++)
		commands[i] = (struct command){ .type = COMMAND_CREATE,
			.tenant = f->acme,
			.kind = KIND_USER,
			.entry = new_entry(f, KIND_USER, arena_printf(f->arena, "p%03d", i)) };
	core_run_many(f->core, &f->operator, commands, PEOPLE, false, outcomes, NULL);
	for (int i = 0; i < PEOPLE; i++) {
		assert_err(outcomes[i], OK);
		people[i] = outcomes[i].id;
	}
	return 0;
}

static struct outcome order(struct fixture *f, const struct actor *actor, const struct uuid *id,
	const struct job_order *order)
{
	struct outcome outcome;
	struct command command = {
		.type = COMMAND_JOB, .tenant = f->acme, .kind = KIND_JOB, .job = order
	};
	if (id)
		command.id = *id;
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

static struct outcome plan(struct fixture *f, const struct actor *actor, enum job_type type,
	const struct ref *container, size_t count)
{
	struct job_order create = {
		.act = JOB_CREATE, .task.type = type, .ids = people, .count = count
	};
	if (container)
		create.task.container = container->id;
	return order(f, actor, NULL, &create);
}

static struct outcome act(
	struct fixture *f, const struct actor *actor, const struct uuid *id, enum job_act what)
{
	struct job_order that = { .act = what };
	return order(f, actor, id, &that);
}

static struct job see(struct fixture *f, const struct uuid *id)
{
	struct record record;
	struct job job;
	assert_true(view_by_id(look(f), f->acme, id, &record));
	assert_true(job_read(f->view, &record, &job));
	return job;
}

/* Bounded by the test runner alone: a machine may be slow. */
static struct job wait_until_over(struct fixture *f, const struct uuid *id)
{
	struct job job;
	for (job = see(f, id); !job_is_over(&job); job = see(f, id))
		usleep(2000);
	return job;
}

static struct job run_job(struct fixture *f, const struct actor *actor, enum job_type type,
	const struct ref *container, size_t count)
{
	struct outcome outcome = plan(f, actor, type, container, count);
	assert_err(outcome, OK);
	assert_err(act(f, actor, &outcome.id, JOB_RUN), OK);
	return wait_until_over(f, &outcome.id);
}

static size_t count_active(struct fixture *f)
{
	uint64_t count;
	struct search_spec spec = { .actor = &f->operator,
		.tenant = f->acme,
		.kinds = 1 << KIND_USER,
		.filter = filter_leaf(f->arena, FILTER_EQUAL, ATTR_ACTIVE, SPAN("TRUE")) };
	assert_int_equal(search_count(look(f), f->arena, &spec, &count, NULL), OK);
	return (size_t)count;
}

#define assert_state(job, wanted) assert_true(span_equal((job).state, SPAN(wanted)))

static void a_planned_job_changes_nothing_until_it_is_run(void **state)
{
	struct fixture *f = *state;
	struct outcome outcome = plan(f, &f->operator, JOB_DEACTIVATE, NULL, PEOPLE);
	assert_err(outcome, OK);
	struct job job = see(f, &outcome.id);
	assert_state(job, "planned");
	assert_int_equal(job.total, PEOPLE);
	assert_int_equal(count_active(f), PEOPLE);
	assert_err(act(f, &f->operator, & outcome.id, JOB_RUN), OK);
	job = wait_until_over(f, &outcome.id);
	assert_state(job, "done");
	assert_int_equal(job.done, PEOPLE);
	assert_int_equal(job.failed, 0);
	assert_int_equal(count_active(f), 0);
	assert_err(act(f, &f->operator, & outcome.id, JOB_RUN), ERR_CONFLICT);
	assert_err(act(f, &f->operator, & outcome.id, JOB_CANCEL), ERR_CONFLICT);
}

static void every_row_has_its_outcome_and_its_audit_row(void **state)
{
	struct fixture *f = *state;
	struct record record;
	struct job_row *rows = arena_array(f->arena, PEOPLE, sizeof *rows);
	struct outcome outcome = plan(f, &f->operator, JOB_DEACTIVATE, NULL, PEOPLE);
	struct ref first = { KIND_USER, f->acme, 0, people[0] };
	struct ref second = { KIND_USER, f->acme, 0, people[1] };
	assert_err(remove_entry(f, &f->operator, first), OK);
	assert_err(modify(f, &f->operator, second, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	uint64_t before = view_audit_last(look(f), f->acme);
	assert_err(act(f, &f->operator, & outcome.id, JOB_RUN), OK);
	struct job job = wait_until_over(f, &outcome.id);
	assert_int_equal(job.done, PEOPLE - 1);
	assert_int_equal(job.failed, 1);
	assert_true(view_by_id(look(f), f->acme, &outcome.id, &record));
	assert_true(span_equal(record_first(&record, ATTR_JOB_DONE), SPAN("449")));
	assert_int_equal(view_audit_last(f->view, f->acme) - before, PEOPLE - 2 + 2);
	size_t count = job_rows(f->view, f->arena, &job, 0, PEOPLE, rows);
	assert_int_equal(count, PEOPLE);
	assert_string_equal(rows[0].err, "NOT_FOUND");
	assert_string_equal(rows[1].err, "OK");
	assert_false(rows[1].changed);
	for (int i = 2; i < PEOPLE; i++) {
		assert_true(rows[i].through && rows[i].changed);
		assert_true(uuid_equal(&rows[i].id, &people[i]));
	}
	assert_int_equal(job_rows(f->view, f->arena, &job, 199, 3, rows), 3);
	assert_true(uuid_equal(&rows[0].id, &people[199]));
	assert_true(uuid_equal(&rows[2].id, &people[201]));
	assert_int_equal(job_rows(f->view, f->arena, &job, PEOPLE - 1, 10, rows), 1);
	assert_int_equal(job_rows(f->view, f->arena, &job, PEOPLE, 10, rows), 0);
}

static void a_preview_says_row_by_row_what_would_happen(void **state)
{
	struct fixture *f = *state;
	struct why why = { 0 };
	struct job_row rows[3];
	struct outcome outcome = plan(f, &f->operator, JOB_DEACTIVATE, NULL, 3);
	struct ref first = { KIND_USER, f->acme, 0, people[0] };
	assert_err(remove_entry(f, &f->operator, first), OK);
	struct job job = see(f, &outcome.id);
	assert_int_equal(job_rows(f->view, f->arena, &job, 0, 3, rows), 3);
	assert_false(rows[0].through);
	assert_int_equal(job_preview(f->core, f->arena, &f->operator, & job, rows, 3, &why), OK);
	assert_string_equal(rows[0].err, "NOT_FOUND");
	assert_true(rows[0].text.len > 0);
	assert_string_equal(rows[1].err, "OK");
	assert_true(rows[1].changed);
	assert_int_equal(count_active(f), PEOPLE - 1);
}

static void roles_and_scopes_are_given_and_taken(void **state)
{
	struct fixture *f = *state;
	struct ref viewer = find(f, f->acme, KIND_ROLE, "Viewer");
	struct ref site = make_named(f, f->acme, KIND_SCOPE, "Site 1");
	assert_int_equal(run_job(f, &f->operator, JOB_ASSIGN_ROLE, &viewer, 250).done, 250);
	assert_int_equal(view_member_count(look(f), f->acme, viewer.number), 250);
	assert_int_equal(run_job(f, &f->operator, JOB_UNASSIGN_ROLE, &viewer, 100).done, 100);
	assert_int_equal(view_member_count(look(f), f->acme, viewer.number), 150);
	assert_int_equal(run_job(f, &f->operator, JOB_ASSIGN_SCOPE, &site, 101).done, 101);
	assert_int_equal(view_member_count(look(f), f->acme, site.number), 101);
	assert_int_equal(run_job(f, &f->operator, JOB_UNASSIGN_SCOPE, &site, 101).done, 101);
	assert_int_equal(view_member_count(look(f), f->acme, site.number), 0);
	assert_err(plan(f, &f->operator, JOB_ASSIGN_ROLE, &site, 1), ERR_NOT_FOUND);
}

static struct job replace_role(struct fixture *f, struct ref role)
{
	struct job_order create = { .act = JOB_CREATE,
		.task.type = JOB_ASSIGN_ROLE,
		.ids = people,
		.count = 120,
		.task.container = role.id,
		.task.replace = true };
	struct outcome outcome = order(f, &f->operator, NULL, &create);
	assert_err(outcome, OK);
	assert_err(act(f, &f->operator, & outcome.id, JOB_RUN), OK);
	return wait_until_over(f, &outcome.id);
}

static void a_role_takes_the_place_of_others_when_that_is_said(void **state)
{
	struct fixture *f = *state;
	struct ref viewer = find(f, f->acme, KIND_ROLE, "Viewer");
	struct ref other = make_role(f, f->acme, "Other", "users.view");
	struct ref first = { KIND_USER, f->acme, 0, people[0] };
	must_join(f, viewer, first);
	struct job job = replace_role(f, other);
	assert_true(job.task.replace);
	assert_int_equal(job.done, 120);
	assert_int_equal(view_member_count(look(f), f->acme, other.number), 120);
	assert_int_equal(view_member_count(f->view, f->acme, viewer.number), 0);
	struct job_order wrong = { .act = JOB_CREATE,
		.task.type = JOB_DELETE,
		.ids = people,
		.count = 1,
		.task.replace = true };
	assert_err(order(f, &f->operator, NULL, &wrong), ERR_VALUE);
}

static void the_last_admin_stays_and_the_others_go(void **state)
{
	struct fixture *f = *state;
	struct job_row rows[3];
	struct ref admin = find(f, f->acme, KIND_ROLE, "Admin");
	for (int i = 0; i < 3; i++) {
		struct ref user = { KIND_USER, f->acme, 0, people[i] };
		must_join(f, admin, user);
	}
	struct job job = run_job(f, &f->operator, JOB_DEACTIVATE, NULL, 3);
	assert_state(job, "done");
	assert_int_equal(job.done, 2);
	assert_int_equal(job.failed, 1);
	assert_int_equal(job_rows(f->view, f->arena, &job, 0, 3, rows), 3);
	assert_string_equal(rows[2].err, "LAST_ADMIN");
}

static void nobody_makes_a_job_of_what_they_may_not(void **state)
{
	struct fixture *f = *state;
	struct ref viewer = make_holder(f, f->acme, "viewer", "Viewer");
	struct actor actor = act_as(f, viewer);
	assert_err(plan(f, &actor, JOB_DELETE, NULL, 3), ERR_FORBIDDEN);
	struct outcome outcome = plan(f, &f->operator, JOB_DELETE, NULL, 3);
	assert_err(act(f, &actor, &outcome.id, JOB_RUN), ERR_FORBIDDEN);
	assert_err(act(f, &actor, &outcome.id, JOB_CANCEL), ERR_FORBIDDEN);
	struct actor foreign = act_as(f, make_holder(f, f->globex, "admin", "Admin"));
	assert_err(act(f, &foreign, &outcome.id, JOB_RUN), ERR_NOT_FOUND);
	struct ref admin = make_holder(f, f->acme, "admin", "Admin");
	struct actor other = act_as(f, admin);
	assert_err(act(f, &other, &outcome.id, JOB_RUN), ERR_FORBIDDEN);
	assert_err(act(f, &other, &outcome.id, JOB_STEP), ERR_FORBIDDEN);
	assert_err(act(f, &other, &outcome.id, JOB_FAIL), ERR_FORBIDDEN);
	assert_err(act(f, &other, &outcome.id, JOB_CANCEL), OK);
	assert_state(see(f, &outcome.id), "cancelled");
}

static void who_lost_the_right_stops_the_job(void **state)
{
	struct fixture *f = *state;
	make_holder(f, f->acme, "zoe", "Admin");
	struct ref eve = make_holder(f, f->acme, "eve", "Admin");
	struct actor actor = act_as(f, eve);
	struct ref role = find(f, f->acme, KIND_ROLE, "Admin");
	struct outcome outcome = plan(f, &actor, JOB_DEACTIVATE, NULL, PEOPLE);
	assert_err(outcome, OK);
	/* In one batch, so that no step comes between. */
	struct job_order start = { .act = JOB_RUN };
	struct member_delta gone = { KIND_USER, eve.id, true };
	struct command commands[] = {
		{ .type = COMMAND_JOB,
			.tenant = f->acme,
			.kind = KIND_JOB,
			.id = outcome.id,
			.job = &start },
		{ .type = COMMAND_MEMBERS,
			.tenant = f->acme,
			.kind = KIND_ROLE,
			.id = role.id,
			.members = &gone,
			.member_count = 1 },
	};
	struct outcome outcomes[2];
	struct actor system;
	actor_system(&system, CHANNEL_INTERNAL);
	core_run_many(f->core, &system, commands, 2, true, outcomes, NULL);
	assert_err(outcomes[0], OK);
	assert_err(outcomes[1], OK);
	struct job job = wait_until_over(f, &outcome.id);
	assert_state(job, "failed");
	assert_true(job.reason.len > 0);
	assert_int_equal(job.done, 0);
	assert_int_equal(count_active(f), PEOPLE + 2);
}

static void whom_a_job_is_about_must_be_as_many_as_expected(void **state)
{
	struct fixture *f = *state;
	struct why why = { 0 };
	struct uuid *ids;
	size_t count;
	struct search_spec spec = {
		.actor = &f->operator, .tenant = f->acme, .kinds = 1 << KIND_USER
	};
	assert_int_equal(job_targets(look(f), f->arena, &spec, &(uint64_t){ PEOPLE - 1 }, &ids,
				 &count, &why),
		ERR_CONFLICT);
	assert_non_null(strstr(why.text, "450"));
	assert_int_equal(
		job_targets(look(f), f->arena, &spec, &(uint64_t){ PEOPLE }, &ids, &count, NULL),
		OK);
	assert_int_equal(count, PEOPLE);
	assert_true(uuid_equal(&ids[7], &people[7]));
}

static void open_jobs_are_limited(void **state)
{
	struct fixture *f = *state;
	struct outcome last;
	for (int i = 0; i < LIMIT_JOBS_OPEN; i++)
		assert_err((last = plan(f, &f->operator, JOB_DELETE, NULL, 1), last), OK);
	assert_err(plan(f, &f->operator, JOB_DELETE, NULL, 1), ERR_RATE);
	assert_err(act(f, &f->operator, & last.id, JOB_CANCEL), OK);
	assert_err(plan(f, &f->operator, JOB_DELETE, NULL, 1), OK);
	struct job_order empty = { .act = JOB_CREATE, .task.type = JOB_DELETE, .ids = people };
	assert_err(order(f, &f->operator, NULL, &empty), ERR_VALUE);
}

static void an_export_is_a_file_of_ones_own(void **state)
{
	struct fixture *f = *state;
	struct span file;
	struct stat st;
	struct ref first = { KIND_USER, f->acme, 0, people[0] };
	struct ref viewer = find(f, f->acme, KIND_ROLE, "Viewer");
	assert_err(modify(f, &f->operator, first, PATCH_REPLACE, ATTR_DISPLAY_NAME,
			   "=cmd(\"x\"), Inc"),
		OK);
	must_join(f, viewer, first);
	struct job job = run_job(f, &f->operator, JOB_EXPORT, NULL, PEOPLE);
	assert_state(job, "done");
	assert_int_equal(job_result(f->core, f->arena, &job, &file, NULL), OK);
	assert_true(job_has_file(f->core, f->arena, &job));
	assert_int_equal(file.len, job.octets);
	const char *text = arena_printf(f->arena, "%.*s", SPAN_ARGS(file));
	size_t lines = 0;
	for (const char *at = text; (at = strstr(at, "\r\n")); at += 2)
		lines++;
	assert_int_equal(lines, PEOPLE + 1);
	assert_ptr_equal(
		strstr(text, "name,email,username,roles,production_sites,active\r\n"), text);
	assert_non_null(
		strstr(text, "\r\n\"'=cmd(\"\"x\"\"), Inc\",\"\",\"p000\",\"Viewer\",\"\",1\r\n"));
	char id[UUID_TEXT + 1];
	uuid_format(&job.id, id);
	const char *path =
		arena_printf(f->arena, "%s/job-%u-%s.csv", f->path, (unsigned)f->acme, id);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	clock_set_for_test(clock_wall() + 25 * 3600 * SECOND);
	assert_false(job_has_file(f->core, f->arena, &job));
	assert_int_equal(job_result(f->core, f->arena, &job, &file, NULL), ERR_NOT_FOUND);
}

/* The jobs thread tends when it starts. */
static void files_of_tenants_that_are_gone_are_removed(void **state)
{
	struct fixture *f = *state;
	const char *id = "01a201ee-d889-7851-83c4-483e22d1cbb3";
	const char *gone = arena_printf(f->arena, "%s/job-4711-%s.csv", f->path, id);
	const char *kept =
		arena_printf(f->arena, "%s/job-%u-%s.csv", f->path, (unsigned)f->acme, id);
	const char *other = arena_printf(f->arena, "%s/job-4711.csv", f->path);
	const char *const paths[] = { gone, kept, other };
	for (size_t i = 0; i < 3; i++)
		close(open(paths[i], O_CREAT | O_WRONLY, 0600));
	fixture_close(f);
	fixture_open(f, 0);
	while (access(gone, F_OK) == 0)
		usleep(2000);
	assert_int_equal(access(kept, F_OK), 0);
	assert_int_equal(access(other, F_OK), 0);
}

static void a_job_takes_its_rows_along_when_it_is_deleted(void **state)
{
	struct fixture *f = *state;
	struct span value;
	char id[UUID_TEXT + 1];
	struct job job = run_job(f, &f->operator, JOB_REACTIVATE, NULL, PEOPLE);
	struct command command = {
		.type = COMMAND_DELETE, .tenant = f->acme, .kind = KIND_JOB, .id = job.id
	};
	uuid_format(&job.id, id);
	struct outcome outcome;
	struct span key = span_str(arena_printf(f->arena, "job/%s/to/00000000", id));
	assert_true(view_state(look(f), f->acme, key, &value));
	core_run(f->core, &f->operator, & command, &outcome);
	assert_err(outcome, OK);
	assert_false(view_state(look(f), f->acme, key, &value));
	key = span_str(arena_printf(f->arena, "job/%s/progress", id));
	assert_false(view_state(f->view, f->acme, key, &value));
}

/* Both are started in one batch, so that the first round knows of both. */
static void a_long_job_keeps_no_other_tenant_waiting(void **state)
{
	struct fixture *f = *state;
	struct outcome outcomes[2], mine = plan(f, &f->operator, JOB_DEACTIVATE, NULL, PEOPLE);
	struct ref eve = make_user(f, f->globex, "eve");
	struct job_order create = {
		.act = JOB_CREATE, .task.type = JOB_DEACTIVATE, .ids = &eve.id, .count = 1
	};
	struct job_order start = { .act = JOB_RUN };
	struct command theirs = {
		.type = COMMAND_JOB, .tenant = f->globex, .kind = KIND_JOB, .job = &create
	};
	core_run(f->core, &f->operator, & theirs, &outcomes[1]);
	assert_err(outcomes[1], OK);
	struct command commands[] = {
		{ .type = COMMAND_JOB,
			.tenant = f->acme,
			.kind = KIND_JOB,
			.id = mine.id,
			.job = &start },
		{ .type = COMMAND_JOB,
			.tenant = f->globex,
			.kind = KIND_JOB,
			.id = outcomes[1].id,
			.job = &start },
	};
	struct uuid other = outcomes[1].id;
	struct record record;
	core_run_many(f->core, &f->operator, commands, 2, true, outcomes, NULL);
	assert_err(outcomes[0], OK);
	assert_err(outcomes[1], OK);
	struct job job = wait_until_over(f, &mine.id);
	assert_true(view_by_id(look(f), f->globex, &other, &record));
	assert_true(span_equal(record_first(&record, ATTR_JOB_STATE), SPAN("done")));
	assert_true(record.modified < job.modified);
}

static void count_news(void *arg, uint32_t tenant, uint64_t sequence)
{
	atomic_size_t *count = arg;
	(void)tenant;
	(void)sequence;
	atomic_fetch_add(count, 1);
}

/* A job is seen to be over before the watchers have been told of its last commit. */
static void watchers_are_told_of_every_step(void **state)
{
	struct fixture *f = *state;
	const size_t steps = (PEOPLE + JOB_STEP_ROWS - 1) / JOB_STEP_ROWS;
	atomic_size_t count = 0;
	core_watch(f->core, count_news, &count);
	run_job(f, &f->operator, JOB_DEACTIVATE, NULL, PEOPLE);
	for (int i = 0; i < 30000 && atomic_load(&count) < 2 + steps; i++)
		usleep(2000);
	core_unwatch(f->core, &count);
	assert_true(atomic_load(&count) >= 2 + steps);
}

/* Runs jobs in a child until it is killed. */
static void run_until_killed(struct fixture *f, const struct uuid *id, bool start)
{
	fixture_open(f, 0);
	if (start)
		act(f, &f->operator, id, JOB_RUN);
	for (;;)
		pause();
}

static void a_job_goes_on_where_kill_9_left_it(void **state)
{
	struct fixture *f = *state;
	struct outcome outcome = plan(f, &f->operator, JOB_DEACTIVATE, NULL, PEOPLE);
	struct job_row *rows = arena_array(f->arena, PEOPLE, sizeof *rows);
	uint64_t before = view_audit_last(look(f), f->acme);
	assert_err(outcome, OK);
	fixture_close(f);
	for (unsigned round = 0; round < 4; round++) {
		pid_t child = fork();
		if (child == 0)
			run_until_killed(f, &outcome.id, round == 0);
		usleep(20000 + round * 7000);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	fixture_open(f, 0);
	act(f, &f->operator, & outcome.id, JOB_RUN);
	struct job job = wait_until_over(f, &outcome.id);
	assert_state(job, "done");
	assert_int_equal(job.done, PEOPLE);
	assert_int_equal(job.failed, 0);
	assert_int_equal(job_rows(f->view, f->arena, &job, 0, PEOPLE, rows), PEOPLE);
	for (int i = 0; i < PEOPLE; i++)
		assert_true(rows[i].through && rows[i].changed);
	assert_int_equal(view_audit_last(f->view, f->acme) - before, PEOPLE + 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_planned_job_changes_nothing_until_it_is_run),
		TEST(every_row_has_its_outcome_and_its_audit_row),
		TEST(a_preview_says_row_by_row_what_would_happen),
		TEST(roles_and_scopes_are_given_and_taken),
		TEST(a_role_takes_the_place_of_others_when_that_is_said),
		TEST(the_last_admin_stays_and_the_others_go),
		TEST(nobody_makes_a_job_of_what_they_may_not),
		TEST(who_lost_the_right_stops_the_job),
		TEST(whom_a_job_is_about_must_be_as_many_as_expected),
		TEST(open_jobs_are_limited),
		TEST(an_export_is_a_file_of_ones_own),
		TEST(files_of_tenants_that_are_gone_are_removed),
		TEST(a_job_takes_its_rows_along_when_it_is_deleted),
		TEST(a_long_job_keeps_no_other_tenant_waiting),
		TEST(watchers_are_told_of_every_step),
		TEST(a_job_goes_on_where_kill_9_left_it),
	};
	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
