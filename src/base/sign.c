#include "base/secret.h"

#include <sodium.h>

_Static_assert(SIGN_SECRET == crypto_sign_SECRETKEYBYTES &&
		       SIGN_PUBLIC == crypto_sign_PUBLICKEYBYTES &&
		       SIGN_OCTETS == crypto_sign_BYTES,
	"the sizes of Ed25519");

void key_derive(const struct seal_key *key, struct span purpose, uint8_t out[32])
{
	crypto_generichash(out, 32, purpose.data, purpose.len, key->octets, sizeof key->octets);
}

void sign_key_derive(const struct seal_key *key, struct span purpose, struct sign_key *out)
{
	uint8_t seed[crypto_sign_SEEDBYTES];

	key_derive(key, purpose, seed);
	crypto_sign_seed_keypair(out->public, out->secret, seed);
	secret_wipe(seed, sizeof seed);
}

void sign_make(const struct sign_key *key, struct span message, uint8_t out[SIGN_OCTETS])
{
	crypto_sign_detached(out, NULL, message.data, message.len, key->secret);
}

bool sign_verify(const uint8_t public[SIGN_PUBLIC], struct span message, struct span signature)
{
	return signature.len == SIGN_OCTETS &&
	       crypto_sign_verify_detached(signature.data, message.data, message.len, public) == 0;
}
