#include "model/text_int.h"
#include "model/value.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/uuid.h"
#include "model/dn.h"

#define DECIMAL_MAX 64 /* octets of a number */

static struct span lower_ascii(struct arena *arena, struct span raw)
{
	size_t i = 0;

	while (i < raw.len && !(raw.data[i] >= 'A' && raw.data[i] <= 'Z'))
		i++;
	if (i == raw.len)
		return raw;
	uint8_t *lower = arena_alloc(arena, raw.len);
	for (i = 0; i < raw.len; i++) {
		uint8_t octet = raw.data[i];
		lower[i] = octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet;
	}
	return span_of(lower, raw.len);
}

static struct span normal_boolean(struct span raw)
{
	if (span_equal_nocase(raw, SPAN("TRUE")))
		return SPAN("TRUE");
	return span_equal_nocase(raw, SPAN("FALSE")) ? SPAN("FALSE") : raw;
}

/* Magnitude fits 64 bits with its sign. */
static bool fits_integer(bool negative, struct span digits)
{
	uint64_t magnitude;

	return span_to_u64(digits, &magnitude) &&
	       magnitude <= (uint64_t)INT64_MAX + (negative ? 1 : 0);
}

static struct span normal_integer(struct arena *arena, struct span raw)
{
	bool negative = raw.len > 0 && raw.data[0] == '-';
	size_t at = negative;

	while (at + 1 < raw.len && raw.data[at] == '0')
		at++;
	struct span digits = span_from(raw, at);
	if (!fits_integer(negative, digits) || (negative && digits.data[0] == '0'))
		return raw;
	if (!negative || at == 1)
		return negative ? raw : digits;
	uint8_t *text = arena_alloc(arena, digits.len + 1);
	text[0] = '-';
	memcpy(text + 1, digits.data, digits.len);
	return span_of(text, digits.len + 1);
}

static struct span strip(struct span s, bool front)
{
	while (s.len > 0 && s.data[front ? 0 : s.len - 1] == '0')
		s = front ? span_from(s, 1) : span_of(s.data, s.len - 1);
	return s;
}

static bool are_digits(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.data[i] < '0' || s.data[i] > '9')
			return false;
	}
	return s.len > 0;
}

/* RFC 7643 section 2.3.3: digits on both sides of the point; the point may be missing here. */
static bool cut_decimal(struct span s, bool *negative, struct span *whole, struct span *fraction)
{
	*negative = s.len > 0 && s.data[0] == '-';
	*fraction = span_from(s, *negative);
	bool point = span_find(*fraction, '.') < fraction->len;
	*whole = span_cut(fraction, '.');
	return s.len <= DECIMAL_MAX && are_digits(*whole) && (!point || are_digits(*fraction));
}

static struct span normal_decimal(struct arena *arena, struct span raw)
{
	struct span whole, fraction;
	bool negative;

	if (!cut_decimal(raw, &negative, &whole, &fraction))
		return raw;
	whole = strip(whole, true);
	fraction = strip(fraction, false);
	bool zero = whole.len == 0 && fraction.len == 0;
	return span_str(arena_printf(arena, "%s%.*s%s%.*s", negative && !zero ? "-" : "",
		whole.len ? (int)whole.len : 1, whole.len ? (const char *)whole.data : "0",
		fraction.len ? "." : "", SPAN_ARGS(fraction)));
}

/* Stored times are whole seconds; an assertion may be finer (SCIM shows milliseconds of the last
 * change) and keeps three digits then. */
static struct span normal_time(struct arena *arena, struct span raw)
{
	char text[TIME_TEXT_MAX];
	int64_t wall;

	if (!time_parse_rfc3339(raw, &wall) && !time_parse_generalized(raw, &wall))
		return raw;
	size_t len = time_format_generalized(wall, text);
	if (len != sizeof "YYYYMMDDHHMMSSZ" - 1)
		return raw;
	if (span_find(raw, '.') == raw.len && span_find(raw, ',') == raw.len)
		return arena_copy(arena, span_of(text, len));
	int milli = (int)(((wall % SECOND + SECOND) % SECOND) / 1000);
	return span_str(arena_printf(arena, "%.14s.%03dZ", text, milli));
}

static struct span normal_uuid(struct arena *arena, struct span raw)
{
	struct uuid id;

	return uuid_parse(raw, &id) ? lower_ascii(arena, raw) : raw;
}

static struct span normal_name(struct arena *arena, struct span raw)
{
	struct dn dn;

	return dn_parse(arena, raw, &dn, NULL) == OK ? dn_normal(arena, &dn) : raw;
}

/* The first component, which is the OID: "( 2.5.4.3 NAME 'cn' ..." */
static struct span normal_definition(struct span raw)
{
	while (raw.len > 0 && (raw.data[0] == '(' || raw.data[0] == ' '))
		raw = span_from(raw, 1);
	return span_cut(&raw, ' ');
}

