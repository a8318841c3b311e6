/* Whatever is tried, by whomever, a company that had an Admin has one afterwards. The tests count
 * Admins in their own way, from what can be read. */
#include "fixture.h"

#include "base/clock.h"

#define ROUNDS 4000
#define PEOPLE 5

static const char *const administration[] = { "users.view", "users.create", "users.edit",
	"users.deactivate", "roles.view", "roles.edit", "roles.assign_any" };
#define ADMINISTRATION (sizeof administration / sizeof *administration)
#define ROLES 4

struct town {
	struct fixture *f;
	uint64_t seed;
	struct ref people[PEOPLE], roles[ROLES]; /* Admin, a copy of it, and its two halves */
	unsigned refused, done, made;
};

static uint64_t draw(struct town *t, uint64_t below)
{
	t->seed ^= t->seed << 13;
	t->seed ^= t->seed >> 7;
	t->seed ^= t->seed << 17;
	return t->seed % below;
}

/* ---- counting ---- */

static bool role_grants(const struct record *role, const char *codename)
{
	for (size_t i = record_find(role, ATTR_PERMISSION); i < role->count; i++) {
		struct value value = record_row(role, i);
		if (value.attr != ATTR_PERMISSION)
			break;
		if (span_equal(value.octets, span_str(codename)))
			return true;
	}
	return false;
}

static bool holds_permission(struct town *t, uint32_t user, const char *codename)
{
	bool found = false;
	struct record role;
	uint32_t number;
	enum kind kind;
	struct fixture *f = t->f;
	struct container_walk *walk =
		view_containers(f->view, f->arena, f->acme, user, 1u << KIND_ROLE);
	while (container_walk_next(walk, &kind, &number))
		found |= view_entry(f->view, f->acme, KIND_ROLE, number, &role) &&
			 role_grants(&role, codename);
	container_walk_close(walk);
	return found;
}

static bool may_sign_in(const struct record *user)
{
	int64_t until;
	struct span ends = record_first(user, ATTR_ACCOUNT_EXPIRES);
	return record_is_true(user, ATTR_ACTIVE) &&
	       !span_equal(record_first(user, ATTR_USER_TYPE), SPAN("service")) &&
	       (!ends.len || (time_parse_generalized(ends, &until) &&
				     until > clock_wall() + 60 * SECOND));
}

static unsigned count_admins(struct town *t)
{
	unsigned count = 0;
	struct record user;
	struct fixture *f = t->f;
	look(f);
	for (size_t i = 0; i < PEOPLE; i++) {
		if (!view_entry(f->view, f->acme, KIND_USER, t->people[i].number, &user) ||
			!may_sign_in(&user))
			continue;
		bool all = true;
		for (size_t p = 0; all && p < ADMINISTRATION; p++)
			all = holds_permission(t, user.number, administration[p]);
		count += all;
	}
	return count;
}

/* ---- acts ---- */

static struct ref any_person(struct town *t)
{
	return t->people[draw(t, PEOPLE)];
}

static struct ref any_role(struct town *t)
{
	return t->roles[draw(t, ROLES)];
}

static struct outcome deactivate(struct town *t, const struct actor *actor)
{
	return modify(t->f, actor, any_person(t), PATCH_REPLACE, ATTR_ACTIVE,
		draw(t, 3) ? "FALSE" : "TRUE");
}

static struct outcome take_role(struct town *t, const struct actor *actor)
{
	return leave(t->f, actor, any_role(t), any_person(t));
}

static struct outcome give_role(struct town *t, const struct actor *actor)
{
	return join(t->f, actor, any_role(t), any_person(t));
}

static struct outcome run_one(struct town *t, const struct actor *actor, struct command command)
{
	struct outcome outcome;
	command.tenant = t->f->acme;
	core_run(t->f->core, actor, &command, &outcome);
	return outcome;
}

static struct outcome replace_members(struct town *t, const struct actor *actor)
{
	const struct member_delta one = { .kind = KIND_USER, .id = any_person(t).id };
	return run_one(t, actor,
		(struct command){ .type = COMMAND_MEMBERS,
			.kind = KIND_ROLE,
			.id = any_role(t).id,
			.members = &one,
			.member_count = draw(t, 2),
			.replace_members = true });
}

static struct outcome replace_roles(struct town *t, const struct actor *actor)
{
	const struct container_delta one = { .kind = KIND_ROLE, .id = any_role(t).id };
	return run_one(t, actor,
		(struct command){ .type = COMMAND_ASSIGN,
			.kind = KIND_USER,
			.id = any_person(t).id,
			.containers = &one,
			.container_count = draw(t, 2),
			.replace_kinds = 1u << KIND_ROLE });
}

static struct outcome edit_role(struct town *t, const struct actor *actor)
{
	return modify(t->f, actor, t->roles[1 + draw(t, ROLES - 1)],
		draw(t, 2) ? PATCH_REMOVE : PATCH_ADD, ATTR_PERMISSION,
		administration[draw(t, ADMINISTRATION)]);
}

