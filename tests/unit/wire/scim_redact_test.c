/* No secret of a request reaches a log, wherever a client may put it. */
#include "wire/scim_redact.h"

#include "../dice.h"

#include "base/buffer.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SECRET "Hunter2-Zebra"
#define BODIES 100000
#define SEED UINT64_C(20261122)

static struct scim_redacted redact(struct arena *arena, const char *body)
{
	struct scim_redacted result;
	struct json *json;
	bool parsed = json_parse(arena, span_str(body), &json, NULL) == OK;
	scim_redact_body(arena, span_str(body), parsed, &result);
	return result;
}

static void assert_redacted(const char *body, const char *wanted)
{
	struct arena *arena = arena_new();
	struct scim_redacted result = redact(arena, body);
	assert_false(result.hidden);
	assert_int_equal(result.redacted, strcmp(body, wanted) != 0);
	assert_string_equal(arena_string(arena, result.text), wanted);
	arena_free(arena);
}

static void a_body_without_secrets_stays_octet_by_octet(void **state)
{
	(void)state;
	assert_redacted("{ \"userName\" : \"anna\",\n \"x\": 1.50 }",
		"{ \"userName\" : \"anna\",\n \"x\": 1.50 }");
	assert_redacted(
		"{\"displayName\":\"Password desk\"}", "{\"displayName\":\"Password desk\"}");
	assert_redacted("{\"filter\":\"displayName eq \\\"Password desk\\\"\"}",
		"{\"filter\":\"displayName eq \\\"Password desk\\\"\"}");
	assert_redacted("{\"attributes\":[\"password\"]}", "{\"attributes\":[\"password\"]}");
	assert_redacted("{\"value\":\"{\\\"value\\\":\\\"a\\\\u00e4\\\"}\"}",
		"{\"value\":\"{\\\"value\\\":\\\"a\\\\u00e4\\\"}\"}");
	assert_redacted("{\"password\":null}", "{\"password\":null}");
	assert_redacted("", "");
}

static void members_are_blanked_by_any_spelling(void **state)
{
	(void)state;
	assert_redacted("{\"userName\":\"a\",\"password\":\"s\"}",
		"{\"userName\":\"a\",\"password\":\"[redacted]\"}");
	assert_redacted("{\"PassWord\":\"s\"}", "{\"PassWord\":\"[redacted]\"}");
	assert_redacted("{\"p\\u0061ssword\":\"s\"}", "{\"password\":\"[redacted]\"}");
	assert_redacted("{\"password\":{\"value\":[\"s\",1]}}", "{\"password\":\"[redacted]\"}");
	assert_redacted("{\"password\":12345}", "{\"password\":\"[redacted]\"}");
	assert_redacted("{\"urn:ietf:params:scim:schemas:core:2.0:User:password\":\"s\"}",
		"{\"urn:ietf:params:scim:schemas:core:2.0:User:password\":\"[redacted]\"}");
	assert_redacted("{\"urn:ietf:params:scim:schemas:core:2.0:User\":{\"password\":\"s\"}}",
		"{\"urn:ietf:params:scim:schemas:core:2.0:User\":{\"password\":\"[redacted]\"}}");
	assert_redacted("{\"writeOnlyAttr\":\"s\"}", "{\"writeOnlyAttr\":\"[redacted]\"}");
	assert_redacted("[{\"x\":1.5,\"userPassword\":\"s\"}]",
		"[{\"x\":1.5,\"[redacted]\":\"[redacted]\"}]");
}

static void the_value_of_a_patch_goes_with_its_path(void **state)
{
	(void)state;
	assert_redacted("{\"op\":\"replace\",\"value\":\"s\",\"PATH\":\"password\"}",
		"{\"op\":\"replace\",\"value\":\"[redacted]\",\"PATH\":\"password\"}");
	assert_redacted("{\"path\":\"urn:ietf:params:scim:schemas:core:2.0:User:password\","
			"\"Value\":{\"x\":\"s\"}}",
		"{\"path\":\"urn:ietf:params:scim:schemas:core:2.0:User:password\","
		"\"Value\":\"[redacted]\"}");
	assert_redacted("{\"path\":\"emails[password eq \\\"s\\\"].value\",\"value\":\"x\"}",
		"{\"path\":\"[redacted]\",\"value\":\"[redacted]\"}");
	assert_redacted("{\"path\":\"password.s\",\"value\":\"x\"}",
		"{\"path\":\"[redacted]\",\"value\":\"[redacted]\"}");
	assert_redacted("{\"path\":\"userName\",\"value\":\"x\"}",
		"{\"path\":\"userName\",\"value\":\"x\"}");
	assert_redacted("{\"value\":{\"x[password eq \\\"s\\\"].y\":\"z\"}}",
		"{\"value\":{\"[redacted]\":\"[redacted]\"}}");
}

