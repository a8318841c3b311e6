/* Patches and filters against oracles that are too simple to be wrong: small alphabets, many
 * rounds, a fixed seed. */
#include "../dice.h"
#include "unit.h"

#include "base/limits.h"
#include "model/filter.h"
#include "model/patch.h"
#include "model/value.h"

#include <ctype.h>
#include <stdlib.h>

static struct dice dice = { 20261122 };

static unsigned below(unsigned n)
{
	return dice_roll(&dice, n);
}

static const char *const words[] = { "a", "A", "b", "B", "ab", "aB", "ba", "bab", "a b", "ABBA" };
static const char *const numbers[] = { "0", "7", "10", "-3", "100", "1000" };

static const char *one_of(const char *const *texts, size_t count)
{
	return texts[below((unsigned)count)];
}

static bool same_word(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++) {
		if (tolower(*a) != tolower(*b))
			return false;
	}
	return *a == *b;
}

/* ---- patches of a set ---- */

struct oracle {
	const char *words[COUNT(words)];
	size_t count;
};

static size_t oracle_find(const struct oracle *oracle, const char *word)
{
	size_t i = 0;

	while (i < oracle->count && !same_word(oracle->words[i], word))
		i++;
	return i;
}

static void oracle_add(struct oracle *oracle, const char *word)
{
	if (oracle_find(oracle, word) == oracle->count)
		oracle->words[oracle->count++] = word;
}

static void oracle_apply(
	struct oracle *oracle, enum patch_op op, const char *const *given, size_t count)
{
	if (op == PATCH_REPLACE || (op == PATCH_REMOVE && count == 0))
		oracle->count = 0;
	for (size_t i = 0; i < count; i++) {
		size_t at = oracle_find(oracle, given[i]);
		if (op != PATCH_REMOVE)
			oracle_add(oracle, given[i]);
		else if (at < oracle->count)
			oracle->words[at] = oracle->words[--oracle->count];
	}
}

static void assert_agrees(const struct entry *entry, enum attr attr, const struct oracle *oracle)
{
	assert_int_equal(entry_value_count(entry, attr), oracle->count);
	for (size_t i = 0; i < oracle->count; i++) {
		const struct value *value;
		size_t n = 0;
		while ((value = entry_value(entry, attr, n)) != NULL &&
			!value_equal(attr, value->octets, span_str(oracle->words[i])))
			n++;
		assert_non_null(value);
		assert_true(span_equal(value->octets, span_str(oracle->words[i])));
	}
}

static void assert_well_formed(const struct entry *entry)
{
	size_t primaries = 0;

	for (size_t i = 0; i < entry->count; i++) {
		const struct value *v = &entry->values[i];
		bool found = v->attr != ATTR_EMAIL_TYPE && v->attr != ATTR_EMAIL_PRIMARY;
		for (size_t j = 0; j < i; j++) {
			const struct value *w = &entry->values[j];
			assert_true(w->attr < v->attr ||
				    (w->attr == v->attr && w->instance < v->instance));
			found |= w->attr == ATTR_EMAIL && w->instance == v->instance;
		}
		assert_true(found);
		primaries += v->attr == ATTR_EMAIL_PRIMARY && span_equal(v->octets, SPAN("TRUE"));
	}
	assert_true(primaries <= 1);
}

static struct span record_of(struct arena *arena, const struct entry *entry)
{
	struct buffer out;

	buffer_init(&out, LIMIT_RECORD_OCTETS);
	assert_int_equal(record_write(&out, entry, NULL), OK);
	struct span bytes = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return bytes;
}

static struct modification random_mod(struct arena *arena, enum attr attr, const char **given)
{
	struct modification mod = { .op = below(3), .attr = attr, .count = below(4) };
	struct value *values = arena_array(arena, 4, sizeof *values);

	for (size_t i = 0; i < mod.count; i++) {
		given[i] = one_of(words, COUNT(words));
		values[i] = (struct value){ .instance = (uint16_t)i, .octets = span_str(given[i]) };
	}
	mod.values = values;
	return mod;
}

static void patches_of_a_set_do_what_sets_do(void **state)
{
	struct entry *entry = entry_new(*state, KIND_USER);
	struct oracle oracle = { .count = 0 };

	for (unsigned round = 0; round < 20000; round++) {
		struct arena *arena = arena_new();
		const char *given[4];
		struct modification mod = random_mod(arena, ATTR_DESCRIPTION, given);
		struct entry *work = entry_copy(arena, entry);
		bool changed;
		assert_int_equal(patch_apply(work, &mod, 1, &changed, NULL), OK);
		oracle_apply(&oracle, mod.op, given, mod.count);
		assert_agrees(work, ATTR_DESCRIPTION, &oracle);
		assert_int_equal(
			changed, !span_equal(record_of(arena, entry), record_of(arena, work)));
		assert_int_equal(patch_apply(work, &mod, 1, &changed, NULL), OK);
		assert_false(changed);
		arena_reset(*state);
		entry = entry_copy(*state, work);
		arena_free(arena);
	}
}

