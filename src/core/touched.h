/* Which entries a change of the journal touches: those that it writes, and those that show
 * something of them (the containers of somebody who was renamed, the members of a group that was,
 * people who name somebody as manager). The other half of core/csn.h: every change that dates an
 * entry names it here. Resumes in a newer snapshot, which may name others: those are named again by
 * what came in between. */
#ifndef CORE_TOUCHED_H
#define CORE_TOUCHED_H

#include "core/view.h"

struct touched {
	enum kind kind;
	uint32_t number;
	struct uuid id;
	bool is_written; /* the change has the record before and after */
	bool is_gone;    /* and it is not there after */
	bool is_renamed;
	struct span before, after; /* records, borrowed from the change; or empty */
};

/* Where a walk over a change stands; zero: at the start. */
struct touched_place {
	size_t effect;
	unsigned step;
	uint32_t after; /* number of the last one of the step */
};

struct touched_walk;
struct touched_walk *view_touched(struct view *view, struct arena *arena,
	const struct change *change, const struct touched_place *place);
/* False at the end. An entry may be named more than once. */
bool touched_next(struct touched_walk *walk, struct touched *touched);
/* Resumes behind the one that was named last. */
void touched_place(const struct touched_walk *walk, struct touched_place *place);
void touched_close(struct touched_walk *walk);

#endif
