/* Words, operators and values of a filter (RFC 7644 section 3.4.2.2, figure 1). */
#include "wire/scim_filter_int.h"

enum err bad(struct parse *p, const char *what)
{
	return fail(p->why, ERR_FILTER, NULL, "the filter is not understood: %s", what);
}

enum err bad_at(struct parse *p, struct span word, const char *what)
{
	return fail(p->why, ERR_FILTER, arena_string(p->arena, word), "%s", what);
}

void skip_blanks(struct parse *p)
{
	while (p->rest.len > 0 && p->rest.data[0] == ' ')
		p->rest = span_from(p->rest, 1);
}

bool at_octet(const struct parse *p, uint8_t c)
{
	return p->rest.len > 0 && p->rest.data[0] == c;
}

bool take_octet(struct parse *p, uint8_t c)
{
	skip_blanks(p);
	if (!at_octet(p, c))
		return false;
	p->rest = span_from(p->rest, 1);
	return true;
}

static bool is_alpha(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

bool is_name_octet(uint8_t c)
{
	return is_alpha(c) || is_digit(c) || c == '-' || c == '_' || c == ':' || c == '.' ||
	       c == '$';
}

static struct span peek_word(struct parse *p)
{
	skip_blanks(p);
	size_t len = 0;
	while (len < p->rest.len && is_name_octet(p->rest.data[len]))
		len++;
	return span_of(p->rest.data, len);
}

struct span take_word(struct parse *p)
{
	struct span word = peek_word(p);
	if (word.len > 0 && !is_alpha(word.data[0]) && word.data[0] != '$')
		word.len = 0;
	p->rest = span_from(p->rest, word.len);
	return word;
}

bool take_keyword(struct parse *p, const char *keyword)
{
	struct span word = peek_word(p);
	if (!span_equal_nocase(word, span_str(keyword)))
		return false;
	p->rest = span_from(p->rest, word.len);
	return true;
}

bool take_compare(struct parse *p, enum compare *compare)
{
	static const char *const names[COMPARE_COUNT] = { "eq", "ne", "co", "sw", "ew", "gt", "ge",
		"lt", "le", "pr" };
	for (enum compare c = 0; c < COMPARE_COUNT; c++)
		if (take_keyword(p, names[c])) {
			*compare = c;
			return true;
		}
	return false;
}

/* Up to the quote that ends the JSON string at the start; 0 when none does. */
static size_t string_length(struct span text)
{
	for (size_t i = 1; i < text.len; i++) {
		if (text.data[i] == '\\')
			i++;
		else if (text.data[i] == '"')
			return i + 1;
	}
	return 0;
}

static size_t bare_length(struct span text)
{
	size_t len = 0;
	while (len < text.len && text.data[len] != ' ' && text.data[len] != ')' &&
		text.data[len] != ']')
		len++;
	return len;
}

/* A value that should stand in quotes, as Entra sends them; nothing that could be a slip in the
 * grammar. */
static bool is_bare_word(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		if (!is_alpha(c) && !is_digit(c) && c < 0x80 && !strchr("-_.:@+/", c))
			return false;
	}
	return text.len > 0 && span_is_utf8(text);
}

enum err take_literal(struct parse *p, struct literal *literal)
{
	skip_blanks(p);
	bool quoted = at_octet(p, '"');
	size_t len = quoted ? string_length(p->rest) : bare_length(p->rest);
	struct span text = span_of(p->rest.data, len);
	struct json *json = NULL;
	bool parsed = len > 0 && !json_parse(p->arena, text, &json, NULL);
	if (!parsed && !quoted && is_bare_word(text)) {
		json = arena_zalloc(p->arena, sizeof *json);
		json->type = JSON_IS_STRING;
		json->text = text;
	} else if (!parsed || json->type == JSON_IS_ARRAY || json->type == JSON_IS_OBJECT) {
		return bad(p, "a string, number, true, false or null is missing");
	}
	*literal = (struct literal){ json, text };
	p->rest = span_from(p->rest, len);
	return OK;
}

size_t scim_bracket_end(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == ']')
			return i;
		if (text.data[i] != '"')
			continue;
		size_t len = string_length(span_from(text, i));
		if (len == 0)
			break;
		i += len - 1;
	}
	return text.len;
}
