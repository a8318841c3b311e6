#include "model/value.h"

#include "base/limits.h"
#include "base/uuid.h"
#include "model/dn.h"
#include "model/text_int.h"

/* Which code points a text may hold. */
enum lines {
	LINES_NAME, /* no control, no bidirectional override: what people are told apart by */
	LINES_ONE,  /* no control */
	LINES_MANY, /* tabulators and line ends besides */
};

static enum lines lines_of(enum attr attr)
{
	switch (attr) {
	case ATTR_USER_NAME:
	case ATTR_COMMON_NAME:
	case ATTR_EMAIL:
		return LINES_NAME;
	case ATTR_STREET:
	case ATTR_ADDRESS:
	case ATTR_DESCRIPTION:
		return LINES_MANY;
	default:
		return attr_has(attr, ATTR_INTERNAL) ? LINES_MANY : LINES_ONE;
	}
}

static bool is_name(enum attr attr)
{
	switch (attr) {
	case ATTR_USER_NAME:
	case ATTR_COMMON_NAME:
	case ATTR_DISPLAY_NAME:
	case ATTR_FAMILY_NAME:
	case ATTR_GIVEN_NAME:
	case ATTR_MIDDLE_NAME:
	case ATTR_NICK_NAME:
		return true;
	default:
		return false;
	}
}

static bool is_noncharacter(uint32_t code)
{
	return (code & 0xfffe) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
}

static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

