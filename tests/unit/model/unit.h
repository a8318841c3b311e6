/* What the tests of the model share: cmocka, an arena for each test, spans that read well. */
#ifndef TESTS_UNIT_MODEL_UNIT_H
#define TESTS_UNIT_MODEL_UNIT_H

#include "base/arena.h"
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define assert_span(octets, text)                                                                  \
	do {                                                                                       \
		struct span got = (octets), want = span_str(text);                                 \
		assert_int_equal(got.len, want.len);                                               \
		if (want.len > 0)                                                                  \
			assert_memory_equal(got.data, want.data, want.len);                        \
	} while (0)

#define test_of(name) cmocka_unit_test_setup_teardown(name, arena_begin, arena_end)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static inline int arena_begin(void **state)
{
	*state = arena_new();
	return 0;
}

static inline int arena_end(void **state)
{
	arena_free(*state);
	return 0;
}

#endif
