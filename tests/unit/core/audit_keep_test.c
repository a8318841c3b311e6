/* What the core keeps beside commands: checkpoints, refused attempts, retention, sign-in activity.
 */
#include "fixture.h"

#include "core/audit.h"
#include "store/store.h"

#include <sys/stat.h>
#include <unistd.h>

#define DAY (86400 * SECOND)
#define EPOCH (INT64_C(4102444800) * SECOND) /* 2100-01-01: after every real row */

static void keep(struct fixture *f, bool all)
{
	struct why why = { 0 };
	if (core_keep(f->core, all, &why))
		fail_msg("%s", why.text);
}

static size_t checkpoints(struct fixture *f, uint32_t tenant)
{
	struct checkpoint c = { 0 };
	struct span line;
	size_t count = 0;
	struct view *view = look(f);
	while (view_checkpoint(view, tenant, c.last + 1, &c, &line))
		count++;
	return count;
}

static void take_sentence(void *arg, const char *sentence)
{
	snprintf(arg, 512, "%s", sentence);
}

static void must_verify(struct fixture *f)
{
	char sentence[512] = "", anchors[128];
	struct audit_trust trust = { .anchors = anchors };
	snprintf(anchors, sizeof anchors, "%s/" ANCHOR_FILE, f->path);
	if (store_verify_audit(f->path, &trust, take_sentence, sentence, NULL) != OK)
		fail_msg("%s", sentence);
}

/* ---- checkpoints ---- */

static void a_segment_ends_when_its_oldest_row_is_ten_minutes_old(void **state)
{
	struct fixture *f = *state;
	clock_set_for_test(EPOCH);
	make_user(f, f->acme, "anna");
	keep(f, true);
	size_t before = checkpoints(f, f->acme);
	make_user(f, f->acme, "ben");
	keep(f, false);
	assert_int_equal(checkpoints(f, f->acme), before);
	clock_set_for_test(EPOCH + 599 * SECOND);
	keep(f, false);
	assert_int_equal(checkpoints(f, f->acme), before);
	clock_set_for_test(EPOCH + 601 * SECOND);
	keep(f, false);
	assert_int_equal(checkpoints(f, f->acme), before + 1);
	keep(f, false);
	assert_int_equal(checkpoints(f, f->acme), before + 1);
	must_verify(f);
}

/* Else rows of a clock that was wrong once would stay without a signature until it is right. */
static void a_segment_ends_when_the_clock_was_put_back(void **state)
{
	struct fixture *f = *state;
	clock_set_for_test(EPOCH);
	make_user(f, f->acme, "anna");
	keep(f, true);
	size_t before = checkpoints(f, f->acme);
	clock_set_for_test(EPOCH + 20000 * DAY);
	make_user(f, f->acme, "ben");
	clock_set_for_test(EPOCH + 601 * SECOND);
	keep(f, false);
	assert_int_equal(checkpoints(f, f->acme), before + 1);
	must_verify(f);
}

static void a_segment_ends_with_its_thousandth_row(void **state)
{
	struct fixture *f = *state;
	struct ref user = make_user(f, f->acme, "anna");
	keep(f, true);
	size_t before = checkpoints(f, f->acme);
	uint64_t first = audit_count(f, f->acme);
	char name[32];
	for (unsigned i = 0; audit_count(f, f->acme) < first + 1005; i++) {
		snprintf(name, sizeof name, "Anna %u", i);
		assert_err(
			modify(f, &f->operator, user, PATCH_REPLACE, ATTR_DISPLAY_NAME, name), OK);
	}
	keep(f, false);
	assert_int_equal(checkpoints(f, f->acme), before + 1);
	struct checkpoint c;
	struct span line;
	assert_true(view_checkpoint(look(f), f->acme, first + 1, &c, &line));
	assert_int_equal(c.first, first + 1);
	assert_int_equal(c.last, first + 1000);
	must_verify(f);
}

