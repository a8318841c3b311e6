#include "fixture.h"

#include "core/people.h"

/* ---- steps ---- */

/* The tenant's settings differ from its preset in these alone. */
static void set_policies(struct fixture *f, const char *const *policies, size_t count)
{
	struct record record;
	assert_true(view_settings(look(f), f->acme, &record));
	struct ref settings = { KIND_SETTINGS, f->acme, record.number, record.id };
	assert_err(modify(f, &f->operator, settings, PATCH_REMOVE, ATTR_POLICY, NULL), OK);
	for (size_t i = 0; i < count; i++)
		assert_err(
			modify(f, &f->operator, settings, PATCH_ADD, ATTR_POLICY, policies[i]), OK);
}

static void set_policy(struct fixture *f, const char *policy)
{
	set_policies(f, &policy, 1);
}

static struct outcome run_command(
	struct fixture *f, const struct actor *actor, enum command_type type, struct ref ref)
{
	struct outcome outcome;
	struct command command = {
		.type = type, .tenant = ref.tenant, .kind = KIND_TOMBSTONE, .id = ref.id
	};
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

static struct outcome change_two(struct fixture *f, const struct actor *actor, struct ref ref,
	enum attr first, const char *one, enum attr second, const char *two)
{
	struct value values[2] = { { .attr = first, .octets = span_str(one) },
		{ .attr = second, .octets = span_str(two) } };
	struct modification mods[2] = { { PATCH_REPLACE, first, 0, &values[0], 1 },
		{ PATCH_REPLACE, second, 0, &values[1], 1 } };
	return modify_all(f, actor, ref, mods, 2, NULL);
}

static struct outcome change_email(struct fixture *f, const struct actor *actor, struct ref ref,
	const char *to, const char *why)
{
	struct value value = { .attr = ATTR_EMAIL, .octets = span_str(to) };
	struct modification mod = { PATCH_REPLACE, ATTR_EMAIL, 0, &value, 1 };
	return modify_all(f, actor, ref, &mod, 1, why);
}

static struct ref make_mailed(struct fixture *f, const char *name, const char *address)
{
	struct entry *entry = new_entry(f, KIND_USER, name);
	add_value(entry, ATTR_EMAIL, address);
	return make(f, f->acme, entry);
}

static void assert_none(struct fixture *f, struct ref ref, enum attr attr)
{
	struct record record = read_entry(f, ref);
	assert_int_equal(record_first(&record, attr).len, 0);
}

static struct actor scim_client(struct fixture *f)
{
	struct entry *entry;
	uint64_t permissions = UINT64_C(1) << PERM_USERS_VIEW | UINT64_C(1) << PERM_USERS_CREATE |
			       UINT64_C(1) << PERM_USERS_EDIT |
			       UINT64_C(1) << PERM_ROLES_ASSIGN_ANY;
	assert_int_equal(
		client_entry(f->arena, "scim", SPAN("entra"), permissions, &entry, NULL), OK);
	return act_as(f, make(f, f->acme, entry));
}

/* ---- life cycle ---- */

static void deactivation_says_why_when_and_by_whom(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_first(f, ada, ATTR_STATUS_REASON, "other");
	assert_first(f, ada, ATTR_DEACTIVATED_BY, "root");
	struct record record = read_entry(f, ada);
	assert_int_equal(record_first(&record, ATTR_DEACTIVATED_AT).len, 15);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_STATUS_REASON, "left"), OK);
	assert_first(f, ada, ATTR_STATUS_REASON, "left");
	assert_err(modify(f, &f->operator, ada, PATCH_REMOVE, ATTR_STATUS_REASON, NULL), OK);
	assert_first(f, ada, ATTR_STATUS_REASON, "left");
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_STATUS_REASON, "bored"),
		ERR_VALUE);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	assert_none(f, ada, ATTR_STATUS_REASON);
	assert_none(f, ada, ATTR_DEACTIVATED_AT);
	assert_none(f, ada, ATTR_DEACTIVATED_BY);
	assert_err(change_two(f, &f->operator, ada, ATTR_ACTIVE, "FALSE", ATTR_STATUS_REASON,
			   "investigation"),
		OK);
	assert_first(f, ada, ATTR_STATUS_REASON, "investigation");
}

static void an_active_person_has_no_reason_to_be_inactive(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	struct outcome outcome =
		modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_STATUS_REASON, "left");
	assert_err(outcome, OK);
	assert_false(outcome.changed);
}

