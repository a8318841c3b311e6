#include "signing.h"

#include "base/hash.h"
#include "base/limits.h"

static struct ref make_person(struct fixture *f, const char *name, const char *role)
{
	struct ref ref = make_holder(f, f->acme, name, role);
	set_password(f, ref, "right horse");
	return ref;
}

static void the_right_password_signs_in_and_tells_who_it_is(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada", "Viewer");
	struct signing attempt = { 0 };
	look(f);
	begin(f, &attempt, ada, "right horse");
	assert_false(attempt.immediate);
	assert_int_equal(wait_for(&attempt), OK);
	const struct actor *actor = &attempt.login.actor;
	assert_int_equal(actor->type, ACTOR_USER);
	assert_int_equal(actor->tenant, f->acme);
	assert_string_equal(actor->name, "ada");
	assert_string_equal(actor->address, "192.0.2.1");
	assert_true(actor_may(actor, PERM_AUDIT_VIEW));
	assert_false(actor_may(actor, PERM_USERS_EDIT));
}

static void a_wrong_password_is_never_remembered(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada", "Viewer");
	bool immediate;
	assert_int_equal(sign_in(f, ada, "wrong", &immediate), ERR_CREDENTIALS);
	assert_int_equal(sign_in(f, ada, "wrong", &immediate), ERR_CREDENTIALS);
	assert_false(immediate);
	assert_int_equal(sign_in(f, ada, "right horse", NULL), OK);
	assert_int_equal(sign_in(f, ada, "wrong", &immediate), ERR_CREDENTIALS);
	assert_false(immediate);
}

static void the_second_sign_in_needs_no_hash(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada", "Viewer");
	bool immediate;
	assert_int_equal(sign_in(f, ada, "right horse", &immediate), OK);
	assert_false(immediate);
	int64_t hashes = metric_get(METRIC_HASHES);
	assert_int_equal(sign_in(f, ada, "right horse", &immediate), OK);
	assert_true(immediate);
	assert_int_equal(metric_get(METRIC_HASHES), hashes);
}

static void the_cache_forgets_after_five_minutes(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada", "Viewer");
	bool immediate;
	clock_set_for_test(1000 * SECOND);
	assert_int_equal(sign_in(f, ada, "right horse", NULL), OK);
	clock_set_for_test(1299 * SECOND);
	sign_in(f, ada, "right horse", &immediate);
	assert_true(immediate);
	clock_set_for_test(1301 * SECOND);
	assert_int_equal(sign_in(f, ada, "right horse", &immediate), OK);
	assert_false(immediate);
}

static void any_change_of_the_person_ends_the_cache(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada", "Viewer");
	bool immediate;
	assert_int_equal(sign_in(f, ada, "right horse", NULL), OK);
	modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_TITLE, "Dr");
	assert_int_equal(sign_in(f, ada, "right horse", &immediate), OK);
	assert_false(immediate);
	set_password(f, ada, "new horse");
	assert_int_equal(sign_in(f, ada, "right horse", NULL), ERR_CREDENTIALS);
	assert_int_equal(sign_in(f, ada, "new horse", NULL), OK);
}

static void an_inactive_person_is_refused_at_once(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada", "Viewer");
	assert_int_equal(sign_in(f, ada, "right horse", NULL), OK);
	modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE");
	assert_int_equal(sign_in(f, ada, "right horse", NULL), ERR_CREDENTIALS);
	modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "TRUE");
	assert_int_equal(sign_in(f, ada, "right horse", NULL), OK);
}

static void a_suspended_tenant_refuses_all(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada", "Viewer");
	struct ref acme = find(f, 0, KIND_TENANT, "acme");
	assert_int_equal(sign_in(f, ada, "right horse", NULL), OK);
	modify(f, &f->operator, acme, PATCH_REPLACE, ATTR_ACTIVE, "FALSE");
	assert_int_equal(sign_in(f, ada, "right horse", NULL), ERR_CREDENTIALS);
	struct actor actor;
	assert_int_equal(
		view_actor(f->view, f->acme, KIND_USER, ada.number, &actor, NULL), ERR_CREDENTIALS);
	modify(f, &f->operator, acme, PATCH_REPLACE, ATTR_ACTIVE, "TRUE");
	assert_int_equal(sign_in(f, ada, "right horse", NULL), OK);
}

static void an_admin_is_never_cached(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada", "Admin");
	bool immediate;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sign_in(f, ada, "right horse", &immediate), OK);
		assert_false(immediate);
	}
}

