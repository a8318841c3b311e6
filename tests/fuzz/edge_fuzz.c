/* Edge values: hostile bytes with a right checksum are refused or written again as they were. */
#include "base/codec.h"
#include "base/hash.h"
#include "fuzz.h"
#include "model/change.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct edge edge;
	struct buffer out;
	uint8_t *copy = arena_alloc(arena, size + 4);

	buffer_init(&out, size + 4);
	if (size > 0)
		memcpy(copy + 4, data, size);
	put_be32(copy, crc32c(0, span_of(copy + 4, size)));
	if (edge_read(span_of(copy, size + 4), &edge, NULL) == OK) {
		edge_write(&out, &edge);
		must(span_equal(buffer_span(&out), span_of(copy, size + 4)));
	}
	buffer_free(&out);
	arena_free(arena);
	return 0;
}
