/* Ways of rising above what one was given. */
#include "fixture.h"

#include "base/clock.h"

/* ---- keys ---- */

static struct entry *new_key(struct fixture *f, const char *name, uint64_t permissions)
{
	struct entry *entry;
	client_entry(f->arena, "api", span_str(name), permissions, &entry, NULL);
	return entry;
}

static void add_expiry(struct fixture *f, struct entry *key, int64_t days)
{
	char text[TIME_TEXT_MAX];
	size_t len = time_format_generalized(clock_wall() + days * 86400 * SECOND, text);
	add_value(key, ATTR_EXPIRES, arena_string(f->arena, span_of(text, len)));
}

#define BIT(permission) (UINT64_C(1) << PERM_##permission)
#define MAKER (BIT(CLIENTS_MANAGE) | BIT(ROLES_ASSIGN_ANY) | BIT(USERS_VIEW))

static void a_key_makes_no_key_that_may_what_it_may_not(void **state)
{
	struct fixture *f = *state;
	struct ref maker = make(f, f->acme, new_key(f, "maker", MAKER));
	struct actor actor = act_as(f, maker);
	struct outcome outcome =
		create(f, &actor, f->acme, new_key(f, "wide", MAKER | BIT(USERS_DELETE)));
	assert_err(outcome, ERR_GRANT_CEILING);
	assert_non_null(strstr(outcome.why.text, "users.delete"));
	assert_err(create(f, &actor, f->acme, new_key(f, "same", MAKER)), OK);
	struct outcome narrow = create(f, &actor, f->acme, new_key(f, "narrow", BIT(USERS_VIEW)));
	assert_err(narrow, OK);
	struct ref made = { KIND_CLIENT, f->acme, narrow.number, narrow.id };
	assert_err(modify(f, &actor, made, PATCH_ADD, ATTR_PERMISSION, "users.delete"),
		ERR_GRANT_CEILING);
	assert_err(modify(f, &actor, maker, PATCH_ADD, ATTR_PERMISSION, "users.delete"),
		ERR_GRANT_CEILING);
	struct ref strong = make(f, f->acme, new_key(f, "strong", BIT(USERS_DELETE)));
	assert_err(modify(f, &actor, strong, PATCH_REPLACE, ATTR_TOKEN_DIGEST, "mine now"),
		ERR_GRANT_CEILING);
}

static void who_may_assign_any_role_makes_no_stronger_key(void **state)
{
	struct fixture *f = *state;
	struct entry *entry = new_entry(f, KIND_ROLE, "Chief");
	add_value(entry, ATTR_PERMISSION, "roles.assign_any");
	add_value(entry, ATTR_PERMISSION, "clients.manage");
	struct ref chief = make(f, f->acme, entry), ada = make_user(f, f->acme, "ada");
	must_join(f, chief, ada);
	struct actor actor = act_as(f, ada);
	assert_err(
		create(f, &actor, f->acme, new_key(f, "k", BIT(USERS_DELETE))), ERR_GRANT_CEILING);
	assert_err(create(f, &actor, f->acme, new_key(f, "k", BIT(CLIENTS_MANAGE))), OK);
}

static void a_key_makes_none_that_outlives_it(void **state)
{
	struct fixture *f = *state;
	struct entry *entry = new_key(f, "maker", MAKER);
	add_expiry(f, entry, 30);
	struct actor actor = act_as(f, make(f, f->acme, entry));
	assert_err(create(f, &actor, f->acme, new_key(f, "for ever", BIT(USERS_VIEW))),
		ERR_GRANT_CEILING);
	entry = new_key(f, "longer", BIT(USERS_VIEW));
	add_expiry(f, entry, 31);
	assert_err(create(f, &actor, f->acme, entry), ERR_GRANT_CEILING);
	entry = new_key(f, "shorter", BIT(USERS_VIEW));
	add_expiry(f, entry, 29);
	struct outcome outcome = create(f, &actor, f->acme, entry);
	assert_err(outcome, OK);
	struct ref made = { KIND_CLIENT, f->acme, outcome.number, outcome.id };
	assert_err(modify(f, &actor, made, PATCH_REMOVE, ATTR_EXPIRES, NULL), ERR_GRANT_CEILING);
	assert_err(modify(f, &actor, made, PATCH_REPLACE, ATTR_DESCRIPTION, "of the ERP"), OK);
}

