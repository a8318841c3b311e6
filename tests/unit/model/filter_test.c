#include "unit.h"

#include "base/limits.h"
#include "model/filter.h"

#include <stdlib.h>

#define T TRUTH_TRUE
#define F TRUTH_FALSE
#define U TRUTH_UNDEFINED

struct fixture {
	struct arena *arena;
	struct buffer bytes;
	struct record record;
};

static void add(struct entry *entry, enum attr attr, uint16_t instance, const char *text)
{
	assert_int_equal(entry_add(entry, attr, instance, 0, span_str(text), NULL), OK);
}

static int jane_begin(void **state)
{
	struct fixture *f = heap_zalloc(sizeof *f);
	struct arena *arena = arena_new();
	struct entry *entry = entry_new(arena, KIND_USER);

	entry->number = 42;
	entry->revision = 7;
	entry->created = INT64_C(1763774703000000); /* 2025-11-22T01:25:03Z */
	entry->modified = INT64_C(1763774703456789);
	memset(entry->id.octets, 0xAB, sizeof entry->id.octets);
	add(entry, ATTR_USER_NAME, 0, "Jane.Doe");
	add(entry, ATTR_COMMON_NAME, 0, "Jane  D\u00f6e");
	add(entry, ATTR_EMAIL, 0, "jane@work.example");
	add(entry, ATTR_EMAIL, 1, "jane@home.example");
	add(entry, ATTR_EMAIL, 2, "jane@spare.example");
	add(entry, ATTR_EMAIL_TYPE, 0, "work");
	add(entry, ATTR_EMAIL_TYPE, 1, "home");
	add(entry, ATTR_PHONE, 0, "+49 40-123");
	add(entry, ATTR_ACTIVE, 0, "TRUE");
	add(entry, ATTR_PASSWORD, 0, "{ARGON2}secret");
	add(entry, ATTR_UID_NUMBER, 0, "1000");
	add(entry, ATTR_LINK, 0, "anchor");
	f->arena = arena;
	buffer_init(&f->bytes, LIMIT_RECORD_OCTETS);
	assert_int_equal(record_write(&f->bytes, entry, NULL), OK);
	assert_int_equal(record_open(buffer_span(&f->bytes), &f->record, NULL), OK);
	*state = f;
	return 0;
}

static int jane_end(void **state)
{
	struct fixture *f = *state;

	buffer_free(&f->bytes);
	arena_free(f->arena);
	free(f);
	return 0;
}

#define test_of_jane(name) cmocka_unit_test_setup_teardown(name, jane_begin, jane_end)

struct leaf {
	enum filter_op op;
	enum attr attr;
	const char *value;
	enum truth truth;
};

static void check_leaves(struct fixture *f, const struct leaf *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct filter *filter =
			filter_leaf(f->arena, rows[i].op, rows[i].attr, span_str(rows[i].value));
		enum truth truth = filter_test(filter, &f->record, NULL);
		if (truth != rows[i].truth)
			fail_msg("row %zu (%s): %d", i, rows[i].value, truth);
	}
}

static void equality_follows_the_matching_rule_of_any_value(void **state)
{
	static const struct leaf rows[] = {
		{ FILTER_EQUAL, ATTR_USER_NAME, "jane.doe", T },
		{ FILTER_EQUAL, ATTR_USER_NAME, "\uff2aANE.DOE", T },
		{ FILTER_EQUAL, ATTR_USER_NAME, "jane", F },
		{ FILTER_EQUAL, ATTR_COMMON_NAME, "jane DO\u0308E", T },
		{ FILTER_EQUAL, ATTR_EMAIL, "JANE@home.example", T },
		{ FILTER_EQUAL, ATTR_PHONE, "+4940123", T },
		{ FILTER_EQUAL, ATTR_ACTIVE, "true", T },
		{ FILTER_EQUAL, ATTR_ACTIVE, "false", F },
		{ FILTER_EQUAL, ATTR_TITLE, "x", F }, /* has none */
		{ FILTER_EQUAL, ATTR_UID_NUMBER, "01000", T },
		{ FILTER_PRESENT, ATTR_EMAIL, NULL, T },
		{ FILTER_PRESENT, ATTR_TITLE, NULL, F },
	};

	check_leaves(*state, rows, COUNT(rows));
}

