/* Cookies of a request, RFC 6265 section 5.4. */
#ifndef WIRE_COOKIE_H
#define WIRE_COOKIE_H

#include "base/span.h"

enum cookie_found { COOKIE_NONE, COOKIE_FOUND, COOKIE_TWICE };
/* The value of the cookie of that name, to the letter, in a Cookie header; borrowed. Twice, even
 * with the same value: somebody else than we has set one of them. */
enum cookie_found cookie_find(struct span header, struct span name, struct span *value);

#endif
