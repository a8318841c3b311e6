#include "base/limits.h"
#include "core/conflict.h"
#include "core/view.h"

struct conflict_tally conflict_tally(
	struct view *view, struct arena *arena, uint32_t tenant, const struct uuid *source)
{
	struct conflict_tally tally = { 0 };
	struct record conflict;

	for (uint32_t number = 0; view_next_by_value(view, arena, tenant, KIND_CONFLICT,
		     ATTR_CONFLICT_SOURCE, uuid_span(source), number, &conflict);
		number = conflict.number + 1) {
		struct span state = record_first(&conflict, ATTR_CONFLICT_STATE);
		if (span_equal(state, SPAN("open")))
			tally.open++;
		else if (span_equal(state, span_str(resolution_state(RESOLUTION_IGNORE))))
			tally.ignored++;
		else if (!span_equal(state, SPAN("closed")))
			tally.settled++;
	}
	return tally;
}
