#include "in/upstream/range.h"
#include "unit.h"

static struct range range;

static void a_plain_description_has_no_range(void **state)
{
	(void)state;
	assert_true(range_read(SPAN("member"), &range));
	assert_false(range.ranged);
	assert_span(range.type, "member");
	assert_true(range_read(SPAN("cn;lang-fr"), &range));
	assert_span(range.type, "cn");
	assert_false(range.ranged);
}

static void a_piece_says_where_it_stands(void **state)
{
	(void)state;
	assert_true(range_read(SPAN("member;range=1500-2999"), &range));
	assert_true(range.ranged);
	assert_false(range.ends);
	assert_int_equal(range.first, 1500);
	assert_int_equal(range.last, 2999);
	assert_span(range.type, "member");
}

static void the_last_piece_ends_with_a_star(void **state)
{
	(void)state;
	assert_true(range_read(SPAN("member;binary;Range=3000-*"), &range));
	assert_true(range.ranged && range.ends);
	assert_int_equal(range.first, 3000);
}

static void a_malformed_range_is_refused(void **state)
{
	static const char *const bad[] = { "", ";range=0-1", "member;range=", "member;range=1",
		"member;range=-1", "member;range=2-1", "member;range=0-1;range=2-3",
		"member;range=0-99999999999", "member;range=*-1", "member;range=0-1 " };
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(range_read(span_str(bad[i]), &range));
}

static void the_next_piece_is_asked_for_by_name(void **state)
{
	struct arena *arena = arena_new();
	(void)state;
	assert_string_equal(range_name(arena, SPAN("member"), 1500), "member;range=1500-*");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_description_has_no_range),
		cmocka_unit_test(a_piece_says_where_it_stands),
		cmocka_unit_test(the_last_piece_ends_with_a_star),
		cmocka_unit_test(a_malformed_range_is_refused),
		cmocka_unit_test(the_next_piece_is_asked_for_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
