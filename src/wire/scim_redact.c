#include "wire/scim_redact.h"

#include "base/limits.h"
#include "model/attr.h"
#include "wire/json.h"
#include "wire/scim_schema.h"

#include <pthread.h>

#define STRINGS_DEEP 4 /* JSON in a string in JSON */
#define OUT_MAX (8 * LIMIT_SCIM_BODY)
#define NAMES_MAX 8

/* The last word of each write-only attribute's path. */
static struct span names[NAMES_MAX];
static size_t name_count;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void find_names(void)
{
	size_t count;
	const struct attr_row *rows = attr_rows(&count);
	for (size_t i = 0; i < count && name_count < NAMES_MAX; i++) {
		if (!rows[i].scim || !(rows[i].flags & ATTR_WRITE_ONLY))
			continue;
		struct span word = span_str(rows[i].scim);
		while (span_find(word, '.') < word.len || span_find(word, ':') < word.len)
			word = span_from(word, 1);
		names[name_count++] = word;
	}
}

/* Anywhere in it: "password", "urn:...:User:password", "userPassword". */
static bool names_secret(struct span text)
{
	for (size_t i = 0; i < name_count; i++)
		if (span_has_nocase(text, names[i]))
			return true;
	return false;
}

/* Quoted parts do not count where the quotes come in pairs: displayName eq "Password desk". */
static bool filter_names_secret(struct arena *arena, struct span text)
{
	uint8_t *outside = arena_alloc(arena, text.len + 1);
	size_t len = 0;
	bool quoted = false;
	for (size_t i = 0; i < text.len; i++) {
		if (quoted && text.data[i] == '\\')
			i++;
		else if (text.data[i] == '"')
			quoted = !quoted;
		else if (!quoted)
			outside[len++] = text.data[i];
	}
	return names_secret(quoted ? text : span_of(outside, len));
}

/* The attribute's own path, and nothing that a client may have put behind or before it. */
static bool is_known_path(struct span text)
{
	for (size_t i = 0; i < name_count; i++) {
		size_t front = text.len - names[i].len;
		if (text.len < names[i].len || !span_equal_nocase(span_from(text, front), names[i]))
			continue;
		struct span before = span_of(text.data, front);
		if (front == 0 || span_equal_nocase(before, SPAN(SCIM_URN_USER ":")))
			return true;
	}
	return false;
}

static struct span safe_name(struct span text)
{
	return names_secret(text) && !is_known_path(text) ? SPAN(SCIM_REDACTED) : text;
}

bool scim_names_secret(struct span text)
{
	pthread_once(&once, find_names);
	return names_secret(text);
}

struct span scim_redact_name(struct span name)
{
	pthread_once(&once, find_names);
	return safe_name(name);
}

/* ---- bodies ---- */

struct redaction {
	struct arena *arena;
	unsigned strings; /* that we are in */
	bool any;
};

static void redact(struct redaction *r, struct json *value);

static void blank(struct redaction *r, struct span *text)
{
	*text = SPAN(SCIM_REDACTED);
	r->any = true;
}

/* Nothing is no secret. */
static void take_out(struct redaction *r, struct json *value)
{
	if (value->type == JSON_IS_NULL || (value->type == JSON_IS_STRING && !value->text.len))
		return;
	value->type = JSON_IS_STRING;
	blank(r, &value->text);
}

static struct span put(struct arena *arena, const struct json *value)
{
	struct json_writer w;
	struct buffer out;
	buffer_init(&out, OUT_MAX);
	json_start(&w, &out);
	json_put_tree(&w, value);
	struct span text = out.failed ? SPAN(SCIM_REDACTED) : arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
	return text;
}

static void redact_string(struct redaction *r, struct span *text)
{
	struct span start = span_trim(*text);
	struct redaction inner = { r->arena, r->strings + 1, false };
	struct json *value;
	if (!start.len || !memchr("{[\"", start.data[0], 3))
		return;
	if (inner.strings > STRINGS_DEEP || json_parse(r->arena, start, &value, NULL)) {
		/* A backslash may begin the spelling of a letter. */
		if (names_secret(start) || span_find(start, '\\') < start.len)
			blank(r, text);
		return;
	}
	redact(&inner, value);
	if (!inner.any)
		return;
	*text = put(r->arena, value);
	r->any = true;
}

