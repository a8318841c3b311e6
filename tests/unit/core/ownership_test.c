#include "fixture.h"

/* Whose a value is, and who may change it. */

static struct actor connect_as(struct fixture *f, const char *name, bool adopts)
{
	struct entry *entry;
	uint64_t permissions = UINT64_C(1) << PERM_USERS_VIEW | UINT64_C(1) << PERM_USERS_CREATE |
			       UINT64_C(1) << PERM_USERS_EDIT | UINT64_C(1) << PERM_USERS_DELETE |
			       UINT64_C(1) << PERM_USERS_DEACTIVATE |
			       UINT64_C(1) << PERM_USERS_PASSWORD |
			       UINT64_C(1) << PERM_ROLES_ASSIGN_ANY;
	assert_int_equal(
		client_entry(f->arena, "scim", span_str(name), permissions, &entry, NULL), OK);
	if (adopts)
		add_value(entry, ATTR_ADOPTS, "TRUE");
	struct actor actor = act_as(f, make(f, f->acme, entry));
	actor.channel = CHANNEL_SCIM;
	return actor;
}

static struct ref made_by(struct fixture *f, const struct actor *actor, const char *name)
{
	struct outcome outcome = create(f, actor, f->acme, new_entry(f, KIND_USER, name));
	assert_err(outcome, OK);
	return (struct ref){ KIND_USER, f->acme, outcome.number, outcome.id };
}

static struct outcome say(struct fixture *f, const struct actor *actor, struct ref ref,
	enum attr attr, const char *text)
{
	return modify(f, actor, ref, PATCH_REPLACE, attr, text);
}

/* A whole that leaves the attribute out. */
static struct outcome leave_out(
	struct fixture *f, const struct actor *actor, struct ref ref, enum attr attr)
{
	struct modification mod = { .op = PATCH_REPLACE, .attr = attr, .own_only = true };
	return modify_all(f, actor, ref, &mod, 1, NULL);
}

static uint16_t source_in(struct fixture *f, struct ref ref, enum attr attr)
{
	struct record record = read_entry(f, ref);
	size_t i = record_find(&record, attr);
	assert_true(i < record.count && record_row(&record, i).attr == attr);
	return record_row(&record, i).source;
}

static void assert_owned(struct outcome outcome, const char *attribute, const char *owner)
{
	assert_err(outcome, ERR_OWNED);
	assert_string_equal(outcome.why.attribute, attribute);
	assert_non_null(strstr(outcome.why.text, owner));
}

static void what_a_connection_says_no_administrator_overwrites(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra", false);
	struct actor admin = act_as(f, make_holder(f, f->acme, "boss", "Admin"));
	struct ref ada = made_by(f, &scim, "ada");
	assert_err(say(f, &scim, ada, ATTR_TITLE, "Dr"), OK);
	assert_owned(say(f, &admin, ada, ATTR_TITLE, "Prof"), "title", "the connection entra");
	assert_owned(say(f, &f->operator, ada, ATTR_TITLE, NULL), "title", "the connection entra");
	assert_first(f, ada, ATTR_TITLE, "Dr");
	struct outcome same = say(f, &admin, ada, ATTR_TITLE, "Dr");
	assert_err(same, OK);
	assert_false(same.changed);
	assert_err(say(f, &admin, ada, ATTR_DEPARTMENT, "R&D"), OK);
	assert_err(say(f, &admin, ada, ATTR_USER_TYPE, "service"), OK);
}

static void what_an_administrator_says_no_connection_overwrites(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra", false);
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(say(f, &f->operator, ada, ATTR_TITLE, "Dr"), OK);
	assert_owned(say(f, &scim, ada, ATTR_TITLE, "Prof"), "title", "the administrators here");
	assert_owned(say(f, &scim, ada, ATTR_TITLE, NULL), "title", "the administrators here");
	assert_err(say(f, &scim, ada, ATTR_TITLE, "Dr"), OK);
	assert_int_equal(source_in(f, ada, ATTR_TITLE), SOURCE_LOCAL);
	assert_err(say(f, &scim, ada, ATTR_NICK_NAME, "A"), OK);
	assert_int_equal(source_in(f, ada, ATTR_NICK_NAME), scim.source);
	assert_owned(say(f, &f->operator, ada, ATTR_NICK_NAME, "B"), "nickName", "entra");
}

