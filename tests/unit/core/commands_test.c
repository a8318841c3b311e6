#include "fixture.h"

#include <sys/resource.h>

static void a_new_tenant_has_the_six_built_in_roles(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(view_count(look(f), f->acme, KIND_ROLE), 6);
	struct ref admin = find(f, f->acme, KIND_ROLE, "Admin");
	assert_first(f, admin, ATTR_BUILT_IN, "TRUE");
	struct record record;
	assert_false(
		view_by_name(f->view, f->arena, f->acme, KIND_ROLE, SPAN("PegotecUser"), &record));
	find(f, 0, KIND_ROLE, "PegotecUser");
}

static void a_tenant_name_is_plain(void **state)
{
	struct fixture *f = *state;
	const char *const names[] = { "Acme", "-a", "a b", "a.b", "\xc3\xa4", "a/b" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_err(
			create(f, &f->operator, 0, new_entry(f, KIND_TENANT, names[i])), ERR_VALUE);
	assert_err(create(f, &f->operator, 0, new_entry(f, KIND_TENANT, "acme")), ERR_EXISTS);
}

static void names_are_derived_and_follow(void **state)
{
	struct fixture *f = *state;
	struct entry *entry = entry_new(f->arena, KIND_USER);
	add_value(entry, ATTR_EMAIL, "ada@example.com");
	add_value(entry, ATTR_GIVEN_NAME, "Ada");
	add_value(entry, ATTR_FAMILY_NAME, "Lovelace");
	struct ref ada = make(f, f->acme, entry);
	assert_first(f, ada, ATTR_USER_NAME, "ada@example.com");
	assert_first(f, ada, ATTR_COMMON_NAME, "Ada Lovelace");
	assert_first(f, ada, ATTR_DISPLAY_NAME, "Ada Lovelace");
	modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_FAMILY_NAME, "King");
	assert_first(f, ada, ATTR_COMMON_NAME, "Ada King");
	struct ref bob = make_user(f, f->acme, "bob");
	assert_first(f, bob, ATTR_FAMILY_NAME, "bob");
	assert_first(f, bob, ATTR_ACTIVE, "TRUE");
}

static void a_user_without_any_name_is_refused(void **state)
{
	struct fixture *f = *state;
	struct outcome outcome = create(f, &f->operator, f->acme, entry_new(f->arena, KIND_USER));
	assert_err(outcome, ERR_MISSING);
	assert_string_equal(outcome.why.attribute, "userName");
}

static void names_are_unique_after_folding(void **state)
{
	struct fixture *f = *state;
	make_user(f, f->acme, "admin");
	const char *const names[] = { "ADMIN", "adm\xc2\xadin",
		"\xef\xbd\x81\xef\xbd\x84\xef\xbd\x8d\xef\xbd\x89\xef\xbd\x8e" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct outcome outcome =
			create(f, &f->operator, f->acme, new_entry(f, KIND_USER, names[i]));
		assert_err(outcome, ERR_EXISTS);
		assert_string_equal(outcome.why.attribute, "userName");
	}
	make_user(f, f->globex, "admin");
}

static void an_email_is_unique_within_the_tenant(void **state)
{
	struct fixture *f = *state;
	struct entry *a = new_entry(f, KIND_USER, "a"), *b = new_entry(f, KIND_USER, "b");
	add_value(a, ATTR_EMAIL, "x@example.com");
	add_value(b, ATTR_EMAIL, "X@Example.com");
	make(f, f->acme, a);
	struct outcome outcome = create(f, &f->operator, f->acme, b);
	assert_err(outcome, ERR_EXISTS);
	assert_string_equal(outcome.why.attribute, "emails.value");
	make(f, f->globex, b);
}

static void one_address_twice_in_a_person_is_no_conflict(void **state)
{
	struct fixture *f = *state;
	struct entry *a = new_entry(f, KIND_USER, "a");
	add_value(a, ATTR_EMAIL, "x@example.com");
	add_value(a, ATTR_EMAIL, "X@example.com");
	struct ref ref = make(f, f->acme, a);
	assert_err(modify(f, &f->operator, ref, PATCH_REMOVE, ATTR_EMAIL, "X@example.com"), OK);
	struct entry *b = new_entry(f, KIND_USER, "b");
	add_value(b, ATTR_EMAIL, "x@example.com");
	struct record record = read_entry(f, ref);
	enum err left = record_first(&record, ATTR_EMAIL).len ? ERR_EXISTS : OK;
	assert_err(create(f, &f->operator, f->acme, b), left);
}

