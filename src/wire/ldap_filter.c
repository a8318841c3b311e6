#include "wire/ldap_filter.h"

#include "base/limits.h"
#include "wire/ldap_assertion.h"
#include "wire/ldap_filter_tag.h"
#include "wire/ldap_postal.h"
#include "wire/ldap_schema.h"
#include "wire/tlv.h"

/* LDAP_MATCHING_RULE_IN_CHAIN of Active Directory, which many clients ask with. */
#define RULE_IN_CHAIN "1.2.840.113556.1.4.1941"

struct decoding {
	struct arena *arena;
	struct why *why;
	unsigned depth, nodes;
};

static enum err read_element(
	struct decoding *d, uint8_t tag, struct span value, struct filter **filter);

static enum err malformed(struct decoding *d)
{
	return fail(d->why, ERR_PROTOCOL, NULL, "the filter is malformed");
}

static enum err read_branch(
	struct decoding *d, enum filter_op op, struct span value, struct filter **filter)
{
	struct tlv_reader count_in = tlv_reader_of(value), in = count_in;
	struct filter **parts;
	struct span part;
	size_t count = 0;
	uint8_t tag;
	enum err err;

	while (tlv_next(&count_in, &tag, &part))
		count++;
	if (count_in.bad || (op == FILTER_NOT && count != 1))
		return malformed(d);
	if (count > LIMIT_FILTER_NODES)
		return fail(d->why, ERR_TOO_LARGE, NULL, "the filter has more than %d terms",
			LIMIT_FILTER_NODES);
	parts = arena_array(d->arena, count ? count : 1, sizeof(struct filter *));
	for (size_t i = 0; tlv_next(&in, &tag, &part); i++) {
		err = read_element(d, tag, part, &parts[i]);
		if (err != OK)
			return err;
	}
	*filter = filter_branch(d->arena, op, parts, count);
	return OK;
}

static struct filter *undefined(struct decoding *d)
{
	return filter_new(d->arena, FILTER_UNDEFINED, ATTR_NONE);
}

/* An OR of a leaf for each attribute that derives from "name". */
static struct filter *for_names(struct decoding *d,
	struct filter *(*leaf)(struct decoding *d, enum attr attr, const void *arg),
	const void *arg)
{
	size_t count, found = 0;
	const struct attr_row *rows = attr_rows(&count);
	struct filter **parts = arena_array(d->arena, count, sizeof *parts);

	for (size_t i = 0; i < count; i++)
		if (attr_is_name(rows[i].attr))
			parts[found++] = leaf(d, rows[i].attr, arg);
	return filter_branch(d->arena, FILTER_OR, parts, found);
}

/* The leaf for what a peer calls an attribute: an attribute, several, none, or Undefined. */
static struct filter *for_type(struct decoding *d, struct span description,
	struct filter *(*leaf)(struct decoding *d, enum attr attr, const void *arg),
	const void *arg)
{
	enum attr attr;

	switch (type_find(description, &attr)) {
	case TYPE_ATTRIBUTE:
		return leaf(d, attr, arg);
	case TYPE_NAMES:
		return for_names(d, leaf, arg);
	case TYPE_EMPTY:
		return filter_false(d->arena);
	default:
		return undefined(d);
	}
}

struct comparison {
	enum filter_op op;
	struct span asserted;
};

static struct filter *compare_leaf(struct decoding *d, enum attr attr, const void *arg)
{
	const struct comparison *comparison = arg;

	return assertion_leaf(d->arena, comparison->op, attr, comparison->asserted);
}

static struct filter *present_leaf(struct decoding *d, enum attr attr, const void *arg)
{
	(void)arg;
	return filter_leaf(d->arena, FILTER_PRESENT, attr, SPAN_NONE);
}

static enum err read_comparison(
	struct decoding *d, enum filter_op op, struct span value, struct filter **filter)
{
	struct tlv_reader in = tlv_reader_of(value);
	struct span name = tlv_take(&in, TLV_OCTETS);
	struct span asserted = tlv_take(&in, TLV_OCTETS);

	if (!tlv_done(&in))
		return malformed(d);
	*filter = for_type(d, name, compare_leaf, &(struct comparison){ op, asserted });
	return OK;
}

static struct filter *substring_leaf(struct decoding *d, enum attr attr, const void *arg)
{
	return assertion_substring(d->arena, attr, arg);
}

