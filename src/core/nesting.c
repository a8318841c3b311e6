#include "core/core_int.h"

#include "base/limits.h"

/* Groups in groups: no circle, not deeper than LIMIT_NESTING. Levels are walked breadth first, each
 * group once. */

#define GROUPS_SEEN_MAX 10000

struct seen {
	uint32_t *numbers;
	size_t count, capacity;
};

static void grow(struct run *run, struct seen *seen)
{
	size_t capacity = seen->capacity ? 2 * seen->capacity : 16;
	uint32_t *numbers = arena_array(run->arena, capacity, sizeof *numbers);
	if (seen->count)
		memcpy(numbers, seen->numbers, seen->count * sizeof *numbers);
	seen->numbers = numbers;
	seen->capacity = capacity;
}

static void see(struct run *run, struct seen *seen, uint32_t number)
{
	for (size_t i = 0; i < seen->count; i++)
		if (seen->numbers[i] == number)
			return;
	if (seen->count == GROUPS_SEEN_MAX)
		return;
	if (seen->count == seen->capacity)
		grow(run, seen);
	seen->numbers[seen->count++] = number;
}

static void see_parents(struct run *run, struct seen *seen, uint32_t group)
{
	uint32_t parent = 0;
	struct postings *held =
		postings_containers(run->txn, run->arena, run->command->tenant, group, KIND_GROUP);
	while (postings_next(held, parent, &parent)) {
		see(run, seen, parent);
		if (++parent == 0)
			break;
	}
	postings_close(held);
}

static void see_children(struct run *run, struct seen *seen, uint32_t group)
{
	struct edge edge;
	uint32_t member = 0;
	struct postings *members =
		postings_members(run->txn, run->arena, run->command->tenant, group);
	while (postings_next(members, member, &member)) {
		if (postings_edge(members, &edge) && edge.member_kind == KIND_GROUP)
			see(run, seen, member);
		if (++member == 0)
			break;
	}
	postings_close(members);
}

typedef void (*see_next)(struct run *run, struct seen *seen, uint32_t group);

/* How many levels lie on that side of the group; *meets when `other` is among them. */
static unsigned levels(struct run *run, uint32_t group, see_next next, uint32_t other, bool *meets)
{
	struct seen seen = { NULL, 0, 0 };
	unsigned depth = 0;
	size_t level = 0, end = 1;
	see(run, &seen, group);
	while (depth <= LIMIT_NESTING) {
		for (size_t i = level; i < end; i++)
			next(run, &seen, seen.numbers[i]);
		if (seen.count == end)
			break;
		level = end;
		end = seen.count;
		depth++;
	}
	*meets = false;
	for (size_t i = 0; i < seen.count; i++)
		*meets |= seen.numbers[i] == other;
	return depth;
}

enum err nesting_check(struct run *run, uint32_t container, uint32_t member)
{
	bool circle, ignored;
	unsigned above = levels(run, container, see_parents, member, &circle);
	if (circle)
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_MEMBER),
			"a group cannot contain itself, not even through others");
	unsigned below = levels(run, member, see_children, container, &ignored);
	if (above + 1 + below > LIMIT_NESTING)
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_MEMBER),
			"groups are nested at most %d deep", LIMIT_NESTING);
	return OK;
}
