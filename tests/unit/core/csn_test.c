#include "fixture.h"

static int64_t changed(struct fixture *f, struct ref ref)
{
	struct record record;
	struct view *view = look(f);

	assert_true(view_entry(view, ref.tenant, ref.kind, ref.number, &record));
	return view_changed(view, &record);
}

static int64_t newest(struct fixture *f)
{
	return view_tenant_changed(look(f), f->acme);
}

static void a_csn_is_written_and_read(void **state)
{
	char text[CSN_TEXT + 1];
	int64_t time;

	(void)state;
	csn_format(INT64_C(1795348501) * SECOND + 7, text);
	assert_string_equal(text, "20261122115501.000007Z#000000#000#000000");
	assert_true(csn_parse(span_str(text), &time));
	assert_int_equal(time, INT64_C(1795348501) * SECOND + 7);
	assert_true(csn_parse(SPAN("20261122115501.000007Z#00000a#001#000000"), &time));
}

static void what_is_no_csn_is_refused(void **state)
{
	static const char *const texts[] = { "", "20261122115501.000007Z#000000#000#00000",
		"20261122115501.000007Z#000000#000#0000000",
		"20261122115501,000007Z#000000#000#000000",
		"20261322115501.000007Z#000000#000#000000",
		"20261122115501.00000xZ#000000#000#000000",
		"20261122115501.000007Z#00000g#000#000000",
		"20261122115501.000007Z-000000#000#000000",
		"20261122115501.000007Z#000000#0-1#000000" };
	int64_t time = -1;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_false(csn_parse(span_str(texts[i]), &time));
	assert_false(csn_parse(span_of("20261122115501.000007Z\0000000#000#000000##", 40), &time));
	assert_int_equal(time, -1);
}

static void a_membership_dates_both_ends(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	struct ref crew = make_named(f, f->acme, KIND_GROUP, "crew");
	int64_t before = newest(f);

	must_join(f, crew, ada);
	assert_true(newest(f) > before);
	assert_int_equal(changed(f, ada), newest(f));
	assert_int_equal(changed(f, crew), newest(f));
	before = newest(f);
	assert_err(leave(f, &f->operator, crew, ada), OK);
	assert_true(newest(f) > before);
	assert_int_equal(changed(f, ada), newest(f));
	assert_int_equal(changed(f, crew), newest(f));
}

static void a_group_that_is_renamed_dates_its_members(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada"), ben = make_user(f, f->acme, "ben");
	struct ref crew = make_named(f, f->acme, KIND_GROUP, "crew");
	int64_t before;

	must_join(f, crew, ada);
	before = changed(f, ben);
	assert_err(modify(f, &f->operator, crew, PATCH_REPLACE, ATTR_COMMON_NAME, "gang"), OK);
	assert_int_equal(changed(f, ada), newest(f));
	assert_int_equal(changed(f, ben), before);
	before = changed(f, ada);
	assert_err(modify(f, &f->operator, crew, PATCH_REPLACE, ATTR_DESCRIPTION, "old"), OK);
	assert_int_equal(changed(f, crew), newest(f));
	assert_int_equal(changed(f, ada), before);
}

static void a_person_who_is_renamed_dates_groups_and_reports(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada"), ben = make_user(f, f->acme, "ben");
	struct ref crew = make_named(f, f->acme, KIND_GROUP, "crew");

	must_join(f, crew, ada);
	assert_err(point(f, ben, ATTR_MANAGER, ada), OK);
	assert_err(modify(f, &f->operator, ada, PATCH_REPLACE, ATTR_USER_NAME, "adele"), OK);
	assert_int_equal(changed(f, ada), newest(f));
	assert_int_equal(changed(f, crew), newest(f));
	assert_int_equal(changed(f, ben), newest(f));
}

static void whoever_goes_leaves_no_date(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	struct ref crew = make_named(f, f->acme, KIND_GROUP, "crew");
	int64_t before;

	must_join(f, crew, ada);
	before = changed(f, crew);
	assert_err(remove_entry(f, &f->operator, ada), OK);
	assert_true(changed(f, crew) > before);
}

static void settings_date_all_when_entries_look_otherwise(void **state)
{
	struct fixture *f = *state;
	struct ref ada = make_user(f, f->acme, "ada");
	int64_t before = changed(f, ada);

	put_policy(f, f->acme, "password.warn_days=3");
	assert_int_equal(changed(f, ada), before);
	put_policy(f, f->acme, "posix.enabled=true");
	assert_int_equal(changed(f, ada), newest(f));
}

static void a_time_leads_to_its_change_and_no_other_does(void **state)
{
	struct fixture *f = *state;
	uint64_t last, found = 0;

	for (int i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof name, "person%d", i);
		make_user(f, f->acme, name);
	}
	struct view *view = look(f);
	last = view_journal_last(view, f->acme);
	for (uint64_t sequence = 1; sequence <= last; sequence++) {
		struct span bytes;
		struct change change;

		assert_true(view_journal(view, f->acme, sequence, &bytes));
		assert_int_equal(change_read(f->arena, bytes, &change, NULL), OK);
		assert_true(view_journal_at(view, f->acme, change.time, &found));
		assert_int_equal(found, sequence);
		assert_false(view_journal_at(view, f->globex, change.time, &found));
	}
	assert_false(
		view_journal_at(view, f->acme, view_tenant_changed(view, f->acme) + 1, &found));
	assert_false(view_journal_at(view, f->acme, 1, &found));
	assert_false(view_journal_at(view, 4711, 1, &found));
}

static void rights_are_dated_by_roles_and_not_by_who_else_has_them(void **state)
{
	struct fixture *f = *state;
	struct ref role = make_role(f, f->acme, "looker", "users.view");
	struct ref ada = make_user(f, f->acme, "ada"), ben = make_user(f, f->acme, "ben");
	int64_t before;

	must_join(f, role, ada);
	struct actor actor = act_as(f, ada);
	before = view_rights_changed(look(f), &actor);
	must_join(f, role, ben);
	assert_int_equal(view_rights_changed(look(f), &actor), before);
	assert_err(leave(f, &f->operator, role, ada), OK);
	assert_int_equal(view_rights_changed(look(f), &actor), newest(f));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_csn_is_written_and_read),
		cmocka_unit_test(what_is_no_csn_is_refused),
		TEST(a_membership_dates_both_ends),
		TEST(a_group_that_is_renamed_dates_its_members),
		TEST(a_person_who_is_renamed_dates_groups_and_reports),
		TEST(whoever_goes_leaves_no_date),
		TEST(settings_date_all_when_entries_look_otherwise),
		TEST(a_time_leads_to_its_change_and_no_other_does),
		TEST(rights_are_dated_by_roles_and_not_by_who_else_has_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
