#include "fixture.h"

#include "core/decide_int.h"

#include "base/codec.h"

#include <lmdb.h>

static struct ref settings_of(struct fixture *f, uint32_t tenant)
{
	struct record record;
	assert_true(view_settings(look(f), tenant, &record));
	return (struct ref){ KIND_SETTINGS, tenant, record.number, record.id };
}

static void set_policy(struct fixture *f, uint32_t tenant, const char *row)
{
	assert_err(modify(f, &f->operator, settings_of(f, tenant), PATCH_REPLACE, ATTR_POLICY, row),
		OK);
}

static void set_value(struct fixture *f, struct ref ref, enum attr attr, const char *text)
{
	assert_err(modify(f, &f->operator, ref, PATCH_REPLACE, attr, text), OK);
}

static struct query ask(struct ref who, const char *permission, uint32_t scope)
{
	return (struct query){ .tenant = who.tenant,
		.kind = who.kind,
		.number = who.number,
		.permission = span_str(permission),
		.scope = scope };
}

static struct decision decide(struct fixture *f, const struct query *query)
{
	struct decision decision;
	struct why why = { 0 };
	if (view_decide(look(f), query, &decision, &why))
		fail_msg("%s", why.text);
	return decision;
}

static void assert_answer(struct fixture *f, const struct query *query, enum reason wanted,
	const char *file, int line)
{
	struct decision decision = decide(f, query);
	if (decision_reason(&decision) == wanted)
		return;
	print_error("%.*s: %s\n", SPAN_ARGS(query->permission),
		decision.allowed ? "allowed" : reason_row(decision_reason(&decision))->word);
	_fail(file, line);
}

#define assert_no(f, who, permission, scope, reason)                                               \
	do {                                                                                       \
		struct query asked = ask(who, permission, scope);                                  \
		assert_answer(f, &asked, reason, __FILE__, __LINE__);                              \
	} while (0)
#define assert_yes(f, who, permission, scope) assert_no(f, who, permission, scope, REASON_COUNT)

static struct explanation explain(struct fixture *f, const struct query *query)
{
	struct explanation explanation;
	struct why why = { 0 };
	if (view_explain(f->view, f->arena, query, &explanation, &why))
		fail_msg("%s", why.text);
	return explanation;
}

static void assert_name(struct named named, const char *name)
{
	assert_true(span_equal(named.name, span_str(name)));
}

/* ---- the worked checks of the requirements ---- */

/* PUM-086 */
static void alice_mapper_and_admin_may_what_either_may(void **state)
{
	struct fixture *f = *state;
	struct ref alice = make_holder(f, f->acme, "alice", "Mapper");
	struct permission_info info;
	assert_no(f, alice, "settings.edit", 0, REASON_NOT_GRANTED);
	must_join(f, find(f, f->acme, KIND_ROLE, "Admin"), alice);
	size_t checked = 0;
	struct ref roles[] = { find(f, f->acme, KIND_ROLE, "Mapper"),
		find(f, f->acme, KIND_ROLE, "Admin") };
	struct permission_walk *walk = view_permissions(look(f), f->arena, f->acme);
	while (permission_walk_next(walk, &info)) {
		struct record mapper = { 0 }, admin = { 0 };
		assert_true(view_entry(f->view, f->acme, KIND_ROLE, roles[0].number, &mapper));
		assert_true(view_entry(f->view, f->acme, KIND_ROLE, roles[1].number, &admin));
		struct query query = ask(alice, "", 0);
		query.permission = info.codename;
		query.owned = true;
		struct decision decision;
		assert_int_equal(view_decide(f->view, &query, &decision, NULL), OK);
		assert_int_equal(
			decision.allowed, record_has_permission(&mapper, info.codename) ||
						  record_has_permission(&admin, info.codename));
		checked += decision.allowed;
	}
	permission_walk_close(walk);
	assert_true(checked > 30);
}

/* PUM-087 */
static void bob_technician_and_supervisor_executes_and_assigns(void **state)
{
	struct fixture *f = *state;
	struct ref bob = make_holder(f, f->acme, "bob", "Technician");
	assert_yes(f, bob, "tasks.execute", 0);
	assert_no(f, bob, "tasks.assign", 0, REASON_NOT_GRANTED);
	must_join(f, find(f, f->acme, KIND_ROLE, "Supervisor"), bob);
	assert_yes(f, bob, "tasks.execute", 0);
	assert_yes(f, bob, "tasks.assign", 0);
}