static void the_anchor_file_is_private_and_says_what_the_store_says(void **state)
{
	struct fixture *f = *state;
	char path[128], text[CHECKPOINT_TEXT_MAX];
	struct stat status;
	uint8_t key[SIGN_PUBLIC];
	struct checkpoint c;
	keep(f, true);
	snprintf(path, sizeof path, "%s/" ANCHOR_FILE, f->path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof text, file));
	fclose(file);
	assert_true(checkpoint_read(span_of(text, strcspn(text, "\n")), &c));
	core_audit_key(f->core, key);
	assert_memory_equal(c.key, key, SIGN_PUBLIC);
}

static void writing_goes_on_without_the_anchor_file_which_gets_all_later(void **state)
{
	struct fixture *f = *state;
	char path[128];
	struct core_figures figures;
	int64_t failed = metric_get(METRIC_AUDIT_ANCHOR_FAILED);
	keep(f, true);
	snprintf(path, sizeof path, "%s/" ANCHOR_FILE, f->path);
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	make_user(f, f->acme, "anna");
	keep(f, true);
	core_figures(f->core, &figures);
	assert_false(figures.anchored);
	assert_true(figures.writable);
	assert_true(metric_get(METRIC_AUDIT_ANCHOR_FAILED) > failed);
	assert_int_equal(rmdir(path), 0);
	keep(f, false);
	core_figures(f->core, &figures);
	assert_true(figures.anchored);
	must_verify(f);
}