static void what_cannot_be_compared_is_undefined(void **state)
{
	static const struct leaf rows[] = {
		{ FILTER_EQUAL, ATTR_NONE, "x", U },
		{ FILTER_PRESENT, ATTR_NONE, NULL, U },
		{ FILTER_EQUAL, ATTR_UID_NUMBER, "many", U },
		{ FILTER_EQUAL, ATTR_ACTIVE, "maybe", U },
		{ FILTER_GREATER, ATTR_ACTIVE, "TRUE", U },
		{ FILTER_EQUAL, ATTR_MODIFIED, "yesterday", U },
		{ FILTER_EQUAL, ATTR_ID, "no uuid", U },
		{ FILTER_EQUAL, ATTR_USER_NAME, "\xff", U },
	};

	check_leaves(*state, rows, COUNT(rows));
}

static void a_secret_is_never_compared(void **state)
{
	static const struct leaf rows[] = {
		{ FILTER_PRESENT, ATTR_PASSWORD, NULL, U },
		{ FILTER_EQUAL, ATTR_PASSWORD, "{ARGON2}secret", U },
		{ FILTER_GREATER_EQUAL, ATTR_PASSWORD, "{", U },
		{ FILTER_PRESENT, ATTR_LINK, NULL, U },
		{ FILTER_EQUAL, ATTR_LINK, "anchor", U },
	};
	struct fixture *f = *state;

	check_leaves(f, rows, COUNT(rows));
	struct filter *filter =
		filter_substring(f->arena, ATTR_PASSWORD, SPAN("{ARGON2}"), NULL, 0, SPAN_NONE);
	assert_int_equal(filter_test(filter, &f->record, NULL), U);
	/* Nor when a caller makes the leaf by hand. */
	filter = filter_new(f->arena, FILTER_PRESENT, ATTR_PASSWORD);
	assert_int_equal(filter_test(filter, &f->record, NULL), U);
}

static void order_is_that_of_the_syntax(void **state)
{
	static const struct leaf rows[] = {
		{ FILTER_GREATER, ATTR_UID_NUMBER, "999", T },
		{ FILTER_LESS, ATTR_UID_NUMBER, "999", F },
		{ FILTER_GREATER_EQUAL, ATTR_UID_NUMBER, "1000", T },
		{ FILTER_GREATER, ATTR_UID_NUMBER, "1000", F },
		{ FILTER_LESS_EQUAL, ATTR_UID_NUMBER, "1000", T },
		{ FILTER_GREATER_EQUAL, ATTR_USER_NAME, "JANE", T },
		{ FILTER_LESS, ATTR_USER_NAME, "K", T },
		{ FILTER_GREATER, ATTR_TITLE, "", F },
	};

	check_leaves(*state, rows, COUNT(rows));
}

static void computed_attributes_come_from_the_head_and_the_kind(void **state)
{
	static const struct leaf rows[] = {
		{ FILTER_EQUAL, ATTR_ID, "ABABABAB-abab-abab-abab-abababababab", T },
		{ FILTER_EQUAL, ATTR_ID, "abababab-abab-abab-abab-ababababab00", F },
		{ FILTER_PRESENT, ATTR_ID, NULL, T },
		{ FILTER_EQUAL, ATTR_OBJECT_CLASS, "INETORGPERSON", T },
		{ FILTER_EQUAL, ATTR_OBJECT_CLASS, "top", T },
		{ FILTER_EQUAL, ATTR_OBJECT_CLASS, "person", T },
		{ FILTER_EQUAL, ATTR_OBJECT_CLASS, "groupOfNames", F },
		{ FILTER_EQUAL, ATTR_OBJECT_CLASS, "inetOrgPerson person", U },
		{ FILTER_PRESENT, ATTR_OBJECT_CLASS, NULL, T },
		{ FILTER_EQUAL, ATTR_STRUCTURAL_CLASS, "inetOrgPerson", T },
		{ FILTER_EQUAL, ATTR_STRUCTURAL_CLASS, "top", F },
		{ FILTER_EQUAL, ATTR_REVISION, "7", T },
		{ FILTER_EQUAL, ATTR_HAS_SUBORDINATES, "false", T },
		{ FILTER_PRESENT, ATTR_SUBSCHEMA, NULL, T },
		{ FILTER_EQUAL, ATTR_SUBSCHEMA, "cn=schema", U },
		{ FILTER_EQUAL, ATTR_CREATED, "20251122012503Z", T },
	};

	check_leaves(*state, rows, COUNT(rows));
}

