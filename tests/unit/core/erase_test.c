#include "fixture.h"

#include "base/hash.h"
#include "core/audit.h"
#include "store/store.h"

static struct outcome erase(struct fixture *f, const struct actor *actor, struct ref tenant)
{
	struct outcome outcome;
	struct command command = { .type = COMMAND_ERASE, .kind = KIND_TENANT, .id = tenant.id };
	core_run(f->core, actor, &command, &outcome);
	return outcome;
}

static struct ref suspended(struct fixture *f)
{
	struct ref acme = find(f, 0, KIND_TENANT, "acme");
	assert_err(modify(f, &f->operator, acme, PATCH_REPLACE, ATTR_ACTIVE, "FALSE"), OK);
	return acme;
}

static bool is_there(struct fixture *f, const char *name)
{
	struct tenant_info info;
	return view_tenant(look(f), span_str(name), &info);
}

static bool is_listed(struct fixture *f, uint32_t number)
{
	struct tenant_info info;
	return view_next_tenant(look(f), number, &info) && info.number == number;
}

/* The rounds that it took. */
static int erase_whole(struct fixture *f, struct ref tenant)
{
	int rounds = 0;
	while (is_there(f, "acme")) {
		assert_err(erase(f, &f->operator, tenant), OK);
		assert_true(++rounds < 1000);
	}
	return rounds;
}

static void populate(struct fixture *f, int people)
{
	struct ref viewer = find(f, f->acme, KIND_ROLE, "Viewer");
	struct ref site = make_named(f, f->acme, KIND_SCOPE, "Bali");
	for (int i = 0; i < people; i++) {
		struct ref user = make_user(f, f->acme, arena_printf(f->arena, "user%04d", i));
		must_join(f, viewer, user);
		if (i % 2)
			must_join(f, site, user);
	}
}

static void print_fault(void *arg, const char *sentence)
{
	(void)arg;
	print_error("verify: %s\n", sentence);
}

static void assert_sound(struct fixture *f)
{
	struct why why = { 0 };
	if (store_verify(f->path, print_fault, NULL, &why) != OK)
		fail_msg("%s", why.text);
}

static void a_tenant_that_is_open_is_not_erased(void **state)
{
	struct fixture *f = *state;
	struct ref acme = find(f, 0, KIND_TENANT, "acme");
	assert_err(erase(f, &f->operator, acme), ERR_CONFLICT);
	assert_err(remove_entry(f, &f->operator, acme), ERR_CONFLICT);
	assert_true(is_there(f, "acme"));
}

static void only_an_operator_erases(void **state)
{
	struct fixture *f = *state;
	struct actor ada = act_as(f, make_holder(f, f->globex, "ada", "Admin"));
	struct ref acme = suspended(f);
	assert_err(erase(f, &ada, acme), ERR_NOT_FOUND);
	assert_err(erase(f, &f->operator, find(f, 0, KIND_ROLE, "PegotecUser")), ERR_NOT_FOUND);
}

static void nothing_is_left_of_an_erased_tenant(void **state)
{
	struct fixture *f = *state;
	populate(f, 30);
	make_user(f, f->globex, "neighbour");
	struct ref acme = suspended(f);
	erase_whole(f, acme);
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
		assert_int_equal(view_count(look(f), f->acme, kind), 0);
	assert_int_equal(view_journal_last(f->view, f->acme), 0);
	assert_int_equal(audit_count(f, f->acme), 0);
	assert_int_equal(view_count(f->view, f->globex, KIND_USER), 1);
	assert_int_not_equal(make_tenant(f, "acme"), f->acme);
}

static void the_realm_keeps_who_when_and_how_much(void **state)
{
	struct fixture *f = *state;
	populate(f, 12);
	erase_whole(f, suspended(f));
	const char *row = last_audit(f, 0);
	assert_non_null(strstr(row, "\"action\":\"tenant.erased\""));
	assert_non_null(strstr(row, "\"name\":\"acme\""));
	assert_non_null(strstr(row, "12 user"));
	assert_non_null(strstr(row, "\"name\":\"root\""));
}