static struct ref make_part(struct town *t, size_t part)
{
	static const char *const names[] = { "Admin", "Copy", "First half", "Second half" };
	struct entry *entry = new_entry(t->f, KIND_ROLE, names[part]);
	for (size_t i = 0; i < ADMINISTRATION; i++)
		if (part == 1 || (i < ADMINISTRATION / 2) == (part == 2))
			add_value(entry, ATTR_PERMISSION, administration[i]);
	return make(t->f, t->f->acme, entry);
}

static struct outcome delete_role(struct town *t, const struct actor *actor)
{
	size_t which = draw(t, ROLES);
	struct outcome outcome = remove_entry(t->f, actor, t->roles[which]);
	if (outcome.err == OK)
		t->roles[which] = make_part(t, which);
	return outcome;
}

static struct outcome delete_person(struct town *t, const struct actor *actor)
{
	struct ref *person = &t->people[draw(t, PEOPLE)];
	struct outcome outcome = remove_entry(t->f, actor, *person);
	if (outcome.err != OK)
		return outcome;
	struct outcome restored =
		run_one(t, &t->f->operator,(struct command){
				   .type = COMMAND_RESTORE, .kind = KIND_USER, .id = person->id });
	if (restored.err == OK)
		person->number = restored.number;
	else
		*person =
			make_user(t->f, t->f->acme, arena_printf(t->f->arena, "new%u", t->made++));
	return outcome;
}

static struct outcome change_type(struct town *t, const struct actor *actor)
{
	static const char *const types[] = { "service", "person", "person" };
	return modify(t->f, actor, any_person(t), PATCH_REPLACE, ATTR_USER_TYPE, types[draw(t, 3)]);
}

static struct outcome expire(struct town *t, const struct actor *actor)
{
	char text[TIME_TEXT_MAX];
	int64_t from_now = draw(t, 2) ? -SECOND : 3600 * SECOND;
	size_t len = time_format_generalized(clock_wall() + from_now, text);
	if (draw(t, 2))
		return modify(t->f, actor, any_person(t), PATCH_REMOVE, ATTR_ACCOUNT_EXPIRES, NULL);
	return modify(t->f, actor, any_person(t), PATCH_REPLACE, ATTR_ACCOUNT_EXPIRES,
		arena_string(t->f->arena, span_of(text, len)));
}

static struct outcome raise_policy(struct town *t, const struct actor *actor)
{
	struct ref settings = find(t->f, t->f->acme, KIND_SETTINGS, "settings");
	return modify(t->f, actor, settings, PATCH_REPLACE, ATTR_POLICY,
		draw(t, 3) ? "admins.min_hard=1" : "admins.min_hard=3");
}

static struct outcome (*const acts[])(struct town *t, const struct actor *actor) = {
	deactivate,
	take_role,
	give_role,
	give_role,
	give_role,
	replace_members,
	replace_roles,
	edit_role,
	edit_role,
	delete_role,
	delete_person,
	change_type,
	expire,
	raise_policy,
};
#define ACTS (sizeof acts / sizeof *acts)

static void act(struct town *t)
{
	struct actor actor = t->f->operator;
	struct ref person = any_person(t);
	if (draw(t, 3) == 0)
		view_actor(look(t->f), person.tenant, person.kind, person.number, &actor, NULL);
	struct outcome outcome = acts[draw(t, ACTS)](t, &actor);
	t->refused += outcome.err == ERR_LAST_ADMIN;
	t->done += outcome.err == OK && outcome.changed;
}

static void settle(struct town *t, struct fixture *f)
{
	*t = (struct town){ .f = f, .seed = UINT64_C(20261122) };
	print_message("seed %llu\n", (unsigned long long)t->seed);
	t->roles[0] = find(f, f->acme, KIND_ROLE, "Admin");
	for (size_t i = 1; i < ROLES; i++)
		t->roles[i] = make_part(t, i);
	for (size_t i = 0; i < PEOPLE; i++) {
		t->people[i] = make_user(f, f->acme, arena_printf(f->arena, "p%zu", i));
		must_join(f, t->roles[0], t->people[i]);
	}
}

static void a_company_never_loses_its_last_admin(void **state)
{
	struct town t;
	settle(&t, *state);
	for (unsigned round = 0; round < ROUNDS; round++) {
		act(&t);
		assert_true(count_admins(&t) > 0);
	}
	/* Both happened often, or nothing was tried. */
	print_message("%u changes, %u refused for the last Admin\n", t.done, t.refused);
	assert_true(t.refused > ROUNDS / 40);
	assert_true(t.done > ROUNDS / 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_company_never_loses_its_last_admin, fixture_setup, fixture_teardown),
	};
	return cmocka_run_group_tests_name("admins", tests, NULL, NULL);
}