static void random_type(struct arena *arena, struct modification *mod)
{
	static const char *const types[] = { "work", "home" };
	struct value *value = arena_zalloc(arena, sizeof *value);
	bool primary = below(3) == 0;

	value->instance = (uint16_t)below(4);
	value->octets = primary ? SPAN("TRUE") : span_str(one_of(types, 2));
	*mod = (struct modification){ .op = below(3),
		.attr = primary ? ATTR_EMAIL_PRIMARY : ATTR_EMAIL_TYPE,
		.values = value,
		.count = below(8) > 0 };
}

static void complex_values_stay_whole_whatever_is_patched(void **state)
{
	struct entry *entry = entry_new(*state, KIND_USER);
	struct oracle oracle = { .count = 0 };

	for (unsigned round = 0; round < 20000; round++) {
		struct arena *arena = arena_new();
		const char *given[4];
		struct modification mods[3] = { random_mod(arena, ATTR_EMAIL, given) };
		struct entry *work = entry_copy(arena, entry);
		bool changed;
		random_type(arena, &mods[1]);
		random_type(arena, &mods[2]);
		assert_int_equal(patch_apply(work, mods, 3, &changed, NULL), OK);
		oracle_apply(&oracle, mods[0].op, given, mods[0].count);
		assert_agrees(work, ATTR_EMAIL, &oracle);
		assert_well_formed(work);
		assert_int_equal(
			changed, !span_equal(record_of(arena, entry), record_of(arena, work)));
		arena_reset(*state);
		entry = entry_copy(*state, work);
		arena_free(arena);
	}
}

/* ---- filters ---- */

static const enum attr texts[] = { ATTR_USER_NAME, ATTR_TITLE, ATTR_EMAIL, ATTR_EMAIL_TYPE,
	ATTR_DESCRIPTION };

static enum attr random_attr(void)
{
	unsigned n = below(8);

	if (n == 0)
		return ATTR_NONE;
	if (n == 1)
		return ATTR_PASSWORD;
	return n == 2 ? ATTR_UID_NUMBER : texts[below(COUNT(texts))];
}

static const char *random_value(enum attr attr)
{
	return attr == ATTR_UID_NUMBER ? one_of(numbers, COUNT(numbers))
				       : one_of(words, COUNT(words));
}

static struct entry *random_entry(struct arena *arena)
{
	struct entry *entry = entry_new(arena, KIND_USER);

	for (unsigned n = below(10); n > 0; n--) {
		enum attr attr = random_attr();
		uint16_t instance = attr_has(attr, ATTR_SINGLE) ? 0 : (uint16_t)below(3);
		bool taken = attr == ATTR_NONE;
		for (size_t i = 0; i < entry->count; i++)
			taken |= entry->values[i].attr == attr &&
				 entry->values[i].instance == instance;
		if (!taken)
			entry_add(entry, attr, instance, 0, span_str(random_value(attr)), NULL);
	}
	return entry;
}

static struct filter *random_substring(struct arena *arena, enum attr attr)
{
	static const char *const parts[] = { "", "a", "B", "b", "ab" };
	struct span any[2] = { span_str(one_of(parts, 5)), span_str(one_of(parts, 5)) };

	return filter_substring(
		arena, attr, span_str(one_of(parts, 5)), any, below(3), span_str(one_of(parts, 5)));
}

static struct filter *random_filter(struct arena *arena, unsigned depth)
{
	static const enum filter_op branches[] = { FILTER_AND, FILTER_OR, FILTER_NOT,
		FILTER_SAME_INSTANCE };
	static const enum filter_op leaves[] = { FILTER_EQUAL, FILTER_EQUAL, FILTER_PRESENT,
		FILTER_GREATER_EQUAL, FILTER_LESS_EQUAL, FILTER_GREATER, FILTER_LESS };
	enum attr attr = random_attr();

	if (depth == 0 || below(3) == 0) {
		if (below(4) == 0)
			return random_substring(arena, attr);
		return filter_leaf(arena, leaves[below(7)], attr, span_str(random_value(attr)));
	}
	enum filter_op op = branches[below(4)];
	size_t count = op == FILTER_AND || op == FILTER_OR ? below(4) : 1;
	struct filter **parts = arena_array(arena, count, sizeof(struct filter *));
	for (size_t i = 0; i < count; i++)
		parts[i] = random_filter(arena, depth - 1);
	return filter_branch(arena, op, parts, count);
}

/* Tries every place for every part. */
static bool naive_parts(struct span s, const struct filter *f, size_t next)
{
	if (next == f->any_count)
		return s.len >= f->final.len &&
		       span_equal(span_from(s, s.len - f->final.len), f->final);
	for (size_t at = 0; at + f->any[next].len <= s.len; at++) {
		struct span rest = span_of(s.data + at, s.len - at);
		if (span_starts(rest, f->any[next]) &&
			naive_parts(
				span_of(rest.data + f->any[next].len, rest.len - f->any[next].len),
				f, next + 1))
			return true;
	}
	return false;
}

