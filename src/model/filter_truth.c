/* Whether a filter holds for a record: true, false or undefined (RFC 4511 section 4.5.1.7). */
#define _GNU_SOURCE /* memmem */

#include "model/filter_int.h"

#include "base/clock.h"
#include "base/limits.h"
#include "model/text_int.h"
#include "model/value.h"

#include <stdio.h>

struct test {
	const struct record *record;
	const struct filter_context *context;
	bool one_instance; /* inside SAME_INSTANCE: */
	uint16_t instance;
};

static enum truth truth_of(bool holds)
{
	return holds ? TRUTH_TRUE : TRUTH_FALSE;
}

/* Initial, any in their order, final; none overlaps another. */
static bool has_parts(const struct filter *filter, struct span s)
{
	struct span final = filter->final;

	if (!span_starts(s, filter->value))
		return false;
	s = span_from(s, filter->value.len);
	if (s.len < final.len || !span_equal(span_from(s, s.len - final.len), final))
		return false;
	s.len -= final.len;
	for (size_t i = 0; i < filter->any_count; i++) {
		struct span any = filter->any[i];
		if (any.len == 0)
			continue;
		const uint8_t *at = s.len > 0 ? memmem(s.data, s.len, any.data, any.len) : NULL;
		if (at == NULL)
			return false;
		s = span_from(s, (size_t)(at - s.data) + any.len);
	}
	return true;
}

static uint64_t bits_of(struct span number)
{
	bool negative = number.len > 0 && number.data[0] == '-';
	uint64_t magnitude = 0;

	span_to_u64(span_from(number, negative), &magnitude);
	return negative ? -magnitude : magnitude;
}

/* In two's complement, as Active Directory counts them. */
static bool has_bits(const struct filter *filter, struct span normal)
{
	uint64_t bits = bits_of(filter->value), set = bits_of(normal) & bits;

	return filter->op == FILTER_BITS_ALL ? set == bits : set != 0;
}

static bool holds_on_normal(const struct filter *filter, struct span normal)
{
	switch (filter->op) {
	case FILTER_EQUAL:
		return span_equal(normal, filter->value);
	case FILTER_DIFFERENT:
		return !span_equal(normal, filter->value);
	case FILTER_SUBSTRING:
		return has_parts(filter, normal);
	case FILTER_GREATER_EQUAL:
		return syntax_order(filter->syntax, normal, filter->value) >= 0;
	case FILTER_LESS_EQUAL:
		return syntax_order(filter->syntax, normal, filter->value) <= 0;
	case FILTER_GREATER:
		return syntax_order(filter->syntax, normal, filter->value) > 0;
	case FILTER_LESS:
		return syntax_order(filter->syntax, normal, filter->value) < 0;
	case FILTER_BITS_ALL:
	case FILTER_BITS_ANY:
		return has_bits(filter, normal);
	default:
		return filter->op == FILTER_PRESENT;
	}
}

static bool holds_on_stored(const struct filter *filter, struct span stored)
{
	uint8_t room[LIMIT_VALUE_OCTETS] __attribute__((uninitialized));
	struct span normal;

	if (value_normal_brief(filter->syntax, stored, room, &normal))
		return holds_on_normal(filter, normal);
	struct arena *arena = arena_new();
	bool holds = holds_on_normal(filter, syntax_normal(arena, filter->syntax, stored));
	arena_free(arena);
	return holds;
}

static bool holds_for_class(const struct filter *filter, struct span name)
{
	enum object_class of = class_find(name);

	return filter->attr == ATTR_STRUCTURAL_CLASS
		       ? of == filter->object_class
		       : class_with_superclasses(of) >> filter->object_class & 1;
}

static bool is_same_name(struct span a, struct span b)
{
	struct arena *arena = arena_new();
	bool same =
		span_equal(syntax_normal(arena, SYNTAX_DN, a), syntax_normal(arena, SYNTAX_DN, b));

	arena_free(arena);
	return same;
}

/* What is shown is a name or a class, not what is stored. */
bool filter_holds_for(const struct filter *filter, struct span shown)
{
	if (filter->op == FILTER_PRESENT)
		return true;
	if (filter->op == FILTER_EQUAL && filter->object_class != CLASS_NONE)
		return holds_for_class(filter, shown);
	if (filter->op == FILTER_EQUAL && filter->syntax == SYNTAX_REFERENCE)
		return is_same_name(filter->text, shown);
	return holds_on_stored(filter, shown);
}

static enum truth test_made(const struct filter *filter, const struct test *test)
{
	const struct filter_context *context = test->context;
	uint8_t room[LIMIT_VALUE_OCTETS] __attribute__((uninitialized));
	size_t len;

