#include "model/checkpoint.h"

#include "base/clock.h"

#define MARK "muster-audit-1"
#define SIGNATURE_PART SPAN(" signature=")

static void put_hex(struct buffer *out, const uint8_t *octets, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		buffer_put_octet(out, (uint8_t)digits[octets[i] >> 4]);
		buffer_put_octet(out, (uint8_t)digits[octets[i] & 15]);
	}
}

void checkpoint_write(struct buffer *out, struct checkpoint *c, const struct sign_key *key)
{
	char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
	uint8_t signature[SIGN_OCTETS];
	size_t begin = out->len;

	memcpy(c->key, key->public, sizeof c->key);
	from[time_format_rfc3339(c->from, from)] = '\0';
	to[time_format_rfc3339(c->to, to)] = '\0';
	buffer_putf(out, MARK " tenant=%u first=%llu last=%llu kept=%llu from=%s to=%s hash=",
		(unsigned)c->tenant, (unsigned long long)c->first, (unsigned long long)c->last,
		(unsigned long long)c->kept, from, to);
	put_hex(out, c->hash, sizeof c->hash);
	buffer_put_span(out, SPAN(" previous="));
	put_hex(out, c->previous, sizeof c->previous);
	buffer_put_span(out, SPAN(" key="));
	put_hex(out, c->key, sizeof c->key);
	sign_make(key, span_from(buffer_span(out), begin), signature);
	buffer_put_span(out, SIGNATURE_PART);
	put_hex(out, signature, sizeof signature);
}

/* ---- reading ---- */

struct parts {
	struct span rest;
	bool bad;
};

static struct span part(struct parts *parts, const char *name)
{
	struct span word = span_cut(&parts->rest, ' ');
	struct span key = span_cut(&word, '=');

	if (!span_equal(key, span_str(name)))
		parts->bad = true;
	return word;
}

static uint64_t part_number(struct parts *parts, const char *name)
{
	uint64_t number = 0;

	if (!span_to_u64(part(parts, name), &number))
		parts->bad = true;
	return number;
}

static int64_t part_time(struct parts *parts, const char *name)
{
	int64_t time = 0;

	if (!time_parse_rfc3339(part(parts, name), &time))
		parts->bad = true;
	return time;
}

static int digit(uint8_t octet)
{
	if (octet >= '0' && octet <= '9')
		return octet - '0';
	return octet >= 'a' && octet <= 'f' ? octet - 'a' + 10 : -1;
}

static void part_octets(struct parts *parts, const char *name, uint8_t *octets, size_t len)
{
	struct span text = part(parts, name);

	if (text.len != 2 * len)
		parts->bad = true;
	for (size_t i = 0; !parts->bad && i < len; i++) {
		int high = digit(text.data[2 * i]), low = digit(text.data[2 * i + 1]);
		if (high < 0 || low < 0)
			parts->bad = true;
		else
			octets[i] = (uint8_t)(high << 4 | low);
	}
}

/* What the signature covers: all but a last part of known length. */
static struct span signed_part(struct span line)
{
	size_t tail = SIGNATURE_PART.len + (size_t)2 * SIGN_OCTETS;

	return line.len > tail ? span_of(line.data, line.len - tail) : SPAN_NONE;
}

bool checkpoint_is_half(struct span line)
{
	struct span last = SPAN_NONE;

	while (line.len)
		last = span_cut(&line, ' ');
	return !span_equal(span_cut(&last, '='), SPAN("signature")) ||
	       last.len < (size_t)2 * SIGN_OCTETS;
}

bool checkpoint_read(struct span line, struct checkpoint *result)
{
	struct checkpoint c = { 0 };
	struct parts parts = { .rest = line };
	uint8_t signature[SIGN_OCTETS];

	if (!span_equal(span_cut(&parts.rest, ' '), SPAN(MARK)))
		return false;
	uint64_t tenant = part_number(&parts, "tenant");
	c.first = part_number(&parts, "first");
	c.last = part_number(&parts, "last");
	c.kept = part_number(&parts, "kept");
	c.from = part_time(&parts, "from");
	c.to = part_time(&parts, "to");
	part_octets(&parts, "hash", c.hash, sizeof c.hash);
	part_octets(&parts, "previous", c.previous, sizeof c.previous);
	part_octets(&parts, "key", c.key, sizeof c.key);
	part_octets(&parts, "signature", signature, sizeof signature);
	if (parts.bad || parts.rest.len || tenant > UINT32_MAX ||
		!sign_verify(c.key, signed_part(line), span_of(signature, sizeof signature)))
		return false;
	c.tenant = (uint32_t)tenant;
	*result = c;
	return true;
}