static void api_keys_and_people_are_one_authority(void **state)
{
	struct fixture *f = *state;
	struct entry *entry;
	assert_int_equal(client_entry(f->arena, "api", SPAN("key"), UINT64_C(1) << PERM_USERS_EDIT,
				 &entry, NULL),
		OK);
	struct actor key = act_as(f, make(f, f->acme, entry));
	struct actor admin = act_as(f, make_holder(f, f->acme, "boss", "Admin"));
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(say(f, &key, ada, ATTR_TITLE, "Dr"), OK);
	assert_err(say(f, &admin, ada, ATTR_TITLE, "Prof"), OK);
	assert_err(say(f, &key, ada, ATTR_TITLE, NULL), OK);
	assert_err(say(f, &key, ada, ATTR_EXTERNAL_ID, "x"), OK);
	assert_int_equal(source_in(f, ada, ATTR_EXTERNAL_ID), SOURCE_LOCAL);
}

static void two_connections_keep_off_each_others_values(void **state)
{
	struct fixture *f = *state;
	struct actor entra = connect_as(f, "entra", true), okta = connect_as(f, "okta", true);
	struct ref ada = made_by(f, &entra, "ada");
	assert_err(say(f, &entra, ada, ATTR_TITLE, "Dr"), OK);
	assert_owned(say(f, &okta, ada, ATTR_TITLE, "Prof"), "title", "entra");
	assert_err(say(f, &okta, ada, ATTR_NICK_NAME, "A"), OK);
	assert_owned(remove_entry(f, &okta, ada), "", "entra");
	assert_err(remove_entry(f, &entra, ada), OK);
}

static void what_a_whole_leaves_out_is_withdrawn_for_its_source_alone(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra", false);
	struct ref ada = made_by(f, &scim, "ada");
	assert_err(say(f, &scim, ada, ATTR_TITLE, "Dr"), OK);
	assert_err(modify(f, &scim, ada, PATCH_ADD, ATTR_EMAIL, "ada@example.com"), OK);
	assert_err(modify(f, &scim, ada, PATCH_ADD, ATTR_EMAIL_TYPE, "work"), OK);
	assert_err(leave_out(f, &f->operator, ada, ATTR_TITLE), OK);
	assert_first(f, ada, ATTR_TITLE, "Dr");
	struct value home = { .attr = ATTR_EMAIL, .octets = SPAN("a@home.example") };
	struct modification mod = { .op = PATCH_REPLACE,
		.attr = ATTR_EMAIL,
		.values = &home,
		.count = 1,
		.own_only = true };
	assert_err(modify_all(f, &f->operator, ada, &mod, 1, "x"), OK);
	struct record record = read_entry(f, ada);
	struct entry *after = record_entry(f->arena, &record);
	assert_int_equal(entry_value_count(after, ATTR_EMAIL), 2);
	for (size_t i = 0; i < 2; i++) {
		const struct value *email = entry_value(after, ATTR_EMAIL, i);
		const struct value *type = entry_instance(after, ATTR_EMAIL_TYPE, email->instance);
		bool own = email->source == scim.source;
		assert_int_equal(own, span_equal(email->octets, SPAN("ada@example.com")));
		assert_int_equal(own, type != NULL);
	}
	mod.own_only = false;
	assert_owned(modify_all(f, &f->operator, ada, &mod, 1, "x"), "emails.value", "entra");
	assert_err(leave_out(f, &scim, ada, ATTR_TITLE), OK);
	record = read_entry(f, ada);
	assert_int_equal(record_first(&record, ATTR_TITLE).len, 0);
}

static void one_primary_is_not_unmade_by_another(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra", false);
	struct ref ada = made_by(f, &scim, "ada");
	struct value values[] = { { .attr = ATTR_PHONE, .octets = SPAN("1") },
		{ .attr = ATTR_PHONE_PRIMARY, .octets = SPAN("TRUE") },
		{ .attr = ATTR_PHONE, .instance = 7, .octets = SPAN("2") },
		{ .attr = ATTR_PHONE_PRIMARY, .instance = 7, .octets = SPAN("TRUE") } };
	struct modification mods[4];
	for (size_t i = 0; i < 4; i++)
		mods[i] = (struct modification){
			.op = PATCH_ADD, .attr = values[i].attr, .values = &values[i], .count = 1
		};
	assert_err(modify_all(f, &scim, ada, mods, 2, NULL), OK);
	assert_owned(modify_all(f, &f->operator, ada, mods + 2, 2, NULL), "phoneNumbers.primary",
		"entra");
	assert_err(modify_all(f, &f->operator, ada, mods + 2, 1, NULL), OK);
}