static void times_are_compared_at_the_resolution_of_the_assertion(void **state)
{
	static const struct leaf rows[] = {
		{ FILTER_EQUAL, ATTR_MODIFIED, "20251122012503Z", T },
		{ FILTER_LESS_EQUAL, ATTR_MODIFIED, "20251122012503Z", T },
		{ FILTER_GREATER, ATTR_MODIFIED, "20251122012503Z", F },
		{ FILTER_GREATER, ATTR_MODIFIED, "2025-11-22T01:25:03.455Z", T },
		{ FILTER_EQUAL, ATTR_MODIFIED, "2025-11-22T01:25:03.456Z", T },
		{ FILTER_GREATER, ATTR_MODIFIED, "2025-11-22T01:25:03.456Z", F },
		{ FILTER_LESS, ATTR_MODIFIED, "2025-11-22T01:25:03.457Z", T },
		{ FILTER_EQUAL, ATTR_MODIFIED, "2025-11-22T01:25:03.000Z", F },
	};

	check_leaves(*state, rows, COUNT(rows));
}

static enum truth substring(struct fixture *f, enum attr attr, const char *initial,
	const char *const *any, size_t count, const char *final)
{
	struct span spans[4] = { 0 };

	for (size_t i = 0; i < count; i++)
		spans[i] = span_str(any[i]);
	struct filter *filter =
		filter_substring(f->arena, attr, span_str(initial), spans, count, span_str(final));
	return filter_test(filter, &f->record, NULL);
}

static void substrings_stand_in_order_and_do_not_overlap(void **state)
{
	struct fixture *f = *state;
	const enum attr mail = ATTR_EMAIL;

	assert_int_equal(substring(f, mail, "JANE@", NULL, 0, NULL), T);
	assert_int_equal(substring(f, mail, NULL, NULL, 0, ".EXAMPLE"), T);
	assert_int_equal(substring(f, mail, "jane@h", NULL, 0, "e.example"), T);
	assert_int_equal(substring(f, mail, "jane@x", NULL, 0, NULL), F);
	assert_int_equal(substring(f, mail, NULL, (const char *[]){ "ork", "exam" }, 2, NULL), T);
	assert_int_equal(substring(f, mail, NULL, (const char *[]){ "exam", "ork" }, 2, NULL), F);
	/* "jane@" and "e@work" would share "e@". */
	assert_int_equal(substring(f, mail, "jane@", (const char *[]){ "e@work" }, 1, NULL), F);
	assert_int_equal(substring(f, ATTR_USER_NAME, "jane.do", NULL, 0, "oe"), F);
	assert_int_equal(substring(f, ATTR_USER_NAME, "jane.d", NULL, 0, "oe"), T);
	assert_int_equal(substring(f, ATTR_COMMON_NAME, "jane ", NULL, 0, "\u00d6E"), T);
	assert_int_equal(substring(f, ATTR_COMMON_NAME, "jan ", NULL, 0, NULL), F);
	assert_int_equal(substring(f, ATTR_TITLE, "x", NULL, 0, NULL), F);
	assert_int_equal(substring(f, ATTR_ACTIVE, "TR", NULL, 0, NULL), U);
	assert_int_equal(substring(f, ATTR_ID, "abab", NULL, 0, NULL), T);
	assert_int_equal(substring(f, ATTR_EMAIL, "\xff", NULL, 0, NULL), U);
}

static struct filter *constant(struct arena *arena, enum truth truth)
{
	if (truth == U)
		return filter_new(arena, FILTER_UNDEFINED, ATTR_NONE);
	return filter_branch(arena, truth == T ? FILTER_AND : FILTER_OR, NULL, 0);
}

static void logic_has_three_values(void **state)
{
	static const enum truth and_of[3][3] = { { F, F, F }, { F, T, U }, { F, U, U } };
	static const enum truth or_of[3][3] = { { F, T, U }, { T, T, T }, { U, T, U } };
	static const enum truth not_of[3] = { T, F, U };
	struct fixture *f = *state;

	for (int a = 0; a < 3; a++) {
		struct filter *parts[2] = { constant(f->arena, (enum truth)a) };
		struct filter *not = filter_branch(f->arena, FILTER_NOT, parts, 1);
		assert_int_equal(filter_test(not, &f->record, NULL), not_of[a]);
		for (int b = 0; b < 3; b++) {
			parts[1] = constant(f->arena, (enum truth)b);
			struct filter *and = filter_branch(f->arena, FILTER_AND, parts, 2);
			struct filter * or = filter_branch(f->arena, FILTER_OR, parts, 2);
			assert_int_equal(filter_test(and, &f->record, NULL), and_of[a][b]);
			assert_int_equal(filter_test(or, &f->record, NULL), or_of[a][b]);
		}
	}
}

