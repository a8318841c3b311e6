#include "fixture.h"

#include "base/limits.h"

/* What a refused machine leaves for an administrator, and what becomes of it. */

static struct actor connect_as(struct fixture *f, const char *name)
{
	struct entry *entry;
	uint64_t permissions = UINT64_C(1) << PERM_USERS_VIEW | UINT64_C(1) << PERM_USERS_CREATE |
			       UINT64_C(1) << PERM_USERS_EDIT | UINT64_C(1) << PERM_USERS_DELETE |
			       UINT64_C(1) << PERM_USERS_DEACTIVATE |
			       UINT64_C(1) << PERM_ROLES_ASSIGN_ANY;
	assert_int_equal(
		client_entry(f->arena, "scim", span_str(name), permissions, &entry, NULL), OK);
	struct actor actor = act_as(f, make(f, f->acme, entry));
	actor.channel = CHANNEL_SCIM;
	return actor;
}

static struct outcome say(struct fixture *f, const struct actor *actor, struct ref ref,
	enum attr attr, const char *text)
{
	return modify(f, actor, ref, PATCH_REPLACE, attr, text);
}

/* Of those that are not closed; the last of them in *ref. */
static uint64_t count_into(struct fixture *f, struct ref *ref)
{
	struct search *search;
	struct record record;
	unsigned budget = 10000;
	uint64_t found = 0;
	const struct search_spec spec = {
		.actor = &f->operator, .tenant = f->acme, .kinds = 1u << KIND_CONFLICT
	};
	assert_int_equal(search_open(look(f), f->arena, &spec, &search, NULL), OK);
	while (search_next(search, &budget, &record) == STEP_FOUND)
		if (!span_equal(record_first(&record, ATTR_CONFLICT_STATE), SPAN("closed"))) {
			*ref = (struct ref){ KIND_CONFLICT, f->acme, record.number, record.id };
			found++;
		}
	search_close(search);
	return found;
}

static uint64_t count(struct fixture *f)
{
	struct ref ref;
	return count_into(f, &ref);
}

/* The one conflict that there is. */
static struct ref conflict(struct fixture *f)
{
	struct ref ref = { .kind = KIND_CONFLICT };
	assert_int_equal(count_into(f, &ref), 1);
	return ref;
}

static void assert_conflict(struct fixture *f, const char *type, const char *state,
	const char *attribute, const char *ours, const char *theirs)
{
	struct ref ref = conflict(f);
	assert_first(f, ref, ATTR_CONFLICT_TYPE, type);
	assert_first(f, ref, ATTR_CONFLICT_STATE, state);
	assert_first(f, ref, ATTR_CONFLICT_ATTRIBUTE, attribute);
	struct record record = read_entry(f, ref);
	assert_true(span_equal(record_first(&record, ATTR_CONFLICT_OURS), span_str(ours)));
	assert_true(span_equal(record_first(&record, ATTR_CONFLICT_THEIRS), span_str(theirs)));
}