static void a_cached_person_who_becomes_admin_is_hashed_again(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada", "Viewer");
	bool immediate;
	assert_int_equal(sign_in(f, ada, "right horse", NULL), OK);
	must_join(f, find(f, f->acme, KIND_ROLE, "Admin"), ada);
	assert_int_equal(sign_in(f, ada, "right horse", &immediate), OK);
	assert_false(immediate);
}

static void an_account_that_has_ended_is_refused_with_the_right_password(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada", "Technician");
	struct signing attempt = { 0 };
	assert_int_equal(sign_in(f, ada, "right horse", NULL), OK);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACCOUNT_EXPIRES,
			   "20200101000000Z"),
		OK);
	look(f);
	begin(f, &attempt, ada, "right horse");
	assert_int_equal(wait_for(&attempt), ERR_CREDENTIALS);
	assert_non_null(attempt.login.refusal);
	assert_err(modify(f, &f->operator, ada, PATCH_REMOVE, ATTR_ACCOUNT_EXPIRES, NULL), OK);
	assert_int_equal(sign_in(f, ada, "right horse", NULL), OK);
}

static void the_unknown_and_the_passwordless_take_a_hash_too(void **state)
{
	struct fixture *f = *state;
	struct ref nobody = { KIND_USER, f->acme, 0, { { 0 } } };
	struct ref bob = make_user(f, f->acme, "bob");
	struct ref group = make_named(f, f->acme, KIND_GROUP, "g");
	struct ref all[] = { nobody, bob, group, { KIND_USER, 99, 1, { { 0 } } } };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		int64_t hashes = metric_get(METRIC_HASHES);
		assert_int_equal(sign_in(f, all[i], "x", NULL), ERR_CREDENTIALS);
		assert_int_equal(metric_get(METRIC_HASHES), hashes + 1);
	}
	assert_int_equal(sign_in(f, bob, "", NULL), ERR_CREDENTIALS);
}

static void an_imported_ssha_hash_signs_in_and_a_wrong_one_takes_its_time(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	/* SHA-1 of "secret" and the salt "salt" behind it, as slapd stores it */
	const char *stored = "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0";
	assert_true(password_verify(SPAN("secret"), span_str(stored)));
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_PASSWORD, stored), OK);
	bool immediate;
	assert_int_equal(sign_in(f, ada, "secret", &immediate), OK);
	assert_true(immediate);
	int64_t hashes = metric_get(METRIC_HASHES);
	assert_int_equal(sign_in(f, ada, "wrong", &immediate), ERR_CREDENTIALS);
	assert_int_equal(metric_get(METRIC_HASHES), hashes + 1);
}

static void a_full_queue_is_busy_and_every_admitted_is_answered(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada", "Viewer");
	static struct signing attempts[2 * LIMIT_HASH_QUEUE];
	size_t busy = 0;
	look(f);
	for (size_t i = 0; i < 2 * LIMIT_HASH_QUEUE; i++)
		begin(f, &attempts[i], ada, "wrong");
	for (size_t i = 0; i < 2 * LIMIT_HASH_QUEUE; i++)
		busy += wait_for(&attempts[i]) == ERR_BUSY;
	assert_in_range(busy, 1, LIMIT_HASH_QUEUE);
	assert_int_equal(metric_get(METRIC_HASH_QUEUE), 0);
}

static void a_flood_in_one_tenant_leaves_the_other_its_turn(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada", "Viewer");
	struct ref eve = make_user(f, f->globex, "eve");
	set_password(f, eve, "right horse");
	static struct signing flood[LIMIT_HASH_QUEUE + 2];
	int order = 0;
	struct signing one = { .order = &order };
	look(f);
	for (size_t i = 0; i < LIMIT_HASH_QUEUE + 2; i++) {
		flood[i].order = &order;
		begin(f, &flood[i], ada, "wrong");
	}
	begin(f, &one, eve, "right horse");
	int before = __atomic_load_n(&order, __ATOMIC_RELAXED);
	assert_int_equal(wait_for(&one), OK);
	for (size_t i = 0; i < LIMIT_HASH_QUEUE + 2; i++)
		wait_for(&flood[i]);
	/* Two were under way, one was pushed out, one had its turn; more end before it only while
	 * its own thread is not let run. Last in line it would come behind them all. */
	assert_true(one.place - before < LIMIT_HASH_QUEUE / 2);
}

