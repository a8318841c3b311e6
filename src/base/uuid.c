#include "base/uuid.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/secret.h"

#include <stdatomic.h>

/* Milliseconds since 1970 in the upper 52 bits, 4096ths of one below (RFC 9562 section 6.2,
 * method 3). What is handed out rises by at least one each time, whatever the clock does. */
static _Atomic uint64_t last_moment;

static uint64_t next_moment(void)
{
	uint64_t wall = (uint64_t)clock_wall();
	uint64_t now = wall / 1000 << 12 | wall % 1000 * 4096 / 1000;
	uint64_t last = atomic_load_explicit(&last_moment, memory_order_relaxed), next;

	do
		next = now > last ? now : last + 1;
	while (!atomic_compare_exchange_weak_explicit(
		&last_moment, &last, next, memory_order_relaxed, memory_order_relaxed));
	return next;
}

struct uuid uuid_new(void)
{
	uint64_t moment = next_moment();
	struct uuid id;

	put_be16(id.octets, (uint16_t)(moment >> 44));
	put_be32(id.octets + 2, (uint32_t)(moment >> 12));
	put_be16(id.octets + 6, (uint16_t)(0x7000 | (moment & 0xfff)));
	secret_random(id.octets + 8, 8);
	id.octets[8] = (uint8_t)((id.octets[8] & 0x3f) | 0x80);
	return id;
}

bool uuid_is_nil(const struct uuid *id)
{
	static const struct uuid nil;

	return uuid_equal(id, &nil);
}

bool uuid_from_octets(struct span octets, struct uuid *id)
{
	if (octets.len != sizeof id->octets)
		return false;
	memcpy(id->octets, octets.data, sizeof id->octets);
	return true;
}

struct uuid read_uuid(struct reader *in)
{
	struct uuid id = { 0 };

	uuid_from_octets(read_bytes(in, sizeof id.octets), &id);
	return id;
}

static bool is_dash_at(size_t at)
{
	return at == 8 || at == 13 || at == 18 || at == 23;
}

static char *put_hex(char *to, const uint8_t *octets, size_t count)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		*to++ = digits[octets[i] >> 4];
		*to++ = digits[octets[i] & 15];
	}
	return to;
}

void uuid_format(const struct uuid *id, char out[UUID_TEXT + 1])
{
	char *to = put_hex(out, id->octets, 4);

	for (size_t i = 4; i < 10; i += 2) {
		*to++ = '-';
		to = put_hex(to, id->octets + i, 2);
	}
	*to++ = '-';
	*put_hex(to, id->octets + 10, 6) = '\0';
}

static int nibble_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool uuid_parse(struct span text, struct uuid *id)
{
	struct uuid parsed = { 0 };
	size_t nibble = 0;

	if (text.len != UUID_TEXT)
		return false;
	for (size_t i = 0; i < UUID_TEXT; i++) {
		int value;

		if (is_dash_at(i)) {
			if (text.data[i] != '-')
				return false;
			continue;
		}
		value = nibble_of(text.data[i]);
		if (value < 0)
			return false;
		parsed.octets[nibble / 2] |= (uint8_t)(nibble % 2 ? value : value << 4);
		nibble++;
	}
	*id = parsed;
	return true;
}