static enum text_rule rule_of(enum syntax syntax)
{
	return syntax == SYNTAX_TEL     ? TEXT_NUMBER
	       : syntax == SYNTAX_CASED ? TEXT_CASED
					: TEXT_PLAIN;
}

static struct span normal_text(
	struct arena *arena, enum syntax syntax, struct span raw, struct text_ends whole)
{
	struct span folded;

	return text_prepare(arena, raw, rule_of(syntax), whole, &folded) ? folded : raw;
}

static struct span normal_of(
	struct arena *arena, enum syntax syntax, struct span raw, struct text_ends whole)
{
	switch (syntax) {
	case SYNTAX_TEXT:
	case SYNTAX_TEL:
	case SYNTAX_IA5:
	case SYNTAX_CASED:
		return normal_text(arena, syntax, raw, whole);
	case SYNTAX_BOOLEAN:
		return normal_boolean(raw);
	case SYNTAX_INTEGER:
		return normal_integer(arena, raw);
	case SYNTAX_TIME:
		return normal_time(arena, raw);
	case SYNTAX_UUID:
		return normal_uuid(arena, raw);
	case SYNTAX_OID:
		return lower_ascii(arena, raw);
	case SYNTAX_DECIMAL:
		return normal_decimal(arena, raw);
	case SYNTAX_DN:
		return normal_name(arena, raw);
	case SYNTAX_DEFINITION:
		return normal_definition(raw);
	case SYNTAX_EXACT:
	case SYNTAX_REFERENCE:
	case SYNTAX_OCTETS:
		break;
	}
	return raw;
}

struct span value_normal(struct arena *arena, enum attr attr, struct span raw)
{
	return syntax_normal(arena, attr_row(attr)->syntax, raw);
}

struct span syntax_normal(struct arena *arena, enum syntax syntax, struct span raw)
{
	return normal_of(arena, syntax, raw, (struct text_ends){ true, true });
}

struct span syntax_normal_part(
	struct arena *arena, enum syntax syntax, struct span raw, bool starts, bool ends)
{
	return normal_of(arena, syntax, raw, (struct text_ends){ starts, ends });
}

static bool is_number(struct span s)
{
	bool negative = s.len > 0 && s.data[0] == '-';
	struct span digits = span_from(s, negative);

	if (digits.len == 0 || !fits_integer(negative, digits))
		return false;
	return digits.data[0] != '0' || (digits.len == 1 && !negative);
}

static bool is_decimal(struct span s)
{
	struct span whole, fraction;
	bool negative;

	return cut_decimal(s, &negative, &whole, &fraction);
}

static bool is_time(struct span s)
{
	int64_t wall;

	return s.len >= 15 && s.data[s.len - 1] == 'Z' && time_parse_generalized(s, &wall);
}

static bool is_distinguished_name(struct span s)
{
	struct arena *arena = arena_new();
	struct dn dn;
	bool parses = dn_parse(arena, s, &dn, NULL) == OK;

	arena_free(arena);
	return parses;
}

bool value_fits(enum attr attr, struct span normal)
{
	return syntax_fits(attr_row(attr)->syntax, normal);
}

bool syntax_fits(enum syntax syntax, struct span normal)
{
	struct uuid id;

	switch (syntax) {
	case SYNTAX_TEXT:
	case SYNTAX_CASED:
	case SYNTAX_EXACT:
	case SYNTAX_TEL:
		return span_is_utf8(normal);
	case SYNTAX_IA5:
	case SYNTAX_OID:
		return span_is_ascii(normal);
	case SYNTAX_BOOLEAN:
		return span_equal(normal, SPAN("TRUE")) || span_equal(normal, SPAN("FALSE"));
	case SYNTAX_INTEGER:
		return is_number(normal);
	case SYNTAX_TIME:
		return is_time(normal);
	case SYNTAX_DECIMAL:
		return is_decimal(normal);
	case SYNTAX_UUID:
		return uuid_parse(normal, &id);
	case SYNTAX_DN:
		return is_distinguished_name(normal);
	case SYNTAX_REFERENCE:
	case SYNTAX_OCTETS:
	case SYNTAX_DEFINITION:
		break;
	}
	return true;
}

static bool is_text(enum syntax syntax)
{
	return syntax == SYNTAX_TEXT || syntax == SYNTAX_TEL || syntax == SYNTAX_IA5 ||
	       syntax == SYNTAX_CASED;
}

static bool is_as_it_is(enum syntax syntax)
{
	return syntax == SYNTAX_EXACT || syntax == SYNTAX_REFERENCE || syntax == SYNTAX_OCTETS;
}

