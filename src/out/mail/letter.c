#include "out/mail/letter.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/uuid.h"

#include <stdio.h>
#include <time.h>

#define OCTETS_MAX (256 * KIB)
#define LINE_OCTETS 54 /* 72 characters in Base64 */
#define WORD_OCTETS 45 /* of an encoded word, which has 75 characters at most */

bool letter_is_address(struct span text)
{
	size_t at = span_find(text, '@');

	if (text.len < 3 || text.len > 254 || at == 0 || at + 1 >= text.len ||
		span_find(span_from(text, at + 1), '@') < text.len - at - 1)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] <= ' ' || text.data[i] >= 0x7f ||
			strchr(",;:<>()[]\\\"", text.data[i]))
			return false;
	return true;
}

static size_t characters_within(struct span text, size_t most)
{
	if (text.len <= most)
		return text.len;
	while (most > 1 && (text.data[most] & 0xc0) == 0x80)
		most--;
	return most;
}

static void put_subject(struct buffer *out, struct arena *arena, struct span subject)
{
	buffer_putf(out, "Subject:");
	do {
		size_t n = characters_within(subject, WORD_OCTETS);
		buffer_putf(
			out, " =?utf-8?B?%s?=\r\n", base64_format(arena, span_of(subject.data, n)));
		subject = span_from(subject, n);
	} while (subject.len > 0);
}

static void put_date(struct buffer *out, int64_t now)
{
	time_t seconds = (time_t)(now / SECOND);
	char text[40] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &tm);
	buffer_putf(out, "Date: %s\r\n", text);
}

static void put_head(struct buffer *out, struct arena *arena, const struct notice *notice,
	const char *from, const char *const *to, int64_t now)
{
	const char *host = strchr(from, '@');
	struct uuid id = uuid_new();
	char text[UUID_TEXT + 1];

	uuid_format(&id, text);
	put_date(out, now);
	buffer_putf(out, "From: %s\r\nTo: ", from);
	for (size_t i = 0; to[i]; i++)
		buffer_putf(out, "%s%s", i > 0 ? ",\r\n " : "", to[i]);
	buffer_putf(out, "\r\nMessage-ID: <%s%s>\r\n", text, host ? host : "@localhost");
	put_subject(out, arena, notice->subject);
	buffer_putf(out, "Auto-Submitted: auto-generated\r\n"
			 "MIME-Version: 1.0\r\n"
			 "Content-Type: text/plain; charset=utf-8\r\n"
			 "Content-Transfer-Encoding: base64\r\n\r\n");
}

struct span letter_write(struct arena *arena, const struct notice *notice, const char *from,
	const char *const *to, int64_t now)
{
	struct span text = notice->text;
	struct buffer out;

	buffer_init(&out, OCTETS_MAX);
	put_head(&out, arena, notice, from, to, now);
	while (text.len > 0) {
		size_t n = text.len < LINE_OCTETS ? text.len : LINE_OCTETS;
		buffer_putf(&out, "%s\r\n", base64_format(arena, span_of(text.data, n)));
		text = span_from(text, n);
	}
	struct span letter = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return letter;
}
