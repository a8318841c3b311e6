#include "in/upstream/guid.h"
#include "unit.h"

/* As ldapsearch and Windows print the object whose stored octets these are. */
static const uint8_t stored[16] = { 0xf4, 0x25, 0xed, 0x87, 0x4b, 0x72, 0x66, 0x49, 0x80, 0xe4,
	0xc2, 0x40, 0x11, 0x27, 0x98, 0x32 };
#define PRINTED "87ed25f4-724b-4966-80e4-c24011279832"
#define HEX "f425ed874b72664980e4c24011279832"

static void an_anchor_is_printed_as_windows_prints_it(void **state)
{
	struct uuid anchor;
	char text[UUID_TEXT + 1];
	uint8_t again[16];
	(void)state;
	assert_true(guid_read(span_of(stored, 16), &anchor));
	uuid_format(&anchor, text);
	assert_string_equal(text, PRINTED);
	guid_store(&anchor, again);
	assert_memory_equal(again, stored, 16);
}

static void an_identity_of_another_length_is_none(void **state)
{
	struct uuid anchor;
	(void)state;
	assert_false(guid_read(span_of(stored, 15), &anchor));
	assert_false(guid_read(SPAN_NONE, &anchor));
}

static void a_name_by_identity_finds_what_was_renamed(void **state)
{
	struct arena *arena = arena_new();
	struct uuid anchor;
	(void)state;
	assert_true(guid_read(span_of(stored, 16), &anchor));
	assert_string_equal(guid_name(arena, &anchor), "<GUID=" PRINTED ">");
	arena_free(arena);
}

static void an_extended_dn_names_anchor_and_dn(void **state)
{
	struct extended_dn name;
	char text[UUID_TEXT + 1];
	(void)state;
	assert_true(extended_dn_read(SPAN("<GUID=" HEX ">;<SID=010500000000>;CN=a>b,DC=c"), &name));
	assert_span(name.dn, "CN=a>b,DC=c");
	uuid_format(&name.anchor, text);
	assert_string_equal(text, PRINTED);
	assert_true(extended_dn_read(SPAN("<GUID=" HEX ">"), &name));
	assert_int_equal(name.dn.len, 0);
}

static void a_plain_dn_is_one_without_an_anchor(void **state)
{
	struct extended_dn name;
	(void)state;
	assert_true(extended_dn_read(SPAN("CN=a,DC=c"), &name));
	assert_true(uuid_is_nil(&name.anchor));
	assert_span(name.dn, "CN=a,DC=c");
}

static void a_malformed_extended_dn_is_refused(void **state)
{
	static const char *const bad[] = { "", "<", "<GUID=12>;CN=a", "<GUID=" HEX, "<SID=01>",
		"<GUID=zz25ed874b72664980e4c24011279832>;CN=a", "<GUID=" HEX ">CN=a" };
	struct extended_dn name;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (extended_dn_read(span_str(bad[i]), &name))
			fail_msg("taken: %s", bad[i]);
}

static void the_primary_group_is_of_the_same_domain(void **state)
{
	static const uint8_t sid[] = { 1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8,
		9, 10, 11, 12, 0x4f, 4, 0, 0 };
	static const uint8_t users[] = { 1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7,
		8, 9, 10, 11, 12, 1, 2, 0, 0 };
	uint8_t octets[SID_OCTETS_MAX];
	struct span group;
	(void)state;
	assert_true(sid_with_rid(span_of(sid, sizeof(sid)), SPAN("513"), octets, &group));
	assert_true(span_equal(group, span_of(users, sizeof(users))));
	assert_false(sid_with_rid(span_of(sid, 8), SPAN("513"), octets, &group));
	assert_false(sid_with_rid(span_of(sid, sizeof(sid)), SPAN("-1"), octets, &group));
	assert_false(sid_with_rid(span_of(sid, sizeof(sid)), SPAN("4294967296"), octets, &group));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_anchor_is_printed_as_windows_prints_it),
		cmocka_unit_test(an_identity_of_another_length_is_none),
		cmocka_unit_test(a_name_by_identity_finds_what_was_renamed),
		cmocka_unit_test(an_extended_dn_names_anchor_and_dn),
		cmocka_unit_test(a_plain_dn_is_one_without_an_anchor),
		cmocka_unit_test(a_malformed_extended_dn_is_refused),
		cmocka_unit_test(the_primary_group_is_of_the_same_domain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
