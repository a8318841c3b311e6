#include "wire/json.h"

static size_t string_end(struct span text, size_t at)
{
	for (at++; at < text.len && text.data[at] != '"'; at++)
		if (text.data[at] == '\\')
			at++;
	return at < text.len ? at : text.len;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_blanks(struct span text, size_t at)
{
	while (at < text.len && is_blank(text.data[at]))
		at++;
	return at;
}

/* Behind the value that begins here, strings in it passed over; where "," or the end of what holds
 * it stands. */
static size_t value_end(struct span text, size_t at)
{
	size_t depth = 0;
	for (; at < text.len; at++) {
		uint8_t c = text.data[at];
		if (c == '"')
			at = string_end(text, at);
		else if (c == '{' || c == '[')
			depth++;
		else if (depth == 0 && (c == ',' || c == '}' || c == ']'))
			return at;
		else if (c == '}' || c == ']')
			depth--;
	}
	return text.len;
}

/* The "[" of the member's array, or the text's length. */
static size_t find_array(struct span text, struct span name)
{
	size_t at = skip_blanks(text, 0);
	if (at == text.len || text.data[at] != '{')
		return text.len;
	do {
		size_t key = skip_blanks(text, at + 1);
		if (key == text.len || text.data[key] != '"')
			return text.len;
		size_t end = string_end(text, key);
		size_t colon = skip_blanks(text, end + 1);
		size_t value = skip_blanks(text, colon + 1);
		if (value < text.len && text.data[value] == '[' &&
			span_equal_nocase(span_of(text.data + key + 1, end - key - 1), name))
			return value;
		at = value_end(text, value);
	} while (at < text.len && text.data[at] == ',');
	return text.len;
}

static struct span without(struct arena *arena, struct span text, size_t from, size_t to)
{
	uint8_t *rest = arena_alloc(arena, text.len - (to - from) + 1);
	memcpy(rest, text.data, from);
	memcpy(rest + from, text.data + to, text.len - to);
	return span_of(rest, text.len - (to - from));
}

enum err json_split(struct arena *arena, struct span text, const char *name, size_t max,
	struct json_parts *parts, struct why *why)
{
	size_t begin = find_array(text, span_str(name)), capacity = 0;
	*parts = (struct json_parts){ .rest = text };
	if (begin == text.len)
		return OK;
	size_t at = skip_blanks(text, begin + 1);
	bool more = at < text.len && text.data[at] != ']';
	while (more) {
		size_t end = value_end(text, at);
		if (parts->count == max)
			return fail(why, ERR_TOO_LARGE, name, "more than %zu of them", max);
		if (parts->count == capacity) {
			capacity = capacity * 2 + 16;
			struct span *grown = arena_array(arena, capacity, sizeof *grown);
			if (parts->count)
				memcpy(grown, parts->items, parts->count * sizeof *grown);
			parts->items = grown;
		}
		parts->items[parts->count++] = span_trim(span_of(text.data + at, end - at));
		more = end < text.len && text.data[end] == ',';
		at = more ? end + 1 : end;
	}
	parts->rest = without(arena, text, begin + 1, at);
	return OK;
}
