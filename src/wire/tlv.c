#include "wire/tlv.h"

#include "base/codec.h"

#define OPEN_HEAD 6 /* tag, 0x84, four octets */

struct tlv_reader tlv_reader_of(struct span s)
{
	/* Nothing has no address to add to. */
	return (struct tlv_reader){ s.data, s.len > 0 ? s.data + s.len : s.data, false };
}

bool tlv_more(const struct tlv_reader *r)
{
	return !r->bad && r->at < r->end;
}

uint8_t tlv_peek(const struct tlv_reader *r)
{
	return tlv_more(r) ? *r->at : 0;
}

static bool spoil(struct tlv_reader *r)
{
	r->bad = true;
	return false;
}

/* Length octets at *at, which moves behind them. */
static bool read_length(const uint8_t **at, const uint8_t *end, size_t *len)
{
	unsigned octets;

	if (*at == end)
		return false;
	octets = *(*at)++;
	if (octets < 0x80) {
		*len = octets;
		return true;
	}
	octets &= 0x7f;
	/* 0x80 is the indefinite form, which RFC 4511 forbids. */
	if (octets == 0 || octets > 4 || (size_t)(end - *at) < octets)
		return false;
	*len = 0;
	while (octets-- > 0)
		*len = *len << 8 | *(*at)++;
	return true;
}

bool tlv_next(struct tlv_reader *r, uint8_t *tag, struct span *value)
{
	const uint8_t *at = r->at;
	size_t len;

	*tag = 0;
	*value = SPAN_NONE;
	if (!tlv_more(r))
		return false;
	*tag = *at++;
	if ((*tag & 0x1f) == 0x1f || !read_length(&at, r->end, &len) || len > (size_t)(r->end - at))
		return spoil(r);
	*value = span_of(at, len);
	r->at = at + len;
	return true;
}

struct span tlv_take(struct tlv_reader *r, uint8_t tag)
{
	struct span value;
	uint8_t found;

	if (tlv_next(r, &found, &value) && found == tag)
		return value;
	spoil(r);
	return SPAN_NONE;
}

int32_t tlv_take_integer(struct tlv_reader *r, uint8_t tag, int32_t least, int32_t most)
{
	struct span octets = tlv_take(r, tag);
	uint32_t bits;
	int32_t value;

	if (octets.len == 0 || octets.len > 4) {
		spoil(r);
		return least;
	}
	bits = octets.data[0] & 0x80 ? UINT32_MAX : 0;
	for (size_t i = 0; i < octets.len; i++)
		bits = bits << 8 | octets.data[i];
	value = (int32_t)bits;
	if (value < least || value > most) {
		spoil(r);
		return least;
	}
	return value;
}

bool tlv_take_boolean(struct tlv_reader *r, uint8_t tag)
{
	struct span octets = tlv_take(r, tag);

	if (octets.len != 1 || (octets.data[0] > 1 && octets.data[0] != 0xff))
		return spoil(r);
	return octets.data[0] != 0;
}

bool tlv_done(const struct tlv_reader *r)
{
	return !r->bad && r->at == r->end;
}

bool tlv_is_octet_strings(struct span elements)
{
	struct tlv_reader in = tlv_reader_of(elements);

	while (tlv_more(&in))
		tlv_take(&in, TLV_OCTETS);
	return tlv_done(&in);
}

static unsigned length_octets(size_t len)
{
	return len < 0x80 ? 0 : len < 0x100 ? 1 : len < 0x10000 ? 2 : len < 0x1000000 ? 3 : 4;
}

size_t tlv_size(size_t len)
{
	return 2 + length_octets(len) + len;
}

uint8_t *tlv_head(uint8_t *to, uint8_t tag, size_t len)
{
	unsigned octets = length_octets(len);

	*to++ = tag;
	if (octets == 0) {
		*to++ = (uint8_t)len;
		return to;
	}
	*to++ = (uint8_t)(0x80 | octets);
	while (octets-- > 0)
		*to++ = (uint8_t)(len >> (8 * octets));
	return to;
}

void tlv_put(struct buffer *out, uint8_t tag, struct span value)
{
	size_t size = tlv_size(value.len);
	uint8_t *to = buffer_reserve(out, size);

	if (!to)
		return;
	to = tlv_head(to, tag, value.len);
	if (value.len > 0)
		memcpy(to, value.data, value.len);
	out->len += size;
}

void tlv_put_text(struct buffer *out, uint8_t tag, const char *text)
{
	tlv_put(out, tag, span_str(text));
}

void tlv_put_integer(struct buffer *out, uint8_t tag, int32_t value)
{
	uint8_t octets[4];
	size_t from = 0;

	put_be32(octets, (uint32_t)value);
	/* The shortest form: no leading octet that only repeats the sign. */
	while (from < 3 && ((octets[from] == 0 && !(octets[from + 1] & 0x80)) ||
				   (octets[from] == 0xff && (octets[from + 1] & 0x80))))
		from++;
	tlv_put(out, tag, span_of(octets + from, 4 - from));
}

size_t tlv_open(struct buffer *out, uint8_t tag)
{
	uint8_t *to = buffer_reserve(out, OPEN_HEAD);
	size_t opened = out->len;

	if (to) {
		to[0] = tag;
		to[1] = 0x84;
		out->len += OPEN_HEAD;
	}
	return opened;
}

void tlv_close(struct buffer *out, size_t opened)
{
	if (!out->failed)
		put_be32(out->data + opened + 2, (uint32_t)(out->len - opened - OPEN_HEAD));
}

struct span tlv_opened(const struct buffer *out, size_t opened)
{
	return span_from(buffer_span(out), opened + OPEN_HEAD);
}
