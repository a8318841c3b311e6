/* SCIM filters by the type of what they compare: asked of a record as SCIM would show it. */
#include "base/limits.h"
#include "wire/scim_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena *arena;
static struct buffer stored;
static const struct scim_type *type;

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	buffer_init(&stored, LIMIT_RECORD_OCTETS);
	type = scim_type_of(KIND_TEST);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buffer_free(&stored);
	arena_free(arena);
	return 0;
}

static enum attr attr_of(const char *name)
{
	struct scim_path path;
	assert_true(scim_path_find(type, span_str(name), &path));
	assert_non_null(path.attribute);
	return path.part ? path.part->attr : path.attribute->attr;
}

static struct record one_with(const char *name, const char *text)
{
	struct entry *entry = entry_new(arena, KIND_TEST);
	struct record record;
	enum attr attr = attr_of(name);
	assert_int_equal(entry_add(entry, attr, 0, 3, span_str(text), NULL), OK);
	entry->created = entry->modified = INT64_C(1577836800123000); /* 2020-01-01T00:00:00.123Z */
	buffer_reset(&stored);
	assert_int_equal(record_write(&stored, entry, NULL), OK);
	assert_int_equal(record_open(buffer_span(&stored), &record, NULL), OK);
	return record;
}

static void assert_holds(const struct record *record, const char *text, bool wanted)
{
	struct filter *filter;
	struct why why = { 0 };
	if (scim_filter_parse(arena, type, span_str(text), &filter, &why))
		fail_msg("%s: %s: %s", text, why.attribute, why.text);
	if ((filter_test(filter, record, NULL) == TRUTH_TRUE) != wanted)
		fail_msg("%s: %s", text, wanted ? "does not hold" : "holds");
}

static void assert_refused(const char *text, const char *attribute)
{
	struct filter *filter;
	struct why why = { 0 };
	if (scim_filter_parse(arena, type, span_str(text), &filter, &why) != ERR_FILTER)
		fail_msg("%s: understood", text);
	assert_string_equal(why.attribute, attribute);
}

static void integers_are_compared_as_numbers(void **state)
{
	struct record record = one_with("integerAttr", "40");
	static const char *const yes[] = { "integerAttr eq 40", "integerAttr eq 4e1",
		"integerAttr eq 40.0", "integerAttr gt 5", "integerAttr lt 100",
		"integerAttr gt 39.5", "integerAttr ge 39.5", "integerAttr lt 40.5",
		"integerAttr le 4.05e1", "integerAttr gt -41", "integerAttr ne 5",
		"integerAttr eq \"40\"", "integerAttr pr", "integerAttr ne null" };
	static const char *const no[] = { "integerAttr eq 4", "integerAttr gt 40",
		"integerAttr lt 40", "integerAttr ge 40.5", "integerAttr le 39.5",
		"integerAttr gt 40.5", "integerAttr lt 39.5", "integerAttr ne 40",
		"integerAttr eq null" };
	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		assert_holds(&record, yes[i], true);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		assert_holds(&record, no[i], false);
	assert_refused("integerAttr eq \"five\"", "integerAttr");
	assert_refused("integerAttr eq true", "integerAttr");
	assert_refused("integerAttr co 4", "integerAttr");
	assert_refused("integerAttr gt null", "integerAttr");
	assert_refused("integerAttr eq 1e300", "integerAttr");
	assert_refused("integerAttr eq 4.5", "integerAttr");
}

static void times_are_compared_as_moments(void **state)
{
	struct record record = one_with("dateTimeAttr", "20200101000000Z");
	static const char *const yes[] = { "dateTimeAttr eq \"2020-01-01T00:00:00Z\"",
		"dateTimeAttr eq \"2020-01-01T02:00:00+02:00\"",
		"dateTimeAttr eq \"2019-12-31T19:30:00.000-04:30\"",
		"dateTimeAttr lt \"2020-01-01T00:00:00.5Z\"",
		"dateTimeAttr gt \"2019-12-31T23:59:59.999Z\"",
		"meta.created eq \"2020-01-01T00:00:00.123Z\"",
		"meta.created gt \"2020-01-01T00:00:00Z\"",
		"meta.created eq \"2020-01-01T01:00:00.123+01:00\"",
		"meta.lastModified le \"2020-01-01T00:00:00.123Z\"",
		"meta.lastModified ne \"2020-01-01T00:00:00Z\"" };
	static const char *const no[] = { "dateTimeAttr eq \"2020-01-01T00:00:00.5Z\"",
		"dateTimeAttr gt \"2020-01-01T02:00:00+02:00\"",
		"meta.created gt \"2020-01-01T00:00:00.123Z\"",
		"meta.created eq \"2020-01-01T00:00:00Z\"" };
	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		assert_holds(&record, yes[i], true);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		assert_holds(&record, no[i], false);
	assert_refused("dateTimeAttr eq \"yesterday\"", "dateTimeAttr");
	assert_refused("dateTimeAttr gt \"2020-02-30T00:00:00Z\"", "dateTimeAttr");
	assert_refused("dateTimeAttr sw \"2020\"", "dateTimeAttr");
	assert_refused("meta.created eq 2020", "meta.created");
}