static bool is_override(uint32_t code)
{
	return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

static const char *code_fault(enum lines lines, uint32_t code)
{
	bool line_end = code == '\t' || code == '\n' || code == '\r';

	if (is_noncharacter(code))
		return "holds a noncharacter";
	if (is_control(code) && !(lines == LINES_MANY && line_end))
		return "holds a control character";
	if (lines == LINES_NAME && is_override(code))
		return "holds a bidirectional control";
	return NULL;
}

static enum err check_codes(enum attr attr, struct span raw, struct why *why)
{
	enum lines lines = lines_of(attr);
	const uint8_t *at = raw.data, *end = raw.data + raw.len;
	size_t count = 0;

	while (at < end) {
		const char *fault = code_fault(lines, text_next(&at, end));
		if (fault != NULL)
			return fail(why, ERR_VALUE, attr_spelling(attr), "the value %s", fault);
		count++;
	}
	if (is_name(attr) && count > LIMIT_NAME_CODEPOINTS)
		return fail(why, ERR_VALUE, attr_spelling(attr),
			"the value is longer than %d characters", LIMIT_NAME_CODEPOINTS);
	return OK;
}

/* A name of which nothing is left when it is compared would be everybody's name. */
static enum err check_substance(
	struct arena *arena, enum attr attr, struct span raw, struct why *why)
{
	if (value_normal(arena, attr, raw).len > 0)
		return OK;
	return fail(why, ERR_VALUE, attr_spelling(attr), "the value has no visible character");
}

/* Of the normal form, in which a full-width @ is one too. */
static enum err check_email(struct arena *arena, struct span raw, struct why *why)
{
	struct span normal = value_normal(arena, ATTR_EMAIL, raw);
	size_t at = span_find(normal, '@');
	struct span domain = span_from(normal, at + 1);

	if (raw.len > LIMIT_EMAIL_OCTETS)
		return fail(why, ERR_VALUE, attr_spelling(ATTR_EMAIL),
			"the address is longer than %d octets", LIMIT_EMAIL_OCTETS);
	if (at == 0 || domain.len == 0 || span_find(domain, '@') < domain.len ||
		span_find(normal, ' ') < normal.len)
		return fail(why, ERR_VALUE, attr_spelling(ATTR_EMAIL),
			"an address is a name, one @ and a domain, without blanks");
	return OK;
}

/* Blanks around a name are nobody's: no rule counts them, and every DN would have to escape them.
 */
static struct span trim(struct span raw)
{
	while (raw.len > 0 && raw.data[0] == ' ')
		raw = span_from(raw, 1);
	while (raw.len > 0 && raw.data[raw.len - 1] == ' ')
		raw.len--;
	return raw;
}

static enum err canonical_text(
	struct arena *arena, enum attr attr, struct span raw, struct span *stored, struct why *why)
{
	if (!span_is_utf8(raw))
		return fail(why, ERR_VALUE, attr_spelling(attr), "the value is not UTF-8");
	if (lines_of(attr) == LINES_NAME)
		raw = trim(raw);
	enum err err = check_codes(attr, raw, why);
	if (err == OK)
		err = check_substance(arena, attr, raw, why);
	if (err == OK && attr == ATTR_EMAIL)
		err = check_email(arena, raw, why);
	if (err == OK)
		*stored = raw;
	return err;
}

static enum err canonical_ascii(
	enum attr attr, struct span raw, struct span *stored, struct why *why)
{
	if (!span_is_ascii(raw))
		return fail(why, ERR_VALUE, attr_spelling(attr), "the value is not ASCII");
	enum err err = check_codes(attr, raw, why);
	if (err == OK)
		*stored = raw;
	return err;
}

static enum err canonical_normal(struct arena *arena, enum attr attr, struct span raw,
	const char *must, struct span *stored, struct why *why)
{
	struct span normal = value_normal(arena, attr, raw);

	if (!value_fits(attr, normal))
		return fail(why, ERR_VALUE, attr_spelling(attr), "the value is no %s", must);
	*stored = normal;
	return OK;
}

static enum err canonical_time(
	struct arena *arena, enum attr attr, struct span raw, struct span *stored, struct why *why)
{
	struct span normal;
	enum err err = canonical_normal(arena, attr, raw, "date and time", &normal, why);

	if (err != OK)
		return err;
	size_t point = span_find(normal, '.');
	if (point < normal.len) {
		char *seconds = arena_string(arena, span_of(normal.data, point + 1));
		seconds[point] = 'Z';
		normal = span_of(seconds, point + 1);
	}
	*stored = normal;
	return OK;
}

/* Types by their first names, escapes in one way; values keep their spelling. */
static enum err canonical_name(
	struct arena *arena, enum attr attr, struct span raw, struct span *stored, struct why *why)
{
	struct dn dn;

	if (dn_parse(arena, raw, &dn, NULL) != OK)
		return fail(
			why, ERR_VALUE, attr_spelling(attr), "the value is no distinguished name");
	*stored = dn_text(arena, &dn);
	return OK;
}

enum err value_canonical(
	struct arena *arena, enum attr attr, struct span raw, struct span *stored, struct why *why)
{
	if (raw.len == 0)
		return fail(why, ERR_VALUE, attr_spelling(attr), "the value is empty");
	if (raw.len > LIMIT_VALUE_OCTETS)
		return fail(why, ERR_VALUE, attr_spelling(attr),
			"the value is longer than %d octets", LIMIT_VALUE_OCTETS);
	switch (attr_row(attr)->syntax) {
	case SYNTAX_TEXT:
	case SYNTAX_EXACT:
	case SYNTAX_TEL:
		return canonical_text(arena, attr, raw, stored, why);
	case SYNTAX_IA5:
		return canonical_ascii(attr, raw, stored, why);
	case SYNTAX_OID:
		return canonical_normal(arena, attr, raw, "object class", stored, why);
	case SYNTAX_BOOLEAN:
		return canonical_normal(arena, attr, raw, "boolean (true, false)", stored, why);
	case SYNTAX_INTEGER:
		return canonical_normal(arena, attr, raw, "integer of 64 bits", stored, why);
	case SYNTAX_DECIMAL:
		return canonical_normal(arena, attr, raw, "decimal number", stored, why);
	case SYNTAX_UUID:
		return canonical_normal(arena, attr, raw, "UUID", stored, why);
	case SYNTAX_TIME:
		return canonical_time(arena, attr, raw, stored, why);
	case SYNTAX_REFERENCE:
		if (raw.len != sizeof(struct uuid))
			return fail(
				why, ERR_VALUE, attr_spelling(attr), "the value is no entry's id");
		break;
	case SYNTAX_DN:
		return canonical_name(arena, attr, raw, stored, why);
	case SYNTAX_OCTETS:
	case SYNTAX_DEFINITION:
	case SYNTAX_CASED:
		break;
	}
	*stored = raw;
	return OK;
}
