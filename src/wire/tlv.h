/* The subset of BER that LDAP allows (RFC 4511 section 5.1): one-octet tags, definite lengths of at
 * most four octets, non-minimal ones too. Reading borrows; it is sticky: after a fault everything
 * is empty, ask tlv_done() once. Writing appends to a buffer. */
#ifndef WIRE_TLV_H
#define WIRE_TLV_H

#include "base/buffer.h"

enum tlv_tag {
	TLV_BOOLEAN = 0x01,
	TLV_INTEGER = 0x02,
	TLV_OCTETS = 0x04,
	TLV_ENUMERATED = 0x0a,
	TLV_SEQUENCE = 0x30,
	TLV_SET = 0x31,
};

struct tlv_reader {
	const uint8_t *at, *end;
	bool bad;
};

struct tlv_reader tlv_reader_of(struct span s);
bool tlv_more(const struct tlv_reader *r); /* another element stands there */
/* Tag of the next element, 0 at the end or when bad. */
uint8_t tlv_peek(const struct tlv_reader *r);
/* The next element whatever it is; false at the end or when it is malformed (bad then). */
bool tlv_next(struct tlv_reader *r, uint8_t *tag, struct span *value);
/* The value of the next element, which must have the tag. */
struct span tlv_take(struct tlv_reader *r, uint8_t tag);
/* 1 to 4 octets, two's complement; bad outside of least and most. */
int32_t tlv_take_integer(struct tlv_reader *r, uint8_t tag, int32_t least, int32_t most);
bool tlv_take_boolean(struct tlv_reader *r,
	uint8_t tag); /* 0x00 or 0xff (RFC 4511 section 5.1); 0x01, as some write */
bool tlv_done(const struct tlv_reader *r); /* not bad, nothing left over */

/* Nothing but OCTETS, none included: whoever walks them later need not check. */
bool tlv_is_octet_strings(struct span elements);

/* An element, with the shortest length. */
void tlv_put(struct buffer *out, uint8_t tag, struct span value);
void tlv_put_text(struct buffer *out, uint8_t tag, const char *text);
void tlv_put_integer(struct buffer *out, uint8_t tag, int32_t value);
/* Octets of an element whose value has `len`. */
size_t tlv_size(size_t len);
/* Writes tag and shortest length, returns the position behind. */
uint8_t *tlv_head(uint8_t *to, uint8_t tag, size_t len);
/* An element whose length is known at tlv_close(): a length of four octets is left room for. */
size_t tlv_open(struct buffer *out, uint8_t tag);
void tlv_close(struct buffer *out, size_t opened);
/* What was put behind the head since; borrowed until the next put. */
struct span tlv_opened(const struct buffer *out, size_t opened);

#endif
