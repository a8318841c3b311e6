#include "in/sync/settings.h"
#include "unit.h"

#include <arpa/inet.h>
#include <stdio.h>

static struct arena *arena;
static struct entry *entry;
static struct settings settings;
static struct why why;

static void put(enum attr attr, const char *text)
{
	static uint16_t instance;

	assert_int_equal(entry_add(entry, attr, attr_has(attr, ATTR_SINGLE) ? 0 : instance++,
				 SOURCE_LOCAL, span_str(text), NULL),
		OK);
}

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	entry = entry_new(arena, KIND_DIRECTORY);
	why = (struct why){ 0 };
	put(ATTR_COMMON_NAME, "corp");
	put(ATTR_URI, "ldaps://ldap.example.com");
	put(ATTR_BASE_DN, "dc=example,dc=com");
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static enum err read_it(void)
{
	return settings_read(arena, entry, &settings, &why);
}

static void a_plain_directory_has_sensible_defaults(void **state)
{
	(void)state;
	assert_int_equal(read_it(), OK);
	assert_true(mapping_gives(settings.mapping, ATTR_USER_NAME));
	assert_true(mapping_gives(settings.mapping, ATTR_PASSWORD));
	assert_false(mapping_gives(settings.mapping, ATTR_NICK_NAME));
	assert_int_equal(settings.limits.numbers[LIMIT_OF_DEACTIVATE], 20);
	assert_int_equal(settings.limits.numbers[LIMIT_OF_DEACTIVATE_PERCENT], 10);
	assert_true(span_has_nocase(settings.filter, SPAN("(objectClass=inetOrgPerson)")));
	assert_true(span_has_nocase(settings.filter, SPAN("(objectClass=organizationalUnit)")));
}

static void rows_of_the_mapping_say_what_the_directory_gives(void **state)
{
	(void)state;
	put(ATTR_MAPPING, "user_name=employeeNumber");
	put(ATTR_MAPPING, "userPassword=");
	put(ATTR_MAPPING, "nick_name = lower(mail)");
	assert_int_equal(read_it(), OK);
	assert_int_equal(settings.rows.count, 3);
	assert_false(mapping_gives(settings.mapping, ATTR_PASSWORD));
	assert_true(mapping_gives(settings.mapping, ATTR_NICK_NAME));
}

static void no_mapping_reaches_what_rights_hang_on(void **state)
{
	static const char *const rows[] = { "permission=x", "musterPermission=x", "active=x",
		"link=x", "id=x", "memberOf=x", "nonsense=x", "inactive_reason=x", "manager=x" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		entry_remove(entry, ATTR_MAPPING);
		put(ATTR_MAPPING, rows[i]);
		why = (struct why){ 0 };
		assert_int_equal(read_it(), ERR_VALUE);
		assert_string_equal(why.attribute, "map");
	}
}

static void an_attribute_name_cannot_carry_anything_else(void **state)
{
	(void)state;
	put(ATTR_MAPPING, "title=x)(uid=*");
	assert_int_equal(read_it(), ERR_VALUE);
}

static void the_user_name_must_come_from_somewhere(void **state)
{
	(void)state;
	put(ATTR_MAPPING, "user_name=");
	assert_int_equal(read_it(), ERR_VALUE);
}

static void rules_and_group_mapping_are_read(void **state)
{
	(void)state;
	put(ATTR_DISABLED_RULE, "employeeType=leaver");
	put(ATTR_DISABLED_RULE, "shadowExpire<today");
	put(ATTR_DISABLED_RULE, "nsAccountLock=*");
	put(ATTR_GROUP_MAPPING, "Team = A=role:Technician");
	put(ATTR_GROUP_MAPPING, "site-lyon=scope:Lyon: Vaise");
	assert_int_equal(read_it(), OK);
	assert_int_equal(settings.disabled.count, 3);
	assert_span(settings.targets[0].group, "Team = A");
	assert_int_equal(settings.targets[0].kind, KIND_ROLE);
	assert_int_equal(settings.targets[1].kind, KIND_SCOPE);
	assert_span(settings.targets[1].name, "Lyon: Vaise");
}