static bool naive_value(const struct filter *f, struct span octets)
{
	struct span lower = octets;
	uint8_t text[64];

	if (f->op == FILTER_PRESENT)
		return true;
	for (size_t i = 0; i < octets.len; i++)
		text[i] = (uint8_t)tolower(octets.data[i]);
	lower.data = text;
	if (f->op == FILTER_SUBSTRING)
		return span_starts(lower, f->value) &&
		       naive_parts(span_of(text + f->value.len, lower.len - f->value.len), f, 0);
	int order = span_compare(lower, f->value);
	if (f->attr == ATTR_UID_NUMBER) {
		long a = strtol((const char *)octets.data, NULL, 10);
		long b = strtol((const char *)f->value.data, NULL, 10);
		order = (a > b) - (a < b);
	}
	switch (f->op) {
	case FILTER_EQUAL:
		return order == 0;
	case FILTER_GREATER_EQUAL:
		return order >= 0;
	case FILTER_LESS_EQUAL:
		return order <= 0;
	case FILTER_GREATER:
		return order > 0;
	default:
		return order < 0;
	}
}

static bool is_email(enum attr attr)
{
	return attr == ATTR_EMAIL || attr == ATTR_EMAIL_TYPE;
}

static enum attr first_attr(const struct filter *f)
{
	enum attr attr = f->attr;

	for (size_t i = 0; i < f->part_count && attr == ATTR_NONE; i++)
		attr = first_attr(f->parts[i]);
	return attr;
}

static enum truth naive(const struct filter *f, const struct entry *entry, int instance);

static enum truth naive_instances(const struct filter *f, const struct entry *entry, int instance)
{
	enum attr attr = first_attr(f->parts[0]);
	enum truth best = TRUTH_FALSE;

	if (instance >= 0 || attr == ATTR_NONE)
		return naive(f->parts[0], entry, instance);
	for (int i = 0; i < 3; i++) {
		bool used = false;
		for (size_t n = 0; n < entry->count; n++)
			used |= entry->values[n].instance == i &&
				(entry->values[n].attr == attr ||
					(is_email(attr) && is_email(entry->values[n].attr)));
		enum truth truth = used ? naive(f->parts[0], entry, i) : TRUTH_FALSE;
		if (truth == TRUTH_TRUE || best == TRUTH_FALSE)
			best = best == TRUTH_TRUE ? best : truth;
	}
	return best;
}

static enum truth naive_leaf(const struct filter *f, const struct entry *entry, int instance)
{
	bool cannot = f->attr == ATTR_UID_NUMBER && f->op == FILTER_SUBSTRING;

	if (f->attr == ATTR_NONE || f->attr == ATTR_PASSWORD || cannot)
		return TRUTH_UNDEFINED;
	for (size_t i = 0; i < entry->count; i++) {
		const struct value *value = &entry->values[i];
		if (value->attr == f->attr && (instance < 0 || value->instance == instance) &&
			naive_value(f, value->octets))
			return TRUTH_TRUE;
	}
	return TRUTH_FALSE;
}

static enum truth naive(const struct filter *f, const struct entry *entry, int instance)
{
	bool seen[3] = { false };

	if (f->op == FILTER_SAME_INSTANCE)
		return naive_instances(f, entry, instance);
	if (f->op == FILTER_UNDEFINED)
		return TRUTH_UNDEFINED;
	if (f->op > FILTER_NOT)
		return naive_leaf(f, entry, instance);
	for (size_t i = 0; i < f->part_count; i++)
		seen[naive(f->parts[i], entry, instance)] = true;
	if (f->op == FILTER_AND)
		return seen[TRUTH_FALSE]       ? TRUTH_FALSE
		       : seen[TRUTH_UNDEFINED] ? TRUTH_UNDEFINED
					       : TRUTH_TRUE;
	if (f->op == FILTER_OR)
		return seen[TRUTH_TRUE]        ? TRUTH_TRUE
		       : seen[TRUTH_UNDEFINED] ? TRUTH_UNDEFINED
					       : TRUTH_FALSE;
	return seen[TRUTH_UNDEFINED] ? TRUTH_UNDEFINED
	       : seen[TRUTH_TRUE]    ? TRUTH_FALSE
				     : TRUTH_TRUE;
}

static void filters_answer_as_the_naive_way_does(void **state)
{
	unsigned seen[3] = { 0 };

	(void)state;
	for (unsigned round = 0; round < 50000; round++) {
		struct arena *arena = arena_new();
		struct entry *entry = random_entry(arena);
		struct filter *filter = random_filter(arena, 4);
		struct record record;
		assert_int_equal(record_open(record_of(arena, entry), &record, NULL), OK);
		enum truth truth = filter_test(filter, &record, NULL);
		if (truth != naive(filter, entry, -1))
			fail_msg("round %u: %d", round, truth);
		seen[truth]++;
		arena_free(arena);
	}
	for (int i = 0; i < 3; i++)
		assert_true(seen[i] > 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_of(patches_of_a_set_do_what_sets_do),
		test_of(complex_values_stay_whole_whatever_is_patched),
		cmocka_unit_test(filters_answer_as_the_naive_way_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
