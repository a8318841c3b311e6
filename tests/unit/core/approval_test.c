#include "fixture.h"

#include "base/codec.h"
#include "core/audit.h"
#include "core/permission.h"
#include "model/grant.h"

/* A role that lets people administer comes from a directory only as somebody here has approved. */

struct source {
	struct ref ref;
	struct actor actor;
};

static struct source make_source(struct fixture *f, const char *name)
{
	struct source source;
	source.ref = make(f, f->acme, new_entry(f, KIND_DIRECTORY, name));
	source.actor = act_as_directory(f, source.ref);
	return source;
}

/* A group that the directory keeps; its anchor is its id. */
static struct ref make_group(struct fixture *f, const struct source *source, const char *name)
{
	struct ref group = make_named(f, f->acme, KIND_GROUP, name);
	uint8_t octets[18];
	put_be16(octets, source->actor.source);
	memcpy(octets + 2, group.id.octets, 16);
	struct value link = { ATTR_LINK, source->actor.source, source->actor.source,
		arena_copy(f->arena, span_of(octets, sizeof octets)) };
	struct modification mod = { .op = PATCH_ADD,
		.attr = ATTR_LINK,
		.source = source->actor.source,
		.values = &link,
		.count = 1 };
	assert_err(modify_all(f, &source->actor, group, &mod, 1, NULL), OK);
	return group;
}

static void approve(
	struct fixture *f, const struct source *source, struct ref group, struct ref role)
{
	struct record record = read_entry(f, role);
	struct grant grant = { group.id, role.id, role_power(&record) };
	struct span text = grant_text(f->arena, &grant);
	assert_err(modify(f, &f->operator, source->ref, PATCH_ADD, ATTR_GRANT_APPROVED,
			   arena_string(f->arena, text)),
		OK);
}

static struct outcome revoke_all(struct fixture *f, const struct source *source)
{
	return modify(f, &f->operator, source->ref, PATCH_REMOVE, ATTR_GRANT_APPROVED, NULL);
}

static struct outcome grants(struct fixture *f, struct ref role, const char *permission)
{
	return modify(f, &f->operator, role, PATCH_REPLACE, ATTR_PERMISSION, permission);
}

static void a_directory_gives_it_only_below_the_group_for_which_it_was_approved(void **state)
{
	struct fixture *f = *state;
	struct source hr = make_source(f, "hr"), it = make_source(f, "it");
	struct ref helper = make_role(f, f->acme, "Helper", "users.edit");
	struct ref plain = make_role(f, f->acme, "Plain", "users.view");
	struct ref group = make_group(f, &hr, "helpers"), inner = make_group(f, &hr, "inner");
	struct ref ada = make_user(f, f->acme, "ada"), bob = make_user(f, f->acme, "bob");
	struct ref eve = make_user(f, f->acme, "eve");
	assert_err(join(f, &hr.actor, group, ada), OK);
	assert_err(join(f, &hr.actor, group, inner), OK);
	assert_err(join(f, &hr.actor, inner, bob), OK);
	assert_err(join(f, &hr.actor, plain, eve), OK);
	assert_err(join(f, &hr.actor, helper, ada), ERR_FORBIDDEN);
	approve(f, &hr, group, helper);
	assert_err(join(f, &hr.actor, helper, ada), OK);
	assert_err(join(f, &hr.actor, helper, bob), OK);
	assert_err(join(f, &hr.actor, helper, eve), ERR_FORBIDDEN);
	assert_err(join(f, &it.actor, helper, ada), ERR_FORBIDDEN);
	/* Whom somebody here puts into the group is none of the directory's. */
	must_join(f, inner, eve);
	assert_err(join(f, &hr.actor, helper, eve), ERR_FORBIDDEN);
	assert_false(holds(f, helper, eve));
}

static void nobody_is_created_into_it(void **state)
{
	struct fixture *f = *state;
	struct source hr = make_source(f, "hr");
	struct ref helper = make_role(f, f->acme, "Helper", "users.edit");
	struct ref group = make_group(f, &hr, "helpers"), ada = make_user(f, f->acme, "ada");
	struct container_delta both[] = { giving(group), giving(helper), { 0 } };
	assert_err(assign(f, &hr.actor, ada, both, 0), ERR_FORBIDDEN);
	assert_false(holds(f, group, ada));
	approve(f, &hr, group, helper);
	assert_err(join(f, &hr.actor, group, ada), OK);
	assert_err(assign(f, &hr.actor, ada, both, 0), OK);
	assert_true(holds(f, helper, ada));
}

static void a_role_that_comes_to_let_people_administer_is_held_by_nobody_unapproved(void **state)
{
	struct fixture *f = *state;
	struct source hr = make_source(f, "hr");
	struct ref role = make_role(f, f->acme, "Helper", "users.view");
	struct ref group = make_group(f, &hr, "helpers");
	struct ref ada = make_user(f, f->acme, "ada"), bob = make_user(f, f->acme, "bob");
	assert_err(join(f, &hr.actor, group, ada), OK);
	assert_err(join(f, &hr.actor, role, ada), OK);
	assert_err(join(f, &hr.actor, role, bob), OK);
	must_join(f, role, bob);
	assert_err(grants(f, role, "users.edit"), OK);
	assert_false(holds(f, role, ada));
	assert_true(holds(f, role, bob)); /* by somebody here */
	assert_err(leave(f, &f->operator, role, bob), OK);
	assert_false(holds(f, role, bob));
	approve(f, &hr, group, role);
	assert_err(join(f, &hr.actor, role, ada), OK);
	assert_err(grants(f, role, "users.create"), OK);
	assert_false(holds(f, role, ada));
}