/* TIT-037 */
static void a_store_manager_creates_work_orders_in_assigned_facilities_only(void **state)
{
	struct fixture *f = *state;
	uint32_t mall = make_tenant_of(f, "titanus");
	struct ref north = make_named(f, mall, KIND_SCOPE, "North");
	struct ref south = make_named(f, mall, KIND_SCOPE, "South");
	struct ref dana = make_holder(f, mall, "dana", "Store Manager");
	assert_no(f, dana, "work_orders.create", north.number, REASON_NO_SCOPES);
	must_join(f, north, dana);
	assert_yes(f, dana, "work_orders.create", north.number);
	assert_no(f, dana, "work_orders.create", south.number, REASON_SCOPE_NOT_HELD);
	assert_no(f, dana, "work_orders.create", 0, REASON_SCOPE_NOT_NAMED);
	/* Without the permission the facility alone gives nothing. */
	struct ref erin = make_holder(f, mall, "erin", "Technician");
	must_join(f, north, erin);
	assert_no(f, erin, "work_orders.create", north.number, REASON_NOT_GRANTED);
}

/* USR-045 */
static void without_a_security_group_nothing_is_seen_in_any_app(void **state)
{
	struct fixture *f = *state;
	uint32_t tenant = make_tenant_of(f, "users-app");
	struct ref north = make_named(f, tenant, KIND_SCOPE, "North");
	struct ref south = make_named(f, tenant, KIND_SCOPE, "South");
	make_named(f, tenant, KIND_APP, "cmms");
	struct ref carl = make_user(f, tenant, "carl");
	must_join(f, make_role(f, tenant, "Reader", "cmms.read"), carl);
	assert_no(f, carl, "cmms.read", north.number, REASON_NO_SCOPES);
	assert_no(f, carl, "cmms.read", 0, REASON_NO_SCOPES);
	must_join(f, north, carl);
	assert_yes(f, carl, "cmms.read", north.number);
	assert_no(f, carl, "cmms.read", south.number, REASON_SCOPE_NOT_HELD);
	assert_no(f, carl, "cmms.update", north.number, REASON_NOT_GRANTED);
}

/* C5 */
static void having_no_scope_is_all_or_nothing_by_policy(void **state)
{
	struct fixture *f = *state;
	struct ref site = make_named(f, f->acme, KIND_SCOPE, "Plant 1");
	struct ref carl = make_holder(f, f->acme, "carl", "Technician");
	assert_yes(f, carl, "assets.view", site.number);
	set_policy(f, f->acme, "scope.empty_means=none");
	assert_no(f, carl, "assets.view", site.number, REASON_NO_SCOPES);
	assert_yes(f, carl, "masterdata.view", 0);
	must_join(f, site, carl);
	assert_yes(f, carl, "assets.view", site.number);
}

/* TIT-032, TIT-033 */
static void full_access_passes_over_what_the_policy_says(void **state)
{
	struct fixture *f = *state;
	uint32_t mall = make_tenant_of(f, "titanus");
	struct ref north = make_named(f, mall, KIND_SCOPE, "North");
	struct ref dana = make_holder(f, mall, "dana", "Store Manager");
	set_value(f, dana, ATTR_FULL_ACCESS, "TRUE");
	assert_yes(f, dana, "work_orders.create", north.number);
	assert_yes(f, dana, "work_orders.create", 0);
	assert_no(f, dana, "settings.edit", 0, REASON_NOT_GRANTED);
	set_policy(f, mall, "full_access=superuser");
	assert_yes(f, dana, "settings.edit", 0);
	set_policy(f, mall, "full_access=off");
	assert_no(f, dana, "work_orders.create", north.number, REASON_NO_SCOPES);
}

/* TIT-038 */
static void what_is_for_owners_is_refused_to_others(void **state)
{
	struct fixture *f = *state;
	uint32_t mall = make_tenant_of(f, "titanus");
	struct ref erin = make_holder(f, mall, "erin", "Technician");
	struct query query = ask(erin, "work_orders.view_own", 0);
	assert_answer(f, &query, REASON_NOT_OWNER, __FILE__, __LINE__);
	query.owned = true;
	assert_answer(f, &query, REASON_COUNT, __FILE__, __LINE__);
}

