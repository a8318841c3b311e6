#include "base/clock.h"
#include "in/mapping/mapping_int.h"

/* ---- reading ---- */

static enum err add_value(struct grammar *c, struct test *test, struct span value)
{
	if (!test->values)
		test->values = arena_array(c->arena, MAPPING_PAIRS_MAX, sizeof(*test->values));
	if (test->count == MAPPING_PAIRS_MAX)
		return grammar_fail(c, "the list is too long");
	if (value.len == 0)
		return grammar_fail(c, "expected a value");
	test->values[test->count++] = mapping_normal(c->arena, value);
	return OK;
}

static struct span take_until(struct grammar *c, const char *ends)
{
	size_t begin = c->at;

	while (grammar_peek(c) > 0 && !strchr(ends, grammar_peek(c)))
		c->at++;
	return span_trim(span_of(c->text.data + begin, c->at - begin));
}

static enum err read_item(struct grammar *c, struct test *test)
{
	struct span item;
	enum err err = OK;

	grammar_skip_blanks(c);
	if (grammar_peek(c) == '"')
		err = grammar_quoted(c, &item);
	else
		item = take_until(c, ",)\"");
	return err ? err : add_value(c, test, item);
}

static enum err read_list(struct grammar *c, struct test *test)
{
	enum err err = read_item(c, test);

	while (!err && grammar_take(c, ","))
		err = read_item(c, test);
	if (!err && !grammar_take(c, ")"))
		err = grammar_fail(c, "expected \",\" or \")\"");
	return err;
}

/* To the end of the row: a value may hold blanks, and at its end a star. */
static enum err read_plain(struct grammar *c, struct test *test)
{
	struct span value = span_trim(span_from(c->text, c->at));
	size_t star = span_find(value, '*');

	if (star + 1 < value.len)
		return grammar_fail(c, "a star stands at the end only; quotes make it a character");
	c->at = c->text.len;
	if (star < value.len) {
		value.len = star;
		test->kind = value.len > 0 ? TEST_STARTS : TEST_PRESENT;
	}
	return test->kind == TEST_PRESENT ? OK : add_value(c, test, value);
}

static enum err read_values(struct grammar *c, struct test *test)
{
	struct span text;
	enum err err;

	test->kind = TEST_EQUAL;
	if (grammar_take(c, "("))
		return read_list(c, test);
	grammar_skip_blanks(c);
	if (grammar_peek(c) != '"')
		return read_plain(c, test);
	err = grammar_quoted(c, &text);
	return err ? err : add_value(c, test, text);
}

static enum err read_bits(struct grammar *c, struct test *test)
{
	test->kind = TEST_BITS;
	grammar_skip_blanks(c);
	if (!span_to_u64(grammar_name(c), &test->bits) || test->bits == 0)
		return grammar_fail(c, "expected a number, the sum of the bits");
	return OK;
}

static enum err read_time(struct grammar *c, bool times, struct test *test)
{
	if (!times)
		return grammar_fail(
			c, "a scope does not change by itself; a time is a disabled rule");
	test->through = !grammar_take(c, "=");
	test->kind = TEST_DAY;
	if (grammar_take(c, "today"))
		return OK;
	test->kind = TEST_TIME;
	if (test->through && grammar_take(c, "now"))
		return OK;
	return grammar_fail(c, "expected <today, <=today or <now");
}

static enum err read_below(struct grammar *c, struct test *test)
{
	struct span text = span_trim(span_from(c->text, c->at));

	test->kind = TEST_BELOW;
	if (dn_parse(c->arena, text, &test->base, NULL) != OK || test->base.count == 0)
		return grammar_fail(c, "expected the DN of the entry that is above");
	c->at = c->text.len;
	return OK;
}

static enum err read_operator(struct grammar *c, bool times, struct test *test)
{
	if (grammar_take(c, "!="))
		test->negative = true;
	else if (grammar_take(c, "!&")) {
		test->negative = true;
		return read_bits(c, test);
	} else if (grammar_take(c, "&"))
		return read_bits(c, test);
	else if (grammar_take(c, "<"))
		return read_time(c, times, test);
	else if (!grammar_take(c, "="))
		return grammar_fail(c, times ? "expected =, !=, &, !&, <today or <now"
					     : "expected =, !=, & or !&");
	return read_values(c, test);
}

