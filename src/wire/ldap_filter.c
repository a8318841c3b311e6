#include "wire/ldap_filter.h"

#include "base/limits.h"
#include "wire/ldap_filter_tag.h"
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

/* A NUL stands in no text; RFC 4518 section 2.2 would have it vanish, and "ali\0ce" find "alice".
 */
static struct filter *assert_value(
	struct decoding *d, enum filter_op op, enum attr attr, struct span asserted)
{
	if (attr_row(attr)->syntax != SYNTAX_OCTETS && span_find(asserted, 0) < asserted.len)
		return filter_new(d->arena, FILTER_UNDEFINED, attr);
	return filter_leaf(d->arena, op, attr, asserted);
}

static enum err read_comparison(
	struct decoding *d, enum filter_op op, struct span value, struct filter **filter)
{
	struct tlv_reader in = tlv_reader_of(value);
	struct span name = tlv_take(&in, TLV_OCTETS);
	struct span asserted = tlv_take(&in, TLV_OCTETS);

	if (!tlv_done(&in))
		return malformed(d);
	*filter = assert_value(d, op, attr_by_ldap(name), asserted);
	return OK;
}

/* RFC 4511 section 4.5.1.7.2: at least one part, initial first, final last, none of them empty. */
static enum err read_substrings(struct decoding *d, struct span value, struct filter **filter)
{
	struct tlv_reader in = tlv_reader_of(value), parts;
	struct span name = tlv_take(&in, TLV_OCTETS), list = tlv_take(&in, TLV_SEQUENCE);
	struct span part, initial = SPAN_NONE, final = SPAN_NONE, *any;
	size_t count = 0, any_count = 0;
	uint8_t tag;

	if (!tlv_done(&in))
		return malformed(d);
	any = arena_array(d->arena, LIMIT_FILTER_NODES, sizeof *any);
	parts = tlv_reader_of(list);
	for (; tlv_next(&parts, &tag, &part); count++) {
		if (part.len == 0 || final.len > 0)
			return malformed(d);
		if (any_count == LIMIT_FILTER_NODES)
			return fail(d->why, ERR_TOO_LARGE, NULL,
				"a substring filter of more than %d parts", LIMIT_FILTER_NODES);
		if (tag == SUBSTRING_INITIAL && count == 0)
			initial = part;
		else if (tag == SUBSTRING_ANY)
			any[any_count++] = part;
		else if (tag == SUBSTRING_FINAL)
			final = part;
		else
			return malformed(d);
	}
	if (parts.bad || count == 0)
		return malformed(d);
	*filter = filter_substring(d->arena, attr_by_ldap(name), initial, any, any_count, final);
	return OK;
}

/* Equality under the attribute's own rule is what is evaluated; another known rule is Undefined. */
static enum err read_extensible(struct decoding *d, struct span value, struct filter **filter)
{
	struct tlv_reader in = tlv_reader_of(value);
	bool has_rule = tlv_peek(&in) == EXTENSIBLE_RULE;
	struct span rule_text = has_rule ? tlv_take(&in, EXTENSIBLE_RULE) : SPAN_NONE;
	bool has_type = tlv_peek(&in) == EXTENSIBLE_TYPE;
	struct span type = has_type ? tlv_take(&in, EXTENSIBLE_TYPE) : SPAN_NONE;
	struct span asserted = tlv_take(&in, EXTENSIBLE_VALUE);
	const struct matching_rule *rule;
	enum attr attr;

	if (tlv_peek(&in) == EXTENSIBLE_DN)
		tlv_take_boolean(&in, EXTENSIBLE_DN);
	if (!tlv_done(&in) || (!has_rule && !has_type))
		return malformed(d);
	attr = attr_by_ldap(type);
	if (span_equal(rule_text, SPAN(RULE_IN_CHAIN))) {
		*filter = filter_in_chain(d->arena, attr, asserted);
		return OK;
	}
	rule = matching_rule_find(rule_text);
	if (has_rule && !rule)
		return fail(d->why, ERR_FILTER, NULL, "the matching rule is not known");
	if (attr != ATTR_NONE && (!has_rule || (rule && rule->op == RULE_EQUAL &&
						       matching_rule_applies(rule, attr))))
		*filter = assert_value(d, FILTER_EQUAL, attr, asserted);
	else
		*filter = filter_new(d->arena, FILTER_UNDEFINED, ATTR_NONE);
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
		*filter = filter_leaf(d->arena, FILTER_PRESENT, attr_by_ldap(value), SPAN_NONE);
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

enum err filter_read(
	struct arena *arena, struct span element, struct filter **filter, struct why *why)
{
	struct decoding d = { arena, why, 0, 0 };
	struct tlv_reader in = tlv_reader_of(element);
	struct span value;
	uint8_t tag;

	if (!tlv_next(&in, &tag, &value) || !tlv_done(&in))
		return malformed(&d);
	return read_element(&d, tag, value, filter);
}
