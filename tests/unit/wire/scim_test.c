/* SCIM in and out: filters asked of a record, bodies and PATCHes on an entry, records as JSON. */
#include "base/limits.h"
#include "wire/scim_edit.h"
#include "wire/scim_filter.h"
#include "wire/scim_resource.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct arena *arena;
static struct buffer stored;
static const struct scim_type *user;

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	buffer_init(&stored, LIMIT_RECORD_OCTETS);
	user = scim_type_of(KIND_USER);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buffer_free(&stored);
	arena_free(arena);
	return 0;
}

static void add(struct entry *entry, enum attr attr, uint16_t instance, const char *text)
{
	assert_int_equal(entry_add(entry, attr, instance, 3, span_str(text), NULL), OK);
}

static struct entry *somebody(void)
{
	struct entry *entry = entry_new(arena, KIND_USER);
	add(entry, ATTR_USER_NAME, 0, "bjensen");
	add(entry, ATTR_FAMILY_NAME, 0, "Jensen");
	add(entry, ATTR_TITLE, 0, "Tour Guide");
	add(entry, ATTR_ACTIVE, 0, "TRUE");
	add(entry, ATTR_PASSWORD, 0, "$argon2id$secret");
	add(entry, ATTR_EMAIL, 0, "bjensen@example.com");
	add(entry, ATTR_EMAIL_TYPE, 0, "work");
	add(entry, ATTR_EMAIL_PRIMARY, 0, "TRUE");
	add(entry, ATTR_EMAIL, 1, "babs@jensen.org");
	add(entry, ATTR_EMAIL_TYPE, 1, "home");
	add(entry, ATTR_DEPARTMENT, 0, "Tours");
	return entry;
}

static struct record record_of(const struct entry *entry)
{
	struct record record;
	buffer_reset(&stored);
	assert_int_equal(record_write(&stored, entry, NULL), OK);
	assert_int_equal(record_open(buffer_span(&stored), &record, NULL), OK);
	return record;
}

/* ---- filters ---- */

static bool matches(const char *text)
{
	struct filter *filter;
	struct why why = { 0 };
	struct record record = record_of(somebody());
	if (scim_filter_parse(arena, user, span_str(text), &filter, &why))
		fail_msg("%s: %s", text, why.text);
	return filter_test(filter, &record, NULL) == TRUTH_TRUE;
}

static void a_filter_holds_for_whom_it_describes(void **state)
{
	(void)state;
	static const char *const yes[] = { "userName eq \"BJensen\"", "USERNAME Eq \"bjensen\"",
		"title pr and active eq true", "not (title eq \"x\")", "title ne \"x\"",
		"emails[type eq \"work\" and value co \"@example\"]", "emails co \"jensen.org\"",
		"emails[not (type eq \"work\")]", "emails[type eq \"home\"].value ew \".org\"",
		"name pr", "nickName eq null", "title ne null", "name.familyName gt \"j\"",
		"urn:ietf:params:scim:schemas:core:2.0:User:name.familyName sw \"Jen\"",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "
		"\"tours\"",
		"schemas eq \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\"",
		"meta.resourceType eq \"User\"", "not (id eq \"no id\")",
		"title eq \"x\" or title pr and userName sw \"b\"",
		"meta.lastModified lt \"2999-01-01T00:00:00Z\"" };
	static const char *const no[] = { "userName eq \"x\"", "not (title pr)", "active ne true",
		"emails[type eq \"work\" and value co \"jensen.org\"]", "title eq null",
		"nickName pr", "schemas eq \"urn:x\"", "id eq \"no id\"",
		"(title eq \"x\" or title pr) and userName eq \"x\"", "title co \"*)(uid=*\"" };
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		if (!matches(yes[i]))
			fail_msg("does not hold: %s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		if (matches(no[i]))
			fail_msg("holds: %s", no[i]);
}

static void assert_filter_refused(struct span text)
{
	struct filter *filter = NULL;
	struct why why = { 0 };
	assert_int_equal(scim_filter_parse(arena, user, text, &filter, &why), ERR_FILTER);
	assert_null(filter);
	assert_true(why.text[0] != 0);
}

static struct span repeated(const char *unit, size_t count, const char *end)
{
	const char *text = "";
	for (size_t i = 0; i < count; i++)
		text = arena_printf(arena, "%s%s", text, unit);
	return span_str(arena_printf(arena, "%s%s", text, end));
}

static void what_is_no_filter_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "   ", "userName", "userName regex \"x\"",
		"(userName eq \"x\"", "userName eq \"x\")", "userName eq \"x\" and",
		"or userName eq \"x\"", "userName eq \"abc", "not userName eq \"x\"",
		"emails[type eq \"work\"", "emails[emails[type eq \"x\"]]",
		"emails[type eq \"work\"]value", "emails[type eq \"w\"].value.x pr",
		"1abc eq \"x\"", "title pr \"x\"", "active le false", "userName eq 'x'",
		"userName eq [1]", "active eq \"maybe\"", "name eq \"x\"", "nosuch eq \"x\"",
		"password pr", "password sw \"$\"", "groups.nosuch eq \"x\"",
		"title[value eq \"x\"]", "emails[]" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_filter_refused(span_str(bad[i]));
	assert_filter_refused(repeated("(", 33, "title pr"));
	assert_filter_refused(repeated("title pr or ", LIMIT_SCIM_FILTER_NODES, "title pr"));
}

