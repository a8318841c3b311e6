#include "wire/ldap_postal.h"

static int hexadecimal(uint8_t octet)
{
	if (octet >= '0' && octet <= '9')
		return octet - '0';
	octet |= 0x20;
	return octet >= 'a' && octet <= 'f' ? octet - 'a' + 10 : -1;
}

/* The octet that begins at `at`, two digits behind a backslash or itself; how long it was. */
static size_t take(struct span s, size_t at, uint8_t *octet)
{
	bool escaped = s.data[at] == '\\' && at + 2 < s.len && hexadecimal(s.data[at + 1]) >= 0 &&
		       hexadecimal(s.data[at + 2]) >= 0;

	*octet = escaped ? (uint8_t)(hexadecimal(s.data[at + 1]) << 4 | hexadecimal(s.data[at + 2]))
			 : s.data[at];
	return escaped ? 3 : 1;
}

struct span span_unescaped(struct arena *arena, struct span escaped)
{
	uint8_t *plain;
	size_t len = 0;

	if (span_find(escaped, '\\') == escaped.len)
		return escaped;
	plain = arena_alloc(arena, escaped.len);
	for (size_t at = 0; at < escaped.len;)
		at += take(escaped, at, &plain[len++]);
	return span_of(plain, len);
}

struct span postal_read(struct arena *arena, struct span postal)
{
	uint8_t *lines;
	size_t len = 0;

	if (span_find(postal, '$') == postal.len)
		return span_unescaped(arena, postal);
	lines = arena_alloc(arena, postal.len);
	for (size_t at = 0; at < postal.len; len++) {
		size_t taken = take(postal, at, &lines[len]);

		if (taken == 1 && lines[len] == '$')
			lines[len] = '\n';
		at += taken;
	}
	return span_of(lines, len);
}

void postal_put(struct buffer *out, struct span lines)
{
	for (size_t i = 0; i < lines.len; i++) {
		uint8_t octet = lines.data[i];

		if (octet == '\r' && i + 1 < lines.len && lines.data[i + 1] == '\n')
			continue;
		if (octet == '\n')
			buffer_put_octet(out, '$');
		else if (octet == '$')
			buffer_put_span(out, SPAN("\\24"));
		else if (octet == '\\')
			buffer_put_span(out, SPAN("\\5C"));
		else
			buffer_put_octet(out, octet);
	}
}
