#include "unit.h"

#include "model/attr.h"
#include "model/kind.h"

static void every_row_is_found_by_its_names_and_no_number_is_used_twice(void **state)
{
	bool used[ATTR_LIMIT] = { false };
	size_t count;
	const struct attr_row *rows = attr_rows(&count);

	(void)state;
	assert_true(count > 80);
	for (size_t i = 0; i < count; i++) {
		bool hidden = (rows[i].flags & ATTR_INTERNAL) != 0;
		enum attr shown = hidden ? ATTR_NONE : rows[i].attr;
		assert_false(used[rows[i].attr]);
		used[rows[i].attr] = true;
		assert_ptr_equal(attr_row(rows[i].attr), &rows[i]);
		assert_int_equal(attr_by_name(span_str(rows[i].name)), rows[i].attr);
		if (rows[i].ldap != NULL)
			assert_int_equal(attr_by_ldap(span_str(rows[i].ldap)), shown);
		if (rows[i].oid != NULL)
			assert_int_equal(attr_by_ldap(span_str(rows[i].oid)), shown);
	}
}

static void an_unknown_number_has_the_row_of_none(void **state)
{
	(void)state;
	assert_int_equal(attr_row(ATTR_NONE)->attr, ATTR_NONE);
	assert_int_equal(attr_row((enum attr)350)->attr, ATTR_NONE);
	assert_int_equal(attr_row((enum attr)100000)->attr, ATTR_NONE);
	assert_true(attr_is_hidden(ATTR_NONE));
}

