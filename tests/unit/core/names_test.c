#include "fixture.h"

#include "model/dn.h"

/* Names in the LDAP tree: RDNs of the entry's own, aliases and referrals, and what a membership
 * knows of its member's name. */

static struct ref make_ann(struct fixture *f, const char *rdn)
{
	struct entry *user = new_entry(f, KIND_USER, "ann");
	add_value(user, ATTR_COMMON_NAME, "Ann Other");
	add_value(user, ATTR_DESCRIPTION, "first");
	add_value(user, ATTR_DESCRIPTION, "second");
	if (rdn)
		add_value(user, ATTR_RDN, rdn);
	return make(f, f->acme, user);
}

static bool is_named(struct fixture *f, struct ref ref, const char *rdn)
{
	struct record record;
	struct dn dn;
	assert_int_equal(dn_parse(f->arena, span_str(rdn), &dn, NULL), OK);
	return view_by_rdn(look(f), f->arena, ref.tenant, ref.kind, &dn, &record) &&
	       record.number == ref.number;
}

static struct outcome rename_to(struct fixture *f, struct ref ref, const char *rdn)
{
	return modify(f, &f->operator, ref, PATCH_REPLACE, ATTR_RDN, rdn);
}

static void an_entry_has_one_name_in_the_tree(void **state)
{
	struct fixture *f = *state;
	struct ref ann = make_ann(f, "cn=Ann Other+description=first");
	assert_true(is_named(f, ann, "DESCRIPTION=First+commonName=ann  other"));
	assert_false(is_named(f, ann, "uid=ann"));
	assert_false(is_named(f, ann, "cn=Ann Other"));
	assert_err(rename_to(f, ann, "cn=Ann Other"), OK);
	assert_true(is_named(f, ann, "cn=ann other"));
	assert_false(is_named(f, ann, "cn=Ann Other+description=first"));
}

static void the_name_follows_the_values_that_made_it(void **state)
{
	struct fixture *f = *state;
	struct ref ann = make_ann(f, "cn=Ann Other+description=first");
	assert_err(modify(f, &f->operator, ann, PATCH_REPLACE, ATTR_COMMON_NAME, "Ann New"), OK);
	assert_true(is_named(f, ann, "cn=Ann New+description=first"));
	assert_err(modify(f, &f->operator, ann, PATCH_REPLACE, ATTR_DESCRIPTION, NULL), OK);
	assert_true(is_named(f, ann, "cn=Ann New"));
}

static void the_kinds_own_name_is_kept_as_none(void **state)
{
	struct fixture *f = *state;
	struct ref ann = make_ann(f, "cn=Ann Other");
	assert_err(rename_to(f, ann, "uid=ann"), OK);
	struct record record = read_entry(f, ann);
	assert_false(record_has(&record, ATTR_RDN));
	assert_true(is_named(f, ann, "uid=ann"));
}

static void what_cannot_name_a_person_is_refused(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *rdn;
		enum err err;
	} rows[] = {
		{ "cn=Somebody Else", ERR_VALUE },
		{ "cn=Ann Other+description=third", ERR_VALUE },
		{ "nosuch=x", ERR_VALUE },
		{ "userPassword=x", ERR_VALUE },
		{ "memberOf=cn\\=x", ERR_VALUE },
		{ "cn=Ann Other,ou=x", ERR_VALUE },
		{ "description=first+description=second", ERR_DN },
		{ "no name", ERR_DN },
	};
	struct ref ann = make_ann(f, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct outcome outcome = rename_to(f, ann, rows[i].rdn);
		if (outcome.err != rows[i].err)
			fail_msg("%s: %s", rows[i].rdn, err_row(outcome.err)->name);
	}
	assert_true(is_named(f, ann, "uid=ann"));
}

static void two_people_have_not_the_same_name(void **state)
{
	struct fixture *f = *state;
	make_ann(f, "cn=Ann Other");
	struct entry *user = new_entry(f, KIND_USER, "ann2");
	add_value(user, ATTR_COMMON_NAME, "ANN OTHER");
	add_value(user, ATTR_RDN, "cn=ANN OTHER");
	assert_err(create(f, &f->operator, f->acme, user), ERR_EXISTS);
}

