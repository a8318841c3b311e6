#include "in/upstream/range.h"

static bool read_bounds(struct span text, struct range *range)
{
	struct span first = span_cut(&text, '-');
	uint64_t from, to = 0;

	range->ends = span_equal(text, SPAN("*"));
	if (!span_to_u64(first, &from) || (!range->ends && !span_to_u64(text, &to)) ||
		from > INT32_MAX || to > INT32_MAX || (!range->ends && to < from))
		return false;
	range->first = (uint32_t)from;
	range->last = (uint32_t)to;
	return true;
}

bool range_read(struct span description, struct range *range)
{
	struct span rest = description;

	*range = (struct range){ .type = span_cut(&rest, ';') };
	while (rest.len > 0) {
		struct span option = span_cut(&rest, ';');
		if (!span_starts_nocase(option, SPAN("range=")))
			continue;
		if (range->ranged || !read_bounds(span_from(option, 6), range))
			return false;
		range->ranged = true;
	}
	return range->type.len > 0;
}

char *range_name(struct arena *arena, struct span type, uint32_t first)
{
	return arena_printf(arena, "%.*s;range=%u-*", SPAN_ARGS(type), (unsigned)first);
}
