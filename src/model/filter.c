#include "model/filter_int.h"

#include "base/limits.h"
#include "model/text_int.h"
#include "model/value.h"

struct filter *filter_new(struct arena *arena, enum filter_op op, enum attr attr)
{
	struct filter *filter = arena_zalloc(arena, sizeof *filter);

	filter->op = op;
	filter->attr = attr;
	filter->syntax = attr_row(attr)->syntax;
	return filter;
}

struct filter *filter_false(struct arena *arena)
{
	return filter_new(arena, FILTER_OR, ATTR_NONE);
}

static bool is_substring_syntax(enum syntax syntax)
{
	switch (syntax) {
	case SYNTAX_TEXT:
	case SYNTAX_EXACT:
	case SYNTAX_IA5:
	case SYNTAX_TEL:
	case SYNTAX_CASED:
	case SYNTAX_UUID: /* SCIM: "id" is a string */
	case SYNTAX_OCTETS:
		return true;
	default:
		return false;
	}
}

static bool is_ordered_syntax(enum syntax syntax)
{
	return syntax != SYNTAX_BOOLEAN && syntax != SYNTAX_REFERENCE && syntax != SYNTAX_OID &&
	       syntax != SYNTAX_DN && syntax != SYNTAX_DEFINITION;
}

bool filter_can_compare(enum filter_op op, enum attr attr, enum syntax syntax)
{
	if (attr_is_hidden(attr))
		return false;
	switch (op) {
	case FILTER_SUBSTRING:
		return is_substring_syntax(syntax);
	case FILTER_GREATER_EQUAL:
	case FILTER_LESS_EQUAL:
	case FILTER_GREATER:
	case FILTER_LESS:
		return is_ordered_syntax(syntax);
	case FILTER_BITS_ALL:
	case FILTER_BITS_ANY:
		return syntax == SYNTAX_INTEGER;
	default:
		return true;
	}
}

struct filter *filter_leaf(struct arena *arena, enum filter_op op, enum attr attr, struct span raw)
{
	return filter_leaf_under(arena, op, attr, attr_row(attr)->syntax, raw);
}

struct filter *filter_leaf_under(
	struct arena *arena, enum filter_op op, enum attr attr, enum syntax syntax, struct span raw)
{
	struct filter *filter = filter_new(arena, op, attr);

	filter->syntax = syntax;
	filter->value = filter->text = raw;
	if (!filter_can_compare(op, attr, syntax))
		filter->op = FILTER_UNDEFINED;
	if (filter->op == FILTER_UNDEFINED || op == FILTER_PRESENT)
		return filter;
	if (attr == ATTR_OBJECT_CLASS || attr == ATTR_STRUCTURAL_CLASS) {
		filter->object_class = class_find(raw);
		if (filter->object_class == CLASS_NONE)
			filter->op = FILTER_UNDEFINED;
		return filter;
	}
	filter->value = syntax_normal(arena, syntax, raw);
	if (!syntax_fits(syntax, filter->value))
		filter->op = FILTER_UNDEFINED;
	return filter;
}

static bool parts_fit(const struct filter *filter)
{
	bool text = filter->syntax != SYNTAX_OCTETS;
	bool fit = span_is_utf8(filter->value) && span_is_utf8(filter->final);

	for (size_t i = 0; i < filter->any_count; i++)
		fit = fit && span_is_utf8(filter->any[i]);
	return fit || !text;
}

struct filter *filter_substring(struct arena *arena, enum attr attr, struct span initial,
	const struct span *any, size_t any_count, struct span final)
{
	return filter_substring_under(
		arena, attr, attr_row(attr)->syntax, initial, any, any_count, final);
}

struct filter *filter_substring_under(struct arena *arena, enum attr attr, enum syntax syntax,
	struct span initial, const struct span *any, size_t any_count, struct span final)
{
	struct filter *filter = filter_new(arena, FILTER_SUBSTRING, attr);

	filter->syntax = syntax;
	if (!filter_can_compare(FILTER_SUBSTRING, attr, syntax)) {
		filter->op = FILTER_UNDEFINED;
		return filter;
	}
	filter->value = syntax_normal_part(arena, syntax, initial, true, false);
	filter->final = syntax_normal_part(arena, syntax, final, false, true);
	filter->any = arena_array(arena, any_count, sizeof *filter->any);
	filter->any_count = any_count;
	for (size_t i = 0; i < any_count; i++)
		filter->any[i] = syntax_normal_part(arena, syntax, any[i], false, false);
	if (!parts_fit(filter))
		filter->op = FILTER_UNDEFINED;
	return filter;
}

struct filter *filter_in_chain(struct arena *arena, enum attr attr, struct span raw)
{
	bool leads = attr == ATTR_MEMBER || attr == ATTR_MEMBER_OF || attr == ATTR_MANAGER;
	struct filter *filter = filter_new(arena, leads ? FILTER_IN_CHAIN : FILTER_UNDEFINED, attr);

	filter->value = raw;
	return filter;
}

bool filter_chain_has(const struct filter *filter, uint32_t number)
{
	size_t low = 0, high = filter->chain_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (filter->chain[middle] == number)
			return true;
		if (filter->chain[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

struct filter *filter_branch(
	struct arena *arena, enum filter_op op, struct filter **parts, size_t count)
{
	struct filter *filter = filter_new(arena, op, ATTR_NONE);

	filter->parts = parts;
	filter->part_count = count;
	return filter;
}

size_t filter_cost(const struct filter *filter)
{
	size_t cost = 1 + filter->any_count;

	for (size_t i = 0; i < filter->part_count; i++)
		cost += filter_cost(filter->parts[i]);
	return cost;
}
