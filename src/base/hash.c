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

void hmac_sha256(struct span key, struct span message, uint8_t out[32])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, key.data, key.len);
	crypto_auth_hmacsha256_update(&state, message.data, message.len);
	crypto_auth_hmacsha256_final(&state, out);
	sodium_memzero(&state, sizeof state);
}
