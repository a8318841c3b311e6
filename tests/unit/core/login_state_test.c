#include "signing.h"

#include "base/limits.h"
#include "base/otp.h"
#include "core/keeper_int.h"

#define DAY (86400 * SECOND)
#define START (INT64_C(1795000000) * SECOND) /* in November 2026 */

static struct ref make_person(struct fixture *f, const char *name)
{
	struct ref ref = make_user(f, f->acme, name);
	set_password(f, ref, "right horse");
	return ref;
}

static struct ref make_service(struct fixture *f, const char *name, const char *factor)
{
	struct entry *entry;
	client_entry(f->arena, "service", span_str(name), 1 << PERM_USERS_VIEW, &entry, NULL);
	if (factor)
		add_value(entry, ATTR_BIND_FACTOR, factor);
	return make(f, f->acme, entry);
}

/* What was answered, all of it. */
static struct login ask(
	struct fixture *f, struct ref ref, const char *password, uint32_t client, enum err wanted)
{
	struct signing attempt = { 0 };
	look(f);
	begin_as(f, &attempt, ref, password, &(struct login){ .client = client });
	assert_int_equal(wait_for(&attempt), wanted);
	return attempt.login;
}

static void replace(struct fixture *f, struct ref ref, enum attr attr, struct span octets)
{
	const struct value value = { .attr = attr, .octets = octets };
	const struct modification mod = {
		.op = PATCH_REPLACE, .attr = attr, .values = &value, .count = 1
	};
	assert_err(modify_all(f, &f->operator, ref, &mod, 1, NULL), OK);
}

static void restart(struct fixture *f)
{
	core_keep(f->core, false, NULL);
	fixture_close(f);
	fixture_open(f, 0);
}

/* ---- states ---- */

static void who_must_change_the_password_signs_in_to_do_so(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada");
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_MUST_CHANGE, "TRUE"), OK);
	struct login login = ask(f, ada, "right horse", 0, OK);
	assert_true(login.actor.must_change);
	assert_int_equal(login.actor.permissions, 0);
	assert_int_equal(login.notice.trouble, PASSWORD_CHANGE_AFTER_RESET);
	login = ask(f, ada, "wrong horse", 0, ERR_CREDENTIALS);
	assert_int_equal(login.notice.trouble, PASSWORD_FINE);
	struct actor self = act_as(f, ada);
	char stored[PASSWORD_STORED_MAX];
	assert_int_equal(password_make(look(f), f->acme, PASSWORD_CHOSEN, SPAN("newer horse"),
				 stored, NULL, NULL),
		OK);
	assert_err(modify(f, &self, ada, PATCH_REPLACE, ATTR_PASSWORD, stored), OK);
	login = ask(f, ada, "newer horse", 0, OK);
	assert_false(login.actor.must_change);
	assert_int_equal(login.notice.trouble, PASSWORD_FINE);
}

static void a_password_that_is_about_to_expire_is_told_and_an_expired_one_refused(void **state)
{
	struct fixture *f = *state;
	clock_set_for_test(START);
	struct ref ada = make_person(f, "ada");
	put_policy(f, f->acme, "password.max_age_days=30");
	put_policy(f, f->acme, "password.warn_days=10");
	assert_int_equal(ask(f, ada, "right horse", 0, OK).notice.expires, -1);
	clock_set_for_test(START + 21 * DAY);
	assert_int_equal(ask(f, ada, "right horse", 0, OK).notice.expires, 9 * 86400);
	clock_set_for_test(START + 30 * DAY);
	struct login login = ask(f, ada, "right horse", 0, ERR_CREDENTIALS);
	assert_int_equal(login.notice.trouble, PASSWORD_EXPIRED);
	login = ask(f, ada, "wrong horse", 0, ERR_CREDENTIALS);
	assert_int_equal(login.notice.trouble, PASSWORD_FINE);
	set_password(f, ada, "newer horse");
	assert_int_equal(ask(f, ada, "newer horse", 0, OK).notice.expires, -1);
}

