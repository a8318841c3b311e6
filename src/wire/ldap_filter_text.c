#include "wire/ldap_filter_text.h"

#include "base/limits.h"
#include "wire/ldap_filter_tag.h"
#include "wire/tlv.h"

struct reading {
	struct arena *arena;
	struct span text;
	size_t at;
	unsigned depth;
	struct buffer out;
	struct why *why;
};

static enum err read_filter(struct reading *r);

static enum err refuse(struct reading *r, const char *wanted)
{
	return fail(r->why, ERR_VALUE, "filter", "at character %zu of the filter: expected %s",
		r->at + 1, wanted);
}

static int peek(const struct reading *r)
{
	return r->at < r->text.len ? r->text.data[r->at] : -1;
}

static enum err expect(struct reading *r, char octet, const char *wanted)
{
	if (peek(r) != octet)
		return refuse(r, wanted);
	r->at++;
	return OK;
}

/* ---- values ---- */

static int hex(int octet)
{
	if (octet >= '0' && octet <= '9')
		return octet - '0';
	octet |= 0x20;
	return octet >= 'a' && octet <= 'f' ? octet - 'a' + 10 : -1;
}

/* Behind a backslash. */
static enum err read_escaped(struct reading *r, uint8_t *octet)
{
	int high = hex(peek(r));
	int low = r->at + 1 < r->text.len ? hex(r->text.data[r->at + 1]) : -1;

	if (high < 0 || low < 0)
		return refuse(r, "two hexadecimal digits behind \\");
	r->at += 2;
	*octet = (uint8_t)(high << 4 | low);
	return OK;
}

/* Up to the next ")" or "*", in the arena. */
static enum err read_value(struct reading *r, struct span *value)
{
	uint8_t *octets = arena_alloc(r->arena, r->text.len - r->at + 1);
	size_t len = 0;
	int octet;
	enum err err = OK;

	while (err == OK && (octet = peek(r)) != ')' && octet != '*' && octet != -1) {
		if (octet == '(' || octet == 0)
			return refuse(r, "a value, where \\28 stands for ( and \\00 for NUL");
		octets[len] = (uint8_t)octet;
		r->at++;
		if (octet == '\\')
			err = read_escaped(r, &octets[len]);
		len++;
	}
	*value = span_of(octets, len);
	return err;
}

/* ---- items ---- */

static bool is_of_description(int octet)
{
	return (octet >= '0' && octet <= '9') || (octet >= 'A' && octet <= 'Z') ||
	       (octet >= 'a' && octet <= 'z') || octet == '-' || octet == '.' || octet == ';' ||
	       octet == '_';
}

static struct span read_description(struct reading *r)
{
	size_t from = r->at;

	while (is_of_description(peek(r)))
		r->at++;
	return span_of(r->text.data + from, r->at - from);
}

static enum err read_assertion(struct reading *r, uint8_t choice, struct span attribute)
{
	size_t opened = tlv_open(&r->out, choice);
	struct span value;
	enum err err = read_value(r, &value);

	if (err == OK && peek(r) == '*')
		return refuse(r, "a value without *");
	tlv_put(&r->out, TLV_OCTETS, attribute);
	tlv_put(&r->out, TLV_OCTETS, value);
	tlv_close(&r->out, opened);
	return err;
}

/* At the first "*". */
static enum err read_parts(struct reading *r, struct span attribute, struct span initial)
{
	size_t opened = tlv_open(&r->out, CHOICE_SUBSTRINGS), list;
	struct span part;
	enum err err = OK;

	tlv_put(&r->out, TLV_OCTETS, attribute);
	list = tlv_open(&r->out, TLV_SEQUENCE);
	if (initial.len > 0)
		tlv_put(&r->out, SUBSTRING_INITIAL, initial);
	while (err == OK && peek(r) == '*') {
		r->at++;
		err = read_value(r, &part);
		if (err == OK && part.len == 0 && peek(r) == '*')
			err = refuse(r, "something between two *");
		if (err == OK && part.len > 0)
			tlv_put(&r->out, peek(r) == '*' ? SUBSTRING_ANY : SUBSTRING_FINAL, part);
	}
	tlv_close(&r->out, list);
	tlv_close(&r->out, opened);
	return err;
}

/* Behind "=": what the value holds tells equality, presence and substrings apart. */
static enum err read_equality(struct reading *r, struct span attribute)
{
	size_t from = r->at;
	struct span initial;
	enum err err = read_value(r, &initial);

