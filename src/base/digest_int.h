/* Message digests through one OpenSSL context a thread, made once: OpenSSL 3 spends more on
 * finding an algorithm and a context than on hashing a short message. */
#ifndef BASE_DIGEST_INT_H
#define BASE_DIGEST_INT_H

#include "base/span.h"

enum digest { DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA512, DIGEST_COUNT };

#define DIGEST_MAX 64

size_t digest_len(enum digest digest);
/* Of a followed by b. */
void digest_two(enum digest digest, struct span a, struct span b, uint8_t *out);

#endif