/* ---- reasons ---- */

static void each_thing_that_is_missing_is_named(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_holder(f, f->acme, "ada", "Supervisor");
	struct ref company = find(f, 0, KIND_TENANT, "acme");
	struct ref nobody = { KIND_USER, f->acme, 4000000, ada.id };
	struct ref nowhere = { KIND_USER, 4000000, ada.number, ada.id };
	assert_yes(f, ada, "users.view", 0);
	assert_no(f, nobody, "users.view", 0, REASON_UNKNOWN_HOLDER);
	assert_no(f, nowhere, "users.view", 0, REASON_UNKNOWN_TENANT);
	assert_no(f, ada, "users.admire", 0, REASON_UNKNOWN_PERMISSION);
	assert_no(f, ada, "companies.manage", 0, REASON_UNKNOWN_PERMISSION);
	assert_no(f, ada, "users.view", 4000000, REASON_UNKNOWN_SCOPE);
	assert_no(f, ada, "users.edit", 0, REASON_NOT_GRANTED);
	set_value(f, ada, ATTR_MUST_CHANGE, "TRUE");
	assert_no(f, ada, "users.view", 0, REASON_MUST_CHANGE);
	set_value(f, ada, ATTR_ACCOUNT_EXPIRES, "20200101000000Z");
	assert_no(f, ada, "users.view", 0, REASON_EXPIRED);
	set_value(f, ada, ATTR_ACTIVE, "FALSE");
	assert_no(f, ada, "users.view", 0, REASON_INACTIVE);
	set_value(f, company, ATTR_ACTIVE, "FALSE");
	assert_no(f, ada, "users.edit", 0, REASON_TENANT_SUSPENDED);
	struct query query = ask(ada, "users.edit", 0);
	assert_int_equal(decide(f, &query).missing,
		1u << REASON_TENANT_SUSPENDED | 1u << REASON_INACTIVE | 1u << REASON_EXPIRED |
			1u << REASON_MUST_CHANGE | 1u << REASON_NOT_GRANTED);
}

static void the_end_of_an_account_is_the_moment_that_is_written_there(void **state)
{
	struct fixture *f = *state;
	int64_t end;
	struct ref ada = make_holder(f, f->acme, "ada", "Supervisor");
	set_value(f, ada, ATTR_ACCOUNT_EXPIRES, "20300101000000Z");
	assert_true(time_parse_generalized(SPAN("20300101000000Z"), &end));
	clock_set_for_test(end - 1);
	assert_yes(f, ada, "users.view", 0);
	clock_set_for_test(end);
	assert_no(f, ada, "users.view", 0, REASON_EXPIRED);
}

static struct ref make_client(struct fixture *f, const char *name, const char *permission)
{
	struct entry *entry = new_entry(f, KIND_CLIENT, name);
	add_value(entry, ATTR_CLIENT_TYPE, "scim");
	add_value(entry, ATTR_PERMISSION, permission);
	return make(f, f->acme, entry);
}

static void a_client_is_asked_by_its_own_list(void **state)
{
	struct fixture *f = *state;
	struct ref client = make_client(f, "feeder", "users.view");
	assert_yes(f, client, "users.view", 0);
	assert_no(f, client, "users.edit", 0, REASON_NOT_GRANTED);
	set_value(f, client, ATTR_EXPIRES, "20200101000000Z");
	assert_no(f, client, "users.view", 0, REASON_EXPIRED);
	struct query query = ask(client, "users.view", 0);
	assert_int_equal(explain(f, &query).granted, GRANTED_BY_LIST);
}

/* ---- explanations ---- */

static void an_explanation_names_the_role_since_when_and_by_whom(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_holder(f, f->acme, "ada", "Admin");
	struct ref bob = make_user(f, f->acme, "bob");
	struct actor actor = act_as(f, ada);
	assert_err(join(f, &actor, find(f, f->acme, KIND_ROLE, "Supervisor"), bob), OK);
	struct query query = ask(bob, "tasks.assign", 0);
	look(f);
	struct explanation explanation = explain(f, &query);
	assert_true(explanation.decision.allowed);
	assert_int_equal(explanation.granted, GRANTED_BY_ROLES);
	assert_int_equal(explanation.role_count, 1);
	assert_name(explanation.roles[0].container, "Supervisor");
	assert_int_equal(explanation.roles[0].origin_count, 1);
	assert_int_equal(explanation.roles[0].origins[0].type, ORIGIN_LOCAL);
	assert_int_equal(explanation.roles[0].actor_type, ACTOR_USER);
	assert_int_equal(explanation.roles[0].channel, CHANNEL_API);
	assert_true(span_equal(explanation.roles[0].actor_name, SPAN("ada")));
	assert_int_equal(explanation.roles[0].sequence, view_journal_last(f->view, f->acme));
	assert_int_equal(explanation.reach, REACH_EMPTY);
	assert_int_equal(explanation.policy_count, 1);
	assert_int_equal(explanation.policies[0].policy, POLICY_SCOPE_EMPTY_MEANS);
	assert_true(span_equal(explanation.policies[0].value, SPAN("all")));
}