/* RFC 4511 section 4.5.1.7.2: at least one part, initial first, final last, none of them empty. */
static enum err read_substrings(struct decoding *d, struct span value, struct filter **filter)
{
	struct tlv_reader in = tlv_reader_of(value), list;
	struct span name = tlv_take(&in, TLV_OCTETS), sequence = tlv_take(&in, TLV_SEQUENCE), part;
	struct assertion_parts parts = { .any = NULL };
	size_t count = 0;
	uint8_t tag;

	if (!tlv_done(&in))
		return malformed(d);
	parts.any = arena_array(d->arena, LIMIT_FILTER_NODES, sizeof *parts.any);
	list = tlv_reader_of(sequence);
	for (; tlv_next(&list, &tag, &part); count++) {
		if (part.len == 0 || parts.final.len > 0)
			return malformed(d);
		if (parts.any_count == LIMIT_FILTER_NODES)
			return fail(d->why, ERR_TOO_LARGE, NULL,
				"a substring filter of more than %d parts", LIMIT_FILTER_NODES);
		if (tag == SUBSTRING_INITIAL && count == 0)
			parts.initial = part;
		else if (tag == SUBSTRING_ANY)
			parts.any[parts.any_count++] = part;
		else if (tag == SUBSTRING_FINAL)
			parts.final = part;
		else
			return malformed(d);
	}
	if (list.bad || count == 0)
		return malformed(d);
	*filter = for_type(d, name, substring_leaf, &parts);
	return OK;
}

/* ---- extensible match, RFC 4511 section 4.5.1.7.7 ---- */

struct extensible {
	const struct matching_rule *rule; /* NULL: the attribute's own */
	struct span asserted;
	bool is_in_chain;
};

static struct filter *substring_assertion(
	struct decoding *d, enum attr attr, const struct extensible *match)
{
	struct span rest = match->asserted;
	struct assertion_parts parts = { .any = NULL };

	if (span_find(rest, '*') == rest.len)
		return undefined(d);
	parts.any = arena_array(d->arena, LIMIT_FILTER_NODES, sizeof *parts.any);
	parts.initial = span_unescaped(d->arena, span_cut(&rest, '*'));
	while (span_find(rest, '*') < rest.len) {
		struct span part = span_unescaped(d->arena, span_cut(&rest, '*'));

		if (part.len == 0 || parts.any_count == LIMIT_FILTER_NODES)
			return undefined(d);
		parts.any[parts.any_count++] = part;
	}
	parts.final = span_unescaped(d->arena, rest);
	return assertion_substring_under(d->arena, attr, match->rule->compared, &parts);
}

static struct filter *extensible_leaf(struct decoding *d, enum attr attr, const void *arg)
{
	static const enum filter_op ops[] = { [RULE_NONE] = FILTER_UNDEFINED,
		[RULE_EQUAL] = FILTER_EQUAL,
		[RULE_LESS] = FILTER_LESS,
		[RULE_BITS_ALL] = FILTER_BITS_ALL,
		[RULE_BITS_ANY] = FILTER_BITS_ANY };
	const struct extensible *match = arg;

	if (match->is_in_chain)
		return filter_in_chain(d->arena, attr, match->asserted);
	if (!match->rule)
		return assertion_leaf(d->arena, FILTER_EQUAL, attr, match->asserted);
	if (!matching_rule_applies(match->rule, attr))
		return undefined(d);
	if (match->rule->op == RULE_SUBSTRING)
		return substring_assertion(d, attr, match);
	return assertion_leaf_under(d->arena, ops[match->rule->op], attr,
		match->rule->compared == SYNTAX_REFERENCE ? attr_row(attr)->syntax
							  : match->rule->compared,
		match->asserted);
}

/* A rule without a type: every attribute that it applies to. */
static struct filter *for_rule(struct decoding *d, const struct extensible *match)
{
	size_t count, found = 0;
	const struct attr_row *rows = attr_rows(&count);
	struct filter **parts = arena_array(d->arena, count, sizeof *parts);

	for (size_t i = 0; i < count; i++)
		if (!attr_is_hidden(rows[i].attr) && !(rows[i].flags & ATTR_AD_NAME) &&
			matching_rule_applies(match->rule, rows[i].attr))
			parts[found++] = extensible_leaf(d, rows[i].attr, match);
	return found > 0 ? filter_branch(d->arena, FILTER_OR, parts, found) : undefined(d);
}

static struct filter *in_dn(struct decoding *d, struct filter *leaf)
{
	struct filter **part = arena_alloc(d->arena, sizeof *part);

	*part = leaf;
	return filter_branch(d->arena, FILTER_IN_DN, part, 1);
}

