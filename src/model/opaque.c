#include "model/opaque.h"

#include <utf8proc.h>

static bool is_control(utf8proc_int32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

static utf8proc_int32_t map_blank(utf8proc_int32_t code, void *arg)
{
	(void)arg;
	return code >= 0x80 && utf8proc_category(code) == UTF8PROC_CATEGORY_ZS ? ' ' : code;
}

static bool has_control(struct span text)
{
	utf8proc_int32_t code;
	utf8proc_ssize_t len;

	for (size_t i = 0; i < text.len; i += (size_t)len) {
		len = utf8proc_iterate(text.data + i, (utf8proc_ssize_t)(text.len - i), &code);
		if (len <= 0 || is_control(code))
			return true;
	}
	return false;
}

static struct span compose(struct arena *arena, struct span text)
{
	const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
	utf8proc_ssize_t room = (utf8proc_ssize_t)text.len + 16, len;
	utf8proc_int32_t *codes;

	for (;;) {
		codes = arena_alloc(arena, ((size_t)room + 1) * sizeof *codes);
		len = utf8proc_decompose_custom(text.data, (utf8proc_ssize_t)text.len, codes, room,
			options, map_blank, NULL);
		if (len <= room)
			break;
		room = len;
	}
	len = len < 0 ? len : utf8proc_reencode(codes, len, options);
	return len < 0 ? SPAN_NONE : span_of(codes, (size_t)len);
}

bool opaque_prepare(struct arena *arena, struct span text, struct span *prepared)
{
	if (text.len == 0 || !span_is_utf8(text) || has_control(text))
		return false;
	struct span ready = span_is_ascii(text) ? text : compose(arena, text);
	if (ready.len == 0)
		return false;
	*prepared = ready;
	return true;
}

size_t opaque_length(struct span prepared)
{
	size_t count = 0;

	for (size_t i = 0; i < prepared.len; i++)
		count += (prepared.data[i] & 0xc0) != 0x80;
	return count;
}
