/* Connections and tokens: what they say of themselves, and tokens that are people's. */
#include "fixture.h"

#include "base/clock.h"

#define DAY (86400 * SECOND)
#define BIT(permission) (UINT64_C(1) << PERM_##permission)

static struct entry *new_client(
	struct fixture *f, const char *type, const char *name, uint64_t permissions)
{
	struct entry *entry;
	client_entry(f->arena, type, span_str(name), permissions, &entry, NULL);
	return entry;
}

static const char *add_token(
	struct fixture *f, uint32_t tenant, struct entry *entry, const char *type)
{
	uint8_t digest[32];
	char *token = token_new(f->arena, type, tenant);
	token_digest(span_str(token), digest);
	entry_set(entry, ATTR_TOKEN_DIGEST, SOURCE_LOCAL,
		arena_copy(f->arena, span_of(digest, sizeof digest)), NULL);
	return token;
}

static struct entry *new_personal(struct fixture *f, struct ref owner, const char **token)
{
	static unsigned count;
	struct entry *entry =
		new_client(f, "personal", arena_printf(f->arena, "token %u", ++count), 0);
	entry_set(
		entry, ATTR_OWNER, SOURCE_LOCAL, arena_copy(f->arena, uuid_span(&owner.id)), NULL);
	*token = add_token(f, owner.tenant, entry, "personal");
	return entry;
}

static enum err opens(struct fixture *f, const char *token, struct actor *actor)
{
	enum err err = view_token(look(f), span_str(token), actor, NULL);
	if (!err)
		actor_came(actor, CHANNEL_SCIM, "192.0.2.1", SPAN("test"));
	return err;
}

static struct actor actor_of(struct fixture *f, const char *token)
{
	struct actor actor;
	assert_int_equal(opens(f, token, &actor), OK);
	return actor;
}

/* ---- what a connection says ---- */

static struct entrance entrance_of(struct fixture *f, const char *attributes)
{
	static unsigned count;
	struct entry *entry =
		new_client(f, "scim", arena_printf(f->arena, "connection %u", ++count), 0);
	struct span rest = span_str(attributes);
	while (rest.len) {
		struct span word = span_cut(&rest, ' ');
		struct span name = span_cut(&word, '=');
		add_value(entry,
			span_equal(name, SPAN("profile"))  ? ATTR_PROFILE
			: span_equal(name, SPAN("target")) ? ATTR_NO_TARGET
							   : ATTR_RATE,
			arena_string(f->arena, word));
	}
	const char *token = add_token(f, f->acme, entry, "scim");
	struct ref made = make(f, f->acme, entry);
	struct entrance entrance = actor_of(f, token).entrance;
	assert_int_equal(entrance.client, made.number);
	return entrance;
}

static void a_profile_says_what_the_connection_does_not(void **state)
{
	struct fixture *f = *state;
	struct entrance plain = entrance_of(f, ""), entra = entrance_of(f, "profile=entra");
	assert_int_equal(plain.no_target, NO_TARGET_ADD);
	assert_int_equal(plain.rate, profile_row(PROFILE_RFC)->rate);
	assert_int_equal(plain.expires, 0);
	assert_int_equal(entra.no_target, NO_TARGET_CREATE);
	struct entrance own = entrance_of(f, "profile=entra target=refuse rate=7");
	assert_int_equal(own.no_target, NO_TARGET_REFUSE);
	assert_int_equal(own.rate, 7);
	assert_int_equal(entrance_of(f, "rate=0").rate, 0);
}

static enum err with_value(
	struct fixture *f, const char *type, enum attr attr, const char *text, const char *named)
{
	struct entry *entry = new_client(f, type, "odd one", 0);
	add_value(entry, attr, text);
	struct outcome outcome = create(f, &f->operator, f->acme, entry);
	if (outcome.err == OK) {
		struct ref made = { KIND_CLIENT, f->acme, outcome.number, outcome.id };
		assert_err(remove_entry(f, &f->operator, made), OK);
	} else {
		assert_string_equal(outcome.why.attribute, named);
	}
	return outcome.err;
}

