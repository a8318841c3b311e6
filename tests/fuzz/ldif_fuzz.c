/* LDIF: every record that is found has a DN and named values, and lines are counted upwards. */
#include "fuzz.h"
#include "wire/ldif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct ldif ldif;
	struct ldif_record record;
	unsigned line = 0;
	bool found = true;

	ldif_start(&ldif, span_of(data, size));
	while (found && ldif_next(arena, &ldif, &record, &found, NULL) == OK && found) {
		must(record.line > line);
		line = record.line;
		for (size_t i = 0; i < record.count; i++)
			must(record.values[i].name.len > 0);
	}
	arena_free(arena);
	return 0;
}