static void json_in_strings_is_looked_into(void **state)
{
	(void)state;
	assert_redacted("{\"value\":\"{\\\"a\\\":1,\\\"password\\\":\\\"s\\\"}\"}",
		"{\"value\":\"{\\\"a\\\":1,\\\"password\\\":\\\"[redacted]\\\"}\"}");
	assert_redacted("{\"value\":\" [{\\\"p\\\\u0061ssword\\\":\\\"s\\\"}]\"}",
		"{\"value\":\"[{\\\"password\\\":\\\"[redacted]\\\"}]\"}");
	assert_redacted("{\"value\":\"{\\\"password\\\":\\\"s\"}", "{\"value\":\"[redacted]\"}");
}

static void a_filter_that_asks_for_a_secret_is_blanked(void **state)
{
	(void)state;
	assert_redacted("{\"filter\":\"password sw \\\"s\\\"\"}", "{\"filter\":\"[redacted]\"}");
	assert_redacted("{\"filter\":\"userName eq \\\"a and password sw s\"}",
		"{\"filter\":\"[redacted]\"}");
}

static void what_is_no_json_is_not_shown(void **state)
{
	(void)state;
	static const char *const bodies[] = { "{\"passwor\": \"s", "password=s",
		"{\"a\":1,\"A\":2}", "\xff", "{\"password\":\"s\"}}" };
	struct arena *arena = arena_new();
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct scim_redacted result = redact(arena, bodies[i]);
		assert_true(result.hidden);
		assert_int_equal(result.text.len, 0);
	}
	arena_free(arena);
}

static void assert_query(const char *query, const char *wanted)
{
	struct arena *arena = arena_new();
	struct scim_redacted result;
	scim_redact_query(arena, span_str(query), &result);
	assert_string_equal(arena_string(arena, result.text), wanted);
	assert_int_equal(result.redacted, strcmp(query, wanted) != 0);
	arena_free(arena);
}

static void queries_keep_their_filters_and_lose_secrets(void **state)
{
	(void)state;
	assert_query("filter=userName%20eq%20%22anna%22&count=1",
		"filter=userName%20eq%20%22anna%22&count=1");
	assert_query("filter=displayName+eq+%22Password+desk%22",
		"filter=displayName+eq+%22Password+desk%22");
	assert_query("a=1&filter=p%61ssword+sw+%22s%22&b=2", "a=1&filter=[redacted]&b=2");
	assert_query("access_token=mst_x&dryRun=true", "access_token=[redacted]&dryRun=true");
	assert_query("p%61ssword=s", "p%61ssword=[redacted]");
	assert_query("sortBy=password.s", "sortBy=[redacted]");
	assert_query("attributes=userName,password", "attributes=userName,password");
	assert_query("password.s=1", "[redacted]=[redacted]");
	assert_query("%zz=%", "%zz=%");
	assert_query("", "");
}

static void a_reason_names_a_secret_attribute_and_no_more(void **state)
{
	(void)state;
	assert_true(span_equal(scim_redact_name(SPAN("password")), SPAN("password")));
	assert_true(span_equal(scim_redact_name(SPAN("emails.value")), SPAN("emails.value")));
	assert_true(
		span_equal(scim_redact_name(SPAN("x[password eq \"s\"].y")), SPAN(SCIM_REDACTED)));
	assert_true(span_equal(scim_redact_name(SPAN("password.s")), SPAN(SCIM_REDACTED)));
}

/* ---- made-up bodies ---- */

struct maker {
	struct dice dice;
	struct buffer out;
};

static unsigned roll(struct maker *m, unsigned n)
{
	return dice_roll(&m->dice, n);
}

static void put_char(struct maker *m, char c)
{
	if (roll(m, 8) == 0)
		buffer_putf(&m->out, "\\u%04x", (unsigned)c);
	else
		buffer_put_octet(&m->out, (uint8_t)c);
}

/* A string whose letters may be spelled as escapes, and, where that changes nothing, in any case.
 */
static void put_string(struct maker *m, const char *text, bool any_case)
{
	bool plain = roll(m, 2) == 0;
	buffer_put_octet(&m->out, '"');
	for (; *text; text++) {
		char c = *text;
		if (any_case && !plain && c >= 'a' && c <= 'z' && roll(m, 2))
			c = (char)(c - 32);
		if (c == '"' || c == '\\')
			buffer_putf(&m->out, "\\%c", c);
		else if (plain)
			buffer_put_octet(&m->out, (uint8_t)c);
		else
			put_char(m, c);
	}
	buffer_put_octet(&m->out, '"');
}

static const char *secret_name(struct maker *m)
{
	static const char *const names[] = { "password", "writeOnlyAttr",
		"urn:ietf:params:scim:schemas:core:2.0:User:password", "password.value",
		"User:password", "password[primary eq true]", "password." SECRET,
		"password[" SECRET "]" };
	return names[roll(m, sizeof names / sizeof *names)];
}

static const char *plain_name(struct maker *m)
{
	static const char *const names[] = { "userName", "name.familyName", "emails", "active",
		"urn:ietf:params:scim:schemas:core:2.0:User", "path", "value", "filter", "data" };
	return names[roll(m, sizeof names / sizeof *names)];
}

