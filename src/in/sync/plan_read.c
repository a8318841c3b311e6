#include "in/sync/plan_read.h"
#include "base/codec.h"

struct span plan_chunk_key(struct arena *arena, const struct uuid *plan, unsigned number)
{
	char id[UUID_TEXT + 1];

	uuid_format(plan, id);
	return span_str(arena_printf(arena, "plan/%s/%u", id, number));
}

/* Rows of one chunk from `at` (its own count) on; returns how many it has. */
static uint32_t read_chunk(struct span octets, struct plan_page *page, uint64_t first, bool *more,
	enum err *err, struct why *why)
{
	struct reader in = reader_of(octets);
	uint32_t rows = read_u32(&in);
	struct plan_row row;

	*err = OK;
	if (first + rows <= page->next)
		return rows;
	struct span rest = span_from(octets, 4);
	for (uint64_t at = first; plan_row_read(&rest, &row, err, why); at++) {
		if (at < page->next)
			continue;
		if (page->action == PLAN_ACTIONS || page->action == row.action) {
			if (page->limit == 0) {
				*more = true;
				break;
			}
			page->limit--;
			page->each(page->arg, at, &row);
		}
		page->next = at + 1;
	}
	return rows;
}

enum err plan_read_rows(struct view *view, struct arena *arena, uint32_t tenant,
	const struct uuid *plan, struct plan_page *page, bool *more, struct why *why)
{
	struct span octets;
	uint64_t first = 0;
	enum err err = OK;

	*more = false;
	for (unsigned number = 0; !err && !*more; number++) {
		if (!view_state(view, tenant, plan_chunk_key(arena, plan, number), &octets))
			break;
		first += read_chunk(octets, page, first, more, &err, why);
	}
	return err ? err : view_error(view, why);
}