	if (err != OK)
		return err;
	if (peek(r) != '*') {
		r->at = from;
		return read_assertion(r, CHOICE_EQUAL, attribute);
	}
	if (initial.len > 0 || r->at + 1 >= r->text.len || r->text.data[r->at + 1] != ')')
		return read_parts(r, attribute, initial);
	r->at++;
	tlv_put(&r->out, CHOICE_PRESENT, attribute);
	return OK;
}

/* Behind the attribute, if there is one: [":dn"] [":" rule] ":=" value */
static enum err read_extensible(struct reading *r, struct span attribute)
{
	struct span rule = SPAN_NONE, value;
	bool dn = false;
	size_t opened;
	enum err err;

	if (span_starts_nocase(span_from(r->text, r->at), SPAN(":dn:"))) {
		dn = true;
		r->at += 3;
	}
	err = expect(r, ':', "\":=\", \":dn:=\" or a matching rule");
	if (err == OK && peek(r) != '=') {
		rule = read_description(r);
		err = expect(r, ':', "\":=\" behind the matching rule");
	}
	if (err == OK && attribute.len == 0 && rule.len == 0)
		err = refuse(r, "an attribute or a matching rule");
	if (err == OK)
		err = expect(r, '=', "\"=\"");
	if (err == OK)
		err = read_value(r, &value);
	if (err != OK)
		return err;
	opened = tlv_open(&r->out, CHOICE_EXTENSIBLE);
	if (rule.len > 0)
		tlv_put(&r->out, EXTENSIBLE_RULE, rule);
	if (attribute.len > 0)
		tlv_put(&r->out, EXTENSIBLE_TYPE, attribute);
	tlv_put(&r->out, EXTENSIBLE_VALUE, value);
	if (dn)
		tlv_put(&r->out, EXTENSIBLE_DN, SPAN("\xff"));
	tlv_close(&r->out, opened);
	return OK;
}

static enum err read_item(struct reading *r)
{
	static const struct {
		char octet;
		uint8_t choice;
	} operators[] = { { '>', CHOICE_GREATER }, { '<', CHOICE_LESS }, { '~', CHOICE_APPROX } };
	struct span attribute = read_description(r);

	if (peek(r) == ':')
		return read_extensible(r, attribute);
	if (attribute.len == 0)
		return refuse(r, "an attribute, \"&\", \"|\" or \"!\"");
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (peek(r) == operators[i].octet) {
			r->at++;
			enum err err = expect(r, '=', "\"=\"");
			return err ? err : read_assertion(r, operators[i].choice, attribute);
		}
	enum err err = expect(r, '=', "\"=\", \"~=\", \">=\", \"<=\" or \":=\"");
	return err ? err : read_equality(r, attribute);
}

/* ---- the tree ---- */

static enum err read_list(struct reading *r, uint8_t choice)
{
	size_t opened = tlv_open(&r->out, choice);
	enum err err = OK;

	r->at++;
	if (choice == CHOICE_NOT)
		err = read_filter(r);
	while (err == OK && choice != CHOICE_NOT && peek(r) == '(')
		err = read_filter(r);
	tlv_close(&r->out, opened);
	return err;
}

static enum err read_filter(struct reading *r)
{
	enum err err = expect(r, '(', "\"(\"");

	if (err == OK && r->depth == LIMIT_FILTER_DEPTH)
		return refuse(r, "nothing that is nested so deep");
	r->depth++;
	if (err == OK && peek(r) == '&')
		err = read_list(r, CHOICE_AND);
	else if (err == OK && peek(r) == '|')
		err = read_list(r, CHOICE_OR);
	else if (err == OK && peek(r) == '!')
		err = read_list(r, CHOICE_NOT);
	else if (err == OK)
		err = read_item(r);
	r->depth--;
	return err ? err : expect(r, ')', "\")\"");
}

enum err filter_text_read(
	struct arena *arena, struct span text, struct span *element, struct why *why)
{
	struct reading r = { .arena = arena, .text = text, .why = why };
	enum err err;

	buffer_init(&r.out, LIMIT_LDAP_PDU_BEFORE_BIND);
	err = read_filter(&r);
	if (err == OK && r.at < text.len)
		err = refuse(&r, "the end");
	if (err == OK && r.out.failed)
		err = fail(why, ERR_VALUE, "filter", "the filter is too long");
	if (err == OK)
		*element = arena_copy(arena, buffer_span(&r.out));
	buffer_free(&r.out);
	return err;
}

/* ---- back into words ---- */

struct writing {
	struct buffer *out;
	bool (*is_secret)(struct span attribute);
	unsigned depth;
};

static void write_filter(struct writing *w, uint8_t choice, struct span value);