static void redact_member(struct redaction *r, struct json *member, bool secret)
{
	bool is_text = member->type == JSON_IS_STRING;
	bool is_path = is_text && span_equal_nocase(member->name, SPAN("path"));
	bool is_filter = is_text && span_equal_nocase(member->name, SPAN("filter"));
	if (names_secret(member->name) || secret)
		take_out(r, member);
	else if ((is_path && names_secret(member->text) && !is_known_path(member->text)) ||
		 (is_filter && filter_names_secret(r->arena, member->text)))
		blank(r, &member->text);
	else
		redact(r, member);
	/* A path with a filter stands as a name, too. */
	if (names_secret(member->name) && !is_known_path(member->name))
		blank(r, &member->name);
}

static void redact(struct redaction *r, struct json *value)
{
	bool secret = value->type == JSON_IS_OBJECT && names_secret(json_text(value, "path"));
	if (value->type == JSON_IS_STRING)
		redact_string(r, &value->text);
	for (size_t i = 0; value->type == JSON_IS_ARRAY && i < value->count; i++)
		redact(r, &value->items[i]);
	for (size_t i = 0; value->type == JSON_IS_OBJECT && i < value->count; i++)
		redact_member(r, &value->items[i],
			secret && span_equal_nocase(value->items[i].name, SPAN("value")));
}

void scim_redact_body(
	struct arena *arena, struct span body, bool parsed, struct scim_redacted *result)
{
	struct redaction r = { .arena = arena };
	struct json *value;
	pthread_once(&once, find_names);
	*result = (struct scim_redacted){ .text = body };
	if (parsed && span_find(body, '\\') == body.len && !names_secret(body))
		return;
	if (!body.len)
		return;
	if (json_parse(arena, body, &value, NULL)) {
		*result = (struct scim_redacted){ .hidden = true };
		return;
	}
	redact(&r, value);
	if (!r.any)
		return;
	result->text = put(arena, value);
	result->redacted = true;
}

/* ---- queries ---- */

static uint8_t hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0xff;
}

/* As a server reads it; what is badly coded stays as it is. */
static struct span decoded(struct arena *arena, struct span text)
{
	uint8_t *out = arena_alloc(arena, text.len + 1);
	size_t len = 0;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i] == '+' ? ' ' : text.data[i];
		if (c == '%' && i + 2 < text.len) {
			uint8_t high = hex_digit(text.data[i + 1]),
				low = hex_digit(text.data[i + 2]);
			if (high != 0xff && low != 0xff) {
				c = (uint8_t)(high << 4 | low);
				i += 2;
			}
		}
		out[len++] = c;
	}
	return span_of(out, len);
}

/* sortBy=password.secret; attributes=userName,password is none. */
static bool lists_secret(struct span value)
{
	while (value.len) {
		struct span word = span_trim(span_cut(&value, ','));
		if (names_secret(word) && !is_known_path(word))
			return true;
	}
	return false;
}

/* RFC 6750 section 2.3 lets a token stand in a query; not here, and not in a log either. */
static bool is_secret_parameter(struct arena *arena, struct span name, struct span value)
{
	static const char *const words[] = { "token", "secret", "authorization" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (span_has_nocase(name, span_str(words[i])))
			return true;
	if (span_equal_nocase(name, SPAN("filter")))
		return filter_names_secret(arena, value);
	return names_secret(name) || lists_secret(value);
}

void scim_redact_query(struct arena *arena, struct span query, struct scim_redacted *result)
{
	struct buffer out;
	pthread_once(&once, find_names);
	*result = (struct scim_redacted){ .text = query };
	if (!query.len)
		return;
	buffer_init(&out, 2 * query.len + 2 * LIMIT_HTTP_HEAD);
	for (struct span rest = query; rest.len;) {
		struct span pair = span_cut(&rest, '&'), value = pair;
		struct span name = span_cut(&value, '=');
		bool secret =
			is_secret_parameter(arena, decoded(arena, name), decoded(arena, value));
		buffer_put_span(&out, secret ? safe_name(name) : pair);
		if (secret)
			buffer_put_span(&out, SPAN("=" SCIM_REDACTED));
		if (rest.len)
			buffer_put_octet(&out, '&');
		result->redacted |= secret;
	}
	if (result->redacted)
		result->text = arena_copy(arena, buffer_span(&out));
	buffer_free(&out);
}