static void sign_ins_with_an_expired_password_are_counted_through_a_restart(void **state)
{
	struct fixture *f = *state;
	clock_set_for_test(START);
	struct ref ada = make_person(f, "ada");
	put_policy(f, f->acme, "password.max_age_days=30");
	put_policy(f, f->acme, "password.grace_logins=3");
	clock_set_for_test(START + 31 * DAY);
	uint64_t rows = audit_count(f, f->acme);
	assert_int_equal(ask(f, ada, "right horse", 0, OK).notice.grace, 2);
	restart(f);
	assert_int_equal(ask(f, ada, "right horse", 0, OK).notice.grace, 1);
	assert_int_equal(ask(f, ada, "wrong horse", 0, ERR_CREDENTIALS).notice.grace, -1);
	assert_int_equal(ask(f, ada, "right horse", 0, OK).notice.grace, 0);
	ask(f, ada, "right horse", 0, ERR_CREDENTIALS);
	restart(f);
	ask(f, ada, "right horse", 0, ERR_CREDENTIALS);
	look(f);
	assert_int_equal(audit_count(f, f->acme), rows);
	set_password(f, ada, "newer horse");
	clock_set_for_test(START + 62 * DAY);
	assert_int_equal(ask(f, ada, "newer horse", 0, OK).notice.grace, 2);
}

static void what_signing_in_left_behind_goes_with_the_person(void **state)
{
	struct fixture *f = *state;
	struct span row;
	clock_set_for_test(START);
	struct ref ada = make_person(f, "ada");
	put_policy(f, f->acme, "password.max_age_days=30");
	put_policy(f, f->acme, "password.grace_logins=3");
	clock_set_for_test(START + 31 * DAY);
	ask(f, ada, "right horse", 0, OK);
	core_keep(f->core, false, NULL);
	struct span key = span_str(arena_printf(f->arena, "login/%u", ada.number));
	assert_true(view_state(look(f), f->acme, key, &row));
	assert_err(remove_entry(f, &f->operator, ada), OK);
	assert_false(view_state(look(f), f->acme, key, &row));
}

static void an_expired_password_is_good_enough_to_choose_a_new_one(void **state)
{
	struct fixture *f = *state;
	clock_set_for_test(START);
	struct ref ada = make_person(f, "ada");
	put_policy(f, f->acme, "password.max_age_days=30");
	clock_set_for_test(START + 31 * DAY);
	static const struct {
		const char *password;
		enum err wanted;
	} cases[] = { { "right horse", OK }, { "wrong horse", ERR_CREDENTIALS } };
	for (size_t i = 0; i < 2; i++) {
		struct signing signing = { 0 };
		look(f);
		begin_as(f, &signing, ada, cases[i].password, &(struct login){ .is_old = true });
		assert_int_equal(wait_for(&signing), cases[i].wanted);
	}
	ask(f, ada, "right horse", 0, ERR_CREDENTIALS);
}

static void a_locked_account_is_told_only_by_policy_and_behind_the_right_password(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada");
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	struct login login = ask(f, ada, "right horse", 0, ERR_CREDENTIALS);
	assert_int_equal(login.notice.trouble, PASSWORD_FINE);
	put_policy(f, f->acme, "ldap.tells_locked=true");
	login = ask(f, ada, "right horse", 0, ERR_CREDENTIALS);
	assert_int_equal(login.notice.trouble, PASSWORD_ACCOUNT_LOCKED);
	login = ask(f, ada, "wrong horse", 0, ERR_CREDENTIALS);
	assert_int_equal(login.notice.trouble, PASSWORD_FINE);
	struct password_facts facts;
	struct record record = read_entry(f, ada);
	password_facts(&record, &facts);
	assert_true(facts.locked);
	assert_false(facts.reset);
}

static void every_refusal_costs_one_hash(void **state)
{
	struct fixture *f = *state;
	struct ref group = make_named(f, f->acme, KIND_GROUP, "staff");
	struct ref gate = make_service(f, "gate", NULL);
	struct ref inactive = make_person(f, "inactive"), ended = make_person(f, "ended");
	struct ref old = make_person(f, "old"), none = make_user(f, f->acme, "none");
	struct ref outside = make_person(f, "outside");
	struct ref nobody = { KIND_USER, f->acme, 0, { { 0 } } };
	replace(f, gate, ATTR_BIND_CONTAINER, uuid_span(&group.id));
	modify(f, &f->operator, inactive, PATCH_REPLACE, ATTR_ACTIVE, "FALSE");
	modify(f, &f->operator, ended, PATCH_REPLACE, ATTR_ACCOUNT_EXPIRES, "20200101000000Z");
	put_policy(f, f->acme, "password.max_age_days=1");
	const struct {
		struct ref ref;
		uint32_t client;
	} refused[] = { { inactive, 0 }, { ended, 0 }, { none, 0 }, { nobody, 0 },
		{ outside, gate.number }, { outside, 99999 }, { old, 0 } };
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		static const char *const passwords[] = { "right horse", "wrong horse" };
		if (refused[i].ref.number == old.number)
			clock_set_for_test(clock_wall() + 3 * DAY);
		for (size_t j = 0; j < 2; j++) {
			int64_t hashes = metric_get(METRIC_HASHES);
			ask(f, refused[i].ref, passwords[j], refused[i].client, ERR_CREDENTIALS);
			assert_int_equal(metric_get(METRIC_HASHES), hashes + 1);
		}
	}
}

