#include "in/mapping/mapping.h"

#include "../dice.h"
#include "base/clock.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW (INT64_C(1795359600) * SECOND) /* 2026-11-22T15:00:00Z */
#define THEIRS_MAX 16

static struct arena *arena;
static struct texts rows, scope, disabled;
static struct span preset;
static enum mapping_server server;
static struct mapping *mapping;
static struct mapped mapped;
static struct why why;

/* The entry of theirs: "name", value, "name", value, ... */
static const char *given[2 * THEIRS_MAX + 1];
static const char *dn;

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	rows.count = scope.count = disabled.count = 0;
	preset = SPAN_NONE;
	server = MAPPING_OPENLDAP;
	why = (struct why){ 0 };
	memset(given, 0, sizeof(given));
	given[0] = "uid";
	given[1] = "zoe";
	dn = "uid=zoe,ou=Lyon,ou=People,dc=acme,dc=test";
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void add(struct texts *texts, const char *text)
{
	texts->rows[texts->count++] = span_str(text);
}

static enum err compile(void)
{
	struct mapping_texts texts = { &rows, &scope, &disabled, preset, server };

	why = (struct why){ 0 };
	return mapping_compile(arena, &texts, &mapping, &why);
}

static struct theirs theirs_of(struct span name)
{
	struct span *values = arena_array(arena, THEIRS_MAX, sizeof(*values));
	struct theirs theirs = { values, 0 };

	for (size_t i = 0; given[i]; i += 2)
		if (span_equal_nocase(span_str(given[i]), name))
			values[theirs.count++] = span_str(given[i + 1]);
	return theirs;
}

static struct mapping_entry entry(void)
{
	size_t count;
	const struct span *names = mapping_wanted(mapping, &count);
	struct theirs *attributes = arena_array(arena, count, sizeof(*attributes));

	for (size_t i = 0; i < count; i++)
		attributes[i] = theirs_of(names[i]);
	return (struct mapping_entry){ span_str(dn), attributes };
}

static void apply(void)
{
	struct mapping_entry in;

	assert_int_equal(compile(), OK);
	in = entry();
	mapping_apply(mapping, arena, &in, NOW, &mapped);
}

/* All values of the attribute with "|" between. */
static const char *ours(enum attr attr)
{
	char *text = arena_printf(arena, "%s", "");

	for (size_t i = 0; i < mapped.count; i++)
		if (mapped.values[i].attr == attr)
			text = arena_printf(arena, "%s%s%.*s", text, *text ? "|" : "",
				SPAN_ARGS(mapped.values[i].octets));
	return text;
}

static void give(size_t i, const char *name, const char *value)
{
	given[2 * i] = name;
	given[2 * i + 1] = value;
}

/* What one row gives of one value of theirs. */
static const char *title_by(const char *row, const char *value)
{
	rows.count = 0;
	add(&rows, row);
	give(1, value ? "x" : NULL, value);
	apply();
	return ours(ATTR_TITLE);
}

/* ---- rows ---- */

static void a_plain_name_is_the_attribute_with_all_its_values(void **state)
{
	(void)state;
	add(&rows, " email = mail ");
	give(1, "mail", "a@acme.test");
	give(2, "MAIL", "b@acme.test");
	apply();
	assert_string_equal(ours(ATTR_EMAIL), "a@acme.test|b@acme.test");
	assert_string_equal(ours(ATTR_USER_NAME), "zoe");
	assert_int_equal(mapped.state, ENTRY_ACTIVE);
	assert_int_equal(mapped.expiry, 0);
}

