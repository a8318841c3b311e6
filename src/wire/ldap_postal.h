/* Postal addresses: lines here, "$" between them in LDAP, where "\24" and "\5C" stand for "$" and
 * "\" (RFC 4517 section 3.3.28). Also the other values that are escaped by hexadecimal digits. */
#ifndef WIRE_LDAP_POSTAL_H
#define WIRE_LDAP_POSTAL_H

#include "base/arena.h"
#include "base/buffer.h"

void postal_put(struct buffer *out, struct span lines);
/* Borrows from `postal` what it can. */
struct span postal_read(struct arena *arena, struct span postal);
/* A part of a Substring Assertion (RFC 4517 section 3.3.30): "*" and "\" are written so. */
struct span span_unescaped(struct arena *arena, struct span escaped);

#endif