/* ---- editing ---- */

static struct why why;
static enum no_target no_target_of_test;

static enum err edited(struct scim_edit *edit, bool patch, const char *text)
{
	struct json *json;
	memset(&why, 0, sizeof why);
	*edit = (struct scim_edit){ .arena = arena,
		.type = user,
		.entry = patch ? somebody() : entry_new(arena, KIND_USER),
		.source = 7,
		.no_target = no_target_of_test,
		.why = &why };
	assert_int_equal(json_parse(arena, span_str(text), &json, NULL), OK);
	return patch ? scim_patch(edit, json) : scim_take_body(edit, json);
}

static enum err patched(struct scim_edit *edit, const char *operations)
{
	return edited(edit, true,
		arena_printf(arena,
			"{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],"
			"\"Operations\":[%s]}",
			operations));
}

static void assert_first(const struct scim_edit *edit, enum attr attr, const char *text)
{
	struct span first = entry_first(edit->entry, attr);
	if (!span_equal(first, span_str(text)))
		fail_msg("wanted %s, got %.*s", text, SPAN_ARGS(first));
}

static void operations_are_applied_in_their_order(void **state)
{
	(void)state;
	struct scim_edit edit;
	assert_int_equal(patched(&edit, "{\"op\":\"remove\",\"path\":\"title\"},"
					"{\"op\":\"add\",\"path\":\"title\",\"value\":\"A\"},"
					"{\"op\":\"replace\",\"path\":\"TITLE\",\"value\":\"B\"}"),
		OK);
	assert_first(&edit, ATTR_TITLE, "B");
	assert_int_equal(
		patched(&edit,
			"{\"op\":\"add\",\"path\":\"emails\",\"value\":{\"value\":\"t@x.example\","
			"\"type\":\"other\",\"primary\":true}},"
			"{\"op\":\"replace\",\"path\":\"emails[type eq \\\"other\\\"].value\","
			"\"value\":\"u@x.example\"}"),
		OK);
	assert_int_equal(entry_value_count(edit.entry, ATTR_EMAIL), 3);
	assert_int_equal(entry_value_count(edit.entry, ATTR_EMAIL_PRIMARY), 1);
	assert_int_equal(entry_value(edit.entry, ATTR_EMAIL_PRIMARY, 0)->instance, 2);
}

static void a_value_without_path_may_name_paths(void **state)
{
	(void)state;
	struct scim_edit edit;
	assert_int_equal(
		patched(&edit, "{\"op\":\"Replace\",\"value\":{\"active\":\"False\",\"id\":\"x\","
			       "\"name.givenName\":\"Barbara\",\"unknown\":1,"
			       "\"emails[type eq \\\"home\\\"].display\":\"At home\","
			       "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":"
			       "{\"division\":\"Parks\"}}}"),
		OK);
	assert_first(&edit, ATTR_ACTIVE, "FALSE");
	assert_first(&edit, ATTR_GIVEN_NAME, "Barbara");
	assert_first(&edit, ATTR_EMAIL_DISPLAY, "At home");
	assert_first(&edit, ATTR_DIVISION, "Parks");
	assert_first(&edit, ATTR_DEPARTMENT, "Tours");
}

