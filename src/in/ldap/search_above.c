/* The entries above the containers: suffix, tenant, containers, one step each. */
#include "in/ldap/search_int.h"

/* Is the entry of the tree within the scope? `depth`: 0 suffix, 1 tenant, 2 container. */
static bool in_scope(const struct search_run *run, unsigned depth)
{
	unsigned base = run->place == PLACE_SUFFIX ? 0 : run->place == PLACE_TENANT ? 1 : 2;

	if (run->place == PLACE_ENTRY || run->place == PLACE_POINTER || run->place == PLACE_ROOT ||
		depth < base || (depth == base && run->request.without_base))
		return false;
	switch (run->request.scope) {
	case SCOPE_BASE:
		return depth == base;
	case SCOPE_ONE:
		return depth == base + 1;
	default:
		return true;
	}
}

/* The next container kind from position.kind on that the base includes. */
static bool next_container(struct search_run *run)
{
	for (; run->position.kind < KIND_COUNT; run->position.kind++) {
		const struct kind_row *row = kind_row(run->position.kind);

		if (row && row->ou &&
			((in_scope(run, 2) && (run->place != PLACE_CONTAINER ||
						      run->kind == run->position.kind)) ||
				run->detour.containers >> run->position.kind & 1))
			return true;
	}
	return false;
}

/* Behind those above; an ascending walk had the entries before. */
static enum stage next_stage(const struct search_run *run)
{
	bool had = run->sorting && run->sorting->walks && !run->sorting->by[0].reverse;

	return had ? STAGE_END : STAGE_ENTRIES;
}

int search_step_above(struct search_run *run)
{
	struct target target = { .place = PLACE_SUFFIX };

	if (!special_can_match(run->filter)) {
		run->position = (struct position){ .stage = next_stage(run) };
		return RESULT_SUCCESS;
	}
	switch (run->position.stage) {
	case STAGE_SUFFIX:
		run->position.stage = STAGE_TENANT;
		return in_scope(run, 0) ? search_offer_special(run, &target) : RESULT_SUCCESS;
	case STAGE_TENANT:
		target.place = PLACE_TENANT;
		run->position.stage = STAGE_CONTAINERS;
		run->position.kind = KIND_NONE + 1;
		return in_scope(run, 1) ? search_offer_special(run, &target) : RESULT_SUCCESS;
	default:
		if (!next_container(run)) {
			run->position = (struct position){ .stage = next_stage(run) };
			return RESULT_SUCCESS;
		}
		target.place = PLACE_CONTAINER;
		target.kind = run->position.kind++;
		return search_offer_special(run, &target);
	}
}

enum { NUMBER_SUFFIX = 1, NUMBER_TENANT, NUMBER_CONTAINERS };

uint32_t search_special_number(const struct target *target)
{
	switch (target->place) {
	case PLACE_SUFFIX:
		return NUMBER_SUFFIX;
	case PLACE_TENANT:
		return NUMBER_TENANT;
	default:
		return NUMBER_CONTAINERS + target->kind;
	}
}

struct target search_special_target(uint32_t number)
{
	struct target target = { .place = PLACE_SUFFIX };

	if (number == NUMBER_TENANT)
		target.place = PLACE_TENANT;
	if (number >= NUMBER_CONTAINERS)
		target = (struct target){ .place = PLACE_CONTAINER,
			.kind = (enum kind)(number - NUMBER_CONTAINERS) };
	return target;
}