/* A full disk or a power cut may leave half a line: no forgery, and nothing is hung to it. */
static void half_a_line_in_the_anchor_file_spoils_no_other(void **state)
{
	struct fixture *f = *state;
	char path[128];
	struct stat status;
	keep(f, true);
	snprintf(path, sizeof path, "%s/" ANCHOR_FILE, f->path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(truncate(path, status.st_size - 7), 0);
	must_verify(f);
	make_user(f, f->acme, "anna");
	keep(f, true);
	must_verify(f);
	fixture_close(f);
	fixture_open(f, 0);
	keep(f, true);
	must_verify(f);
}

static void a_checkpoint_that_was_not_anchored_is_so_after_the_next_start(void **state)
{
	struct fixture *f = *state;
	char path[128];
	struct stat status;
	make_user(f, f->acme, "anna");
	keep(f, true);
	snprintf(path, sizeof path, "%s/" ANCHOR_FILE, f->path);
	assert_int_equal(truncate(path, 0), 0);
	fixture_close(f);
	fixture_open(f, 0);
	assert_int_equal(stat(path, &status), 0);
	assert_true(status.st_size > 0);
	must_verify(f);
}

/* ---- retention ---- */

static void keep_for_days(struct fixture *f, const char *days)
{
	struct entry *settings = new_entry(f, KIND_SETTINGS, "settings");
	struct record record;
	if (view_settings(look(f), f->acme, &record)) {
		struct ref ref = { KIND_SETTINGS, f->acme, record.number, record.id };
		assert_err(modify(f, &f->operator, ref, PATCH_ADD, ATTR_POLICY,
				   arena_printf(f->arena, "audit.retention_days=%s", days)),
			OK);
		return;
	}
	add_value(settings, ATTR_POLICY, arena_printf(f->arena, "audit.retention_days=%s", days));
	make(f, f->acme, settings);
}

static bool has_row(struct fixture *f, uint64_t sequence)
{
	struct span row;
	return view_audit(look(f), f->acme, sequence, &row);
}

static void retention_drops_whole_segments_and_the_rest_still_verifies(void **state)
{
	struct fixture *f = *state;
	clock_set_for_test(EPOCH);
	keep_for_days(f, "400");
	make_user(f, f->acme, "anna");
	keep(f, true);
	uint64_t old = audit_count(f, f->acme);
	clock_set_for_test(EPOCH + 390 * DAY);
	make_user(f, f->acme, "ben");
	keep(f, true);
	uint64_t young = audit_count(f, f->acme);
	clock_set_for_test(EPOCH + 399 * DAY);
	keep(f, true);
	assert_true(has_row(f, 1));
	clock_set_for_test(EPOCH + 401 * DAY);
	keep(f, true);
	assert_false(has_row(f, 1));
	assert_false(has_row(f, old));
	assert_true(has_row(f, old + 1));
	must_verify(f);
	clock_set_for_test(EPOCH + 900 * DAY);
	keep(f, true);
	assert_false(has_row(f, young));
	assert_int_equal(audit_count(f, f->acme), young);
	must_verify(f);
	make_user(f, f->acme, "cora");
	assert_true(has_row(f, young + 1));
	keep(f, true);
	must_verify(f);
}

static void without_a_retention_nothing_is_dropped(void **state)
{
	struct fixture *f = *state;
	clock_set_for_test(EPOCH);
	make_user(f, f->acme, "anna");
	clock_set_for_test(EPOCH + 20000 * DAY);
	keep(f, true);
	assert_true(has_row(f, 1));
}

/* ---- refused attempts ---- */

static bool row_says(struct fixture *f, const char *text)
{
	return strstr(last_audit(f, f->acme), text) != NULL;
}

static void a_refused_attempt_leaves_a_row(void **state)
{
	struct fixture *f = *state;
	struct ref viewer = make_holder(f, f->acme, "vera", "Viewer");
	struct ref anna = make_user(f, f->acme, "anna");
	struct actor vera = act_as(f, viewer);
	uint64_t rows = audit_count(f, f->acme);
	assert_err(modify(f, &vera, anna, PATCH_REPLACE, ATTR_DISPLAY_NAME, "Boss"), ERR_FORBIDDEN);
	assert_int_equal(audit_count(f, f->acme), rows);
	keep(f, false);
	assert_int_equal(audit_count(f, f->acme), rows + 1);
	assert_true(row_says(f, "\"outcome\":\"denied\""));
	assert_true(row_says(f, "\"action\":\"user.updated\""));
	assert_true(row_says(f, "\"name\":\"vera\""));
	assert_true(row_says(f, "\"name\":\"anna\",\"type\":\"user\"}"));
	assert_true(row_says(f, "{\"new\":\"Boss\",\"old\":null,\"path\":\"displayName\"}"));
	assert_true(row_says(f, "is missing"));
	keep(f, true);
	must_verify(f);
}

static void a_flood_of_refused_attempts_is_two_rows_a_minute(void **state)
{
	struct fixture *f = *state;
	clock_set_for_test(EPOCH);
	struct ref viewer = make_holder(f, f->acme, "vera", "Viewer");
	struct ref anna = make_user(f, f->acme, "anna");
	struct actor vera = act_as(f, viewer);
	uint64_t rows = audit_count(f, f->acme);
	for (int i = 0; i < 100; i++) {
		assert_err(remove_entry(f, &vera, anna), ERR_FORBIDDEN);
		keep(f, false);
	}
	assert_int_equal(audit_count(f, f->acme), rows + 1);
	clock_set_for_test(EPOCH + 61 * SECOND);
	keep(f, false);
	assert_int_equal(audit_count(f, f->acme), rows + 2);
	assert_true(row_says(f, "\"attempts\":99"));
	keep(f, false);
	assert_int_equal(audit_count(f, f->acme), rows + 2);
}

static void an_attempted_password_is_not_told(void **state)
{
	struct fixture *f = *state;
	char hash[PASSWORD_HASH_MAX];
	struct ref viewer = make_holder(f, f->acme, "vera", "Viewer");
	struct ref anna = make_user(f, f->acme, "anna");
	struct actor vera = act_as(f, viewer);
	assert_int_equal(password_hash(SPAN("canary-canary"), hash, NULL), OK);
	assert_err(modify(f, &vera, anna, PATCH_REPLACE, ATTR_PASSWORD, hash), ERR_FORBIDDEN);
	keep(f, false);
	assert_true(row_says(f, "\"new\":\"***\""));
	assert_false(row_says(f, "argon2"));
}

static void one_tenant_cannot_fill_the_audit_with_refusals(void **state)
{
	struct fixture *f = *state;
	clock_set_for_test(EPOCH);
	struct actor vera = act_as(f, make_holder(f, f->acme, "vera", "Viewer"));
	struct why why = { .err = ERR_FORBIDDEN };
	uint64_t rows = audit_count(f, f->acme);
	for (unsigned i = 0; i < 1000; i++) {
		struct attempt attempt = { .tenant = f->acme,
			.action = arena_printf(f->arena, "user.attempt%u", i),
			.kind = KIND_USER };
		core_denied(f->core, &vera, &attempt, &why);
	}
	keep(f, false);
	assert_in_range(audit_count(f, f->acme), rows + 1, rows + 64);
}

/* ---- what a row says ---- */

static void a_row_carries_delegation_reason_and_user_agent(void **state)
{
	struct fixture *f = *state;
	struct outcome outcome;
	struct ref anna = make_user(f, f->acme, "anna");
	struct delegation delegation = { .id = uuid_new(),
		.kind = DELEGATION_IMPERSONATION,
		.subject_kind = KIND_USER,
		.subject = anna.id,
		.subject_name = SPAN("anna"),
		.reason = SPAN("cannot sign in"),
		.reference = SPAN("CASE-7") };
	struct actor actor = f->operator;
	actor_came(&actor, CHANNEL_API, "192.0.2.7", SPAN("curl/7.88"));
	actor.delegation = &delegation;
	struct command command = { .type = COMMAND_CREATE,
		.tenant = f->acme,
		.kind = KIND_USER,
		.entry = new_entry(f, KIND_USER, "ben"),
		.reason = SPAN("new hire"),
		.reference = SPAN("HR-1") };
	core_run(f->core, &actor, &command, &outcome);
	assert_err(outcome, OK);
	assert_true(row_says(f, "\"kind\":\"impersonation\",\"reason\":\"cannot sign "
				"in\",\"reference\":\"CASE-7\"}"));
	assert_true(row_says(f, "\"outcome\":\"success\",\"reason\":\"new "
				"hire\",\"reference\":\"HR-1\""));
	assert_true(row_says(f, "\"ip\":\"192.0.2.7\",\"user_agent\":\"curl/7.88\"}"));
	assert_true(row_says(f, "\"name\":\"anna\",\"type\":\"user\"},\"target\""));
}

static void the_weightiest_attribute_names_a_change_of_a_person(void **state)
{
	struct fixture *f = *state;
	struct ref anna = make_user(f, f->acme, "anna");
	static const struct {
		enum attr attr;
		const char *value, *action;
	} changes[] = {
		{ ATTR_APP, "Spareparts", "\"action\":\"user.apps.changed\"" },
		{ ATTR_EMAIL, "anna@example.org", "\"action\":\"user.email.changed\"" },
		{ ATTR_DISPLAY_NAME, "Anna", "\"action\":\"user.name.changed\"" },
		{ ATTR_DEPARTMENT, "Presses", "\"action\":\"user.updated\"" },
	};
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		assert_err(modify(f, &f->operator, anna, PATCH_REPLACE, changes[i].attr,
				   changes[i].value),
			OK);
		assert_true(row_says(f, changes[i].action));
	}
}

