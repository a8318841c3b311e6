/* Cursors: good for one query of one tenant, until their time. */
#include "base/clock.h"
#include "base/codec.h"
#include "core/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct cursor_key key = { { 1, 2, 3 } };
static const struct cursor_query query = { 5, { (const uint8_t *)"query", 5 } };
static const struct cursor_place place = { KIND_USER, 77, { (const uint8_t *)"sort", 4 } };

static enum err read_it(struct arena *arena, const struct cursor_query *asked, const char *text,
	struct cursor_place *back, struct why *why)
{
	return cursor_read(arena, &key, asked, span_str(text), back, why);
}

static void a_cursor_comes_back_as_it_was(void **state)
{
	struct arena *arena = arena_new();
	struct cursor_place back;
	(void)state;
	const char *text = cursor_write(arena, &key, &query, &place, clock_wall() + 60 * SECOND);
	assert_int_equal(read_it(arena, &query, text, &back, NULL), OK);
	assert_int_equal(back.kind, place.kind);
	assert_int_equal(back.number, place.number);
	assert_true(span_equal(back.sort, place.sort));
	/* RFC 9865 section 2: of RFC 3986's unreserved characters alone */
	for (const char *c = text; *c; c++)
		assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789-_.~",
			*c));
	arena_free(arena);
}

static void after_its_time_a_cursor_is_expired_and_not_unknown(void **state)
{
	struct arena *arena = arena_new();
	struct cursor_place back;
	struct why why = { 0 };
	(void)state;
	const char *text = cursor_write(arena, &key, &query, &place, clock_wall() - 1);
	assert_int_equal(read_it(arena, &query, text, &back, &why), ERR_CURSOR_EXPIRED);
	assert_string_equal(err_row(ERR_CURSOR_EXPIRED)->scim_type, "expiredCursor");
	assert_int_equal(err_row(ERR_CURSOR_EXPIRED)->http, 400);
	assert_string_equal(why.attribute, "cursor");
	arena_free(arena);
}

static void what_was_not_signed_for_this_query_is_unknown(void **state)
{
	struct arena *arena = arena_new();
	struct cursor_place back;
	struct cursor_query other_tenant = query, other_text = query;
	static const struct cursor_key other_key = { { 9 } };
	(void)state;
	other_tenant.tenant++;
	other_text.text = SPAN("another");
	/* also when it is too old: who has no right to it learns nothing of it */
	for (int64_t life = -60 * SECOND; life <= 60 * SECOND; life += 120 * SECOND) {
		char *text = cursor_write(arena, &key, &query, &place, clock_wall() + life);
		assert_int_equal(read_it(arena, &other_tenant, text, &back, NULL), ERR_CURSOR);
		assert_int_equal(read_it(arena, &other_text, text, &back, NULL), ERR_CURSOR);
		assert_int_equal(
			cursor_read(arena, &other_key, &query, span_str(text), &back, NULL),
			ERR_CURSOR);
		text[3] = text[3] == 'A' ? 'B' : 'A';
		assert_int_equal(read_it(arena, &query, text, &back, NULL), ERR_CURSOR);
	}
	assert_int_equal(read_it(arena, &query, "", &back, NULL), ERR_CURSOR);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cursor_comes_back_as_it_was),
		cmocka_unit_test(after_its_time_a_cursor_is_expired_and_not_unknown),
		cmocka_unit_test(what_was_not_signed_for_this_query_is_unknown),
	};
	return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
