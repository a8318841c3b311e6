/* A letter is what a mail server takes, whatever a directory or a server is called. */
#include "base/clock.h"
#include "out/mail/letter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct span write_one(struct arena *arena, const char *subject, const char *text)
{
	static const char *const to[] = { "it@example.com", "boss@example.com", NULL };
	const struct notice notice = { .subject = span_str(subject), .text = span_str(text) };

	return letter_write(arena, &notice, "muster@example.org", to, 0);
}

static void a_name_with_a_line_break_makes_no_header(void **state)
{
	struct arena *arena = arena_new();
	char *letter = arena_string(
		arena, write_one(arena, "corp\r\nBcc: all@example.com", "a\r\n.\r\nQUIT\r\n"));

	(void)state;
	assert_null(strstr(letter, "Bcc"));
	assert_null(strstr(letter, "QUIT"));
	arena_free(arena);
}

static void its_lines_are_short_and_its_octets_ascii(void **state)
{
	struct arena *arena = arena_new();
	char text[5000], subject[600];

	(void)state;
	for (size_t i = 0; i + 2 < sizeof text; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[sizeof text - 2] = '\0';
	memcpy(subject, text, sizeof subject - 2);
	subject[sizeof subject - 2] = '\0';
	struct span letter = write_one(arena, subject, text);
	size_t line = 0;
	for (size_t i = 0; i < letter.len; i++) {
		assert_true(letter.data[i] < 0x7f);
		line = letter.data[i] == '\n' ? 0 : line + 1;
		assert_true(line <= 78 + 8);
	}
	arena_free(arena);
}

static void its_head_names_date_sender_and_all_recipients(void **state)
{
	struct arena *arena = arena_new();
	char *letter = arena_string(arena, write_one(arena, "corp", "text"));

	(void)state;
	assert_non_null(strstr(letter, "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"));
	assert_non_null(strstr(letter, "From: muster@example.org\r\n"));
	assert_non_null(strstr(letter, "To: it@example.com,\r\n boss@example.com\r\n"));
	assert_non_null(strstr(letter, "Subject: =?utf-8?B?Y29ycA==?=\r\n"));
	assert_non_null(strstr(letter, "\r\n\r\ndGV4dA==\r\n"));
	arena_free(arena);
}

static void only_what_is_one_address_is_one(void **state)
{
	static const char *const good[] = { "it@example.com", "a.b+c@example.co" };
	static const char *const bad[] = { "", "@", "a@", "@b", "a@b@c", "a b@c", "a@b,c@d",
		"a@b\r\nRCPT TO:<c@d>", "<a@b>", "\"a\"@b", "\xc3\xa9@b" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(letter_is_address(span_str(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(letter_is_address(span_str(bad[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_with_a_line_break_makes_no_header),
		cmocka_unit_test(its_lines_are_short_and_its_octets_ascii),
		cmocka_unit_test(its_head_names_date_sender_and_all_recipients),
		cmocka_unit_test(only_what_is_one_address_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