static void a_change_while_hashing_counts(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_person(f, "ada", "Viewer");
	static struct signing block[12];
	struct signing attempt = { 0 };
	struct ref nobody = { KIND_USER, f->acme, 0, { { 0 } } };
	bool early = true;
	while (early) {
		look(f);
		for (size_t i = 0; i < 12; i++)
			begin(f, &block[i], nobody, "x");
		begin(f, &attempt, ada, "right horse");
		modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE");
		/* A disk that is slower than six hashes proves nothing: once more. */
		early = is_done(&attempt);
		for (size_t i = 0; i < 12; i++)
			wait_for(&block[i]);
		wait_for(&attempt);
		if (early)
			modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "TRUE");
	}
	assert_int_equal(attempt.err, ERR_CREDENTIALS);
}

static void hashed(struct hashing *hashing, enum err err)
{
	struct signing *attempt = hashing->arg;
	pthread_mutex_lock(&attempt->lock);
	attempt->err = err;
	attempt->done = true;
	pthread_cond_signal(&attempt->wake);
	pthread_mutex_unlock(&attempt->lock);
}

static void a_new_password_is_hashed_in_the_pool(void **state)
{
	struct fixture *f = *state;
	struct signing attempt = { .lock = PTHREAD_MUTEX_INITIALIZER,
		.wake = PTHREAD_COND_INITIALIZER };
	struct hashing hashing = {
		.password = SPAN("secret word"), .done = hashed, .arg = &attempt
	};
	assert_int_equal(hashing_start(f->core, f->acme, &hashing, NULL), OK);
	assert_int_equal(wait_for(&attempt), OK);
	assert_true(password_verify(SPAN("secret word"), span_str(hashing.hash)));
	hashing.password = SPAN_NONE;
	assert_int_equal(hashing_start(f->core, f->acme, &hashing, NULL), ERR_VALUE);
}

static struct ref make_client(struct fixture *f, const char *name, char **token, const char *until)
{
	struct entry *entry;
	uint8_t digest[32];
	*token = token_new(f->arena, "scim", f->acme);
	token_digest(span_str(*token), digest);
	client_entry(f->arena, "scim", span_str(name), 1 << PERM_USERS_VIEW, &entry, NULL);
	entry_set(entry, ATTR_TOKEN_DIGEST, SOURCE_LOCAL,
		arena_copy(f->arena, span_of(digest, sizeof digest)), NULL);
	if (until)
		add_value(entry, ATTR_EXPIRES, until);
	return make(f, f->acme, entry);
}

static void a_token_names_its_client(void **state)
{
	struct fixture *f = *state;
	char *token, *other, *late;
	struct actor actor;
	struct ref client = make_client(f, "okta", &token, NULL);
	make_client(f, "entra", &other, "20260101000000Z");
	assert_int_equal(view_token(look(f), span_str(token), &actor, NULL), OK);
	assert_int_equal(actor.type, ACTOR_CLIENT);
	assert_int_equal(actor.number, client.number);
	assert_int_equal(actor.source, 1);
	assert_int_equal(actor.permissions, 1 << PERM_USERS_VIEW);
	clock_set_for_test(INT64_C(1767225599) * SECOND);
	assert_int_equal(view_token(f->view, span_str(other), &actor, NULL), OK);
	clock_set_for_test(INT64_C(1767225600) * SECOND);
	assert_int_equal(view_token(f->view, span_str(other), &actor, NULL), ERR_CREDENTIALS);
	clock_set_for_test(0);
	late = token_new(f->arena, "scim", f->acme);
	assert_int_equal(view_token(f->view, span_str(late), &actor, NULL), ERR_CREDENTIALS);
	assert_int_equal(view_token(f->view, SPAN("x"), &actor, NULL), ERR_CREDENTIALS);
	modify(f, &f->operator, client, PATCH_REPLACE, ATTR_ACTIVE, "FALSE");
	assert_int_equal(view_token(look(f), span_str(token), &actor, NULL), ERR_CREDENTIALS);
	modify(f, &f->operator, client, PATCH_REPLACE, ATTR_ACTIVE, "TRUE");
	struct ref acme = find(f, 0, KIND_TENANT, "acme");
	modify(f, &f->operator, acme, PATCH_REPLACE, ATTR_ACTIVE, "FALSE");
	assert_int_equal(view_token(look(f), span_str(token), &actor, NULL), ERR_CREDENTIALS);
}

static const char *rotate(struct fixture *f, struct ref client, int64_t until)
{
	struct outcome outcome;
	char *token = token_new(f->arena, "scim", f->acme);
	struct record record = read_entry(f, client);
	struct command command = { .type = COMMAND_MODIFY,
		.tenant = f->acme,
		.kind = KIND_CLIENT,
		.id = client.id,
		.if_revision = record.revision };
	command.mods = client_rotate(f->arena, &record, span_str(token), until, &command.mod_count);
	core_run(f->core, &f->operator, & command, &outcome);
	assert_err(outcome, OK);
	return token;
}