static void a_bad_operation_says_what_is_wrong(void **state)
{
	(void)state;
	static const struct {
		const char *operation;
		enum err err;
	} rows[] = {
		{ "{\"op\":\"remove\"}", ERR_NO_TARGET },
		{ "{\"op\":\"remove\",\"path\":\"userName\"}", ERR_MUTABILITY },
		{ "{\"op\":\"replace\",\"path\":\"id\",\"value\":\"x\"}", ERR_MUTABILITY },
		{ "{\"op\":\"add\",\"path\":\"groups\",\"value\":[]}", ERR_MUTABILITY },
		{ "{\"op\":\"add\",\"path\":\"meta.created\",\"value\":\"x\"}", ERR_MUTABILITY },
		{ "{\"op\":\"replace\",\"path\":\"userName\",\"value\":\"\"}", ERR_MISSING },
		{ "{\"op\":\"replace\",\"path\":\"active\",\"value\":null}", ERR_VALUE },
		{ "{\"op\":\"replace\",\"path\":\"title\",\"value\":[\"a\"]}", ERR_VALUE },
		{ "{\"op\":\"replace\",\"path\":\"nick Name\",\"value\":\"x\"}", ERR_PATH },
		{ "{\"op\":\"replace\",\"path\":\"emails[\",\"value\":\"x\"}", ERR_PATH },
		{ "{\"op\":\"replace\",\"path\":\"emails[]\",\"value\":\"x\"}", ERR_FILTER },
		{ "{\"op\":\"replace\",\"path\":\"emails[type eq \\\"x\\\"]\",\"value\":{}}",
			ERR_NO_TARGET },
		{ "{\"op\":\"turn\",\"path\":\"title\",\"value\":\"x\"}", ERR_SYNTAX },
		{ "{\"op\":\"add\",\"path\":\"title\"}", ERR_VALUE },
		{ "{\"op\":\"replace\",\"path\":\"password\",\"value\":12345678}", ERR_VALUE },
	};
	struct scim_edit edit;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum err err = patched(&edit, rows[i].operation);
		if (err != rows[i].err || why.err != err)
			fail_msg("%s: %s %s", rows[i].operation, err_row(err)->name, why.text);
	}
}

/* Which ones are too short is for the tenant's policy to say. */
static void a_password_is_taken_at_any_length(void **state)
{
	(void)state;
	struct scim_edit edit;
	assert_int_equal(
		patched(&edit, "{\"op\":\"replace\",\"path\":\"password\",\"value\":\"short\"}"),
		OK);
	assert_true(span_equal(edit.password, SPAN("short")));
}

static enum err patched_as(
	struct scim_edit *edit, enum no_target no_target, const char *op, const char *path)
{
	no_target_of_test = no_target;
	enum err err = patched(edit, arena_printf(arena,
					     "{\"op\":\"%s\",\"path\":\"%s\","
					     "\"value\":\"x@x.example\"}",
					     op, path));
	no_target_of_test = NO_TARGET_ADD;
	return err;
}

static void a_connection_says_what_a_path_without_a_match_does(void **state)
{
	(void)state;
	static const struct {
		enum no_target no_target;
		enum err add, replace;
	} rows[] = {
		{ NO_TARGET_ADD, OK, ERR_NO_TARGET },
		{ NO_TARGET_CREATE, OK, OK },
		{ NO_TARGET_REFUSE, ERR_NO_TARGET, ERR_NO_TARGET },
	};
	const char *path = "emails[type eq \\\"other\\\"].value";
	struct scim_edit edit;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(patched_as(&edit, rows[i].no_target, "add", path), rows[i].add);
		assert_int_equal(
			patched_as(&edit, rows[i].no_target, "replace", path), rows[i].replace);
		assert_int_equal(
			patched_as(&edit, rows[i].no_target, "remove", path), ERR_NO_TARGET);
	}
	assert_int_equal(patched_as(&edit, NO_TARGET_CREATE, "replace", path), OK);
	const struct value *made = entry_value(edit.entry, ATTR_EMAIL, 2);
	assert_true(span_equal(made->octets, SPAN("x@x.example")));
	assert_true(span_equal(entry_instance(edit.entry, ATTR_EMAIL_TYPE, made->instance)->octets,
		SPAN("other")));
	/* A filter that describes no value makes none. */
	assert_int_equal(patched_as(&edit, NO_TARGET_CREATE, "replace",
				 "emails[value co \\\"zzz\\\"].display"),
		ERR_NO_TARGET);
}

