/* Passwords as text: the OpaqueString profile (RFC 8265 section 4.2). Two ways to type the same
 * letters are one password; case and width count. */
#ifndef MODEL_OPAQUE_H
#define MODEL_OPAQUE_H

#include "base/arena.h"

/* Blanks outside ASCII become U+0020, the rest NFC. Borrowed when nothing had to change. False for
 * what is no UTF-8, is empty, or holds a control character. */
bool opaque_prepare(struct arena *arena, struct span text, struct span *prepared);
/* Characters of a prepared text. */
size_t opaque_length(struct span prepared);

#endif
