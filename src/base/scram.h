/* SCRAM-SHA-256 (RFC 5802, RFC 7677): the verifier that is stored in place of a password, and the
 * proofs of an exchange. Who has the verifier alone can check a proof and not make one. Any thread.
 */
#ifndef BASE_SCRAM_H
#define BASE_SCRAM_H

#include "base/span.h"

#define SCRAM_ITERATIONS 32768 /* of new verifiers; RFC 7677 section 4 asks for 4096 or more */
#define SCRAM_SALT 16          /* octets of new ones */
#define SCRAM_SALT_MAX 64
#define SCRAM_KEY 32
/* A verifier as text, with its terminator. */
#define SCRAM_TEXT_MAX 256

struct scram_verifier {
	uint32_t iterations;
	size_t salt_len;
	uint8_t salt[SCRAM_SALT_MAX];
	uint8_t stored_key[SCRAM_KEY], server_key[SCRAM_KEY];
};

/* The verifier of a password, prepared as for its hash, as text (RFC 5803):
 * "SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>". Takes about 10 ms: never on a loop
 * thread. */
void scram_verifier_new(struct span password, char out[SCRAM_TEXT_MAX]);
void scram_verifier_make(struct span password, struct span salt, uint32_t iterations,
	struct scram_verifier *verifier);
/* `out` ends with a terminator; returns the length before it. */
size_t scram_verifier_format(const struct scram_verifier *verifier, char out[SCRAM_TEXT_MAX]);
/* False for anything else, or with fewer than 4,096 or more than a million iterations. */
bool scram_verifier_parse(struct span text, struct scram_verifier *verifier);
/* For a name that has none: the same salt whenever it is asked for, and keys that no proof fits. */
void scram_verifier_pretend(struct span key, struct span name, struct scram_verifier *verifier);

/* `message`: AuthMessage, RFC 5802 section 3. True when the proof was made by somebody who knows
 * the password; `signature` is the server's answer to it. The same work whatever comes out. */
bool scram_check(const struct scram_verifier *verifier, struct span message,
	const uint8_t proof[SCRAM_KEY], uint8_t signature[SCRAM_KEY]);

#endif