bool value_matches(enum attr attr, struct span raw, struct span normal)
{
	enum syntax syntax = attr_row(attr)->syntax;

	if (is_as_it_is(syntax))
		return span_equal(raw, normal);
	if (is_text(syntax) && raw.len <= TEXT_MAX && span_is_ascii(raw)) {
		struct text_walk walk = text_walk_of(raw, rule_of(syntax));
		size_t i = 0;
		int octet;
		while ((octet = text_walk_next(&walk)) >= 0) {
			if (i == normal.len || normal.data[i++] != octet)
				return false;
		}
		return i == normal.len;
	}
	/* A normal form is its own normal form. */
	if (span_equal(raw, normal))
		return true;
	struct arena *arena = arena_new();
	bool matches = span_equal(value_normal(arena, attr, raw), normal);
	arena_free(arena);
	return matches;
}

bool value_normal_brief(enum syntax syntax, struct span stored, uint8_t *room, struct span *normal)
{
	/* The canonical form of what is no text is its normal form. */
	*normal = syntax == SYNTAX_DEFINITION ? normal_definition(stored) : stored;
	if (!is_text(syntax) && syntax != SYNTAX_DN)
		return true;
	if (syntax == SYNTAX_DN || stored.len > LIMIT_VALUE_OCTETS || !span_is_ascii(stored))
		return false;
	struct text_walk walk = text_walk_of(stored, rule_of(syntax));
	size_t len = 0;
	int octet;
	while ((octet = text_walk_next(&walk)) >= 0)
		room[len++] = (uint8_t)octet;
	*normal = span_of(room, len);
	return true;
}

static bool walks_equal(struct text_walk a, struct text_walk b)
{
	for (;;) {
		int octet = text_walk_next(&a);
		if (octet != text_walk_next(&b))
			return false;
		if (octet < 0)
			return true;
	}
}

bool value_equal(enum attr attr, struct span a, struct span b)
{
	enum syntax syntax = attr_row(attr)->syntax;

	if (span_equal(a, b))
		return true;
	if (is_as_it_is(syntax))
		return false;
	if (is_text(syntax) && a.len <= TEXT_MAX && b.len <= TEXT_MAX && span_is_ascii(a) &&
		span_is_ascii(b))
		return walks_equal(
			text_walk_of(a, rule_of(syntax)), text_walk_of(b, rule_of(syntax)));
	struct arena *arena = arena_new();
	bool equal = span_equal(value_normal(arena, attr, a), value_normal(arena, attr, b));
	arena_free(arena);
	return equal;
}

/* Canonical decimals: the sign, then the length, then the digits decide. */
static int order_integer(struct span a, struct span b)
{
	bool minus_a = a.data[0] == '-', minus_b = b.data[0] == '-';

	if (minus_a != minus_b)
		return minus_a ? -1 : 1;
	int order = a.len != b.len ? (a.len < b.len ? -1 : 1) : span_compare(a, b);
	return minus_a ? -order : order;
}

/* Canonical too: whole parts by length and digits, then fractions digit by digit. */
static int order_decimal(struct span a, struct span b)
{
	struct span whole_a, fraction_a, whole_b, fraction_b;
	bool minus_a, minus_b;

	cut_decimal(a, &minus_a, &whole_a, &fraction_a);
	cut_decimal(b, &minus_b, &whole_b, &fraction_b);
	if (minus_a != minus_b)
		return minus_a ? -1 : 1;
	int order = whole_a.len != whole_b.len ? (whole_a.len < whole_b.len ? -1 : 1)
					       : span_compare(whole_a, whole_b);
	if (order == 0)
		order = span_compare(fraction_a, fraction_b);
	return minus_a ? -order : order;
}

/* "YYYYMMDDHHMMSS" and perhaps ".mmm", then "Z", which must not count. */
static int order_time(struct span a, struct span b)
{
	return span_compare(span_of(a.data, a.len - 1), span_of(b.data, b.len - 1));
}

int value_order(enum attr attr, struct span a, struct span b)
{
	return syntax_order(attr_row(attr)->syntax, a, b);
}

int syntax_order(enum syntax syntax, struct span a, struct span b)
{
	if (syntax != SYNTAX_INTEGER && syntax != SYNTAX_TIME && syntax != SYNTAX_DECIMAL)
		return span_compare(a, b);
	bool fits_a = syntax_fits(syntax, a), fits_b = syntax_fits(syntax, b);
	if (fits_a != fits_b)
		return fits_a ? -1 : 1; /* what is no number or time comes last */
	if (!fits_a)
		return span_compare(a, b);
	if (syntax == SYNTAX_DECIMAL)
		return order_decimal(a, b);
	return syntax == SYNTAX_INTEGER ? order_integer(a, b) : order_time(a, b);
}
