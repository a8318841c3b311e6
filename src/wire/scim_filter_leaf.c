/* Comparisons, each by the type of its attribute (RFC 7644 section 3.4.2.2, table 3). */
#include "wire/scim_filter_int.h"

#include "base/clock.h"
#include "base/codec.h"
#include "model/value.h"
#include "wire/scim_edit.h"

#include <ctype.h>
#include <math.h>

struct filter *constant(struct parse *p, bool value)
{
	return filter_branch(p->arena, value ? FILTER_AND : FILTER_OR, NULL, 0);
}

static struct filter *branch_of(struct parse *p, enum filter_op op, struct filter *part)
{
	struct filter **parts = arena_array(p->arena, 1, sizeof *parts);
	parts[0] = part;
	return filter_branch(p->arena, op, parts, 1);
}

struct filter *not_of(struct parse *p, struct filter *part)
{
	return branch_of(p, FILTER_NOT, part);
}

struct filter *pair(struct parse *p, enum filter_op op, struct filter *a, struct filter *b)
{
	struct filter **parts = arena_array(p->arena, 2, sizeof *parts);
	parts[0] = a;
	parts[1] = b;
	return filter_branch(p->arena, op, parts, 2);
}

struct filter *related(struct parse *p, enum attr lead, uint32_t kinds, struct filter *part)
{
	struct filter *filter = branch_of(p, FILTER_RELATED, part);
	filter->attr = lead;
	filter->kinds = kinds;
	return filter;
}

/* ---- values ---- */

static bool boolean_text(const struct json *value, struct span *text)
{
	*text = value->type == JSON_IS_TRUE    ? SPAN("TRUE")
		: value->type == JSON_IS_FALSE ? SPAN("FALSE")
					       : value->text;
	return value->type == JSON_IS_TRUE || value->type == JSON_IS_FALSE ||
	       (value->type == JSON_IS_STRING && (span_equal_nocase(*text, SPAN("true")) ||
							 span_equal_nocase(*text, SPAN("false"))));
}

/* A number between two integers stands between them: it equals none. */
static bool real_text(struct parse *p, double real, enum compare *compare, struct span *text)
{
	if (!(fabs(real) < 9.2e18))
		return false;
	double whole = *compare == GT || *compare == GE ? ceil(real) : floor(real);
	if (whole != real) {
		if (*compare == EQ || *compare == NE)
			return false;
		*compare = *compare == GT || *compare == GE ? GE : LE;
	}
	*text = span_str(arena_printf(p->arena, "%lld", (long long)whole));
	return true;
}

static bool integer_text(struct parse *p, enum attr attr, const struct literal *literal,
	enum compare *compare, struct span *text)
{
	const struct json *value = literal->json;
	if (value->type == JSON_IS_REAL)
		return real_text(p, value->real, compare, text);
	*text = value->type == JSON_IS_STRING ? value->text : literal->raw;
	return (value->type == JSON_IS_STRING || value->type == JSON_IS_INTEGER) &&
	       value_fits(attr, value_normal(p->arena, attr, *text));
}

static bool decimal_text(
	struct parse *p, enum attr attr, const struct json *value, struct span *text)
{
	*text = value->text;
	if (value->type != JSON_IS_STRING)
		return !scim_number_octets(p->arena, attr, value, text, NULL);
	return value_fits(attr, value_normal(p->arena, attr, *text));
}

/* What is computed is shown with milliseconds and compared so; what is stored has whole seconds. */
static bool time_text(struct parse *p, enum attr attr, const struct json *value, struct span *text)
{
	char stored[TIME_TEXT_MAX];
	int64_t wall;
	if (value->type != JSON_IS_STRING || !time_parse_rfc3339(value->text, &wall) ||
		time_format_generalized(wall, stored) != sizeof "YYYYMMDDHHMMSSZ" - 1)
		return false;
	int milli = (int)(((wall % SECOND + SECOND) % SECOND) / 1000);
	*text = span_str(milli || attr_has(attr, ATTR_COMPUTED)
				 ? arena_printf(p->arena, "%.14s.%03dZ", stored, milli)
				 : arena_printf(p->arena, "%.15s", stored));
	return true;
}

/* The text that the model compares; false when the value is not of the attribute's type. A number
 * without quotes is taken for a string where one is wanted. */
static bool comparable(struct parse *p, enum attr attr, const struct literal *literal,
	enum compare *compare, struct span *text)
{
	const struct json *value = literal->json;
	switch (attr_row(attr)->syntax) {
	case SYNTAX_BOOLEAN:
		return boolean_text(value, text);
	case SYNTAX_INTEGER:
		return integer_text(p, attr, literal, compare, text);
	case SYNTAX_DECIMAL:
		return decimal_text(p, attr, value, text);
	case SYNTAX_TIME:
		return time_text(p, attr, value, text);
	case SYNTAX_OCTETS:
		return value->type == JSON_IS_STRING && base64_parse(p->arena, value->text, text);
	default:
		*text = value->type == JSON_IS_STRING ? value->text : literal->raw;
		return value->type == JSON_IS_STRING || value->type == JSON_IS_INTEGER ||
		       value->type == JSON_IS_REAL;
	}
}