static void an_address_keeps_its_owner_wherever_it_stands(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra", false);
	struct ref ada = made_by(f, &scim, "ada");
	struct value theirs[] = { { .attr = ATTR_STREET, .octets = SPAN("High Street 1") },
		{ .attr = ATTR_ADDRESS_TYPE, .octets = SPAN("work") } };
	struct value ours[] = { { .attr = ATTR_STREET, .octets = SPAN("Low Street 2") },
		{ .attr = ATTR_ADDRESS_TYPE, .octets = SPAN("work") } };
	struct modification mods[2];
	for (size_t i = 0; i < 2; i++)
		mods[i] = (struct modification){ .op = PATCH_REPLACE,
			.attr = theirs[i].attr,
			.values = &theirs[i],
			.count = 1,
			.own_only = true };
	assert_err(modify_all(f, &scim, ada, mods, 2, NULL), OK);
	for (size_t i = 0; i < 2; i++)
		mods[i].values = &ours[i];
	assert_err(modify_all(f, &f->operator, ada, mods, 2, NULL), OK);
	struct record record = read_entry(f, ada);
	struct entry *after = record_entry(f->arena, &record);
	assert_int_equal(entry_value_count(after, ATTR_STREET), 2);
	assert_int_equal(entry_value_count(after, ATTR_ADDRESS_TYPE), 2);
	for (size_t i = 0; i < 2; i++) {
		const struct value *street = entry_value(after, ATTR_STREET, i);
		const struct value *type =
			entry_instance(after, ATTR_ADDRESS_TYPE, street->instance);
		assert_int_equal(street->source, type->source);
		assert_int_equal(street->source == scim.source,
			span_equal(street->octets, SPAN("High Street 1")));
	}
	assert_err(modify_all(f, &f->operator, ada, mods, 2, NULL), OK);
}

static void a_directory_and_a_connection_keep_off_each_other(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra", true);
	struct actor sync = act_as_directory(f, make_named(f, f->acme, KIND_DIRECTORY, "corp"));
	struct entry *entry = new_entry(f, KIND_USER, "ada");
	add_value(entry, ATTR_LINK, "01anchor");
	add_value(entry, ATTR_TITLE, "Dr");
	struct outcome made = create(f, &sync, f->acme, entry);
	struct ref ada = { KIND_USER, f->acme, made.number, made.id };
	assert_owned(say(f, &scim, ada, ATTR_TITLE, "Prof"), "title", "the directory corp");
	assert_err(say(f, &scim, ada, ATTR_DEPARTMENT, "R&D"), OK);
	assert_owned(say(f, &sync, ada, ATTR_DEPARTMENT, "Sales"), "enterprise:department",
		"the connection entra");
	assert_owned(remove_entry(f, &scim, ada), "", "the directory corp");
	assert_owned(remove_entry(f, &f->operator, ada), "", "the directory corp");
}

static void adopting_is_for_who_may_and_never_takes_an_admin(void **state)
{
	struct fixture *f = *state;
	struct actor adopting = connect_as(f, "okta", true), other = connect_as(f, "entra", false);
	struct ref ada = make_user(f, f->acme, "ada"),
		   boss = make_holder(f, f->acme, "boss", "Admin");
	assert_err(say(f, &f->operator, ada, ATTR_TITLE, "Dr"), OK);
	assert_err(say(f, &f->operator, boss, ATTR_TITLE, "Boss"), OK);
	assert_owned(say(f, &other, ada, ATTR_TITLE, "Prof"), "title", "administrators");
	assert_err(say(f, &adopting, ada, ATTR_TITLE, "Prof"), OK);
	assert_int_equal(source_in(f, ada, ATTR_TITLE), adopting.source);
	assert_owned(say(f, &f->operator, ada, ATTR_TITLE, "Dr"), "title", "okta");
	assert_owned(say(f, &adopting, boss, ATTR_TITLE, "x"), "title", "administrators");
	assert_owned(remove_entry(f, &adopting, boss), "", "administrators");
	assert_owned(remove_entry(f, &other, ada), "", "administrators");
	assert_err(remove_entry(f, &adopting, ada), OK);
}

