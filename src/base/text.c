#include "base/arena.h"
#include "base/codec.h"
#include "base/codec_int.h"

static const char hex_digits[] = "0123456789abcdef";
static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t decimal_format(uint64_t value, char out[DECIMAL_TEXT_MAX])
{
	char digits[DECIMAL_TEXT_MAX];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	memcpy(out, digits + at, sizeof digits - at);
	return sizeof digits - at;
}

char *hex_format(struct arena *arena, struct span s)
{
	char *text = arena_alloc(arena, 2 * s.len + 1), *to = text;

	for (size_t i = 0; i < s.len; i++) {
		*to++ = hex_digits[s.data[i] >> 4];
		*to++ = hex_digits[s.data[i] & 15];
	}
	*to = '\0';
	return text;
}

bool hex_parse(struct arena *arena, struct span text, struct span *bytes)
{
	uint8_t *out;

	if (text.len % 2)
		return false;
	out = arena_alloc(arena, text.len / 2);
	for (size_t i = 0; i < text.len; i += 2) {
		int high = hex_value(text.data[i]), low = hex_value(text.data[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	*bytes = span_of(out, text.len / 2);
	return true;
}

static char *format(struct arena *arena, struct span s, const char *digits, bool padded)
{
	char *text = arena_alloc(arena, s.len / 3 * 4 + 5), *to = text;

	for (size_t i = 0; i < s.len; i += 3) {
		size_t n = s.len - i < 3 ? s.len - i : 3;
		uint32_t group = (uint32_t)s.data[i] << 16;

		if (n > 1)
			group |= (uint32_t)s.data[i + 1] << 8;
		if (n > 2)
			group |= s.data[i + 2];
		for (size_t digit = 0; digit <= n; digit++)
			*to++ = digits[group >> (18 - 6 * digit) & 63];
		for (size_t digit = n + 1; padded && digit < 4; digit++)
			*to++ = '=';
	}
	*to = '\0';
	return text;
}

static int digit_value(uint8_t c, const char *digits)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == (uint8_t)digits[62] ? 62 : c == (uint8_t)digits[63] ? 63 : -1;
}

/* Bits left over in the last digit must be zero: every octet string has one spelling. */
static bool read_digits(struct span text, const char *digits, uint8_t *out, size_t *len)
{
	uint32_t group = 0;
	unsigned bits = 0;
	size_t n = 0;

	if (text.len % 4 == 1)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int value = digit_value(text.data[i], digits);

		if (value < 0)
			return false;
		group = (group << 6 | (uint32_t)value) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = (uint8_t)(group >> bits);
		}
	}
	if (group & ((1U << bits) - 1))
		return false;
	*len = n;
	return true;
}

bool base64_read(struct span text, uint8_t *out, size_t *len)
{
	if (text.len % 4)
		return false;
	for (unsigned pads = 0; pads < 2 && text.len && text.data[text.len - 1] == '='; pads++)
		text.len--;
	return read_digits(text, standard, out, len);
}

bool base64url_read(struct span text, uint8_t *out, size_t *len)
{
	return read_digits(text, url, out, len);
}

char *base64_format(struct arena *arena, struct span s)
{
	return format(arena, s, standard, true);
}

char *base64url_format(struct arena *arena, struct span s)
{
	return format(arena, s, url, false);
}

bool base64_parse(struct arena *arena, struct span text, struct span *bytes)
{
	uint8_t *out = arena_alloc(arena, BASE64_ROOM(text.len));
	size_t len;

	if (!base64_read(text, out, &len))
		return false;
	*bytes = span_of(out, len);
	return true;
}

bool base64url_parse(struct arena *arena, struct span text, struct span *bytes)
{
	uint8_t *out = arena_alloc(arena, BASE64_ROOM(text.len));
	size_t len;

	if (!base64url_read(text, out, &len))
		return false;
	*bytes = span_of(out, len);
	return true;
}
