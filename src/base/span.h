/* Spans: borrowed bytes with a length. A span never owns; it dies with the arena, PDU or
 * transaction that it points into. The bytes may hold NUL and are never terminated. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *data;
	size_t len;
};

#define SPAN(literal) ((struct span){ (const uint8_t *)(literal), sizeof(literal) - 1 })
#define SPAN_NONE ((struct span){ NULL, 0 })
#define SPAN_ARGS(s) (int)(s).len, (const char *)(s).data /* for "%.*s" */

static inline struct span span_of(const void *data, size_t len)
{
	return (struct span){ data, len };
}

static inline struct span span_str(const char *text)
{
	return text ? span_of(text, strlen(text)) : SPAN_NONE;
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* The bytes from `from` to the end; empty when `from` is past the end. */
static inline struct span span_from(struct span s, size_t from)
{
	return from >= s.len ? SPAN_NONE : span_of(s.data + from, s.len - from);
}

/* Memory order, shorter first on a common prefix. */
int span_compare(struct span a, struct span b);
/* ASCII letters compare without case; every other octet as it is. For names of attributes, headers
 * and the like. */
bool span_equal_nocase(struct span a, struct span b);
bool span_starts(struct span s, struct span prefix);
bool span_starts_nocase(struct span s, struct span prefix);
/* `part` stands somewhere in it, without case in ASCII; an empty part does. */
bool span_has_nocase(struct span s, struct span part);
/* Position of the first `octet`, or s.len. */
size_t span_find(struct span s, uint8_t octet);
/* Without ASCII blanks (space, TAB) at both ends. */
struct span span_trim(struct span s);
/* Splits at the first `octet`: returns what stands before it and leaves the rest in *s (empty at
 * the end). */
struct span span_cut(struct span *s, uint8_t octet);
/* Into `size` octets, terminated: what fits of UTF-8, cut between two characters. */
void span_fit(char *to, size_t size, struct span text);
/* Decimal digits only, no sign, no blanks, no overflow. */
bool span_to_u64(struct span s, uint64_t *value);
bool span_is_ascii(struct span s);
/* Well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF. */
bool span_is_utf8(struct span s);
size_t span_utf8_front(struct span s); /* octets before the first that is not well-formed UTF-8 */

#endif