/* The version is shown as W/"7" and kept as 7. */
static struct span bare_version(struct span text)
{
	if (span_starts(text, SPAN("W/")))
		text = span_from(text, 2);
	if (text.len >= 2 && text.data[0] == '"' && text.data[text.len - 1] == '"')
		text = span_of(text.data + 1, text.len - 2);
	return text;
}

/* What no id reads like still stands before or behind each of them: before those from `bound` on,
 * or behind those up to it. The first octet that no id has at its place decides. */
static struct span nearest_id(struct parse *p, struct span text, bool *behind)
{
	static const char zero[] = "00000000-0000-0000-0000-000000000000";
	static const char last[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";
	char *bound = arena_string(p->arena, span_str(zero));
	size_t i = 0;
	uint8_t c = 0;
	for (; i < text.len && i < UUID_TEXT; i++) {
		c = (uint8_t)tolower(text.data[i]);
		if (zero[i] == '-' ? c != '-' : !isxdigit(c))
			break;
		bound[i] = (char)c;
	}
	*behind = i < text.len && (i == UUID_TEXT || c > (uint8_t)last[i]);
	if (*behind)
		memcpy(bound + i, last + i, UUID_TEXT - i);
	else if (i < text.len && c > '9' && zero[i] != '-')
		bound[i] = 'a';
	return span_of(bound, UUID_TEXT);
}

static struct span id_bound(struct parse *p, struct span text, enum compare *compare)
{
	bool behind, upwards = *compare == GT || *compare == GE;
	struct uuid id;
	if (uuid_parse(text, &id))
		return text;
	struct span bound = nearest_id(p, text, &behind);
	*compare = upwards ? (behind ? GT : GE) : (behind ? LE : LT);
	return bound;
}

/* ---- leaves on values ---- */

static bool is_order(enum compare compare)
{
	return compare == GT || compare == GE || compare == LT || compare == LE;
}

static bool has_comparison(enum attr attr, enum compare compare)
{
	bool equality = compare == EQ || compare == NE;
	bool substring = compare == CO || compare == SW || compare == EW;
	switch (attr_row(attr)->syntax) {
	case SYNTAX_BOOLEAN:
	case SYNTAX_REFERENCE:
	case SYNTAX_OCTETS:
		return equality;
	case SYNTAX_INTEGER:
	case SYNTAX_DECIMAL:
	case SYNTAX_TIME:
		return !substring;
	default:
		return true;
	}
}

static struct filter *equal_leaf(
	struct parse *p, enum filter_op op, enum attr attr, struct span text)
{
	if (attr_row(attr)->syntax != SYNTAX_REFERENCE)
		return filter_leaf(p->arena, op, attr, text);
	struct filter *filter = filter_new(p->arena, FILTER_EQUAL, attr);
	filter->value = text;
	return filter;
}

static struct filter *order_leaf(
	struct parse *p, enum compare compare, enum attr attr, struct span text)
{
	static const enum filter_op ops[COMPARE_COUNT] = {
		[GT] = FILTER_GREATER,
		[GE] = FILTER_GREATER_EQUAL,
		[LT] = FILTER_LESS,
		[LE] = FILTER_LESS_EQUAL,
	};
	struct span none = SPAN_NONE;
	switch (compare) {
	case CO:
		return filter_substring(p->arena, attr, none, &text, 1, none);
	case SW:
		return filter_substring(p->arena, attr, text, NULL, 0, none);
	case EW:
		return filter_substring(p->arena, attr, none, NULL, 0, text);
	default:
		return filter_leaf(p->arena, ops[compare], attr, text);
	}
}

enum err compare_attr(struct parse *p, const struct target *target, enum attr attr,
	enum compare compare, const struct literal *literal, struct filter **filter)
{
	struct span text;
	bool several = !attr_has(attr, ATTR_SINGLE | ATTR_COMPUTED) && !p->within;
	if (!has_comparison(attr, compare))
		return bad_at(p, target->word, "the attribute has no such comparison");
	if (!comparable(p, attr, literal, &compare, &text))
		return bad_at(p, target->word, "the value is not of the attribute's type");
	if (attr == ATTR_REVISION)
		text = bare_version(text);
	if (attr == ATTR_ID && is_order(compare))
		text = id_bound(p, text, &compare);
	if (compare == EQ || compare == NE)
		*filter = equal_leaf(
			p, several && compare == NE ? FILTER_DIFFERENT : FILTER_EQUAL, attr, text);
	else
		*filter = order_leaf(p, compare, attr, text);
	/* What can never be a value of the attribute equals none; Undefined would outlive "not". */
	if ((*filter)->op == FILTER_UNDEFINED)
		*filter = constant(p, false);
	if (compare == NE && !several)
		*filter = not_of(p, *filter);
	return OK;
}

/* ---- leaves on a target ---- */

static struct filter *any_present(struct parse *p, const struct scim_attribute *attribute)
{
	struct filter *filter = NULL;
	for (size_t i = 0; i < attribute->count; i++) {
		struct filter *part =
			filter_leaf(p->arena, FILTER_PRESENT, attribute->parts[i].attr, SPAN_NONE);
		filter = filter ? pair(p, FILTER_OR, filter, part) : part;
	}
	return filter;
}

static enum err present_leaf(struct parse *p, const struct target *target, struct filter **filter)
{
	struct filter *stored = NULL, *beside = NULL;
	bool is_member_of = target->attr == ATTR_MEMBER_OF;
	if (target->attr && !is_member_of)
		stored = filter_leaf(p->arena, FILTER_PRESENT, target->attr, SPAN_NONE);
	else if (!target->attr && !target->relation)
		stored = any_present(p, target->attribute);
	enum err err = OK;
	if (target->relation && target->attr != ATTR_MEMBER)
		err = related_leaf(p, target, PR, NULL, &beside);
	if (!err)
		*filter = stored && beside ? pair(p, FILTER_OR, stored, beside)
			  : stored         ? stored
					   : beside;
	return err;
}

/* Members and containers are found by their id through the index of edges; all else of them is
 * asked of their entries. */
static bool is_edge(const struct target *target, enum compare compare)
{
	return (target->attr == ATTR_MEMBER || target->attr == ATTR_MEMBER_OF) && compare != EQ;
}

static enum err value_leaf(struct parse *p, const struct target *target, enum compare compare,
	const struct literal *literal, struct filter **filter)
{
	struct filter *stored = NULL, *beside = NULL, *present;
	bool computed = attr_has(target->attr, ATTR_COMPUTED);
	enum err err = OK;
	if (target->attr && !is_edge(target, compare))
		err = compare_attr(p, target, target->attr, compare, literal, &stored);
	if (!err && target->relation && (!stored || !computed))
		err = related_leaf(p, target, compare, literal, &beside);
	if (err)
		return err;
	*filter = stored && beside ? pair(p, FILTER_OR, stored, beside) : stored ? stored : beside;
	if (compare != NE || p->within || attr_has(target->attr, ATTR_SINGLE))
		return OK;
	/* RFC 7643 section 2.5: no value is null, which is another one too. */
	err = present_leaf(p, target, &present);
	if (!err)
		*filter = pair(p, FILTER_OR, *filter, not_of(p, present));
	return err;
}

static enum err absent_leaf(struct parse *p, enum compare compare, const struct literal *literal,
	struct filter **filter)
{
	bool null = literal->json && literal->json->type == JSON_IS_NULL;
	*filter = constant(p, null ? compare == EQ : compare == NE);
	return OK;
}

/* RFC 7644 section 3.4.2.2 has null among the values: it equals what is not there. */
static enum err null_leaf(
	struct parse *p, const struct target *target, enum compare compare, struct filter **filter)
{
	if (compare != EQ && compare != NE)
		return bad_at(p, target->word, "null has neither order nor parts");
	enum err err = present_leaf(p, target, filter);
	if (!err && compare == EQ)
		*filter = not_of(p, *filter);
	return err;
}

enum err parse_leaf(struct parse *p, const struct target *target, struct filter **filter)
{
	enum compare compare;
	struct literal literal = { 0 };
	if (!take_compare(p, &compare))
		return bad_at(p, target->word, "an operator is missing behind the attribute");
	enum err err = compare == PR ? OK : take_literal(p, &literal);
	if (err)
		return err;
	if (target->absent)
		return absent_leaf(p, compare, &literal, filter);
	if (target->special)
		return special_leaf(p, target, compare, &literal, filter);
	if (!target->attribute && compare == PR) {
		*filter = schema_present(p, target->schema);
		return OK;
	}
	if (!target->attribute)
		return bad_at(p, target->word, "a schema can only be present");
	if (compare == PR)
		return present_leaf(p, target, filter);
	if (literal.json->type == JSON_IS_NULL)
		return null_leaf(p, target, compare, filter);
	if (!target->attr && !target->relation)
		return bad_at(
			p, target->word, "a complex attribute is compared by one of its parts");
	return value_leaf(p, target, compare, &literal, filter);
}