static void what_nobody_says_any_more_is_free(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra", false);
	struct ref ada = made_by(f, &scim, "ada");
	assert_err(say(f, &scim, ada, ATTR_TITLE, "Dr"), OK);
	assert_err(remove_entry(f, &f->operator, find(f, f->acme, KIND_CLIENT, "entra")), OK);
	struct actor next = connect_as(f, "entra 2", false);
	assert_err(say(f, &next, ada, ATTR_TITLE, "Prof"), OK);
	assert_int_equal(source_in(f, ada, ATTR_TITLE), next.source);
}

static void where_a_person_stands_is_nobodys(void **state)
{
	struct fixture *f = *state;
	struct actor scim = connect_as(f, "entra", false);
	struct ref ada = made_by(f, &scim, "ada");
	char hash[PASSWORD_HASH_MAX];
	assert_int_equal(password_hash(SPAN("secret"), hash, NULL), OK);
	assert_err(say(f, &scim, ada, ATTR_PASSWORD, hash), OK);
	assert_err(say(f, &scim, ada, ATTR_MUST_CHANGE, "TRUE"), OK);
	assert_int_equal(password_hash(SPAN("other"), hash, NULL), OK);
	assert_err(say(f, &f->operator, ada, ATTR_PASSWORD, hash), OK);
	assert_err(say(f, &f->operator, ada, ATTR_MUST_CHANGE, NULL), OK);
	assert_err(say(f, &f->operator, ada, ATTR_ACTIVE, "FALSE"), OK);
	assert_err(say(f, &scim, ada, ATTR_ACTIVE, "TRUE"), OK);
	assert_err(remove_entry(f, &f->operator, ada), OK);
}

static void a_person_has_one_external_id_a_connection(void **state)
{
	struct fixture *f = *state;
	struct actor entra = connect_as(f, "entra", false), okta = connect_as(f, "okta", false);
	struct ref ada = made_by(f, &entra, "ada"), bob = made_by(f, &entra, "bob");
	assert_err(say(f, &entra, ada, ATTR_EXTERNAL_ID, "1"), OK);
	assert_err(say(f, &entra, bob, ATTR_EXTERNAL_ID, "1"), ERR_EXISTS);
	assert_err(say(f, &okta, bob, ATTR_EXTERNAL_ID, "1"), OK);
	assert_err(say(f, &okta, ada, ATTR_EXTERNAL_ID, "2"), OK);
	assert_err(say(f, &f->operator, ada, ATTR_EXTERNAL_ID, "ours"), OK);
	assert_first(f, ada, ATTR_EXTERNAL_ID, "ours");
	assert_err(say(f, &entra, ada, ATTR_EXTERNAL_ID, NULL), OK);
	assert_err(say(f, &entra, bob, ATTR_EXTERNAL_ID, "1"), OK);
	struct record record = read_entry(f, ada);
	assert_true(
		span_equal(record_of_source(&record, ATTR_EXTERNAL_ID, okta.source), SPAN("2")));
	assert_int_equal(record_of_source(&record, ATTR_EXTERNAL_ID, entra.source).len, 0);
}

static size_t found(struct fixture *f, const struct actor *actor, const char *external_id)
{
	struct search *search;
	struct record record;
	unsigned budget = 1000;
	size_t count = 0;
	const struct search_spec spec = { .actor = actor,
		.tenant = f->acme,
		.kinds = 1u << KIND_USER,
		.filter = filter_leaf(
			f->arena, FILTER_EQUAL, ATTR_EXTERNAL_ID, span_str(external_id)) };
	assert_int_equal(search_open(look(f), f->arena, &spec, &search, NULL), OK);
	while (search_next(search, &budget, &record) == STEP_FOUND)
		count++;
	search_close(search);
	uint64_t total;
	assert_int_equal(search_count(f->view, f->arena, &spec, &total, NULL), OK);
	assert_int_equal(total, count);
	return count;
}

static void each_connection_finds_by_its_own_external_id(void **state)
{
	struct fixture *f = *state;
	struct actor entra = connect_as(f, "entra", false), okta = connect_as(f, "okta", false);
	struct ref ada = made_by(f, &entra, "ada"), bob = made_by(f, &entra, "bob");
	assert_err(say(f, &entra, ada, ATTR_EXTERNAL_ID, "1"), OK);
	assert_err(say(f, &okta, bob, ATTR_EXTERNAL_ID, "1"), OK);
	assert_err(say(f, &okta, ada, ATTR_EXTERNAL_ID, "2"), OK);
	assert_int_equal(found(f, &entra, "1"), 1);
	assert_int_equal(found(f, &okta, "1"), 1);
	assert_int_equal(found(f, &entra, "2"), 0);
	assert_int_equal(found(f, &f->operator, "1"), 2);
}

