#include "base/otp.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/digest_int.h"
#include "base/secret.h"

#include <string.h>

#define STEP (30 * SECOND)
#define BLOCK 64 /* octets of SHA-1's blocks */
#define SHA1 20

/* RFC 2104; seeds are never longer than a block. */
static void hmac_sha1(struct span key, struct span message, uint8_t out[SHA1])
{
	uint8_t inner[BLOCK], outer[BLOCK], digest[DIGEST_MAX];

	memset(inner, 0x36, sizeof inner);
	memset(outer, 0x5c, sizeof outer);
	for (size_t i = 0; i < key.len && i < BLOCK; i++) {
		inner[i] ^= key.data[i];
		outer[i] ^= key.data[i];
	}
	digest_two(DIGEST_SHA1, span_of(inner, sizeof inner), message, digest);
	digest_two(DIGEST_SHA1, span_of(outer, sizeof outer), span_of(digest, SHA1), digest);
	memcpy(out, digest, SHA1);
	secret_wipe(inner, sizeof inner);
	secret_wipe(outer, sizeof outer);
	secret_wipe(digest, sizeof digest);
}

/* RFC 4226 section 5.3. */
void otp_code(struct span seed, uint64_t step, char out[OTP_DIGITS])
{
	uint8_t counter[8], mac[SHA1];

	put_be64(counter, step);
	hmac_sha1(seed, span_of(counter, sizeof counter), mac);
	uint32_t number = get_be32(mac + (mac[SHA1 - 1] & 15)) & 0x7fffffff;
	for (size_t i = OTP_DIGITS; i-- > 0; number /= 10)
		out[i] = (char)('0' + number % 10);
}

uint64_t otp_step(int64_t wall)
{
	return (uint64_t)(wall / STEP);
}

bool otp_check(struct span seed, struct span code, int64_t wall, uint64_t least, uint64_t *step)
{
	bool fits = false;

	if (seed.len == 0 || seed.len > BLOCK || wall < STEP)
		return false;
	for (uint64_t at = otp_step(wall) - 1; at <= otp_step(wall) + 1; at++) {
		char wanted[OTP_DIGITS];

		otp_code(seed, at, wanted);
		if (secret_equal(span_of(wanted, sizeof wanted), code) && at >= least) {
			fits = true;
			*step = at;
		}
	}
	return fits;
}

char *base32_format(struct arena *arena, struct span s)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	char *text = arena_alloc(arena, s.len * 8 / 5 + 2), *to = text;
	uint32_t held = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < s.len; i++) {
		held = held << 8 | s.data[i];
		for (bits += 8; bits >= 5; bits -= 5)
			*to++ = digits[held >> (bits - 5) & 31];
	}
	if (bits > 0)
		*to++ = digits[held << (5 - bits) & 31];
	*to = '\0';
	return text;
}

/* RFC 3986 section 2.3: all but unreserved characters. */
static char *percent(struct arena *arena, struct span s)
{
	static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789-._~";
	static const char hex[] = "0123456789ABCDEF";
	char *text = arena_alloc(arena, 3 * s.len + 1), *to = text;

	for (size_t i = 0; i < s.len; i++) {
		if (memchr(kept, s.data[i], sizeof kept - 1)) {
			*to++ = (char)s.data[i];
			continue;
		}
		*to++ = '%';
		*to++ = hex[s.data[i] >> 4];
		*to++ = hex[s.data[i] & 15];
	}
	*to = '\0';
	return text;
}

char *otp_uri(struct arena *arena, struct span seed, struct span issuer, struct span account)
{
	return arena_printf(arena, "otpauth://totp/%s:%s?secret=%s&issuer=%s",
		percent(arena, issuer), percent(arena, account), base32_format(arena, seed),
		percent(arena, issuer));
}
