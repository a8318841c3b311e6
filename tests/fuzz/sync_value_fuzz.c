/* What a server says of its entries by content synchronization: read within its bounds, and no more
 * of it than came, or not at all. */
#include "fuzz.h"
#include "in/upstream/sync_value.h"

static void check_info(struct arena *arena, const struct berval *value)
{
	struct sync_info info;

	if (!sync_info_read(arena, value, &info))
		return;
	must(info.kind <= SYNC_INFO_IDS);
	must(info.cookie.len + info.ids.len <= value->bv_len);
	must(info.has_cookie || info.cookie.len == 0);
	must(info.kind == SYNC_INFO_IDS ? info.ids.len % 16 == 0 : info.ids.len == 0);
}

static void check_state(struct arena *arena, const struct berval *value)
{
	struct sync_state state;

	if (!sync_state_read(arena, value, &state))
		return;
	must(state.cookie.len + sizeof(state.anchor.octets) <= value->bv_len);
	must(state.has_cookie || state.cookie.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	const struct berval value = { size, (char *)data };

	if (!arena)
		arena = arena_new();
	check_info(arena, &value);
	check_state(arena, &value);
	arena_reset(arena);
	return 0;
}
