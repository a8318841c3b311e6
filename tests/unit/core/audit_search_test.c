/* Reading the audit: filters, order, resuming, and what a tenant's readers do not see. */
#include "fixture.h"

#include "core/audit.h"

#define EPOCH (INT64_C(4102444800) * SECOND) /* 2100-01-01: after every real row */

struct found {
	size_t count;
	uint64_t rows[512];
	char last[4096]; /* JSON */
};

/* Everything, with a small budget and, after each `page` rows, a new search that resumes. */
static struct found search_as(
	struct fixture *f, const struct actor *reader, const struct audit_spec *wanted, size_t page)
{
	struct audit_spec spec = *wanted;
	struct found found = { 0 };
	for (bool more = true; more;) {
		struct audit_search *search;
		struct audit_entry entry;
		struct why why = { 0 };
		enum step step;
		size_t rows = 0;
		more = false;
		if (audit_open(look(f), f->arena, reader, &spec, &search, &why))
			fail_msg("%s", why.text);
		unsigned budget = 3;
		while (!more && (step = audit_next(search, &budget, &entry)) != STEP_END) {
			budget = 3;
			if (step != STEP_FOUND)
				continue;
			assert_true(found.count < 512);
			found.rows[found.count++] = entry.sequence;
			snprintf(found.last, sizeof found.last, "%.*s", SPAN_ARGS(entry.json));
			more = ++rows == page;
		}
		spec.after = audit_position(search);
	}
	return found;
}

static size_t count(struct fixture *f, struct audit_spec spec)
{
	spec.tenant = f->acme;
	struct found all = search_as(f, &f->operator, & spec, 1000);
	struct found paged = search_as(f, &f->operator, & spec, 1);
	spec.oldest_first = true;
	struct found upward = search_as(f, &f->operator, & spec, 2);
	assert_int_equal(all.count, paged.count);
	assert_int_equal(all.count, upward.count);
	for (size_t i = 0; i < all.count; i++) {
		assert_int_equal(all.rows[i], paged.rows[i]);
		assert_int_equal(all.rows[i], upward.rows[all.count - 1 - i]);
	}
	return all.count;
}

static void filters_find_what_they_name_in_both_orders(void **state)
{
	struct fixture *f = *state;
	size_t before = count(f, (struct audit_spec){ 0 });
	struct ref anna = make_user(f, f->acme, "anna"), ben = make_user(f, f->acme, "ben");
	struct ref viewer = find(f, f->acme, KIND_ROLE, "Viewer");
	must_join(f, viewer, anna);
	must_join(f, viewer, ben);
	assert_err(leave(f, &f->operator, viewer, ben), OK);
	assert_int_equal(count(f, (struct audit_spec){ 0 }), before + 5);
	assert_int_equal(count(f, (struct audit_spec){ .has_target = true, .target = anna.id }), 2);
	assert_int_equal(count(f, (struct audit_spec){ .has_target = true, .target = ben.id }), 3);
	assert_int_equal(count(f, (struct audit_spec){ .action = SPAN("user.role.added") }), 2);
	assert_int_equal(count(f, (struct audit_spec){ .action = SPAN("user.role.*") }), 3);
	assert_int_equal(count(f, (struct audit_spec){ .action = SPAN("user.role") }), 0);
	assert_int_equal(count(f, (struct audit_spec){ .outcome = SPAN("denied") }), 0);
	assert_int_equal(count(f, (struct audit_spec){ .text = SPAN("\"NAME\":\"ANNA\"") }), 2);
	assert_int_equal(count(f, (struct audit_spec){ .channel = SPAN("scim") }), 0);
	assert_int_equal(count(f, (struct audit_spec){ .has_target = true,
					  .target = viewer.id,
					  .action = SPAN("user.role.*") }),
		3);
}

static void an_actor_s_rows_are_found(void **state)
{
	struct fixture *f = *state;
	struct actor boss = act_as(f, make_holder(f, f->acme, "boss", "Admin"));
	for (unsigned i = 0; i < 5; i++) {
		make_user(f, f->acme, arena_printf(f->arena, "x%u", i));
		assert_err(create(f, &boss, f->acme,
				   new_entry(f, KIND_SCOPE, arena_printf(f->arena, "s%u", i))),
			OK);
	}
	assert_int_equal(count(f, (struct audit_spec){ .has_actor = true, .actor = boss.id }), 5);
}