/* ---- new passwords ---- */

static enum err try_password(struct fixture *f, const char *text, enum password_trouble *trouble)
{
	char stored[PASSWORD_STORED_MAX];
	return password_make(
		look(f), f->acme, PASSWORD_CHOSEN, span_str(text), stored, trouble, NULL);
}

static void a_new_password_is_measured_by_the_tenants_policy(void **state)
{
	struct fixture *f = *state;
	enum password_trouble trouble;
	assert_int_equal(try_password(f, "seven77", &trouble), ERR_VALUE);
	assert_int_equal(trouble, PASSWORD_TOO_SHORT);
	assert_int_equal(try_password(f, "eight888", &trouble), OK);
	assert_int_equal(try_password(f, "a\nb-and-more", &trouble), ERR_VALUE);
	assert_int_equal(trouble, PASSWORD_INSUFFICIENT_QUALITY);
	assert_int_equal(try_password(f, "\xff\xfe-and-more", &trouble), ERR_VALUE);
	put_policy(f, f->acme, "password.min_length=3");
	/* Characters count, not octets. */
	assert_int_equal(try_password(f, "\xc3\xa4\xc3\xb6", &trouble), ERR_VALUE);
	assert_int_equal(try_password(f, "\xc3\xa4\xc3\xb6\xc3\xbc", &trouble), OK);
}

static void two_ways_to_type_a_letter_are_one_password(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	char stored[PASSWORD_STORED_MAX];
	const char *composed = "caf\xc3\xa9 au lait", *apart = "cafe\xcc\x81\xc2\xa0"
							       "au lait";
	assert_int_equal(password_make(look(f), f->acme, PASSWORD_CHOSEN, span_str(apart), stored,
				 NULL, NULL),
		OK);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_PASSWORD, stored), OK);
	ask(f, ada, composed, 0, OK);
	ask(f, ada, apart, 0, OK);
	ask(f, ada, "caf\xc3\x89 au lait", 0, ERR_CREDENTIALS);
	ask(f, ada, "cafe au lait", 0, ERR_CREDENTIALS);
}

static void a_password_leaves_its_verifier_while_the_policy_says_so(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	char stored[PASSWORD_STORED_MAX];
	struct scram_verifier verifier;
	put_policy(f, f->acme, "password.scram=true");
	assert_int_equal(password_make(look(f), f->acme, PASSWORD_CHOSEN, SPAN("right horse"),
				 stored, NULL, NULL),
		OK);
	clock_set_for_test(START);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_PASSWORD, stored), OK);
	struct record record = read_entry(f, ada);
	assert_true(scram_verifier_parse(record_first(&record, ATTR_SCRAM), &verifier));
	assert_true(password_verify(SPAN("right horse"), record_first(&record, ATTR_PASSWORD)));
	assert_first(f, ada, ATTR_PASSWORD_CHANGED, "20261118110640Z");
	ask(f, ada, "right horse", 0, OK);
	set_password(f, ada, "other horse");
	record = read_entry(f, ada);
	assert_int_equal(record_first(&record, ATTR_SCRAM).len, 0);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_PASSWORD,
			   "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0 SCRAM-SHA-256$nonsense"),
		ERR_VALUE);
	assert_err(modify(f, &f->operator, ada, PATCH_REMOVE, ATTR_PASSWORD, NULL), OK);
	record = read_entry(f, ada);
	assert_int_equal(record_first(&record, ATTR_PASSWORD_CHANGED).len, 0);
}

/* ---- applications ---- */

static void an_application_admits_its_own_people_also_through_groups_of_groups(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada"), bob = make_person(f, "bob");
	struct ref eve = make_person(f, "eve");
	struct ref inner = make_named(f, f->acme, KIND_GROUP, "inner");
	struct ref outer = make_named(f, f->acme, KIND_GROUP, "outer");
	struct ref wiki = make_service(f, "wiki", NULL);
	must_join(f, outer, inner);
	must_join(f, inner, ada);
	must_join(f, outer, bob);
	replace(f, wiki, ATTR_BIND_CONTAINER, uuid_span(&outer.id));
	ask(f, ada, "right horse", wiki.number, OK);
	ask(f, bob, "right horse", wiki.number, OK);
	ask(f, eve, "right horse", wiki.number, ERR_CREDENTIALS);
	ask(f, eve, "right horse", 0, OK);
	/* Also one who is cached. */
	ask(f, eve, "right horse", wiki.number, ERR_CREDENTIALS);
	assert_err(leave(f, &f->operator, inner, ada), OK);
	ask(f, ada, "right horse", wiki.number, ERR_CREDENTIALS);
}

