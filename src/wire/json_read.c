#include "wire/json.h"

#include "base/limits.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* What the scan counts, without a tree and without recursion. */
struct scan {
	size_t depth, nodes;
	bool in_string, escaped;
};

/* False when a limit is passed. Every value stands at the start, behind "[" or "{", or behind a
 * comma, so these bound the nodes; what is no JSON otherwise is left to the parser. */
static bool scan_octet(struct scan *scan, uint8_t c)
{
	if (scan->in_string) {
		if (scan->escaped)
			scan->escaped = false;
		else if (c == '\\')
			scan->escaped = true;
		else if (c == '"')
			scan->in_string = false;
		return true;
	}
	switch (c) {
	case '"':
		scan->in_string = true;
		return true;
	case '{':
	case '[':
		scan->nodes++;
		return ++scan->depth <= LIMIT_JSON_DEPTH && scan->nodes <= LIMIT_JSON_NODES;
	case '}':
	case ']':
		if (scan->depth > 0)
			scan->depth--;
		return true;
	case ',':
		return ++scan->nodes <= LIMIT_JSON_NODES;
	default:
		return true;
	}
}

static enum err scan_text(struct span text, size_t *nodes, struct why *why)
{
	if (!span_is_utf8(text))
		return fail(why, ERR_SYNTAX, NULL, "the body is not well-formed UTF-8");
	struct scan scan = { 0 };
	for (size_t i = 0; i < text.len; i++)
		if (!scan_octet(&scan, text.data[i]))
			return fail(why, ERR_SYNTAX, NULL,
				scan.depth > LIMIT_JSON_DEPTH
					? "the JSON text is nested too deeply"
					: "the JSON text has too many values");
	*nodes = scan.nodes;
	return OK;
}

/* ---- names ---- */

static int by_name(const void *a, const void *b)
{
	struct span x = (*(const struct json *const *)a)->name;
	struct span y = (*(const struct json *const *)b)->name;
	size_t common = x.len < y.len ? x.len : y.len;
	for (size_t i = 0; i < common; i++) {
		int p = x.data[i], q = y.data[i];
		p = p >= 'A' && p <= 'Z' ? p + 32 : p;
		q = q >= 'A' && q <= 'Z' ? q + 32 : q;
		if (p != q)
			return p - q;
	}
	return (x.len > y.len) - (x.len < y.len);
}

/* RFC 7643 section 2.1: names compare without case, so two spellings of one are a duplicate.
 * Sorting, as a peer could make any hash collide. */
static enum err refuse_duplicates(struct arena *arena, const struct json *object, struct why *why)
{
	if (object->count < 2)
		return OK;
	const struct json **sorted = arena_array(arena, object->count, sizeof *sorted);
	for (size_t i = 0; i < object->count; i++)
		sorted[i] = &object->items[i];
	qsort(sorted, object->count, sizeof *sorted, by_name);
	for (size_t i = 1; i < object->count; i++)
		if (by_name(&sorted[i - 1], &sorted[i]) == 0)
			return fail(why, ERR_SYNTAX, arena_string(arena, sorted[i]->name),
				"a name stands twice in one object");
	return OK;
}

/* ---- the tree ---- */

/* Behind the scan: depth, nodes and UTF-8 are good. */
struct parser {
	struct arena *arena;
	struct span text;          /* as it was given, for places */
	uint8_t *begin, *at, *end; /* a copy, in which strings are decoded where they stand */
	struct json *values;       /* of containers that have not ended */
	size_t count, capacity;
	enum err err;
	struct why *why;
};

static bool refuse(struct parser *p, enum err err, const char *what)
{
	size_t offset = (size_t)(p->at - p->begin), line = 1, column = 1;
	for (size_t i = 0; i < offset; i++) {
		bool ends = p->text.data[i] == '\n';
		line += ends;
		column = ends ? 1 : column + 1;
	}
	p->err = fail(p->why, err, NULL, "%s at line %zu, column %zu", what, line, column);
	return false;
}

static bool malformed(struct parser *p)
{
	return refuse(p, ERR_SYNTAX, "the JSON text is malformed");
}

/* NUL at the end, where no token begins with it. */
static uint8_t peek(const struct parser *p)
{
	return p->at < p->end ? *p->at : '\0';
}