static void a_tenant_under_erasure_takes_nothing_and_does_not_return(void **state)
{
	struct fixture *f = *state;
	struct ref acme = suspended(f);
	assert_err(erase(f, &f->operator, acme), OK);
	assert_err(create(f, &f->operator, f->acme, new_entry(f, KIND_USER, "x")), ERR_CONFLICT);
	assert_err(modify(f, &f->operator, acme, PATCH_REPLACE, ATTR_ACTIVE, "TRUE"), ERR_CONFLICT);
	struct tenant_info info;
	assert_true(view_tenant(look(f), SPAN("acme"), &info));
	assert_true(info.erasing && !info.active);
}

static void each_step_leaves_a_store_that_is_sound_and_can_be_gone_on_from(void **state)
{
	struct fixture *f = *state;
	populate(f, 900);
	struct ref acme = suspended(f);
	int rounds = 0;
	while (is_there(f, "acme")) {
		assert_err(erase(f, &f->operator, acme), OK);
		assert_sound(f);
		fixture_close(f);
		fixture_open(f, 0);
		rounds++;
	}
	assert_true(rounds > 3);
}

static void what_was_begun_goes_on_by_itself(void **state)
{
	struct fixture *f = *state;
	populate(f, 900);
	struct ref acme = suspended(f);
	assert_int_equal(core_keep(f->core, false, NULL), OK);
	assert_true(is_there(f, "acme"));
	assert_err(erase(f, &f->operator, acme), OK);
	fixture_close(f);
	fixture_open(f, 0);
	int rounds = 0;
	while (is_there(f, "acme")) {
		assert_true(is_listed(f, f->acme));
		assert_int_equal(core_keep(f->core, false, NULL), OK);
		assert_true(++rounds < 1000);
	}
	assert_true(rounds > 3);
	assert_false(is_listed(f, f->acme));
	assert_non_null(strstr(last_audit(f, 0), "\"action\":\"tenant.erased\""));
	assert_true(is_there(f, "globex"));
	assert_int_equal(core_keep(f->core, true, NULL), OK);
	assert_sound(f);
}

static void its_tokens_open_nothing(void **state)
{
	struct fixture *f = *state;
	struct actor actor;
	struct entry *client;
	uint8_t digest[32];
	assert_int_equal(client_entry(f->arena, "scim", SPAN("corp"), 0, &client, NULL), OK);
	struct span token = SPAN("not looked at here");
	token_digest(token, digest);
	entry_set(client, ATTR_TOKEN_DIGEST, SOURCE_LOCAL, span_of(digest, 32), NULL);
	struct ref ref = make(f, f->acme, client);
	actor = act_as(f, ref);
	erase_whole(f, suspended(f));
	struct outcome outcome = create(f, &actor, f->acme, new_entry(f, KIND_USER, "x"));
	assert_err(outcome, ERR_NOT_FOUND);
	struct why why = { 0 };
	assert_int_equal(view_actor(look(f), f->acme, KIND_CLIENT, ref.number, &actor, &why),
		ERR_CREDENTIALS);
}

static void a_company_above_others_stays(void **state)
{
	struct fixture *f = *state;
	struct ref acme = suspended(f);
	struct entry *child = new_entry(f, KIND_TENANT, "bali");
	assert_int_equal(entry_add(child, ATTR_PARENT_TENANT, 0, SOURCE_LOCAL,
				 arena_copy(f->arena, uuid_span(&acme.id)), NULL),
		OK);
	make(f, 0, child);
	assert_err(erase(f, &f->operator, acme), ERR_CONFLICT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_tenant_that_is_open_is_not_erased),
		TEST(only_an_operator_erases),
		TEST(nothing_is_left_of_an_erased_tenant),
		TEST(the_realm_keeps_who_when_and_how_much),
		TEST(a_tenant_under_erasure_takes_nothing_and_does_not_return),
		TEST(each_step_leaves_a_store_that_is_sound_and_can_be_gone_on_from),
		TEST(what_was_begun_goes_on_by_itself),
		TEST(its_tokens_open_nothing),
		TEST(a_company_above_others_stays),
	};
	return cmocka_run_group_tests_name("erase", tests, NULL, NULL);
}
