#include "base/span.h"

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

int span_compare(struct span a, struct span b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common ? memcmp(a.data, b.data, common) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool span_equal_nocase(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.data[i]) != lower(b.data[i]))
			return false;
	return true;
}

bool span_starts(struct span s, struct span prefix)
{
	return s.len >= prefix.len && span_equal(span_of(s.data, prefix.len), prefix);
}

bool span_starts_nocase(struct span s, struct span prefix)
{
	return s.len >= prefix.len && span_equal_nocase(span_of(s.data, prefix.len), prefix);
}

bool span_has_nocase(struct span s, struct span part)
{
	if (part.len == 0)
		return true;
	for (size_t i = 0; i + part.len <= s.len; i++)
		if (lower(s.data[i]) == lower(part.data[0]) &&
			span_equal_nocase(span_of(s.data + i, part.len), part))
			return true;
	return false;
}

size_t span_find(struct span s, uint8_t octet)
{
	const uint8_t *found = s.len ? memchr(s.data, octet, s.len) : NULL;

	return found ? (size_t)(found - s.data) : s.len;
}

struct span span_trim(struct span s)
{
	while (s.len && is_blank(s.data[0]))
		s = span_of(s.data + 1, s.len - 1);
	while (s.len && is_blank(s.data[s.len - 1]))
		s.len--;
	return s;
}

struct span span_cut(struct span *s, uint8_t octet)
{
	size_t at = span_find(*s, octet);
	struct span head = span_of(s->data, at);

	*s = at < s->len ? span_of(s->data + at + 1, s->len - at - 1) : SPAN_NONE;
	return head;
}

void span_fit(char *to, size_t size, struct span text)
{
	size_t len = text.len < size ? text.len : size - 1;
	while (len < text.len && len > 0 && (text.data[len] & 0xc0) == 0x80)
		len--;
	if (len)
		memcpy(to, text.data, len);
	to[len] = '\0';
}

bool span_to_u64(struct span s, uint64_t *value)
{
	uint64_t sum = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.data[i] < '0' || s.data[i] > '9')
			return false;
		if (__builtin_mul_overflow(sum, 10, &sum) ||
			__builtin_add_overflow(sum, s.data[i] - '0', &sum))
			return false;
	}
	*value = sum;
	return true;
}

bool span_is_ascii(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] >= 0x80)
			return false;
	return true;
}

/* Length of the well-formed sequence at the front (Unicode table 3-7), or 0. The second octet's
 * range is what excludes overlong forms, surrogates and everything above U+10FFFF. */
static size_t utf8_sequence(const uint8_t *at, size_t left)
{
	uint8_t first = at[0];
	uint8_t low = 0x80, high = 0xbf;
	size_t len = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (len == 0 || first > 0xf4 || len > left)
		return 0;
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i < len; i++) {
		if (at[i] < low || at[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return len;
}

size_t span_utf8_front(struct span s)
{
	size_t at = 0;

	while (at < s.len) {
		size_t len = utf8_sequence(s.data + at, s.len - at);

		if (len == 0)
			break;
		at += len;
	}
	return at;
}

bool span_is_utf8(struct span s)
{
	return span_utf8_front(s) == s.len;
}