static void what_a_directory_deactivates_says_directory(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	struct ref corp = make_named(f, f->acme, KIND_DIRECTORY, "corp");
	struct actor sync = act_as_directory(f, corp);
	assert_err(modify(f, &sync, ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_first(f, ada, ATTR_STATUS_REASON, "directory");
	assert_err(modify(f, &sync, ada, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	assert_none(f, ada, ATTR_STATUS_REASON);
	assert_err(
		change_two(f, &f->operator, ada, ATTR_ACTIVE, "FALSE", ATTR_STATUS_REASON, "leave"),
		OK);
	assert_err(modify(f, &sync, ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_first(f, ada, ATTR_STATUS_REASON, "leave");
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	assert_first(f, ada, ATTR_ACTIVE, "FALSE");
	assert_first(f, ada, ATTR_STATUS_REASON, "directory");
}

static void roles_and_scopes_outlast_a_deactivation(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_holder(f, f->acme, "ada", "Technician");
	struct ref role = find(f, f->acme, KIND_ROLE, "Technician");
	struct ref site = make_named(f, f->acme, KIND_SCOPE, "Medan");
	must_join(f, site, ada);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_true(holds(f, role, ada) && holds(f, site, ada));
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	assert_true(holds(f, role, ada) && holds(f, site, ada));
}

/* ---- deleting ---- */

static void a_disabling_delete_keeps_an_inactive_person(void **state)
{
	struct fixture *f = *state;
	set_policy(f, "delete.mode=disable");
	struct ref ada = make_holder(f, f->acme, "ada", "Technician");
	assert_err(remove_entry(f, &f->operator, ada), OK);
	assert_first(f, ada, ATTR_ACTIVE, "FALSE");
	assert_first(f, ada, ATTR_DELETED, "TRUE");
	assert_first(f, ada, ATTR_STATUS_REASON, "other");
	assert_true(holds(f, find(f, f->acme, KIND_ROLE, "Technician"), ada));
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	assert_none(f, ada, ATTR_DELETED);
}

static void a_soft_delete_can_be_taken_back(void **state)
{
	struct fixture *f = *state;
	struct record record;
	set_policy(f, "delete.mode=soft");
	struct ref ada = make_mailed(f, "ada", "ada@example.com");
	struct ref role = find(f, f->acme, KIND_ROLE, "Technician");
	struct ref site = make_named(f, f->acme, KIND_SCOPE, "Medan");
	must_join(f, role, ada);
	must_join(f, site, ada);
	assert_err(remove_entry(f, &f->operator, ada), OK);
	assert_false(view_by_id(look(f), f->acme, &ada.id, &record));
	assert_true(view_tombstone(f->view, f->acme, &ada.id, &record));
	assert_true(record_is_true(&record, ATTR_RESTORABLE));
	assert_true(span_equal(record_first(&record, ATTR_LAST_USER_NAME), SPAN("ada")));
	assert_true(span_equal(record_first(&record, ATTR_DELETED_BY), SPAN("root")));
	assert_int_equal(view_member_count(f->view, f->acme, role.number), 0);
	struct outcome outcome = run_command(f, &f->operator, COMMAND_RESTORE, ada);
	assert_err(outcome, OK);
	assert_int_equal(outcome.warnings, 0);
	assert_true(uuid_equal(&outcome.id, &ada.id));
	assert_int_equal(outcome.number, ada.number);
	assert_first(f, ada, ATTR_EMAIL, "ada@example.com");
	assert_true(holds(f, role, ada) && holds(f, site, ada));
	assert_false(view_tombstone(look(f), f->acme, &ada.id, &record));
	assert_err(run_command(f, &f->operator, COMMAND_RESTORE, ada), ERR_NOT_FOUND);
	assert_err(remove_entry(f, &f->operator, ada), OK);
}

static void the_names_of_the_deleted_are_free(void **state)
{
	struct fixture *f = *state;
	set_policy(f, "delete.mode=soft");
	struct ref ada = make_mailed(f, "ada", "ada@example.com");
	assert_err(remove_entry(f, &f->operator, ada), OK);
	struct ref other = make_mailed(f, "ada", "ADA@example.com");
	struct outcome outcome = run_command(f, &f->operator, COMMAND_RESTORE, ada);
	assert_err(outcome, ERR_EXISTS);
	assert_string_equal(outcome.why.attribute, "userName");
	assert_err(remove_entry(f, &f->operator, other), OK);
	assert_err(run_command(f, &f->operator, COMMAND_RESTORE, ada), OK);
	assert_err(run_command(f, &f->operator, COMMAND_RESTORE, other), ERR_EXISTS);
}

static void a_restored_person_lacks_what_is_gone(void **state)
{
	struct fixture *f = *state;
	set_policy(f, "delete.mode=soft");
	struct ref boss = make_user(f, f->acme, "boss"), ada = make_user(f, f->acme, "ada");
	struct ref role = make_role(f, f->acme, "Painter", "tasks.view");
	must_join(f, role, ada);
	assert_err(point(f, ada, ATTR_MANAGER, boss), OK);
	assert_err(remove_entry(f, &f->operator, ada), OK);
	assert_err(remove_entry(f, &f->operator, boss), OK);
	assert_err(remove_entry(f, &f->operator, role), OK);
	struct outcome outcome = run_command(f, &f->operator, COMMAND_RESTORE, ada);
	assert_err(outcome, OK);
	assert_int_equal(outcome.warnings, WARNING_LOST);
	assert_string_equal(outcome.why.text, "gone meanwhile: the manager, role");
	assert_none(f, ada, ATTR_MANAGER);
}

static void nobody_restores_what_they_could_not_grant(void **state)
{
	struct fixture *f = *state;
	set_policy(f, "delete.mode=soft");
	struct ref undertaker = make_user(f, f->acme, "undertaker");
	must_join(f, make_role(f, f->acme, "Undertaker", "users.delete"), undertaker);
	struct actor actor = act_as(f, undertaker);
	make_holder(f, f->acme, "boss", "Admin");
	struct ref ada = make_holder(f, f->acme, "ada", "Admin");
	struct ref bob = make_user(f, f->acme, "bob");
	assert_err(remove_entry(f, &f->operator, ada), OK);
	assert_err(remove_entry(f, &actor, bob), OK);
	assert_err(run_command(f, &actor, COMMAND_RESTORE, ada), ERR_GRANT_CEILING);
	assert_err(run_command(f, &actor, COMMAND_RESTORE, bob), OK);
	assert_err(run_command(f, &actor, COMMAND_PURGE, ada), ERR_FORBIDDEN);
}

static void full_access_is_restored_by_who_could_give_it(void **state)
{
	struct fixture *f = *state;
	set_policy(f, "delete.mode=soft");
	put_policy(f, f->acme, "full_access=scope");
	struct ref undertaker = make_user(f, f->acme, "undertaker");
	must_join(f, make_role(f, f->acme, "Undertaker", "users.delete"), undertaker);
	struct actor actor = act_as(f, undertaker);
	struct entry *entry = new_entry(f, KIND_USER, "ada");
	add_value(entry, ATTR_FULL_ACCESS, "TRUE");
	struct ref ada = make(f, f->acme, entry);
	assert_err(remove_entry(f, &actor, ada), OK);
	assert_err(run_command(f, &actor, COMMAND_RESTORE, ada), ERR_GRANT_CEILING);
	assert_err(run_command(f, &f->operator, COMMAND_RESTORE, ada), OK);
}

static void a_scope_is_restored_by_who_could_give_it(void **state)
{
	struct fixture *f = *state;
	set_policy(f, "delete.mode=soft");
	struct ref undertaker = make_user(f, f->acme, "undertaker");
	struct ref here = make_named(f, f->acme, KIND_SCOPE, "Medan");
	struct ref there = make_named(f, f->acme, KIND_SCOPE, "Jakarta");
	must_join(f, make_role(f, f->acme, "Undertaker", "users.delete"), undertaker);
	must_join(f, here, undertaker);
	struct actor actor = act_as(f, undertaker);
	struct ref ada = make_user(f, f->acme, "ada"), bob = make_user(f, f->acme, "bob"),
		   eve = make_user(f, f->acme, "eve");
	must_join(f, there, ada);
	must_join(f, here, bob);
	assert_err(remove_entry(f, &actor, ada), OK);
	assert_err(remove_entry(f, &actor, bob), OK);
	assert_err(remove_entry(f, &actor, eve), OK);
	assert_err(run_command(f, &actor, COMMAND_RESTORE, ada), ERR_GRANT_CEILING);
	assert_err(run_command(f, &actor, COMMAND_RESTORE, bob), OK);
	/* Without a scope a person sees all of them here. */
	assert_err(run_command(f, &actor, COMMAND_RESTORE, eve), ERR_GRANT_CEILING);
}

static void a_purge_leaves_the_bare_tombstone(void **state)
{
	struct fixture *f = *state;
	struct record record;
	struct span value;
	char id[UUID_TEXT + 1];
	set_policy(f, "delete.mode=soft");
	struct ref ada = make_holder(f, f->acme, "ada", "Technician");
	uuid_format(&ada.id, id);
	const char *kept = arena_printf(f->arena, "tombstone/%s/record", id);
	const char *edges = arena_printf(f->arena, "tombstone/%s/edges/0", id);
	assert_err(remove_entry(f, &f->operator, ada), OK);
	assert_true(view_state(look(f), f->acme, span_str(kept), &value));
	assert_true(view_state(f->view, f->acme, span_str(edges), &value));
	assert_err(run_command(f, &f->operator, COMMAND_PURGE, ada), OK);
	assert_false(view_state(look(f), f->acme, span_str(kept), &value));
	assert_false(view_state(f->view, f->acme, span_str(edges), &value));
	assert_true(view_tombstone(f->view, f->acme, &ada.id, &record));
	assert_false(record_is_true(&record, ATTR_RESTORABLE));
	assert_err(run_command(f, &f->operator, COMMAND_RESTORE, ada), ERR_CONFLICT);
	assert_false(run_command(f, &f->operator, COMMAND_PURGE, ada).changed);
}

static void who_has_a_history_is_not_deleted(void **state)
{
	struct fixture *f = *state;
	struct record record;
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_HAS_HISTORY, "TRUE"), OK);
	assert_err(remove_entry(f, &f->operator, ada), ERR_HAS_HISTORY);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_HAS_HISTORY, "FALSE"), OK);
	assert_err(remove_entry(f, &f->operator, ada), OK);
	assert_true(view_tombstone(look(f), f->acme, &ada.id, &record));
	assert_false(record_is_true(&record, ATTR_RESTORABLE));
	set_policy(f, "delete.mode=hard");
	struct ref bob = make_user(f, f->acme, "bob");
	assert_err(modify(f, &f->operator, bob, PATCH_REPLACE, ATTR_HAS_HISTORY, "TRUE"), OK);
	assert_err(remove_entry(f, &f->operator, bob), OK);
}

static void tombstones_are_not_made_by_hand(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(create(f, &f->operator, f->acme, new_entry(f, KIND_TOMBSTONE, "x")),
		ERR_MUTABILITY);
	assert_err(remove_entry(f, &f->operator, ada), OK);
	struct ref stone = { KIND_TOMBSTONE, f->acme, ada.number, ada.id };
	assert_err(remove_entry(f, &f->operator, stone), ERR_MUTABILITY);
	assert_err(
		modify(f, &f->operator, stone, PATCH_REPLACE, ATTR_LAST_NAME, "x"), ERR_MUTABILITY);
}

static void the_last_admin_outlives_every_mode(void **state)
{
	struct fixture *f = *state;
	static const char *const modes[] = { "delete.mode=disable", "delete.mode=soft",
		"delete.mode=hard_if_no_history", "delete.mode=hard" };
	struct ref ada = make_holder(f, f->acme, "ada", "Admin");
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		set_policy(f, modes[i]);
		assert_err(remove_entry(f, &f->operator, ada), ERR_LAST_ADMIN);
	}
	assert_first(f, ada, ATTR_ACTIVE, "TRUE");
}

/* ---- addresses ---- */

static void an_immutable_address_stays(void **state)
{
	struct fixture *f = *state;
	struct actor scim = scim_client(f);
	scim.channel = CHANNEL_SCIM;
	set_policy(f, "email.mutability=immutable");
	struct ref bob = make_user(f, f->acme, "bob");
	assert_err(change_email(f, &scim, bob, "bob@example.com", ""), OK);
	struct outcome outcome = change_email(f, &scim, bob, "b@example.com", "");
	assert_err(outcome, ERR_MUTABILITY);
	assert_string_equal(outcome.why.attribute, "emails");
	assert_err(change_email(f, &f->operator, bob, "b@example.com", "x"), ERR_OWNED);
	assert_err(change_email(f, &scim, bob, "BOB@example.com", ""), OK);
}

static void only_support_changes_an_address(void **state)
{
	struct fixture *f = *state;
	struct actor admin = act_as(f, make_holder(f, f->acme, "boss", "Admin"));
	struct ref ada = make_mailed(f, "ada", "ada@example.com"),
		   bob = make_user(f, f->acme, "bob");
	assert_err(change_email(f, &admin, ada, "a@example.com", "asked"), ERR_MUTABILITY);
	assert_err(
		modify(f, &admin, ada, PATCH_ADD, ATTR_EMAIL, "evil@example.com"), ERR_MUTABILITY);
	assert_err(change_email(f, &f->operator, ada, "a@example.com", "case 7"), OK);
	assert_err(change_email(f, &admin, bob, "bob@example.com", ""), OK);
	assert_err(change_email(f, &admin, bob, "b@example.com", "x"), ERR_MUTABILITY);
	assert_err(modify(f, &admin, bob, PATCH_REMOVE, ATTR_EMAIL, NULL), ERR_MISSING);
}

static void an_admins_change_needs_a_reason_and_verifies_anew(void **state)
{
	struct fixture *f = *state;
	set_policy(f, "email.mutability=admin_verified");
	struct actor admin = act_as(f, make_holder(f, f->acme, "boss", "Admin"));
	struct ref ada = make_mailed(f, "ada", "ada@example.com");
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_EMAIL_VERIFIED, "TRUE"), OK);
	struct record record = read_entry(f, ada);
	assert_int_equal(record_first(&record, ATTR_EMAIL_VERIFIED_AT).len, 15);
	struct outcome outcome = change_email(f, &admin, ada, "a@example.com", "");
	assert_err(outcome, ERR_MISSING);
	assert_string_equal(outcome.why.attribute, "reason");
	assert_err(change_email(f, &admin, ada, "a@example.com", "married"), OK);
	assert_none(f, ada, ATTR_EMAIL_VERIFIED);
	assert_none(f, ada, ATTR_EMAIL_VERIFIED_AT);
	assert_err(
		modify(f, &admin, ada, PATCH_REPLACE, ATTR_EMAIL_VERIFIED, "TRUE"), ERR_MUTABILITY);
}