struct totp_person {
	struct ref ref;
	uint8_t seed[OTP_SEED];
};

static void give_seed(struct fixture *f, struct totp_person *person)
{
	memset(person->seed, 5, sizeof person->seed);
	replace(f, person->ref, ATTR_TOTP_SEED,
		core_seal(f->core, f->arena, &person->ref.id,
			span_of(person->seed, sizeof person->seed)));
}

static const char *with_code(
	struct fixture *f, const struct totp_person *person, const char *password, int steps)
{
	char code[OTP_DIGITS];
	otp_code(span_of(person->seed, sizeof person->seed),
		otp_step(clock_wall()) + (uint64_t)steps, code);
	return arena_printf(f->arena, "%s%.6s", password, code);
}

static void a_code_stands_behind_the_password_and_opens_once(void **state)
{
	struct fixture *f = *state;
	struct totp_person ada = { make_person(f, "ada"), { 0 } };
	struct ref bob = make_person(f, "bob");
	struct ref vpn = make_service(f, "vpn", "password+totp");
	clock_set_for_test(START);
	give_seed(f, &ada);
	ask(f, ada.ref, "right horse", vpn.number, ERR_CREDENTIALS);
	ask(f, ada.ref, "right horse123456", vpn.number, ERR_CREDENTIALS);
	const char *code = with_code(f, &ada, "right horse", 0);
	ask(f, ada.ref, with_code(f, &ada, "wrong horse", 0), vpn.number, ERR_CREDENTIALS);
	ask(f, ada.ref, code, vpn.number, OK);
	ask(f, ada.ref, code, vpn.number, ERR_CREDENTIALS);
	restart(f);
	ask(f, ada.ref, code, vpn.number, ERR_CREDENTIALS);
	ask(f, ada.ref, with_code(f, &ada, "right horse", -1), vpn.number, ERR_CREDENTIALS);
	ask(f, ada.ref, with_code(f, &ada, "right horse", 1), vpn.number, OK);
	ask(f, ada.ref, with_code(f, &ada, "right horse", 2), vpn.number, ERR_CREDENTIALS);
	ask(f, bob, "right horse", vpn.number, ERR_CREDENTIALS);
	ask(f, ada.ref, "right horse", 0, OK);
}

static void who_has_chosen_codes_needs_one_where_nothing_else_is_said(void **state)
{
	struct fixture *f = *state;
	struct totp_person ada = { make_person(f, "ada"), { 0 } };
	struct ref plain = make_service(f, "plain", "password");
	clock_set_for_test(START);
	give_seed(f, &ada);
	assert_err(modify(f, &f->operator, ada.ref, PATCH_REPLACE, ATTR_AUTH_METHOD, "totp"), OK);
	ask(f, ada.ref, "right horse", 0, ERR_CREDENTIALS);
	ask(f, ada.ref, with_code(f, &ada, "right horse", 0), 0, OK);
	ask(f, ada.ref, "right horse", plain.number, OK);
}

static const char *give_app_password(
	struct fixture *f, struct ref person, const char *name, const struct uuid *client)
{
	struct app_password wanted = { .created = START, .name = span_str(name) };
	struct value value = { .attr = ATTR_APP_PASSWORD };
	const struct modification mod = {
		.op = PATCH_ADD, .attr = ATTR_APP_PASSWORD, .values = &value, .count = 1
	};
	if (client)
		wanted.client = *client;
	const char *text = app_password_make(f->core, f->arena, &person.id, &wanted, &value.octets);
	assert_err(modify_all(f, &f->operator, person, &mod, 1, NULL), OK);
	return text;
}

