#include "in/sync/locate.h"

#include "in/sync/sync_int.h"

#include <stdlib.h>

#define SECONDS 60

struct locating {
	struct arena *arena;
	struct located *rows;
	size_t count, answered;
};

/* The answers come in the order of the questions. */
static void take(void *with, const struct row *row)
{
	struct locating *l = with;

	if (row->type != FRAME_LOCATED || l->answered == l->count ||
		!uuid_equal(&row->anchor, &l->rows[l->answered].anchor))
		return;
	struct located *located = &l->rows[l->answered++];
	located->found = row->dn.len > 0;
	located->is_listed = located->found && row->state == ENTRY_ACTIVE;
	located->dn = arena_copy(l->arena, row->dn);
}

enum err locate_anchors(struct sync *sync, const struct settings *settings, struct arena *arena,
	struct located *rows, size_t count, struct enquiry_end *end, struct why *why)
{
	struct locating l = { .arena = arena, .rows = rows, .count = count };
	const struct enquiry enquiry = {
		.task = TASK_LOCATE, .seconds = SECONDS, .take = take, .with = &l
	};
	struct order *order = heap_zalloc(sizeof(*order));
	uint8_t *anchors = heap_zalloc(count * 16 + 1);

	for (size_t i = 0; i < count; i++)
		memcpy(anchors + 16 * i, rows[i].anchor.octets, 16);
	settings_order(settings, order);
	order->anchors = span_of(anchors, 16 * count);
	enum err err = enquiry_run(sync, settings, order, &enquiry, end, why);
	if (!err && l.answered != count) {
		end->failure = FAILURE_PROTOCOL;
		err = fail(why, ERR_UNAVAILABLE, NULL, "not all who were looked for were answered");
	}
	free(anchors);
	free(order);
	return err;
}
