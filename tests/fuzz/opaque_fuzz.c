/* A password that can be prepared stays as it is when it is prepared again, holds no control
 * character and is text. */
#include "fuzz.h"
#include "model/opaque.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct span once, twice;

	if (opaque_prepare(arena, span_of(data, size), &once)) {
		must(once.len > 0 && span_is_utf8(once));
		for (size_t i = 0; i < once.len; i++)
			must(once.data[i] >= 0x20 && once.data[i] != 0x7f);
		must(opaque_length(once) > 0 && opaque_length(once) <= once.len);
		must(opaque_prepare(arena, once, &twice) && span_equal(once, twice));
	}
	arena_free(arena);
	return 0;
}
