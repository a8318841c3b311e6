#include "model/dn.h"

#include "base/codec.h"
#include "base/limits.h"

struct parser {
	struct arena *arena;
	uint8_t *at, *end; /* in a copy of our own */
	struct why *why;
};

static enum err malformed(struct parser *p, const char *what)
{
	return fail(p->why, ERR_DN, NULL, "the distinguished name is malformed: %s", what);
}

static bool is_letter(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool at_octet(const struct parser *p, uint8_t octet)
{
	return p->at < p->end && *p->at == octet;
}

static void skip_spaces(struct parser *p)
{
	while (at_octet(p, ' '))
		p->at++;
}

/* RFC 4512 section 1.4: numbers without leading zeros, at least two. */
static bool is_oid(struct span type)
{
	size_t numbers = 0;

	do {
		struct span number = span_cut(&type, '.');
		if (number.len == 0 || (number.len > 1 && number.data[0] == '0'))
			return false;
		for (size_t i = 0; i < number.len; i++) {
			if (!is_digit(number.data[i]))
				return false;
		}
		numbers++;
	} while (type.len > 0);
	return numbers > 1;
}

static bool is_descr(struct span type)
{
	for (size_t i = 0; i < type.len; i++) {
		uint8_t c = type.data[i];
		if (!is_letter(c) && (i == 0 || (!is_digit(c) && c != '-')))
			return false;
	}
	return type.len > 0;
}

/* RFC 2253 section 4: LDAP version 2 wrote "OID.2.5.4.3". */
static void skip_oid_prefix(struct parser *p)
{
	struct span rest = span_of(p->at, (size_t)(p->end - p->at));

	if (span_starts_nocase(rest, SPAN("oid.")) && rest.len > 4 && is_digit(rest.data[4]))
		p->at += 4;
}

/* Types of RFC 4519 that no entry here has, but names above the tenants do, by name, long name and
 * OID. */
static const char *const foreign_types[][3] = {
	{ "dc", "domainComponent", "0.9.2342.19200300.100.1.25" },
	{ "c", "countryName", "2.5.4.6" },
};

static bool find_foreign(struct ava *ava)
{
	for (size_t i = 0; i < sizeof foreign_types / sizeof *foreign_types; i++)
		for (size_t j = 0; j < 3; j++)
			if (span_equal_nocase(ava->type, span_str(foreign_types[i][j]))) {
				ava->type = span_str(foreign_types[i][0]);
				return true;
			}
	return false;
}

static enum err parse_type(struct parser *p, struct ava *ava)
{
	skip_oid_prefix(p);
	const uint8_t *start = p->at;

	while (p->at < p->end &&
		(is_letter(*p->at) || is_digit(*p->at) || *p->at == '-' || *p->at == '.'))
		p->at++;
	ava->type = span_of(start, (size_t)(p->at - start));
	bool ends_in_dot = ava->type.len > 0 && p->at[-1] == '.';
	if (ends_in_dot || (!is_descr(ava->type) && !is_oid(ava->type)))
		return malformed(p, "an attribute type is expected");
	ava->attr = attr_by_ldap(ava->type);
	ava->known = ava->attr != ATTR_NONE || find_foreign(ava);
	skip_spaces(p);
	if (!at_octet(p, '='))
		return malformed(p, "\"=\" is expected");
	p->at++;
	skip_spaces(p);
	return OK;
}

/* The contents of a BER string: primitive, one length that is exactly the rest. */
static bool ber_string(struct span ber, struct span *contents)
{
	static const uint8_t tags[] = { 0x04, 0x0c, 0x12, 0x13, 0x16 };
	size_t head = 2, len;

	if (ber.len < 2 || memchr(tags, ber.data[0], sizeof tags) == NULL)
		return false;
	len = ber.data[1];
	if (len > 0x80) {
		size_t octets = len & 0x7f;
		if (octets > 2 || ber.len < 2 + octets)
			return false;
		len = 0;
		while (head < 2 + octets)
			len = len << 8 | ber.data[head++];
	} else if (len == 0x80) {
		return false;
	}
	if (len != ber.len - head)
		return false;
	*contents = span_of(ber.data + head, len);
	return true;
}

static enum err parse_hexstring(struct parser *p, struct span *value)
{
	const uint8_t *start = ++p->at;
	struct span ber;

	while (p->at < p->end && (is_digit(*p->at) || is_letter(*p->at)))
		p->at++;
	if (!hex_parse(p->arena, span_of(start, (size_t)(p->at - start)), &ber) ||
		!ber_string(ber, value))
		return malformed(p, "a #-value is no BER string");
	return OK;
}

static int hex_digit(uint8_t c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind a backslash: a special character, or two hex digits. */
static enum err parse_escape(struct parser *p, uint8_t *octet)
{
	if (p->at < p->end && memchr("\"+,;<>\\ #=", *p->at, 10) != NULL) {
		*octet = *p->at++;
		return OK;
	}
	int high = p->end - p->at >= 2 ? hex_digit(p->at[0]) : -1;
	int low = p->end - p->at >= 2 ? hex_digit(p->at[1]) : -1;
	if (high < 0 || low < 0)
		return malformed(p, "a backslash escapes nothing");
	*octet = (uint8_t)(high << 4 | low);
	p->at += 2;
	return OK;
}

static bool at_separator(const struct parser *p)
{
	return at_octet(p, ',') || at_octet(p, ';') || at_octet(p, '+');
}

/* RFC 2253 section 4: all between the quotes is the value, escapes are as elsewhere. */
static enum err parse_quoted(struct parser *p, struct span *value)
{
	uint8_t *text = ++p->at; /* unescaped in place: it never grows */
	size_t len = 0;

	while (p->at < p->end && *p->at != '"') {
		uint8_t octet = *p->at++;
		enum err err = octet == '\\' ? parse_escape(p, &octet) : OK;
		if (err != OK)
			return err;
		text[len++] = octet;
	}
	if (p->at == p->end)
		return malformed(p, "a quotation mark is missing");
	p->at++;
	*value = span_of(text, len);
	return OK;
}

/* Up to an unescaped separator; unescaped blanks at the end do not belong to it. */
static enum err parse_string(struct parser *p, struct span *value)
{
	uint8_t *text = p->at; /* unescaped in place: it never grows */
	size_t len = 0, kept = 0;

	while (p->at < p->end && !at_separator(p)) {
		uint8_t octet = *p->at++;
		if (octet == '\0' || memchr("\"<>", octet, 3) != NULL)
			return malformed(p, "a character must be escaped");
		bool escaped = octet == '\\';
		if (escaped) {
			enum err err = parse_escape(p, &octet);
			if (err != OK)
				return err;
		}
		text[len++] = octet;
		if (escaped || octet != ' ')
			kept = len;
	}
	*value = span_of(text, kept);
	return OK;
}

static enum err parse_ava(struct parser *p, struct ava *ava)
{
	enum err err;

	skip_spaces(p);
	err = parse_type(p, ava);
	if (err != OK)
		return err;
	if (at_octet(p, '#'))
		err = parse_hexstring(p, &ava->value);
	else if (at_octet(p, '"'))
		err = parse_quoted(p, &ava->value);
	else
		err = parse_string(p, &ava->value);
	if (err != OK)
		return err;
	skip_spaces(p);
	if (span_find(ava->value, '\0') < ava->value.len || !span_is_utf8(ava->value))
		return malformed(p, "a value is no text");
	if (p->at < p->end && !at_separator(p))
		return malformed(p, "a comma is expected");
	if (ava->value.len == 0)
		return malformed(p, "a value is empty");
	ava->last = !at_octet(p, '+');
	return OK;
}

/* RFC 4512 section 2.3.1: the attribute types of an RDN are distinct. */
static bool is_repeated(const struct ava *avas, size_t at)
{
	for (size_t i = at; i > 0 && !avas[i - 1].last; i--) {
		const struct ava *before = &avas[i - 1];

		if (before->attr == avas[at].attr &&
			(before->attr != ATTR_NONE ||
				span_equal_nocase(before->type, avas[at].type)))
			return true;
	}
	return false;
}

enum err dn_parse(struct arena *arena, struct span text, struct dn *dn, struct why *why)
{
	struct ava avas[LIMIT_DN_RDNS];
	struct parser p = { .arena = arena, .why = why };
	size_t count = 0, rdns = 0;

	if (text.len > LIMIT_DN_OCTETS)
		return malformed(&p, "it is too long");
	p.at = arena_alloc(arena, text.len + 1);
	p.end = p.at + text.len;
	if (text.len > 0)
		memcpy(p.at, text.data, text.len);
	skip_spaces(&p);
	bool more = p.at < p.end;
	while (more) {
		if (count == LIMIT_DN_RDNS)
			return malformed(&p, "it has too many parts");
		enum err err = parse_ava(&p, &avas[count]);
		if (err != OK)
			return err;
		if (is_repeated(avas, count))
			return malformed(&p, "an RDN has an attribute type twice");
		rdns += avas[count++].last;
		more = p.at < p.end;
		p.at += more; /* the comma or plus: another part must follow */
	}
	dn->avas = arena_array(arena, count, sizeof *avas);
	if (count > 0)
		memcpy(dn->avas, avas, count * sizeof *avas);
	dn->count = count;
	dn->rdns = rdns;
	return OK;
}