static void each_server_has_its_defaults(void **state)
{
	(void)state;
	give(1, "sAMAccountName", "zoe7");
	give(2, "employeeID", "E1");
	give(3, "employeeNumber", "E2");
	give(4, "department", "Quality");
	give(5, "departmentNumber", "Q");
	apply();
	assert_string_equal(ours(ATTR_USER_NAME), "zoe");
	assert_string_equal(ours(ATTR_EMPLOYEE_NUMBER), "E2");
	assert_string_equal(ours(ATTR_DEPARTMENT), "Q");
	assert_true(mapping_gives(mapping, ATTR_PASSWORD));
	server = MAPPING_AD;
	apply();
	assert_string_equal(ours(ATTR_USER_NAME), "zoe7");
	assert_string_equal(ours(ATTR_EMPLOYEE_NUMBER), "E1");
	assert_string_equal(ours(ATTR_DEPARTMENT), "Quality");
	assert_false(mapping_gives(mapping, ATTR_PASSWORD));
}

static void a_row_replaces_its_default_and_an_empty_one_takes_it_away(void **state)
{
	(void)state;
	add(&rows, "telephoneNumber=");
	add(&rows, "title=x");
	add(&rows, "title=title");
	give(1, "telephoneNumber", "1");
	give(2, "title", "Boss");
	apply();
	assert_string_equal(ours(ATTR_PHONE), "");
	assert_string_equal(ours(ATTR_TITLE), "Boss");
	assert_false(mapping_gives(mapping, ATTR_PHONE));
}