/* ---- aliases and referrals ---- */

static struct entry *pointer(struct fixture *f, const char *dn, const char *alias, const char *url)
{
	struct entry *entry = entry_new(f->arena, KIND_POINTER);
	add_value(entry, ATTR_POINTER_DN, dn);
	if (alias)
		add_value(entry, ATTR_ALIASED_OBJECT, alias);
	if (url)
		add_value(entry, ATTR_REFERRAL, url);
	return entry;
}

static void an_alias_or_referral_stands_where_nothing_else_does(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *dn, *alias, *url;
		enum err err;
	} rows[] = {
		{ "cn=boss,ou=people", "dc=x", NULL, OK },
		{ "CN=Boss, ou=People", NULL, "ldap://x/", ERR_EXISTS },
		{ "ou=away", NULL, "ldap://x/", OK },
		{ "cn=none", NULL, NULL, ERR_MISSING },
		{ "cn=both", "dc=x", "ldap://x/", ERR_MISSING },
		{ "uid=ann,ou=people", "dc=x", NULL, ERR_EXISTS },
		{ "ou=people", "dc=x", NULL, ERR_EXISTS },
		{ "cn=x,ou=cats", "dc=x", NULL, ERR_VALUE },
		{ "cn=x,cn=y,ou=people", "dc=x", NULL, ERR_VALUE },
		{ "nosuch=x", "dc=x", NULL, ERR_VALUE },
	};
	make_ann(f, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct entry *entry = pointer(f, rows[i].dn, rows[i].alias, rows[i].url);
		struct outcome outcome = create(f, &f->operator, f->acme, entry);
		if (outcome.err != rows[i].err)
			fail_msg("%s: %s", rows[i].dn, err_row(outcome.err)->name);
	}
}

static void a_person_does_not_come_where_an_alias_is(void **state)
{
	struct fixture *f = *state;
	struct ref ann = make_ann(f, NULL);
	make(f, f->acme, pointer(f, "cn=ann other,ou=people", "dc=x", NULL));
	make(f, f->acme, pointer(f, "uid=bob,ou=people", "dc=x", NULL));
	assert_err(rename_to(f, ann, "cn=Ann Other"), ERR_EXISTS);
	assert_err(create(f, &f->operator, f->acme, new_entry(f, KIND_USER, "bob")), ERR_EXISTS);
	assert_err(create(f, &f->operator, f->globex, new_entry(f, KIND_USER, "bob")), OK);
}

/* ---- the mark of a membership ---- */

static bool is_marked(struct fixture *f, struct ref group, struct ref member)
{
	struct edge edge;
	assert_true(view_edge(look(f), f->acme, group.number, member.number, &edge));
	return edge.member_has_rdn;
}

static void a_membership_knows_whether_its_member_is_named_otherwise(void **state)
{
	struct fixture *f = *state;
	struct ref group = make_named(f, f->acme, KIND_GROUP, "staff");
	struct ref other = make_named(f, f->acme, KIND_GROUP, "night");
	struct ref ann = make_ann(f, NULL);
	must_join(f, group, ann);
	assert_false(is_marked(f, group, ann));
	assert_err(rename_to(f, ann, "cn=Ann Other"), OK);
	assert_true(is_marked(f, group, ann));
	must_join(f, other, ann);
	assert_true(is_marked(f, other, ann));
	assert_err(rename_to(f, ann, "uid=ann"), OK);
	assert_false(is_marked(f, group, ann) || is_marked(f, other, ann));
}

#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_entry_has_one_name_in_the_tree),
		T(the_name_follows_the_values_that_made_it),
		T(the_kinds_own_name_is_kept_as_none),
		T(what_cannot_name_a_person_is_refused),
		T(two_people_have_not_the_same_name),
		T(an_alias_or_referral_stands_where_nothing_else_does),
		T(a_person_does_not_come_where_an_alias_is),
		T(a_membership_knows_whether_its_member_is_named_otherwise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
