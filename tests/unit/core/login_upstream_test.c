#include "signing.h"

#include "base/codec.h"
#include "base/otp.h"
#include "core/login.h"

/* A directory that says what it is told to, and remembers what it was asked. */
struct desk {
	enum upstream_word word;
	unsigned asked;
	uint32_t directory;
	struct uuid anchor;
	char password[64];
	int64_t usual;
	bool is_full;
	struct upstream_ask *held; /* the last one, when it is told to wait */
	bool waits;
};

static bool on_ask(void *arg, struct upstream_ask *ask)
{
	struct desk *desk = arg;
	if (desk->is_full)
		return false;
	desk->asked++;
	desk->directory = ask->directory;
	desk->anchor = ask->anchor;
	snprintf(desk->password, sizeof desk->password, "%.*s", SPAN_ARGS(ask->password));
	ask->word = desk->word;
	if (desk->waits)
		desk->held = ask;
	else
		ask->done(ask);
	return true;
}

static int64_t on_usual(void *arg, uint32_t tenant)
{
	struct desk *desk = arg;
	(void)tenant;
	return desk->usual;
}

struct company {
	struct desk desk;
	struct ref directory, ada;
};

static const struct uuid anchor = { { 1, 2, 3, 4 } };

static void link_to(struct fixture *f, struct ref directory, struct ref person)
{
	struct actor sync = act_as_directory(f, directory);
	uint8_t octets[18];
	put_be16(octets, sync.source);
	memcpy(octets + 2, anchor.octets, 16);
	struct value value = { ATTR_LINK, 0, sync.source, span_of(octets, sizeof octets) };
	struct modification mod = { .op = PATCH_ADD,
		.attr = ATTR_LINK,
		.source = sync.source,
		.values = &value,
		.count = 1 };
	assert_err(modify_all(f, &sync, person, &mod, 1, NULL), OK);
}

static struct company *begin_company(struct fixture *f, const char *role)
{
	struct company *c = arena_zalloc(f->arena, sizeof *c);
	struct entry *directory = new_entry(f, KIND_DIRECTORY, "corp");
	add_value(directory, ATTR_PASS_THROUGH, "TRUE");
	c->directory = make(f, f->acme, directory);
	c->ada = make_holder(f, f->acme, "ada", role);
	link_to(f, c->directory, c->ada);
	const struct verifier verifier = { on_ask, on_usual, &c->desk };
	core_set_verifier(f->core, &verifier);
	return c;
}

static void the_directory_is_asked_for_the_password_as_it_was_typed(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	assert_int_equal(sign_in(f, c->ada, "of the company", NULL), OK);
	assert_int_equal(c->desk.asked, 1);
	assert_string_equal(c->desk.password, "of the company");
	assert_true(uuid_equal(&c->desk.anchor, &anchor));
	/* Each time: what it says may change at any moment. */
	assert_int_equal(sign_in(f, c->ada, "of the company", NULL), OK);
	assert_int_equal(c->desk.asked, 2);
}

static void each_of_its_words_has_one_meaning_here(void **state)
{
	static const struct {
		enum upstream_word word;
		enum err err;
		enum password_trouble trouble;
	} rows[] = {
		{ UPSTREAM_RIGHT, OK, PASSWORD_FINE },
		{ UPSTREAM_WRONG, ERR_CREDENTIALS, PASSWORD_FINE },
		{ UPSTREAM_EXPIRED, ERR_CREDENTIALS, PASSWORD_EXPIRED },
		{ UPSTREAM_MUST_CHANGE, ERR_CREDENTIALS, PASSWORD_CHANGE_AFTER_RESET },
		{ UPSTREAM_LOCKED, ERR_CREDENTIALS, PASSWORD_FINE },
		{ UPSTREAM_DISABLED, ERR_CREDENTIALS, PASSWORD_FINE },
		{ UPSTREAM_UNAVAILABLE, ERR_UNAVAILABLE, PASSWORD_FINE },
	};
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct signing attempt = { 0 };
		c->desk.word = rows[i].word;
		login_forgive(f->core, f->acme, KIND_USER, c->ada.number);
		look(f);
		begin(f, &attempt, c->ada, "pw");
		assert_int_equal(wait_for(&attempt), rows[i].err);
		assert_int_equal(attempt.login.notice.trouble, rows[i].trouble);
		assert_int_equal(attempt.login.refusal != NULL, rows[i].err != OK);
	}
}