/* That many telephone numbers, then as many operations that set numbers at the path. */
static enum err patched_often(struct scim_edit *edit, int values, int operations, const char *path)
{
	struct buffer text;
	buffer_init(&text, LIMIT_SCIM_BODY);
	buffer_putf(&text, "{\"op\":\"replace\",\"path\":\"phoneNumbers\",\"value\":[");
	for (int i = 0; i < values; i++)
		buffer_putf(&text, "%s{\"value\":\"+49 30 %d\",\"type\":\"t%d\"}", i ? "," : "",
			1000 + i, i);
	buffer_putf(&text, "]}");
	for (int i = 0; i < operations; i++)
		buffer_putf(&text, ",{\"op\":\"replace\",\"path\":\"%s\",\"value\":\"+49 31 %d\"}",
			path, 1000 + i);
	assert_false(text.failed);
	enum err err = patched(edit, arena_string(arena, buffer_span(&text)));
	buffer_free(&text);
	return err;
}

static void many_operations_on_many_values_are_refused(void **state)
{
	(void)state;
	struct scim_edit edit;
	const char *one = "phoneNumbers[type eq \\\"t0\\\"].value";
	const char *all = "phoneNumbers.type", *same = "phoneNumbers.value";
	const char *wide = arena_printf(arena, "phoneNumbers[%.*s].type",
		SPAN_ARGS(repeated("type eq \\\"t0\\\" or ", 150, "type pr")));
	assert_int_equal(patched_often(&edit, 10, 900, one), OK);
	assert_int_equal(patched_often(&edit, 300, 900, one), OK);
	assert_first(&edit, ATTR_PHONE, "+49 31 1899");
	assert_int_equal(entry_value_count(edit.entry, ATTR_PHONE), 300);
	assert_int_equal(patched_often(&edit, 500, 900, one), ERR_TOO_LARGE);
	assert_string_equal(why.attribute, "phoneNumbers");
	assert_int_equal(patched_often(&edit, 10, 50, wide), OK);
	assert_int_equal(patched_often(&edit, 300, 90, wide), ERR_TOO_LARGE);
	assert_int_equal(patched_often(&edit, 300, 20, all), OK);
	assert_int_equal(patched_often(&edit, 300, 900, all), ERR_TOO_LARGE);
	assert_int_equal(patched_often(&edit, 300, 900, same), OK);
	assert_first(&edit, ATTR_PHONE, "+49 31 1899");
	assert_int_equal(entry_value_count(edit.entry, ATTR_PHONE), 1);
	assert_int_equal(entry_value_count(edit.entry, ATTR_PHONE_TYPE), 1);
}

static void a_password_never_reaches_the_entry(void **state)
{
	(void)state;
	struct scim_edit edit;
	assert_int_equal(
		patched(&edit, "{\"op\":\"add\",\"path\":\"password\",\"value\":\"long enough\"}"),
		OK);
	assert_true(span_equal(edit.password, SPAN("long enough")));
	assert_first(&edit, ATTR_PASSWORD, "$argon2id$secret");
}

static void only_what_differs_is_modified(void **state)
{
	(void)state;
	struct scim_edit edit;
	size_t count;
	bool changed;
	assert_int_equal(
		patched(&edit, "{\"op\":\"add\",\"path\":\"emails\",\"value\":{\"value\":"
			       "\"new@x.example\",\"type\":\"other\"}},"
			       "{\"op\":\"replace\",\"path\":\"title\",\"value\":\"Tour Guide\"}"),
		OK);
	struct entry *entry = somebody();
	const struct modification *mods =
		scim_difference(arena, user, entry, edit.entry, 7, &count);
	assert_int_equal(count, 2);
	assert_int_equal(patch_apply(entry, mods, count, &changed, NULL), OK);
	assert_true(changed);
	assert_int_equal(entry_value(entry, ATTR_EMAIL, 0)->source, 3);
	assert_int_equal(entry_value(entry, ATTR_EMAIL, 2)->source, 7);
	scim_difference(arena, user, somebody(), somebody(), 7, &count);
	assert_int_equal(count, 0);
}