static void malformed_rows_name_their_attribute(void **state)
{
	static const struct {
		enum attr attr;
		const char *text, *named;
	} rows[] = {
		{ ATTR_DISABLED_RULE, "employeeType", "disabledRule" },
		{ ATTR_DISABLED_RULE, "a b=c", "disabledRule" },
		{ ATTR_DISABLED_RULE, "shadowExpire<tomorrow", "disabledRule" },
		{ ATTR_GROUP_MAPPING, "group=Technician", "groupMap" },
		{ ATTR_GROUP_MAPPING, "=role:x", "groupMap" },
		{ ATTR_DISABLED_PRESET, "novell", "disabledPreset" },
		{ ATTR_SCOPE_RULE, "employeeType", "scopeRule" },
		{ ATTR_AUTHORITY, "title=mine", "authorityRule" },
		{ ATTR_USER_FILTER, "objectClass=*", "userFilter" },
		{ ATTR_USER_FILTER, "(objectClass=*))(|(objectClass=*)", "userFilter" },
		{ ATTR_USER_FILTER, "(objectClass=\\zz)", "userFilter" },
		{ ATTR_USER_FILTER, "(objectClass=a", "userFilter" },
		{ ATTR_GROUP_FILTER, "(objectClass=b)(objectClass=d)", "groupFilter" },
		{ ATTR_LIMIT_PERCENT, "101", "limitPercent" },
		{ ATTR_CA_FILE, "ca.pem", "caFile" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put(rows[i].attr, rows[i].text);
		why = (struct why){ 0 };
		assert_int_not_equal(read_it(), OK);
		assert_string_equal(why.attribute, rows[i].named);
		entry_remove(entry, rows[i].attr);
	}
}

static void sixteen_are_told_and_no_more(void **state)
{
	char address[32];

	(void)state;
	for (int i = 0; i < 16; i++) {
		snprintf(address, sizeof(address), "person%d@acme.example", i);
		put(ATTR_CONTACT, address);
	}
	assert_int_equal(read_it(), OK);
	put(ATTR_CONTACT, "one.more@acme.example");
	assert_int_equal(read_it(), ERR_TOO_MANY);
	assert_string_equal(why.attribute, "contacts");
}

static void a_filter_that_would_hide_who_leaves_is_refused_with_the_way_out(void **state)
{
	static const struct {
		enum attr attr;
		const char *filter, *text;
	} cases[] = {
		{ ATTR_USER_FILTER, "(&(objectClass=user)(objectCategory=person))",
			"deleted entries have no objectCategory" },
		{ ATTR_USER_FILTER, "(&(objectClass=person)(employeeType=internal))",
			"scope rule, as in \"employeeType=internal\"" },
		{ ATTR_USER_FILTER, "(!(!(OBJECTCLASS=person)(uid=a*)))", "expected" },
		{ ATTR_USER_FILTER, "(&(!(uid=adm*))(objectClass=x))", "(uid=adm*)" },
		{ ATTR_USER_FILTER, "(:caseExactMatch:=person)", "vanish" },
		{ ATTR_USER_FILTER, "(memberOf=cn=x)", "vanish" },
		{ ATTR_GROUP_FILTER, "(&(objectClass=group)(cn=app-*))", "group mapping" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(cases[i].attr, cases[i].filter);
		why = (struct why){ 0 };
		assert_int_equal(read_it(), ERR_VALUE);
		assert_non_null(strstr(why.text, cases[i].text));
		entry_remove(entry, cases[i].attr);
	}
	put(ATTR_USER_FILTER, "(&(objectClass=person)(!(objectClass=computer)))");
	assert_int_equal(read_it(), OK);
}

static void another_place_makes_another_digest(void **state)
{
	uint8_t place[32], grants[32];

	(void)state;
	assert_int_equal(read_it(), OK);
	memcpy(place, settings.place, sizeof(place));
	memcpy(grants, settings.grants, sizeof(grants));
	put(ATTR_GROUP_MAPPING, "a=role:b");
	assert_int_equal(read_it(), OK);
	assert_memory_equal(place, settings.place, sizeof(place));
	assert_memory_not_equal(grants, settings.grants, sizeof(grants));
	put(ATTR_USER_FILTER, "(objectClass=person)");
	assert_int_equal(read_it(), OK);
	assert_memory_not_equal(place, settings.place, sizeof(place));
	memcpy(place, settings.place, sizeof(place));
	put(ATTR_SCOPE_RULE, "employeeType=internal");
	assert_int_equal(read_it(), OK);
	assert_memory_not_equal(place, settings.place, sizeof(place));
}

static void a_uri_is_a_scheme_a_host_and_a_port(void **state)
{
	struct address address;

	(void)state;
	assert_int_equal(address_parse(SPAN("ldap://h.example:1389/"), &address, &why), OK);
	assert_string_equal(address.host, "h.example");
	assert_string_equal(address.port, "1389");
	assert_false(address.tls);
	assert_int_equal(address_parse(SPAN("LDAPS://[2001:db8::1]"), &address, &why), OK);
	assert_string_equal(address.host, "2001:db8::1");
	assert_string_equal(address.port, "636");
	static const char *const bad[] = { "", "ldap://", "ldapi://%2ftmp", "cldap://h", "http://h",
		"ldap://h:0", "ldap://h:65536", "ldap://h:", "ldap://h/dc=x", "ldap://u@h",
		"ldap://h h", "ldap://[::1", "ldap://h?x", "ldap://fe80::1%lo" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(address_parse(span_str(bad[i]), &address, &why), ERR_VALUE);
}

static void this_machine_and_the_link_are_told_apart_from_the_world(void **state)
{
	static const struct {
		const char *host;
		bool refused;
	} hosts[] = {
		{ "127.0.0.1", true },
		{ "127.9.9.9", true },
		{ "127.1", true },
		{ "2130706433", true },
		{ "0.0.0.0", true },
		{ "169.254.169.254", true },
		{ "224.0.0.1", true },
		{ "::1", true },
		{ "::", true },
		{ "fe80::1", true },
		{ "ff02::1", true },
		{ "::ffff:127.0.0.1", true },
		{ "::ffff:169.254.1.1", true },
		{ "localhost", true },
		{ "10.0.0.1", false },
		{ "192.0.2.1", false },
		{ "2001:db8::1", false },
		{ "::ffff:10.0.0.1", false },
		{ "ldap.example.com", false },
	};
	struct address address = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		memcpy(address.host, hosts[i].host, strlen(hosts[i].host) + 1);
		assert_int_equal(address_literal_is_refused(&address), hosts[i].refused);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_plain_directory_has_sensible_defaults),
		TEST(rows_of_the_mapping_say_what_the_directory_gives),
		TEST(no_mapping_reaches_what_rights_hang_on),
		TEST(an_attribute_name_cannot_carry_anything_else),
		TEST(the_user_name_must_come_from_somewhere),
		TEST(rules_and_group_mapping_are_read),
		TEST(malformed_rows_name_their_attribute),
		TEST(sixteen_are_told_and_no_more),
		TEST(a_filter_that_would_hide_who_leaves_is_refused_with_the_way_out),
		TEST(another_place_makes_another_digest),
		TEST(a_uri_is_a_scheme_a_host_and_a_port),
		TEST(this_machine_and_the_link_are_told_apart_from_the_world),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