static void a_container_name_is_unique_among_its_kind(void **state)
{
	struct fixture *f = *state;
	make_named(f, f->acme, KIND_GROUP, "Plant");
	assert_err(create(f, &f->operator, f->acme, new_entry(f, KIND_GROUP, "PLANT")), ERR_EXISTS);
	make_named(f, f->acme, KIND_SCOPE, "Plant");
}

static void an_unchanged_modification_writes_nothing(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	assert_true(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_TITLE, "Dr").changed);
	uint64_t rows = audit_count(f, f->acme), journal = view_journal_last(f->view, f->acme);
	struct outcome again = modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_TITLE, "Dr");
	assert_err(again, OK);
	assert_false(again.changed);
	assert_int_equal(again.revision, 2);
	assert_int_equal(audit_count(f, f->acme), rows);
	assert_int_equal(view_journal_last(f->view, f->acme), journal);
}

static void a_stale_revision_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	struct outcome outcome;
	struct command command = { .type = COMMAND_DELETE,
		.tenant = f->acme,
		.kind = KIND_USER,
		.id = ada.id,
		.if_revision = 7 };
	assert_int_equal(core_run(f->core, &f->operator, & command, &outcome), ERR_VERSION);
	command.if_revision = 1;
	assert_int_equal(core_run(f->core, &f->operator, & command, &outcome), OK);
}

static void deactivating_and_reactivating_keeps_everything_else(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_holder(f, f->acme, "ada", "Technician");
	struct ref role = find(f, f->acme, KIND_ROLE, "Technician");
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_first(f, ada, ATTR_ACTIVE, "FALSE");
	assert_first(f, ada, ATTR_INACTIVE_REASON, "local");
	assert_non_null(strstr(last_audit(f, f->acme), "\"action\":\"user.deactivated\""));
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	assert_first(f, ada, ATTR_ACTIVE, "TRUE");
	assert_non_null(strstr(last_audit(f, f->acme), "\"action\":\"user.reactivated\""));
	assert_true(holds(f, role, ada));
}

static void each_source_lifts_its_own_deactivation_only(void **state)
{
	struct fixture *f = *state;
	struct ref corp = make_named(f, f->acme, KIND_DIRECTORY, "corp");
	struct actor sync = act_as_directory(f, corp);
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(modify(f, &sync, ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_err(
		modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), ERR_MUTABILITY);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_err(modify(f, &sync, ada, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	assert_first(f, ada, ATTR_ACTIVE, "FALSE");
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	assert_first(f, ada, ATTR_ACTIVE, "TRUE");
}

static void a_directory_owns_what_it_says(void **state)
{
	struct fixture *f = *state;
	struct actor sync = act_as_directory(f, make_named(f, f->acme, KIND_DIRECTORY, "corp"));
	struct ref ada = make_user(f, f->acme, "ada");
	modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_TITLE, "Dr");
	assert_err(modify(f, &sync, ada, PATCH_REPLACE, ATTR_TITLE, "Prof"), OK);
	struct outcome outcome = modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_TITLE, "Dr");
	assert_err(outcome, ERR_OWNED);
	assert_non_null(strstr(outcome.why.text, "the directory corp"));
	struct outcome same = modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_TITLE, "Prof");
	assert_err(same, OK);
	assert_false(same.changed);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_USER_TYPE, "x"), OK);
}

static void a_password_is_stored_as_a_hash_only(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_PASSWORD, "secret"), ERR_VALUE);
	char hash[PASSWORD_HASH_MAX];
	assert_int_equal(password_hash(SPAN("secret"), hash, NULL), OK);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_PASSWORD, hash), OK);
	const char *row = last_audit(f, f->acme);
	assert_non_null(strstr(row, "user.password.changed"));
	assert_non_null(strstr(row, "\"new\":\"***\""));
	assert_null(strstr(row, "argon2"));
}