static void a_membership_of_a_client_names_the_client(void **state)
{
	struct fixture *f = *state;
	struct ref bob = make_user(f, f->acme, "bob");
	struct actor feeder = act_as(f, make_client(f, "feeder", "scopes.assign"));
	struct ref site = make_named(f, f->acme, KIND_SCOPE, "Bali");
	must_join(f, find(f, f->acme, KIND_ROLE, "Technician"), bob);
	assert_err(join(f, &feeder, site, bob), OK);
	look(f);
	struct query query = ask(bob, "tasks.view", site.number);
	struct explanation explanation = explain(f, &query);
	assert_int_equal(explanation.reach, REACH_SCOPE);
	assert_int_equal(explanation.scope_count, 1);
	assert_name(explanation.scopes[0].container, "Bali");
	assert_int_equal(explanation.scopes[0].origins[0].type, ORIGIN_CLIENT);
	assert_name(explanation.scopes[0].origins[0].by, "feeder");
	assert_true(span_equal(explanation.scopes[0].origins[0].client_type, SPAN("scim")));
	assert_int_equal(explanation.policy_count, 0);
}

static struct ref make_directory(struct fixture *f, const char *name, const char *mapping)
{
	struct entry *entry = new_entry(f, KIND_DIRECTORY, name);
	add_value(entry, ATTR_URI, "ldap://corp.example");
	add_value(entry, ATTR_GROUP_MAPPING, mapping);
	return make(f, f->acme, entry);
}

static void a_membership_of_a_directory_names_it_and_the_groups_that_lead_there(void **state)
{
	struct fixture *f = *state;
	struct ref bob = make_user(f, f->acme, "bob");
	struct ref directory = make_directory(f, "corp", "all-field=staff=role:technician");
	struct actor sync = act_as_directory(f, directory);
	struct ref crew = make_named(f, f->acme, KIND_GROUP, "crew");
	struct ref other = make_named(f, f->acme, KIND_GROUP, "choir");
	struct ref field = make_named(f, f->acme, KIND_GROUP, "All-Field=Staff");
	must_join(f, other, bob);
	must_join(f, crew, bob);
	must_join(f, field, crew);
	assert_err(join(f, &sync, find(f, f->acme, KIND_ROLE, "Technician"), bob), OK);
	struct query query = ask(bob, "tasks.execute", 0);
	look(f);
	struct explanation explanation = explain(f, &query);
	assert_int_equal(explanation.role_count, 1);
	assert_int_equal(explanation.roles[0].origin_count, 1);
	struct origin *origin = &explanation.roles[0].origins[0];
	assert_int_equal(origin->type, ORIGIN_DIRECTORY);
	assert_name(origin->by, "corp");
	assert_int_equal(origin->group_count, 2);
	assert_name(origin->groups[0], "crew");
	assert_name(origin->groups[1], "All-Field=Staff");
	assert_err(remove_entry(f, &f->operator, directory), OK);
	look(f);
	assert_int_equal(explain(f, &query).roles[0].origins[0].type, ORIGIN_GONE);
}

static void a_no_names_the_roles_that_would_grant_it(void **state)
{
	struct fixture *f = *state;
	struct ref bob = make_holder(f, f->acme, "bob", "Manager");
	struct query query = ask(bob, "tasks.execute", 0);
	look(f);
	struct explanation explanation = explain(f, &query);
	assert_false(explanation.decision.allowed);
	assert_int_equal(explanation.granted, GRANTED_NOT);
	assert_int_equal(explanation.role_count, 0);
	assert_int_equal(explanation.other_count, 3);
	assert_name(explanation.others[0], "Technician");
}

