#include "model/value.h"

#include <utf8proc.h>

/* A letter stays one letter, as simple case mapping has it: "ß" is "ẞ", not "SS". */
static struct span change_case(
	struct arena *arena, struct span text, utf8proc_int32_t (*change)(utf8proc_int32_t code))
{
	utf8proc_int32_t code;
	size_t len = 0;

	if (!span_is_utf8(text))
		return text;
	/* The longest growth is from two octets to three. */
	uint8_t *to = arena_alloc(arena, 2 * text.len + 4);
	for (size_t at = 0; at < text.len;) {
		utf8proc_ssize_t taken =
			utf8proc_iterate(text.data + at, (utf8proc_ssize_t)(text.len - at), &code);
		if (taken <= 0)
			return text;
		at += (size_t)taken;
		len += (size_t)utf8proc_encode_char(change(code), to + len);
	}
	return span_of(to, len);
}

struct span value_lower(struct arena *arena, struct span text)
{
	return change_case(arena, text, utf8proc_tolower);
}

struct span value_upper(struct arena *arena, struct span text)
{
	return change_case(arena, text, utf8proc_toupper);
}
