#include "../dice.h"
#include "core/permission.h"
#include "fixture.h"

#include "base/limits.h"

/* What must never happen, tried with commands at random: the seed is fixed and printed. */

#define SEED 20261122
#define CASES 100000
#define BATCH 100

#define USERS 8
#define ROLES 6
#define CLIENTS 3
#define SCOPE_COUNT 2

/* Permissions that the game is played with: of the core, of the preset, and registered. */
static const char *const codenames[] = { "users.view", "users.create", "users.edit",
	"users.deactivate", "roles.view", "roles.edit", "roles.assign", "roles.assign_any",
	"scopes.assign", "clients.manage", "users.set_password", "tasks.view", "tasks.approve",
	"drones.fly" };
#define CODENAMES (sizeof codenames / sizeof *codenames)

struct world {
	struct fixture *f;
	struct arena *arena; /* of one batch */
	struct dice dice;
	struct actor actor;
	struct ref users[USERS], roles[ROLES], clients[CLIENTS], scopes[SCOPE_COUNT];
	size_t done;
	struct command commands[BATCH];
	struct outcome outcomes[BATCH];
};

static struct entry *entry_named(struct world *w, enum kind kind, const char *name)
{
	struct entry *entry = entry_new(w->arena, kind);
	entry_add(entry, kind_row(kind)->naming, 0, SOURCE_LOCAL, span_str(name), NULL);
	return entry;
}

static void put(struct entry *entry, enum attr attr, const char *text)
{
	uint16_t instance = entry_next_instance(entry, attr, attr);
	entry_add(entry, attr, instance, SOURCE_LOCAL, span_str(text), NULL);
}

static void put_some(struct world *w, struct entry *entry)
{
	for (uint32_t n = 1 + dice_roll(&w->dice, 4); n > 0; n--)
		put(entry, ATTR_PERMISSION, codenames[dice_roll(&w->dice, CODENAMES)]);
}

static struct ref any_user(struct world *w)
{
	return w->users[dice_roll(&w->dice, USERS)];
}

static struct ref any_role(struct world *w)
{
	return w->roles[dice_roll(&w->dice, ROLES)];
}

static struct command on(struct ref ref, enum command_type type)
{
	return (struct command){
		.type = type, .tenant = ref.tenant, .kind = ref.kind, .id = ref.id
	};
}

static struct command modification_of(
	struct world *w, struct ref ref, enum patch_op op, enum attr attr, const char *text)
{
	struct command command = on(ref, COMMAND_MODIFY);
	struct value *value = arena_zalloc(w->arena, sizeof *value);
	struct modification *mod = arena_zalloc(w->arena, sizeof *mod);
	*value = (struct value){ .attr = attr, .octets = span_str(text) };
	*mod = (struct modification){
		.op = op, .attr = attr, .values = value, .count = text[0] != '\0'
	};
	command.mods = mod;
	command.mod_count = 1;
	return command;
}

/* ---- what somebody without roles.assign_any may try ---- */

static struct command try_members(struct world *w)
{
	bool scope = dice_roll(&w->dice, 4) == 0;
	struct ref container = scope ? w->scopes[dice_roll(&w->dice, SCOPE_COUNT)] : any_role(w);
	struct command command = on(container, COMMAND_MEMBERS);
	struct member_delta *delta = arena_zalloc(w->arena, sizeof *delta);
	*delta = (struct member_delta){ KIND_USER, any_user(w).id, dice_roll(&w->dice, 3) == 0 };
	command.members = delta;
	command.member_count = 1;
	command.replace_members = dice_roll(&w->dice, 8) == 0;
	return command;
}

static const struct container_delta *some_containers(struct world *w, size_t *count)
{
	struct container_delta *deltas = arena_array(w->arena, 3, sizeof *deltas);
	*count = dice_roll(&w->dice, 3);
	for (size_t i = 0; i < *count; i++) {
		struct ref role = any_role(w);
		deltas[i] =
			(struct container_delta){ KIND_ROLE, role.id, dice_roll(&w->dice, 4) == 0 };
	}
	return deltas;
}

