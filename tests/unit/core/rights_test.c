#include "fixture.h"

/* ---- the last Admin ---- */

struct admins {
	struct ref role, ada; /* ada is the only one */
};

static struct admins one_admin(struct fixture *f)
{
	struct admins a;
	a.role = find(f, f->acme, KIND_ROLE, "Admin");
	a.ada = make_holder(f, f->acme, "ada", "Admin");
	return a;
}

static void the_last_admin_is_not_deleted(void **state)
{
	struct fixture *f = *state;
	struct admins a = one_admin(f);
	assert_err(remove_entry(f, &f->operator, a.ada), ERR_LAST_ADMIN);
	struct ref bob = make_holder(f, f->acme, "bob", "Admin");
	assert_err(remove_entry(f, &f->operator, a.ada), OK);
	assert_err(remove_entry(f, &f->operator, bob), ERR_LAST_ADMIN);
}

static void the_last_admin_is_not_deactivated(void **state)
{
	struct fixture *f = *state;
	struct admins a = one_admin(f);
	assert_err(modify(f, &f->operator, a.ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"),
		ERR_LAST_ADMIN);
	assert_first(f, a.ada, ATTR_ACTIVE, "TRUE");
	struct ref bob = make_holder(f, f->acme, "bob", "Admin");
	assert_err(modify(f, &f->operator, bob, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	/* An Admin who may not sign in does not count. */
	assert_err(modify(f, &f->operator, a.ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"),
		ERR_LAST_ADMIN);
}

static void a_directory_does_not_deactivate_the_last_admin(void **state)
{
	struct fixture *f = *state;
	struct admins a = one_admin(f);
	struct actor sync = act_as_directory(f, make_named(f, f->acme, KIND_DIRECTORY, "corp"));
	assert_err(modify(f, &sync, a.ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), ERR_LAST_ADMIN);
}

static void the_last_admin_does_not_lose_the_role(void **state)
{
	struct fixture *f = *state;
	struct admins a = one_admin(f);
	assert_err(leave(f, &f->operator, a.role, a.ada), ERR_LAST_ADMIN);
	assert_true(holds(f, a.role, a.ada));
}

static void replacing_members_keeps_an_admin(void **state)
{
	struct fixture *f = *state;
	struct admins a = one_admin(f);
	struct ref bob = make_user(f, f->acme, "bob");
	struct outcome outcome;
	struct command command = { .type = COMMAND_MEMBERS,
		.tenant = f->acme,
		.kind = KIND_ROLE,
		.id = a.role.id,
		.replace_members = true };
	assert_int_equal(core_run(f->core, &f->operator, & command, &outcome), ERR_LAST_ADMIN);
	struct member_delta delta = { KIND_USER, bob.id, false };
	command.members = &delta;
	command.member_count = 1;
	assert_int_equal(core_run(f->core, &f->operator, & command, &outcome), OK);
	assert_false(holds(f, a.role, a.ada));
	assert_true(holds(f, a.role, bob));
}

/* A role of one's own with all that Admin may do makes Admins as well. */
static struct ref make_copy_of_admin(struct fixture *f)
{
	struct record record = read_entry(f, find(f, f->acme, KIND_ROLE, "Admin"));
	struct entry *copy = new_entry(f, KIND_ROLE, "Boss");
	for (size_t i = 0; i < record.count; i++) {
		struct value value = record_row(&record, i);
		if (value.attr == ATTR_PERMISSION)
			add_value(copy, ATTR_PERMISSION, arena_string(f->arena, value.octets));
	}
	return make(f, f->acme, copy);
}

static void editing_a_role_keeps_an_admin(void **state)
{
	struct fixture *f = *state;
	struct ref boss = make_copy_of_admin(f), ada = make_user(f, f->acme, "ada");
	must_join(f, boss, ada);
	assert_err(modify(f, &f->operator, boss, PATCH_REMOVE, ATTR_PERMISSION, "users.view"),
		ERR_LAST_ADMIN);
	assert_err(remove_entry(f, &f->operator, ada), ERR_LAST_ADMIN);
	struct ref bob = make_holder(f, f->acme, "bob", "Admin");
	assert_err(modify(f, &f->operator, boss, PATCH_REMOVE, ATTR_PERMISSION, "users.view"), OK);
	assert_err(remove_entry(f, &f->operator, bob), ERR_LAST_ADMIN);
}

static void a_tenant_without_admin_is_not_stopped(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_err(remove_entry(f, &f->operator, ada), OK);
}

static void of_two_admins_that_remove_each_other_one_stays(void **state)
{
	struct fixture *f = *state;
	struct ref role = find(f, f->acme, KIND_ROLE, "Admin");
	struct ref ada = make_holder(f, f->acme, "ada", "Admin");
	struct ref bob = make_holder(f, f->acme, "bob", "Admin");
	must_join(f, find(f, f->acme, KIND_ROLE, "Manager"), bob);
	struct actor as_ada = act_as(f, ada), as_bob = act_as(f, bob);
	assert_err(leave(f, &as_ada, role, bob), OK);
	assert_err(leave(f, &as_bob, role, ada), ERR_FORBIDDEN); /* no Admin any more */
	assert_true(holds(f, role, ada));
}

/* Two roles that are less than Admin, and together all of it. */
static void roles_make_an_admin_together(void **state)
{
	struct fixture *f = *state;
	struct entry *people = new_entry(f, KIND_ROLE, "People"),
		     *roles = new_entry(f, KIND_ROLE, "Roles");
	static const char *const first[] = { "users.view", "users.create", "users.edit",
		"users.deactivate" };
	static const char *const second[] = { "roles.view", "roles.edit", "roles.assign_any" };
	for (size_t i = 0; i < 4; i++)
		add_value(people, ATTR_PERMISSION, first[i]);
	for (size_t i = 0; i < 3; i++)
		add_value(roles, ATTR_PERMISSION, second[i]);
	struct ref a = make(f, f->acme, people), b = make(f, f->acme, roles),
		   ada = make_user(f, f->acme, "ada");
	must_join(f, a, ada);
	must_join(f, b, ada);
	assert_err(leave(f, &f->operator, a, ada), ERR_LAST_ADMIN);
	assert_err(leave(f, &f->operator, b, ada), ERR_LAST_ADMIN);
	assert_err(modify(f, &f->operator, b, PATCH_REMOVE, ATTR_PERMISSION, "roles.edit"),
		ERR_LAST_ADMIN);
	const struct container_delta none[] = { taking(a), { KIND_NONE, { { 0 } }, false } };
	assert_err(assign(f, &f->operator, ada, none, 0), ERR_LAST_ADMIN);
	assert_err(assign(f, &f->operator, ada, NULL, 1u << KIND_ROLE), ERR_LAST_ADMIN);
	make_holder(f, f->acme, "bob", "Admin");
	assert_err(leave(f, &f->operator, a, ada), OK);
}

static void the_last_admin_does_not_become_something_else(void **state)
{
	struct fixture *f = *state;
	static const struct {
		enum attr attr;
		const char *text;
	} ends[] = { { ATTR_USER_TYPE, "shared" }, { ATTR_USER_TYPE, "service" },
		{ ATTR_ACCOUNT_EXPIRES, "20010101000000Z" },
		{ ATTR_ACCOUNT_EXPIRES, "20990101000000Z" } };
	struct admins a = one_admin(f);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		assert_err(
			modify(f, &f->operator, a.ada, PATCH_REPLACE, ends[i].attr, ends[i].text),
			ERR_LAST_ADMIN);
	assert_err(modify(f, &f->operator, a.ada, PATCH_REPLACE, ATTR_USER_TYPE, "person"), OK);
	make_holder(f, f->acme, "bob", "Admin");
	assert_err(modify(f, &f->operator, a.ada, PATCH_REPLACE, ATTR_ACCOUNT_EXPIRES,
			   "20990101000000Z"),
		OK);
}

/* A mailbox that many read helps with a second factor, and once. */
static void shared_accounts_count_as_one_admin_at_most(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_holder(f, f->acme, "ada", "Admin"),
		   bob = make_holder(f, f->acme, "bob", "Admin");
	put_policy(f, f->acme, "admins.min_hard=2");
	for (int i = 0; i < 2; i++) {
		struct ref box = make_user(f, f->acme, i ? "ops" : "desk");
		modify(f, &f->operator, box, PATCH_REPLACE, ATTR_USER_TYPE, "shared");
		modify(f, &f->operator, box, PATCH_ADD, ATTR_AUTH_METHOD, "totp");
		must_join(f, find(f, f->acme, KIND_ROLE, "Admin"), box);
	}
	assert_err(remove_entry(f, &f->operator, ada), OK);
	struct outcome outcome = remove_entry(f, &f->operator, bob);
	assert_err(outcome, ERR_LAST_ADMIN);
	assert_non_null(strstr(outcome.why.text, "2 active Admins"));
}

static void an_account_that_ends_is_the_last_admin_too(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACCOUNT_EXPIRES, "20990101000000Z");
	must_join(f, find(f, f->acme, KIND_ROLE, "Admin"), ada);
	assert_err(remove_entry(f, &f->operator, ada), ERR_LAST_ADMIN);
	make_holder(f, f->acme, "bob", "Admin");
	assert_err(remove_entry(f, &f->operator, ada), OK);
}

static void few_admins_are_warned_about(void **state)
{
	struct fixture *f = *state;
	struct ref role = find(f, f->acme, KIND_ROLE, "Admin"), users[3];
	for (int i = 0; i < 3; i++)
		users[i] = make_holder(f, f->acme, arena_printf(f->arena, "a%d", i), "Admin");
	assert_false(leave(f, &f->operator, role, users[0]).warnings & WARNING_FEW_ADMINS);
	assert_true(leave(f, &f->operator, role, users[1]).warnings & WARNING_FEW_ADMINS);
	struct outcome last = leave(f, &f->operator, role, users[2]);
	assert_err(last, ERR_LAST_ADMIN);
}

static void the_last_admin_outlives_a_batch(void **state)
{
	struct fixture *f = *state;
	struct command commands[3];
	struct outcome outcomes[3];
	for (int i = 0; i < 3; i++) {
		struct ref user =
			make_holder(f, f->acme, arena_printf(f->arena, "a%d", i), "Admin");
		commands[i] = (struct command){
			.type = COMMAND_DELETE, .tenant = f->acme, .kind = KIND_USER, .id = user.id
		};
	}
	core_run_many(f->core, &f->operator, commands, 3, false, outcomes, NULL);
	assert_err(outcomes[0], OK);
	assert_err(outcomes[1], OK);
	assert_err(outcomes[2], ERR_LAST_ADMIN);
}

/* What a role grants is written once, however many hold it. */
static void a_role_of_many_members_changes_in_one_row(void **state)
{
	struct fixture *f = *state;
	struct ref boss = make_copy_of_admin(f);
	enum { MANY = 2000 };
	struct member_delta *members = arena_array(f->arena, MANY, sizeof *members);
	for (size_t i = 0; i < MANY; i++)
		members[i] = (struct member_delta){ KIND_USER,
			make_user(f, f->acme, arena_printf(f->arena, "u%zu", i)).id, false };
	struct outcome outcome;
	struct command command = { .type = COMMAND_MEMBERS,
		.tenant = f->acme,
		.kind = KIND_ROLE,
		.id = boss.id,
		.members = members,
		.member_count = MANY };
	assert_int_equal(core_run(f->core, &f->operator, & command, &outcome), OK);
	uint64_t journal = view_journal_last(look(f), f->acme), audit = audit_count(f, f->acme);
	assert_err(modify(f, &f->operator, boss, PATCH_REMOVE, ATTR_PERMISSION, "tasks.view"), OK);
	assert_int_equal(view_journal_last(look(f), f->acme), journal + 1);
	assert_int_equal(audit_count(f, f->acme), audit + 1);
	assert_err(modify(f, &f->operator, boss, PATCH_REMOVE, ATTR_PERMISSION, "users.view"),
		ERR_LAST_ADMIN);
}

/* ---- the ceiling of granting ---- */

static void nobody_assigns_a_role_above_their_own(void **state)
{
	struct fixture *f = *state;
	struct actor mapper = act_as(f, make_holder(f, f->acme, "max", "Mapper"));
	struct ref bob = make_user(f, f->acme, "bob");
	assert_err(join(f, &mapper, find(f, f->acme, KIND_ROLE, "Admin"), bob), ERR_GRANT_CEILING);
	assert_err(join(f, &mapper, find(f, f->acme, KIND_ROLE, "Viewer"), bob), ERR_GRANT_CEILING);
	struct ref technician = find(f, f->acme, KIND_ROLE, "Technician");
	assert_err(join(f, &mapper, technician, bob), OK);
	struct ref admin = make_holder(f, f->acme, "ada", "Admin");
	make_holder(f, f->acme, "amy", "Admin");
	assert_err(
		leave(f, &mapper, find(f, f->acme, KIND_ROLE, "Admin"), admin), ERR_GRANT_CEILING);
	struct actor as_admin = act_as(f, admin);
	assert_err(join(f, &as_admin, find(f, f->acme, KIND_ROLE, "Admin"), bob), OK);
}

static void nobody_makes_a_role_above_their_own(void **state)
{
	struct fixture *f = *state;
	struct entry *editor = new_entry(f, KIND_ROLE, "Editor");
	add_value(editor, ATTR_PERMISSION, "roles.edit");
	add_value(editor, ATTR_PERMISSION, "roles.assign");
	struct ref role = make(f, f->acme, editor), ed = make_user(f, f->acme, "ed");
	must_join(f, role, ed);
	struct actor actor = act_as(f, ed);
	struct entry *wide = new_entry(f, KIND_ROLE, "Wide");
	add_value(wide, ATTR_PERMISSION, "users.delete");
	struct outcome outcome = create(f, &actor, f->acme, wide);
	assert_err(outcome, ERR_GRANT_CEILING);
	assert_non_null(strstr(outcome.why.text, "users.delete"));
	struct entry *narrow = new_entry(f, KIND_ROLE, "Narrow");
	add_value(narrow, ATTR_PERMISSION, "roles.edit");
	outcome = create(f, &actor, f->acme, narrow);
	assert_err(outcome, OK);
	struct ref made = { KIND_ROLE, f->acme, outcome.number, outcome.id };
	assert_err(modify(f, &actor, made, PATCH_ADD, ATTR_PERMISSION, "users.delete"),
		ERR_GRANT_CEILING);
	assert_err(modify(f, &actor, made, PATCH_ADD, ATTR_PERMISSION, "work_orders.create"),
		ERR_GRANT_CEILING);
	assert_err(modify(f, &actor, made, PATCH_ADD, ATTR_PERMISSION, "roles.assign"), OK);
}

static void an_applications_permission_is_under_the_ceiling_too(void **state)
{
	struct fixture *f = *state;
	struct entry *desk = new_entry(f, KIND_ROLE, "Desk");
	static const char *const held[] = { "roles.edit", "roles.assign", "tasks.view" };
	for (size_t i = 0; i < 3; i++)
		add_value(desk, ATTR_PERMISSION, held[i]);
	struct ref dan = make_user(f, f->acme, "dan"),
		   bob = make_holder(f, f->acme, "bob", "Manager");
	must_join(f, make(f, f->acme, desk), dan);
	struct actor actor = act_as(f, dan);
	struct ref sees = make_role(f, f->acme, "Sees", "tasks.view"),
		   approves = make_role(f, f->acme, "Approves", "tasks.approve");
	assert_err(join(f, &actor, sees, bob), OK);
	struct outcome outcome = join(f, &actor, approves, bob);
	assert_err(outcome, ERR_GRANT_CEILING);
	assert_non_null(strstr(outcome.why.text, "tasks.approve"));
	assert_err(modify(f, &actor, sees, PATCH_ADD, ATTR_PERMISSION, "tasks.approve"),
		ERR_GRANT_CEILING);
	assert_err(modify(f, &actor, approves, PATCH_REMOVE, ATTR_PERMISSION, "tasks.approve"),
		ERR_GRANT_CEILING);
	assert_err(modify(f, &actor, sees, PATCH_REMOVE, ATTR_PERMISSION, "tasks.view"), OK);
}

static void no_admin_edits_their_own_role_upwards(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	struct entry *chief = new_entry(f, KIND_ROLE, "Chief");
	add_value(chief, ATTR_PERMISSION, "roles.assign_any");
	add_value(chief, ATTR_PERMISSION, "roles.edit");
	struct ref role = make(f, f->acme, chief);
	must_join(f, role, ada);
	struct actor actor = act_as(f, ada);
	assert_err(
		modify(f, &actor, role, PATCH_ADD, ATTR_PERMISSION, "users.delete"), ERR_FORBIDDEN);
}

static void nobody_changes_their_own_roles(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_holder(f, f->acme, "ada", "Admin");
	make_holder(f, f->acme, "amy", "Admin");
	struct actor actor = act_as(f, ada);
	assert_err(join(f, &actor, find(f, f->acme, KIND_ROLE, "Viewer"), ada), ERR_FORBIDDEN);
	assert_err(leave(f, &actor, find(f, f->acme, KIND_ROLE, "Admin"), ada), ERR_FORBIDDEN);
}

static void an_operators_permission_stays_with_operators(void **state)
{
	struct fixture *f = *state;
	struct entry *role = new_entry(f, KIND_ROLE, "Root");
	add_value(role, ATTR_PERMISSION, "companies.manage");
	assert_err(create(f, &f->operator, f->acme, role), ERR_GRANT_CEILING);
	struct actor admin = act_as(f, make_holder(f, f->acme, "ada", "Admin"));
	assert_err(create(f, &admin, f->acme, role), ERR_GRANT_CEILING);
	assert_false(actor_may(&admin, PERM_COMPANIES_MANAGE));
	assert_err(create(f, &admin, 0, new_entry(f, KIND_TENANT, "mine")), ERR_NOT_FOUND);
	assert_err(create(f, &admin, f->acme, new_entry(f, KIND_TENANT, "mine")), ERR_NOT_FOUND);
}

static void a_token_is_not_wider_than_its_maker(void **state)
{
	struct fixture *f = *state;
	struct entry *role = new_entry(f, KIND_ROLE, "Integrator");
	struct entry *client;
	uint64_t wide = 1u << PERM_USERS_DELETE, narrow = 1u << PERM_CLIENTS_MANAGE;
	add_value(role, ATTR_PERMISSION, "clients.manage");
	struct ref ian = make_user(f, f->acme, "ian");
	must_join(f, make(f, f->acme, role), ian);
	struct actor actor = act_as(f, ian);
	client_entry(f->arena, "scim", SPAN("wide"), wide, &client, NULL);
	assert_err(create(f, &actor, f->acme, client), ERR_GRANT_CEILING);
	struct ref strong = make(f, f->acme, client);
	client_entry(f->arena, "scim", SPAN("narrow"), narrow, &client, NULL);
	assert_err(create(f, &actor, f->acme, client), OK);
	/* A new secret for a stronger client would be the same hole. */
	assert_err(modify(f, &actor, strong, PATCH_REPLACE, ATTR_TOKEN_DIGEST, "x"),
		ERR_GRANT_CEILING);
	client_entry(f->arena, "robot", SPAN("odd"), narrow, &client, NULL);
	assert_err(create(f, &f->operator, f->acme, client), ERR_VALUE);
}

static void a_stronger_persons_password_is_out_of_reach(void **state)
{
	struct fixture *f = *state;
	char hash[PASSWORD_HASH_MAX];
	password_hash(SPAN("new secret"), hash, NULL);
	struct ref role = make_role(f, f->acme, "Desk", "users.set_password");
	struct ref desk = make_user(f, f->acme, "desk");
	struct ref ada = make_holder(f, f->acme, "ada", "Admin"),
		   bob = make_user(f, f->acme, "bob");
	must_join(f, role, desk);
	struct actor actor = act_as(f, desk);
	assert_err(modify(f, &actor, ada, PATCH_REPLACE, ATTR_PASSWORD, hash), ERR_GRANT_CEILING);
	assert_err(modify(f, &actor, bob, PATCH_REPLACE, ATTR_PASSWORD, hash), OK);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_PASSWORD, hash), OK);
	assert_err(modify(f, &actor, ada, PATCH_REMOVE, ATTR_PASSWORD, NULL), OK);
	struct actor self = act_as(f, bob);
	assert_err(modify(f, &self, bob, PATCH_REPLACE, ATTR_PASSWORD, hash), OK);
	assert_err(modify(f, &self, bob, PATCH_REPLACE, ATTR_TITLE, "Dr"), ERR_FORBIDDEN);
	/* A way to sign in only together with the seed that a code was seen of. */
	assert_err(modify(f, &self, bob, PATCH_ADD, ATTR_AUTH_METHOD, "totp"), ERR_FORBIDDEN);
	assert_err(modify(f, &self, bob, PATCH_REPLACE, ATTR_TOTP_SEED, "x"), ERR_FORBIDDEN);
}

static void only_who_may_assign_any_role_maps_groups(void **state)
{
	struct fixture *f = *state;
	struct ref role = make_role(f, f->acme, "Sync", "directories.manage");
	struct ref sam = make_user(f, f->acme, "sam");
	must_join(f, role, sam);
	struct actor actor = act_as(f, sam);
	struct entry *corp = new_entry(f, KIND_DIRECTORY, "corp");
	assert_err(create(f, &actor, f->acme, corp), OK);
	struct entry *evil = new_entry(f, KIND_DIRECTORY, "evil");
	add_value(evil, ATTR_GROUP_MAPPING, "cn=all -> role Admin");
	assert_err(create(f, &actor, f->acme, evil), ERR_GRANT_CEILING);
}

static void members_of_a_new_container_need_the_right_to_give_them(void **state)
{
	struct fixture *f = *state;
	struct ref editor = make_user(f, f->acme, "editor"), bob = make_user(f, f->acme, "bob");
	must_join(f, make_role(f, f->acme, "Roles", "roles.edit"), editor);
	must_join(f, make_role(f, f->acme, "Scopes", "scopes.edit"), editor);
	struct actor actor = act_as(f, editor);
	static const enum kind kinds[] = { KIND_ROLE, KIND_SCOPE };
	struct member_delta delta = { KIND_USER, bob.id, false };
	for (size_t i = 0; i < 2; i++) {
		struct outcome outcome;
		struct command command = { .type = COMMAND_CREATE,
			.tenant = f->acme,
			.kind = kinds[i],
			.entry = new_entry(f, kinds[i], "thing"),
			.members = &delta,
			.member_count = 1 };
		core_run(f->core, &actor, &command, &outcome);
		assert_err(outcome, ERR_FORBIDDEN);
		assert_err(create(f, &actor, f->acme, command.entry), OK);
	}
}

/* ---- what each command needs ---- */

static void rights_that_ended_while_a_command_waited_are_not_used(void **state)
{
	struct fixture *f = *state;
	struct ref role = make_role(f, f->acme, "HR", "users.edit");
	struct ref hr = make_user(f, f->acme, "hr"), bob = make_user(f, f->acme, "bob");
	must_join(f, role, hr);
	struct actor actor = act_as(f, hr);
	assert_err(leave(f, &f->operator, role, hr), OK);
	assert_err(modify(f, &actor, bob, PATCH_REPLACE, ATTR_TITLE, "Dr"), ERR_FORBIDDEN);
	must_join(f, role, hr);
	assert_err(modify(f, &f->operator, hr, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_err(modify(f, &actor, bob, PATCH_REPLACE, ATTR_TITLE, "Dr"), ERR_CREDENTIALS);
	assert_err(modify(f, &f->operator, hr, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	assert_err(modify(f, &actor, bob, PATCH_REPLACE, ATTR_TITLE, "Dr"), OK);
	assert_err(remove_entry(f, &f->operator, hr), OK);
	assert_err(modify(f, &actor, bob, PATCH_REPLACE, ATTR_TITLE, "Prof"), ERR_CREDENTIALS);
}

static void each_change_needs_its_permission(void **state)
{
	struct fixture *f = *state;
	static const enum kind kinds[] = { KIND_USER, KIND_ROLE, KIND_SCOPE, KIND_GROUP,
		KIND_CLIENT, KIND_DIRECTORY, KIND_WEBHOOK, KIND_PLAN };
	struct actor viewer = act_as(f, make_holder(f, f->acme, "vic", "Viewer"));
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct entry *entry = new_entry(f, kinds[i], "thing");
		if (kinds[i] == KIND_CLIENT)
			add_value(entry, ATTR_CLIENT_TYPE, "api");
		assert_err(create(f, &viewer, f->acme, entry), ERR_FORBIDDEN);
		struct ref ref = make(f, f->acme, entry);
		assert_err(modify(f, &viewer, ref, PATCH_REPLACE, ATTR_DESCRIPTION, "x"),
			ERR_FORBIDDEN);
		assert_err(remove_entry(f, &viewer, ref), ERR_FORBIDDEN);
		if (kind_is_container(kinds[i]))
			assert_err(join(f, &viewer, ref, ref), ERR_FORBIDDEN);
	}
}

static void changing_a_user_and_deactivating_one_are_two_permissions(void **state)
{
	struct fixture *f = *state;
	struct ref role = make_role(f, f->acme, "HR", "users.edit"),
		   hr = make_user(f, f->acme, "hr");
	struct ref bob = make_user(f, f->acme, "bob");
	must_join(f, role, hr);
	struct actor actor = act_as(f, hr);
	assert_err(modify(f, &actor, bob, PATCH_REPLACE, ATTR_TITLE, "Dr"), OK);
	assert_err(modify(f, &actor, bob, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), ERR_FORBIDDEN);
	assert_err(modify(f, &actor, bob, PATCH_REPLACE, ATTR_PASSWORD, "x"), ERR_FORBIDDEN);
}

static void a_directory_touches_people_and_groups_only(void **state)
{
	struct fixture *f = *state;
	struct actor sync = act_as_directory(f, make_named(f, f->acme, KIND_DIRECTORY, "corp"));
	assert_err(create(f, &sync, f->acme, new_entry(f, KIND_USER, "u")), OK);
	assert_err(create(f, &sync, f->acme, new_entry(f, KIND_GROUP, "g")), OK);
	assert_err(create(f, &sync, f->acme, new_entry(f, KIND_ROLE, "r")), ERR_FORBIDDEN);
	assert_err(create(f, &sync, f->acme, new_entry(f, KIND_DIRECTORY, "d")), ERR_FORBIDDEN);
	struct ref role = find(f, f->acme, KIND_ROLE, "Technician"),
		   u = find(f, f->acme, KIND_USER, "u");
	assert_err(join(f, &sync, role, u), OK);
}

static void a_directorys_person_is_not_deleted_by_others(void **state)
{
	struct fixture *f = *state;
	struct actor sync = act_as_directory(f, make_named(f, f->acme, KIND_DIRECTORY, "corp"));
	struct entry *entry = new_entry(f, KIND_USER, "u");
	add_value(entry, ATTR_LINK, "01anchor");
	assert_err(create(f, &sync, f->acme, entry), OK);
	struct ref u = find(f, f->acme, KIND_USER, "u");
	assert_err(remove_entry(f, &f->operator, u), ERR_OWNED);
	assert_err(remove_entry(f, &f->operator, find(f, f->acme, KIND_DIRECTORY, "corp")), OK);
	assert_err(remove_entry(f, &f->operator, u), OK);
}

/* ---- tenants ---- */

static void another_tenants_entries_do_not_exist(void **state)
{
	struct fixture *f = *state;
	struct actor admin = act_as(f, make_holder(f, f->acme, "ada", "Admin"));
	struct ref eve = make_holder(f, f->globex, "eve", "Admin");
	struct ref group = make_named(f, f->globex, KIND_GROUP, "g");
	struct outcome outcomes[] = { create(f, &admin, f->globex, new_entry(f, KIND_USER, "x")),
		modify(f, &admin, eve, PATCH_REPLACE, ATTR_TITLE, "x"),
		remove_entry(f, &admin, eve), join(f, &admin, group, eve) };
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
		assert_err(outcomes[i], ERR_NOT_FOUND);
		assert_string_equal(outcomes[i].why.text, "there is no such entry");
	}
	/* The same ids within one's own tenant. */
	struct ref stolen = eve;
	stolen.tenant = f->acme;
	assert_err(modify(f, &admin, stolen, PATCH_REPLACE, ATTR_TITLE, "x"), ERR_NOT_FOUND);
	assert_err(remove_entry(f, &admin, stolen), ERR_NOT_FOUND);
	struct ref mine = make_named(f, f->acme, KIND_GROUP, "mine");
	struct outcome foreign = join(f, &admin, mine, eve);
	assert_err(foreign, ERR_VALUE);
	struct ref nobody = { KIND_USER, f->acme, 0, uuid_new() };
	struct outcome unknown = join(f, &admin, mine, nobody);
	assert_string_equal(foreign.why.text, unknown.why.text);
	assert_int_equal(audit_count(f, f->globex), NEW_TENANT_ROWS + 3);
}

static void who_may_switch_acts_in_any_tenant(void **state)
{
	struct fixture *f = *state;
	struct ref eve = make_user(f, f->globex, "eve");
	struct ref switching = make_role(f, 0, "switching", "tenants.switch");
	struct ref editing = make_role(f, 0, "editing", "users.edit");
	struct ref olga = make_user(f, 0, "olga");
	must_join(f, editing, olga);
	struct actor actor = act_as(f, olga);
	assert_err(modify(f, &actor, eve, PATCH_REPLACE, ATTR_TITLE, "x"), ERR_NOT_FOUND);
	must_join(f, switching, olga);
	actor = act_as(f, olga);
	assert_err(modify(f, &actor, eve, PATCH_REPLACE, ATTR_TITLE, "x"), OK);
	assert_err(remove_entry(f, &actor, eve), ERR_FORBIDDEN);
}

static bool resolve_any(void *arg, struct view *view, struct span text, struct record *record)
{
	struct ref *ref = arg;
	(void)text;
	return view_entry(view, ref->tenant, ref->kind, ref->number, record);
}

static void another_tenant_sees_nothing(void **state)
{
	struct fixture *f = *state;
	struct actor admin = act_as(f, make_holder(f, f->acme, "ada", "Admin"));
	struct ref eve = make_user(f, f->globex, "eve");
	struct ref group = make_named(f, f->globex, KIND_GROUP, "canary");
	must_join(f, group, eve);
	struct view *view = look(f);
	struct record record;
	struct edge edge;
	enum kind kind;
	uint32_t number;
	assert_false(view_by_id(view, f->acme, &eve.id, &record));
	assert_false(view_by_id(view, 0, &eve.id, &record));
	assert_false(view_by_name(view, f->arena, f->acme, KIND_USER, SPAN("eve"), &record));
	assert_false(view_entry(view, f->acme, KIND_GROUP, group.number, &record) &&
		     uuid_equal(&record.id, &group.id));
	assert_false(view_edge(view, f->acme, group.number, eve.number, &edge));
	assert_int_equal(view_member_count(view, f->acme, group.number), 0);
	struct member_walk *walk = view_members(view, f->arena, f->acme, group.number, 0);
	assert_false(member_walk_next(walk, &edge));
	member_walk_close(walk);
	struct container_walk *up =
		view_containers(view, f->arena, f->acme, eve.number, 1 << KIND_GROUP);
	assert_false(container_walk_next(up, &kind, &number));
	container_walk_close(up);

	struct span value;
	assert_err(remove_entry(f, &f->operator, eve), OK);
	view = look(f);
	assert_true(view_tombstone(view, f->globex, &eve.id, &record));
	assert_false(view_tombstone(view, f->acme, &eve.id, &record));
	for (uint64_t i = 1; i <= view_audit_last(view, f->acme); i++) {
		assert_true(view_audit(view, f->acme, i, &value));
		assert_null(strstr(arena_string(f->arena, value), "canary"));
	}

	struct search_spec spec = { .actor = &admin, .tenant = f->globex, .kinds = ~0u };
	struct search *search;
	uint64_t count;
	assert_int_equal(search_open(view, f->arena, &spec, &search, NULL), ERR_FORBIDDEN);
	assert_int_equal(search_count(view, f->arena, &spec, &count, NULL), ERR_FORBIDDEN);
	spec.tenant = 0;
	assert_int_equal(search_open(view, f->arena, &spec, &search, NULL), ERR_FORBIDDEN);
	/* A reference to another tenant's group finds nothing, though its number may be in use
	 * here. */
	spec.tenant = f->acme;
	spec.kinds = 1 << KIND_USER;
	spec.filter = filter_leaf(f->arena, FILTER_EQUAL, ATTR_MEMBER_OF, SPAN("canary"));
	spec.resolve = resolve_any;
	spec.resolve_arg = &group;
	assert_int_equal(search_count(view, f->arena, &spec, &count, NULL), OK);
	assert_int_equal(count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/* ---- acting for somebody ---- */

struct acting {
	struct ref agent, person, other, proxy; /* proxy: the role of the agent */
	struct actor as_agent, as_person;
	struct delegation delegation;
};

static struct acting *act_for_editor(struct fixture *f)
{
	struct acting *a = arena_zalloc(f->arena, sizeof *a);
	struct ref editor = make_role(f, f->acme, "Corrector", "users.edit");
	a->proxy = make_role(f, f->acme, "Proxy", "ldap.proxy");
	a->agent = make_user(f, f->acme, "agent");
	a->person = make_user(f, f->acme, "person");
	a->other = make_user(f, f->acme, "other");
	must_join(f, a->proxy, a->agent);
	must_join(f, editor, a->person);
	a->as_agent = act_as(f, a->agent);
	a->as_person = act_as(f, a->person);
	a->delegation = (struct delegation){ .id = uuid_new(),
		.kind = DELEGATION_PROXY,
		.agent = &a->as_agent,
		.subject_kind = KIND_USER,
		.subject = a->person.id,
		.subject_name = SPAN("person") };
	a->as_person.delegation = &a->delegation;
	return a;
}

static void who_acts_for_another_has_their_rights_and_both_are_named(void **state)
{
	struct fixture *f = *state;
	struct acting *a = act_for_editor(f);
	assert_err(
		modify(f, &a->as_agent, a->other, PATCH_REPLACE, ATTR_TITLE, "Dr"), ERR_FORBIDDEN);
	assert_err(modify(f, &a->as_person, a->other, PATCH_REPLACE, ATTR_TITLE, "Dr"), OK);
	const char *row = last_audit(f, f->acme);
	assert_non_null(strstr(row, "\"name\":\"agent\",\"type\":\"user\"},\"changes\""));
	assert_non_null(strstr(row, "\"kind\":\"proxy\""));
	assert_non_null(strstr(strstr(row, "\"subject\""), "\"name\":\"person\""));
	assert_err(modify(f, &a->as_person, a->other, PATCH_REPLACE, ATTR_PASSWORD,
			   "{SSHA}1G904nLkTkGWjKNnQuB/hpWXC/hzYWx0c2FsdA=="),
		ERR_FORBIDDEN);
}

static void who_no_longer_may_act_for_others_is_refused_though_it_was_allowed_before(void **state)
{
	struct fixture *f = *state;
	struct acting *a = act_for_editor(f);
	assert_err(leave(f, &f->operator, a->proxy, a->agent), OK);
	assert_err(modify(f, &a->as_person, a->other, PATCH_REPLACE, ATTR_TITLE, "Dr"),
		ERR_CREDENTIALS);
	must_join(f, a->proxy, a->agent);
	assert_err(modify(f, &a->as_person, a->other, PATCH_REPLACE, ATTR_TITLE, "Dr"), OK);
	assert_err(modify(f, &f->operator, a->agent, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_err(modify(f, &a->as_person, a->other, PATCH_REPLACE, ATTR_TITLE, "Prof"),
		ERR_CREDENTIALS);
	assert_err(remove_entry(f, &f->operator, a->agent), OK);
	assert_err(modify(f, &a->as_person, a->other, PATCH_REPLACE, ATTR_TITLE, "Prof"),
		ERR_CREDENTIALS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_last_admin_is_not_deleted),
		TEST(the_last_admin_is_not_deactivated),
		TEST(a_directory_does_not_deactivate_the_last_admin),
		TEST(the_last_admin_does_not_lose_the_role),
		TEST(replacing_members_keeps_an_admin),
		TEST(editing_a_role_keeps_an_admin),
		TEST(a_tenant_without_admin_is_not_stopped),
		TEST(of_two_admins_that_remove_each_other_one_stays),
		TEST(roles_make_an_admin_together),
		TEST(the_last_admin_does_not_become_something_else),
		TEST(shared_accounts_count_as_one_admin_at_most),
		TEST(an_account_that_ends_is_the_last_admin_too),
		TEST(few_admins_are_warned_about),
		TEST(the_last_admin_outlives_a_batch),
		TEST(a_role_of_many_members_changes_in_one_row),
		TEST(nobody_assigns_a_role_above_their_own),
		TEST(nobody_makes_a_role_above_their_own),
		TEST(an_applications_permission_is_under_the_ceiling_too),
		TEST(no_admin_edits_their_own_role_upwards),
		TEST(nobody_changes_their_own_roles),
		TEST(an_operators_permission_stays_with_operators),
		TEST(a_token_is_not_wider_than_its_maker),
		TEST(a_stronger_persons_password_is_out_of_reach),
		TEST(only_who_may_assign_any_role_maps_groups),
		TEST(members_of_a_new_container_need_the_right_to_give_them),
		TEST(rights_that_ended_while_a_command_waited_are_not_used),
		TEST(each_change_needs_its_permission),
		TEST(changing_a_user_and_deactivating_one_are_two_permissions),
		TEST(a_directory_touches_people_and_groups_only),
		TEST(a_directorys_person_is_not_deleted_by_others),
		TEST(another_tenants_entries_do_not_exist),
		TEST(who_may_switch_acts_in_any_tenant),
		TEST(another_tenant_sees_nothing),
		TEST(who_acts_for_another_has_their_rights_and_both_are_named),
		TEST(who_no_longer_may_act_for_others_is_refused_though_it_was_allowed_before),
	};
	return cmocka_run_group_tests_name("rights", tests, NULL, NULL);
}
