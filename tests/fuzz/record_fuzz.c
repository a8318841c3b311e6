/* Records: hostile bytes with a right checksum are refused or can be read everywhere. */
#include "base/hash.h"
#include "base/limits.h"
#include "fuzz.h"
#include "model/record.h"

static void read_all(struct arena *arena, const struct record *record)
{
	struct buffer out;
	struct record again;
	uint32_t sum = 0;

	for (size_t i = 0; i < record->count; i++) {
		struct value value = record_row(record, i);
		sum = crc32c(sum, value.octets);
		must(record_find(record, value.attr) <= i);
	}
	for (unsigned attr = 0; attr < ATTR_LIMIT; attr++)
		sum = crc32c(sum, record_first(record, (enum attr)attr));
	if (record->count > LIMIT_VALUES_PER_ENTRY)
		return;
	buffer_init(&out, LIMIT_RECORD_OCTETS);
	must(record_write(&out, record_entry(arena, record), NULL) == OK);
	must(span_equal(buffer_span(&out), record->bytes));
	must(record_open(buffer_span(&out), &again, NULL) == OK);
	buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct record record;
	uint8_t *copy = arena_alloc(arena, size + 1);

	if (size > 0)
		memcpy(copy, data, size);
	if (record_open(span_of(copy, size), &record, NULL) == OK)
		read_all(arena, &record);
	if (size >= RECORD_HEAD) {
		put_be32(copy, crc32c(0, span_of(copy + 4, size - 4)));
		if (record_open(span_of(copy, size), &record, NULL) == OK)
			read_all(arena, &record);
	}
	arena_free(arena);
	return 0;
}