/* PSH-016 */
static void a_feature_that_is_off_is_told_and_decides_nothing(void **state)
{
	struct fixture *f = *state;
	struct ref bob = make_holder(f, f->acme, "bob", "Technician");
	struct query query = ask(bob, "nfc.view", 0);
	assert_err(modify(f, &f->operator, settings_of(f, f->acme), PATCH_ADD, ATTR_FEATURE,
			   "nfc=off"),
		OK);
	look(f);
	struct explanation explanation = explain(f, &query);
	assert_true(explanation.decision.allowed);
	assert_true(span_equal(explanation.feature, SPAN("nfc")));
	query = ask(bob, "tasks.view", 0);
	assert_int_equal(explain(f, &query).feature.len, 0);
}

/* ---- the past ---- */

static enum err as_of(struct fixture *f, int64_t time, const struct past **past, struct why *why)
{
	*why = (struct why){ 0 };
	return view_as_of(look(f), f->arena, f->acme, time, past, why);
}

static void a_moment_before_the_journal_or_to_come_is_refused_with_where_it_begins(void **state)
{
	struct fixture *f = *state;
	const struct past *past;
	struct why why;
	int64_t began, now = clock_wall();
	assert_int_equal(as_of(f, 1, &past, &why), ERR_VALUE);
	assert_string_equal(why.attribute, "as_of");
	/* The moment that the sentence names can be asked for. */
	const char *text = strrchr(why.text, ' ') + 1;
	assert_true(time_parse_rfc3339(span_str(text), &began));
	assert_int_equal(as_of(f, began, &past, &why), OK);
	assert_int_equal(as_of(f, now + 3600 * SECOND, &past, &why), ERR_VALUE);
	assert_non_null(strstr(why.text, "to come"));
}

static void a_deleted_person_is_found_in_the_past_by_id_and_by_name(void **state)
{
	struct fixture *f = *state;
	const struct past *past;
	struct why why;
	struct record record;
	int64_t then = clock_wall() + SECOND;
	clock_set_for_test(then);
	struct ref bob = make_holder(f, f->acme, "bob", "Technician");
	clock_set_for_test(then + 10 * SECOND);
	assert_err(remove_entry(f, &f->operator, bob), OK);
	struct ref eve = make_user(f, f->acme, "eve");
	assert_int_equal(as_of(f, then + 5 * SECOND, &past, &why), OK);
	assert_int_equal(past_time(past), then + 5 * SECOND);
	assert_true(past_by_id(f->view, past, f->acme, &bob.id, &record));
	assert_int_equal(record.number, bob.number);
	assert_true(
		past_by_name(f->view, f->arena, past, f->acme, KIND_USER, SPAN("BOB"), &record));
	assert_int_equal(record.number, bob.number);
	assert_false(past_by_id(f->view, past, f->acme, &eve.id, &record));
	assert_false(
		past_by_name(f->view, f->arena, past, f->acme, KIND_USER, SPAN("eve"), &record));
	assert_true(
		past_by_name(f->view, f->arena, NULL, f->acme, KIND_USER, SPAN("eve"), &record));
	struct query query = ask(bob, "tasks.execute", 0);
	query.past = past;
	assert_true(explain(f, &query).decision.allowed);
}

static void a_company_suspended_since_was_open_then(void **state)
{
	struct fixture *f = *state;
	const struct past *past;
	struct why why;
	int64_t then = clock_wall() + SECOND;
	clock_set_for_test(then);
	struct ref bob = make_holder(f, f->acme, "bob", "Technician");
	clock_set_for_test(then + 10 * SECOND);
	set_value(f, find(f, 0, KIND_TENANT, "acme"), ATTR_ACTIVE, "FALSE");
	struct query query = ask(bob, "tasks.execute", 0);
	assert_int_equal(as_of(f, then + 5 * SECOND, &past, &why), OK);
	assert_false(decide(f, &query).allowed);
	query.past = past;
	assert_int_equal(explain(f, &query).decision.missing, 0);
}

