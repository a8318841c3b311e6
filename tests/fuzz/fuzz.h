/* A fuzz target: one input, of which nothing may be assumed. Returns 0. Ends the process (must())
 * when a promise of the code under test does not hold. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "base/span.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool holds)
{
	if (!holds)
		abort();
}

#endif