static void octets_have_neither_order_nor_parts(void **state)
{
	struct record record = one_with("binaryAttr", "hello");
	(void)state;
	assert_holds(&record, "binaryAttr eq \"aGVsbG8=\"", true);
	assert_holds(&record, "binaryAttr ne \"aGVsbG8=\"", false);
	assert_holds(&record, "binaryAttr pr", true);
	assert_refused("binaryAttr gt \"aGVsbG8=\"", "binaryAttr");
	assert_refused("binaryAttr co \"aGVs\"", "binaryAttr");
	assert_refused("binaryAttr eq \"!\"", "binaryAttr");
}

static void case_counts_where_the_schema_says_so(void **state)
{
	struct record exact = one_with("caseExactString", "aBc");
	(void)state;
	assert_holds(&exact, "caseExactString eq \"aBc\"", true);
	assert_holds(&exact, "caseExactString eq \"abc\"", false);
	assert_holds(&exact, "caseExactString co \"B\"", true);
	assert_holds(&exact, "caseExactString co \"b\"", false);
	struct record folded = one_with("caseInsensitiveString", "aBc");
	assert_holds(&folded, "caseInsensitiveString eq \"AbC\"", true);
	assert_holds(&folded, "caseInsensitiveString ew \"BC\"", true);
	assert_holds(&folded, "caseInsensitiveString eq aBc", true);
	assert_holds(&folded, "caseInsensitiveString eq 5", false);
}

static void of_several_values_one_is_enough(void **state)
{
	struct entry *entry = entry_new(arena, KIND_TEST);
	struct record record;
	enum attr attr = attr_of("multiStrings");
	(void)state;
	assert_int_equal(entry_add(entry, attr, 0, 3, SPAN("x"), NULL), OK);
	assert_int_equal(entry_add(entry, attr, 1, 3, SPAN("y"), NULL), OK);
	buffer_reset(&stored);
	assert_int_equal(record_write(&stored, entry, NULL), OK);
	assert_int_equal(record_open(buffer_span(&stored), &record, NULL), OK);
	assert_holds(&record, "multiStrings eq \"Y\"", true);
	assert_holds(&record, "multiStrings ne \"x\"", true);
	assert_holds(&record, "not (multiStrings eq \"x\")", false);
	assert_holds(&record, "multiStrings eq \"z\"", false);
	assert_holds(&record, "multiStrings eq null", false);
	struct record none = one_with("integerAttr", "1");
	assert_holds(&none, "multiStrings ne \"x\"", true);
	assert_holds(&none, "multiStrings eq null", true);
}

/* The filter of one type beside others: what none has is refused, what one lacks has no value. */
static void among_types_a_missing_attribute_has_no_value(void **state)
{
	const struct scim_type *types[] = { scim_type_of(KIND_USER), type };
	struct record record = one_with("integerAttr", "40");
	struct filter *filter;
	struct why why = { 0 };
	static const struct {
		const char *text;
		bool holds;
	} rows[] = {
		{ "integerAttr eq 40", true },
		{ "userName pr", false },
		{ "userName eq null and integerAttr eq 40", true },
		{ "not (userName eq \"x\") and integerAttr gt 1", true },
		{ "userName ne \"x\"", true },
		{ "emails[type eq \"work\" and not (value pr)]", false },
		{ "emails[type eq \"work\"].value co \"x\" or integerAttr pr", true },
		{ "meta.resourceType eq \"User\"", false },
		{ "meta.resourceType co \"test\"", true },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(scim_filter_parse_among(
					 arena, types, 2, span_str(rows[i].text), &filter, &why),
			OK);
		if ((filter_test(filter, &record, NULL) == TRUTH_TRUE) != rows[i].holds)
			fail_msg("%s", rows[i].text);
	}
	static const char *const nobodys[] = { "integerAttr pr or nosuch eq 1",
		"emails[nosuch eq \"x\"]", "emails.nosuch pr", "nosuch[type eq \"x\"]" };
	for (size_t i = 0; i < sizeof nobodys / sizeof *nobodys; i++) {
		why = (struct why){ 0 };
		assert_int_equal(scim_filter_parse_among(
					 arena, types, 2, span_str(nobodys[i]), &filter, &why),
			ERR_FILTER);
		assert_non_null(strstr(why.attribute, "nosuch"));
	}
	assert_int_equal(
		scim_filter_parse_among(arena, types, 2, SPAN("password pr"), &filter, &why),
		ERR_FILTER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_compared_as_numbers),
		cmocka_unit_test(times_are_compared_as_moments),
		cmocka_unit_test(octets_have_neither_order_nor_parts),
		cmocka_unit_test(case_counts_where_the_schema_says_so),
		cmocka_unit_test(of_several_values_one_is_enough),
		cmocka_unit_test(among_types_a_missing_attribute_has_no_value),
	};
	return cmocka_run_group_tests_name("scim_filter", tests, setup, teardown);
}