	if (context == NULL || context->made == NULL)
		return TRUTH_UNDEFINED;
	len = context->made(context->arg, test->record, filter->attr, room);
	return truth_of(len > 0 && (filter->op == FILTER_PRESENT ||
					   holds_on_stored(filter, span_of(room, len))));
}

/* True when one of the values makes it so; an attribute without values is False. */
static enum truth test_stored(const struct filter *filter, const struct test *test)
{
	if (attr_has(filter->attr, ATTR_MADE) && record_first(test->record, filter->attr).len == 0)
		return test_made(filter, test);
	for (size_t i = record_find(test->record, filter->attr); i < test->record->count; i++) {
		struct value value = record_row(test->record, i);
		if (value.attr != filter->attr)
			break;
		if (test->one_instance && value.instance != test->instance)
			continue;
		if (attr_has(value.attr, ATTR_PER_SOURCE) && test->context &&
			test->context->one_source && value.source != test->context->source)
			continue;
		if (filter->op == FILTER_PRESENT || holds_on_stored(filter, value.octets))
			return TRUTH_TRUE;
	}
	return TRUTH_FALSE;
}

/* At the resolution of the assertion: whole seconds, or milliseconds. */
static enum truth test_time(const struct filter *filter, int64_t wall)
{
	char text[TIME_TEXT_MAX + 8];
	size_t len = time_format_generalized(wall, text);

	if (len >= 15 && span_find(filter->value, '.') < filter->value.len) {
		unsigned milli = (unsigned)(((wall % SECOND + SECOND) % SECOND) / 1000);
		len += (size_t)snprintf(text + len - 1, 6, ".%03uZ", milli) - 1;
	}
	return truth_of(holds_on_normal(filter, span_of(text, len)));
}

static enum truth test_id(const struct filter *filter, const struct uuid *id)
{
	char text[UUID_TEXT + 1];

	uuid_format(id, text);
	return truth_of(holds_on_normal(filter, span_of(text, UUID_TEXT)));
}

static enum truth test_revision(const struct filter *filter, uint64_t revision)
{
	char text[24];
	int len = snprintf(text, sizeof text, "%llu", (unsigned long long)revision);

	return truth_of(holds_on_normal(filter, span_of(text, (size_t)len)));
}

static enum truth test_class(const struct filter *filter, const struct record *record)
{
	uint64_t classes;

	if (filter->op == FILTER_PRESENT)
		return TRUTH_TRUE;
	classes = record_classes(record);
	if (filter->attr == ATTR_STRUCTURAL_CLASS)
		return truth_of(classes_structural(classes) == filter->object_class);
	return truth_of(classes >> filter->object_class & 1);
}

static enum truth test_edge(const struct filter *filter, const struct test *test, bool upward)
{
	const struct filter_context *context = test->context;
	uint32_t self = test->record->number;

	if (filter->op == FILTER_PRESENT)
		return context != NULL && context->edges != NULL
			       ? truth_of(context->edges(context->arg, self, filter->attr))
			       : TRUTH_UNDEFINED;
	if (context == NULL || context->edge == NULL)
		return TRUTH_UNDEFINED;
	if (filter->target == 0 || (!upward && !kind_is_container(test->record->kind)))
		return TRUTH_FALSE;
	return truth_of(upward ? context->edge(context->arg, filter->target, self)
			       : context->edge(context->arg, self, filter->target));
}

static enum truth test_self(const struct filter *filter, const struct record *record)
{
	if (filter->op == FILTER_PRESENT)
		return TRUTH_TRUE;
	return truth_of(filter->target == record->number && filter->target_kind == record->kind);
}

static enum truth test_computed(const struct filter *filter, const struct test *test)
{
	const struct record *record = test->record;

	switch (filter->attr) {
	case ATTR_ID:
		return test_id(filter, &record->id);
	case ATTR_CREATED:
		return test_time(filter, record->created);
	case ATTR_MODIFIED:
		return test_time(filter, record->modified);
	case ATTR_REVISION:
		return test_revision(filter, record->revision);
	case ATTR_OBJECT_CLASS:
	case ATTR_STRUCTURAL_CLASS:
		return test_class(filter, record);
	case ATTR_MEMBER:
		return test_edge(filter, test, false);
	case ATTR_MEMBER_OF:
		return test_edge(filter, test, true);
	case ATTR_MEMBER_UID: /* of POSIX groups alone */
		return record_first(record, ATTR_GID_NUMBER).len > 0
			       ? test_edge(filter, test, false)
			       : TRUTH_FALSE;
	case ATTR_ENTRY_DN:
	case ATTR_DISTINGUISHED_NAME:
		return test_self(filter, record);
	case ATTR_HAS_SUBORDINATES:
		return truth_of(holds_on_normal(filter, SPAN("FALSE")));
	case ATTR_SUBSCHEMA:
		return filter->op == FILTER_PRESENT ? TRUTH_TRUE : TRUTH_UNDEFINED;
	default:
		if (!(attr_row(filter->attr)->kinds >> record->kind & 1))
			return TRUTH_FALSE;
		return test_made(filter, test);
	}
}

