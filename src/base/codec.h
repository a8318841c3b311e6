/* Fixed-width big-endian numbers and length-prefixed spans, for records, keys and messages between
 * our own processes. Readers are sticky: a read past the end yields zero and marks the reader bad;
 * ask read_done() once. */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include "base/buffer.h"
#include "base/span.h"

struct reader {
	const uint8_t *at, *end;
	bool bad;
};

struct reader reader_of(struct span s);
uint8_t read_u8(struct reader *r);
uint16_t read_u16(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
struct span read_bytes(struct reader *r, size_t len);
/* u32 length, then the bytes; borrowed. */
struct span read_span(struct reader *r);
/* All read, nothing left over, nothing read past the end. */
bool read_done(const struct reader *r);

void write_u8(struct buffer *b, uint8_t v);
void write_u16(struct buffer *b, uint16_t v);
void write_u32(struct buffer *b, uint32_t v);
void write_u64(struct buffer *b, uint64_t v);
void write_span(struct buffer *b, struct span s);

static inline void put_be16(uint8_t *to, uint16_t v)
{
	to[0] = (uint8_t)(v >> 8);
	to[1] = (uint8_t)v;
}

static inline void put_be32(uint8_t *to, uint32_t v)
{
	put_be16(to, (uint16_t)(v >> 16));
	put_be16(to + 2, (uint16_t)v);
}

static inline void put_be64(uint8_t *to, uint64_t v)
{
	put_be32(to, (uint32_t)(v >> 32));
	put_be32(to + 4, (uint32_t)v);
}

static inline uint16_t get_be16(const uint8_t *from)
{
	return (uint16_t)((unsigned)from[0] << 8 | from[1]);
}

static inline uint32_t get_be32(const uint8_t *from)
{
	return (uint32_t)get_be16(from) << 16 | get_be16(from + 2);
}

static inline uint64_t get_be64(const uint8_t *from)
{
	return (uint64_t)get_be32(from) << 32 | get_be32(from + 4);
}

/* A number in decimal, without a terminator; returns its length. */
#define DECIMAL_TEXT_MAX 20
size_t decimal_format(uint64_t value, char out[DECIMAL_TEXT_MAX]);

struct arena;
/* Lower-case hex; reading takes either case and refuses an odd length. */
char *hex_format(struct arena *arena, struct span s);
bool hex_parse(struct arena *arena, struct span text, struct span *bytes);
/* RFC 4648 section 4 (padded) and section 5 (URL alphabet, no padding). Reading is strict:
 * canonical padding, no blanks. */
char *base64_format(struct arena *arena, struct span s);
bool base64_parse(struct arena *arena, struct span text, struct span *bytes);
char *base64url_format(struct arena *arena, struct span s);
bool base64url_parse(struct arena *arena, struct span text, struct span *bytes);

#endif