static void an_empty_password_is_never_passed_on(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	assert_int_equal(sign_in(f, c->ada, "", NULL), ERR_CREDENTIALS);
	assert_int_equal(c->desk.asked, 0);
}

static void whoever_is_disabled_here_is_refused_before_the_directory_is_asked(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	assert_err(modify(f, &f->operator, c->ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	int64_t hashes = metric_get(METRIC_HASHES);
	assert_int_equal(sign_in(f, c->ada, "of the company", NULL), ERR_CREDENTIALS);
	assert_int_equal(c->desk.asked, 0);
	assert_int_equal(metric_get(METRIC_HASHES), hashes + 1);
}

static void whoever_is_disabled_while_the_directory_thinks_is_refused(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	struct signing attempt = { 0 };
	c->desk.waits = true;
	look(f);
	begin(f, &attempt, c->ada, "of the company");
	assert_false(attempt.immediate);
	assert_err(modify(f, &f->operator, c->ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	c->desk.held->done(c->desk.held);
	assert_int_equal(wait_for(&attempt), ERR_CREDENTIALS);
}

static void a_hash_that_was_synced_is_not_looked_at(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	struct actor sync = act_as_directory(f, c->directory);
	char hash[PASSWORD_HASH_MAX];
	assert_int_equal(password_hash(SPAN("synced"), hash, NULL), OK);
	assert_err(modify(f, &sync, c->ada, PATCH_REPLACE, ATTR_PASSWORD, hash), OK);
	c->desk.word = UPSTREAM_WRONG;
	assert_int_equal(sign_in(f, c->ada, "synced", NULL), ERR_CREDENTIALS);
	assert_int_equal(c->desk.asked, 1);
}

static void a_password_that_an_administrator_gave_counts_instead(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	set_password(f, c->ada, "given here");
	assert_int_equal(sign_in(f, c->ada, "given here", NULL), OK);
	assert_int_equal(sign_in(f, c->ada, "of the company", NULL), ERR_CREDENTIALS);
	assert_int_equal(c->desk.asked, 0);
	assert_err(modify(f, &f->operator, c->ada, PATCH_REMOVE, ATTR_PASSWORD, NULL), OK);
	assert_int_equal(sign_in(f, c->ada, "of the company", NULL), OK);
	assert_int_equal(c->desk.asked, 1);
}

static void nobody_changes_here_what_is_kept_there(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	struct actor herself = act_as(f, c->ada);
	char hash[PASSWORD_HASH_MAX];
	assert_int_equal(password_hash(SPAN("mine alone"), hash, NULL), OK);
	struct outcome outcome = modify(f, &herself, c->ada, PATCH_REPLACE, ATTR_PASSWORD, hash);
	assert_err(outcome, ERR_OWNED);
	assert_string_equal(outcome.why.text, PASSWORD_ELSEWHERE);
}

static void a_directory_that_passes_nothing_through_is_not_asked(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	assert_err(modify(f, &f->operator, c->directory, PATCH_REPLACE, ATTR_PASS_THROUGH, "FALSE"),
		OK);
	assert_int_equal(sign_in(f, c->ada, "of the company", NULL), ERR_CREDENTIALS);
	assert_int_equal(c->desk.asked, 0);
}

static void too_many_who_wait_are_refused_as_busy(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	c->desk.is_full = true;
	assert_int_equal(sign_in(f, c->ada, "of the company", NULL), ERR_BUSY);
}

static void wrong_passwords_stop_before_the_directory_locks_the_account(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	c->desk.word = UPSTREAM_WRONG;
	clock_set_for_test(1000 * SECOND);
	for (int i = 0; i < 12; i++)
		assert_int_equal(sign_in(f, c->ada, "guess", NULL), ERR_CREDENTIALS);
	assert_int_equal(c->desk.asked, 3);
	/* Nor from everywhere at once. */
	for (int i = 0; i < 12; i++) {
		char address[32];
		struct signing attempt = { 0 };
		snprintf(address, sizeof address, "198.51.100.%d", i);
		look(f);
		begin_as(f, &attempt, c->ada, "guess", &(struct login){ .address = address });
		wait_for(&attempt);
	}
	assert_int_equal(c->desk.asked, 5);
}

static void refusals_of_a_tenant_take_as_long_as_its_directory(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	struct ref bob = make_holder(f, f->acme, "bob", "Viewer");
	struct ref whom[] = { c->ada, bob, { .tenant = f->acme, .kind = KIND_USER } };
	c->desk.usual = SECOND / 5;
	c->desk.word = UPSTREAM_WRONG;
	for (size_t i = 0; i < sizeof whom / sizeof *whom; i++) {
		int64_t begun = clock_monotonic();
		assert_int_equal(sign_in(f, whom[i], "wrong", NULL), ERR_CREDENTIALS);
		assert_true(clock_monotonic() - begun >= c->desk.usual);
	}
}

/* ---- what is checked here as it always is ---- */

static void give(struct fixture *f, struct ref ref, enum attr attr, struct span octets)
{
	const struct value value = { .attr = attr, .octets = octets };
	const struct modification mod = {
		.op = PATCH_ADD, .attr = attr, .values = &value, .count = 1
	};
	assert_err(modify_all(f, &f->operator, ref, &mod, 1, NULL), OK);
}

static const char *with_code(struct fixture *f, struct span seed, const char *password)
{
	char code[OTP_DIGITS];
	otp_code(seed, otp_step(clock_wall()), code);
	return arena_printf(f->arena, "%s%.6s", password, code);
}

static void the_code_behind_a_password_is_not_passed_on(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	uint8_t seed[OTP_SEED] = { 5 };
	struct signing attempt = { 0 };
	clock_set_for_test(INT64_C(1795000000) * SECOND);
	give(f, c->ada, ATTR_TOTP_SEED,
		core_seal(f->core, f->arena, &c->ada.id, span_of(seed, sizeof seed)));
	assert_err(modify(f, &f->operator, c->ada, PATCH_REPLACE, ATTR_AUTH_METHOD, "totp"), OK);
	/* Without one nothing is asked. */
	assert_int_equal(sign_in(f, c->ada, "of the company", NULL), ERR_CREDENTIALS);
	assert_int_equal(c->desk.asked, 0);
	/* A wrong one says nothing of the password, whatever the directory did. */
	c->desk.word = UPSTREAM_MUST_CHANGE;
	look(f);
	begin(f, &attempt, c->ada, "of the company000000");
	assert_int_equal(wait_for(&attempt), ERR_CREDENTIALS);
	assert_int_equal(attempt.login.notice.trouble, PASSWORD_FINE);
	c->desk.word = UPSTREAM_RIGHT;
	login_forgive(f->core, f->acme, KIND_USER, c->ada.number);
	const char *typed = with_code(f, span_of(seed, sizeof seed), "of the company");
	assert_int_equal(sign_in(f, c->ada, typed, NULL), OK);
	assert_string_equal(c->desk.password, "of the company");
	assert_int_equal(sign_in(f, c->ada, typed, NULL), ERR_CREDENTIALS);
}

static void a_password_for_an_application_asks_nobody(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	struct app_password wanted = { .created = 1, .name = SPAN("phone") };
	struct span stored;
	const char *text = app_password_make(f->core, f->arena, &c->ada.id, &wanted, &stored);
	give(f, c->ada, ATTR_APP_PASSWORD, stored);
	c->desk.word = UPSTREAM_UNAVAILABLE;
	assert_int_equal(sign_in(f, c->ada, text, NULL), OK);
	assert_int_equal(c->desk.asked, 0);
}

static void nobody_shows_an_old_password_that_lives_there(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	struct signing attempt = { 0 };
	look(f);
	begin_as(f, &attempt, c->ada, "of the company", &(struct login){ .is_old = true });
	assert_int_equal(wait_for(&attempt), ERR_CREDENTIALS);
	assert_int_equal(c->desk.asked, 0);
}

static void of_several_directories_the_one_that_goes_before_is_asked(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	struct entry *other = new_entry(f, KIND_DIRECTORY, "head-office");
	add_value(other, ATTR_PASS_THROUGH, "TRUE");
	add_value(other, ATTR_PRECEDENCE, "1");
	struct ref head = make(f, f->acme, other);
	link_to(f, head, c->ada);
	assert_int_equal(sign_in(f, c->ada, "of the company", NULL), OK);
	assert_int_equal(c->desk.directory, head.number);
	assert_err(modify(f, &f->operator, head, PATCH_REPLACE, ATTR_PASS_THROUGH, "FALSE"), OK);
	assert_int_equal(sign_in(f, c->ada, "of the company", NULL), OK);
	assert_int_equal(c->desk.directory, c->directory.number);
}

/* ---- grace ---- */

/* What is written behind an answer is written. */
static void settle(struct fixture *f)
{
	struct state_row row = { SPAN("test"), SPAN("1") };
	struct command command = {
		.type = COMMAND_STATE, .tenant = f->acme, .states = &row, .state_count = 1
	};
	struct actor actor;
	struct outcome outcome;
	actor_system(&actor, CHANNEL_INTERNAL);
	assert_int_equal(core_run(f->core, &actor, &command, &outcome), OK);
}

static struct company *begin_grace(struct fixture *f, const char *role)
{
	struct company *c = begin_company(f, role);
	clock_set_for_test(1000000 * SECOND);
	assert_err(modify(f, &f->operator, c->directory, PATCH_REPLACE, ATTR_GRACE_HOURS, "8"), OK);
	assert_int_equal(sign_in(f, c->ada, "of the company", NULL), OK);
	settle(f);
	c->desk.word = UPSTREAM_UNAVAILABLE;
	return c;
}

static enum err later(struct fixture *f, struct company *c, int64_t hours, const char *password)
{
	login_forgive(f->core, f->acme, KIND_USER, c->ada.number);
	clock_set_for_test(1000000 * SECOND + hours * 3600 * SECOND);
	enum err err = sign_in(f, c->ada, password, NULL);
	settle(f);
	return err;
}

static void what_it_said_last_counts_for_the_hours_of_grace(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_grace(f, "Viewer");
	struct signing attempt = { 0 };
	look(f);
	begin(f, &attempt, c->ada, "of the company");
	assert_int_equal(wait_for(&attempt), OK);
	assert_true(attempt.login.by_grace);
	assert_int_equal(later(f, c, 7, "of the company"), OK);
	assert_int_equal(later(f, c, 7, "another"), ERR_CREDENTIALS);
	assert_int_equal(later(f, c, 8, "of the company"), ERR_UNAVAILABLE);
}

static uint64_t told(struct fixture *f)
{
	settle(f);
	uint64_t count = 0, last = audit_count(f, f->acme);
	struct span row;
	for (uint64_t i = 1; i <= last; i++)
		if (view_audit(f->view, f->acme, i, &row))
			count += strstr(arena_string(f->arena, row), "\"user.grace.used\"") != NULL;
	return count;
}

static void whom_it_lets_in_is_in_the_audit_once_an_hour(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_grace(f, "Viewer");
	assert_int_equal(told(f), 0);
	assert_int_equal(later(f, c, 1, "another"), ERR_CREDENTIALS);
	assert_int_equal(told(f), 0);
	assert_int_equal(later(f, c, 1, "of the company"), OK);
	assert_int_equal(later(f, c, 1, "of the company"), OK);
	assert_int_equal(told(f), 1);
	const char *row = last_audit(f, f->acme);
	assert_non_null(strstr(row, "user.grace.used"));
	assert_non_null(strstr(row, "the directory is not available"));
	assert_non_null(strstr(row, "\"name\":\"ada\""));
	assert_int_equal(later(f, c, 3, "of the company"), OK);
	assert_int_equal(told(f), 2);
}

static void there_is_no_grace_unless_it_is_asked_for(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_company(f, "Viewer");
	assert_int_equal(sign_in(f, c->ada, "of the company", NULL), OK);
	c->desk.word = UPSTREAM_UNAVAILABLE;
	assert_int_equal(sign_in(f, c->ada, "of the company", NULL), ERR_UNAVAILABLE);
}

static void an_admin_has_no_grace(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_grace(f, "Admin");
	assert_int_equal(later(f, c, 1, "of the company"), ERR_UNAVAILABLE);
}

static void who_becomes_admin_has_no_grace(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_grace(f, "Viewer");
	must_join(f, find(f, f->acme, KIND_ROLE, "Admin"), c->ada);
	assert_int_equal(later(f, c, 1, "of the company"), ERR_UNAVAILABLE);
}

static void a_password_that_was_right_and_is_wrong_ends_the_grace(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_grace(f, "Viewer");
	c->desk.word = UPSTREAM_WRONG;
	assert_int_equal(later(f, c, 1, "somebody's guess"), ERR_CREDENTIALS);
	c->desk.word = UPSTREAM_UNAVAILABLE;
	assert_int_equal(later(f, c, 1, "of the company"), OK);
	c->desk.word = UPSTREAM_WRONG;
	assert_int_equal(later(f, c, 1, "of the company"), ERR_CREDENTIALS);
	c->desk.word = UPSTREAM_UNAVAILABLE;
	assert_int_equal(later(f, c, 1, "of the company"), ERR_UNAVAILABLE);
}

static void a_lock_there_a_deactivation_here_and_new_settings_end_the_grace(void **state)
{
	struct fixture *f = *state;
	struct company *c = begin_grace(f, "Viewer");
	c->desk.word = UPSTREAM_DISABLED;
	assert_int_equal(later(f, c, 1, "of the company"), ERR_CREDENTIALS);
	c->desk.word = UPSTREAM_UNAVAILABLE;
	assert_int_equal(later(f, c, 1, "of the company"), ERR_UNAVAILABLE);

	c->desk.word = UPSTREAM_RIGHT;
	assert_int_equal(later(f, c, 2, "of the company"), OK);
	assert_err(modify(f, &f->operator, c->ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_err(modify(f, &f->operator, c->ada, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	c->desk.word = UPSTREAM_UNAVAILABLE;
	assert_int_equal(later(f, c, 2, "of the company"), ERR_UNAVAILABLE);

	c->desk.word = UPSTREAM_RIGHT;
	assert_int_equal(later(f, c, 3, "of the company"), OK);
	assert_err(modify(f, &f->operator, c->directory, PATCH_REPLACE, ATTR_URI,
			   "ldaps://elsewhere.example"),
		OK);
	c->desk.word = UPSTREAM_UNAVAILABLE;
	assert_int_equal(later(f, c, 3, "of the company"), ERR_UNAVAILABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_directory_is_asked_for_the_password_as_it_was_typed),
		TEST(each_of_its_words_has_one_meaning_here),
		TEST(an_empty_password_is_never_passed_on),
		TEST(whoever_is_disabled_here_is_refused_before_the_directory_is_asked),
		TEST(whoever_is_disabled_while_the_directory_thinks_is_refused),
		TEST(a_hash_that_was_synced_is_not_looked_at),
		TEST(a_password_that_an_administrator_gave_counts_instead),
		TEST(nobody_changes_here_what_is_kept_there),
		TEST(a_directory_that_passes_nothing_through_is_not_asked),
		TEST(too_many_who_wait_are_refused_as_busy),
		TEST(wrong_passwords_stop_before_the_directory_locks_the_account),
		TEST(refusals_of_a_tenant_take_as_long_as_its_directory),
		TEST(the_code_behind_a_password_is_not_passed_on),
		TEST(a_password_for_an_application_asks_nobody),
		TEST(nobody_shows_an_old_password_that_lives_there),
		TEST(of_several_directories_the_one_that_goes_before_is_asked),
		TEST(what_it_said_last_counts_for_the_hours_of_grace),
		TEST(whom_it_lets_in_is_in_the_audit_once_an_hour),
		TEST(there_is_no_grace_unless_it_is_asked_for),
		TEST(an_admin_has_no_grace),
		TEST(who_becomes_admin_has_no_grace),
		TEST(a_password_that_was_right_and_is_wrong_ends_the_grace),
		TEST(a_lock_there_a_deactivation_here_and_new_settings_end_the_grace),
	};
	return cmocka_run_group_tests_name("login_upstream", tests, NULL, NULL);
}
