/* One JSON value as the octets of an attribute (RFC 7643 section 2.3). */
#include "wire/scim_edit.h"

#include "base/clock.h"
#include "base/codec.h"
#include "model/value.h"
#include "wire/platform.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SAFE_INTEGER 9007199254740992.0 /* 2^53: beyond it a double skips integers */
#define LARGEST_DECIMAL 1e15            /* and 1e-15 the smallest: what a double tells apart */
#define DECIMAL_DIGITS 17

struct typed {
	struct arena *arena;
	enum attr attr;
	const struct json *value;
	struct span *octets;
	struct why *why;
};

static enum err wrong(const struct typed *t, const char *wanted)
{
	return fail(t->why, ERR_VALUE, attr_spelling(t->attr), "the value must be %s", wanted);
}

bool scim_is_true(const struct json *value)
{
	return value && (value->type == JSON_IS_TRUE ||
				(value->type == JSON_IS_STRING &&
					span_equal_nocase(value->text, SPAN("true"))));
}

/* Entra sends booleans as "True" and "False"; nothing else stands for one, least of all for true.
 */
static enum err boolean_octets(const struct typed *t)
{
	const struct json *value = t->value;
	bool text = value->type == JSON_IS_STRING;
	if (scim_is_true(value))
		*t->octets = SPAN("TRUE");
	else if (value->type == JSON_IS_FALSE ||
		 (text && span_equal_nocase(value->text, SPAN("false"))))
		*t->octets = SPAN("FALSE");
	else
		return wrong(t, "true or false");
	return OK;
}

/* RFC 7643 section 2.3.4: no fraction; 1.0 has none. */
static enum err integer_octets(const struct typed *t)
{
	const struct json *value = t->value;
	int64_t number = value->integer;
	if (value->type == JSON_IS_REAL) {
		if (trunc(value->real) != value->real || fabs(value->real) > SAFE_INTEGER)
			return wrong(t, "an integer of 64 bits");
		number = (int64_t)value->real;
	} else if (value->type != JSON_IS_INTEGER) {
		return wrong(t, "an integer");
	}
	*t->octets = span_str(arena_printf(t->arena, "%lld", (long long)number));
	return OK;
}

/* The fewest digits that are read as the same number again, without an exponent. */
static enum err decimal_octets(const struct typed *t)
{
	char text[64];
	double number = t->value->real;
	if (t->value->type == JSON_IS_INTEGER)
		return integer_octets(t);
	if (t->value->type != JSON_IS_REAL)
		return wrong(t, "a number");
	if (number != 0 && (fabs(number) >= LARGEST_DECIMAL || fabs(number) < 1 / LARGEST_DECIMAL))
		return wrong(t, "a number of at most 15 digits before and behind the point");
	int whole = number == 0 ? 0 : (int)floor(log10(fabs(number))) + 1;
	for (int digits = 1; digits <= DECIMAL_DIGITS; digits++) {
		int fraction = digits > whole ? digits - whole : 0;
		snprintf(text, sizeof text, "%.*f", fraction, number);
		if (strtod(text, NULL) == number)
			break;
	}
	struct span copy = arena_copy(t->arena, span_str(text));
	return value_canonical(t->arena, t->attr, copy, t->octets, t->why);
}

enum err scim_number_octets(struct arena *arena, enum attr attr, const struct json *value,
	struct span *octets, struct why *why)
{
	const struct typed t = { arena, attr, value, octets, why };
	return attr_row(attr)->syntax == SYNTAX_INTEGER ? integer_octets(&t) : decimal_octets(&t);
}

static enum err reference_octets(const struct typed *t)
{
	struct uuid id;
	if (t->value->type != JSON_IS_STRING || !uuid_parse(t->value->text, &id))
		return fail(t->why, ERR_VALUE, attr_spelling(t->attr), "there is no such resource");
	*t->octets = arena_copy(t->arena, uuid_span(&id));
	return OK;
}

static enum err time_octets(const struct typed *t)
{
	int64_t wall;
	if (t->value->type != JSON_IS_STRING || !time_parse_rfc3339(t->value->text, &wall))
		return wrong(t, "a date and time");
	char *stored = arena_alloc(t->arena, TIME_TEXT_MAX);
	*t->octets = span_of(stored, time_format_generalized(wall, stored));
	return OK;
}

/* RFC 7643 section 2.3.6. */
static enum err binary_octets(const struct typed *t)
{
	struct span bytes;
	if (t->value->type != JSON_IS_STRING || !base64_parse(t->arena, t->value->text, &bytes))
		return wrong(t, "octets in Base64");
	return value_canonical(t->arena, t->attr, bytes, t->octets, t->why);
}

static enum err text_octets(const struct typed *t)
{
	if (t->value->type != JSON_IS_STRING)
		return wrong(t, "a string");
	return value_canonical(t->arena, t->attr, t->value->text, t->octets, t->why);
}

enum err scim_octets(
	struct scim_edit *edit, enum attr attr, const struct json *value, struct span *octets)
{
	const struct typed t = { edit->arena, attr, value, octets, edit->why };
	edit->said.bits[attr / 64] |= UINT64_C(1) << attr % 64;
	if (attr == ATTR_PLATFORM)
		return platform_canonical(edit->arena, value, octets, edit->why);
	switch (attr_row(attr)->syntax) {
	case SYNTAX_BOOLEAN:
		return boolean_octets(&t);
	case SYNTAX_INTEGER:
		return integer_octets(&t);
	case SYNTAX_DECIMAL:
		return decimal_octets(&t);
	case SYNTAX_REFERENCE:
		return reference_octets(&t);
	case SYNTAX_TIME:
		return time_octets(&t);
	case SYNTAX_OCTETS:
		return binary_octets(&t);
	default:
		return text_octets(&t);
	}
}
