#include "wire/ldap_assertion.h"

#include "model/dn.h"
#include "model/object_class.h"
#include "wire/ldap_postal.h"
#include "wire/ldap_schema.h"

static struct filter *undefined(struct arena *arena)
{
	return filter_new(arena, FILTER_UNDEFINED, ATTR_NONE);
}

/* RFC 4517 section 3.3.16: no plus, no leading zero, no "-0"; as many digits as one likes. */
static bool is_integer(struct span s)
{
	struct span digits = span_from(s, s.len > 0 && s.data[0] == '-');

	for (size_t i = 0; i < digits.len; i++)
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return false;
	return digits.len > 0 && (digits.data[0] != '0' || s.len == 1);
}

/* "20260102030405.678901Z#000000#001#000000" */
static bool is_csn(struct span s)
{
	static const char form[] = "dddddddddddddd.ddddddZ#hhhhhh#hhh#hhhhhh";

	for (size_t i = 0; i < s.len && i < sizeof form - 1; i++) {
		bool digit = s.data[i] >= '0' && s.data[i] <= '9';
		bool letter = (s.data[i] | 0x20) >= 'a' && (s.data[i] | 0x20) <= 'f';

		if (form[i] == 'd' || form[i] == 'h' ? !digit && (form[i] == 'd' || !letter)
						     : s.data[i] != form[i])
			return false;
	}
	return s.len == sizeof form - 1;
}

/* What our syntaxes do not tell apart. */
static bool fits_definition(enum attr attr, struct span asserted)
{
	const struct rule_set *rules = attr_rules(attr);

	if (rules && strcmp(rules->syntax, LDAP_SYNTAX_IA5_STRING) == 0)
		return span_is_ascii(asserted);
	return !rules || strcmp(rules->syntax, LDAP_SYNTAX_CSN) != 0 || is_csn(asserted);
}

static bool can_be_asserted(struct arena *arena, enum syntax syntax, struct span asserted)
{
	struct dn dn;

	/* A NUL stands in no text; RFC 4518 section 2.2 would have it vanish, and "ali\0ce" find
	 * "alice". */
	if (syntax != SYNTAX_OCTETS && span_find(asserted, 0) < asserted.len)
		return false;
	if (syntax == SYNTAX_INTEGER)
		return is_integer(asserted);
	return (syntax != SYNTAX_REFERENCE && syntax != SYNTAX_DN) ||
	       dn_parse(arena, asserted, &dn, NULL) == OK;
}

/* RFC 4517 section 4.2.26: a definition may be asked for by its name; empty: there is none. */
static struct span identifier_of(enum attr attr, struct span asserted)
{
	const struct matching_rule *rule;
	const char *oid = NULL;

	if (asserted.len > 0 && asserted.data[0] >= '0' && asserted.data[0] <= '9')
		return asserted;
	if (attr == ATTR_ATTRIBUTE_TYPES)
		oid = type_oid(asserted);
	if (attr == ATTR_OBJECT_CLASSES && class_find(asserted) != CLASS_NONE)
		oid = class_row(class_find(asserted))->oid;
	if (attr == ATTR_MATCHING_RULES || attr == ATTR_MATCHING_RULE_USE) {
		rule = matching_rule_find(asserted);
		oid = rule ? rule->oid : NULL;
	}
	return oid ? span_str(oid) : SPAN_NONE;
}

/* What is compared by case is so with insignificant blanks (RFC 4518 section 2.6.1), where no index
 * holds the value as it is. */
static enum syntax syntax_of(enum attr attr)
{
	const struct attr_row *row = attr_row(attr);

	return row->syntax == SYNTAX_EXACT && row->index == 0 ? SYNTAX_CASED : row->syntax;
}

/* Beyond all values that there are: every one lies on the same side of it. */
static struct filter *far_number(
	struct arena *arena, enum filter_op op, enum attr attr, bool negative)
{
	bool below = op == FILTER_LESS_EQUAL || op == FILTER_LESS;
	bool above = op == FILTER_GREATER_EQUAL || op == FILTER_GREATER;

	return (negative ? above : below) ? filter_leaf(arena, FILTER_PRESENT, attr, SPAN_NONE)
					  : filter_false(arena);
}

struct filter *assertion_leaf_under(struct arena *arena, enum filter_op op, enum attr attr,
	enum syntax syntax, struct span asserted)
{
	struct filter *leaf;

	if (op == FILTER_UNDEFINED || !can_be_asserted(arena, syntax, asserted) ||
		!fits_definition(attr, asserted))
		return undefined(arena);
	if (attr == ATTR_ADDRESS)
		asserted = postal_read(arena, asserted);
	if (syntax == SYNTAX_DEFINITION) {
		asserted = identifier_of(attr, asserted);
		if (asserted.len == 0)
			return undefined(arena);
	}
	leaf = filter_leaf_under(arena, op, attr, syntax, asserted);
	return syntax == SYNTAX_INTEGER && leaf->op == FILTER_UNDEFINED && !attr_is_hidden(attr)
		       ? far_number(arena, op, attr, asserted.data[0] == '-')
		       : leaf;
}

struct filter *assertion_leaf(
	struct arena *arena, enum filter_op op, enum attr attr, struct span asserted)
{
	const struct rule_set *rules = attr_rules(attr);

	if (!rules || !(op == FILTER_EQUAL ? rules->equality : rules->ordering))
		return undefined(arena);
	return assertion_leaf_under(arena, op, attr, syntax_of(attr), asserted);
}

static bool part_fits(struct arena *arena, enum attr attr, enum syntax syntax, struct span *part)
{
	bool fits = can_be_asserted(arena, syntax, *part) && fits_definition(attr, *part);

	if (attr == ATTR_ADDRESS)
		*part = postal_read(arena, *part);
	return fits;
}

struct filter *assertion_substring_under(struct arena *arena, enum attr attr, enum syntax syntax,
	const struct assertion_parts *parts)
{
	struct span initial = parts->initial, final = parts->final;
	bool fits =
		part_fits(arena, attr, syntax, &initial) && part_fits(arena, attr, syntax, &final);

	for (size_t i = 0; i < parts->any_count; i++)
		fits = fits && part_fits(arena, attr, syntax, &parts->any[i]);
	return fits ? filter_substring_under(
			      arena, attr, syntax, initial, parts->any, parts->any_count, final)
		    : undefined(arena);
}

struct filter *assertion_substring(
	struct arena *arena, enum attr attr, const struct assertion_parts *parts)
{
	const struct rule_set *rules = attr_rules(attr);

	return rules && rules->substrings
		       ? assertion_substring_under(arena, attr, syntax_of(attr), parts)
		       : undefined(arena);
}
