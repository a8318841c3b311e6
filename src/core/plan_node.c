/* What a plan is made of, and what it costs. */
#include "core/plan_int.h"

#define PARTS_MAX 8 /* cursors that one AND keeps */
#define DEAR 16     /* a part that is so many times longer than the cheapest is tested instead */

struct plan *plan_new(const struct planner *planner, enum plan_type type, bool exact)
{
	struct plan *plan = arena_zalloc(planner->arena, sizeof *plan);
	plan->type = type;
	plan->exact = plan->counted = exact;
	return plan;
}

struct plan *plan_postings(const struct planner *planner, struct postings *postings, bool exact)
{
	struct plan *plan = plan_new(planner, PLAN_POSTINGS, exact);
	plan->postings = postings;
	return plan;
}

struct plan *plan_all(const struct planner *planner)
{
	struct plan *plan = plan_new(planner, PLAN_ALL, true);
	plan->postings =
		postings_all(planner->view->txn, planner->arena, planner->tenant, planner->kind);
	return plan;
}

struct plan *plan_none(const struct planner *planner)
{
	return plan_new(planner, PLAN_NONE, true);
}

struct plan *plan_one(const struct planner *planner, uint32_t number)
{
	struct plan *plan = plan_new(planner, number ? PLAN_ONE : PLAN_NONE, true);
	plan->at = number;
	return plan;
}

uint64_t plan_estimate(struct plan *plan)
{
	uint64_t sum = 0;
	switch (plan->type) {
	case PLAN_NONE:
		return 0;
	case PLAN_ONE:
		return 1;
	case PLAN_LIST:
		return plan->count;
	case PLAN_AND:
		return plan_estimate(plan->parts[0]);
	case PLAN_OR:
		for (size_t i = 0; i < plan->count; i++)
			sum += plan_estimate(plan->parts[i]);
		return sum;
	default:
		return postings_estimate(plan->postings);
	}
}

static int by_estimate(const void *left, const void *right)
{
	uint64_t a = plan_estimate(*(struct plan *const *)left);
	uint64_t b = plan_estimate(*(struct plan *const *)right);
	return a < b ? -1 : a > b;
}

struct plan *plan_and(const struct planner *planner, struct plan **parts, size_t count, bool exact)
{
	struct plan *plan = plan_new(planner, PLAN_AND, exact);
	if (!count)
		return plan_all(planner);
	if (count > 1)
		qsort(parts, count, sizeof *parts, by_estimate);
	uint64_t cheapest = count > 1 ? plan_estimate(parts[0]) : 0;
	plan->parts = parts;
	for (size_t i = 0; i < count; i++) {
		bool kept = i == 0 || (i < PARTS_MAX && plan_estimate(parts[i]) / DEAR <= cheapest);
		if (kept)
			parts[plan->count++] = parts[i];
		/* Every candidate's record is fetched: that it is of the kind needs no test. */
		plan->exact &= kept ? parts[i]->exact : parts[i]->type == PLAN_ALL;
		plan->counted &= kept && parts[i]->counted;
		if (!kept)
			plan_close(parts[i]);
	}
	plan->counted &= plan->exact;
	return plan->count == 1 && plan->exact == parts[0]->exact &&
			       plan->counted == parts[0]->counted
		       ? parts[0]
		       : plan;
}

void plan_close(struct plan *plan)
{
	if (plan->postings)
		postings_close(plan->postings);
	plan->postings = NULL;
	for (size_t i = 0; i < plan->count && plan->parts; i++)
		plan_close(plan->parts[i]);
}