static struct command try_assign(struct world *w)
{
	struct command command = on(any_user(w), COMMAND_ASSIGN);
	command.containers = some_containers(w, &command.container_count);
	command.replace_kinds = dice_roll(&w->dice, 2) ? 1u << KIND_ROLE : 0;
	return command;
}

static struct command try_user(struct world *w)
{
	struct ref nobody = { KIND_USER, w->f->acme, 0, { { 0 } } };
	struct command command = on(nobody, COMMAND_CREATE);
	const char *name = arena_printf(w->arena, "user%u", dice_roll(&w->dice, USERS));
	struct entry *entry = entry_named(w, KIND_USER, name);
	put(entry, ATTR_EMAIL, arena_printf(w->arena, "%s@example.com", name));
	command.entry = entry;
	command.containers = some_containers(w, &command.container_count);
	return command;
}

static struct command try_role(struct world *w)
{
	struct ref nobody = { KIND_ROLE, w->f->acme, 0, { { 0 } } };
	struct command command = on(nobody, COMMAND_CREATE);
	struct member_delta *delta = arena_zalloc(w->arena, sizeof *delta);
	struct entry *entry = entry_named(
		w, KIND_ROLE, arena_printf(w->arena, "role%u", dice_roll(&w->dice, ROLES)));
	put_some(w, entry);
	command.entry = entry;
	*delta = (struct member_delta){ KIND_USER, any_user(w).id, false };
	command.members = delta;
	command.member_count = dice_roll(&w->dice, 2);
	return command;
}

static struct command try_role_edit(struct world *w)
{
	enum patch_op op = dice_roll(&w->dice, 3) ? PATCH_ADD : PATCH_REMOVE;
	return modification_of(
		w, any_role(w), op, ATTR_PERMISSION, codenames[dice_roll(&w->dice, CODENAMES)]);
}

static struct command try_client(struct world *w)
{
	struct ref client = w->clients[dice_roll(&w->dice, CLIENTS)];
	struct command command = on(client, COMMAND_CREATE);
	if (dice_roll(&w->dice, 2))
		return modification_of(w, client, PATCH_ADD, ATTR_PERMISSION,
			codenames[dice_roll(&w->dice, CODENAMES)]);
	command.id = (struct uuid){ { 0 } };
	struct entry *entry = entry_named(
		w, KIND_CLIENT, arena_printf(w->arena, "client%u", dice_roll(&w->dice, CLIENTS)));
	put(entry, ATTR_CLIENT_TYPE, "api");
	put_some(w, entry);
	command.entry = entry;
	return command;
}

static struct command try_delete(struct world *w)
{
	return on(any_role(w), COMMAND_DELETE);
}

static void play(struct world *w, const struct actor *actor,
	struct command (*const *tries)(struct world *), size_t count)
{
	struct why why = { 0 };
	for (size_t i = 0; i < BATCH; i++)
		w->commands[i] = tries[dice_roll(&w->dice, (uint32_t)count)](w);
	if (core_run_many(w->f->core, actor, w->commands, BATCH, false, w->outcomes, &why))
		fail_msg("%s", why.text);
	for (size_t i = 0; i < BATCH; i++)
		w->done += w->outcomes[i].err == OK && w->outcomes[i].changed;
}

/* ---- who holds what ---- */

static uint32_t held(struct world *w, const struct ref *ref)
{
	uint32_t bits = 0;
	for (size_t i = 0; ref->number && i < CODENAMES; i++)
		if (view_holder_has(w->f->view, ref->tenant, ref->kind, ref->number,
			    span_str(codenames[i])))
			bits |= 1u << i;
	return bits;
}

static void find_all(
	struct world *w, struct ref *refs, size_t count, enum kind kind, const char *prefix)
{
	struct record record;
	for (size_t i = 0; i < count; i++) {
		const char *name = arena_printf(w->arena, "%s%zu", prefix, i);
		bool found = view_by_name(
			w->f->view, w->arena, w->f->acme, kind, span_str(name), &record);
		refs[i] = (struct ref){ kind, w->f->acme, found ? record.number : 0,
			found ? record.id : uuid_new() };
	}
}

