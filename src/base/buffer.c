#include "base/buffer.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define LEAST 256

void buffer_init(struct buffer *b, size_t max)
{
	*b = (struct buffer){ .max = max };
}

void buffer_free(struct buffer *b)
{
	free(b->data);
	buffer_init(b, b->max);
}

void buffer_reset(struct buffer *b)
{
	b->len = 0;
	b->failed = false;
}

void buffer_consume(struct buffer *b, size_t n)
{
	if (n < b->len)
		memmove(b->data, b->data + n, b->len - n);
	b->len = n < b->len ? b->len - n : 0;
}

static void grow(struct buffer *b, size_t need)
{
	size_t cap = b->cap ? b->cap : LEAST;

	while (cap < need)
		cap = cap > b->max / 2 ? b->max : cap * 2;
	b->data = heap_grow(b->data, cap);
	b->cap = cap;
}

uint8_t *buffer_grow(struct buffer *b, size_t n)
{
	if (b->failed || b->len > b->max || n > b->max - b->len) {
		b->failed = true;
		return NULL;
	}
	if (b->len + n > b->cap || !b->data)
		grow(b, b->len + n);
	return b->data + b->len;
}

void buffer_putf(struct buffer *b, const char *format, ...)
{
	va_list args, again;
	int len;
	uint8_t *to;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	/* The terminator is written too: room for it is a byte over what the limit counts. */
	to = len < 0 ? NULL : buffer_reserve(b, (size_t)len);
	if (to && b->len + (size_t)len + 1 > b->cap) {
		b->cap = b->len + (size_t)len + 1;
		b->data = heap_grow(b->data, b->cap);
		to = b->data + b->len;
	}
	if (to) {
		vsnprintf((char *)to, (size_t)len + 1, format, again);
		b->len += (size_t)len;
	}
	va_end(again);
	va_end(args);
}
