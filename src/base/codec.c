#include "base/codec.h"

struct reader reader_of(struct span s)
{
	return (struct reader){ s.data, s.data ? s.data + s.len : NULL, false };
}

static size_t left(const struct reader *r)
{
	return r->at ? (size_t)(r->end - r->at) : 0;
}

static const uint8_t *take(struct reader *r, size_t len)
{
	const uint8_t *at = r->at;

	if (r->bad || len > left(r)) {
		r->bad = true;
		return NULL;
	}
	if (len)
		r->at += len;
	return at;
}

uint8_t read_u8(struct reader *r)
{
	const uint8_t *at = take(r, 1);

	return at ? at[0] : 0;
}

uint16_t read_u16(struct reader *r)
{
	const uint8_t *at = take(r, 2);

	return at ? get_be16(at) : 0;
}

uint32_t read_u32(struct reader *r)
{
	const uint8_t *at = take(r, 4);

	return at ? get_be32(at) : 0;
}

uint64_t read_u64(struct reader *r)
{
	const uint8_t *at = take(r, 8);

	return at ? get_be64(at) : 0;
}

struct span read_bytes(struct reader *r, size_t len)
{
	const uint8_t *at = take(r, len);

	return at ? span_of(at, len) : SPAN_NONE;
}

struct span read_span(struct reader *r)
{
	uint32_t len = read_u32(r);

	return read_bytes(r, len);
}

bool read_done(const struct reader *r)
{
	return !r->bad && left(r) == 0;
}

void write_u8(struct buffer *b, uint8_t v)
{
	buffer_put(b, &v, 1);
}

void write_u16(struct buffer *b, uint16_t v)
{
	uint8_t octets[2];

	put_be16(octets, v);
	buffer_put(b, octets, sizeof octets);
}

void write_u32(struct buffer *b, uint32_t v)
{
	uint8_t octets[4];

	put_be32(octets, v);
	buffer_put(b, octets, sizeof octets);
}

void write_u64(struct buffer *b, uint64_t v)
{
	uint8_t octets[8];

	put_be64(octets, v);
	buffer_put(b, octets, sizeof octets);
}

void write_span(struct buffer *b, struct span s)
{
	if (s.len > UINT32_MAX) {
		b->failed = true;
		return;
	}
	write_u32(b, (uint32_t)s.len);
	buffer_put_span(b, s);
}
