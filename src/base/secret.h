/* Secrets: password hashing, sealing with a key that is not in the data directory, tokens, random
 * bytes. Any thread. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/arena.h"
#include "base/err.h"

#define PASSWORD_MAX 4096 /* octets, checked before hashing */
#define PASSWORD_HASH_MAX 256

/* Call once, first; false when the system gives no randomness. */
bool secret_start(void);
void secret_random(void *out, size_t len);
void secret_wipe(void *data, size_t len);        /* not optimised away */
bool secret_equal(struct span a, struct span b); /* time depends on the lengths only */

/* Argon2id PHC string, 19 MiB, two passes, one lane. Takes about 10 ms and 19 MiB: never on a loop
 * thread. */
enum err password_hash(struct span password, char out[PASSWORD_HASH_MAX], struct why *why);
/* True when `password` matches `stored`: an Argon2id PHC string, alone or after {ARGON2}, or
 * {SSHA}, {SSHA256}, {SSHA512}, {SHA}. Anything else, a cost above 64 MiB or 10 passes, a password
 * over PASSWORD_MAX, empty, or a malformed hash: false. A password longer than the limit is never
 * hashed. */
bool password_verify(struct span password, struct span stored);
/* True when verifying `stored` is cheap enough for a loop thread (a salted SHA). */
bool password_is_cheap(struct span stored);
/* True for a form that password_verify understands; imported hashes are checked with it. */
bool password_is_hash(struct span stored);
/* Burns the time of one verification, so that an unknown name takes as long as a known one. */
void password_burn(struct span password);

struct seal_key {
	uint8_t octets[32];
};
/* 64 hex digits, or creates the file (0600, synced) when it is missing and `create`. Refuses one
 * that others may read. */
enum err seal_key_load(const char *path, bool create, struct seal_key *key, struct why *why);
/* A key of its own out of the seal key, for one purpose ("muster audit tag"). */
void key_derive(const struct seal_key *key, struct span purpose, uint8_t out[32]);

/* Ed25519 (RFC 8032): who knows the public key alone can verify and not sign. */
#define SIGN_SECRET 64
#define SIGN_PUBLIC 32
#define SIGN_OCTETS 64
struct sign_key {
	uint8_t secret[SIGN_SECRET], public[SIGN_PUBLIC];
};
void sign_key_derive(const struct seal_key *key, struct span purpose, struct sign_key *out);
void sign_make(const struct sign_key *key, struct span message, uint8_t out[SIGN_OCTETS]);
bool sign_verify(const uint8_t public[SIGN_PUBLIC], struct span message, struct span signature);

/* XChaCha20-Poly1305, random nonce; `context` is authenticated (tenant, entry, attribute) and must
 * be given again. */
struct span seal(
	struct arena *arena, const struct seal_key *key, struct span context, struct span plain);
enum err unseal(struct arena *arena, const struct seal_key *key, struct span context,
	struct span sealed, struct span *plain, struct why *why);

/* "mst_<kind>_<base64url of the tenant's number and 28 random octets>_<checksum>": a token names
 * its tenant, and a wrong checksum is told without a look at the store. */
char *token_new(struct arena *arena, const char *kind, uint32_t tenant);
bool token_parse(struct span token, uint32_t *tenant); /* well-formed, checksum right */
void token_digest(
	struct span token, uint8_t out[32]); /* what is stored: SHA-256 of the whole token */

/* The first line of a secret file, without the line end; refuses one that others may read, or over
 * 4096 octets. */
enum err secret_file_read(
	struct arena *arena, const char *path, struct span *secret, struct why *why);

#endif