static void find_everything(struct world *w)
{
	look(w->f);
	find_all(w, w->users, USERS, KIND_USER, "user");
	find_all(w, w->roles, ROLES, KIND_ROLE, "role");
	find_all(w, w->clients, CLIENTS, KIND_CLIENT, "client");
	find_all(w, w->scopes, SCOPE_COUNT, KIND_SCOPE, "scope");
}

static void begin(struct world *w, struct fixture *f)
{
	memset(w, 0, sizeof *w);
	w->f = f;
	w->arena = arena_new();
	w->dice.state = SEED;
	print_message("seed %d, %d cases\n", SEED, CASES);
	put_policy(f, f->acme, "roles.required=false");
	put_policy(f, f->acme, "email.required=false");
	make_named(f, f->acme, KIND_PERMISSION, "drones.fly");
	for (int i = 0; i < SCOPE_COUNT; i++)
		make_named(f, f->acme, KIND_SCOPE, arena_printf(f->arena, "scope%d", i));
	find_everything(w);
}

/* ---- the ceiling ---- */

static struct command (*const bounded[])(struct world *) = { try_members, try_members, try_assign,
	try_user, try_role, try_role_edit, try_role_edit, try_client, try_delete };
#define BOUNDED (sizeof bounded / sizeof *bounded)

static struct ref make_bounded(struct fixture *f)
{
	static const char *const held_codenames[] = { "users.create", "users.edit", "users.view",
		"roles.edit", "roles.assign", "scopes.assign", "clients.manage", "tasks.view" };
	struct entry *role = new_entry(f, KIND_ROLE, "Bounded");
	for (size_t i = 0; i < sizeof held_codenames / sizeof *held_codenames; i++)
		add_value(role, ATTR_PERMISSION, held_codenames[i]);
	struct ref user = make_user(f, f->acme, "bounded");
	must_join(f, make(f, f->acme, role), user);
	return user;
}

static void remember(struct world *w, uint32_t *users, uint32_t *clients)
{
	for (size_t i = 0; i < USERS; i++)
		users[i] = held(w, &w->users[i]);
	for (size_t i = 0; i < CLIENTS; i++)
		clients[i] = held(w, &w->clients[i]);
}

static void nobody_rises_above_who_raised_them(void **state)
{
	struct fixture *f = *state;
	struct world *w = heap_zalloc(sizeof *w);
	begin(w, f);
	struct ref me = make_bounded(f);
	size_t tried = 0, succeeded = 0;
	while (tried < CASES) {
		uint32_t users[USERS], clients[CLIENTS], after[USERS], keys[CLIENTS];
		arena_reset(w->arena);
		find_everything(w);
		/* Now and then somebody stronger mixes the cards. */
		if (tried % (10 * BATCH) == 0)
			play(w, &f->operator, bounded, BOUNDED);
		find_everything(w);
		struct actor actor = act_as(f, me);
		uint32_t own = held(w, &me);
		assert_false(own >> 7 & 1);
		remember(w, users, clients);
		w->done = 0;
		play(w, &actor, bounded, BOUNDED);
		succeeded += w->done;
		tried += BATCH;
		find_everything(w);
		remember(w, after, keys);
		assert_int_equal(held(w, &me) & ~own, 0);
		for (size_t i = 0; i < USERS; i++)
			assert_int_equal(after[i] & ~(users[i] | own), 0);
		for (size_t i = 0; i < CLIENTS; i++)
			assert_int_equal(keys[i] & ~(clients[i] | own), 0);
	}
	print_message("%zu of %zu were done\n", succeeded, tried);
	assert_true(succeeded > CASES / 100);
	arena_free(w->arena);
	free(w);
}

/* ---- the last Admin ---- */

static struct command strike_activity(struct world *w)
{
	return modification_of(w, any_user(w), PATCH_REPLACE, ATTR_ACTIVE,
		dice_roll(&w->dice, 2) ? "TRUE" : "FALSE");
}