static enum err opens(struct fixture *f, const char *token)
{
	struct actor actor;
	return view_token(look(f), span_str(token), &actor, NULL);
}

static void a_rotated_token_opens_until_its_time(void **state)
{
	struct fixture *f = *state;
	char *first;
	int64_t now = clock_wall();
	struct ref client = make_client(f, "okta", &first, NULL);
	clock_set_for_test(now);
	const char *second = rotate(f, client, now + 3600 * SECOND);
	assert_int_equal(opens(f, first), OK);
	assert_int_equal(opens(f, second), OK);
	clock_set_for_test(now + 3601 * SECOND);
	assert_int_equal(opens(f, first), ERR_CREDENTIALS);
	assert_int_equal(opens(f, second), OK);
	const char *third = rotate(f, client, now + 7200 * SECOND);
	assert_int_equal(opens(f, first), ERR_CREDENTIALS);
	assert_int_equal(opens(f, second), OK);
	assert_int_equal(opens(f, third), OK);
}

static void a_token_rotated_without_overlap_ends_at_once(void **state)
{
	struct fixture *f = *state;
	char *first;
	struct ref client = make_client(f, "okta", &first, NULL);
	const char *second = rotate(f, client, clock_wall() + 3600 * SECOND);
	const char *third = rotate(f, client, 0);
	assert_int_equal(opens(f, first), ERR_CREDENTIALS);
	assert_int_equal(opens(f, second), ERR_CREDENTIALS);
	assert_int_equal(opens(f, third), OK);
}

static void both_tokens_end_with_the_client(void **state)
{
	struct fixture *f = *state;
	char *first;
	struct ref client = make_client(f, "okta", &first, NULL);
	const char *second = rotate(f, client, clock_wall() + 3600 * SECOND);
	assert_err(modify(f, &f->operator, client, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_int_equal(opens(f, first), ERR_CREDENTIALS);
	assert_int_equal(opens(f, second), ERR_CREDENTIALS);
	assert_err(modify(f, &f->operator, client, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	assert_int_equal(opens(f, first), OK);
	assert_err(remove_entry(f, &f->operator, client), OK);
	assert_int_equal(opens(f, first), ERR_CREDENTIALS);
	assert_int_equal(opens(f, second), ERR_CREDENTIALS);
}

static void a_service_account_signs_in_with_its_own_permissions(void **state)
{
	struct fixture *f = *state;
	struct entry *entry;
	uint64_t permissions = 1 << PERM_USERS_VIEW | 1 << PERM_GROUPS_VIEW;
	client_entry(f->arena, "service", SPAN("erp"), permissions, &entry, NULL);
	struct ref erp = make(f, f->acme, entry);
	set_password(f, erp, "right horse");
	struct signing attempt = { 0 };
	look(f);
	begin(f, &attempt, erp, "right horse");
	assert_int_equal(wait_for(&attempt), OK);
	assert_int_equal(attempt.login.actor.type, ACTOR_CLIENT);
	assert_int_equal(attempt.login.actor.permissions, permissions);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_right_password_signs_in_and_tells_who_it_is),
		TEST(a_wrong_password_is_never_remembered),
		TEST(an_account_that_has_ended_is_refused_with_the_right_password),
		TEST(the_second_sign_in_needs_no_hash),
		TEST(the_cache_forgets_after_five_minutes),
		TEST(any_change_of_the_person_ends_the_cache),
		TEST(an_inactive_person_is_refused_at_once),
		TEST(a_suspended_tenant_refuses_all),
		TEST(an_admin_is_never_cached),
		TEST(a_cached_person_who_becomes_admin_is_hashed_again),
		TEST(the_unknown_and_the_passwordless_take_a_hash_too),
		TEST(an_imported_ssha_hash_signs_in_and_a_wrong_one_takes_its_time),
		TEST(a_full_queue_is_busy_and_every_admitted_is_answered),
		TEST(a_flood_in_one_tenant_leaves_the_other_its_turn),
		TEST(a_change_while_hashing_counts),
		TEST(a_new_password_is_hashed_in_the_pool),
		TEST(a_token_names_its_client),
		TEST(a_rotated_token_opens_until_its_time),
		TEST(a_token_rotated_without_overlap_ends_at_once),
		TEST(both_tokens_end_with_the_client),
		TEST(a_service_account_signs_in_with_its_own_permissions),
	};
	return cmocka_run_group_tests_name("login", tests, NULL, NULL);
}
