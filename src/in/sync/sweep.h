/* What directories left behind that are gone, when a kill or the end of their tenant came before
 * the end of their jobs. */
#ifndef IN_SYNC_SWEEP_H
#define IN_SYNC_SWEEP_H

#include "core/core.h"
#include "in/sync/sync.h"

/* Their plans, and what was remembered of them. Before the first job; no lock is held: it writes.
 */
void sweep_plans(struct sync *sync, struct view *view, struct arena *arena);
/* Files of their runs, under the lock. */
void sweep_files(const struct sync *sync, struct view *view);

#endif