/* A key is the company's: an integration does not stop because a colleague has left. */
static void a_key_stays_when_its_maker_leaves(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_holder(f, f->acme, "ada", "Admin");
	make_holder(f, f->acme, "amy", "Admin");
	struct actor actor = act_as(f, ada);
	struct outcome outcome = create(f, &actor, f->acme, new_key(f, "erp", BIT(USERS_VIEW)));
	assert_err(outcome, OK);
	struct ref key = { KIND_CLIENT, f->acme, outcome.number, outcome.id };
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	struct actor as_key = act_as(f, key);
	assert_true(actor_may(&as_key, PERM_USERS_VIEW));
	/* And she makes none any more with what her door still remembers. */
	assert_err(
		create(f, &actor, f->acme, new_key(f, "late", BIT(USERS_VIEW))), ERR_CREDENTIALS);
}

/* ---- one's own roles ---- */

static struct outcome set_members(struct fixture *f, const struct actor *actor, struct ref role,
	const struct ref *members, size_t count, bool replace)
{
	struct member_delta deltas[4];
	struct outcome outcome;
	for (size_t i = 0; i < count; i++)
		deltas[i] = (struct member_delta){ .kind = KIND_USER, .id = members[i].id };
	struct command command = { .type = COMMAND_MEMBERS,
		.tenant = role.tenant,
		.kind = KIND_ROLE,
		.id = role.id,
		.members = deltas,
		.member_count = count,
		.replace_members = replace };
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

static void nobody_changes_their_own_roles_on_any_path(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_holder(f, f->acme, "ada", "Admin"), bob = make_user(f, f->acme, "b");
	struct ref admin = find(f, f->acme, KIND_ROLE, "Admin");
	struct ref viewer = find(f, f->acme, KIND_ROLE, "Viewer");
	make_holder(f, f->acme, "amy", "Admin");
	struct actor actor = act_as(f, ada);
	const struct ref both[] = { bob, ada };
	assert_err(set_members(f, &actor, viewer, both, 2, false), ERR_FORBIDDEN);
	assert_false(holds(f, viewer, bob));
	assert_err(set_members(f, &actor, viewer, both, 2, true), ERR_FORBIDDEN);
	/* Not named is let go of: that is a change of one's own as well. */
	assert_err(set_members(f, &actor, admin, both, 1, true), ERR_FORBIDDEN);
	assert_true(holds(f, admin, ada));
	struct entry *own = new_entry(f, KIND_ROLE, "Own");
	add_value(own, ATTR_PERMISSION, "users.view");
	const struct member_delta self = { .kind = KIND_USER, .id = ada.id };
	const struct command command = { .type = COMMAND_CREATE,
		.tenant = f->acme,
		.kind = KIND_ROLE,
		.entry = own,
		.members = &self,
		.member_count = 1 };
	struct outcome outcome;
	core_run(f->core, &actor, &command, &outcome);
	assert_err(outcome, ERR_FORBIDDEN);
	const struct container_delta role = { .kind = KIND_ROLE, .id = viewer.id };
	struct command assign = { .type = COMMAND_ASSIGN,
		.tenant = f->acme,
		.kind = KIND_USER,
		.id = ada.id,
		.containers = &role,
		.container_count = 1 };
	core_run(f->core, &actor, &assign, &outcome);
	assert_err(outcome, ERR_FORBIDDEN);
	assign.container_count = 0;
	assign.replace_kinds = 1u << KIND_ROLE;
	core_run(f->core, &actor, &assign, &outcome);
	assert_err(outcome, ERR_FORBIDDEN);
	assert_true(holds(f, admin, ada));
}

/* ---- policies ---- */

static void a_policy_hands_out_no_more_than_who_sets_it_has(void **state)
{
	struct fixture *f = *state;
	struct ref settings = find(f, f->acme, KIND_SETTINGS, "settings");
	struct ref role = make_role(f, f->acme, "Clerk", "settings.edit");
	struct ref max = make_holder(f, f->acme, "max", "Mapper");
	must_join(f, role, max);
	assert_err(modify(f, &f->operator, settings, PATCH_ADD, ATTR_POLICY,
			   "mapper.may_create_users=false"),
		OK);
	struct actor actor = act_as(f, max);
	assert_false(actor_may(&actor, PERM_USERS_CREATE));
	assert_err(modify(f, &actor, settings, PATCH_REMOVE, ATTR_POLICY, NULL), ERR_GRANT_CEILING);
	assert_err(modify(f, &actor, settings, PATCH_ADD, ATTR_POLICY, "audit.retention_days=400"),
		ERR_FORBIDDEN);
	assert_err(modify(f, &actor, settings, PATCH_ADD, ATTR_POLICY, "scope.label=Sites"), OK);
	struct actor admin = act_as(f, make_holder(f, f->acme, "ada", "Admin"));
	assert_err(modify(f, &admin, settings, PATCH_REMOVE, ATTR_POLICY, NULL), OK);
	actor = act_as(f, max);
	assert_true(actor_may(&actor, PERM_USERS_CREATE));
}

/* Who decides what people without a scope see decides no more than they see. */
static void nobody_opens_by_policy_what_they_do_not_see(void **state)
{
	struct fixture *f = *state;
	struct ref settings = find(f, f->acme, KIND_SETTINGS, "settings");
	put_policy(f, f->acme, "scope.empty_means=none");
	struct ref max = make_user(f, f->acme, "max");
	must_join(f, make_role(f, f->acme, "Clerk", "settings.edit"), max);
	struct actor actor = act_as(f, max);
	assert_err(modify(f, &actor, settings, PATCH_REMOVE, ATTR_POLICY, NULL), ERR_GRANT_CEILING);
	struct actor admin = act_as(f, make_holder(f, f->acme, "ada", "Admin"));
	assert_err(modify(f, &admin, settings, PATCH_REMOVE, ATTR_POLICY, NULL), OK);
}

/* ---- another's mails ---- */

static struct outcome set_email(
	struct fixture *f, const struct actor *actor, struct ref user, const char *to)
{
	struct outcome outcome;
	struct value value = { .attr = ATTR_EMAIL, .octets = span_str(to) };
	struct modification mod = { PATCH_REPLACE, ATTR_EMAIL, 0, &value, 1 };
	struct command command = { .type = COMMAND_MODIFY,
		.tenant = user.tenant,
		.kind = KIND_USER,
		.id = user.id,
		.mods = &mod,
		.mod_count = 1,
		.reason = SPAN("asked") };
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

/* A link that sets a new password is sent to it: a key is no way around the ceiling. */
static void nobody_takes_the_mails_of_who_may_more(void **state)
{
	struct fixture *f = *state;
	put_policy(f, f->acme, "email.mutability=admin_verified");
	struct ref ada = make_holder(f, f->acme, "ada", "Admin");
	struct ref amy = make_holder(f, f->acme, "amy", "Admin");
	struct ref bob = make_user(f, f->acme, "bob");
	assert_err(set_email(f, &f->operator, ada, "ada@example.com"), OK);
	uint64_t few = BIT(USERS_VIEW) | BIT(USERS_EDIT);
	struct actor weak = act_as(f, make(f, f->acme, new_key(f, "weak", few)));
	weak.channel = CHANNEL_API;
	assert_err(set_email(f, &weak, ada, "evil@example.com"), ERR_GRANT_CEILING);
	/* Nor where there was none yet. */
	assert_err(set_email(f, &weak, amy, "evil@example.com"), ERR_GRANT_CEILING);
	assert_err(set_email(f, &weak, bob, "bob@example.com"), OK);
	assert_err(set_email(f, &weak, bob, "b@example.com"), OK);
	struct ref eve = make_user(f, f->acme, "eve");
	must_join(f, make_role(f, f->acme, "Clerk", "users.edit"), eve);
	struct actor clerk = act_as(f, eve);
	assert_err(set_email(f, &clerk, amy, "evil@example.com"), ERR_GRANT_CEILING);
	assert_err(set_email(f, &clerk, eve, "eve@example.com"), OK);
}

/* ---- what a door remembers ---- */

static struct outcome make_scope(struct fixture *f, const struct actor *actor, const char *name)
{
	return create(f, actor, f->acme, new_entry(f, KIND_SCOPE, name));
}

/* A role that loses a permission takes it from its holders at once. */
static void what_a_role_loses_its_holders_lose_at_once(void **state)
{
	struct fixture *f = *state;
	struct ref role = make_role(f, f->acme, "Clerk", "scopes.edit");
	struct ref ann = make_user(f, f->acme, "ann");
	must_join(f, role, ann);
	struct actor actor = act_as(f, ann);
	assert_err(make_scope(f, &actor, "one"), OK);
	assert_err(modify(f, &f->operator, role, PATCH_REMOVE, ATTR_PERMISSION, NULL), OK);
	assert_err(make_scope(f, &actor, "two"), ERR_FORBIDDEN);
	assert_err(modify(f, &f->operator, role, PATCH_ADD, ATTR_PERMISSION, "scopes.edit"), OK);
	assert_err(make_scope(f, &actor, "two"), OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		TEST(a_key_makes_no_key_that_may_what_it_may_not),
		TEST(who_may_assign_any_role_makes_no_stronger_key),
		TEST(a_key_makes_none_that_outlives_it),
		TEST(a_key_stays_when_its_maker_leaves),
		TEST(nobody_changes_their_own_roles_on_any_path),
		TEST(a_policy_hands_out_no_more_than_who_sets_it_has),
		TEST(nobody_opens_by_policy_what_they_do_not_see),
		TEST(nobody_takes_the_mails_of_who_may_more),
		TEST(what_a_role_loses_its_holders_lose_at_once),
#undef TEST
	};
	return cmocka_run_group_tests_name("escalation", tests, NULL, NULL);
}