static void a_managed_address_is_its_sources(void **state)
{
	struct fixture *f = *state;
	set_policy(f, "email.mutability=source_managed");
	struct actor admin = act_as(f, make_holder(f, f->acme, "boss", "Admin"));
	struct actor scim = scim_client(f);
	scim.channel = CHANNEL_SCIM;
	struct entry *entry = new_entry(f, KIND_USER, "eve");
	add_value(entry, ATTR_EMAIL, "eve@example.com");
	struct outcome made = create(f, &scim, f->acme, entry);
	assert_err(made, OK);
	struct ref eve = { KIND_USER, f->acme, made.number, made.id };
	struct ref ada = make_mailed(f, "ada", "ada@example.com");
	assert_err(change_email(f, &admin, eve, "e@example.com", "x"), ERR_OWNED);
	assert_err(change_email(f, &scim, eve, "e@example.com", ""), OK);
	assert_err(change_email(f, &scim, ada, "a@example.com", ""), ERR_OWNED);
	assert_err(change_email(f, &admin, ada, "a@example.com", ""), OK);
}

static void an_accepted_invitation_verifies_the_address(void **state)
{
	struct fixture *f = *state;
	struct entry *entry = new_entry(f, KIND_USER, "ada");
	add_value(entry, ATTR_EMAIL, "ada@example.com");
	add_value(entry, ATTR_INVITED, "TRUE");
	struct ref ada = make(f, f->acme, entry);
	struct actor system;
	char hash[PASSWORD_HASH_MAX];
	assert_int_equal(password_hash(SPAN("correct horse"), hash, NULL), OK);
	actor_system(&system, CHANNEL_INTERNAL);
	assert_err(modify(f, &system, ada, PATCH_REPLACE, ATTR_PASSWORD, hash), OK);
	assert_none(f, ada, ATTR_INVITED);
	assert_first(f, ada, ATTR_EMAIL_VERIFIED, "TRUE");
}

