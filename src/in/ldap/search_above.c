/* The entries above the containers: suffix, tenant, containers, one step each. */
#include "in/ldap/search_int.h"

/* Is the entry of the tree within the scope? `depth`: 0 suffix, 1 tenant, 2 container. */
static bool in_scope(const struct search_run *run, unsigned depth)
{
	unsigned base = run->place == PLACE_SUFFIX ? 0 : run->place == PLACE_TENANT ? 1 : 2;

	if (run->place == PLACE_ENTRY || run->place == PLACE_ROOT || depth < base)
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
			(run->place != PLACE_CONTAINER || run->kind == run->position.kind))
			return true;
	}
	return false;
}

/* One step of the stages before STAGE_ENTRIES. */
int search_step_above(struct search_run *run)
{
	struct target target = { .place = PLACE_SUFFIX };

	if (!special_can_match(run->filter)) {
		run->position = (struct position){ .stage = STAGE_ENTRIES };
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
		if (!in_scope(run, 2) || !next_container(run)) {
			run->position = (struct position){ .stage = STAGE_ENTRIES };
			return RESULT_SUCCESS;
		}
		target.place = PLACE_CONTAINER;
		target.kind = run->position.kind++;
		return search_offer_special(run, &target);
	}
}
