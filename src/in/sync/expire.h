/* People whose time is over, by our own clock: no directory tells of a date that has come. The
 * supervisor's thread looks; a job need not run. */
#ifndef IN_SYNC_EXPIRE_H
#define IN_SYNC_EXPIRE_H

#include "base/arena.h"
#include "core/core.h"

#define EXPIRE_APART (2 * SECOND) /* between two looks */

/* Deactivates, in the name of its directory, each person whose expiry has come since `since` (wall
 * time) and whom the directory does not keep inactive already. The view is not begun. */
void expire_people(struct core *core, struct view *view, struct arena *arena, int64_t since);

#endif