static void people_are_created_with_an_address(void **state)
{
	struct fixture *f = *state;
	struct actor admin = act_as(f, make_holder(f, f->acme, "boss", "Admin"));
	struct outcome outcome = create(f, &admin, f->acme, new_entry(f, KIND_USER, "ada"));
	assert_err(outcome, ERR_MISSING);
	assert_string_equal(outcome.why.attribute, "emails");
	static const char *const none[] = { "email.required=false", "roles.required=false" };
	set_policies(f, none, 2);
	assert_err(create(f, &admin, f->acme, new_entry(f, KIND_USER, "ada")), OK);
}

static void an_address_in_another_spelling_is_the_same(void **state)
{
	struct fixture *f = *state;
	static const char *const spellings[] = { "ADA@EXAMPLE.COM",
		"\xef\xbd\x81\xef\xbd\x84\xef\xbd\x81@example.com",
		("a\xc2\xad"
		 "da@example.com") };
	struct ref ada = make_mailed(f, "ada", "ada@example.com");
	for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
		struct entry *entry = new_entry(f, KIND_USER, "other");
		add_value(entry, ATTR_EMAIL, spellings[i]);
		struct outcome outcome = create(f, &f->operator, f->acme, entry);
		assert_err(outcome, ERR_EXISTS);
		assert_string_equal(outcome.why.attribute, "emails.value");
		struct ref far = make(f, f->globex, entry);
		assert_err(remove_entry(f, &f->operator, far), OK);
	}
	assert_err(remove_entry(f, &f->operator, ada), OK);
	make_mailed(f, "ada", "ADA@example.com");
}