static void put_value(struct maker *m, unsigned depth, bool secret);

static void put_object(struct maker *m, unsigned depth)
{
	unsigned count = roll(m, 4);
	buffer_put_octet(&m->out, '{');
	for (unsigned i = 0; i < count; i++) {
		bool secret = roll(m, 3) == 0;
		if (i)
			buffer_put_octet(&m->out, ',');
		put_string(m, secret ? secret_name(m) : plain_name(m), true);
		buffer_put_octet(&m->out, ':');
		put_value(m, depth + 1, secret);
	}
	buffer_put_octet(&m->out, '}');
}

static void put_operation(struct maker *m)
{
	bool path_first = roll(m, 2);
	buffer_put_octet(&m->out, '{');
	for (unsigned i = 0; i < 2; i++) {
		bool path = (i == 0) == path_first;
		if (i)
			buffer_put_octet(&m->out, ',');
		put_string(m, path ? "path" : "value", true);
		buffer_put_octet(&m->out, ':');
		if (path)
			put_string(m, secret_name(m), true);
		else
			put_value(m, 6, true);
	}
	buffer_put_octet(&m->out, '}');
}

static void put_filter(struct maker *m)
{
	buffer_put_octet(&m->out, '{');
	put_string(m, roll(m, 2) ? "filter" : "path", true);
	buffer_put_octet(&m->out, ':');
	put_string(m, roll(m, 2) ? "password eq \"" SECRET "\"" : "emails[password sw " SECRET "]",
		false);
	buffer_put_octet(&m->out, '}');
}

/* The same made-up things, as the text of a string. */
static void put_nested(struct maker *m, unsigned depth)
{
	struct maker inner = { .dice = m->dice };
	struct arena *arena = arena_new();
	buffer_init(&inner.out, (size_t)1 << 20);
	put_object(&inner, depth + 2);
	put_string(m, arena_string(arena, buffer_span(&inner.out)), false);
	m->dice = inner.dice;
	buffer_free(&inner.out);
	arena_free(arena);
}

static void put_value(struct maker *m, unsigned depth, bool secret)
{
	unsigned what = roll(m, depth > 5 ? 2 : 7);
	if (what < 2 && secret)
		put_string(m, SECRET, false);
	else if (what < 2)
		put_string(m, "harmless", false);
	else if (what == 2)
		put_nested(m, depth);
	else if (what == 3)
		put_operation(m);
	else if (what == 4)
		put_filter(m);
	else if (secret)
		buffer_putf(&m->out, "[{\"value\":\"" SECRET "\"}]");
	else
		put_object(m, depth);
}

/* One body in ten ends early or has an octet that is another one. */
static bool damage(struct maker *m)
{
	if (!m->out.len || roll(m, 10))
		return false;
	size_t at = roll(m, (unsigned)m->out.len);
	static const char marks[] = "\"\\{}[],:a\xc3";
	if (roll(m, 2))
		m->out.data[at] = (uint8_t)marks[roll(m, sizeof marks - 1)];
	else
		m->out.len = at;
	return true;
}

static void no_secret_of_a_made_up_body_is_shown(void **state)
{
	struct maker m = { .dice = { SEED } };
	struct arena *arena = arena_new();
	size_t shown = 0, hidden = 0, redacted = 0;
	(void)state;
	print_message("seed %llu\n", (unsigned long long)SEED);
	buffer_init(&m.out, (size_t)1 << 20);
	for (size_t i = 0; i < BODIES; i++) {
		buffer_reset(&m.out);
		arena_reset(arena);
		put_object(&m, 0);
		bool damaged = damage(&m);
		struct scim_redacted result =
			redact(arena, arena_string(arena, buffer_span(&m.out)));
		hidden += result.hidden;
		redacted += result.redacted;
		shown += !result.hidden;
		/* What is read nevertheless says something else, perhaps by another name. */
		if (damaged && !result.hidden)
			continue;
		if (span_has_nocase(result.text, SPAN(SECRET)))
			fail_msg("%s\n -> %s", arena_string(arena, buffer_span(&m.out)),
				arena_string(arena, result.text));
	}
	/* The dice have made some of each. */
	assert_true(shown > BODIES / 2 && hidden > BODIES / 100 && redacted > BODIES / 10);
	buffer_free(&m.out);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_without_secrets_stays_octet_by_octet),
		cmocka_unit_test(members_are_blanked_by_any_spelling),
		cmocka_unit_test(the_value_of_a_patch_goes_with_its_path),
		cmocka_unit_test(json_in_strings_is_looked_into),
		cmocka_unit_test(a_filter_that_asks_for_a_secret_is_blanked),
		cmocka_unit_test(what_is_no_json_is_not_shown),
		cmocka_unit_test(queries_keep_their_filters_and_lose_secrets),
		cmocka_unit_test(a_reason_names_a_secret_attribute_and_no_more),
		cmocka_unit_test(no_secret_of_a_made_up_body_is_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