/* ---- activity ---- */

static void note(struct fixture *f, struct ref ref, const char *address)
{
	struct actor actor = act_as(f, ref);
	actor_came(&actor, CHANNEL_SCIM, address, SPAN_NONE);
	core_used(f->core, &actor);
}

static size_t activity_rows(struct fixture *f, uint32_t number, struct activity_entry *newest)
{
	struct activity_spec spec = { .tenant = f->acme, .number = number };
	struct activity_entry entry;
	size_t count = 0;
	struct view *view = look(f);
	while (view_activity(view, &spec, &entry))
		if (!count++)
			*newest = entry;
	return count;
}

static void activity_within_ten_minutes_is_one_row_with_a_count(void **state)
{
	struct fixture *f = *state;
	struct activity_entry entry;
	struct ref anna = make_user(f, f->acme, "anna");
	int64_t time;
	clock_set_for_test(EPOCH);
	assert_false(view_last_login(look(f), f->acme, anna.number, &time));
	for (int i = 0; i < 5; i++) {
		clock_set_for_test(EPOCH + i * SECOND);
		note(f, anna, "192.0.2.7");
		keep(f, false);
	}
	assert_int_equal(activity_rows(f, anna.number, &entry), 1);
	assert_int_equal(entry.count, 5);
	assert_int_equal(entry.last - entry.first, 4 * SECOND);
	assert_string_equal(entry.event, "signin.succeeded");
	assert_true(view_last_login(look(f), f->acme, anna.number, &time));
	assert_int_equal(time, EPOCH + 4 * SECOND);
	note(f, anna, "192.0.2.8");
	clock_set_for_test(EPOCH + 601 * SECOND);
	note(f, anna, "192.0.2.7");
	keep(f, false);
	assert_int_equal(activity_rows(f, anna.number, &entry), 3);
	assert_int_equal(activity_rows(f, 0, &entry), 3);
}

