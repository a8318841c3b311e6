#include "model/because.h"
#include "unit.h"

static struct arena *arena;

static const char *english(const char *line)
{
	return because_text(arena, span_str(line));
}

static void values_stand_where_the_sentence_names_them(void **state)
{
	struct because because = { 0 };

	(void)state;
	because_add(&because, BECAUSE_ATTRIBUTE,
		BECAUSE_WITH(BECAUSE_TEXT("attribute", "title"), BECAUSE_NUMBER("n", 30),
			BECAUSE_NUMBER("people", 40), BECAUSE_NUMBER("percent", 50)));
	assert_string_equal(because.line, "attribute attribute=title n#30 people#40 percent#50");
	assert_string_equal(english(because.line),
		"title of 30 of 40 people would change within 24 hours, more than 50 %");
}

static void one_reason_follows_the_other(void **state)
{
	struct because because = { 0 };

	(void)state;
	because_add(&because, BECAUSE_DIFFERS, NULL);
	because_add(&because, BECAUSE_EMPTY, BECAUSE_WITH(BECAUSE_NUMBER("n", -3)));
	assert_string_equal(because.line, "differs; empty n#-3");
	assert_string_equal(english(because.line),
		"the directory says something else since the plan was approved: the directory "
		"named nobody, and -3 people are known");
}

static void a_text_comes_back_as_it_was_given(void **state)
{
	static const char text[] = "a b;c=d#e%20+ \xc3\xa4{n}";
	struct because because = { 0 };
	struct because_found found;
	struct because_part part;

	(void)state;
	because_add(&because, BECAUSE_ATTRIBUTE,
		BECAUSE_WITH(BECAUSE_TEXT("attribute", text), BECAUSE_NUMBER("n", 7)));
	struct span line = span_str(because.line);
	assert_true(because_next(&line, &part));
	assert_true(span_equal(part.code, SPAN("attribute")));
	assert_true(because_next_value(&part, &found));
	assert_string_equal(found.name, "attribute");
	assert_false(found.is_number);
	assert_string_equal(found.text, text);
	assert_true(because_next_value(&part, &found));
	assert_true(found.is_number && found.number == 7);
	assert_false(because_next_value(&part, &found));
	assert_false(because_next(&line, &part));
}

static void what_has_no_room_is_cut_between_two_characters(void **state)
{
	struct because because = { 0 };
	char text[2 * BECAUSE_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 2 ? '\xa4' : '\xc3';
	text[sizeof(text) - 1] = '\0';
	because_add(&because, BECAUSE_ATTRIBUTE,
		BECAUSE_WITH(BECAUSE_TEXT("attribute", text), BECAUSE_NUMBER("n", 7)));
	because_add(&because, BECAUSE_PREVIEW, NULL);
	assert_true(strlen(because.line) < BECAUSE_MAX);
	assert_true(span_is_utf8(span_str(english(because.line))));
}

static void a_code_that_is_not_known_is_shown_as_it_is(void **state)
{
	(void)state;
	assert_string_equal(english("of-tomorrow n#3; preview"),
		"of-tomorrow: a preview was asked for: nothing is done before its approval");
	assert_string_equal(english(""), "");
	assert_string_equal(english("; x% =; #"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_stand_where_the_sentence_names_them),
		cmocka_unit_test(one_reason_follows_the_other),
		cmocka_unit_test(a_text_comes_back_as_it_was_given),
		cmocka_unit_test(what_has_no_room_is_cut_between_two_characters),
		cmocka_unit_test(a_code_that_is_not_known_is_shown_as_it_is),
	};

	arena = arena_new();
	int failed = cmocka_run_group_tests_name("because", tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
