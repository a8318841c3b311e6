#include "core/plan_int.h"

/* A plan gives candidates in rising order out of the indexes: an AND leapfrogs over its cheapest
 * parts, an OR merges. What the indexes cannot answer is left to the test of the record. */

static struct plan *plan_node(const struct planner *planner, const struct filter *filter);

/* Every candidate is of the planner's kind: that it is needs no part of the plan. */
static bool is_of_kind(const struct planner *planner, const struct filter *filter)
{
	return filter->op == FILTER_KIND && filter->kinds >> planner->kind & 1;
}

/* Nothing holds: what was planned beside it is not needed. */
static struct plan *give_up(struct plan *none, struct plan **parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		plan_close(parts[i]);
	return none;
}

static struct plan *plan_conjunction(const struct planner *planner, const struct filter *filter)
{
	struct plan **parts = arena_array(planner->arena, filter->part_count + 1, sizeof *parts);
	size_t count = 0;
	bool exact = true;
	for (size_t i = 0; i < filter->part_count; i++) {
		if (is_of_kind(planner, filter->parts[i]))
			continue;
		struct plan *part = plan_node(planner, filter->parts[i]);
		if (part && part->type == PLAN_NONE)
			return give_up(part, parts, count);
		if (part)
			parts[count++] = part;
		exact &= part != NULL;
	}
	if (!count && !exact)
		return NULL;
	return plan_and(planner, parts, count, exact);
}

static struct plan *plan_disjunction(const struct planner *planner, const struct filter *filter)
{
	struct plan *plan = plan_new(planner, PLAN_OR, true);
	plan->parts = arena_array(planner->arena, filter->part_count + 1, sizeof *plan->parts);
	for (size_t i = 0; i < filter->part_count; i++) {
		struct plan *part = plan_node(planner, filter->parts[i]);
		if (!part) {
			plan_close(plan);
			return NULL;
		}
		if (part->type == PLAN_NONE)
			continue;
		plan->parts[plan->count++] = part;
		plan->exact &= part->exact;
		plan->counted &= part->counted;
	}
	return plan->count == 1 ? plan->parts[0] : plan;
}

/* NULL: only a walk of the kind answers it. */
static struct plan *plan_node(const struct planner *planner, const struct filter *filter)
{
	struct plan *plan;
	switch (filter->op) {
	case FILTER_AND:
		return plan_conjunction(planner, filter);
	case FILTER_OR:
		return plan_disjunction(planner, filter);
	case FILTER_EQUAL:
		return plan_equal(planner, filter);
	case FILTER_PRESENT:
		return plan_present(planner, filter);
	case FILTER_SUBSTRING:
		return plan_substring(planner, filter);
	case FILTER_SAME_INSTANCE:
		plan = plan_node(planner, filter->parts[0]);
		if (plan)
			plan->exact = plan->counted = false;
		return plan;
	case FILTER_KIND:
		return is_of_kind(planner, filter) ? plan_all(planner) : plan_none(planner);
	case FILTER_RELATED:
		return plan_related(planner, filter);
	case FILTER_IN_CHAIN:
		return plan_chain(planner, filter);
	case FILTER_IN_DN:
		return filter->kinds >> planner->kind & 1 ? plan_all(planner)
							  : plan_node(planner, filter->parts[0]);
	case FILTER_UNDEFINED:
		return plan_none(planner);
	default:
		return NULL;
	}
}

struct plan *plan_make(struct view *view, struct arena *arena, uint32_t tenant, enum kind kind,
	const struct filter *filter)
{
	struct planner planner = { view, arena, tenant, kind };
	struct plan *plan = filter ? plan_node(&planner, filter) : plan_all(&planner);
	if (plan)
		return plan;
	plan = plan_all(&planner);
	plan->exact = plan->counted = false;
	return plan;
}

bool plan_is_exact(const struct plan *plan)
{
	return plan->exact;
}

bool plan_is_counted(const struct plan *plan)
{
	return plan->counted;
}

bool plan_is_all(const struct plan *plan)
{
	return plan->type == PLAN_ALL && plan->exact;
}
