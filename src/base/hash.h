/* Checksums and hashes. crc32c guards records against a damaged disk; BLAKE2b shortens index keys;
 * SHA-256 chains the audit; HMAC-SHA-256 signs webhooks and cookies. Any thread. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/span.h"

uint32_t crc32c(
	uint32_t seed, struct span s); /* Castagnoli; the CPU's instruction where it has one */
void hash_blake2b(struct span s, uint8_t out[32]);
void hash_sha256(struct span s, uint8_t out[32]);
void hash_sha256_two(struct span a, struct span b, uint8_t out[32]); /* of a followed by b */
void hmac_sha256(struct span key, struct span message, uint8_t out[32]);

#endif
