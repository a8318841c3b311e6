/* The platform's own attributes of a person, which we keep and hand on: one JSON object of members
 * that mean nothing to us, but for "discounts": default, a, b and c, each a percentage or null. */
#ifndef WIRE_PLATFORM_H
#define WIRE_PLATFORM_H

#include "base/arena.h"
#include "wire/json.h"

/* Canonical JSON: members in the order of their names, no blanks, at most LIMIT_VALUE_OCTETS.
 * ERR_VALUE, ERR_TOO_LARGE. */
enum err platform_canonical(
	struct arena *arena, const struct json *value, struct span *octets, struct why *why);

#endif