/* ---- linking ---- */

static struct outcome link_to(struct fixture *f, const struct actor *actor, struct ref user,
	const struct actor *connection, const char *external_id, bool end)
{
	struct outcome outcome;
	const struct connection_link link = {
		.client = connection->id, .external_id = span_str(external_id), .end = end
	};
	const struct command command = { .type = COMMAND_LINK,
		.tenant = f->acme,
		.kind = KIND_USER,
		.id = user.id,
		.link = &link };
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

static void linking_hands_over_and_unlinking_takes_back(void **state)
{
	struct fixture *f = *state;
	struct actor entra = connect_as(f, "entra", false), okta = connect_as(f, "okta", false);
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(say(f, &f->operator, ada, ATTR_TITLE, "Dr"), OK);
	assert_err(say(f, &okta, ada, ATTR_NICK_NAME, "A"), OK);
	assert_err(link_to(f, &f->operator, ada, &entra, "7", false), OK);
	assert_non_null(strstr(last_audit(f, f->acme), "\"action\":\"user.linked\""));
	assert_err(say(f, &entra, ada, ATTR_TITLE, "Prof"), OK);
	assert_owned(say(f, &f->operator, ada, ATTR_TITLE, "Dr"), "title", "entra");
	assert_owned(say(f, &entra, ada, ATTR_NICK_NAME, "B"), "nickName", "okta");
	assert_int_equal(found(f, &entra, "7"), 1);
	struct outcome again = link_to(f, &f->operator, ada, &entra, "7", false);
	assert_err(again, OK);
	assert_false(again.changed);
	struct ref bob = make_user(f, f->acme, "bob");
	assert_err(link_to(f, &f->operator, bob, &entra, "7", false), ERR_EXISTS);
	assert_err(link_to(f, &f->operator, ada, &entra, "", true), OK);
	assert_err(say(f, &f->operator, ada, ATTR_TITLE, "Dr"), OK);
	assert_int_equal(found(f, &entra, "7"), 0);
}

static void linking_asks_for_a_right_and_minds_the_ceiling(void **state)
{
	struct fixture *f = *state;
	struct actor entra = connect_as(f, "entra", false);
	struct ref boss = make_holder(f, f->acme, "boss", "Admin");
	struct ref role = make_role(f, f->acme, "Integrator", "integrations.manage");
	struct ref eve = make_user(f, f->acme, "eve"), ada = make_user(f, f->acme, "ada");
	must_join(f, role, eve);
	struct actor integrator = act_as(f, eve);
	struct actor nobody = act_as(f, ada);
	assert_err(link_to(f, &nobody, ada, &entra, "1", false), ERR_FORBIDDEN);
	assert_err(link_to(f, &integrator, boss, &entra, "1", false), ERR_GRANT_CEILING);
	assert_err(link_to(f, &integrator, ada, &entra, "1", false), OK);
	struct actor sync = act_as_directory(f, make_named(f, f->acme, KIND_DIRECTORY, "corp"));
	assert_err(link_to(f, &f->operator, ada, &sync, "1", false), ERR_UNKNOWN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_connection_says_no_administrator_overwrites),
		TEST(what_an_administrator_says_no_connection_overwrites),
		TEST(api_keys_and_people_are_one_authority),
		TEST(two_connections_keep_off_each_others_values),
		TEST(what_a_whole_leaves_out_is_withdrawn_for_its_source_alone),
		TEST(one_primary_is_not_unmade_by_another),
		TEST(an_address_keeps_its_owner_wherever_it_stands),
		TEST(a_directory_and_a_connection_keep_off_each_other),
		TEST(adopting_is_for_who_may_and_never_takes_an_admin),
		TEST(what_nobody_says_any_more_is_free),
		TEST(where_a_person_stands_is_nobodys),
		TEST(a_person_has_one_external_id_a_connection),
		TEST(each_connection_finds_by_its_own_external_id),
		TEST(linking_hands_over_and_unlinking_takes_back),
		TEST(linking_asks_for_a_right_and_minds_the_ceiling),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