static void ldap_names_have_no_case_and_aliases_work(void **state)
{
	static const struct {
		const char *name;
		enum attr attr;
	} rows[] = {
		{ "UID", ATTR_USER_NAME },
		{ "userid", ATTR_USER_NAME },
		{ "commonName", ATTR_COMMON_NAME },
		{ "Surname", ATTR_FAMILY_NAME },
		{ "rfc822Mailbox", ATTR_EMAIL },
		{ "organizationName", ATTR_ORGANIZATION },
		{ "organizationalUnitName", ATTR_DIVISION },
		{ "localityName", ATTR_LOCALITY },
		{ "0.9.2342.19200300.100.1.3", ATTR_EMAIL },
		{ "1.3.6.1.1.16.4", ATTR_ID },
		{ "cn;lang-de", ATTR_NONE },
		{ "cn ", ATTR_NONE },
		{ "", ATTR_NONE },
		{ "nonsense", ATTR_NONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(attr_by_ldap(span_str(rows[i].name)), rows[i].attr);
}

#define CORE_USER "urn:ietf:params:scim:schemas:core:2.0:User:"
#define CORE_GROUP "urn:ietf:params:scim:schemas:core:2.0:Group:"
#define ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:"
#define MUSTER "urn:ietf:params:scim:schemas:extension:muster:2.0:User:"

static void scim_paths_mean_what_the_kind_makes_of_them(void **state)
{
	static const struct {
		enum kind kind;
		const char *path;
		enum attr attr;
	} rows[] = {
		{ KIND_USER, "userName", ATTR_USER_NAME },
		{ KIND_USER, "USERNAME", ATTR_USER_NAME },
		{ KIND_USER, CORE_USER "userName", ATTR_USER_NAME },
		{ KIND_USER, CORE_GROUP "displayName", ATTR_NONE },
		{ KIND_USER, "displayName", ATTR_DISPLAY_NAME },
		{ KIND_ROLE, "displayName", ATTR_COMMON_NAME },
		{ KIND_SCOPE, CORE_GROUP "displayName", ATTR_COMMON_NAME },
		{ KIND_ROLE, "name.formatted", ATTR_NONE },
		{ KIND_USER, "name.formatted", ATTR_COMMON_NAME },
		{ KIND_USER, "name", ATTR_NONE },
		{ KIND_USER, "emails", ATTR_EMAIL },
		{ KIND_USER, "emails.value", ATTR_EMAIL },
		{ KIND_USER, "emails.type", ATTR_EMAIL_TYPE },
		{ KIND_USER, "groups", ATTR_MEMBER_OF },
		{ KIND_GROUP, "members", ATTR_MEMBER },
		{ KIND_GROUP, "members.value", ATTR_MEMBER },
		{ KIND_USER, "members", ATTR_NONE },
		{ KIND_ROLE, "userName", ATTR_NONE },
		{ KIND_USER, ENTERPRISE "department", ATTR_DEPARTMENT },
		{ KIND_USER, ENTERPRISE "manager", ATTR_MANAGER },
		{ KIND_USER, ENTERPRISE "manager.value", ATTR_MANAGER },
		{ KIND_USER, ENTERPRISE "userName", ATTR_NONE },
		{ KIND_USER, CORE_USER "department", ATTR_NONE },
		{ KIND_USER, "department", ATTR_DEPARTMENT },
		{ KIND_USER, MUSTER "statusReason", ATTR_STATUS_REASON },
		{ KIND_USER, "meta.lastModified", ATTR_MODIFIED },
		{ KIND_GROUP, "meta.lastModified", ATTR_MODIFIED },
		{ KIND_USER, "passwordHash", ATTR_NONE },
		{ KIND_USER, "", ATTR_NONE },
		{ KIND_NONE, "userName", ATTR_NONE },
		{ KIND_COUNT, "userName", ATTR_NONE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(attr_by_scim(rows[i].kind, span_str(rows[i].path)), rows[i].attr);
}

static void sub_attributes_of_one_complex_attribute_are_a_family(void **state)
{
	(void)state;
	assert_int_equal(attr_family(ATTR_EMAIL_PRIMARY), ATTR_EMAIL);
	assert_int_equal(attr_family(ATTR_EMAIL), ATTR_EMAIL);
	assert_int_equal(attr_family(ATTR_ADDRESS_TYPE), ATTR_STREET);
	assert_int_equal(attr_family(ATTR_LINK_DN), ATTR_LINK);
	assert_int_equal(attr_family(ATTR_USER_NAME), ATTR_USER_NAME);
	assert_int_equal(attr_family(ATTR_NONE), ATTR_NONE);
}

static void secrets_and_machinery_are_hidden(void **state)
{
	(void)state;
	assert_true(attr_is_hidden(ATTR_PASSWORD));
	assert_true(attr_is_hidden(ATTR_TOKEN_DIGEST));
	assert_true(attr_is_hidden(ATTR_LINK));
	assert_false(attr_is_hidden(ATTR_EMAIL));
	assert_int_equal(attr_by_ldap(SPAN("userPassword")), ATTR_PASSWORD);
}

static void kinds_are_found_by_word_and_container(void **state)
{
	(void)state;
	assert_int_equal(kind_by_word(SPAN("User")), KIND_USER);
	assert_int_equal(kind_by_ou(SPAN("PEOPLE")), KIND_USER);
	assert_int_equal(kind_by_ou(SPAN("user")), KIND_NONE);
	assert_int_equal(kind_by_word(SPAN("")), KIND_NONE);
	assert_null(kind_row(KIND_NONE));
	assert_null(kind_row(KIND_COUNT));
	assert_null(kind_row((enum kind) - 1));
	assert_int_equal(kind_row(KIND_USER)->naming, ATTR_USER_NAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_found_by_its_names_and_no_number_is_used_twice),
		cmocka_unit_test(an_unknown_number_has_the_row_of_none),
		cmocka_unit_test(ldap_names_have_no_case_and_aliases_work),
		cmocka_unit_test(scim_paths_mean_what_the_kind_makes_of_them),
		cmocka_unit_test(sub_attributes_of_one_complex_attribute_are_a_family),
		cmocka_unit_test(secrets_and_machinery_are_hidden),
		cmocka_unit_test(kinds_are_found_by_word_and_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