static void activity_costs_no_row_of_the_journal_or_the_audit(void **state)
{
	struct fixture *f = *state;
	struct ref anna = make_user(f, f->acme, "anna");
	uint64_t rows = audit_count(f, f->acme), journal = view_journal_last(f->view, f->acme);
	note(f, anna, "192.0.2.7");
	keep(f, false);
	assert_int_equal(audit_count(f, f->acme), rows);
	assert_int_equal(view_journal_last(f->view, f->acme), journal);
}

static void activity_grows_old_with_the_audit(void **state)
{
	struct fixture *f = *state;
	struct activity_entry entry;
	struct ref anna = make_user(f, f->acme, "anna");
	clock_set_for_test(EPOCH);
	keep_for_days(f, "400");
	for (int i = 0; i < 3; i++) {
		clock_set_for_test(EPOCH + i * 200 * DAY);
		note(f, anna, "192.0.2.7");
		keep(f, true);
	}
	assert_int_equal(activity_rows(f, anna.number, &entry), 3);
	clock_set_for_test(EPOCH + 601 * DAY);
	keep(f, true);
	assert_int_equal(activity_rows(f, anna.number, &entry), 1);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_segment_ends_when_its_oldest_row_is_ten_minutes_old),
		TEST(a_segment_ends_when_the_clock_was_put_back),
		TEST(a_segment_ends_with_its_thousandth_row),
		TEST(the_anchor_file_is_private_and_says_what_the_store_says),
		TEST(writing_goes_on_without_the_anchor_file_which_gets_all_later),
		TEST(half_a_line_in_the_anchor_file_spoils_no_other),
		TEST(a_checkpoint_that_was_not_anchored_is_so_after_the_next_start),
		TEST(retention_drops_whole_segments_and_the_rest_still_verifies),
		TEST(without_a_retention_nothing_is_dropped),
		TEST(a_refused_attempt_leaves_a_row),
		TEST(a_flood_of_refused_attempts_is_two_rows_a_minute),
		TEST(an_attempted_password_is_not_told),
		TEST(one_tenant_cannot_fill_the_audit_with_refusals),
		TEST(a_row_carries_delegation_reason_and_user_agent),
		TEST(the_weightiest_attribute_names_a_change_of_a_person),
		TEST(activity_within_ten_minutes_is_one_row_with_a_count),
		TEST(activity_costs_no_row_of_the_journal_or_the_audit),
		TEST(activity_grows_old_with_the_audit),
	};
	return cmocka_run_group_tests_name("core: keeping the audit", tests, NULL, NULL);
}
