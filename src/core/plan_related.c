/* Entries that others lead to: by membership, through others, or by a reference. */
#include "core/plan_int.h"

#define RELATED_MAX 64       /* entries that lead to candidates */
#define CHAIN_GROUPS_MAX 64  /* groups whose members are candidates together */
#define RELATED_EXAMINED 256 /* of those that a part of the filter may hold for and does not */

/* Of the leaf's numbers those of the kind are candidates, or their members. */
struct plan *plan_chain(const struct planner *planner, const struct filter *filter)
{
	if (!(attr_row(filter->attr)->kinds >> planner->kind & 1) || !filter->chain_count)
		return plan_none(planner);
	if (filter->attr != ATTR_MEMBER_OF) {
		struct plan *plan = plan_new(planner, PLAN_LIST, true);
		plan->counted = false;
		plan->list = filter->chain;
		plan->count = filter->chain_count;
		return plan;
	}
	if (filter->chain_count > CHAIN_GROUPS_MAX)
		return NULL;
	struct plan *plan = plan_new(planner, PLAN_OR, true);
	plan->counted = false;
	plan->count = filter->chain_count;
	plan->parts = arena_array(planner->arena, plan->count, sizeof *plan->parts);
	for (size_t i = 0; i < plan->count; i++)
		plan->parts[i] = plan_postings(planner,
			postings_members(planner->view->txn, planner->arena, planner->tenant,
				filter->chain[i]),
			true);
	return plan;
}

static struct plan *plan_leading(
	const struct planner *planner, enum attr lead, enum kind kind, uint32_t number)
{
	struct record record;
	struct txn *txn = planner->view->txn;
	switch (lead) {
	case ATTR_MEMBER_OF:
		return plan_postings(planner,
			postings_members(txn, planner->arena, planner->tenant, number), false);
	case ATTR_MEMBER:
		return plan_postings(planner,
			postings_containers(
				txn, planner->arena, planner->tenant, number, planner->kind),
			false);
	default:
		if (!txn_entry(txn, planner->tenant, kind, number, &record))
			return plan_none(planner);
		return plan_postings(planner,
			postings_equal(txn, planner->arena, planner->tenant, planner->kind, lead,
				arena_copy(planner->arena, uuid_span(&record.id))),
			false);
	}
}

/* Adds those of one kind for which the part may hold. False: there are too many to look at. */
static bool add_leading(const struct planner *planner, const struct filter *filter, enum kind kind,
	struct plan *any)
{
	uint32_t number = 1;
	unsigned examined = 0;
	bool few = true;
	struct plan *plan =
		plan_make(planner->view, planner->arena, planner->tenant, kind, filter->parts[0]);
	for (; few && number && plan_next(plan, number, &number); number++) {
		struct record record;
		if (!txn_entry(planner->view->txn, planner->tenant, kind, number, &record) ||
			filter_test(filter->parts[0], &record, NULL) == TRUTH_FALSE)
			few = ++examined < RELATED_EXAMINED;
		else if (any->count == RELATED_MAX)
			few = false;
		else
			any->parts[any->count++] =
				plan_leading(planner, filter->attr, kind, number);
	}
	plan_close(plan);
	return few;
}

struct plan *plan_related(const struct planner *planner, const struct filter *filter)
{
	const struct attr_row *row = attr_row(filter->attr);
	if (!(row->kinds >> planner->kind & 1))
		return plan_none(planner);
	if (!(row->flags & ATTR_COMPUTED) && !(row->index & INDEX_EQUALITY))
		return NULL;
	struct plan *any = plan_new(planner, PLAN_OR, false);
	any->parts = arena_array(planner->arena, RELATED_MAX, sizeof *any->parts);
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
		if (filter->kinds >> kind & 1 && !add_leading(planner, filter, kind, any)) {
			plan_close(any);
			return NULL;
		}
	return any;
}