static void beyond_a_limit_it_says_how_far_back_answers_reach(void **state)
{
	struct fixture *f = *state;
	const struct past *past;
	struct why why = { 0 };
	int64_t then = clock_wall() + SECOND, reached;
	clock_set_for_test(then);
	for (unsigned i = 0; i < 20; i++) {
		clock_set_for_test(then + i * SECOND);
		make_user(f, f->acme, arena_printf(f->arena, "user %u", i));
	}
	look(f);
	assert_int_equal(past_undo(f->view, f->arena, f->acme, then, 10, INT64_MAX, &past, &why),
		ERR_TOO_LARGE);
	assert_true(time_parse_rfc3339(span_str(strrchr(why.text, ' ') + 1), &reached));
	assert_true(reached > then);
	/* So far it is answered, and a moment earlier not. */
	assert_int_equal(
		past_undo(f->view, f->arena, f->acme, reached, 10, INT64_MAX, &past, NULL), OK);
	assert_int_equal(
		past_undo(f->view, f->arena, f->acme, reached - SECOND, 10, INT64_MAX, &past, NULL),
		ERR_TOO_LARGE);
	assert_int_equal(past_undo(f->view, f->arena, f->acme, then, 1000, 2000, &past, NULL),
		ERR_TOO_LARGE);
	assert_int_equal(
		past_undo(f->view, f->arena, f->acme, then, 1000, INT64_MAX, &past, NULL), OK);
}

/* Behind the core's back, and a second time as it was. */
static void flip_journal(const char *path, uint32_t tenant, uint64_t sequence)
{
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	MDB_val value;
	uint8_t octets[12], *copy;
	MDB_val key = { sizeof octets, octets };
	put_be32(octets, tenant);
	put_be64(octets + 4, sequence);
	assert_int_equal(mdb_env_create(&env), 0);
	mdb_env_set_maxdbs(env, 64);
	assert_int_equal(mdb_env_open(env, path, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, "journal", 0, &dbi), 0);
	assert_int_equal(mdb_get(txn, dbi, &key, &value), 0);
	copy = heap_zalloc(value.mv_size);
	memcpy(copy, value.mv_data, value.mv_size);
	copy[value.mv_size - 1] ^= 1;
	value.mv_data = copy;
	assert_int_equal(mdb_put(txn, dbi, &key, &value, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	free(copy);
}

static void a_damaged_journal_gives_an_error_and_no_answer(void **state)
{
	struct fixture *f = *state;
	const struct past *past;
	struct why why;
	int64_t then = clock_wall();
	struct ref bob = make_holder(f, f->acme, "bob", "Technician");
	struct query query = ask(bob, "tasks.execute", 0);
	uint64_t last = view_journal_last(look(f), f->acme);
	uint32_t acme = f->acme;
	fixture_close(f);
	flip_journal(f->path, acme, last);
	fixture_open(f, 0);
	assert_int_equal(as_of(f, then, &past, &why), ERR_CORRUPT);
	/* What is now needs no journal, and who began the membership is not guessed. */
	assert_true(decide(f, &query).allowed);
	fixture_close(f);
	flip_journal(f->path, acme, last);
	fixture_open(f, 0);
	assert_int_equal(as_of(f, then, &past, &why), OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		TEST(alice_mapper_and_admin_may_what_either_may),
		TEST(bob_technician_and_supervisor_executes_and_assigns),
		TEST(a_store_manager_creates_work_orders_in_assigned_facilities_only),
		TEST(without_a_security_group_nothing_is_seen_in_any_app),
		TEST(having_no_scope_is_all_or_nothing_by_policy),
		TEST(full_access_passes_over_what_the_policy_says),
		TEST(what_is_for_owners_is_refused_to_others),
		TEST(each_thing_that_is_missing_is_named),
		TEST(the_end_of_an_account_is_the_moment_that_is_written_there),
		TEST(a_client_is_asked_by_its_own_list),
		TEST(an_explanation_names_the_role_since_when_and_by_whom),
		TEST(a_membership_of_a_client_names_the_client),
		TEST(a_membership_of_a_directory_names_it_and_the_groups_that_lead_there),
		TEST(a_no_names_the_roles_that_would_grant_it),
		TEST(a_feature_that_is_off_is_told_and_decides_nothing),
		TEST(a_moment_before_the_journal_or_to_come_is_refused_with_where_it_begins),
		TEST(a_deleted_person_is_found_in_the_past_by_id_and_by_name),
		TEST(beyond_a_limit_it_says_how_far_back_answers_reach),
		TEST(a_damaged_journal_gives_an_error_and_no_answer),
		TEST(a_company_suspended_since_was_open_then),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
