/* Base64 without an arena, for what is read while a secret is checked. */
#ifndef BASE_CODEC_INT_H
#define BASE_CODEC_INT_H

#include "base/span.h"

/* Octets that `len` digits of padded Base64 become at most. */
#define BASE64_ROOM(len) ((len) / 4 * 3 + 3)

bool base64_read(struct span text, uint8_t *out, size_t *len);    /* section 4, padded */
bool base64url_read(struct span text, uint8_t *out, size_t *len); /* section 5, no padding */

#endif