static enum err read_extensible(struct decoding *d, struct span value, struct filter **filter)
{
	struct tlv_reader in = tlv_reader_of(value);
	bool has_rule = tlv_peek(&in) == EXTENSIBLE_RULE;
	struct span rule = has_rule ? tlv_take(&in, EXTENSIBLE_RULE) : SPAN_NONE;
	bool has_type = tlv_peek(&in) == EXTENSIBLE_TYPE;
	struct span type = has_type ? tlv_take(&in, EXTENSIBLE_TYPE) : SPAN_NONE;
	struct extensible match = { .asserted = tlv_take(&in, EXTENSIBLE_VALUE) };
	bool is_in_dn = false;

	if (tlv_peek(&in) == EXTENSIBLE_DN)
		is_in_dn = tlv_take_boolean(&in, EXTENSIBLE_DN);
	if (!tlv_done(&in) || (!has_rule && !has_type))
		return malformed(d);
	match.is_in_chain = span_equal(rule, SPAN(RULE_IN_CHAIN));
	match.rule = matching_rule_find(rule);
	if (has_rule && !match.rule && !match.is_in_chain)
		return fail(d->why, ERR_FILTER, NULL, "the matching rule is not known");
	if (has_type)
		*filter = for_type(d, type, extensible_leaf, &match);
	else
		*filter = match.rule ? for_rule(d, &match) : undefined(d);
	if (is_in_dn && (*filter)->op != FILTER_UNDEFINED)
		*filter = in_dn(d, *filter);
	return OK;
}

static enum err read_choice(
	struct decoding *d, uint8_t tag, struct span value, struct filter **filter)
{
	switch (tag) {
	case CHOICE_AND:
		return read_branch(d, FILTER_AND, value, filter);
	case CHOICE_OR:
		return read_branch(d, FILTER_OR, value, filter);
	case CHOICE_NOT:
		return read_branch(d, FILTER_NOT, value, filter);
	case CHOICE_EQUAL:
	case CHOICE_APPROX: /* RFC 4511 section 4.5.1.7.6: equality will do */
		return read_comparison(d, FILTER_EQUAL, value, filter);
	case CHOICE_GREATER:
		return read_comparison(d, FILTER_GREATER_EQUAL, value, filter);
	case CHOICE_LESS:
		return read_comparison(d, FILTER_LESS_EQUAL, value, filter);
	case CHOICE_SUBSTRINGS:
		return read_substrings(d, value, filter);
	case CHOICE_PRESENT:
		*filter = for_type(d, value, present_leaf, NULL);
		return OK;
	case CHOICE_EXTENSIBLE:
		return read_extensible(d, value, filter);
	default: /* RFC 4511 section 4.5.1.7: an unrecognised choice is Undefined */
		*filter = filter_new(d->arena, FILTER_UNDEFINED, ATTR_NONE);
		return OK;
	}
}

static enum err read_element(
	struct decoding *d, uint8_t tag, struct span value, struct filter **filter)
{
	enum err err;

	if (++d->nodes > LIMIT_FILTER_NODES)
		return fail(d->why, ERR_TOO_LARGE, NULL, "the filter has more than %d terms",
			LIMIT_FILTER_NODES);
	if (d->depth == LIMIT_FILTER_DEPTH)
		return fail(d->why, ERR_UNWILLING, NULL, "the filter is nested deeper than %d",
			LIMIT_FILTER_DEPTH);
	d->depth++;
	err = read_choice(d, tag, value, filter);
	d->depth--;
	return err;
}

static size_t filter_leaves(const struct filter *filter)
{
	size_t leaves = filter->part_count == 0;

	for (size_t i = 0; i < filter->part_count; i++)
		leaves += filter_leaves(filter->parts[i]);
	return leaves;
}

enum err filter_read(
	struct arena *arena, struct span element, struct filter **filter, struct why *why)
{
	struct decoding d = { arena, why, 0, 0 };
	struct tlv_reader in = tlv_reader_of(element);
	struct span value;
	uint8_t tag;
	enum err err;

	if (!tlv_next(&in, &tag, &value) || !tlv_done(&in))
		return malformed(&d);
	err = read_element(&d, tag, value, filter);
	/* A rule without an attribute is a comparison with each that it applies to. */
	if (err == OK && filter_leaves(*filter) > LIMIT_FILTER_LEAVES)
		return fail(why, ERR_TOO_LARGE, NULL, "the filter compares too much");
	return err;
}