static enum truth test_leaf(const struct filter *filter, const struct test *test)
{
	if (!filter_can_compare(filter->op, filter->attr, filter->syntax))
		return TRUTH_UNDEFINED;
	return attr_has(filter->attr, ATTR_COMPUTED) ? test_computed(filter, test)
						     : test_stored(filter, test);
}

static enum truth test_node(const struct filter *filter, const struct test *test);

/* AND ends at the first False, OR at the first True; Undefined outlives the other answer. */
static enum truth test_parts(const struct filter *filter, const struct test *test, enum truth ends)
{
	enum truth truth = ends == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;

	for (size_t i = 0; i < filter->part_count; i++) {
		enum truth part = test_node(filter->parts[i], test);
		if (part == ends)
			return ends;
		if (part == TRUTH_UNDEFINED)
			truth = TRUTH_UNDEFINED;
	}
	return truth;
}

static enum truth test_not(const struct filter *filter, const struct test *test)
{
	enum truth truth = test_node(filter->parts[0], test);

	return truth == TRUTH_UNDEFINED ? truth : truth_of(truth == TRUTH_FALSE);
}

/* The family of the first leaf with an attribute; ATTR_NONE when there is none. */
static enum attr family_in(const struct filter *filter)
{
	enum attr family = attr_family(filter->attr);

	for (size_t i = 0; i < filter->part_count && family == ATTR_NONE; i++)
		family = family_in(filter->parts[i]);
	return family;
}

/* Row i is the first of the family with its instance number. */
static bool begins_instance(const struct record *record, size_t first, size_t i, enum attr family)
{
	uint16_t instance = record_row(record, i).instance;

	for (size_t j = first; j < i; j++) {
		struct value value = record_row(record, j);
		if (value.instance == instance && attr_family(value.attr) == family)
			return false;
	}
	return true;
}

static enum truth test_instances(const struct filter *filter, const struct test *test)
{
	const struct record *record = test->record;
	enum attr family = family_in(filter->parts[0]);
	enum truth truth = TRUTH_FALSE;

	if (test->one_instance || family == ATTR_NONE)
		return test_node(filter->parts[0], test);
	for (size_t i = 0, first = record->count; i < record->count; i++) {
		struct value value = record_row(record, i);
		if (attr_family(value.attr) != family)
			continue;
		if (first > i)
			first = i;
		if (!begins_instance(record, first, i, family))
			continue;
		struct test one = *test;
		one.one_instance = true;
		one.instance = value.instance;
		enum truth part = test_node(filter->parts[0], &one);
		if (part == TRUTH_TRUE)
			return part;
		if (part == TRUTH_UNDEFINED)
			truth = part;
	}
	return truth;
}

static enum truth test_related(const struct filter *filter, const struct test *test)
{
	const struct filter_context *context = test->context;

	if (context == NULL || context->related == NULL)
		return TRUTH_UNDEFINED;
	return truth_of(context->related(context->arg, test->record, filter));
}

static enum truth test_chain(const struct filter *filter, const struct test *test)
{
	const struct filter_context *context = test->context;

	if (filter->attr != ATTR_MEMBER_OF)
		return truth_of(filter_chain_has(filter, test->record->number));
	if (context == NULL || context->chained == NULL)
		return TRUTH_UNDEFINED;
	return truth_of(context->chained(context->arg, test->record->number, filter));
}

static enum truth test_node(const struct filter *filter, const struct test *test)
{
	switch (filter->op) {
	case FILTER_AND:
		return test_parts(filter, test, TRUTH_FALSE);
	case FILTER_OR:
		return test_parts(filter, test, TRUTH_TRUE);
	case FILTER_NOT:
		return test_not(filter, test);
	case FILTER_SAME_INSTANCE:
		return test_instances(filter, test);
	case FILTER_KIND:
		return truth_of(filter->kinds >> test->record->kind & 1);
	case FILTER_RELATED:
		return test_related(filter, test);
	case FILTER_IN_CHAIN:
		return test_chain(filter, test);
	case FILTER_IN_DN:
		if (filter->kinds >> test->record->kind & 1)
			return TRUTH_TRUE;
		return test_node(filter->parts[0], test);
	case FILTER_UNDEFINED:
		return TRUTH_UNDEFINED;
	default:
		return test_leaf(filter, test);
	}
}

enum truth filter_test(const struct filter *filter, const struct record *record,
	const struct filter_context *context)
{
	const struct test test = { .record = record, .context = context };

	return test_node(filter, &test);
}
