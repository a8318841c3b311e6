/* Numbers that look like chance and are the same everywhere: a test prints the seed it begins with.
 */
#ifndef TESTS_UNIT_DICE_H
#define TESTS_UNIT_DICE_H

#include <stdint.h>

struct dice {
	uint64_t state; /* never 0 */
};

/* 0 to n - 1; xorshift64*. */
static inline unsigned dice_roll(struct dice *dice, unsigned n)
{
	dice->state ^= dice->state >> 12;
	dice->state ^= dice->state << 25;
	dice->state ^= dice->state >> 27;
	return (unsigned)((dice->state * UINT64_C(2685821657736338717)) >> 33) % n;
}

#endif