static void times_bound_what_is_found(void **state)
{
	struct fixture *f = *state;
	for (int64_t i = 0; i < 20; i++) {
		clock_set_for_test(EPOCH + i * SECOND);
		make_user(f, f->acme, arena_printf(f->arena, "x%u", (unsigned)i));
	}
	for (int64_t low = 0; low < 20; low += 3)
		for (int64_t high = low; high < 20; high += 4) {
			struct audit_spec spec = { .from = EPOCH + low * SECOND,
				.to = EPOCH + high * SECOND };
			assert_int_equal(count(f, spec), high - low + 1);
		}
	assert_int_equal(count(f, (struct audit_spec){ .from = EPOCH + 20 * SECOND }), 0);
	assert_int_equal(count(f, (struct audit_spec){ .to = 1 }), 0);
}

static void a_reader_needs_the_permission_and_stays_at_home(void **state)
{
	struct fixture *f = *state;
	struct audit_search *search;
	struct audit_spec spec = { .tenant = f->acme };
	struct ref role = make_role(f, f->acme, "Nobody", "users.view");
	struct ref user = make_user(f, f->acme, "norbert");
	must_join(f, role, user);
	struct actor weak = act_as(f, user);
	struct actor foreign = act_as(f, make_holder(f, f->globex, "gina", "Admin"));
	assert_int_equal(audit_open(look(f), f->arena, &weak, &spec, &search, NULL), ERR_FORBIDDEN);
	assert_int_equal(
		audit_open(look(f), f->arena, &foreign, &spec, &search, NULL), ERR_NOT_FOUND);
}

static void staff_is_support_to_a_tenant_that_follows_that_policy(void **state)
{
	struct fixture *f = *state;
	struct actor admin = act_as(f, make_holder(f, f->acme, "boss", "Admin"));
	struct audit_spec spec = { .tenant = f->acme, .text = SPAN("\"Pegotec support\"") };
	make_user(f, f->acme, "anna");
	assert_true(search_as(f, &admin, &spec, 1000).count > 0);
	spec.text = SPAN("\"name\":\"root\"");
	assert_int_equal(search_as(f, &admin, &spec, 1000).count, 0);
	assert_true(search_as(f, &f->operator, & spec, 1000).count > 0);
}

static void who_acts_for_another_is_shown_as_the_other(void **state)
{
	struct fixture *f = *state;
	struct outcome outcome;
	struct entry *settings = new_entry(f, KIND_SETTINGS, "settings");
	struct record record;
	struct ref anna = make_user(f, f->acme, "anna");
	struct actor boss = act_as(f, make_holder(f, f->acme, "boss", "Admin"));
	struct actor reader = act_as(f, make_holder(f, f->acme, "vera", "Viewer"));
	struct delegation delegation = { .id = uuid_new(),
		.kind = DELEGATION_IMPERSONATION,
		.subject_kind = KIND_USER,
		.subject = anna.id,
		.subject_name = SPAN("anna") };
	if (view_settings(look(f), f->acme, &record)) {
		struct ref ref = { KIND_SETTINGS, f->acme, record.number, record.id };
		assert_err(modify(f, &f->operator, ref, PATCH_ADD, ATTR_POLICY,
				   "impersonation.display=subject"),
			OK);
	} else {
		add_value(settings, ATTR_POLICY, "impersonation.display=subject");
		make(f, f->acme, settings);
	}
	boss.delegation = &delegation;
	struct command command = { .type = COMMAND_CREATE,
		.tenant = f->acme,
		.kind = KIND_SCOPE,
		.entry = new_entry(f, KIND_SCOPE, "north") };
	core_run(f->core, &boss, &command, &outcome);
	assert_err(outcome, OK);
	struct audit_spec spec = { .tenant = f->acme, .action = SPAN("scope.created") };
	reader.permissions &= ~(UINT64_C(1) << PERM_AUDIT_VIEW_ACTOR);
	struct found found = search_as(f, &reader, &spec, 1000);
	assert_int_equal(found.count, 1);
	assert_non_null(strstr(found.last, "\"name\":\"anna\",\"type\":\"user\"},\"changes\""));
	assert_null(strstr(found.last, "boss"));
	assert_non_null(strstr(found.last, "\"delegation\":null"));
	reader.permissions |= UINT64_C(1) << PERM_AUDIT_VIEW_ACTOR;
	assert_non_null(strstr(search_as(f, &reader, &spec, 1000).last, "\"name\":\"boss\""));
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(filters_find_what_they_name_in_both_orders),
		TEST(an_actor_s_rows_are_found),
		TEST(times_bound_what_is_found),
		TEST(a_reader_needs_the_permission_and_stays_at_home),
		TEST(staff_is_support_to_a_tenant_that_follows_that_policy),
		TEST(who_acts_for_another_is_shown_as_the_other),
	};
	return cmocka_run_group_tests_name("core: reading the audit", tests, NULL, NULL);
}
