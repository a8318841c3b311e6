#include "in/upstream/subcode.h"

static const struct {
	unsigned subcode;
	const char *words;
} subcodes[] = {
	{ 0x525, "no such account" },
	{ 0x52e, "wrong name or password" },
	{ 0x52f, "a restriction of the account forbids it" },
	{ 0x530, "not at this hour" },
	{ 0x531, "not from this machine" },
	{ 0x532, "the password has expired" },
	{ 0x533, "the account is disabled" },
	{ 0x568, "the account is in too many groups" },
	{ 0x701, "the account has expired" },
	{ 0x773, "the password must be changed first" },
	{ 0x775, "the account is locked" },
};

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

unsigned subcode_of(struct span text)
{
	struct span word = SPAN("data ");
	unsigned value = 0;
	size_t at = 0;

	while (at + word.len < text.len && !span_starts_nocase(span_from(text, at), word))
		at++;
	if (at + word.len >= text.len)
		return 0;
	for (size_t i = at + word.len; i < text.len && digit(text.data[i]) >= 0; i++) {
		if (value > 0xffff)
			return 0;
		value = value << 4 | (unsigned)digit(text.data[i]);
	}
	return value;
}

const char *subcode_words(unsigned subcode)
{
	for (size_t i = 0; i < sizeof(subcodes) / sizeof(subcodes[0]); i++)
		if (subcodes[i].subcode == subcode)
			return subcodes[i].words;
	return NULL;
}
