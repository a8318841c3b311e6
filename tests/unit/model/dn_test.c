#include "../dice.h"
#include "unit.h"

#include "base/limits.h"
#include "model/naming.h"

#include <stdio.h>

static const char suffix[] = "dc=muster,dc=internal";

static struct dn parsed(struct arena *arena, const char *text)
{
	struct dn dn;
	struct why why = { 0 };

	if (dn_parse(arena, span_str(text), &dn, &why) != OK)
		fail_msg("\"%s\": %s", text, why.text);
	return dn;
}

static void the_examples_of_rfc_4514_have_their_normal_form(void **state)
{
	static const struct {
		const char *text, *normal;
		size_t rdns;
	} rows[] = {
		{ "", "", 0 },
		{ "UID=jsmith,DC=example,DC=net", "uid=jsmith,dc=example,dc=net", 3 },
		{ "OU=Sales+CN=J.  Smith,DC=example,DC=net",
			"cn=j. smith+ou=sales,dc=example,dc=net", 3 },
		{ "CN=James \\\"Jim\\\" Smith\\, III,DC=example,DC=net",
			"cn=james \\22jim\\22 smith\\2C iii,dc=example,dc=net", 3 },
		{ "CN=Before\\0dAfter,DC=example,DC=net", "cn=before after,dc=example,dc=net", 3 },
		{ "1.3.6.1.4.1.1466.0=#04024869", "1.3.6.1.4.1.1466.0=hi", 1 },
		{ "CN=Lu\\C4\\8Di\\C4\\87", "cn=lu\u010di\u0107", 1 },
		{ " uid = jane , DC = net ", "uid=jane,dc=net", 2 },
		{ "uid=a\\2cdc\\3dx", "uid=a\\2Cdc=x", 1 },
		{ "uid=\\61dmin", "uid=admin", 1 },
		{ "cn=#0c03616263", "cn=abc", 1 },
		{ "cn=#04810161", "cn=a", 1 },
		{ "userid=x,organizationName=y", "uid=x,o=y", 2 },
		{ "0.9.2342.19200300.100.1.1=x", "uid=x", 1 },
		{ "cn=\\#1", "cn=\\231", 1 },
		{ "oid.2.5.4.3=x;OID.2.5.4.11=y", "cn=x,ou=y", 2 },
		{ "CN=\"Smith, Jo + Co\" ; O = \" a \"", "cn=smith\\2C jo \\2B co,o=a", 2 },
		{ "cn=\"a\\\"b\\2C\"", "cn=a\\22b\\2C", 1 },
		{ "domainComponent=A,0.9.2342.19200300.100.1.25=b,C=DE", "dc=a,dc=b,c=de", 3 },
		{ "cn=a + uid=b ; o=c", "cn=a+uid=b,o=c", 2 },
		{ "cn=a=b", "cn=a=b", 1 },
		{ "uid=x+ou=a+cn=q", "cn=q+ou=a+uid=x", 1 },
		{ "cn=\\ \\20", "cn=\\20", 1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dn dn = parsed(*state, rows[i].text);
		assert_int_equal(dn.rdns, rows[i].rdns);
		assert_span(dn_normal(*state, &dn), rows[i].normal);
	}
}

static void what_rfc_4514_does_not_allow_is_refused(void **state)
{
	static const char *const rows[] = {
		"x",
		"=x",
		"cn",
		"cn=a,",
		"cn=a+",
		",cn=a",
		"cn=",
		"cn= ,dc=x",
		"cn=\"\"",
		"cn=a+2.5.4.3=b",
		"foo=a+cn=b+FOO=c",
		"cn=a,,cn=b",
		"cn=a;",
		";cn=a",
		"cn=\"a",
		"cn=\"a\"b",
		"cn=a\"b\"",
		"oid.cn=a",
		"oid.=a",
		"cn=<a>",
		"cn=a\\",
		"cn=a\\4",
		"cn=a\\zz",
		"cn=a\\\n",
		"c n=a",
		"1=a",
		"1.=a",
		"1..2=a",
		"01.2=a",
		"-cn=a",
		"cn;lang-de=a",
		"cn=#",
		"cn=#0",
		"cn=#0403",
		"cn=#04036162",
		"cn=#0403616263ff",
		"cn=#048003616263",
		"cn=#3003616263",
		"cn=#0403616263 x",
		"cn=\\00",
		"cn=#040100",
		"cn=\\ff",
		"cn=\\c0\\80",
		"cn=\xff",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dn dn;
		struct why why = { 0 };
		if (dn_parse(*state, span_str(rows[i]), &dn, &why) != ERR_DN)
			fail_msg("\"%s\" is accepted", rows[i]);
		assert_true(why.text[0] != '\0');
	}
	struct dn dn;
	assert_int_equal(dn_parse(*state, SPAN("cn=a\0b"), &dn, NULL), ERR_DN);
}

static enum err parse_many(struct arena *arena, size_t rdns, const char *joint)
{
	char *text = arena_zalloc(arena, rdns * 4 + 1);
	struct dn dn;

	for (size_t i = 0; i < rdns; i++)
		snprintf(text + strlen(text), 5, "%sb=c", i > 0 ? joint : "");
	return dn_parse(arena, span_str(text), &dn, NULL);
}

static void a_name_has_limits(void **state)
{
	char *text = arena_alloc(*state, LIMIT_DN_OCTETS + 2);
	struct dn dn;

	assert_int_equal(parse_many(*state, LIMIT_DN_RDNS, ","), OK);
	assert_int_equal(parse_many(*state, LIMIT_DN_RDNS + 1, ","), ERR_DN);
	assert_int_equal(parse_many(*state, LIMIT_DN_RDNS + 1, "+"), ERR_DN);
	memset(text, 'a', LIMIT_DN_OCTETS + 1);
	memcpy(text, "cn=", 3);
	assert_int_equal(dn_parse(*state, span_of(text, LIMIT_DN_OCTETS), &dn, NULL), OK);
	assert_int_equal(dn_parse(*state, span_of(text, LIMIT_DN_OCTETS + 1), &dn, NULL), ERR_DN);
}

static void a_parsed_name_outlives_its_text(void **state)
{
	char text[] = "dnq=\\41b,x-y=#040161";
	struct dn dn;

	assert_int_equal(dn_parse(*state, span_str(text), &dn, NULL), OK);
	memset(text, '!', sizeof text);
	assert_span(dn.avas[0].type, "dnq");
	assert_span(dn.avas[0].value, "Ab");
	assert_span(dn.avas[1].type, "x-y");
	assert_span(dn.avas[1].value, "a");
}

static void blanks_at_the_ends_count_only_when_escaped(void **state)
{
	struct dn dn = parsed(*state, "cn=  a b  ,ou=\\  c\\ ,o=\\ \\ , st = \\20d\\20\\20 ");

	assert_span(dn.avas[0].value, "a b");
	assert_span(dn.avas[1].value, "  c ");
	assert_span(dn.avas[2].value, "  ");
	assert_span(dn.avas[3].value, " d  ");
}

static void equality_follows_the_matching_rules(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {
		{ "uid=Jane,dc=x", "UID=jane, DC=X", true },
		{ "cn=a+ou=b", "ou=B+CN=A", true },
		{ "cn=a+ou=b", "cn=a", false },
		{ "foo=a+bar=b", "bar=b+FOO=a", true },
		{ "cn=a,ou=b", "cn=a+ou=b", false },
		{ "cn=\uff21", "cn=a", true },
		{ "cn=a", "ou=a", false },
		{ "foo=a", "FOO=A", true },
		{ "foo=a", "bar=a", false },
		{ "telephoneNumber=1-2", "telephoneNumber=12", true },
		{ "", "", true },
		{ "", "cn=a", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dn a = parsed(*state, rows[i].a), b = parsed(*state, rows[i].b);
		assert_int_equal(dn_equal(&a, &b), rows[i].equal);
		assert_int_equal(dn_equal(&b, &a), rows[i].equal);
		assert_int_equal(
			span_equal(dn_normal(*state, &a), dn_normal(*state, &b)), rows[i].equal);
	}
}

static void an_ancestor_ends_at_a_whole_part(void **state)
{
	struct dn base = parsed(*state, "ou=b,dc=x");
	struct dn empty = parsed(*state, "");
	struct dn below = parsed(*state, "cn=a,OU=B,DC=X");
	struct dn beside = parsed(*state, "cn=a+ou=b,dc=x");
	struct dn above = parsed(*state, "dc=x");

	assert_true(dn_is_below(&below, &base));
	assert_true(dn_is_below(&base, &base));
	assert_true(dn_is_below(&base, &empty));
	assert_true(dn_is_below(&empty, &empty));
	assert_false(dn_is_below(&beside, &base));
	assert_false(dn_is_below(&above, &base));
	assert_false(dn_is_below(&empty, &base));
}

static void a_value_is_written_so_that_it_parses_to_itself(void **state)
{
	static const char *const rows[] = { " ", "  ", " a ", "#a", "a#", "a,b+c\"d\\e<f>;g=h",
		"\n\x01\x7f", "\u00e9", "a  b" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buffer out;
		struct dn dn;
		buffer_init(&out, 1000);
		buffer_put(&out, "cn=", 3);
		dn_put_value(&out, span_str(rows[i]));
		assert_int_equal(dn_parse(*state, buffer_span(&out), &dn, NULL), OK);
		assert_span(dn.avas[0].value, rows[i]);
		buffer_free(&out);
	}
}

static void each_name_has_its_place_in_the_tree(void **state)
{
	static const struct {
		const char *dn;
		enum place place;
		size_t matched;
		enum kind kind;
		const char *tenant, *rdn, *below;
	} rows[] = {
		{ "", PLACE_ROOT, 0, KIND_NONE, "", "", "" },
		{ "dc=internal", PLACE_OUTSIDE, 0, KIND_NONE, "", "", "" },
		{ "dc=other,dc=internal", PLACE_OUTSIDE, 0, KIND_NONE, "", "", "" },
		{ "DC=Muster, DC=Internal", PLACE_SUFFIX, 2, KIND_NONE, "", "", "" },
		{ "o=Acme,dc=muster,dc=internal", PLACE_TENANT, 3, KIND_NONE, "Acme", "", "" },
		{ "cn=Acme,dc=muster,dc=internal", PLACE_NOWHERE, 2, KIND_NONE, "", "", "" },
		{ "o=a+ou=b,dc=muster,dc=internal", PLACE_NOWHERE, 2, KIND_NONE, "", "", "" },
		{ "ou=\uff30eople,o=Acme,dc=muster,dc=internal", PLACE_CONTAINER, 4, KIND_USER,
			"Acme", "", "ou=\uff30eople" },
		{ "ou=cats,o=Acme,dc=muster,dc=internal", PLACE_NOWHERE, 3, KIND_NONE, "Acme", "",
			"ou=cats" },
		{ "cn=x,ou=cats,o=Acme,dc=muster,dc=internal", PLACE_NOWHERE, 3, KIND_NONE, "Acme",
			"", "cn=x,ou=cats" },
		{ "uid=Jane,ou=people,o=Acme,dc=muster,dc=internal", PLACE_ENTRY, 5, KIND_USER,
			"Acme", "uid=Jane", "uid=Jane,ou=people" },
		{ "uid=Jane+cn=x,ou=people,o=Acme,dc=muster,dc=internal", PLACE_ENTRY, 5, KIND_USER,
			"Acme", "uid=Jane+cn=x", "uid=Jane+cn=x,ou=people" },
		{ "cn=Jane,ou=people,o=Acme,dc=muster,dc=internal", PLACE_ENTRY, 5, KIND_USER,
			"Acme", "cn=Jane", "cn=Jane,ou=people" },
		{ "cn=Admin,ou=roles,o=Acme,dc=muster,dc=internal", PLACE_ENTRY, 5, KIND_ROLE,
			"Acme", "cn=Admin", "cn=Admin,ou=roles" },
		{ "cn=s,ou=services,o=Acme,dc=muster,dc=internal", PLACE_ENTRY, 5, KIND_CLIENT,
			"Acme", "cn=s", "cn=s,ou=services" },
		{ "cn=z+ou=y,uid=x+cn=w,ou=people,o=Acme,dc=muster,dc=internal", PLACE_NOWHERE, 5,
			KIND_USER, "Acme", "uid=x+cn=w", "cn=z+ou=y,uid=x+cn=w,ou=people" },
	};
	struct naming naming;

	assert_int_equal(naming_init(*state, span_str(suffix), &naming, NULL), OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dn dn = parsed(*state, rows[i].dn);
		struct located located;
		naming_locate(&naming, &dn, &located);
		if (located.place != rows[i].place)
			fail_msg("\"%s\": place %d", rows[i].dn, located.place);
		assert_int_equal(located.matched, rows[i].matched);
		assert_int_equal(located.kind, rows[i].kind);
		assert_span(located.tenant, rows[i].tenant);
		assert_span(dn_text(*state, &located.rdn), rows[i].rdn);
		assert_span(dn_text(*state, &located.below), rows[i].below);
		struct dn again = parsed(*state, rows[i].below);
		assert_int_equal(again.rdns, located.below.rdns);
	}
}

static struct record stored(struct arena *arena, const struct entry *entry)
{
	struct record record;
	struct buffer out;

	buffer_init(&out, SIZE_MAX);
	assert_int_equal(record_write(&out, entry, NULL), OK);
	assert_int_equal(record_open(arena_copy(arena, buffer_span(&out)), &record, NULL), OK);
	buffer_free(&out);
	return record;
}

static void a_written_name_is_found_again(void **state)
{
	static const struct {
		const char *rdn, *text;
	} rows[] = {
		{ "", "uid=\\20a\\2Bb,ou=people,o=Acme\\2C Inc.,dc=muster,dc=internal" },
		{ "cn=A+uid=x", "cn=A+uid=x,ou=people,o=Acme\\2C Inc.,dc=muster,dc=internal" },
	};
	struct naming naming;
	struct located located;
	struct buffer out;

	assert_int_equal(naming_init(*state, span_str(suffix), &naming, NULL), OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct entry *entry = entry_new(*state, KIND_USER);
		entry_add(entry, ATTR_USER_NAME, 0, 0, SPAN(" a+b"), NULL);
		entry_set(entry, ATTR_RDN, 0, span_str(rows[i].rdn), NULL);
		struct record record = stored(*state, entry);
		buffer_init(&out, 1000);
		naming_put_entry(&out, &naming, SPAN("Acme, Inc."), &record);
		assert_span(buffer_span(&out), rows[i].text);
		struct dn dn;
		assert_int_equal(dn_parse(*state, buffer_span(&out), &dn, NULL), OK);
		naming_locate(&naming, &dn, &located);
		assert_int_equal(located.place, PLACE_ENTRY);
		assert_span(located.tenant, "Acme, Inc.");
		if (i == 0)
			assert_span(located.rdn.avas[0].value, " a+b");
		else
			assert_span(dn_text(*state, &located.rdn), rows[i].rdn);
		buffer_free(&out);
	}
}

/* ---- RDNs by chance: an equal one has the same normal form, whatever it looks like ---- */

#define CHANCES 100000

static const char *const chance_types[][3] = { { "cn", "CN", "2.5.4.3" },
	{ "uid", "userid", "0.9.2342.19200300.100.1.1" }, { "mail", "MAIL", "rfc822Mailbox" },
	{ "ou", "OU", "oid.2.5.4.11" } };

static size_t chance_value(struct dice *dice, uint8_t *value)
{
	static const char *const pieces[] = { "a", "B", " ", ",", "+", "\"", "\\", "<", ">", ";",
		"=", "#", "\u00e9", "\u00df", "9", "x" };
	size_t len = 0, count = 1 + dice_roll(dice, 8);

	for (size_t i = 0; i < count; i++) {
		const char *piece = pieces[dice_roll(dice, COUNT(pieces))];
		memcpy(value + len, piece, strlen(piece));
		len += strlen(piece);
	}
	return len;
}

/* One of the many ways to write the value: escaped as hex pairs, in quotes or as a BER string. */
static void spell_value(struct dice *dice, struct buffer *out, struct span value)
{
	unsigned way = dice_roll(dice, 3);

	if (way == 0) {
		dn_put_value(out, value);
		return;
	}
	buffer_putf(out, "%s", way == 1 ? "\"" : "#04");
	if (way == 2)
		buffer_putf(out, "%02x", (unsigned)value.len);
	for (size_t i = 0; i < value.len; i++) {
		uint8_t c = value.data[i];
		if (way == 2)
			buffer_putf(out, "%02x", c);
		else if (c == '"' || c == '\\')
			buffer_putf(out, "\\%c", c);
		else
			buffer_put_octet(out, c);
	}
	if (way == 1)
		buffer_put_octet(out, '"');
}

struct chance {
	size_t type, len;
	uint8_t value[32];
};

static void spell(struct dice *dice, const struct chance *avas, size_t count, struct buffer *out)
{
	size_t from = dice_roll(dice, (unsigned)count);

	buffer_reset(out);
	for (size_t i = 0; i < count; i++) {
		const struct chance *ava = &avas[(from + i) % count];
		buffer_putf(
			out, "%s%s=", i ? "+" : "", chance_types[ava->type][dice_roll(dice, 3)]);
		spell_value(dice, out, span_of(ava->value, ava->len));
	}
}

static void an_rdn_has_one_normal_form_however_it_is_written(void **state)
{
	struct dice dice = { 20261123 };
	struct buffer out;
	(void)state;

	buffer_init(&out, 4096);
	for (unsigned n = 0; n < CHANCES; n++) {
		struct arena *arena = arena_new();
		struct chance avas[3];
		struct dn one, other, again;
		size_t count = 1 + dice_roll(&dice, 3);
		for (size_t i = 0; i < count; i++) {
			avas[i].type = i;
			avas[i].len = chance_value(&dice, avas[i].value);
		}
		spell(&dice, avas, count, &out);
		assert_int_equal(dn_parse(arena, buffer_span(&out), &one, NULL), OK);
		spell(&dice, avas, count, &out);
		assert_int_equal(dn_parse(arena, buffer_span(&out), &other, NULL), OK);
		assert_int_equal(dn_parse(arena, dn_text(arena, &other), &again, NULL), OK);
		struct span normal = dn_normal(arena, &one);
		assert_true(dn_equal(&one, &other) && dn_equal(&one, &again));
		assert_true(span_equal(normal, dn_normal(arena, &other)));
		assert_true(span_equal(normal, dn_normal(arena, &again)));
		assert_true(span_equal(dn_text(arena, &other), dn_text(arena, &again)));
		assert_int_equal(dn_parse(arena, normal, &again, NULL), OK);
		assert_true(span_equal(normal, dn_normal(arena, &again)));
		arena_free(arena);
	}
	buffer_free(&out);
}

static void a_suffix_must_be_a_name(void **state)
{
	struct naming naming;

	assert_int_equal(naming_init(*state, SPAN(""), &naming, NULL), ERR_DN);
	assert_int_equal(naming_init(*state, SPAN("muster"), &naming, NULL), ERR_DN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_of(the_examples_of_rfc_4514_have_their_normal_form),
		test_of(what_rfc_4514_does_not_allow_is_refused),
		test_of(a_name_has_limits),
		test_of(a_parsed_name_outlives_its_text),
		test_of(blanks_at_the_ends_count_only_when_escaped),
		test_of(equality_follows_the_matching_rules),
		test_of(an_ancestor_ends_at_a_whole_part),
		test_of(a_value_is_written_so_that_it_parses_to_itself),
		test_of(each_name_has_its_place_in_the_tree),
		test_of(a_written_name_is_found_again),
		test_of(an_rdn_has_one_normal_form_however_it_is_written),
		test_of(a_suffix_must_be_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
