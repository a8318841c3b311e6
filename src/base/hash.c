#include "base/hash.h"

#include "base/digest_int.h"

#include <sodium.h>

void hash_blake2b(struct span s, uint8_t out[32])
{
	crypto_generichash(out, 32, s.data, s.len, NULL, 0);
}

void hash_sha256(struct span s, uint8_t out[32])
{
	digest_two(DIGEST_SHA256, s, SPAN_NONE, out);
}

void hash_sha256_two(struct span a, struct span b, uint8_t out[32])
{
	digest_two(DIGEST_SHA256, a, b, out);
}

/* RFC 2104 over the digest that uses the processor's SHA instructions, which libsodium's does not;
 * every cached bind passes here. */
void hmac_sha256(struct span key, struct span message, uint8_t out[32])
{
	uint8_t inner[64] = { 0 }, outer[64], digest[32];

	if (key.len > sizeof inner)
		hash_sha256(key, inner);
	else if (key.len)
		memcpy(inner, key.data, key.len);
	for (size_t i = 0; i < sizeof inner; i++) {
		outer[i] = inner[i] ^ 0x5c;
		inner[i] ^= 0x36;
	}
	hash_sha256_two(span_of(inner, sizeof inner), message, digest);
	hash_sha256_two(span_of(outer, sizeof outer), span_of(digest, sizeof digest), out);
	sodium_memzero(inner, sizeof inner);
	sodium_memzero(outer, sizeof outer);
}