static enum truth emails_where(struct fixture *f, struct filter *a, struct filter *b)
{
	struct filter **parts = arena_array(f->arena, 2, sizeof *parts);
	struct filter **all = arena_array(f->arena, 1, sizeof *all);

	parts[0] = a;
	parts[1] = b;
	all[0] = filter_branch(f->arena, FILTER_AND, parts, 2);
	return filter_test(filter_branch(f->arena, FILTER_SAME_INSTANCE, all, 1), &f->record, NULL);
}

static struct filter *type_is(struct fixture *f, const char *type)
{
	return filter_leaf(f->arena, FILTER_EQUAL, ATTR_EMAIL_TYPE, span_str(type));
}

static struct filter *mail_is(struct fixture *f, const char *mail)
{
	return filter_leaf(f->arena, FILTER_EQUAL, ATTR_EMAIL, span_str(mail));
}

static void terms_in_brackets_hold_for_one_instance(void **state)
{
	struct fixture *f = *state;
	struct filter *work = type_is(f, "work");
	struct filter *not_work = filter_branch(f->arena, FILTER_NOT, &work, 1);

	assert_int_equal(emails_where(f, type_is(f, "work"), mail_is(f, "jane@work.example")), T);
	assert_int_equal(emails_where(f, type_is(f, "home"), mail_is(f, "jane@work.example")), F);
	/* The third has no type at all. */
	assert_int_equal(emails_where(f, not_work, mail_is(f, "jane@spare.example")), T);
	assert_int_equal(emails_where(f, not_work, mail_is(f, "jane@work.example")), F);
	struct filter *none = type_is(f, "none");
	struct filter *bad = filter_new(f->arena, FILTER_UNDEFINED, ATTR_NONE);
	assert_int_equal(emails_where(f, bad, type_is(f, "work")), U);
	assert_int_equal(emails_where(f, bad, none), F);
}

static bool edge_to_seven(void *arg, uint32_t container, uint32_t member)
{
	*(unsigned *)arg += 1;
	return container == 7 && member == 42;
}

static bool has_edges(void *arg, uint32_t number, enum attr attr)
{
	(void)arg;
	return number == 42 && attr == ATTR_MEMBER_OF;
}

static void memberships_are_asked_of_the_context(void **state)
{
	struct fixture *f = *state;
	unsigned asked = 0;
	const struct filter_context context = {
		.edge = edge_to_seven, .edges = has_edges, .arg = &asked
	};
	struct filter *filter = filter_leaf(f->arena, FILTER_EQUAL, ATTR_MEMBER_OF, SPAN("x"));
	struct filter *present = filter_leaf(f->arena, FILTER_PRESENT, ATTR_MEMBER_OF, SPAN_NONE);

	assert_int_equal(filter_test(filter, &f->record, &context), F);
	assert_int_equal(asked, 0);
	filter->target = 7;
	assert_int_equal(filter_test(filter, &f->record, &context), T);
	filter->target = 8;
	assert_int_equal(filter_test(filter, &f->record, &context), F);
	assert_int_equal(asked, 2);
	assert_int_equal(filter_test(filter, &f->record, NULL), U);
	assert_int_equal(filter_test(present, &f->record, &context), T);
	assert_int_equal(filter_test(present, &f->record, NULL), U);
	filter = filter_leaf(f->arena, FILTER_EQUAL, ATTR_MEMBER, SPAN("x"));
	filter->target = 42;
	assert_int_equal(filter_test(filter, &f->record, &context), F); /* a user holds nobody */
	filter = filter_leaf(f->arena, FILTER_EQUAL, ATTR_ENTRY_DN, SPAN("x"));
	filter->target = 42;
	filter->target_kind = KIND_USER;
	assert_int_equal(filter_test(filter, &f->record, NULL), T);
	filter->target = 43;
	assert_int_equal(filter_test(filter, &f->record, NULL), F);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_of_jane(equality_follows_the_matching_rule_of_any_value),
		test_of_jane(what_cannot_be_compared_is_undefined),
		test_of_jane(a_secret_is_never_compared),
		test_of_jane(order_is_that_of_the_syntax),
		test_of_jane(computed_attributes_come_from_the_head_and_the_kind),
		test_of_jane(times_are_compared_at_the_resolution_of_the_assertion),
		test_of_jane(substrings_stand_in_order_and_do_not_overlap),
		test_of_jane(logic_has_three_values),
		test_of_jane(terms_in_brackets_hold_for_one_instance),
		test_of_jane(memberships_are_asked_of_the_context),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