/* ---- types and access ---- */

static void a_shared_account_only_reads(void **state)
{
	struct fixture *f = *state;
	struct ref front = make_user(f, f->acme, "front");
	struct ref viewer = find(f, f->acme, KIND_ROLE, "Viewer");
	struct ref mapper = find(f, f->acme, KIND_ROLE, "Mapper");
	struct ref admin = find(f, f->acme, KIND_ROLE, "Admin");
	assert_err(modify(f, &f->operator, front, PATCH_REPLACE, ATTR_USER_TYPE, "Shared"), OK);
	must_join(f, viewer, front);
	struct outcome outcome = join(f, &f->operator, mapper, front);
	assert_err(outcome, ERR_VALUE);
	assert_string_equal(outcome.why.attribute, "userType");
	assert_err(join(f, &f->operator, admin, front), ERR_VALUE);
	assert_err(modify(f, &f->operator, front, PATCH_ADD, ATTR_AUTH_METHOD, "totp"), OK);
	must_join(f, admin, front);
	make_holder(f, f->acme, "boss", "Admin");
	assert_err(modify(f, &f->operator, front, PATCH_REMOVE, ATTR_AUTH_METHOD, NULL), ERR_VALUE);
	assert_err(modify(f, &f->operator, front, PATCH_REPLACE, ATTR_USER_TYPE, "service"),
		ERR_VALUE);
	struct ref ada = make_holder(f, f->acme, "ada", "Mapper");
	assert_err(
		modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_USER_TYPE, "shared"), ERR_VALUE);
}

static void a_role_of_a_shared_account_keeps_to_reading(void **state)
{
	struct fixture *f = *state;
	struct ref role = make_role(f, f->acme, "Reader", "tasks.view");
	struct ref front = make_user(f, f->acme, "front");
	assert_err(modify(f, &f->operator, front, PATCH_REPLACE, ATTR_USER_TYPE, "service"), OK);
	must_join(f, role, front);
	assert_err(
		modify(f, &f->operator, role, PATCH_ADD, ATTR_PERMISSION, "tasks.edit"), ERR_VALUE);
	assert_err(modify(f, &f->operator, role, PATCH_ADD, ATTR_PERMISSION, "reports.view"), OK);
	assert_err(leave(f, &f->operator, role, front), OK);
	assert_err(modify(f, &f->operator, role, PATCH_ADD, ATTR_PERMISSION, "tasks.edit"), OK);
}