static struct outcome settle(
	struct fixture *f, const struct actor *actor, struct ref ref, enum resolution as)
{
	struct outcome outcome;
	const struct settlement settlement = { .as = as };
	const struct command command = { .type = COMMAND_SETTLE,
		.tenant = f->acme,
		.kind = KIND_CONFLICT,
		.id = ref.id,
		.settlement = &settlement };
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

/* A person here with a title, that the connection could not change. */
static struct ref contested(struct fixture *f, const struct actor *scim)
{
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(say(f, &f->operator, ada, ATTR_TITLE, "Dr"), OK);
	struct outcome outcome = say(f, scim, ada, ATTR_TITLE, "Prof");
	assert_err(outcome, ERR_OWNED);
	assert_non_null(strstr(outcome.why.text, "recorded as a conflict"));
	return ada;
}

static void a_refused_connection_leaves_a_conflict(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra");
	contested(f, &scim);
	assert_conflict(f, "owned", "open", "title", "Dr", "Prof");
	assert_first(f, conflict(f), ATTR_CONFLICT_TIMES, "1");
	assert_non_null(strstr(last_audit(f, f->acme), "\"action\":\"conflict.opened\""));
	assert_non_null(strstr(last_audit(f, f->acme), "entra"));
}

static void a_refused_person_leaves_none(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra");
	struct outcome made = create(f, &scim, f->acme, new_entry(f, KIND_USER, "ada"));
	struct ref ada = { KIND_USER, f->acme, made.number, made.id };
	assert_err(say(f, &scim, ada, ATTR_TITLE, "Dr"), OK);
	assert_err(say(f, &f->operator, ada, ATTR_TITLE, "Prof"), ERR_OWNED);
	assert_int_equal(count(f), 0);
}

static void the_same_again_makes_nothing_grow(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra");
	struct ref ada = contested(f, &scim);
	uint64_t rows = audit_count(f, f->acme), journal = view_journal_last(look(f), f->acme);
	for (unsigned i = 0; i < 200; i++)
		assert_err(say(f, &scim, ada, ATTR_TITLE, i % 2 ? "Prof" : "Miss"), ERR_OWNED);
	assert_int_equal(audit_count(f, f->acme), rows);
	assert_int_equal(view_journal_last(look(f), f->acme), journal);
	struct ref ref = conflict(f);
	assert_first(f, ref, ATTR_CONFLICT_TIMES, "1");
	/* As though the minute were over. */
	assert_err(say(f, &f->operator, ref, ATTR_CONFLICT_SEEN, "20200101000000Z"), OK);
	assert_err(say(f, &scim, ada, ATTR_TITLE, "Miss"), ERR_OWNED);
	assert_first(f, ref, ATTR_CONFLICT_TIMES, "2");
	assert_conflict(f, "owned", "open", "title", "Dr", "Miss");
}

static void a_conflict_goes_with_its_cause(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra");
	struct ref ada = contested(f, &scim);
	assert_err(say(f, &f->operator, ada, ATTR_DEPARTMENT, "R&D"), OK);
	assert_int_equal(count(f), 1);
	assert_err(say(f, &f->operator, ada, ATTR_TITLE, "Prof"), OK);
	assert_int_equal(count(f), 0);
	assert_err(say(f, &scim, ada, ATTR_TITLE, "Miss"), ERR_OWNED);
	assert_int_equal(count(f), 1);
	assert_err(say(f, &f->operator, ada, ATTR_TITLE, NULL), OK);
	assert_int_equal(count(f), 0);
	assert_err(say(f, &f->operator, ada, ATTR_TITLE, "Dr"), OK);
	assert_err(say(f, &scim, ada, ATTR_TITLE, "Miss"), ERR_OWNED);
	assert_err(remove_entry(f, &f->operator, ada), OK);
	assert_int_equal(count(f), 0);
	struct ref client = find(f, f->acme, KIND_CLIENT, "entra");
	struct ref bob = make_user(f, f->acme, "bob");
	assert_err(say(f, &f->operator, bob, ATTR_TITLE, "Dr"), OK);
	assert_err(say(f, &scim, bob, ATTR_TITLE, "Miss"), ERR_OWNED);
	assert_int_equal(count(f), 1);
	assert_err(remove_entry(f, &f->operator, client), OK);
	assert_int_equal(count(f), 0);
}

static void what_was_answered_stays_until_the_source_says_something_else(void **state)
{
	struct fixture *f = *state;
	static const enum resolution answers[] = { RESOLUTION_KEEP_LOCAL, RESOLUTION_IGNORE };
	static const char *const words[] = { "keep-local", "ignored" };
	struct actor scim = connect_as(f, "entra");
	struct ref ada = contested(f, &scim);
	for (size_t i = 0; i < 2; i++) {
		assert_err(settle(f, &f->operator, conflict(f), answers[i]), OK);
		assert_non_null(strstr(last_audit(f, f->acme), "conflict.settled"));
		assert_err(say(f, &scim, ada, ATTR_TITLE, i ? "Miss" : "Prof"), ERR_OWNED);
		assert_first(f, conflict(f), ATTR_CONFLICT_STATE, words[i]);
		assert_err(say(f, &scim, ada, ATTR_TITLE, i ? "Sir" : "Miss"), ERR_OWNED);
		assert_first(f, conflict(f), ATTR_CONFLICT_STATE, "open");
	}
}

static void an_administrator_gives_the_value_to_the_source(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra");
	struct ref ada = contested(f, &scim);
	assert_err(settle(f, &f->operator, conflict(f), RESOLUTION_TAKE_UPSTREAM), OK);
	assert_first(f, ada, ATTR_TITLE, "Prof");
	assert_conflict(f, "owned", "take-upstream", "title", "Dr", "Prof");
	assert_err(say(f, &scim, ada, ATTR_TITLE, "Miss"), OK);
	assert_err(say(f, &f->operator, ada, ATTR_TITLE, "Dr"), ERR_OWNED);
}

static void one_of_several_values_is_given_likewise(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra");
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(modify(f, &f->operator, ada, PATCH_ADD, ATTR_PHONE, "1"), OK);
	assert_err(modify(f, &scim, ada, PATCH_ADD, ATTR_PHONE, "2"), OK);
	assert_err(modify(f, &scim, ada, PATCH_REMOVE, ATTR_PHONE, "1"), ERR_OWNED);
	assert_conflict(f, "owned", "open", "phoneNumbers.value", "1", "");
	assert_err(settle(f, &f->operator, conflict(f), RESOLUTION_TAKE_UPSTREAM), OK);
	assert_err(modify(f, &scim, ada, PATCH_REMOVE, ATTR_PHONE, "1"), OK);
}

static struct outcome claim(
	struct fixture *f, const struct actor *actor, const char *name, const char *external_id)
{
	struct entry *entry = new_entry(f, KIND_USER, name);
	if (external_id)
		add_value(entry, ATTR_EXTERNAL_ID, external_id);
	return create(f, actor, f->acme, entry);
}

static void a_name_that_another_authority_has_is_a_conflict(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra");
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(claim(f, &scim, "Ada", "7"), ERR_EXISTS);
	assert_conflict(f, "uniqueness", "open", "userName", "Ada", "Ada");
	assert_first(f, conflict(f), ATTR_CONFLICT_OFFERED, "externalId:7");
	assert_err(claim(f, &scim, "bob", NULL), OK);
	assert_err(claim(f, &scim, "bob", NULL), ERR_EXISTS);
	assert_int_equal(count(f), 1);
	assert_err(settle(f, &f->operator, conflict(f), RESOLUTION_TAKE_UPSTREAM), ERR_UNWILLING);
	assert_err(settle(f, &f->operator, conflict(f), RESOLUTION_LINK), OK);
	struct record record = read_entry(f, ada);
	assert_true(
		span_equal(record_of_source(&record, ATTR_EXTERNAL_ID, scim.source), SPAN("7")));
	assert_err(say(f, &scim, ada, ATTR_USER_NAME, "ada2"), OK);
	assert_first(f, conflict(f), ATTR_CONFLICT_STATE, "link");
}

static void two_who_claim_one_name_are_two_conflicts(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra");
	make_user(f, f->acme, "ada");
	assert_err(claim(f, &scim, "ada", "7"), ERR_EXISTS);
	assert_err(claim(f, &scim, "ada", "8"), ERR_EXISTS);
	assert_err(claim(f, &scim, "ada", "8"), ERR_EXISTS);
	assert_int_equal(count(f), 2);
}

static void nobody_fills_the_store_with_conflicts(void **state)
{
	struct fixture *f = *state;
	char id[16];
	struct actor scim = connect_as(f, "entra");
	struct ref ada = make_user(f, f->acme, "ada");
	for (unsigned i = 0; i < LIMIT_CONFLICTS_SUBJECT + 20; i++) {
		snprintf(id, sizeof id, "%u", i);
		assert_err(claim(f, &scim, "ada", id), ERR_EXISTS);
	}
	assert_int_equal(count(f), LIMIT_CONFLICTS_SUBJECT);
	assert_err(remove_entry(f, &f->operator, ada), OK);
	assert_int_equal(count(f), 0);
}

static void a_refusal_that_takes_others_along_is_noted_all_the_same(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra");
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(say(f, &f->operator, ada, ATTR_TITLE, "Dr"), OK);
	struct value values[] = { { .attr = ATTR_NICK_NAME, .octets = SPAN("A") },
		{ .attr = ATTR_TITLE, .octets = SPAN("Prof") } };
	struct modification mods[2];
	struct command commands[2];
	struct outcome outcomes[2];
	for (size_t i = 0; i < 2; i++) {
		mods[i] = (struct modification){ .op = PATCH_REPLACE,
			.attr = values[i].attr,
			.values = &values[i],
			.count = 1 };
		commands[i] = (struct command){ .type = COMMAND_MODIFY,
			.tenant = f->acme,
			.kind = KIND_USER,
			.id = ada.id,
			.mods = &mods[i],
			.mod_count = 1 };
	}
	assert_int_equal(core_preview(f->core, &scim, commands, 2, outcomes, NULL), OK);
	assert_err(outcomes[1], ERR_OWNED);
	assert_int_equal(count(f), 0);
	assert_int_equal(core_run_many(f->core, &scim, commands, 2, true, outcomes, NULL), OK);
	assert_err(outcomes[0], ERR_CONFLICT);
	assert_err(outcomes[1], ERR_OWNED);
	assert_conflict(f, "owned", "open", "title", "Dr", "Prof");
	struct record record = read_entry(f, ada);
	assert_int_equal(record_first(&record, ATTR_NICK_NAME).len, 0);
}

static void the_last_admin_is_a_conflict(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra");
	struct ref boss = make_holder(f, f->acme, "boss", "Admin");
	assert_err(say(f, &scim, boss, ATTR_ACTIVE, "FALSE"), ERR_LAST_ADMIN);
	assert_conflict(f, "last_admin", "open", "active", "TRUE", "FALSE");
	assert_err(settle(f, &f->operator, conflict(f), RESOLUTION_TAKE_UPSTREAM), ERR_UNWILLING);
	make_holder(f, f->acme, "other", "Admin");
	assert_err(say(f, &scim, boss, ATTR_ACTIVE, "FALSE"), OK);
	assert_int_equal(count(f), 0);
}

static void an_immutable_address_is_a_conflict(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra");
	put_policy(f, f->acme, "email.mutability=immutable");
	struct outcome made = claim(f, &scim, "ada", NULL);
	struct ref ada = { KIND_USER, f->acme, made.number, made.id };
	assert_err(say(f, &scim, ada, ATTR_EMAIL, "a@example.com"), OK);
	assert_err(say(f, &scim, ada, ATTR_EMAIL, "b@example.com"), ERR_MUTABILITY);
	assert_conflict(f, "policy", "open", "emails.value", "a@example.com", "b@example.com");
}

static void settling_asks_for_a_right_and_minds_the_ceiling(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra");
	struct ref boss = make_holder(f, f->acme, "boss", "Admin");
	struct ref role = make_role(f, f->acme, "Integrator", "integrations.manage");
	struct ref eve = make_user(f, f->acme, "eve"), ada = make_user(f, f->acme, "ada");
	must_join(f, role, eve);
	struct actor integrator = act_as(f, eve), nobody = act_as(f, ada);
	assert_err(claim(f, &scim, "boss", "7"), ERR_EXISTS);
	assert_err(settle(f, &nobody, conflict(f), RESOLUTION_KEEP_LOCAL), ERR_FORBIDDEN);
	assert_err(settle(f, &integrator, conflict(f), RESOLUTION_LINK), ERR_GRANT_CEILING);
	assert_err(settle(f, &integrator, conflict(f), RESOLUTION_KEEP_LOCAL), OK);
	assert_err(settle(f, &f->operator, conflict(f), RESOLUTION_LINK), OK);
	assert_err(say(f, &scim, boss, ATTR_TITLE, "x"), OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_refused_connection_leaves_a_conflict),
		TEST(a_refused_person_leaves_none),
		TEST(the_same_again_makes_nothing_grow),
		TEST(a_conflict_goes_with_its_cause),
		TEST(what_was_answered_stays_until_the_source_says_something_else),
		TEST(an_administrator_gives_the_value_to_the_source),
		TEST(one_of_several_values_is_given_likewise),
		TEST(a_name_that_another_authority_has_is_a_conflict),
		TEST(two_who_claim_one_name_are_two_conflicts),
		TEST(nobody_fills_the_store_with_conflicts),
		TEST(a_refusal_that_takes_others_along_is_noted_all_the_same),
		TEST(the_last_admin_is_a_conflict),
		TEST(an_immutable_address_is_a_conflict),
		TEST(settling_asks_for_a_right_and_minds_the_ceiling),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
