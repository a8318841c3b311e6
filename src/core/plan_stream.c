/* Candidates out of a plan, in rising order. */
#include "core/plan_int.h"

static bool next_and(struct plan *plan, uint32_t least, uint32_t *number)
{
	uint32_t candidate = least;
	for (size_t i = 0, agreed = 0; agreed < plan->count; i = (i + 1) % plan->count) {
		uint32_t found;
		if (!plan_next(plan->parts[i], candidate, &found))
			return false;
		agreed = found == candidate ? agreed + 1 : 1;
		candidate = found;
	}
	*number = candidate;
	return true;
}

static bool next_or(struct plan *plan, uint32_t least, uint32_t *number)
{
	bool any = false;
	for (size_t i = 0; i < plan->count; i++) {
		uint32_t found;
		if (plan_next(plan->parts[i], least, &found) && (!any || found < *number)) {
			*number = found;
			any = true;
		}
	}
	return any;
}

static bool next_in_list(const struct plan *plan, uint32_t least, uint32_t *number)
{
	size_t low = 0, high = plan->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (plan->list[middle] < least)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == plan->count)
		return false;
	*number = plan->list[low];
	return true;
}

static bool next_new(struct plan *plan, uint32_t least, uint32_t *number)
{
	switch (plan->type) {
	case PLAN_NONE:
		return false;
	case PLAN_AND:
		return next_and(plan, least, number);
	case PLAN_OR:
		return next_or(plan, least, number);
	case PLAN_LIST:
		return next_in_list(plan, least, number);
	default:
		return postings_next(plan->postings, least, number);
	}
}

/* The first candidate >= least; asking again for the same is free. */
bool plan_next(struct plan *plan, uint32_t least, uint32_t *number)
{
	if (plan->ended)
		return false;
	if (plan->type == PLAN_ONE || (plan->at && plan->at >= least)) {
		*number = plan->at;
		return plan->at >= least;
	}
	plan->ended = !next_new(plan, least, number);
	if (!plan->ended)
		plan->at = *number;
	return !plan->ended;
}

static bool is_leaf(const struct plan *plan)
{
	return plan->postings && plan->type != PLAN_AND && plan->type != PLAN_OR;
}

uint64_t plan_skip(struct plan *plan, uint32_t least, uint64_t n, uint32_t *last)
{
	uint64_t passed = 0;
	while (passed < n && least && plan_next(plan, least, last)) {
		passed++;
		least = *last + 1;
		if (!is_leaf(plan) || passed == n)
			continue;
		uint64_t more = postings_skip(plan->postings, least, n - passed, &plan->at);
		plan->ended = more < n - passed;
		*last = plan->at;
		passed += more;
		break;
	}
	return passed;
}