static void a_manager_of_another_tenant_does_not_exist(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada"), eve = make_user(f, f->globex, "eve");
	struct ref boss = make_user(f, f->acme, "boss");
	assert_err(point(f, ada, ATTR_MANAGER, eve), ERR_VALUE);
	assert_err(point(f, ada, ATTR_MANAGER, boss), OK);
}

static void a_deleted_user_leaves_a_tombstone_and_no_edges(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_holder(f, f->acme, "ada", "Technician");
	struct ref group = make_named(f, f->acme, KIND_GROUP, "g");
	must_join(f, group, ada);
	assert_err(remove_entry(f, &f->operator, ada), OK);
	struct record record;
	assert_false(view_by_id(look(f), f->acme, &ada.id, &record));
	assert_int_equal(view_member_count(f->view, f->acme, group.number), 0);
	assert_true(view_tombstone(f->view, f->acme, &ada.id, &record));
	assert_true(span_equal(record_first(&record, ATTR_LAST_NAME), SPAN("ada")));
	assert_err(remove_entry(f, &f->operator, ada), ERR_NOT_FOUND);
	struct ref again = make_user(f, f->acme, "ada");
	assert_false(uuid_equal(&again.id, &ada.id));
}

static void built_in_roles_are_read_only(void **state)
{
	struct fixture *f = *state;
	struct ref admin = find(f, f->acme, KIND_ROLE, "Admin");
	assert_err(modify(f, &f->operator, admin, PATCH_REPLACE, ATTR_DESCRIPTION, "x"),
		ERR_ROLE_BUILTIN);
	assert_err(remove_entry(f, &f->operator, admin), ERR_ROLE_BUILTIN);
}

static void a_role_in_use_is_not_deleted(void **state)
{
	struct fixture *f = *state;
	struct ref role = make_role(f, f->acme, "Auditor", "audit.view");
	struct ref ada = make_user(f, f->acme, "ada");
	must_join(f, role, ada);
	assert_err(remove_entry(f, &f->operator, role), ERR_ROLE_IN_USE);
	assert_err(leave(f, &f->operator, role, ada), OK);
	assert_err(remove_entry(f, &f->operator, role), OK);
}

static void roles_hold_users_only(void **state)
{
	struct fixture *f = *state;
	struct ref role = make_role(f, f->acme, "Auditor", "audit.view");
	struct ref group = make_named(f, f->acme, KIND_GROUP, "g");
	assert_err(join(f, &f->operator, role, group), ERR_VALUE);
	assert_err(join(f, &f->operator, group, role), ERR_VALUE);
}

static void groups_never_form_a_circle(void **state)
{
	struct fixture *f = *state;
	struct ref a = make_named(f, f->acme, KIND_GROUP, "a");
	struct ref b = make_named(f, f->acme, KIND_GROUP, "b");
	struct ref c = make_named(f, f->acme, KIND_GROUP, "c");
	assert_err(join(f, &f->operator, a, a), ERR_VALUE);
	must_join(f, a, b);
	must_join(f, b, c);
	must_join(f, a, c);
	assert_err(join(f, &f->operator, c, a), ERR_VALUE);
	assert_err(join(f, &f->operator, b, a), ERR_VALUE);
}

/* What the check of one nesting takes is not taken again for the largest tree there may be. */
static void many_groups_join_one_in_little_memory(void **state)
{
	enum { GROUPS = 2000 };
	struct fixture *f = *state;
	struct rusage before, after;
	struct member_delta *deltas = arena_array(f->arena, GROUPS, sizeof *deltas);
	struct ref top = make_named(f, f->acme, KIND_GROUP, "top");
	struct outcome outcome;
	for (int i = 0; i < GROUPS; i++)
		deltas[i] = (struct member_delta){ KIND_GROUP,
			make_named(f, f->acme, KIND_GROUP, arena_printf(f->arena, "g%d", i)).id,
			false };
	const struct command command = { .type = COMMAND_MEMBERS,
		.tenant = f->acme,
		.kind = KIND_GROUP,
		.id = top.id,
		.members = deltas,
		.member_count = GROUPS };
	getrusage(RUSAGE_SELF, &before);
	assert_int_equal(core_run(f->core, &f->operator, & command, &outcome), OK);
	getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_maxrss - before.ru_maxrss < 64 * 1024);
}

