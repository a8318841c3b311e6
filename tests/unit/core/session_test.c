#include "signing.h"

#include "core/audit.h"

#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define START (1000 * HOUR)

struct visitor {
	struct ref person;
	char token[SESSION_TOKEN + 1];
	struct uuid id;
};

static enum err order(struct fixture *f, const struct actor *actor, struct ref person,
	struct session_order wanted)
{
	const struct command command = { .type = COMMAND_SESSION,
		.tenant = person.tenant,
		.kind = KIND_USER,
		.id = person.id,
		.session = &wanted };
	struct outcome outcome;
	return core_run(f->core, actor, &command, &outcome);
}

static struct visitor let_in(struct fixture *f, struct ref person)
{
	struct visitor visitor = { .person = person };
	struct session_order wanted;
	struct actor actor = act_as(f, person);
	actor_came(&actor, CHANNEL_API, "192.0.2.1", SPAN("Browser\x01/1"));
	session_make(person.tenant, person.number, visitor.token, &wanted);
	visitor.id = wanted.id;
	assert_int_equal(order(f, &actor, person, wanted), OK);
	return visitor;
}

static enum err come(struct fixture *f, const struct visitor *visitor, bool live)
{
	struct actor actor;
	struct user_session session;
	struct why why = { 0 };
	return view_session(look(f), span_str(visitor->token), live, &actor, &session, &why);
}

static struct ref person_of(struct fixture *f, const char *name)
{
	struct ref ref = make_holder(f, f->acme, name, "Viewer");
	set_password(f, ref, "right horse");
	return ref;
}

static void a_token_opens_as_the_person_may_now(void **state)
{
	struct fixture *f = *state;
	struct visitor ada = let_in(f, person_of(f, "ada"));
	struct actor actor;
	struct user_session session;
	assert_int_equal(
		view_session(look(f), span_str(ada.token), true, &actor, &session, NULL), OK);
	assert_int_equal(actor.type, ACTOR_USER);
	assert_string_equal(actor.name, "ada");
	assert_true(uuid_equal(&actor.entrance.session, &ada.id));
	assert_false(actor_may(&actor, PERM_USERS_EDIT));
	assert_true(span_equal(session.user_agent, SPAN("Browser?/1")));
	must_join(f, find(f, f->acme, KIND_ROLE, "Admin"), ada.person);
	assert_int_equal(
		view_session(look(f), span_str(ada.token), true, &actor, &session, NULL), OK);
	assert_true(actor_may(&actor, PERM_USERS_EDIT));
}

static void a_session_from_which_nothing_comes_ends(void **state)
{
	struct fixture *f = *state;
	struct ref person = person_of(f, "ada");
	clock_set_for_test(START);
	struct visitor ada = let_in(f, person);
	for (int i = 1; i <= 10; i++) {
		clock_set_for_test(START + i * 29 * MINUTE);
		assert_int_equal(come(f, &ada, true), OK);
	}
	clock_set_for_test(START + 290 * MINUTE + 29 * MINUTE);
	assert_int_equal(come(f, &ada, false), OK);
	clock_set_for_test(START + 290 * MINUTE + 30 * MINUTE);
	assert_int_equal(come(f, &ada, true), ERR_CREDENTIALS);
	clock_set_for_test(0);
}

static void a_session_ends_whatever_comes(void **state)
{
	struct fixture *f = *state;
	struct ref person = person_of(f, "ada");
	clock_set_for_test(START);
	struct visitor ada = let_in(f, person);
	for (int64_t at = START; at < START + 12 * HOUR; at += 20 * MINUTE) {
		clock_set_for_test(at);
		assert_int_equal(come(f, &ada, true), OK);
	}
	clock_set_for_test(START + 12 * HOUR);
	assert_int_equal(come(f, &ada, true), ERR_CREDENTIALS);
	clock_set_for_test(0);
}

static void a_shorter_policy_counts_at_once(void **state)
{
	struct fixture *f = *state;
	struct ref person = person_of(f, "ada");
	clock_set_for_test(START);
	struct visitor ada = let_in(f, person);
	clock_set_for_test(START + 10 * MINUTE);
	assert_int_equal(come(f, &ada, false), OK);
	put_policy(f, f->acme, "session.idle=300");
	assert_int_equal(come(f, &ada, false), ERR_CREDENTIALS);
	clock_set_for_test(0);
}

static void when_it_was_seen_is_kept_over_a_restart(void **state)
{
	struct fixture *f = *state;
	struct ref person = person_of(f, "ada");
	clock_set_for_test(START);
	struct visitor ada = let_in(f, person);
	clock_set_for_test(START + 20 * MINUTE);
	assert_int_equal(come(f, &ada, true), OK);
	assert_int_equal(core_keep(f->core, true, NULL), OK);
	fixture_close(f);
	fixture_open(f, 0);
	clock_set_for_test(START + 40 * MINUTE);
	assert_int_equal(come(f, &ada, true), OK);
	clock_set_for_test(0);
}