static void user_types_are_the_companys(void **state)
{
	struct fixture *f = *state;
	struct actor admin = act_as(f, make_holder(f, f->acme, "boss", "Admin"));
	struct ref ada = make_mailed(f, "ada", "ada@example.com");
	assert_err(modify(f, &admin, ada, PATCH_REPLACE, ATTR_USER_TYPE, "Gardener"), OK);
	set_policy(f, "users.types=Manufacturer Distributor");
	assert_err(modify(f, &admin, ada, PATCH_REPLACE, ATTR_USER_TYPE, "distributor"), OK);
	assert_err(modify(f, &admin, ada, PATCH_REPLACE, ATTR_USER_TYPE, "Customer"), ERR_VALUE);
	assert_err(modify(f, &admin, ada, PATCH_REPLACE, ATTR_USER_TYPE, "shared"), OK);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_USER_TYPE, "Customer"), OK);
}

static void single_sign_on_alone_has_no_password(void **state)
{
	struct fixture *f = *state;
	char hash[PASSWORD_HASH_MAX];
	assert_int_equal(password_hash(SPAN("correct horse"), hash, NULL), OK);
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(modify(f, &f->operator, ada, PATCH_ADD, ATTR_AUTH_METHOD, "carrier pigeon"),
		ERR_VALUE);
	assert_err(modify(f, &f->operator, ada, PATCH_ADD, ATTR_AUTH_METHOD, "sso"), OK);
	struct outcome outcome = modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_PASSWORD, hash);
	assert_err(outcome, ERR_VALUE);
	assert_string_equal(outcome.why.attribute, "password");
	outcome = modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_MUST_CHANGE, "TRUE");
	assert_err(outcome, ERR_VALUE);
	assert_string_equal(outcome.why.attribute, attr_spelling(ATTR_MUST_CHANGE));
	assert_err(modify(f, &f->operator, ada, PATCH_ADD, ATTR_AUTH_METHOD, "password"), OK);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_PASSWORD, hash), OK);
	assert_err(modify(f, &f->operator, ada, PATCH_REMOVE, ATTR_AUTH_METHOD, "password"),
		ERR_VALUE);
}

static void full_access_is_given_by_who_may(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_mailed(f, "ada", "ada@example.com");
	assert_err(
		modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_FULL_ACCESS, "TRUE"), ERR_VALUE);
	set_policy(f, "full_access=scope");
	struct ref clerk = make_mailed(f, "clerk", "clerk@example.com");
	must_join(f, make_role(f, f->acme, "Clerk", "users.edit"), clerk);
	struct actor actor = act_as(f, clerk);
	assert_err(
		modify(f, &actor, ada, PATCH_REPLACE, ATTR_FULL_ACCESS, "TRUE"), ERR_GRANT_CEILING);
	assert_err(modify(f, &f->operator, clerk, PATCH_REPLACE, ATTR_FULL_ACCESS, "TRUE"), OK);
	assert_err(modify(f, &actor, ada, PATCH_REPLACE, ATTR_FULL_ACCESS, "TRUE"), OK);
}

static void a_superuser_has_a_second_factor_and_is_made_by_a_person(void **state)
{
	struct fixture *f = *state;
	set_policy(f, "full_access=superuser");
	struct actor scim = scim_client(f);
	scim.channel = CHANNEL_SCIM;
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(
		modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_FULL_ACCESS, "TRUE"), ERR_VALUE);
	assert_err(modify(f, &f->operator, ada, PATCH_ADD, ATTR_AUTH_METHOD, "totp"), OK);
	assert_err(modify(f, &scim, ada, PATCH_REPLACE, ATTR_FULL_ACCESS, "TRUE"), ERR_FORBIDDEN);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_FULL_ACCESS, "TRUE"), OK);
	assert_err(modify(f, &f->operator, ada, PATCH_REMOVE, ATTR_AUTH_METHOD, NULL), ERR_VALUE);
}

/* ---- passwords ---- */

static struct ref make_with_password(struct fixture *f, const char *name)
{
	char hash[PASSWORD_HASH_MAX];
	assert_int_equal(password_hash(SPAN("correct horse"), hash, NULL), OK);
	struct ref ref = make_user(f, f->acme, name);
	assert_err(modify(f, &f->operator, ref, PATCH_REPLACE, ATTR_PASSWORD, hash), OK);
	return ref;
}

static void a_promotion_asks_for_a_new_password(void **state)
{
	struct fixture *f = *state;
	struct ref admin = find(f, f->acme, KIND_ROLE, "Admin");
	struct ref ada = make_with_password(f, "ada"), bob = make_with_password(f, "bob");
	struct outcome outcome = join(f, &f->operator, admin, ada);
	assert_err(outcome, OK);
	assert_true(outcome.warnings & WARNING_ELEVATED);
	assert_none(f, ada, ATTR_MUST_CHANGE);
	set_policy(f, "password.rotate_on_elevation=require");
	must_join(f, admin, bob);
	assert_first(f, bob, ATTR_MUST_CHANGE, "TRUE");
}