static void groups_nest_sixteen_deep(void **state)
{
	struct fixture *f = *state;
	struct ref groups[18];
	for (int i = 0; i < 18; i++)
		groups[i] = make_named(f, f->acme, KIND_GROUP, arena_printf(f->arena, "g%d", i));
	for (int i = 0; i < 16; i++)
		must_join(f, groups[i], groups[i + 1]);
	assert_err(join(f, &f->operator, groups[16], groups[17]), ERR_VALUE);
}

static void a_membership_stands_while_a_source_holds_it(void **state)
{
	struct fixture *f = *state;
	struct actor sync = act_as_directory(f, make_named(f, f->acme, KIND_DIRECTORY, "corp"));
	struct ref group = make_named(f, f->acme, KIND_GROUP, "g");
	struct ref ada = make_user(f, f->acme, "ada");
	must_join(f, group, ada);
	assert_err(join(f, &sync, group, ada), OK);
	assert_err(leave(f, &f->operator, group, ada), OK);
	assert_true(holds(f, group, ada));
	struct outcome outcome = leave(f, &f->operator, group, ada);
	assert_err(outcome, ERR_MUTABILITY);
	assert_non_null(strstr(outcome.why.text, "corp"));
	assert_err(leave(f, &sync, group, ada), OK);
	assert_false(holds(f, group, ada));
	assert_false(leave(f, &sync, group, ada).changed);
}

static void a_container_is_created_with_its_members(void **state)
{
	struct fixture *f = *state;
	struct ref a = make_user(f, f->acme, "a"), b = make_user(f, f->acme, "b");
	struct member_delta deltas[] = { { KIND_USER, b.id, false }, { KIND_NONE, a.id, false },
		{ KIND_USER, b.id, false } };
	struct command command = { .type = COMMAND_CREATE,
		.tenant = f->acme,
		.kind = KIND_SCOPE,
		.entry = new_entry(f, KIND_SCOPE, "Bandung Plant"),
		.members = deltas,
		.member_count = 3 };
	struct outcome outcome;
	assert_int_equal(core_run(f->core, &f->operator, & command, &outcome), OK);
	assert_int_equal(view_member_count(look(f), f->acme, outcome.number), 2);
	assert_non_null(strstr(last_audit(f, f->acme), "\"action\":\"user.scope.added\""));
	deltas[1].id = uuid_new();
	command.entry = new_entry(f, KIND_SCOPE, "Medan Plant");
	assert_int_equal(core_run(f->core, &f->operator, & command, &outcome), ERR_VALUE);
	struct record record;
	assert_false(
		view_by_name(look(f), f->arena, f->acme, KIND_SCOPE, SPAN("Medan Plant"), &record));
}

static void replacing_members_lets_go_of_the_unnamed(void **state)
{
	struct fixture *f = *state;
	struct ref group = make_named(f, f->acme, KIND_GROUP, "g");
	struct ref a = make_user(f, f->acme, "a"), b = make_user(f, f->acme, "b");
	struct ref c = make_user(f, f->acme, "c");
	must_join(f, group, a);
	must_join(f, group, b);
	struct member_delta deltas[] = { { KIND_USER, c.id, false }, { KIND_USER, b.id, false } };
	struct command command = { .type = COMMAND_MEMBERS,
		.tenant = f->acme,
		.kind = KIND_GROUP,
		.id = group.id,
		.members = deltas,
		.member_count = 2,
		.replace_members = true };
	struct outcome outcome;
	assert_int_equal(core_run(f->core, &f->operator, & command, &outcome), OK);
	assert_false(holds(f, group, a));
	assert_true(holds(f, group, b));
	assert_true(holds(f, group, c));
	assert_int_equal(outcome.revision, 4);
	assert_false(core_run(f->core, &f->operator, & command, &outcome) || outcome.changed);
}

static void a_renamed_member_is_renamed_in_its_groups(void **state)
{
	struct fixture *f = *state;
	struct ref group = make_named(f, f->acme, KIND_GROUP, "g");
	struct ref ada = make_user(f, f->acme, "ada");
	must_join(f, group, ada);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_USER_NAME, "countess"), OK);
	struct edge edge;
	assert_true(view_edge(look(f), f->acme, group.number, ada.number, &edge));
	assert_true(span_equal(edge.member_name, SPAN("countess")));
}