enum err test_read(struct grammar *c, bool times, struct test *test)
{
	enum err err;

	*test = (struct test){ .text = c->text };
	if (grammar_take(c, "not below ") || grammar_take(c, "below ")) {
		test->negative = span_starts(span_trim(c->text), SPAN("not"));
		return read_below(c, test);
	}
	err = grammar_want(c, grammar_name(c), &test->attribute);
	if (!err)
		err = read_operator(c, times, test);
	return err ? err : grammar_end(c);
}

/* ---- asking ---- */

static bool is_one_of(struct evaluation *e, const struct test *test, struct span value)
{
	struct span normal = mapping_normal(e->arena, value);

	for (size_t i = 0; i < test->count; i++)
		if (test->kind == TEST_STARTS ? span_starts(normal, test->values[i])
					      : span_equal(normal, test->values[i]))
			return true;
	return false;
}

static bool some_value(struct evaluation *e, const struct test *test)
{
	const struct theirs *theirs = &e->entry->attributes[test->attribute];

	for (size_t i = 0; i < theirs->count; i++)
		if (theirs->values[i].len > 0 && is_one_of(e, test, theirs->values[i]))
			return true;
	return false;
}

static bool has_value(struct evaluation *e, const struct test *test)
{
	const struct theirs *theirs = &e->entry->attributes[test->attribute];

	for (size_t i = 0; i < theirs->count; i++)
		if (theirs->values[i].len > 0)
			return true;
	return false;
}

/* Active Directory writes numbers of 32 bits with a sign. */
static bool has_bits(struct evaluation *e, const struct test *test)
{
	const struct theirs *theirs = &e->entry->attributes[test->attribute];

	for (size_t i = 0; i < theirs->count; i++) {
		struct span text = span_trim(theirs->values[i]);
		bool negative = text.len > 0 && text.data[0] == '-';
		uint64_t number;
		if (!span_to_u64(negative ? span_from(text, 1) : text, &number))
			continue;
		if (((negative ? -number : number) & test->bits) == test->bits)
			return true;
	}
	return false;
}

static bool is_below(struct evaluation *e, const struct test *test)
{
	struct dn dn;

	return dn_parse(e->arena, e->entry->dn, &dn, NULL) == OK && dn_is_below(&dn, &test->base);
}

bool test_holds(struct evaluation *e, const struct test *test)
{
	switch (test->kind) {
	case TEST_PRESENT:
		return has_value(e, test) != test->negative;
	case TEST_BITS:
		return has_bits(e, test) != test->negative;
	case TEST_BELOW:
		return is_below(e, test) != test->negative;
	case TEST_DAY:
	case TEST_TIME:
		return false; /* test_due() knows */
	default:
		return some_value(e, test) != test->negative;
	}
}

/* ---- the scope ---- */

enum err scope_compile(
	struct arena *arena, struct mapping *mapping, const struct texts *texts, struct why *why)
{
	enum err err = OK;

	for (size_t i = 0; !err && i < texts->count; i++) {
		struct grammar c = { .arena = arena,
			.mapping = mapping,
			.setting = "scopeRule",
			.text = texts->rows[i],
			.why = why };
		if (mapping->scope_count == MAPPING_RULES_MAX)
			return fail(why, ERR_TOO_MANY, "scopeRule", "more than %d rules",
				MAPPING_RULES_MAX);
		err = test_read(&c, false, &mapping->scope[mapping->scope_count]);
		mapping->scope_count += !err;
	}
	return err;
}

const struct test *scope_breaks(struct evaluation *e)
{
	for (size_t i = 0; i < e->mapping->scope_count; i++)
		if (!test_holds(e, &e->mapping->scope[i]))
			return &e->mapping->scope[i];
	return NULL;
}