static void with_one_too_many_the_longest_unused_ends(void **state)
{
	struct fixture *f = *state;
	struct ref person = person_of(f, "ada");
	struct visitor visitors[11];
	struct user_session sessions[SESSIONS_MOST];
	for (int i = 0; i < 10; i++) {
		clock_set_for_test(START + i * SECOND);
		visitors[i] = let_in(f, person);
	}
	clock_set_for_test(START + MINUTE);
	assert_int_equal(come(f, &visitors[0], true), OK);
	visitors[10] = let_in(f, person);
	assert_int_equal(come(f, &visitors[1], true), ERR_CREDENTIALS);
	assert_int_equal(come(f, &visitors[0], true), OK);
	assert_int_equal(come(f, &visitors[10], true), OK);
	assert_int_equal(view_sessions(look(f), f->acme, person.number, sessions), 10);
	clock_set_for_test(0);
}

static void nobody_begins_or_ends_anothers(void **state)
{
	struct fixture *f = *state;
	struct visitor ada = let_in(f, person_of(f, "ada"));
	struct ref other = person_of(f, "bob");
	struct actor bob = act_as(f, other);
	struct session_order wanted = { .verb = SESSION_END, .id = ada.id };
	char token[SESSION_TOKEN + 1];
	assert_int_equal(order(f, &bob, ada.person, wanted), ERR_FORBIDDEN);
	assert_int_equal(order(f, &bob, other, wanted), ERR_NOT_FOUND);
	session_make(f->acme, ada.person.number, token, &wanted);
	assert_int_equal(order(f, &bob, ada.person, wanted), ERR_FORBIDDEN);
	assert_int_equal(order(f, &f->operator, ada.person, wanted), ERR_FORBIDDEN);
	assert_int_equal(come(f, &ada, true), OK);
}

static void a_new_password_leaves_the_session_that_chose_it(void **state)
{
	struct fixture *f = *state;
	struct ref person = person_of(f, "ada");
	struct visitor one = let_in(f, person), other = let_in(f, person);
	struct actor actor = act_as(f, person);
	char hash[PASSWORD_HASH_MAX];
	actor.entrance.session = one.id;
	assert_int_equal(password_hash(SPAN("another horse"), hash, NULL), OK);
	assert_err(modify(f, &actor, person, PATCH_REPLACE, ATTR_PASSWORD, hash), OK);
	assert_int_equal(come(f, &one, true), OK);
	assert_int_equal(come(f, &other, true), ERR_CREDENTIALS);
	set_password(f, person, "third horse");
	assert_int_equal(come(f, &one, true), ERR_CREDENTIALS);
}

static void what_waits_for_the_writer_is_refused_behind_the_end(void **state)
{
	struct fixture *f = *state;
	struct ref person = make_holder(f, f->acme, "ada", "Admin");
	struct visitor ada = let_in(f, person);
	struct actor actor = act_as(f, person);
	actor.entrance.session = ada.id;
	assert_err(create(f, &actor, f->acme, new_entry(f, KIND_SCOPE, "one")), OK);
	assert_int_equal(order(f, &actor, person,
				 (struct session_order){ .verb = SESSION_END, .id = ada.id }),
		OK);
	assert_err(create(f, &actor, f->acme, new_entry(f, KIND_SCOPE, "two")), ERR_CREDENTIALS);
}

static void a_tampered_token_opens_nothing(void **state)
{
	struct fixture *f = *state;
	struct visitor ada = let_in(f, person_of(f, "ada"));
	for (size_t i = 0; i < SESSION_TOKEN; i++) {
		struct visitor made_up = ada;
		made_up.token[i] = made_up.token[i] == 'A' ? 'B' : 'A';
		assert_int_equal(come(f, &made_up, true), ERR_CREDENTIALS);
	}
	struct visitor none = { .person = ada.person };
	assert_int_equal(come(f, &none, true), ERR_CREDENTIALS);
	assert_int_equal(come(f, &ada, true), OK);
}

static void each_session_has_a_page_token_of_its_own(void **state)
{
	struct fixture *f = *state;
	struct ref person = person_of(f, "ada");
	struct visitor one = let_in(f, person), other = let_in(f, person);
	char csrf[3][SESSION_CSRF + 1];
	session_csrf(f->core, span_str(one.token), csrf[0]);
	session_csrf(f->core, span_str(other.token), csrf[1]);
	session_csrf(f->core, span_str(one.token), csrf[2]);
	assert_string_equal(csrf[0], csrf[2]);
	assert_string_not_equal(csrf[0], csrf[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_token_opens_as_the_person_may_now),
		TEST(a_session_from_which_nothing_comes_ends),
		TEST(a_session_ends_whatever_comes),
		TEST(a_shorter_policy_counts_at_once),
		TEST(when_it_was_seen_is_kept_over_a_restart),
		TEST(with_one_too_many_the_longest_unused_ends),
		TEST(nobody_begins_or_ends_anothers),
		TEST(a_new_password_leaves_the_session_that_chose_it),
		TEST(what_waits_for_the_writer_is_refused_behind_the_end),
		TEST(a_tampered_token_opens_nothing),
		TEST(each_session_has_a_page_token_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