static void many_members_become_several_changes(void **state)
{
	struct fixture *f = *state;
	struct ref group = make_named(f, f->acme, KIND_GROUP, "g");
	size_t count = 1201;
	struct member_delta *deltas = arena_array(f->arena, count, sizeof *deltas);
	for (size_t i = 0; i < count; i++) {
		struct ref user = make_user(f, f->acme, arena_printf(f->arena, "user%zu", i));
		deltas[i] = (struct member_delta){ KIND_USER, user.id, false };
	}
	uint64_t before = view_journal_last(look(f), f->acme), rows = audit_count(f, f->acme);
	struct command command = { .type = COMMAND_MEMBERS,
		.tenant = f->acme,
		.kind = KIND_GROUP,
		.id = group.id,
		.members = deltas,
		.member_count = count };
	struct outcome outcome;
	assert_int_equal(core_run(f->core, &f->operator, & command, &outcome), OK);
	assert_int_equal(view_member_count(look(f), f->acme, group.number), count);
	assert_int_equal(view_journal_last(f->view, f->acme), before + 3);
	assert_int_equal(audit_count(f, f->acme), rows + 3);
	assert_err(remove_entry(f, &f->operator, group), OK);
	assert_int_equal(view_member_count(look(f), f->acme, group.number), 0);
}

static void a_state_row_is_for_machinery(void **state)
{
	struct fixture *f = *state;
	struct actor admin = act_as(f, make_holder(f, f->acme, "ada", "Admin"));
	struct state_row row = { SPAN("sync/1/cookie"), SPAN("c") };
	struct command command = {
		.type = COMMAND_STATE, .tenant = f->acme, .states = &row, .state_count = 1
	};
	struct outcome outcome;
	assert_int_equal(core_run(f->core, &admin, &command, &outcome), ERR_FORBIDDEN);
	uint64_t rows = audit_count(f, f->acme);
	assert_int_equal(core_run(f->core, &f->operator, & command, &outcome), OK);
	struct span value;
	assert_true(view_state(look(f), f->acme, SPAN("sync/1/cookie"), &value));
	assert_int_equal(audit_count(f, f->acme), rows);
}