static void every_transform_does_what_it_says(void **state)
{
	static const struct {
		const char *row, *value, *result;
	} cases[] = {
		{ "title=lower(x)", "ZoË ÅSA", "zoë åsa" },
		{ "title=upper(x)", "zoë ß", "ZOË ẞ" },
		{ "title=trim(x)", "  a b\t", "a b" },
		{ "title=split(x, \":\", 2)", "SMTP:a@b", "a@b" },
		{ "title=split(x, \":\", -1)", "a:b:c", "c" },
		{ "title=split(x, \":\", -3)", "a:b:c", "a" },
		{ "title=split(x, \":\", -4)", "a:b:c", "" },
		{ "title=split(x, \":\", 2)", "a::c", "" },
		{ "title=split(x, \"::\", 2)", "a::c", "c" },
		{ "title=split(x, \":\")", ":a:b", "a" },
		{ "title=join(split(x, \":\"), \"/\")", "a:b:c", "a/b/c" },
		{ "title=join(split(x, \":\"), \"\")", "a:b:c", "abc" },
		{ "title=map(x, \"a\"->\"1\", \"B\"->\"2\")", "b", "2" },
		{ "title=map(x, \"a\"->\"1\", \"B\"->\"2\")", "c", "" },
		{ "title=map(x, \"a\"->\"1\", \"other\")", "c", "other" },
		{ "title=map(x, \"é\"->\"1\")", "E\xcc\x81", "1" },
		{ "title=first(map(x, \"a\"->\"1\"), constant(\"none\"))", "c", "none" },
		{ "title=first(map(x, \"a\"->\"1\", \"z\"), constant(\"none\"))", NULL, "none" },
		{ "title=template(\"{x}.{uid}@acme.test\")", "a", "a.zoe@acme.test" },
		{ "title=template(\"{x}.{uid}@acme.test\")", NULL, "" },
		{ "title=template(\"{{{x}}}\")", "a", "{a}" },
		{ "title=lower(template(\"{x}-{ uid }\"))", "A", "a-zoe" },
		{ "title=constant(\"a \\\"b\\\" \\\\\")", NULL, "a \"b\" \\" },
		{ "title=filetime(x)", "133524576000000000", "20240215080000Z" },
		{ "title=filetime(x)", "0", "" },
		{ "title=filetime(x)", "9223372036854775807", "" },
		{ "title=filetime(x)", "18446744073709551615", "" },
		{ "title=filetime(x)", "soon", "" },
		{ "title=rdn(\"OU\")", NULL, "Lyon" },
		{ "title=first(rdn(\"l\"), rdn(\"dc\"))", NULL, "acme" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *result = title_by(cases[i].row, cases[i].value);
		if (strcmp(result, cases[i].result) != 0)
			print_message("%s: \"%s\"\n", cases[i].row, result);
		assert_string_equal(result, cases[i].result);
	}
}

static void what_is_not_utf8_stays_as_it_is_for_others_to_refuse(void **state)
{
	(void)state;
	assert_string_equal(title_by("title=lower(x)", "A\xff"), "A\xff");
	assert_string_equal(title_by("title=upper(x)", "\xc3"), "\xc3");
}

/* ... and so is told by whoever stores it. */
static void a_value_beyond_the_limit_stays_beyond_it(void **state)
{
	char *big = arena_alloc(arena, 2 * LIMIT_VALUE_OCTETS + 1);

	(void)state;
	memset(big, 'a', 2 * LIMIT_VALUE_OCTETS);
	big[2 * LIMIT_VALUE_OCTETS] = '\0';
	assert_int_equal(strlen(title_by("title=x", big)), MAPPED_VALUE_MAX);
	assert_int_equal(strlen(title_by("title=upper(x)", big)), MAPPED_VALUE_MAX);
	big[LIMIT_VALUE_OCTETS] = '\0';
	assert_string_equal(title_by("title=x", big), big);
	assert_int_equal(strlen(title_by("title=template(\"{x}!?\")", big)), MAPPED_VALUE_MAX);
}

static void malformed_rows_name_the_row_and_the_place(void **state)
{
	static const struct {
		const char *row, *place;
	} cases[] = {
		{ "email", "\"email\" at character 1:" },
		{ "nonsense=mail", "\"nonsense=mail\" at character 1:" },
		{ "email=lower(mail", "at character 17:" },
		{ "email=lower(mail))", "at character 18:" },
		{ "email=louder(mail)", "at character 7: there is no such transform" },
		{ "email=lower()", "at character 13:" },
		{ "email=join(mail)", "at character 16:" },
		{ "email=split(mail, \"\")", "at character 21: the text is empty" },
		{ "email=split(mail, \"@\", 0)", "at character 25:" },
		{ "email=map(mail, \"a\")", "at character 20: expected a row of the table" },
		{ "email=map(mail, \"a\"->b)", "at character 22:" },
		{ "email=constant(\"a)", "at character 19: the quotes are not closed" },
		{ "email=constant(\"\\n\")", "at character 18:" },
		{ "email=template(\"{mail\")", "not paired" },
		{ "email=template(\"mail}\")", "not paired" },
		{ "email=template(\"{a b}\")", "between { and }" },
		{ "email=template(\"\")", "empty" },
		{ "email=mail)(uid=*", "at character 11:" },
		{ "title=\xc3\xa9\xc3\xa9", "at character 7:" },
		{ "title=memberOf", "group mapping" },
		{ "title=userPassword", "a secret" },
		{ "title=template(\"{unicodePwd}\")", "a secret" },
		{ "password=lower(userPassword)", "as it is" },
		{ "title=first(first(first(first(first(first(first(first(first(x)))))))))",
			"too deep" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rows.count = 0;
		add(&rows, cases[i].row);
		assert_int_equal(compile(), ERR_VALUE);
		assert_string_equal(why.attribute, "map");
		if (!strstr(why.text, cases[i].place))
			print_message("%s: %s\n", cases[i].row, why.text);
		assert_non_null(strstr(why.text, cases[i].place));
	}
}

static void no_row_reaches_what_rights_or_links_hang_on(void **state)
{
	static const char *const names[] = { "permission", "active", "link", "id", "memberOf",
		"inactive_reason", "manager", "full_access", "role_claim", "external_id",
		"must_change", "auth_method", "musterPermission" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		rows.count = 0;
		add(&rows, arena_printf(arena, "%s=x", names[i]));
		assert_int_equal(compile(), ERR_VALUE);
	}
}

static void a_row_has_a_limited_number_of_parts(void **state)
{
	const char *row = "title=first(x";

	(void)state;
	for (size_t i = 0; i < 70; i++)
		row = arena_printf(arena, "%s,x", row);
	add(&rows, arena_printf(arena, "%s)", row));
	assert_int_equal(compile(), ERR_VALUE);
	assert_non_null(strstr(why.text, "too many parts"));
}

static void the_user_name_must_come_from_somewhere(void **state)
{
	(void)state;
	add(&rows, "user_name=");
	assert_int_equal(compile(), ERR_VALUE);
}

/* ---- scope ---- */

static bool in_scope(const char *rule)
{
	scope.count = 0;
	add(&scope, rule);
	apply();
	if (mapped.state == ENTRY_OUT_OF_SCOPE)
		assert_span(mapped.rule, rule);
	return mapped.state == ENTRY_ACTIVE;
}

static void every_scope_rule_decides(void **state)
{
	static const struct {
		const char *rule;
		bool holds;
	} cases[] = {
		{ "employeeType=internal", true },
		{ "employeeType = INTERNAL", true },
		{ "EMPLOYEETYPE=\"internal\"", true },
		{ "employeeType=external", false },
		{ "employeeType!=external", true },
		{ "employeeType!=internal", false },
		{ "employeeType=(external, Internal)", true },
		{ "employeeType=(external,\"temp, short\")", false },
		{ "employeeType!=(external,\"temp, short\")", true },
		{ "l=(Lyon, \"Brno, CZ\")", true },
		{ "mail=*", false },
		{ "mail!=*", true },
		{ "mail!=a@b", true },
		{ "uid=*", true },
		{ "uid=zo*", true },
		{ "uid=ZO*", true },
		{ "uid=o*", false },
		{ "uid!=adm-*", true },
		{ "uid=\"zo*\"", false },
		{ "userAccountControl&512", true },
		{ "userAccountControl&514", false },
		{ "userAccountControl!&2", true },
		{ "below ou=people,dc=ACME,dc=test", true },
		{ "below ou=Leavers,dc=acme,dc=test", false },
		{ "not below ou=Leavers,dc=acme,dc=test", true },
		{ "not below OU=Lyon, ou=People,dc=acme,dc=test", false },
	};

	(void)state;
	give(1, "employeeType", "internal");
	give(2, "l", "brno,  cz");
	give(3, "userAccountControl", "66048");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool holds = in_scope(cases[i].rule);
		if (holds != cases[i].holds)
			print_message("%s\n", cases[i].rule);
		assert_int_equal(holds, cases[i].holds);
	}
}

static void all_scope_rules_must_hold_and_the_first_that_does_not_is_named(void **state)
{
	(void)state;
	add(&scope, "uid=*");
	add(&scope, "employeeType=internal");
	add(&scope, "mail=*");
	apply();
	assert_int_equal(mapped.state, ENTRY_OUT_OF_SCOPE);
	assert_span(mapped.rule, "employeeType=internal");
	assert_string_equal(ours(ATTR_USER_NAME), "zoe");
}

static void malformed_rules_name_the_place(void **state)
{
	static const char *const bad[] = { "", "employeeType", "employeeType=", "a b=c", "uid=a*b",
		"uid=(a", "uid=()", "uid=(a,)", "uid=\"a", "uid=\"a\" b", "uid&x", "uid&0", "uid!",
		"uid!x", "below", "below x", "below ", "shadowExpire<today", "memberOf=cn=x",
		"uid<tomorrow", "userPassword=x", "=x" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		scope.count = 0;
		add(&scope, bad[i]);
		if (compile() != ERR_VALUE)
			print_message("%s\n", bad[i]);
		assert_int_equal(compile(), ERR_VALUE);
		assert_string_equal(why.attribute, "scopeRule");
		assert_non_null(strstr(why.text, "at character"));
	}
}

/* ---- disabled ---- */

static enum entry_state state_by(const char *name, const char *value)
{
	give(1, name, value);
	apply();
	return mapped.state;
}

static void active_directory_disables_by_bit_two_and_by_time(void **state)
{
	(void)state;
	server = MAPPING_AD;
	assert_int_equal(state_by("userAccountControl", "512"), ENTRY_ACTIVE);
	assert_int_equal(state_by("userAccountControl", "514"), ENTRY_DISABLED);
	assert_span(mapped.rule, "userAccountControl&2");
	assert_int_equal(state_by("accountExpires", "0"), ENTRY_ACTIVE);
	assert_int_equal(mapped.expiry, 0);
	assert_int_equal(state_by("accountExpires", "9223372036854775807"), ENTRY_ACTIVE);
	assert_int_equal(state_by("accountExpires", "133524576000000000"), ENTRY_EXPIRED);
	assert_span(mapped.rule, "accountExpires<now");
	assert_int_equal(state_by("accountExpires", "159000000000000000"), ENTRY_ACTIVE);
	assert_true(mapped.expiry > NOW);
	assert_string_equal(ours(ATTR_ACCOUNT_EXPIRES), "21041107184000Z");
}

static void a_lock_out_and_a_password_to_change_disable_nobody(void **state)
{
	(void)state;
	assert_int_equal(state_by("pwdAccountLockedTime", "20261122145959Z"), ENTRY_ACTIVE);
	assert_int_equal(state_by("pwdReset", "TRUE"), ENTRY_ACTIVE);
	server = MAPPING_AD;
	assert_int_equal(state_by("lockoutTime", "133524576000000000"), ENTRY_ACTIVE);
	assert_int_equal(state_by("pwdLastSet", "0"), ENTRY_ACTIVE);
}

static void openldap_and_389_have_their_own_ways(void **state)
{
	(void)state;
	assert_int_equal(state_by("pwdAccountLockedTime", "000001010000Z"), ENTRY_DISABLED);
	assert_int_equal(state_by("shadowExpire", "20000"), ENTRY_EXPIRED);
	assert_int_equal(state_by("shadowExpire", "-1"), ENTRY_ACTIVE);
	assert_int_equal(state_by("shadowExpire", "30000"), ENTRY_ACTIVE);
	assert_int_equal(state_by("nsAccountLock", "true"), ENTRY_ACTIVE);
	server = MAPPING_389;
	assert_int_equal(state_by("nsAccountLock", "true"), ENTRY_DISABLED);
	assert_int_equal(state_by("nsAccountLock", "false"), ENTRY_ACTIVE);
	assert_int_equal(state_by("krbPrincipalExpiration", "20200101000000Z"), ENTRY_EXPIRED);
	server = MAPPING_OTHER;
	assert_int_equal(state_by("nsAccountLock", "TRUE"), ENTRY_DISABLED);
	assert_int_equal(state_by("userAccountControl", "2"), ENTRY_DISABLED);
}

static void a_preset_that_is_set_is_the_one(void **state)
{
	(void)state;
	preset = SPAN("389");
	assert_int_equal(state_by("pwdAccountLockedTime", "000001010000Z"), ENTRY_ACTIVE);
	assert_int_equal(state_by("nsAccountLock", "TRUE"), ENTRY_DISABLED);
	preset = SPAN("none");
	assert_int_equal(state_by("nsAccountLock", "TRUE"), ENTRY_ACTIVE);
	add(&disabled, "employeeType=(leaver, retired)");
	add(&disabled, "loginShell=/sbin/nologin");
	assert_int_equal(state_by("loginShell", "/sbin/nologin"), ENTRY_DISABLED);
	assert_span(mapped.rule, "loginShell=/sbin/nologin");
	preset = SPAN("novell");
	assert_int_equal(compile(), ERR_VALUE);
	assert_string_equal(why.attribute, "disabledPreset");
}

static void a_day_ends_before_or_behind_itself(void **state)
{
	const char *today = arena_printf(arena, "%d", (int)(NOW / SECOND / 86400));

	(void)state;
	preset = SPAN("none");
	add(&disabled, "shadowExpire<today");
	assert_int_equal(state_by("shadowExpire", today), ENTRY_ACTIVE);
	disabled.count = 0;
	add(&disabled, "shadowExpire<=today");
	assert_int_equal(state_by("shadowExpire", today), ENTRY_EXPIRED);
}

static void the_earlier_expiry_counts_and_disabled_says_more(void **state)
{
	(void)state;
	add(&rows, "account_expires=schacExpiryDate");
	give(1, "schacExpiryDate", "20270101000000Z");
	give(2, "shadowExpire", "30000");
	apply();
	assert_int_equal(mapped.state, ENTRY_ACTIVE);
	assert_string_equal(ours(ATTR_ACCOUNT_EXPIRES), "20270101000000Z");
	give(1, "schacExpiryDate", "20260101000000Z");
	apply();
	assert_int_equal(mapped.state, ENTRY_EXPIRED);
	assert_span(mapped.rule, "account_expires=schacExpiryDate");
	give(3, "pwdAccountLockedTime", "000001010000Z");
	apply();
	assert_int_equal(mapped.state, ENTRY_DISABLED);
}

static void a_preview_shows_each_row_and_which_one_stands(void **state)
{
	size_t count, winners = 0;
	struct mapping_entry in;

	(void)state;
	add(&rows, "title=x");
	add(&rows, "title=upper(uid)");
	add(&rows, "title=constant(\"c\")");
	assert_int_equal(compile(), OK);
	in = entry();
	const struct mapping_step *steps = mapping_steps(mapping, arena, &in, &count);
	for (size_t i = 0; i < count; i++)
		winners += steps[i].attr == ATTR_TITLE && steps[i].wins;
	assert_int_equal(winners, 1);
	assert_int_equal(steps[0].count, 0);
	assert_true(steps[1].wins);
	assert_span(steps[1].values[0], "ZOE");
	assert_false(steps[2].wins);
	assert_span(steps[2].values[0], "c");
}

/* ---- thousands of rows ---- */

/* A row made by chance, with what it must give of "x" = "Ab:c" and "y", which has no value. */
struct made {
	const char *text;  /* the expression */
	const char *value; /* NULL: none */
};

static char *changed(const char *text, int (*change)(int))
{
	char *to = arena_printf(arena, "%s", text);

	for (char *at = to; *at; at++)
		*at = (char)change(*at);
	return to;
}

static int low(int c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static int high(int c)
{
	return c >= 'a' && c <= 'z' ? c - 32 : c;
}

static struct made make(struct dice *dice, int depth)
{
	struct made a, b;

	switch (depth == 0 ? dice_roll(dice, 3) : dice_roll(dice, 10)) {
	case 0:
		return (struct made){ "x", "Ab:c" };
	case 1:
		return (struct made){ " y ", NULL };
	case 2:
		return (struct made){ "constant( \"Q:\\\"\" )", "Q:\"" };
	case 3:
		a = make(dice, depth - 1);
		return (struct made){ arena_printf(arena, "lower(%s)", a.text),
			a.value ? changed(a.value, low) : NULL };
	case 4:
		a = make(dice, depth - 1);
		return (struct made){ arena_printf(arena, "upper( %s)", a.text),
			a.value ? changed(a.value, high) : NULL };
	case 5:
		a = make(dice, depth - 1);
		b = make(dice, depth - 1);
		return (struct made){ arena_printf(arena, "first(%s,%s)", a.text, b.text),
			a.value ? a.value : b.value };
	case 6:
		a = make(dice, depth - 1);
		return (struct made){ arena_printf(arena, "split(%s, \":\", 1)", a.text),
			a.value ? arena_printf(arena, "%.*s", (int)strcspn(a.value, ":"), a.value)
				: NULL };
	case 7:
		a = make(dice, depth - 1);
		return (struct made){ arena_printf(arena, "map(%s, \"AB\"->\"m\" , \"n\")", a.text),
			!a.value                     ? NULL
			: !strcasecmp(a.value, "ab") ? "m"
						     : "n" };
	case 8:
		return (struct made){ "template(\"<{x}>\")", "<Ab:c>" };
	default:
		a = make(dice, depth - 1);
		return (struct made){ arena_printf(arena, "join(%s, \"-\")", a.text), a.value };
	}
}

static void thousands_of_rows_give_what_they_say(void **state)
{
	struct dice dice = { 20261122 };

	(void)state;
	give(1, "x", "Ab:c");
	for (int i = 0; i < 5000; i++) {
		struct made made = make(&dice, 4);
		rows.count = 0;
		add(&rows, arena_printf(arena, "title=%s", made.text));
		apply();
		const char *wanted = made.value && *made.value ? made.value : "";
		if (strcmp(ours(ATTR_TITLE), wanted) != 0)
			print_message(
				"%s: \"%s\", not \"%s\"\n", made.text, ours(ATTR_TITLE), wanted);
		assert_string_equal(ours(ATTR_TITLE), wanted);
		if (i % 100 == 0)
			arena_reset(arena);
	}
}

static void torn_and_mixed_rows_are_refused_or_give_something(void **state)
{
	static const char *const pieces[] = { "title=", "x", "(", ")", ",", "\"", "->", "first",
		"map(", "template(\"", "{", "}", "\\", "split(", "1", "-", " ", "\xc3", "!=", "&",
		"<today", "below ", "*", "=", "ou=x" };
	struct dice dice = { 42 };
	size_t good = 0;

	(void)state;
	give(1, "x", "Ab:c");
	for (int i = 0; i < 20000; i++) {
		const char *row = "title=";
		for (size_t n = dice_roll(&dice, 12); n > 0; n--)
			row = arena_printf(arena, "%s%s", row,
				pieces[dice_roll(&dice, sizeof(pieces) / sizeof(pieces[0]))]);
		rows.count = scope.count = disabled.count = 0;
		add(i % 3 == 0       ? &rows
			: i % 3 == 1 ? &scope
				     : &disabled,
			i % 3 == 0 ? row : row + strlen("title="));
		enum err err = compile();
		assert_true(err == OK || (err == ERR_VALUE && why.text[0]));
		if (!err) {
			struct mapping_entry in = entry();
			mapping_apply(mapping, arena, &in, NOW, &mapped);
			good++;
		}
		arena_reset(arena);
	}
	assert_true(good > 100);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_plain_name_is_the_attribute_with_all_its_values),
		TEST(each_server_has_its_defaults),
		TEST(a_row_replaces_its_default_and_an_empty_one_takes_it_away),
		TEST(every_transform_does_what_it_says),
		TEST(what_is_not_utf8_stays_as_it_is_for_others_to_refuse),
		TEST(a_value_beyond_the_limit_stays_beyond_it),
		TEST(malformed_rows_name_the_row_and_the_place),
		TEST(no_row_reaches_what_rights_or_links_hang_on),
		TEST(a_row_has_a_limited_number_of_parts),
		TEST(the_user_name_must_come_from_somewhere),
		TEST(every_scope_rule_decides),
		TEST(all_scope_rules_must_hold_and_the_first_that_does_not_is_named),
		TEST(malformed_rules_name_the_place),
		TEST(active_directory_disables_by_bit_two_and_by_time),
		TEST(a_lock_out_and_a_password_to_change_disable_nobody),
		TEST(openldap_and_389_have_their_own_ways),
		TEST(a_preset_that_is_set_is_the_one),
		TEST(a_day_ends_before_or_behind_itself),
		TEST(the_earlier_expiry_counts_and_disabled_says_more),
		TEST(a_preview_shows_each_row_and_which_one_stands),
		TEST(thousands_of_rows_give_what_they_say),
		TEST(torn_and_mixed_rows_are_refused_or_give_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