static void skip_blanks(struct parser *p)
{
	while (p->at < p->end &&
		(*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r'))
		p->at++;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* The code unit of "\uXXXX"; -1 when it is none. */
static long take_unit(struct parser *p)
{
	long unit = 0;
	if (p->end - p->at < 6 || p->at[0] != '\\' || p->at[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		uint8_t c = p->at[i], letter = c | 0x20;
		if (!is_digit(c) && (letter < 'a' || letter > 'f'))
			return -1;
		unit = unit << 4 | (is_digit(c) ? c - '0' : letter - 'a' + 10);
	}
	p->at += 6;
	return unit;
}

/* RFC 8259 section 7: what lies beyond the basic plane is a pair of surrogates; one alone is no
 * character. NUL is none of ours. */
static bool take_character(struct parser *p, uint8_t **to)
{
	long c = take_unit(p);
	if (c <= 0 || (c >= 0xdc00 && c <= 0xdfff))
		return malformed(p);
	if (c >= 0xd800 && c <= 0xdbff) {
		long low = take_unit(p);
		if (low < 0xdc00 || low > 0xdfff)
			return malformed(p);
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	uint8_t *out = *to;
	if (c < 0x80) {
		*out++ = (uint8_t)c;
	} else if (c < 0x800) {
		*out++ = (uint8_t)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		*out++ = (uint8_t)(0xe0 | c >> 12);
	} else {
		*out++ = (uint8_t)(0xf0 | c >> 18);
		*out++ = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	}
	if (c >= 0x800)
		*out++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	if (c >= 0x80)
		*out++ = (uint8_t)(0x80 | (c & 0x3f));
	*to = out;
	return true;
}

static bool take_escape(struct parser *p, uint8_t **to)
{
	static const char letters[] = "\"\\/bfnrt", octets[] = "\"\\/\b\f\n\r\t";
	if (p->end - p->at < 2 || p->at[1] == '\0')
		return malformed(p);
	if (p->at[1] == 'u')
		return take_character(p, to);
	const char *found = strchr(letters, p->at[1]);
	if (!found)
		return malformed(p);
	*(*to)++ = (uint8_t)octets[found - letters];
	p->at += 2;
	return true;
}

static bool take_string(struct parser *p, struct span *text)
{
	uint8_t *begin = ++p->at, *to = begin;
	for (;;) {
		size_t plain = json_plain_run(span_of(p->at, (size_t)(p->end - p->at)));
		if (to != p->at)
			memmove(to, p->at, plain);
		to += plain;
		p->at += plain;
		if (peek(p) == '"')
			break;
		if (peek(p) != '\\')
			return malformed(p);
		if (!take_escape(p, &to))
			return false;
	}
	p->at++;
	*text = to > begin ? span_of(begin, (size_t)(to - begin)) : SPAN_NONE;
	return true;
}

static bool skip_digits(struct parser *p)
{
	const uint8_t *begin = p->at;
	while (is_digit(peek(p)))
		p->at++;
	return p->at > begin;
}

/* RFC 8259 section 6; *real: it has a fraction or an exponent. */
static bool skip_number(struct parser *p, bool *real)
{
	p->at += peek(p) == '-';
	if (peek(p) == '0')
		p->at++;
	else if (!skip_digits(p))
		return false;
	*real = peek(p) == '.' || (peek(p) | 0x20) == 'e';
	if (peek(p) == '.' && (p->at++, !skip_digits(p)))
		return false;
	if ((peek(p) | 0x20) != 'e')
		return true;
	p->at++;
	p->at += peek(p) == '+' || peek(p) == '-';
	return skip_digits(p);
}

static bool take_number(struct parser *p, struct json *to)
{
	const uint8_t *begin = p->at;
	bool real;
	if (!skip_number(p, &real))
		return malformed(p);
	const char *digits = arena_string(p->arena, span_of(begin, (size_t)(p->at - begin)));
	errno = 0;
	to->type = real ? JSON_IS_REAL : JSON_IS_INTEGER;
	if (real)
		to->real = strtod(digits, NULL);
	else
		to->integer = strtoll(digits, NULL, 10);
	if (errno == ERANGE && (!real || isinf(to->real)))
		return refuse(p, ERR_VALUE, "a number is out of range");
	return true;
}

static bool take_word(struct parser *p, struct json *to)
{
	static const struct {
		struct span word;
		enum json_type type;
	} words[] = { { SPAN("true"), JSON_IS_TRUE }, { SPAN("false"), JSON_IS_FALSE },
		{ SPAN("null"), JSON_IS_NULL } };
	struct span rest = span_of(p->at, (size_t)(p->end - p->at));
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (span_starts(rest, words[i].word)) {
			to->type = words[i].type;
			p->at += words[i].word.len;
			return true;
		}
	return malformed(p);
}

static bool take_value(struct parser *p, struct span name);

static bool take_member(struct parser *p)
{
	struct span name;
	skip_blanks(p);
	if (peek(p) != '"')
		return malformed(p);
	if (!take_string(p, &name))
		return false;
	skip_blanks(p);
	if (peek(p) != ':')
		return malformed(p);
	p->at++;
	return take_value(p, name);
}

/* Its values, which lie on top of the others, become an array of their own. */
static bool take_container(struct parser *p, struct json *container)
{
	size_t first = p->count;
	bool object = *p->at == '{';
	uint8_t end = object ? '}' : ']';
	container->type = object ? JSON_IS_OBJECT : JSON_IS_ARRAY;
	p->at++;
	skip_blanks(p);
	if (peek(p) == end) {
		p->at++;
		return true;
	}
	for (bool more = true; more; p->at++) {
		if (!(object ? take_member(p) : take_value(p, SPAN_NONE)))
			return false;
		skip_blanks(p);
		more = peek(p) == ',';
		if (!more && peek(p) != end)
			return malformed(p);
	}
	container->count = p->count - first;
	container->items = arena_alloc(p->arena, container->count * sizeof *container->items);
	memcpy(container->items, p->values + first, container->count * sizeof *container->items);
	p->count = first;
	if (object)
		p->err = refuse_duplicates(p->arena, container, p->why);
	return p->err == OK;
}

/* Recursion is bounded by the scan's depth. */
static bool take_value(struct parser *p, struct span name)
{
	skip_blanks(p);
	assert(p->count < p->capacity);
	struct json *value = &p->values[p->count++];
	*value = (struct json){ .name = name };
	switch (peek(p)) {
	case '{':
	case '[':
		return take_container(p, value);
	case '"':
		value->type = JSON_IS_STRING;
		return take_string(p, &value->text);
	case '-':
	case '0' ... '9':
		return take_number(p, value);
	default:
		return take_word(p, value);
	}
}

static bool take_text(struct parser *p)
{
	if (!take_value(p, SPAN_NONE))
		return false;
	skip_blanks(p);
	return p->at == p->end || malformed(p);
}

enum err json_parse(struct arena *arena, struct span text, struct json **json, struct why *why)
{
	size_t nodes = 0;
	enum err err = scan_text(text, &nodes, why);
	if (err)
		return err;
	struct span copy = arena_copy(arena, text);
	struct parser p = { .arena = arena, .text = text, .why = why, .capacity = nodes + 1 };
	p.begin = p.at = (uint8_t *)copy.data;
	p.end = p.begin + copy.len;
	p.values = heap_grow(NULL, p.capacity * sizeof *p.values);
	if (take_text(&p)) {
		*json = arena_alloc(arena, sizeof **json);
		**json = p.values[0];
	}
	free(p.values);
	return p.err;
}

/* ---- members ---- */

const struct json *json_member(const struct json *object, const char *name)
{
	if (!object || object->type != JSON_IS_OBJECT)
		return NULL;
	struct span wanted = span_str(name);
	for (size_t i = 0; i < object->count; i++)
		if (span_equal_nocase(object->items[i].name, wanted))
			return &object->items[i];
	return NULL;
}

struct span json_text(const struct json *object, const char *name)
{
	const struct json *member = json_member(object, name);
	return member && member->type == JSON_IS_STRING ? member->text : SPAN_NONE;
}

bool json_is_set(const struct json *object, const char *name)
{
	const struct json *member = json_member(object, name);
	return member && member->type == JSON_IS_TRUE;
}

int64_t json_number(const struct json *object, const char *name, int64_t otherwise)
{
	const struct json *member = json_member(object, name);
	if (member && member->type == JSON_IS_INTEGER)
		return member->integer;
	/* 2^53: beyond it a double no longer tells neighbouring integers apart. */
	if (member && member->type == JSON_IS_REAL && trunc(member->real) == member->real &&
		fabs(member->real) <= 9007199254740992.0)
		return (int64_t)member->real;
	return otherwise;
}