static void an_assignment_promotes_like_a_membership(void **state)
{
	struct fixture *f = *state;
	struct outcome outcome;
	struct ref ada = make_with_password(f, "ada");
	struct container_delta admin = { .kind = KIND_ROLE,
		.id = find(f, f->acme, KIND_ROLE, "Admin").id };
	struct command command = { .type = COMMAND_ASSIGN,
		.tenant = f->acme,
		.kind = KIND_USER,
		.id = ada.id,
		.containers = &admin,
		.container_count = 1 };
	set_policy(f, "password.rotate_on_elevation=require");
	assert_int_equal(core_run(f->core, &f->operator, & command, &outcome), OK);
	assert_first(f, ada, ATTR_MUST_CHANGE, "TRUE");
	assert_int_equal(read_entry(f, ada).revision, outcome.revision);
}

static void ones_own_new_password_is_what_was_asked_for(void **state)
{
	struct fixture *f = *state;
	char hash[PASSWORD_HASH_MAX];
	struct ref ada = make_with_password(f, "ada");
	struct actor self = act_as(f, ada);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_MUST_CHANGE, "TRUE"), OK);
	assert_int_equal(password_hash(SPAN("battery staple"), hash, NULL), OK);
	assert_err(modify(f, &self, ada, PATCH_REPLACE, ATTR_PASSWORD, hash), OK);
	assert_none(f, ada, ATTR_MUST_CHANGE);
}

/* ---- the tree ---- */

static void nobody_stands_above_themselves(void **state)
{
	struct fixture *f = *state;
	struct ref a = make_user(f, f->acme, "a"), b = make_user(f, f->acme, "b"),
		   c = make_user(f, f->acme, "c");
	assert_err(point(f, b, ATTR_MANAGER, a), OK);
	assert_err(point(f, c, ATTR_MANAGER, b), OK);
	struct outcome outcome = point(f, a, ATTR_MANAGER, c);
	assert_err(outcome, ERR_VALUE);
	assert_string_equal(outcome.why.attribute, "enterprise:manager.value");
	assert_err(point(f, a, ATTR_MANAGER, a), ERR_VALUE);
}

static void the_tree_is_only_so_deep(void **state)
{
	struct fixture *f = *state;
	struct ref above = make_user(f, f->acme, "top");
	for (int i = 0; i < 64; i++) {
		struct ref below = make_user(f, f->acme, arena_printf(f->arena, "person%d", i));
		assert_err(point(f, below, ATTR_MANAGER, above), OK);
		above = below;
	}
	struct ref last = make_user(f, f->acme, "last");
	assert_err(point(f, last, ATTR_MANAGER, above), ERR_VALUE);
}

/* ---- who sees whom ---- */

/* The names of the people that a search finds, joined. */
static const char *seen_by(struct fixture *f, const struct actor *actor, bool living)
{
	struct search_spec spec = {
		.actor = actor, .tenant = f->acme, .kinds = 1u << KIND_USER, .living = living
	};
	struct search *search;
	struct record record;
	unsigned budget = 1000;
	uint64_t count, found = 0;
	const char *names = "";
	assert_int_equal(search_open(look(f), f->arena, &spec, &search, NULL), OK);
	while (search_next(search, &budget, &record) == STEP_FOUND) {
		struct span name = record_first(&record, ATTR_USER_NAME);
		names = arena_printf(
			f->arena, "%s%s%.*s", names, *names ? " " : "", SPAN_ARGS(name));
		found++;
	}
	search_close(search);
	assert_int_equal(search_count(f->view, f->arena, &spec, &count, NULL), OK);
	assert_int_equal(count, found);
	spec.sort = ATTR_USER_NAME;
	budget = 1000;
	assert_int_equal(search_open(f->view, f->arena, &spec, &search, NULL), OK);
	while (search_next(search, &budget, &record) == STEP_FOUND)
		found--;
	search_close(search);
	assert_int_equal(found, 0);
	return names;
}

static void a_person_sees_those_below(void **state)
{
	struct fixture *f = *state;
	struct ref boss = make_user(f, f->acme, "boss"), lead = make_user(f, f->acme, "lead"),
		   hand = make_user(f, f->acme, "hand");
	struct record record;
	make_user(f, f->acme, "other");
	assert_err(point(f, lead, ATTR_MANAGER, boss), OK);
	assert_err(point(f, hand, ATTR_MANAGER, lead), OK);
	struct actor actor = act_as(f, boss), middle = act_as(f, lead);
	assert_string_equal(seen_by(f, &actor, false), "boss");
	set_policy(f, "hierarchy.visibility=subtree");
	assert_string_equal(seen_by(f, &actor, false), "boss lead hand");
	assert_string_equal(seen_by(f, &middle, false), "lead hand");
	record = read_entry(f, hand);
	assert_true(view_is_below(f->view, &record, boss.number));
	assert_true(view_manager(f->view, &record, &record));
	assert_int_equal(record.number, lead.number);
	assert_false(view_is_below(f->view, &record, hand.number));
}

