/* LDIF as RFC 2849 has it, and the table of operations. */
#include "wire/ldif.h"
#include "wire/operation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static int setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void assert_value(
	const struct ldif_record *record, size_t i, const char *name, const char *value)
{
	assert_true(i < record->count);
	assert_true(span_equal(record->values[i].name, span_str(name)));
	assert_true(span_equal(record->values[i].value, span_str(value)));
}

static void folded_encoded_and_commented_lines_are_read(void **state)
{
	static const char text[] = "\xef\xbb\xbf"
				   "version: 1\r\n# a comment\r\n  that is folded\r\n\r\n"
				   "dn: uid=a,\r\n dc=x\r\nuid:a\r\n# another\r\ncn:: w4Q=\r\n"
				   "description:   inner  blanks \r\nsn: Mu\r\n l\r\n  ler\r\n"
				   "empty:\r\n\r\n\r\ndn:: ZGM9eA==\r\ndc: x";
	struct arena *arena = *state;
	struct ldif_record record;
	struct ldif ldif;
	bool found;

	ldif_start(&ldif, span_str(text));
	assert_int_equal(ldif_next(arena, &ldif, &record, &found, NULL), OK);
	assert_true(found);
	assert_true(span_equal(record.dn, SPAN("uid=a,dc=x")));
	assert_int_equal(record.line, 5);
	assert_int_equal(record.count, 5);
	assert_value(&record, 0, "uid", "a");
	assert_value(&record, 1, "cn", "\xc3\x84");
	assert_value(&record, 2, "description", "inner  blanks ");
	assert_value(&record, 3, "sn", "Mul ler");
	assert_value(&record, 4, "empty", "");
	assert_int_equal(ldif_next(arena, &ldif, &record, &found, NULL), OK);
	assert_true(found);
	assert_true(span_equal(record.dn, SPAN("dc=x")));
	assert_value(&record, 0, "dc", "x");
	assert_int_equal(ldif_next(arena, &ldif, &record, &found, NULL), OK);
	assert_false(found);
}

static void what_an_import_does_not_take_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text;
		enum err err;
		const char *line;
	} cases[] = {
		{ "dn: dc=x\nchangetype: add\n", ERR_UNSUPPORTED, "line 2" },
		{ "dn: dc=x\ndc:< file:///etc/passwd\n", ERR_UNSUPPORTED, "line 2" },
		{ "dn: dc=x\n\ndc: x\n", ERR_SYNTAX, "line 3" },
		{ "dn: dc=x\ndc\n", ERR_SYNTAX, "line 2" },
		{ "dn: dc=x\ndc:: =\n", ERR_SYNTAX, "line 2" },
		{ "\n\n : x\n", ERR_SYNTAX, "line 3" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ldif_record record;
		struct why why = { 0 };
		struct ldif ldif;
		bool found = true;
		enum err err = OK;

		ldif_start(&ldif, span_str(cases[i].text));
		while (err == OK && found)
			err = ldif_next(*state, &ldif, &record, &found, &why);
		assert_int_equal(err, cases[i].err);
		assert_non_null(strstr(why.text, cases[i].line));
	}
}

static void each_verb_is_found_and_its_arguments_are_read(void **state)
{
	(void)state;
	for (int i = 0; i < OPERATION_COUNT; i++) {
		const struct operation_row *row = operation_row((enum operation)i);
		struct span rest = span_str(row->arguments);
		struct argument a;
		bool placed = true;

		if (row->words)
			assert_int_equal(operation_find(span_str(row->words)), i);
		while (operation_next_argument(&rest, &a)) {
			assert_true(a.name.len > 0);
			/* What is placed comes first, or places could not be told. */
			assert_true(placed || !a.placed);
			placed = a.placed;
		}
	}
	assert_int_equal(operation_find(SPAN("no such")), OPERATION_COUNT);
}

static void the_marks_of_arguments_are_understood(void **state)
{
	struct argument a;

	(void)state;
	assert_true(operation_argument(OPERATION_USER_CREATE, SPAN("password"), &a));
	assert_int_equal(a.type, ARGUMENT_SECRET);
	assert_true(operation_argument(OPERATION_USER_CREATE, SPAN("tenant"), &a));
	assert_true(a.required && a.placed);
	assert_true(operation_argument(OPERATION_USER_CREATE, SPAN("roles"), &a));
	assert_int_equal(a.type, ARGUMENT_LIST);
	assert_true(span_equal(a.name, SPAN("role")));
	assert_true(operation_argument(OPERATION_DIRECTORY_CREATE, SPAN("base_dn"), &a));
	assert_true(span_equal(a.name, SPAN("base-dn")));
	assert_true(operation_argument(OPERATION_DIRECTORY_CREATE, SPAN("uri"), &a));
	assert_true(a.required && !a.placed);
	assert_true(operation_argument(OPERATION_USER_LIST, SPAN("limit"), &a));
	assert_int_equal(a.type, ARGUMENT_NUMBER);
	assert_false(operation_argument(OPERATION_USER_LIST, SPAN("colour"), &a));
}

static void results_say_their_status_and_shape(void **state)
{
	struct operation_result created = operation_result(OPERATION_USER_CREATE);
	struct operation_result list = operation_result(OPERATION_USER_LIST);

	(void)state;
	assert_int_equal(created.status, 201);
	assert_true(span_equal(created.schema, SPAN("Created")));
	assert_false(created.is_list);
	assert_int_equal(list.status, 200);
	assert_true(span_equal(list.schema, SPAN("UserRow")));
	assert_true(list.is_list);
	assert_int_equal(operation_result(OPERATION_USER_DELETE).status, 204);
	assert_true(operation_has_tenant(OPERATION_USER_DELETE));
	assert_false(operation_has_tenant(OPERATION_STATUS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(folded_encoded_and_commented_lines_are_read),
		TEST(what_an_import_does_not_take_is_refused_with_its_line),
		TEST(each_verb_is_found_and_its_arguments_are_read),
		TEST(the_marks_of_arguments_are_understood),
		TEST(results_say_their_status_and_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