static void a_suspended_tenant_can_be_lifted(void **state)
{
	struct fixture *f = *state;
	struct ref tenant = find(f, 0, KIND_TENANT, "acme");
	struct tenant_info info;
	struct actor admin = act_as(f, make_holder(f, f->acme, "ada", "Admin"));
	assert_err(modify(f, &f->operator, tenant, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_err(create(f, &admin, f->acme, new_entry(f, KIND_USER, "x")), ERR_FORBIDDEN);
	assert_true(view_tenant(look(f), SPAN("ACME"), &info));
	assert_false(info.active);
	assert_err(modify(f, &f->operator, tenant, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	assert_true(view_tenant(look(f), SPAN("acme"), &info));
	assert_true(info.active);
}

static void every_change_has_one_audit_row(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	struct ref role = find(f, f->acme, KIND_ROLE, "Viewer");
	must_join(f, role, ada);
	const char *row = last_audit(f, f->acme);
	assert_non_null(strstr(row, "\"action\":\"user.role.added\""));
	assert_non_null(strstr(row, "{\"new\":\"Viewer\",\"old\":null,\"path\":\"roles\"}"));
	assert_non_null(strstr(row, "\"name\":\"ada\",\"type\":\"user\""));
	assert_non_null(
		strstr(row, "\"actor\":{\"id\":null,\"name\":\"root\",\"type\":\"operator\"}"));
	leave(f, &f->operator, role, ada);
	assert_non_null(strstr(last_audit(f, f->acme), "\"action\":\"user.role.removed\""));
	assert_int_equal(view_journal_last(f->view, f->acme), audit_count(f, f->acme));
	uint64_t rows = audit_count(f, f->acme);
	create(f, &f->operator, f->acme, new_entry(f, KIND_USER, "ada"));
	modify(f, &f->operator, role, PATCH_REPLACE, ATTR_DESCRIPTION, "x");
	assert_int_equal(audit_count(f, f->acme), rows);
}

static void an_audit_row_is_json_whatever_the_values_hold(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_DESCRIPTION, "a\"b\\c\n\001\xc3\xa9");
	assert_non_null(strstr(last_audit(f, f->acme), "{\"new\":\"a\\\"b\\\\c\\n\\u0001\xc3\xa9\","
						       "\"old\":null,\"path\":\"description\"}"));
	modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_SSH_PUBLIC_KEY, "\xff\x10");
	assert_non_null(strstr(last_audit(f, f->acme), "\"new\":\"ff10\""));
	modify(f, &f->operator, ada, PATCH_ADD, ATTR_EMAIL, "a@example.com");
	modify(f, &f->operator, ada, PATCH_ADD, ATTR_EMAIL, "b@example.com");
	assert_non_null(strstr(last_audit(f, f->acme),
		"{\"new\":[\"a@example.com\",\"b@example.com\"],\"old\":\"a@example.com\",\"path\":"
		"\"emails.value\"}"));
}

static void who_looked_at_the_whole_tenant_is_told_when_it_has_changed(void **state)
{
	struct fixture *f = *state;
	struct ref anna = make_user(f, f->acme, "anna");
	uint64_t seen = view_journal_last(look(f), f->acme);
	struct outcome outcome;
	struct value value = { .attr = ATTR_TITLE, .octets = SPAN("Chief") };
	struct modification mod = {
		.op = PATCH_REPLACE, .attr = ATTR_TITLE, .values = &value, .count = 1
	};
	struct command command = { .type = COMMAND_MODIFY,
		.tenant = f->acme,
		.kind = KIND_USER,
		.id = anna.id,
		.mods = &mod,
		.mod_count = 1,
		.if_sequence = seen };
	make_user(f, f->globex, "gus");
	struct ref ben = make_user(f, f->acme, "ben");
	assert_int_equal(core_run(f->core, &f->operator, & command, &outcome), ERR_VERSION);
	/* Both in one transaction: the first one is what the second one did not see. */
	command.if_sequence = view_journal_last(look(f), f->acme);
	struct command both[] = { command, command };
	struct outcome outcomes[2];
	both[1].id = ben.id;
	assert_int_equal(core_run_many(f->core, &f->operator, both, 2, false, outcomes, NULL), OK);
	assert_err(outcomes[0], OK);
	assert_err(outcomes[1], ERR_VERSION);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_tenant_has_the_six_built_in_roles),
		TEST(a_tenant_name_is_plain),
		TEST(names_are_derived_and_follow),
		TEST(a_user_without_any_name_is_refused),
		TEST(names_are_unique_after_folding),
		TEST(an_email_is_unique_within_the_tenant),
		TEST(one_address_twice_in_a_person_is_no_conflict),
		TEST(a_container_name_is_unique_among_its_kind),
		TEST(an_unchanged_modification_writes_nothing),
		TEST(a_stale_revision_is_refused),
		TEST(who_looked_at_the_whole_tenant_is_told_when_it_has_changed),
		TEST(deactivating_and_reactivating_keeps_everything_else),
		TEST(each_source_lifts_its_own_deactivation_only),
		TEST(a_directory_owns_what_it_says),
		TEST(a_password_is_stored_as_a_hash_only),
		TEST(a_manager_of_another_tenant_does_not_exist),
		TEST(a_deleted_user_leaves_a_tombstone_and_no_edges),
		TEST(built_in_roles_are_read_only),
		TEST(a_role_in_use_is_not_deleted),
		TEST(roles_hold_users_only),
		TEST(groups_never_form_a_circle),
		TEST(many_groups_join_one_in_little_memory),
		TEST(groups_nest_sixteen_deep),
		TEST(a_membership_stands_while_a_source_holds_it),
		TEST(a_container_is_created_with_its_members),
		TEST(replacing_members_lets_go_of_the_unnamed),
		TEST(a_renamed_member_is_renamed_in_its_groups),
		TEST(many_members_become_several_changes),
		TEST(a_state_row_is_for_machinery),
		TEST(a_suspended_tenant_can_be_lifted),
		TEST(every_change_has_one_audit_row),
		TEST(an_audit_row_is_json_whatever_the_values_hold),
	};
	return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
