#include "fixture.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"

/* Whom a directory could not place: what it reports, and what an administrator makes of it. */

static struct uuid anchor_of(uint8_t number)
{
	struct uuid id = { { 0 } };
	memset(id.octets, number, sizeof id.octets);
	return id;
}

static struct outcome report(
	struct fixture *f, const struct actor *actor, const struct conflict_report *report)
{
	struct outcome outcome;
	const struct command command = {
		.type = COMMAND_REPORT, .tenant = f->acme, .kind = KIND_CONFLICT, .report = report
	};
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

/* The person with the anchor has the address of `holder`. */
static struct outcome held(struct fixture *f, const struct actor *sync, uint8_t anchor,
	struct ref holder, const char *mail)
{
	const struct span facts[] = { SPAN("userName=ada"), span_str(mail) };
	const struct conflict_candidate candidate = { holder.id, SPAN("emails.value") };
	const struct conflict_report said = { .type = CONFLICT_EMAIL_LOCAL,
		.anchor = anchor_of(anchor),
		.subject = holder.id,
		.attr = ATTR_EMAIL,
		.dn = SPAN("uid=ada,ou=people,dc=corp"),
		.theirs = span_str(mail),
		.facts = facts,
		.fact_count = 2,
		.candidates = &candidate,
		.candidate_count = 1 };
	return report(f, sync, &said);
}

/* How many there are in the state; the last of them in *ref. */
static unsigned in_state(struct fixture *f, const char *state, struct ref *ref)
{
	struct search *search;
	struct record record;
	unsigned budget = 10000, found = 0;
	const struct search_spec spec = {
		.actor = &f->operator, .tenant = f->acme, .kinds = 1u << KIND_CONFLICT
	};
	assert_int_equal(search_open(look(f), f->arena, &spec, &search, NULL), OK);
	while (search_next(search, &budget, &record) == STEP_FOUND)
		if (span_equal(record_first(&record, ATTR_CONFLICT_STATE), span_str(state))) {
			*ref = (struct ref){ KIND_CONFLICT, f->acme, record.number, record.id };
			found++;
		}
	search_close(search);
	return found;
}

static struct ref only(struct fixture *f, const char *state)
{
	struct ref ref = { .kind = KIND_CONFLICT };
	assert_int_equal(in_state(f, state, &ref), 1);
	return ref;
}

static struct outcome settle(struct fixture *f, const struct actor *actor, struct ref ref,
	const struct settlement *settlement)
{
	struct outcome outcome;
	const struct command command = { .type = COMMAND_SETTLE,
		.tenant = f->acme,
		.kind = KIND_CONFLICT,
		.id = ref.id,
		.settlement = settlement,
		.reason = SPAN("I know them") };
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

static struct outcome answer(struct fixture *f, struct ref ref, enum resolution as)
{
	return settle(f, &f->operator, ref, &(struct settlement){ .as = as });
}

struct stage {
	struct actor sync;
	struct ref directory, ada;
};

static struct stage set_up(struct fixture *f)
{
	struct stage stage = { .directory = make_named(f, f->acme, KIND_DIRECTORY, "corp") };
	stage.sync = act_as_directory(f, stage.directory);
	stage.ada = make_user(f, f->acme, "ada");
	assert_err(
		modify(f, &f->operator, stage.ada, PATCH_REPLACE, ATTR_EMAIL, "ada@corp.test"), OK);
	return stage;
}

static bool is_linked(struct fixture *f, struct ref user, uint16_t source, uint8_t anchor)
{
	struct record record = read_entry(f, user);
	struct uuid id = anchor_of(anchor);
	struct span link = record_of_source(&record, ATTR_LINK, source);
	return link.len == 18 && memcmp(link.data + 2, id.octets, 16) == 0;
}

static void what_comes_again_is_one_conflict(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	assert_err(held(f, &s.sync, 1, s.ada, "ada@corp.test"), OK);
	uint64_t rows = audit_count(f, f->acme);
	assert_err(held(f, &s.sync, 1, s.ada, "ada@corp.test"), OK);
	assert_int_equal(audit_count(f, f->acme), rows);
	struct ref ref = only(f, "open");
	assert_first(f, ref, ATTR_CONFLICT_TYPE, "email_local");
	assert_first(f, ref, ATTR_CONFLICT_ATTRIBUTE, "emails.value");
	assert_first(f, ref, ATTR_CONFLICT_FACT, "userName=ada");
	assert_first(f, ref, ATTR_CONFLICT_DN, "uid=ada,ou=people,dc=corp");
	assert_err(held(f, &s.sync, 2, s.ada, "ada@corp.test"), OK);
	assert_int_equal(in_state(f, "open", &ref), 2);
}

static void only_sources_report(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	assert_err(held(f, &f->operator, 1, s.ada, "ada@corp.test"), ERR_FORBIDDEN);
	struct ref ref;
	assert_int_equal(in_state(f, "open", &ref), 0);
}

static void linking_keeps_the_id_and_closes_the_question(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	assert_err(held(f, &s.sync, 1, s.ada, "ada@corp.test"), OK);
	struct ref ref = only(f, "open");
	assert_err(answer(f, ref, RESOLUTION_LINK), OK);
	assert_true(is_linked(f, s.ada, s.sync.source, 1));
	assert_first(f, ref, ATTR_CONFLICT_STATE, "link");
	assert_non_null(strstr(last_audit(f, f->acme), "conflict.settled"));
	assert_non_null(strstr(last_audit(f, f->acme), "I know them"));
	/* And what the directory says of the person now is its own. */
	assert_err(modify(f, &s.sync, s.ada, PATCH_REPLACE, ATTR_TITLE, "Prof"), OK);
}

static void a_password_is_kept_or_ended_with_a_link(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	struct ref bob = make_user(f, f->acme, "bob");
	const struct ref both[] = { s.ada, bob };
	for (uint8_t i = 0; i < 2; i++) {
		assert_err(modify(f, &f->operator, both[i], PATCH_REPLACE, ATTR_PASSWORD,
				   "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0"),
			OK);
		assert_err(held(f, &s.sync, i + 1, both[i], "x@corp.test"), OK);
		assert_err(settle(f, &f->operator, only(f, "open"),
				   &(struct settlement){
					   .as = RESOLUTION_LINK, .end_password = i == 1 }),
			OK);
		struct record record = read_entry(f, both[i]);
		assert_int_equal(record_has(&record, ATTR_PASSWORD), i == 0);
	}
}

static void the_administrator_may_name_another(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	struct ref bob = make_user(f, f->acme, "bob");
	assert_err(held(f, &s.sync, 1, s.ada, "ada@corp.test"), OK);
	const struct settlement nobody = { .as = RESOLUTION_LINK, .to = anchor_of(9) };
	assert_err(settle(f, &f->operator, only(f, "open"), &nobody), ERR_UNKNOWN);
	const struct settlement to = { .as = RESOLUTION_LINK, .to = bob.id };
	assert_err(settle(f, &f->operator, only(f, "open"), &to), OK);
	assert_true(is_linked(f, bob, s.sync.source, 1));
	assert_false(is_linked(f, s.ada, s.sync.source, 1));
}

static void of_several_candidates_one_must_be_named(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	struct ref bob = make_user(f, f->acme, "bob");
	const struct span fact = SPAN("userName=x");
	const struct conflict_candidate candidates[] = { { s.ada.id, SPAN("employeeNumber") },
		{ bob.id, SPAN("emails.value") } };
	const struct conflict_report said = { .type = CONFLICT_AMBIGUOUS,
		.anchor = anchor_of(1),
		.facts = &fact,
		.fact_count = 1,
		.candidates = candidates,
		.candidate_count = 2 };
	assert_err(report(f, &s.sync, &said), OK);
	assert_err(answer(f, only(f, "open"), RESOLUTION_LINK), ERR_MISSING);
	const struct settlement to = { .as = RESOLUTION_LINK, .to = bob.id };
	assert_err(settle(f, &f->operator, only(f, "open"), &to), OK);
	assert_true(is_linked(f, bob, s.sync.source, 1));
}

static void who_is_another_of_the_directorys_is_not_linked(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	assert_err(held(f, &s.sync, 1, s.ada, "ada@corp.test"), OK);
	assert_err(answer(f, only(f, "open"), RESOLUTION_LINK), OK);
	assert_err(held(f, &s.sync, 2, s.ada, "ada@corp.test"), OK);
	assert_err(answer(f, only(f, "open"), RESOLUTION_LINK), ERR_CONFLICT);
	/* Who has left upstream may come back as another. */
	assert_err(modify(f, &s.sync, s.ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_err(answer(f, only(f, "open"), RESOLUTION_LINK), OK);
	assert_true(is_linked(f, s.ada, s.sync.source, 2));
	assert_false(is_linked(f, s.ada, s.sync.source, 1));
}

static void letting_go_leaves_who_was_inactive_inactive(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	assert_err(held(f, &s.sync, 1, s.ada, "ada@corp.test"), OK);
	assert_err(answer(f, only(f, "open"), RESOLUTION_LINK), OK);
	assert_err(modify(f, &s.sync, s.ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	const struct span fact = SPAN("userName=ada");
	const struct conflict_report said = { .type = CONFLICT_REBORN,
		.anchor = anchor_of(2),
		.subject = s.ada.id,
		.attr = ATTR_USER_NAME,
		.facts = &fact,
		.fact_count = 1 };
	assert_err(report(f, &s.sync, &said), OK);
	assert_err(answer(f, only(f, "open"), RESOLUTION_UNLINK), OK);
	struct record record = read_entry(f, s.ada);
	assert_false(record_has(&record, ATTR_LINK));
	assert_first(f, s.ada, ATTR_ACTIVE, "FALSE");
	/* Which is an administrator's to change now. */
	assert_err(modify(f, &f->operator, s.ada, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
}

static void of_two_who_answer_at_once_the_first_has_answered(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	int64_t since = clock_wall() - SECOND;
	struct settlement ignore = { .as = RESOLUTION_IGNORE, .since = since };
	struct settlement link = { .as = RESOLUTION_LINK, .since = since };
	assert_err(held(f, &s.sync, 1, s.ada, "ada@corp.test"), OK);
	struct ref ref = only(f, "open");
	assert_err(settle(f, &f->operator, ref, &ignore), OK);
	assert_err(settle(f, &f->operator, ref, &link), ERR_CONFLICT);
	assert_err(settle(f, &f->operator, ref, &ignore), ERR_CONFLICT);
	assert_int_equal(only(f, "ignored").number, ref.number);
	assert_false(is_linked(f, s.ada, s.sync.source, 1));
}

static void a_held_run_is_not_answered_among_many(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	const struct conflict_report said = { .type = CONFLICT_MASS_CHANGE };
	assert_err(report(f, &s.sync, &said), OK);
	struct ref ref = only(f, "open");
	for (int i = 0; i < 2; i++) {
		struct settlement many = { .as = i ? RESOLUTION_RETRY : RESOLUTION_APPROVE_ONCE,
			.since = clock_wall() };
		assert_err(settle(f, &f->operator, ref, &many), ERR_UNWILLING);
	}
	only(f, "open");
	assert_err(answer(f, ref, RESOLUTION_RETRY), OK);
}

static void ignored_is_ignored_whatever_changes_upstream(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	assert_err(held(f, &s.sync, 1, s.ada, "ada@corp.test"), OK);
	assert_err(answer(f, only(f, "open"), RESOLUTION_IGNORE), OK);
	assert_err(held(f, &s.sync, 1, s.ada, "ada2@corp.test"), OK);
	only(f, "ignored");
	assert_err(answer(f, only(f, "ignored"), RESOLUTION_REOPEN), OK);
	only(f, "open");
}

static void an_answer_stands_until_the_source_says_something_else(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	assert_err(held(f, &s.sync, 1, s.ada, "ada@corp.test"), OK);
	assert_err(answer(f, only(f, "open"), RESOLUTION_KEEP_LOCAL), OK);
	assert_err(held(f, &s.sync, 1, s.ada, "ada@corp.test"), OK);
	only(f, "keep-local");
	assert_err(held(f, &s.sync, 1, s.ada, "ada2@corp.test"), OK);
	struct ref ref = only(f, "open");
	struct record record = read_entry(f, ref);
	assert_false(record_has(&record, ATTR_CONFLICT_CLOSED));
	assert_err(answer(f, ref, RESOLUTION_RETRY), OK);
	assert_err(held(f, &s.sync, 1, s.ada, "ada2@corp.test"), OK);
	only(f, "open");
}

static void it_closes_with_its_cause_and_tells_why(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	assert_err(held(f, &s.sync, 1, s.ada, "ada@corp.test"), OK);
	assert_err(modify(f, &f->operator, s.ada, PATCH_REPLACE, ATTR_EMAIL, "b@corp.test"), OK);
	struct ref ref = only(f, "closed");
	struct record record = read_entry(f, ref);
	assert_true(record_has(&record, ATTR_CONFLICT_CLOSED));
	assert_false(record_has(&record, ATTR_CONFLICT_FACT));
	assert_first(f, ref, ATTR_CONFLICT_CAUSE, "the subject has changed");
	assert_err(answer(f, ref, RESOLUTION_LINK), ERR_CONFLICT);
	/* The source says that it has gone, of the anchor alone. */
	assert_err(held(f, &s.sync, 1, s.ada, "b@corp.test"), OK);
	assert_err(held(f, &s.sync, 2, s.ada, "b@corp.test"), OK);
	const struct conflict_report end = { .end = true,
		.types = UINT32_MAX,
		.anchor = anchor_of(1),
		.cause = "the directory says another address" };
	assert_err(report(f, &s.sync, &end), OK);
	assert_first(
		f, only(f, "closed"), ATTR_CONFLICT_CAUSE, "the directory says another address");
	only(f, "open");
	assert_err(remove_entry(f, &f->operator, s.directory), OK);
	assert_int_equal(in_state(f, "closed", &ref), 2);
	assert_int_equal(in_state(f, "open", &ref), 0);
}

static void about_a_run_there_is_one_whatever_its_plan(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	const struct span fact = SPAN("deactivations=60");
	for (unsigned i = 0; i < 2; i++) {
		const struct conflict_report said = { .type = CONFLICT_MASS_CHANGE,
			.subject = make_named(f, f->acme, KIND_PLAN, i ? "two" : "one").id,
			.theirs = SPAN("60"),
			.facts = &fact,
			.fact_count = 1 };
		assert_err(report(f, &s.sync, &said), OK);
	}
	assert_err(answer(f, only(f, "open"), RESOLUTION_LINK), ERR_UNWILLING);
	assert_err(answer(f, only(f, "open"), RESOLUTION_APPROVE_ONCE), OK);
	only(f, "approve-once");
}

static void an_answer_minds_the_ceiling(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	struct ref boss = make_holder(f, f->acme, "boss", "Admin");
	struct ref role = make_role(f, f->acme, "Integrator", "integrations.manage");
	struct ref eve = make_user(f, f->acme, "eve");
	must_join(f, role, eve);
	struct actor integrator = act_as(f, eve), nobody = act_as(f, s.ada);
	const struct settlement link = { .as = RESOLUTION_LINK };
	assert_err(held(f, &s.sync, 1, boss, "boss@corp.test"), OK);
	assert_err(settle(f, &nobody, only(f, "open"), &link), ERR_FORBIDDEN);
	assert_err(settle(f, &integrator, only(f, "open"), &link), ERR_GRANT_CEILING);
	assert_err(settle(f, &f->operator, only(f, "open"), &link), OK);
}

static void what_is_no_text_is_not_kept(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	const struct span facts[] = { SPAN("title=\xff\xfe"), SPAN("userName=ada") };
	const struct conflict_report said = { .type = CONFLICT_BAD_VALUE,
		.anchor = anchor_of(1),
		.attr = ATTR_TITLE,
		.theirs = SPAN("fffe"),
		.facts = facts,
		.fact_count = 2 };
	assert_err(report(f, &s.sync, &said), OK);
	struct ref ref = only(f, "open");
	assert_first(f, ref, ATTR_CONFLICT_FACT, "userName=ada");
	assert_first(f, ref, ATTR_CONFLICT_THEIRS, "fffe");
}

static void what_is_over_makes_room(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	const struct conflict_report end = { .end = true, .types = UINT32_MAX, .cause = "over" };
	for (unsigned i = 0; i < LIMIT_CONFLICTS_SUBJECT + 5; i++) {
		struct conflict_report one = end;
		one.anchor = anchor_of((uint8_t)(i + 1));
		assert_err(held(f, &s.sync, (uint8_t)(i + 1), s.ada, "ada@corp.test"), OK);
		assert_err(report(f, &s.sync, &one), OK);
	}
	struct ref ref;
	assert_int_equal(in_state(f, "closed", &ref), LIMIT_CONFLICTS_SUBJECT + 5);
}

static void what_the_directory_said_before_is_the_base(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	struct ref bob = make_user(f, f->acme, "bob");
	assert_err(modify(f, &f->operator, bob, PATCH_REPLACE, ATTR_EMAIL, "bob@corp.test"), OK);
	assert_err(held(f, &s.sync, 1, s.ada, "ada@corp.test"), OK);
	assert_err(answer(f, only(f, "open"), RESOLUTION_LINK), OK);
	assert_err(modify(f, &s.sync, s.ada, PATCH_REPLACE, ATTR_EMAIL, "a@corp.test"), OK);
	assert_err(
		modify(f, &s.sync, s.ada, PATCH_REPLACE, ATTR_EMAIL, "bob@corp.test"), ERR_EXISTS);
	struct ref ref = only(f, "open");
	assert_first(f, ref, ATTR_CONFLICT_BASE, "a@corp.test");
	assert_first(f, ref, ATTR_CONFLICT_OURS, "bob@corp.test");
	assert_first(f, ref, ATTR_CONFLICT_THEIRS, "bob@corp.test");
	assert_err(answer(f, ref, RESOLUTION_IGNORE), OK);
	/* What a directory reports of somebody known likewise. */
	assert_err(modify(f, &s.sync, s.ada, PATCH_REPLACE, ATTR_TITLE, "Dr"), OK);
	const struct span fact = SPAN("userName=ada");
	const struct conflict_report said = { .type = CONFLICT_BAD_VALUE,
		.anchor = anchor_of(1),
		.attr = ATTR_TITLE,
		.theirs = SPAN("fffe"),
		.facts = &fact,
		.fact_count = 1 };
	assert_err(report(f, &s.sync, &said), OK);
	ref = only(f, "open");
	assert_first(f, ref, ATTR_CONFLICT_BASE, "Dr");
	assert_first(f, ref, ATTR_CONFLICT_OURS, "Dr");
}

static void what_a_platform_refuses_ends_with_the_message_or_the_hook(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	struct actor system;
	actor_system(&system, CHANNEL_INTERNAL);
	struct entry *hook = new_entry(f, KIND_WEBHOOK, "platform");
	add_value(hook, ATTR_URI, "https://platform.example/");
	add_value(hook, ATTR_SEALED_SECRET, "whsec_c2VjcmV0");
	struct ref platform = make(f, f->acme, hook);
	static const char *const messages[] = { "msg_1", "msg_2" };
	for (unsigned i = 0; i < 2; i++) {
		const struct conflict_report said = { .type = CONFLICT_PUSH_REJECTED,
			.source = platform.id,
			.subject = i ? anchor_of(9) : s.ada.id,
			.what = span_str(messages[i]),
			.theirs = SPAN("status 422") };
		assert_err(report(f, &system, &said), OK);
	}
	struct ref ref;
	assert_int_equal(in_state(f, "open", &ref), 2);
	struct record record = read_entry(f, ref);
	assert_false(record_has(&record, ATTR_CONFLICT_SUBJECT));
	const struct conflict_report taken = { .end = true,
		.types = 1u << CONFLICT_PUSH_REJECTED,
		.source = platform.id,
		.what = SPAN("msg_2"),
		.cause = "it was taken" };
	assert_err(report(f, &system, &taken), OK);
	assert_first(f, only(f, "open"), ATTR_CONFLICT_ATTRIBUTE, "msg_1");
	assert_err(remove_entry(f, &f->operator, platform), OK);
	assert_int_equal(in_state(f, "open", &ref), 0);
}

/* Reports so many, each about another upstream entry, from `first` on; how many were kept. */
static size_t fill(struct fixture *f, const struct actor *sync, uint32_t first, size_t count)
{
	enum { TOGETHER = 500 };
	struct conflict_report *said = arena_array(f->arena, TOGETHER, sizeof *said);
	struct command *commands = arena_array(f->arena, TOGETHER, sizeof *commands);
	struct outcome *outcomes = arena_array(f->arena, TOGETHER, sizeof *outcomes);
	struct why why = { 0 };
	size_t kept = 0;
	for (size_t n = 0; n < count; n += TOGETHER) {
		for (size_t i = 0; i < TOGETHER; i++) {
			said[i] = (struct conflict_report){ .type = CONFLICT_NO_EMAIL };
			put_be32(said[i].anchor.octets, first++);
			commands[i] = (struct command){ .type = COMMAND_REPORT,
				.tenant = f->acme,
				.kind = KIND_CONFLICT,
				.report = &said[i] };
		}
		assert_int_equal(
			core_run_many(f->core, sync, commands, TOGETHER, false, outcomes, &why),
			OK);
		for (size_t i = 0; i < TOGETHER; i++)
			kept += outcomes[i].err == OK;
	}
	return kept;
}

/* A directory that is out to fill the list. */
static void what_has_no_room_is_refused_aloud_and_settling_makes_room(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	assert_int_equal(fill(f, &s.sync, 1, LIMIT_CONFLICTS / 2), LIMIT_CONFLICTS / 2);
	assert_err(held(f, &s.sync, 0xff, s.ada, "ada@corp.test"), ERR_TOO_MANY);
	struct conflict_report end = { .end = true, .types = UINT32_MAX, .cause = "over" };
	for (uint32_t i = 1; i <= LIMIT_CONFLICTS / 2; i++) {
		put_be32(end.anchor.octets, i);
		if (i % 20 == 0)
			assert_err(report(f, &s.sync, &end), OK);
	}
	assert_err(held(f, &s.sync, 0xff, s.ada, "ada@corp.test"), OK);
}

static void a_source_that_fills_the_list_hides_no_other(void **state)
{
	struct fixture *f = *state;
	struct stage s = set_up(f);
	struct ref other = make_named(f, f->acme, KIND_DIRECTORY, "other");
	struct ref third = make_named(f, f->acme, KIND_DIRECTORY, "third");
	struct actor it = act_as_directory(f, other), hr = act_as_directory(f, third);
	assert_int_equal(fill(f, &s.sync, 1, LIMIT_CONFLICTS), LIMIT_CONFLICTS / 2);
	assert_int_equal(fill(f, &it, 1, LIMIT_CONFLICTS / 2), LIMIT_CONFLICTS / 4);
	assert_int_equal(fill(f, &hr, 1, 1000), 1000);
	assert_err(held(f, &hr, 0xff, s.ada, "ada@corp.test"), OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_comes_again_is_one_conflict),
		TEST(only_sources_report),
		TEST(linking_keeps_the_id_and_closes_the_question),
		TEST(a_password_is_kept_or_ended_with_a_link),
		TEST(the_administrator_may_name_another),
		TEST(of_several_candidates_one_must_be_named),
		TEST(who_is_another_of_the_directorys_is_not_linked),
		TEST(letting_go_leaves_who_was_inactive_inactive),
		TEST(of_two_who_answer_at_once_the_first_has_answered),
		TEST(a_held_run_is_not_answered_among_many),
		TEST(ignored_is_ignored_whatever_changes_upstream),
		TEST(an_answer_stands_until_the_source_says_something_else),
		TEST(it_closes_with_its_cause_and_tells_why),
		TEST(about_a_run_there_is_one_whatever_its_plan),
		TEST(an_answer_minds_the_ceiling),
		TEST(what_is_no_text_is_not_kept),
		TEST(what_is_over_makes_room),
		TEST(a_source_that_fills_the_list_hides_no_other),
		TEST(what_the_directory_said_before_is_the_base),
		TEST(what_a_platform_refuses_ends_with_the_message_or_the_hook),
		TEST(what_has_no_room_is_refused_aloud_and_settling_makes_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