static void put_value(struct writing *w, struct span value)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < value.len && !w->out->failed; i++) {
		uint8_t octet = value.data[i];

		if (octet > 0x1f && octet != 0x7f && !strchr("()*\\", octet))
			buffer_put_octet(w->out, octet);
		else
			buffer_put(w->out, (char[]){ '\\', digits[octet >> 4], digits[octet & 15] },
				3);
	}
}

static void put_unless_secret(struct writing *w, struct span attribute, struct span value)
{
	if (w->is_secret(attribute))
		buffer_put_span(w->out, SPAN("..."));
	else
		put_value(w, value);
}

static void write_comparison(struct writing *w, const char *operator, struct span value)
{
	struct tlv_reader in = tlv_reader_of(value);
	struct span attribute = tlv_take(&in, TLV_OCTETS);

	put_value(w, attribute);
	buffer_put_span(w->out, span_str(operator));
	put_unless_secret(w, attribute, tlv_take(&in, TLV_OCTETS));
}

static void write_substrings(struct writing *w, struct span value)
{
	struct tlv_reader in = tlv_reader_of(value), parts;
	struct span attribute = tlv_take(&in, TLV_OCTETS), part;
	uint8_t tag, last = 0;

	put_value(w, attribute);
	buffer_put_octet(w->out, '=');
	parts = tlv_reader_of(tlv_take(&in, TLV_SEQUENCE));
	while (tlv_next(&parts, &tag, &part)) {
		if (tag != SUBSTRING_INITIAL)
			buffer_put_octet(w->out, '*');
		put_unless_secret(w, attribute, part);
		last = tag;
	}
	if (last != SUBSTRING_FINAL)
		buffer_put_octet(w->out, '*');
}

static void write_extensible(struct writing *w, struct span value)
{
	struct tlv_reader in = tlv_reader_of(value);
	struct span rule = SPAN_NONE, attribute = SPAN_NONE, asserted = SPAN_NONE, part;
	bool dn = false;
	uint8_t tag;

	while (tlv_next(&in, &tag, &part)) {
		rule = tag == EXTENSIBLE_RULE ? part : rule;
		attribute = tag == EXTENSIBLE_TYPE ? part : attribute;
		asserted = tag == EXTENSIBLE_VALUE ? part : asserted;
		dn = dn || (tag == EXTENSIBLE_DN && span_equal(part, SPAN("\xff")));
	}
	put_value(w, attribute);
	if (dn)
		buffer_put_span(w->out, SPAN(":dn"));
	if (rule.len > 0)
		buffer_put_octet(w->out, ':');
	put_value(w, rule);
	buffer_put_span(w->out, SPAN(":="));
	put_unless_secret(w, attribute, asserted);
}

static void write_list(struct writing *w, char sign, struct span value)
{
	struct tlv_reader in = tlv_reader_of(value);
	struct span part;
	uint8_t tag;

	buffer_put_octet(w->out, (uint8_t)sign);
	while (!w->out->failed && tlv_next(&in, &tag, &part))
		write_filter(w, tag, part);
}

static void write_choice(struct writing *w, uint8_t choice, struct span value)
{
	switch (choice) {
	case CHOICE_AND:
		write_list(w, '&', value);
		break;
	case CHOICE_OR:
		write_list(w, '|', value);
		break;
	case CHOICE_NOT:
		write_list(w, '!', value);
		break;
	case CHOICE_EQUAL:
		write_comparison(w, "=", value);
		break;
	case CHOICE_GREATER:
		write_comparison(w, ">=", value);
		break;
	case CHOICE_LESS:
		write_comparison(w, "<=", value);
		break;
	case CHOICE_APPROX:
		write_comparison(w, "~=", value);
		break;
	case CHOICE_PRESENT:
		put_value(w, value);
		buffer_put_span(w->out, SPAN("=*"));
		break;
	case CHOICE_SUBSTRINGS:
		write_substrings(w, value);
		break;
	case CHOICE_EXTENSIBLE:
		write_extensible(w, value);
		break;
	default:
		buffer_put_span(w->out, SPAN("..."));
	}
}

static void write_filter(struct writing *w, uint8_t choice, struct span value)
{
	buffer_put_octet(w->out, '(');
	if (w->depth == LIMIT_FILTER_DEPTH) {
		buffer_put_span(w->out, SPAN("..."));
	} else {
		w->depth++;
		write_choice(w, choice, value);
		w->depth--;
	}
	buffer_put_octet(w->out, ')');
}

void filter_text_write(
	struct span element, bool (*is_secret)(struct span attribute), struct buffer *out)
{
	struct writing w = { .out = out, .is_secret = is_secret };
	struct tlv_reader in = tlv_reader_of(element);
	struct span value;
	uint8_t tag;

	if (tlv_next(&in, &tag, &value))
		write_filter(&w, tag, value);
}
