#include "base/secret.h"

#include <sodium.h>

#define SEAL_VERSION 1
#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES

bool secret_start(void)
{
	return sodium_init() >= 0;
}

void secret_random(void *out, size_t len)
{
	randombytes_buf(out, len);
}

void secret_wipe(void *data, size_t len)
{
	if (len)
		sodium_memzero(data, len);
}

bool secret_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || sodium_memcmp(a.data, b.data, a.len) == 0);
}

/* Sealed form: version octet, nonce, ciphertext with its tag. */
struct span seal(
	struct arena *arena, const struct seal_key *key, struct span context, struct span plain)
{
	uint8_t *out = arena_alloc(arena, 1 + NONCE + plain.len + TAG);
	unsigned long long len;

	out[0] = SEAL_VERSION;
	secret_random(out + 1, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(out + 1 + NONCE, &len, plain.data, plain.len,
		context.data, context.len, NULL, out + 1, key->octets);
	return span_of(out, 1 + NONCE + (size_t)len);
}

enum err unseal(struct arena *arena, const struct seal_key *key, struct span context,
	struct span sealed, struct span *plain, struct why *why)
{
	uint8_t *out;
	unsigned long long len;

	if (sealed.len < 1 + NONCE + TAG || sealed.data[0] != SEAL_VERSION)
		return fail(why, ERR_CORRUPT, NULL, "a sealed secret is damaged");
	out = arena_alloc(arena, sealed.len - 1 - NONCE - TAG);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, &len, NULL, sealed.data + 1 + NONCE,
		    sealed.len - 1 - NONCE, context.data, context.len, sealed.data + 1,
		    key->octets))
		return fail(why, ERR_CORRUPT, NULL,
			"a sealed secret cannot be opened: another key, or damaged");
	*plain = span_of(out, (size_t)len);
	return OK;
}
