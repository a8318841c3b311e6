/* Cursors: bytes that nobody signed are refused; what was signed comes back as it was, and is
 * refused once an octet of it differs. */
#include "base/clock.h"
#include "base/codec.h"
#include "core/cursor.h"
#include "fuzz.h"

static const struct cursor_key key = { { 1, 2, 3 } };
static const struct cursor_query query = { 5, { (const uint8_t *)"query", 5 } };

static void signed_comes_back(struct arena *arena, struct span data)
{
	struct cursor_place back, place = { KIND_USER, (uint32_t)data.len, data };
	char *text;

	if (place.sort.len > CURSOR_SORT_MAX)
		place.sort.len = CURSOR_SORT_MAX;
	text = cursor_write(arena, &key, &query, &place, INT64_MAX);
	must(strlen(text) <= CURSOR_TEXT_MAX);
	must(cursor_read(arena, &key, &query, span_str(text), &back, NULL) == OK);
	must(back.number == place.number && span_equal(back.sort, place.sort));
	if (!data.len)
		return;
	size_t at = data.data[0] % strlen(text);
	text[at] = text[at] == 'Q' ? 'R' : 'Q';
	must(cursor_read(arena, &key, &query, span_str(text), &back, NULL) != OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct span input = span_of(data, size);
	struct cursor_place place;

	must(cursor_read(arena, &key, &query, input, &place, NULL) != OK);
	must(cursor_read(arena, &key, &query, span_str(base64url_format(arena, input)), &place,
		     NULL) != OK);
	signed_comes_back(arena, input);
	arena_free(arena);
	return 0;
}
