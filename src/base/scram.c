#include "base/scram.h"

#include "base/codec_int.h"
#include "base/hash.h"
#include "base/secret.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define ITERATIONS_MIN 4096
#define ITERATIONS_MAX 1000000
/* Digits of a padded Base64 text, with a terminator. */
#define BASE64_TEXT(octets) (((octets) + 2) / 3 * 4 + 1)

static const char prefix[] = "SCRAM-SHA-256$";

static struct span key_span(const uint8_t key[SCRAM_KEY])
{
	return span_of(key, SCRAM_KEY);
}

/* RFC 5802 section 3 */
void scram_verifier_make(struct span password, struct span salt, uint32_t iterations,
	struct scram_verifier *verifier)
{
	uint8_t salted[SCRAM_KEY], client_key[SCRAM_KEY];

	verifier->iterations = iterations;
	verifier->salt_len = salt.len < SCRAM_SALT_MAX ? salt.len : SCRAM_SALT_MAX;
	memcpy(verifier->salt, salt.data, verifier->salt_len);
	if (PKCS5_PBKDF2_HMAC((const char *)password.data, (int)password.len, verifier->salt,
		    (int)verifier->salt_len, (int)iterations, EVP_sha256(), SCRAM_KEY, salted) != 1)
		abort(); /* as with a digest that is missing */
	hmac_sha256(key_span(salted), SPAN("Client Key"), client_key);
	hash_sha256(key_span(client_key), verifier->stored_key);
	hmac_sha256(key_span(salted), SPAN("Server Key"), verifier->server_key);
	secret_wipe(salted, sizeof salted);
	secret_wipe(client_key, sizeof client_key);
}

static const char *encode(struct span octets, char *out)
{
	EVP_EncodeBlock((unsigned char *)out, octets.data, (int)octets.len);
	return out;
}

size_t scram_verifier_format(const struct scram_verifier *verifier, char out[SCRAM_TEXT_MAX])
{
	char salt[BASE64_TEXT(SCRAM_SALT_MAX)], stored[BASE64_TEXT(SCRAM_KEY)];
	char server[BASE64_TEXT(SCRAM_KEY)];
	int len = snprintf(out, SCRAM_TEXT_MAX, "%s%u:%s$%s:%s", prefix, verifier->iterations,
		encode(span_of(verifier->salt, verifier->salt_len), salt),
		encode(key_span(verifier->stored_key), stored),
		encode(key_span(verifier->server_key), server));

	return (size_t)len;
}

void scram_verifier_new(struct span password, char out[SCRAM_TEXT_MAX])
{
	struct scram_verifier verifier;
	uint8_t salt[SCRAM_SALT];

	secret_random(salt, sizeof salt);
	scram_verifier_make(password, span_of(salt, sizeof salt), SCRAM_ITERATIONS, &verifier);
	scram_verifier_format(&verifier, out);
	secret_wipe(&verifier, sizeof verifier);
}

/* Exactly a key, or a salt of 1 to SCRAM_SALT_MAX octets. */
static bool read_octets(struct span text, uint8_t *out, size_t max, size_t *len)
{
	uint8_t octets[BASE64_ROOM(BASE64_TEXT(SCRAM_SALT_MAX))];

	if (text.len >= BASE64_TEXT(SCRAM_SALT_MAX) || !base64_read(text, octets, len) ||
		*len == 0 || *len > max)
		return false;
	memcpy(out, octets, *len);
	return true;
}

static bool read_key(struct span text, uint8_t key[SCRAM_KEY])
{
	size_t len;

	return read_octets(text, key, SCRAM_KEY, &len) && len == SCRAM_KEY;
}

bool scram_verifier_parse(struct span text, struct scram_verifier *verifier)
{
	struct scram_verifier found = { 0 };
	struct span salt, stored;
	uint64_t iterations;

	if (!span_starts(text, span_str(prefix)))
		return false;
	text = span_from(text, strlen(prefix));
	if (!span_to_u64(span_cut(&text, ':'), &iterations) || iterations < ITERATIONS_MIN ||
		iterations > ITERATIONS_MAX)
		return false;
	found.iterations = (uint32_t)iterations;
	salt = span_cut(&text, '$');
	stored = span_cut(&text, ':');
	if (!read_octets(salt, found.salt, SCRAM_SALT_MAX, &found.salt_len) ||
		!read_key(stored, found.stored_key) || !read_key(text, found.server_key))
		return false;
	*verifier = found;
	return true;
}

void scram_verifier_pretend(struct span key, struct span name, struct scram_verifier *verifier)
{
	uint8_t salt[SCRAM_KEY];

	*verifier =
		(struct scram_verifier){ .iterations = SCRAM_ITERATIONS, .salt_len = SCRAM_SALT };
	hmac_sha256(key, name, salt);
	memcpy(verifier->salt, salt, SCRAM_SALT);
	secret_random(verifier->stored_key, SCRAM_KEY);
	secret_random(verifier->server_key, SCRAM_KEY);
}

bool scram_check(const struct scram_verifier *verifier, struct span message,
	const uint8_t proof[SCRAM_KEY], uint8_t signature[SCRAM_KEY])
{
	uint8_t client_key[SCRAM_KEY], hashed[SCRAM_KEY];
	bool good;

	hmac_sha256(key_span(verifier->stored_key), message, client_key);
	for (size_t i = 0; i < SCRAM_KEY; i++)
		client_key[i] ^= proof[i];
	hash_sha256(key_span(client_key), hashed);
	good = secret_equal(key_span(hashed), key_span(verifier->stored_key));
	hmac_sha256(key_span(verifier->server_key), message, signature);
	secret_wipe(client_key, sizeof client_key);
	return good;
}