static void people_of_a_higher_level_are_hidden(void **state)
{
	struct fixture *f = *state;
	struct ref boss = make_holder(f, f->acme, "boss", "Admin");
	struct ref ward = make_holder(f, f->acme, "ward", "Supervisor");
	struct ref role = make_role(f, f->acme, "Clerk", "users.edit");
	struct ref clerk = make_user(f, f->acme, "clerk");
	struct edge edge = { .member_kind = KIND_USER, .member = boss.number };
	must_join(f, role, clerk);
	struct actor low = act_as(f, ward), high = act_as(f, boss), edit = act_as(f, clerk);
	assert_string_equal(seen_by(f, &low, false), "boss ward clerk");
	set_policy(f, "levels.visibility=not_above");
	assert_string_equal(seen_by(f, &low, false), "ward clerk");
	assert_string_equal(seen_by(f, &high, false), "boss ward clerk");
	assert_string_equal(seen_by(f, &f->operator, false), "boss ward clerk");
	const struct sight *sight = view_sight(f->view, f->arena, &low, f->acme, false);
	assert_false(sight_sees_member(sight, &edge));
	edge.member = ward.number;
	assert_true(sight_sees_member(sight, &edge));
	struct record record = read_entry(f, boss);
	assert_true(view_is_hidden(f->view, f->arena, &low, &record));
	assert_false(view_is_hidden(f->view, f->arena, &high, &record));
	assert_err(modify(f, &edit, boss, PATCH_REPLACE, ATTR_TITLE, "x"), ERR_NOT_FOUND);
	assert_err(modify(f, &edit, ward, PATCH_REPLACE, ATTR_TITLE, "x"), OK);
}

static void the_deleted_are_not_among_the_living(void **state)
{
	struct fixture *f = *state;
	set_policy(f, "delete.mode=disable");
	struct ref ada = make_user(f, f->acme, "ada");
	make_user(f, f->acme, "bob");
	assert_err(remove_entry(f, &f->operator, ada), OK);
	assert_string_equal(seen_by(f, &f->operator, true), "bob");
	assert_string_equal(seen_by(f, &f->operator, false), "ada bob");
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	assert_string_equal(seen_by(f, &f->operator, true), "ada bob");
}

static void a_state_has_a_word(void **state)
{
	struct fixture *f = *state;
	struct entry *entry = new_entry(f, KIND_USER, "ada");
	add_value(entry, ATTR_INVITED, "TRUE");
	struct ref ada = make(f, f->acme, entry);
	struct record record = read_entry(f, ada);
	assert_string_equal(user_state_word(record_user_state(&record)), "invited");
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	record = read_entry(f, ada);
	assert_string_equal(user_state_word(record_user_state(&record)), "inactive");
	record = read_entry(f, make_with_password(f, "bob"));
	assert_string_equal(user_state_word(record_user_state(&record)), "active");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(deactivation_says_why_when_and_by_whom),
		TEST(an_active_person_has_no_reason_to_be_inactive),
		TEST(what_a_directory_deactivates_says_directory),
		TEST(roles_and_scopes_outlast_a_deactivation),
		TEST(a_disabling_delete_keeps_an_inactive_person),
		TEST(a_soft_delete_can_be_taken_back),
		TEST(the_names_of_the_deleted_are_free),
		TEST(a_restored_person_lacks_what_is_gone),
		TEST(nobody_restores_what_they_could_not_grant),
		TEST(full_access_is_restored_by_who_could_give_it),
		TEST(a_scope_is_restored_by_who_could_give_it),
		TEST(a_purge_leaves_the_bare_tombstone),
		TEST(who_has_a_history_is_not_deleted),
		TEST(tombstones_are_not_made_by_hand),
		TEST(the_last_admin_outlives_every_mode),
		TEST(an_immutable_address_stays),
		TEST(only_support_changes_an_address),
		TEST(an_admins_change_needs_a_reason_and_verifies_anew),
		TEST(a_managed_address_is_its_sources),
		TEST(an_accepted_invitation_verifies_the_address),
		TEST(people_are_created_with_an_address),
		TEST(an_address_in_another_spelling_is_the_same),
		TEST(a_shared_account_only_reads),
		TEST(a_role_of_a_shared_account_keeps_to_reading),
		TEST(user_types_are_the_companys),
		TEST(single_sign_on_alone_has_no_password),
		TEST(full_access_is_given_by_who_may),
		TEST(a_superuser_has_a_second_factor_and_is_made_by_a_person),
		TEST(a_promotion_asks_for_a_new_password),
		TEST(an_assignment_promotes_like_a_membership),
		TEST(ones_own_new_password_is_what_was_asked_for),
		TEST(nobody_stands_above_themselves),
		TEST(the_tree_is_only_so_deep),
		TEST(a_person_sees_those_below),
		TEST(people_of_a_higher_level_are_hidden),
		TEST(the_deleted_are_not_among_the_living),
		TEST(a_state_has_a_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
