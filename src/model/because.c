#include "model/because.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define BECAUSE_ENGLISH_MAX 8192 /* of damaged ones too */

static const struct {
	const char *code, *english;
} rows[BECAUSES] = {
#define BECAUSE(id, code, english) [BECAUSE_##id] = { code, english },
#include "because.def"
#undef BECAUSE
};

/* ---- writing ---- */

/* All of it or nothing. */
static bool put(struct because *because, size_t *len, const char *text, size_t count)
{
	if (*len + count >= sizeof(because->line))
		return false;
	memcpy(because->line + *len, text, count);
	*len += count;
	because->line[*len] = '\0';
	return true;
}

static bool put_string(struct because *because, size_t *len, const char *text)
{
	return put(because, len, text, strlen(text));
}

static bool has_meaning(uint8_t octet)
{
	return octet < ' ' || octet == 0x7f || octet == '%' || octet == ';' || octet == '+';
}

static void put_text(struct because *because, size_t *len, const char *text)
{
	char escaped[4];
	size_t count;

	for (bool fits = true; fits && *text; text += count) {
		for (count = 1; ((uint8_t)text[count] & 0xc0) == 0x80; count++)
			;
		if (!span_is_utf8(span_of(text, count))) {
			fits = put(because, len, "?", 1);
			continue;
		}
		if (*text == ' ') {
			fits = put(because, len, "+", 1);
		} else if (has_meaning((uint8_t)*text)) {
			snprintf(escaped, sizeof(escaped), "%%%02x", (uint8_t)*text);
			fits = put(because, len, escaped, 3);
		} else {
			fits = put(because, len, text, count);
		}
	}
}

static void put_value(struct because *because, size_t *len, const struct because_value *value)
{
	char head[64];

	if (value->text)
		snprintf(head, sizeof(head), " %s=", value->name);
	else
		snprintf(head, sizeof(head), " %s#%" PRId64, value->name, value->number);
	if (put_string(because, len, head) && value->text)
		put_text(because, len, value->text);
}

void because_add(
	struct because *because, enum because_code code, const struct because_value *values)
{
	size_t len = strlen(because->line), before = len;

	assert(code < BECAUSES);
	if ((before > 0 && !put_string(because, &len, "; ")) ||
		!put_string(because, &len, rows[code].code)) {
		because->line[before] = '\0';
		return;
	}
	for (size_t i = 0; values && i < BECAUSE_MOST && values[i].name; i++)
		put_value(because, &len, &values[i]);
}

/* ---- reading ---- */

bool because_next(struct span *line, struct because_part *part)
{
	part->values = span_trim(span_cut(line, ';'));
	part->code = span_cut(&part->values, ' ');
	return part->code.len > 0;
}

static int digit_of(uint8_t octet)
{
	return (octet & 0xf) + (octet > '9' ? 9 : 0);
}

/* What is escaped is ASCII. */
static char read_escaped(const uint8_t *digits)
{
	return (char)((digit_of(digits[0]) << 4 | digit_of(digits[1])) & 0x7f);
}

static void read_text(struct span in, char *to, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < in.len && len + 1 < size; i++) {
		if (in.data[i] == '%' && i + 2 < in.len) {
			to[len++] = read_escaped(in.data + i + 1);
			i += 2;
		} else {
			to[len++] = in.data[i] == '+' ? ' ' : (char)in.data[i];
		}
	}
	to[len] = '\0';
}

bool because_next_value(struct because_part *part, struct because_found *found)
{
	struct span word = span_cut(&part->values, ' ');
	size_t sign = span_find(word, '#'), equal = span_find(word, '=');
	uint64_t number = 0;

	if (word.len == 0)
		return false;
	found->is_number = sign < equal;
	struct span value = word, name = span_cut(&value, found->is_number ? '#' : '=');
	span_fit(found->name, sizeof(found->name), name);
	read_text(value, found->text, sizeof(found->text));
	bool below = found->is_number && value.len > 0 && value.data[0] == '-';
	if (!span_to_u64(span_from(value, below), &number) || number > INT64_MAX)
		number = 0;
	found->number = below ? -(int64_t)number : (int64_t)number;
	return true;
}

/* ---- English ---- */

static void put_named(struct because_part part, struct span name, struct buffer *out)
{
	struct because_found found;

	while (because_next_value(&part, &found))
		if (span_equal(name, span_str(found.name))) {
			buffer_put_span(out, span_str(found.text));
			return;
		}
}

static void put_sentence(const struct because_part *part, struct buffer *out)
{
	size_t code = 0;

	while (code < BECAUSES && !span_equal(part->code, span_str(rows[code].code)))
		code++;
	struct span rest = code < BECAUSES ? span_str(rows[code].english) : part->code;
	while (rest.len > 0) {
		buffer_put_span(out, span_cut(&rest, '{'));
		if (rest.len > 0)
			put_named(*part, span_cut(&rest, '}'), out);
	}
}

const char *because_text(struct arena *arena, struct span line)
{
	struct because_part part;
	struct buffer out;

	buffer_init(&out, BECAUSE_ENGLISH_MAX);
	for (bool more = false; because_next(&line, &part); more = true) {
		if (more)
			buffer_put_span(&out, SPAN(": "));
		put_sentence(&part, &out);
	}
	const char *text = arena_string(arena, buffer_span(&out));
	buffer_free(&out);
	return text;
}