static struct command strike_type(struct world *w)
{
	static const char *const types[] = { "person", "shared", "service" };
	return modification_of(
		w, any_user(w), PATCH_REPLACE, ATTR_USER_TYPE, types[dice_roll(&w->dice, 3)]);
}

static struct command strike_method(struct world *w)
{
	return modification_of(w, any_user(w), dice_roll(&w->dice, 2) ? PATCH_ADD : PATCH_REMOVE,
		ATTR_AUTH_METHOD, "totp");
}

static struct command strike_expiry(struct world *w)
{
	static const char *const times[] = { "20010101000000Z", "20990101000000Z" };
	enum patch_op op = dice_roll(&w->dice, 2) ? PATCH_REPLACE : PATCH_REMOVE;
	const char *time = op == PATCH_REPLACE ? times[dice_roll(&w->dice, 2)] : "";
	return modification_of(w, any_user(w), op, ATTR_ACCOUNT_EXPIRES, time);
}

static struct command strike_user(struct world *w)
{
	return on(any_user(w), COMMAND_DELETE);
}

static struct command strike_role(struct world *w)
{
	enum patch_op op = dice_roll(&w->dice, 3) ? PATCH_ADD : PATCH_REMOVE;
	return modification_of(
		w, any_role(w), op, ATTR_PERMISSION, codenames[dice_roll(&w->dice, 8)]);
}

static struct command (*const strikes[])(struct world *) = { strike_activity, strike_type,
	strike_method, strike_expiry, strike_user, strike_role, strike_role, strike_role,
	try_members, try_members, try_assign, try_assign, try_user, try_user, try_role };
#define STRIKES (sizeof strikes / sizeof *strikes)

/* Written a second time, by counting everybody. */
static bool is_lasting_admin(struct world *w, const struct ref *ref)
{
	static const uint32_t needed = 0xbf; /* the first eight but roles.assign */
	struct record record;
	if (!ref->number || !view_entry(w->f->view, ref->tenant, KIND_USER, ref->number, &record))
		return false;
	struct span type = record_first(&record, ATTR_USER_TYPE);
	bool shared = span_equal(type, SPAN("shared"));
	return record_is_true(&record, ATTR_ACTIVE) && !span_equal(type, SPAN("service")) &&
	       (!shared || record_first(&record, ATTR_AUTH_METHOD).len) &&
	       !record_first(&record, ATTR_ACCOUNT_EXPIRES).len &&
	       (held(w, ref) & needed) == needed;
}

static size_t count_admins(struct world *w)
{
	size_t count = 0;
	for (size_t i = 0; i < USERS; i++)
		count += is_lasting_admin(w, &w->users[i]);
	return count;
}

static void the_last_admin_never_goes(void **state)
{
	struct fixture *f = *state;
	struct world *w = heap_zalloc(sizeof *w);
	begin(w, f);
	put_policy(f, f->acme, "delete.mode=hard");
	struct entry *boss = new_entry(f, KIND_ROLE, "role0");
	for (size_t i = 0; i < 8; i++)
		add_value(boss, ATTR_PERMISSION, codenames[i]);
	must_join(f, make(f, f->acme, boss), make_user(f, f->acme, "user0"));
	size_t tried = 0, succeeded = 0, alone = 0;
	for (; tried < CASES; tried += BATCH) {
		arena_reset(w->arena);
		find_everything(w);
		size_t admins = count_admins(w);
		alone += admins == 1;
		assert_true(admins >= 1);
		w->done = 0;
		play(w, &f->operator, strikes, STRIKES);
		succeeded += w->done;
	}
	print_message(
		"%zu of %zu were done; %zu times there was one Admin\n", succeeded, tried, alone);
	assert_true(succeeded > CASES / 10);
	assert_true(alone > 0);
	arena_free(w->arena);
	free(w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_rises_above_who_raised_them),
		TEST(the_last_admin_never_goes),
	};
	return cmocka_run_group_tests_name("rights_property", tests, NULL, NULL);
}
