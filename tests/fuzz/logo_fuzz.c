/* Logos: what was made harmless is so, and stays as it is when it is cleaned again. */
#define _GNU_SOURCE /* memmem */

#include "base/limits.h"
#include "fuzz.h"
#include "wire/logo.h"

static bool has(struct span s, const char *text)
{
	return memmem(s.data, s.len, text, strlen(text)) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct logo logo, again;

	if (logo_clean(arena, span_of(data, size), &logo, NULL) == OK) {
		must(logo.octets.len <= LIMIT_LOGO_OCTETS);
		must(logo_clean(arena, logo.octets, &again, NULL) == OK);
		must(span_equal(logo.octets, again.octets));
		if (logo.type[6] == 's')
			must(!has(logo.octets, "<script") && !has(logo.octets, "<!") &&
				!has(logo.octets, "<style") && !has(logo.octets, " on"));
	}
	arena_free(arena);
	return 0;
}