static void each_type_has_settings_of_its_own_and_odd_values_are_refused(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *type;
		enum attr attr;
		const char *text;
		enum err wanted;
		const char *named;
	} rows[] = {
		{ "scim", ATTR_PROFILE, "okta", OK, "" },
		{ "scim", ATTR_PROFILE, "Okta", ERR_VALUE, "PROFILE" },
		{ "api", ATTR_PROFILE, "okta", ERR_VALUE, "PROFILE" },
		{ "scim", ATTR_NO_TARGET, "maybe", ERR_VALUE, "NO_TARGET" },
		{ "scim", ATTR_RATE, "100000", OK, "" },
		{ "api", ATTR_RATE, "5", OK, "" },
		{ "scim", ATTR_RATE, "100001", ERR_VALUE, "RATE" },
		{ "service", ATTR_RATE, "5", OK, "" },
		{ "service", ATTR_LDAP_SIZE_LIMIT, "5", OK, "" },
		{ "service", ATTR_LDAP_TIME_LIMIT, "-1", ERR_VALUE, "LDAP_TIME_LIMIT" },
		{ "scim", ATTR_LDAP_FILTER, "(cn=x)", ERR_VALUE, "LDAP_FILTER" },
		{ "scim", ATTR_ADOPTS, "TRUE", OK, "" },
		{ "api", ATTR_ADOPTS, "TRUE", ERR_VALUE, "ADOPTS" },
		{ "scim", ATTR_APPROVAL, "all", OK, "" },
		{ "scim", ATTR_APPROVAL, "some", ERR_VALUE, "APPROVAL" },
		{ "scim", ATTR_GROUP_MAPPING, "staff=role:Viewer", OK, "" },
		{ "scim", ATTR_GROUP_MAPPING, "staff=Viewer", ERR_VALUE, "GROUP_MAPPING" },
		{ "api", ATTR_GROUP_MAPPING, "staff=role:Viewer", ERR_VALUE, "GROUP_MAPPING" },
		{ "scim", ATTR_LIMIT_COUNT, "20", OK, "" },
		{ "scim", ATTR_LIMIT_PERCENT, "100", OK, "" },
		{ "scim", ATTR_LIMIT_PERCENT, "101", ERR_VALUE, "LIMIT_PERCENT" },
		{ "personal", ATTR_RATE, "5", ERR_MISSING, "OWNER" },
		{ "robot", ATTR_RATE, "5", ERR_VALUE, "CLIENT_TYPE" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(
			with_value(f, rows[i].type, rows[i].attr, rows[i].text, rows[i].named),
			rows[i].wanted);
}

static void who_has_a_ceiling_maps_no_groups_to_roles(void **state)
{
	struct fixture *f = *state;
	struct ref role = make_role(f, f->acme, "Keeper", "clients.manage"), ann;
	must_join(f, role, ann = make_user(f, f->acme, "ann"));
	struct actor actor = act_as(f, ann);
	struct entry *entry = new_client(f, "scim", "entra", 0);
	add_value(entry, ATTR_GROUP_MAPPING, "staff=role:Admin");
	assert_err(create(f, &actor, f->acme, entry), ERR_GRANT_CEILING);
	struct ref made = make(f, f->acme, entry);
	assert_err(modify(f, &actor, made, PATCH_ADD, ATTR_GROUP_MAPPING, "x=role:Admin"),
		ERR_GRANT_CEILING);
	assert_err(modify(f, &actor, made, PATCH_REPLACE, ATTR_RATE, "9"), OK);
	assert_err(
		modify(f, &f->operator, role, PATCH_ADD, ATTR_PERMISSION, "roles.assign_any"), OK);
	assert_err(modify(f, &actor, made, PATCH_ADD, ATTR_GROUP_MAPPING, "x=role:Admin"), OK);
}

static void a_rotated_token_says_when_it_ends(void **state)
{
	struct fixture *f = *state;
	char text[TIME_TEXT_MAX];
	int64_t now = clock_wall() / SECOND * SECOND;
	struct entry *entry = new_client(f, "scim", "okta", 0);
	const char *first = add_token(f, f->acme, entry, "scim");
	size_t len = time_format_generalized(now + 40 * DAY, text);
	add_value(entry, ATTR_EXPIRES, arena_string(f->arena, span_of(text, len)));
	struct ref client = make(f, f->acme, entry);
	assert_int_equal(actor_of(f, first).entrance.expires, now + 40 * DAY);
	struct record record = read_entry(f, client);
	const char *second = token_new(f->arena, "scim", f->acme);
	size_t count;
	struct modification *mods =
		client_rotate(f->arena, &record, span_str(second), now + DAY, &count);
	assert_err(modify_all(f, &f->operator, client, mods, count, NULL), OK);
	assert_int_equal(actor_of(f, first).entrance.expires, now + DAY);
	assert_int_equal(actor_of(f, second).entrance.expires, now + 40 * DAY);
}

/* ---- ends ---- */

static struct ref make_ending(struct fixture *f, uint32_t tenant, const char *name, int64_t wall)
{
	char text[TIME_TEXT_MAX];
	struct entry *entry = new_client(f, "api", name, 0);
	size_t len = time_format_generalized(wall, text);
	add_value(entry, ATTR_EXPIRES, arena_string(f->arena, span_of(text, len)));
	return make(f, tenant, entry);
}

static void assert_expiring(struct fixture *f, size_t total, const char *first)
{
	struct expiry list[EXPIRY_MAX];
	core_tend(f->core);
	assert_int_equal(core_expiring(f->core, list, EXPIRY_MAX), total);
	if (first)
		assert_string_equal(list[0].name, first);
	for (size_t i = 1; i < total && i < EXPIRY_MAX; i++)
		assert_true(list[i - 1].expires <= list[i].expires);
}

static void tokens_that_end_within_a_month_are_known(void **state)
{
	struct fixture *f = *state;
	struct expiry first;
	int64_t now = INT64_C(1800000000) * SECOND;
	clock_set_for_test(now);
	assert_expiring(f, 0, NULL);
	struct ref late = make_ending(f, f->acme, "late", now + 31 * DAY);
	make_ending(f, f->acme, "gone", now - DAY);
	make(f, f->acme, new_client(f, "api", "for ever", 0));
	assert_expiring(f, 0, NULL);
	make_ending(f, f->globex, "second", now + 20 * DAY);
	struct ref soon = make_ending(f, f->acme, "first", now + 3 * DAY);
	make_ending(f, 0, "third", now + 29 * DAY);
	assert_expiring(f, 3, "first");
	assert_int_equal(core_expiring(f->core, &first, 1), 3);
	assert_string_equal(first.tenant, "acme");
	assert_int_equal(first.expires, now + 3 * DAY);
	assert_true(uuid_equal(&first.id, &soon.id));
	assert_err(remove_entry(f, &f->operator, soon), OK);
	assert_expiring(f, 2, "second");
	assert_err(modify(f, &f->operator, late, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	clock_set_for_test(now + 2 * DAY);
	assert_expiring(f, 2, "second");
	assert_err(modify(f, &f->operator, late, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	assert_expiring(f, 3, "second");
	clock_set_for_test(now + 25 * DAY);
	assert_expiring(f, 2, "third");
	clock_set_for_test(0);
}

static void of_very_many_that_end_the_first_are_named(void **state)
{
	struct fixture *f = *state;
	int64_t now = INT64_C(1800000000) * SECOND;
	clock_set_for_test(now);
	for (int i = 0; i < EXPIRY_MAX + 10; i++)
		make_ending(f, f->acme, arena_printf(f->arena, "key %d", i),
			now + (1000 + i * 7919 % 1000) * 60 * SECOND);
	assert_expiring(f, EXPIRY_MAX + 10, "key 0");
	clock_set_for_test(0);
}

/* ---- personal tokens ---- */

static void a_personal_token_acts_as_its_owner_of_now(void **state)
{
	struct fixture *f = *state;
	const char *token;
	struct ref role = make_role(f, f->acme, "Clerk", "scopes.edit");
	struct ref ann = make_user(f, f->acme, "ann");
	struct ref client = make(f, f->acme, new_personal(f, ann, &token));
	struct actor actor = actor_of(f, token);
	assert_int_equal(actor.type, ACTOR_USER);
	assert_int_equal(actor.number, ann.number);
	assert_int_equal(actor.source, SOURCE_LOCAL);
	assert_int_equal(actor.permissions, 0);
	assert_int_equal(actor.entrance.client, client.number);
	assert_string_equal(actor.name, "ann");
	must_join(f, role, ann);
	actor = actor_of(f, token);
	assert_int_equal(actor.permissions, BIT(SCOPES_EDIT));
	assert_err(create(f, &actor, f->acme, new_entry(f, KIND_SCOPE, "one")), OK);
	assert_err(leave(f, &f->operator, role, ann), OK);
	assert_err(create(f, &actor, f->acme, new_entry(f, KIND_SCOPE, "two")), ERR_FORBIDDEN);
}

static void a_personal_token_may_no_more_than_it_says(void **state)
{
	struct fixture *f = *state;
	const char *token;
	struct ref ann = make_holder(f, f->acme, "ann", "Admin");
	struct entry *entry = new_personal(f, ann, &token);
	add_value(entry, ATTR_PERMISSION, "clients.manage");
	add_value(entry, ATTR_PERMISSION, "users.view");
	make(f, f->acme, entry);
	struct actor actor = actor_of(f, token);
	assert_int_equal(actor.permissions, BIT(CLIENTS_MANAGE) | BIT(USERS_VIEW));
	struct entry *wide = new_client(f, "api", "wide", BIT(USERS_DELETE));
	assert_err(create(f, &actor, f->acme, wide), ERR_GRANT_CEILING);
	struct entry *of_platform = new_client(f, "api", "platform", 0);
	add_value(of_platform, ATTR_PERMISSION, "tasks.edit");
	assert_err(create(f, &actor, f->acme, of_platform), ERR_GRANT_CEILING);
	struct actor whole = act_as(f, ann);
	assert_err(create(f, &whole, f->acme, of_platform), OK);
}

static void a_personal_token_ends_with_its_owner_s_right_to_sign_in(void **state)
{
	struct fixture *f = *state;
	const char *token;
	struct actor actor;
	struct ref ann = make_holder(f, f->acme, "ann", "Admin");
	struct ref acme = find(f, 0, KIND_TENANT, "acme");
	make_holder(f, f->acme, "bea", "Admin");
	make(f, f->acme, new_personal(f, ann, &token));
	actor = actor_of(f, token);
	assert_err(modify(f, &f->operator, ann, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_int_equal(opens(f, token, &actor), ERR_CREDENTIALS);
	/* Also what waits for the writer. */
	assert_err(create(f, &actor, f->acme, new_entry(f, KIND_SCOPE, "one")), ERR_CREDENTIALS);
	assert_err(modify(f, &f->operator, ann, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), OK);
	assert_int_equal(opens(f, token, &actor), OK);
	assert_err(modify(f, &f->operator, ann, PATCH_REPLACE, ATTR_ACCOUNT_EXPIRES,
			   "20250101000000Z"),
		OK);
	assert_int_equal(opens(f, token, &actor), ERR_CREDENTIALS);
	assert_err(modify(f, &f->operator, ann, PATCH_REMOVE, ATTR_ACCOUNT_EXPIRES, NULL), OK);
	assert_int_equal(opens(f, token, &actor), OK);
	assert_err(modify(f, &f->operator, acme, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	assert_int_equal(opens(f, token, &actor), ERR_CREDENTIALS);
}

static void a_revoked_personal_token_writes_nothing_that_waited(void **state)
{
	struct fixture *f = *state;
	const char *token;
	struct ref ann = make_holder(f, f->acme, "ann", "Admin");
	struct ref client = make(f, f->acme, new_personal(f, ann, &token));
	struct actor actor = actor_of(f, token), keeper = act_as(f, ann);
	assert_err(remove_entry(f, &keeper, client), OK);
	assert_err(create(f, &actor, f->acme, new_entry(f, KIND_SCOPE, "one")), ERR_CREDENTIALS);
	assert_err(create(f, &keeper, f->acme, new_entry(f, KIND_SCOPE, "one")), OK);
}

static void deleting_a_person_ends_their_tokens(void **state)
{
	struct fixture *f = *state;
	static const char *const modes[] = { "disable", "soft", "hard" };
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		const char *one, *two;
		struct actor actor;
		uint32_t own = make_tenant(f, arena_printf(f->arena, "company%zu", i));
		put_policy(f, own, arena_printf(f->arena, "delete.mode=%s", modes[i]));
		struct ref ann = make_user(f, own, "ann"), bob = make_user(f, own, "bob");
		make(f, own, new_personal(f, bob, &one));
		make(f, own, new_personal(f, ann, &one));
		make(f, own, new_personal(f, ann, &two));
		assert_int_equal(opens(f, two, &actor), OK);
		assert_err(remove_entry(f, &f->operator, ann), OK);
		assert_int_equal(opens(f, one, &actor), ERR_CREDENTIALS);
		assert_int_equal(opens(f, two, &actor), ERR_CREDENTIALS);
		assert_int_equal(view_count(look(f), own, KIND_CLIENT), 1);
	}
}

static struct outcome take_over(struct fixture *f, const struct actor *actor, struct ref client)
{
	size_t count;
	struct record record = read_entry(f, client);
	struct modification *mods = client_rotate(
		f->arena, &record, span_str(token_new(f->arena, "personal", f->acme)), 0, &count);
	return modify_all(f, actor, client, mods, count, NULL);
}

static void nobody_gets_a_token_of_another_person(void **state)
{
	struct fixture *f = *state;
	const char *token;
	struct ref ann = make_holder(f, f->acme, "ann", "Admin");
	struct ref bob = make_holder(f, f->acme, "bob", "Admin");
	struct actor admin = act_as(f, ann);
	struct actor key =
		act_as(f, make(f, f->acme, new_client(f, "api", "key", BIT(CLIENTS_MANAGE))));
	const struct delegation lent = { .kind = DELEGATION_IMPERSONATION };
	struct actor acting = admin;
	acting.delegation = &lent;
	assert_err(create(f, &acting, f->acme, new_personal(f, ann, &token)), ERR_FORBIDDEN);
	assert_err(create(f, &admin, f->acme, new_personal(f, bob, &token)), ERR_FORBIDDEN);
	assert_err(create(f, &key, f->acme, new_personal(f, bob, &token)), ERR_FORBIDDEN);
	struct outcome own = create(f, &admin, f->acme, new_personal(f, ann, &token));
	assert_err(own, OK);
	struct ref of_bob = make(f, f->acme, new_personal(f, bob, &token));
	assert_err(take_over(f, &admin, of_bob), ERR_FORBIDDEN);
	assert_err(take_over(f, &key, of_bob), ERR_FORBIDDEN);
	struct actor himself = act_as(f, bob);
	assert_err(take_over(f, &himself, of_bob), OK);
	struct ref of_ann = { KIND_CLIENT, f->acme, own.number, own.id };
	assert_err(point(f, of_ann, ATTR_OWNER, bob), ERR_MUTABILITY);
	struct ref other = make(f, f->acme, new_client(f, "api", "other", 0));
	assert_err(modify(f, &f->operator, other, PATCH_REPLACE, ATTR_CLIENT_TYPE, "personal"),
		ERR_MUTABILITY);
	assert_err(remove_entry(f, &admin, of_bob), OK);
}

static void a_personal_token_makes_none_that_outlives_it(void **state)
{
	struct fixture *f = *state;
	const char *token, *longer;
	char text[TIME_TEXT_MAX];
	struct ref ann = make_holder(f, f->acme, "ann", "Admin");
	struct entry *entry = new_personal(f, ann, &token);
	size_t len = time_format_generalized(clock_wall() + DAY, text);
	add_value(entry, ATTR_EXPIRES, arena_string(f->arena, span_of(text, len)));
	make(f, f->acme, entry);
	struct actor actor = actor_of(f, token);
	assert_err(create(f, &actor, f->acme, new_personal(f, ann, &longer)), ERR_GRANT_CEILING);
}

static void a_token_does_not_choose_its_owner_s_password(void **state)
{
	struct fixture *f = *state;
	const char *token;
	char hash[PASSWORD_HASH_MAX];
	struct ref ann = make_user(f, f->acme, "ann");
	make(f, f->acme, new_personal(f, ann, &token));
	assert_int_equal(password_hash(SPAN("Correct-horse-77"), hash, NULL), OK);
	struct actor by_token = actor_of(f, token), signed_in = act_as(f, ann);
	assert_err(modify(f, &by_token, ann, PATCH_REPLACE, ATTR_PASSWORD, hash), ERR_FORBIDDEN);
	assert_err(modify(f, &signed_in, ann, PATCH_REPLACE, ATTR_PASSWORD, hash), OK);
}

static void a_personal_token_belongs_to_a_person_of_its_tenant(void **state)
{
	struct fixture *f = *state;
	const char *token;
	struct ref role = find(f, f->acme, KIND_ROLE, "Viewer");
	struct ref stranger = make_user(f, f->globex, "ann");
	assert_err(create(f, &f->operator, f->acme, new_personal(f, role, &token)), ERR_VALUE);
	assert_err(create(f, &f->operator, f->acme, new_personal(f, stranger, &token)), ERR_VALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
		TEST(a_profile_says_what_the_connection_does_not),
		TEST(each_type_has_settings_of_its_own_and_odd_values_are_refused),
		TEST(who_has_a_ceiling_maps_no_groups_to_roles),
		TEST(a_rotated_token_says_when_it_ends),
		TEST(tokens_that_end_within_a_month_are_known),
		TEST(of_very_many_that_end_the_first_are_named),
		TEST(a_personal_token_acts_as_its_owner_of_now),
		TEST(a_personal_token_may_no_more_than_it_says),
		TEST(a_personal_token_ends_with_its_owner_s_right_to_sign_in),
		TEST(a_revoked_personal_token_writes_nothing_that_waited),
		TEST(deleting_a_person_ends_their_tokens),
		TEST(nobody_gets_a_token_of_another_person),
		TEST(a_personal_token_makes_none_that_outlives_it),
		TEST(a_token_does_not_choose_its_owner_s_password),
		TEST(a_personal_token_belongs_to_a_person_of_its_tenant),
#undef TEST
	};
	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
