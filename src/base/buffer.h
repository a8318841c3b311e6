/* Buffers: bytes on their way out, growing up to a limit that their owner names. A put beyond the
 * limit sets `failed` and changes nothing more; do the puts and ask once at the end. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/span.h"

struct buffer {
	uint8_t *data;
	size_t len, cap;
	size_t max; /* octets; the limit */
	bool failed;
};

void buffer_init(struct buffer *b, size_t max);
void buffer_free(struct buffer *b);  /* wipes nothing; see secret.h for what must be wiped */
void buffer_reset(struct buffer *b); /* empty again, memory kept, `failed` cleared */
/* Removes the first n octets, as after a write(2) that took n. */
void buffer_consume(struct buffer *b, size_t n);
/* Room for n more octets at data + len, or NULL (and failed) beyond the limit; the caller then
 * raises len itself. */
uint8_t *buffer_grow(struct buffer *b, size_t n); /* buffer_reserve() where memory must grow */
static inline uint8_t *buffer_reserve(struct buffer *b, size_t n)
{
	bool fits = !b->failed && b->len <= b->cap && n <= b->cap - b->len && b->len <= b->max &&
		    n <= b->max - b->len && b->data;

	return fits ? b->data + b->len : buffer_grow(b, n);
}
void buffer_putf(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static inline void buffer_put(struct buffer *b, const void *data, size_t len)
{
	uint8_t *to = buffer_reserve(b, len);

	if (!to || len == 0)
		return;
	memcpy(to, data, len);
	b->len += len;
}

static inline void buffer_put_span(struct buffer *b, struct span s)
{
	buffer_put(b, s.data, s.len);
}

static inline void buffer_put_octet(struct buffer *b, uint8_t octet)
{
	buffer_put(b, &octet, 1);
}

static inline struct span buffer_span(const struct buffer *b)
{
	return span_of(b->data, b->len);
}

#endif
