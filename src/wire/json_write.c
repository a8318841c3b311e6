#include "wire/json.h"

#include "base/codec.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

void json_start(struct json_writer *w, struct buffer *out)
{
	*w = (struct json_writer){ .out = out };
}

/* Before a value: a comma when one stands before it in the same container. */
static void separate(struct json_writer *w)
{
	if (w->comma >> w->depth & 1)
		buffer_put_octet(w->out, ',');
	w->comma |= UINT64_C(1) << w->depth;
}

static void begin(struct json_writer *w, uint8_t bracket)
{
	separate(w);
	buffer_put_octet(w->out, bracket);
	assert(w->depth < 63);
	w->depth++;
	w->comma &= ~(UINT64_C(1) << w->depth);
}

static void end(struct json_writer *w, uint8_t bracket)
{
	assert(w->depth > 0);
	w->depth--;
	buffer_put_octet(w->out, bracket);
}

void json_begin_object(struct json_writer *w)
{
	begin(w, '{');
}

void json_end_object(struct json_writer *w)
{
	end(w, '}');
}

void json_begin_array(struct json_writer *w)
{
	begin(w, '[');
}

void json_end_array(struct json_writer *w)
{
	end(w, ']');
}

/* The value that follows a name needs no comma of its own. */
static void name_written(struct json_writer *w)
{
	w->comma &= ~(UINT64_C(1) << w->depth);
}

void json_name(struct json_writer *w, const char *name)
{
	size_t len = strlen(name);
	separate(w);
	uint8_t *to = buffer_reserve(w->out, len + 3);
	if (to) {
		to[0] = '"';
		memcpy(to + 1, name, len);
		memcpy(to + 1 + len, "\":", 2);
		w->out->len += len + 3;
	}
	name_written(w);
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

static void put_escape(struct buffer *out, uint8_t c)
{
	static const char hex[] = "0123456789abcdef";
	static const char letters[32] = {
		['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
	};
	if (c == '"' || c == '\\')
		buffer_put(out, (char[]){ '\\', (char)c }, 2);
	else if (letters[c])
		buffer_put(out, (char[]){ '\\', letters[c] }, 2);
	else
		buffer_put(out, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
}

#define OCTETS UINT64_C(0x0101010101010101) /* one in each octet of a word */

/* Eight at once: an octet below 0x20, a quote or a backslash sets the highest bit of some octet. */
static bool are_plain(const uint8_t *octets)
{
	uint64_t word, quote, backslash;
	memcpy(&word, octets, sizeof word);
	quote = word ^ OCTETS * '"';
	backslash = word ^ OCTETS * '\\';
	return !((((word - OCTETS * 0x20) & ~word) | ((quote - OCTETS) & ~quote) |
			 ((backslash - OCTETS) & ~backslash)) &
		 OCTETS * 0x80);
}

size_t json_plain_run(struct span text)
{
	size_t n = 0;
	while (n + 8 <= text.len && are_plain(text.data + n))
		n += 8;
	while (n < text.len && is_plain(text.data[n]))
		n++;
	return n;
}

static void put_quoted(struct buffer *out, struct span text)
{
	size_t run = json_plain_run(text);
	uint8_t *to = buffer_reserve(out, run + 2);
	if (!to)
		return;
	to[0] = '"';
	if (run > 0)
		memcpy(to + 1, text.data, run);
	out->len += run + 1;
	for (text = span_from(text, run); text.len > 0; text = span_from(text, run)) {
		put_escape(out, text.data[0]);
		text = span_from(text, 1);
		run = json_plain_run(text);
		buffer_put(out, text.data, run);
	}
	buffer_put_octet(out, '"');
}

void json_put_name(struct json_writer *w, struct span name)
{
	separate(w);
	put_quoted(w->out, name);
	buffer_put_octet(w->out, ':');
	name_written(w);
}

void json_put_text(struct json_writer *w, struct span text)
{
	separate(w);
	put_quoted(w->out, text);
}

void json_put_string(struct json_writer *w, const char *text)
{
	json_put_text(w, span_str(text));
}

void json_put_integer(struct json_writer *w, int64_t number)
{
	separate(w);
	char text[1 + DECIMAL_TEXT_MAX] = { '-' };
	bool negative = number < 0;
	size_t len =
		decimal_format(negative ? 0 - (uint64_t)number : (uint64_t)number, text + negative);
	buffer_put(w->out, text, negative + len);
}

void json_put_bool(struct json_writer *w, bool value)
{
	json_put_raw(w, value ? SPAN("true") : SPAN("false"));
}

void json_put_null(struct json_writer *w)
{
	json_put_raw(w, SPAN("null"));
}

void json_put_raw(struct json_writer *w, struct span json)
{
	separate(w);
	buffer_put_span(w->out, json);
}

void json_text_member(struct json_writer *w, const char *name, struct span text)
{
	json_name(w, name);
	json_put_text(w, text);
}

void json_string_member(struct json_writer *w, const char *name, const char *text)
{
	json_name(w, name);
	json_put_string(w, text);
}

void json_integer_member(struct json_writer *w, const char *name, int64_t number)
{
	json_name(w, name);
	json_put_integer(w, number);
}

void json_bool_member(struct json_writer *w, const char *name, bool value)
{
	json_name(w, name);
	json_put_bool(w, value);
}

/* The fewest digits that read back as the same number. */
static void put_real(struct json_writer *w, double number)
{
	char text[40];
	int len = 0;
	for (int digits = 15; digits <= 17; digits++) {
		len = snprintf(text, sizeof text, "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	json_put_raw(w, span_of(text, (size_t)len));
}

static void put_items(struct json_writer *w, const struct json *json)
{
	for (size_t i = 0; i < json->count; i++) {
		if (json->type == JSON_IS_OBJECT)
			json_put_name(w, json->items[i].name);
		json_put_tree(w, &json->items[i]);
	}
}

void json_put_tree(struct json_writer *w, const struct json *json)
{
	switch (json->type) {
	case JSON_IS_NULL:
		json_put_null(w);
		break;
	case JSON_IS_FALSE:
	case JSON_IS_TRUE:
		json_put_bool(w, json->type == JSON_IS_TRUE);
		break;
	case JSON_IS_INTEGER:
		json_put_integer(w, json->integer);
		break;
	case JSON_IS_REAL:
		put_real(w, json->real);
		break;
	case JSON_IS_STRING:
		json_put_text(w, json->text);
		break;
	case JSON_IS_ARRAY:
		json_begin_array(w);
		put_items(w, json);
		json_end_array(w);
		break;
	case JSON_IS_OBJECT:
		json_begin_object(w);
		put_items(w, json);
		json_end_object(w);
		break;
	}
}