static void an_approval_that_is_taken_back_ends_what_it_allowed(void **state)
{
	struct fixture *f = *state;
	struct source hr = make_source(f, "hr");
	struct ref role = make_role(f, f->acme, "Helper", "users.edit");
	struct ref group = make_group(f, &hr, "helpers"), other = make_group(f, &hr, "others");
	struct ref ada = make_user(f, f->acme, "ada"), bob = make_user(f, f->acme, "bob");
	assert_err(join(f, &hr.actor, group, ada), OK);
	assert_err(join(f, &hr.actor, group, bob), OK);
	assert_err(join(f, &hr.actor, other, bob), OK);
	approve(f, &hr, group, role);
	approve(f, &hr, other, role);
	assert_err(join(f, &hr.actor, role, ada), OK);
	assert_err(join(f, &hr.actor, role, bob), OK);
	struct record record = read_entry(f, role);
	struct grant grant = { other.id, role.id, role_power(&record) };
	assert_err(modify(f, &f->operator, hr.ref, PATCH_REPLACE, ATTR_GRANT_APPROVED,
			   arena_string(f->arena, grant_text(f->arena, &grant))),
		OK);
	assert_false(holds(f, role, ada));
	assert_true(holds(f, role, bob));
	assert_err(revoke_all(f, &hr), OK);
	assert_false(holds(f, role, bob));
}

static void the_last_admin_stays_one(void **state)
{
	struct fixture *f = *state;
	struct source hr = make_source(f, "hr");
	struct ref admin = find(f, f->acme, KIND_ROLE, "Admin");
	struct ref group = make_group(f, &hr, "admins");
	struct ref ada = make_user(f, f->acme, "ada");
	assert_err(join(f, &hr.actor, group, ada), OK);
	approve(f, &hr, group, admin);
	assert_err(join(f, &hr.actor, admin, ada), OK);
	assert_err(revoke_all(f, &hr), ERR_LAST_ADMIN);
	assert_true(holds(f, admin, ada));
	make_holder(f, f->acme, "boss", "Admin");
	assert_err(revoke_all(f, &hr), OK);
	assert_false(holds(f, admin, ada));
}

static size_t holders(struct fixture *f, struct ref role)
{
	return view_member_count(look(f), f->acme, role.number);
}

static void of_very_many_the_last_follows_soon(void **state)
{
	struct fixture *f = *state;
	struct source hr = make_source(f, "hr");
	struct ref role = make_role(f, f->acme, "Helper", "users.view");
	for (unsigned i = 0; i < 300; i++)
		assert_err(join(f, &hr.actor, role,
				   make_user(f, f->acme, arena_printf(f->arena, "user%u", i))),
			OK);
	assert_int_equal(holders(f, role), 300);
	assert_err(grants(f, role, "users.edit"), OK);
	for (unsigned i = 0; i < 100 && holders(f, role) > 0; i++)
		assert_int_equal(core_keep(f->core, false, NULL), OK);
	assert_int_equal(holders(f, role), 0);
}

static void who_is_restored_gets_nothing_back_that_is_not_approved_now(void **state)
{
	struct fixture *f = *state;
	put_policy(f, f->acme, "delete.mode=soft");
	struct source hr = make_source(f, "hr");
	struct ref role = make_role(f, f->acme, "Helper", "users.edit");
	struct ref group = make_group(f, &hr, "helpers"), ada = make_user(f, f->acme, "ada");
	assert_err(join(f, &hr.actor, group, ada), OK);
	approve(f, &hr, group, role);
	assert_err(join(f, &hr.actor, role, ada), OK);
	assert_err(remove_entry(f, &f->operator, ada), OK);
	assert_err(revoke_all(f, &hr), OK);
	const struct command restore = {
		.type = COMMAND_RESTORE, .tenant = f->acme, .kind = KIND_TOMBSTONE, .id = ada.id
	};
	struct outcome outcome;
	core_run(f->core, &f->operator, & restore, &outcome);
	assert_err(outcome, OK);
	assert_true(holds(f, group, ada));
	assert_false(holds(f, role, ada));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_directory_gives_it_only_below_the_group_for_which_it_was_approved),
		TEST(nobody_is_created_into_it),
		TEST(a_role_that_comes_to_let_people_administer_is_held_by_nobody_unapproved),
		TEST(an_approval_that_is_taken_back_ends_what_it_allowed),
		TEST(the_last_admin_stays_one),
		TEST(of_very_many_the_last_follows_soon),
		TEST(who_is_restored_gets_nothing_back_that_is_not_approved_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
