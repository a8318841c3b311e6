/* Journal records: hostile bytes with a right checksum are refused or written again as they were.
 */
#include "base/codec.h"
#include "base/hash.h"
#include "base/limits.h"
#include "fuzz.h"
#include "model/change.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct change change;
	struct buffer out;
	uint8_t *copy = arena_alloc(arena, size + 4);

	buffer_init(&out, LIMIT_CHANGE_OCTETS);
	if (size > 0)
		memcpy(copy + 4, data, size);
	put_be32(copy, crc32c(0, span_of(copy + 4, size)));
	struct span bytes = span_of(copy, size + 4);
	if (change_read(arena, bytes, &change, NULL) == OK &&
		change_write(&out, &change, NULL) == OK && get_be16(copy + 4) == CHANGE_FORMAT &&
		get_be16(copy + 6) == CHANGE_FORMAT)
		must(span_equal(buffer_span(&out), bytes));
	buffer_free(&out);
	arena_free(arena);
	return 0;
}