static void a_password_for_one_application_opens_that_one(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada"), bob = make_person(f, "bob");
	struct ref mail = make_service(f, "mail", "application");
	struct ref wiki = make_service(f, "wiki", NULL);
	struct ref vpn = make_service(f, "vpn", "password+totp");
	const char *for_mail = give_app_password(f, ada, "phone", &mail.id);
	int64_t hashes = metric_get(METRIC_HASHES);
	struct login login = ask(f, ada, for_mail, mail.number, OK);
	assert_int_equal(metric_get(METRIC_HASHES), hashes);
	assert_true(login.actor.by_application);
	const char *more = give_app_password(f, ada, "tablet", &mail.id);
	ask(f, ada, more, mail.number, OK);
	ask(f, ada, for_mail, mail.number, OK);
	ask(f, ada, "right horse", mail.number, ERR_CREDENTIALS);
	ask(f, ada, for_mail, wiki.number, ERR_CREDENTIALS);
	ask(f, ada, for_mail, 0, ERR_CREDENTIALS);
	ask(f, bob, for_mail, mail.number, ERR_CREDENTIALS);
	const char *for_any = give_app_password(f, bob, "laptop", NULL);
	ask(f, bob, for_any, wiki.number, OK);
	ask(f, bob, for_any, 0, OK);
	ask(f, bob, for_any, mail.number, ERR_CREDENTIALS);
	ask(f, bob, for_any, vpn.number, ERR_CREDENTIALS);
	/* It never becomes the password itself. */
	char stored[PASSWORD_STORED_MAX];
	password_make(look(f), f->acme, PASSWORD_CHOSEN, SPAN("stolen horse"), stored, NULL, NULL);
	assert_err(
		modify(f, &login.actor, ada, PATCH_REPLACE, ATTR_PASSWORD, stored), ERR_FORBIDDEN);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	ask(f, ada, for_mail, mail.number, ERR_CREDENTIALS);
}

/* ---- too many attempts ---- */

static void guessing_is_slowed_down_and_an_unseen_guess_costs_no_hash(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada");
	struct signing attempt = { 0 };
	clock_set_for_test(START);
	for (unsigned i = 0; i < 10; i++)
		ask(f, ada, "wrong horse", 0, ERR_CREDENTIALS);
	int64_t hashes = metric_get(METRIC_HASHES), seen = metric_get(METRIC_LOGINS_THROTTLED);
	struct login login = ask(f, ada, "right horse", 0, ERR_CREDENTIALS);
	assert_string_equal(login.refusal, "too many attempts");
	assert_int_equal(metric_get(METRIC_HASHES), hashes);
	assert_int_equal(metric_get(METRIC_LOGINS_THROTTLED), seen + 1);
	look(f);
	begin_as(f, &attempt, ada, "right horse", &(struct login){ .address = "198.51.100.1" });
	assert_int_equal(wait_for(&attempt), OK);
	clock_set_for_test(START + SECOND);
	ask(f, ada, "right horse", 0, OK);
	for (unsigned i = 0; i < 10; i++)
		ask(f, ada, "wrong horse", 0, ERR_CREDENTIALS);
	struct throttle_row rows[4];
	assert_int_equal(login_throttled(f->core, f->acme, rows, 4), 1);
	assert_int_equal(login_forgive(f->core, f->acme, KIND_USER, ada.number), 1);
	ask(f, ada, "right horse", 0, OK);
}

static void a_name_that_nobody_has_is_slowed_down_likewise(void **state)
{
	struct fixture *f = *state;
	struct ref nobody = { KIND_USER, f->acme, 0, { { 0 } } };
	clock_set_for_test(START);
	for (unsigned i = 0; i < 12; i++) {
		struct signing attempt = { 0 };
		int64_t hashes = metric_get(METRIC_HASHES);
		look(f);
		begin_as(f, &attempt, nobody, "wrong horse",
			&(struct login){ .name = SPAN("ghost") });
		assert_int_equal(wait_for(&attempt), ERR_CREDENTIALS);
		assert_false(attempt.immediate);
		assert_int_equal(metric_get(METRIC_HASHES), hashes + (i < 10));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_must_change_the_password_signs_in_to_do_so),
		TEST(a_password_that_is_about_to_expire_is_told_and_an_expired_one_refused),
		TEST(sign_ins_with_an_expired_password_are_counted_through_a_restart),
		TEST(what_signing_in_left_behind_goes_with_the_person),
		TEST(an_expired_password_is_good_enough_to_choose_a_new_one),
		TEST(a_locked_account_is_told_only_by_policy_and_behind_the_right_password),
		TEST(every_refusal_costs_one_hash),
		TEST(a_new_password_is_measured_by_the_tenants_policy),
		TEST(two_ways_to_type_a_letter_are_one_password),
		TEST(a_password_leaves_its_verifier_while_the_policy_says_so),
		TEST(an_application_admits_its_own_people_also_through_groups_of_groups),
		TEST(a_code_stands_behind_the_password_and_opens_once),
		TEST(who_has_chosen_codes_needs_one_where_nothing_else_is_said),
		TEST(a_password_for_one_application_opens_that_one),
		TEST(guessing_is_slowed_down_and_an_unseen_guess_costs_no_hash),
		TEST(a_name_that_nobody_has_is_slowed_down_likewise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
