/* Reading the rows of a stored plan, page by page. */
#ifndef IN_SYNC_PLAN_READ_H
#define IN_SYNC_PLAN_READ_H

#include "core/core.h"
#include "in/sync/plan_row.h"

#define PLAN_CHUNK (16 * KIB) /* octets from which on a new one is begun */
#define PLANS_KEPT 50         /* of a directory */

/* The state row of a chunk: how many rows (4), then these. */
struct span plan_chunk_key(struct arena *arena, const struct uuid *plan, unsigned number);

struct plan_page {
	enum plan_action action; /* PLAN_ACTIONS: all */
	uint64_t limit;          /* counted down */
	uint64_t next;           /* the row to begin with; then the one to go on with */
	void (*each)(void *arg, uint64_t number, const struct plan_row *row);
	void *arg;
};

/* `more`: there is one behind the page that is wanted. The view is begun. */
enum err plan_read_rows(struct view *view, struct arena *arena, uint32_t tenant,
	const struct uuid *plan, struct plan_page *page, bool *more, struct why *why);

#endif
