/* What a domain controller answers to DirSync: the control's value and the cookie, which are read
 * within their bounds or not at all. */
#include "fuzz.h"
#include "in/upstream/dirsync_control.h"

static void check_cookie(struct span octets)
{
	struct dirsync_cookie cookie;

	if (!dirsync_cookie_read(octets, &cookie))
		return;
	must(cookie.cursors.len == 0 || cookie.cursors.len % cookie.cursor_size == 0);
	must(cookie.cursors.len <= octets.len);
	dirsync_cookie_covers(&cookie, &cookie);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct berval value = { size, (char *)data };
	struct dirsync_answer answer;

	if (!arena)
		arena = arena_new();
	check_cookie(span_of(data, size));
	if (dirsync_answer_read(arena, &value, &answer)) {
		must(answer.cookie.len <= size);
		check_cookie(answer.cookie);
	}
	arena_reset(arena);
	return 0;
}
