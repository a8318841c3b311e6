/* A line of reasons, from the store or from the process that speaks with directories: whatever it
 * holds, reading ends within it, and its sentences have a bound. */
#include "fuzz.h"
#include "model/because.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct span line = span_of(data, size);
	struct because_part part;
	struct because_found found;

	if (!arena)
		arena = arena_new();
	for (size_t left = line.len + 1; because_next(&line, &part); left = line.len) {
		must(line.len < left && part.code.len + part.values.len <= size);
		while (because_next_value(&part, &found)) {
			must(memchr(found.name, '\0', sizeof(found.name)));
			must(memchr(found.text, '\0', sizeof(found.text)));
		}
	}
	must(strlen(because_text(arena, span_of(data, size))) <= 8192);
	arena_reset(arena);
	return 0;
}