static void a_body_becomes_an_entry(void **state)
{
	(void)state;
	struct scim_edit edit;
	assert_int_equal(
		edited(&edit, false,
			"{\"schemas\":[\"" SCIM_URN_USER "\"],\"USERNAME\":\"ci\",\"id\":\"x\","
			"\"name\":{\"FAMILYNAME\":\"X\"},\"nickName\":null,\"emails\":[],"
			"\"phoneNumbers\":{\"value\":\"1\"},\"roles\":[{\"value\":\"Admin\"}],"
			"\"" SCIM_URN_ENTERPRISE "\":{\"manager\":{\"value\":"
			"\"01a20143-c85e-7fc6-83b8-1a6a881316f9\"}}}"),
		OK);
	assert_first(&edit, ATTR_USER_NAME, "ci");
	assert_first(&edit, ATTR_FAMILY_NAME, "X");
	assert_first(&edit, ATTR_PHONE, "1");
	assert_int_equal(entry_first(edit.entry, ATTR_MANAGER).len, 16);
	assert_int_equal(edit.entry->count, 5);
	assert_first(&edit, ATTR_ROLE_CLAIM, "Admin");
	assert_int_equal(edited(&edit, false, "{\"userName\":\"x\"}"), ERR_VALUE);
	assert_int_equal(edited(&edit, false, "[]"), ERR_SYNTAX);
	assert_int_equal(
		edited(&edit, false, "{\"schemas\":[\"" SCIM_URN_USER "\"]}"), ERR_MISSING);
}

/* ---- resources ---- */

static const char *written(const char *attributes, const char *excluded)
{
	static struct buffer out;
	struct scim_select select;
	struct json_writer w;
	struct record record = record_of(somebody());
	buffer_free(&out);
	buffer_init(&out, 65536);
	assert_int_equal(
		scim_select_parse(user, span_str(attributes), span_str(excluded), &select, NULL),
		OK);
	const struct scim_beside beside = { .scopes = scim_selected(&select, SCIM_SCOPES)
							      ? SPAN("[{\"value\":\"7\"}]")
							      : SPAN_NONE };
	json_start(&w, &out);
	scim_begin_resource(&w, user, &record, &select, &beside);
	json_end_object(&w);
	char *text = arena_string(arena, buffer_span(&out));
	buffer_free(&out);
	return text;
}

#define HEAD(more)                                                                                 \
	"{\"schemas\":[\"" SCIM_URN_USER "\"" more "],"                                            \
	"\"id\":\"00000000-0000-0000-0000-000000000000\""

static void a_record_is_written_as_it_is_wanted(void **state)
{
	(void)state;
	assert_string_equal(written("title,name.familyName", ""),
		HEAD("") ",\"name\":{\"familyName\":\"Jensen\"},\"title\":\"Tour Guide\"}");
	assert_string_equal(written("emails.value", ""),
		HEAD("") ",\"emails\":[{\"value\":\"bjensen@example.com\"},"
			 "{\"value\":\"babs@jensen.org\"}]}");
	assert_string_equal(written(SCIM_URN_ENTERPRISE, ""),
		HEAD(",\"" SCIM_URN_ENTERPRISE "\"") ",\"" SCIM_URN_ENTERPRISE
						     "\":{\"department\":\"Tours\"}}");
	assert_string_equal(written("password", ""), HEAD("") "}");
	assert_string_equal(written("scopes", ""),
		HEAD(",\"" SCIM_URN_MUSTER_USER "\"") ",\"" SCIM_URN_MUSTER_USER
						      "\":{\"scopes\":[{\"value\":\"7\"}]}}");
	assert_null(strstr(written("", SCIM_URN_MUSTER_USER ":scopes"), "muster"));
	const char *all = written("", "emails, urn:ietf:params:scim:schemas:core:2.0:User:title");
	assert_null(strstr(all, "emails"));
	assert_null(strstr(all, "title"));
	assert_null(strstr(all, "argon2"));
	assert_non_null(strstr(all, "\"active\":true"));
}

static void a_selection_is_one_list_of_bounded_length(void **state)
{
	(void)state;
	struct scim_select select;
	assert_int_equal(
		scim_select_parse(user, SPAN("title"), SPAN("name"), &select, NULL), ERR_VALUE);
	assert_int_equal(
		scim_select_parse(user, repeated("title,", 101, "x"), SPAN_NONE, &select, NULL),
		ERR_VALUE);
	assert_int_equal(scim_select_parse(user, SPAN("nosuch"), SPAN_NONE, &select, NULL), OK);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_filter_holds_for_whom_it_describes),
		T(what_is_no_filter_is_refused),
		T(operations_are_applied_in_their_order),
		T(a_value_without_path_may_name_paths),
		T(a_bad_operation_says_what_is_wrong),
		T(a_password_is_taken_at_any_length),
		T(a_connection_says_what_a_path_without_a_match_does),
		T(many_operations_on_many_values_are_refused),
		T(a_password_never_reaches_the_entry),
		T(only_what_differs_is_modified),
		T(a_body_becomes_an_entry),
		T(a_record_is_written_as_it_is_wanted),
		T(a_selection_is_one_list_of_bounded_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
