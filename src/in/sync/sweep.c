#include "in/sync/sweep.h"

#include "base/log.h"
#include "in/sync/sync_int.h"

#include <stdlib.h>

#define AT_ONCE 500 /* of a tenant; the next start takes the rest */

struct stray {
	uint32_t tenant, directory;
	struct uuid plan;
};

struct strays {
	struct stray rows[AT_ONCE];
	size_t count;
};

/* Of the directory: the last word but one of a plan's name, as plan.c makes it. */
static uint32_t number_of(const struct record *plan)
{
	struct span name = record_first(plan, ATTR_COMMON_NAME);
	uint64_t number = 0;
	size_t end = name.len;

	while (end > 0 && name.data[end - 1] != ' ')
		end--;
	size_t at = end > 0 ? --end : 0;
	while (at > 0 && name.data[at - 1] != ' ')
		at--;
	return span_to_u64(span_of(name.data + at, end - at), &number) && number <= UINT32_MAX
		       ? (uint32_t)number
		       : 0;
}

static void look_at_plan(struct view *view, const struct record *plan, struct strays *strays)
{
	struct span of = record_first(plan, ATTR_PLAN_DIRECTORY);
	struct record directory;
	struct uuid id;

	if (!uuid_from_octets(of, &id) || strays->count == AT_ONCE)
		return;
	if (view_by_id(view, plan->tenant, &id, &directory))
		return;
	strays->rows[strays->count++] = (struct stray){ plan->tenant, number_of(plan), plan->id };
}

static void look_at_tenant(
	struct view *view, struct arena *arena, uint32_t tenant, struct strays *strays)
{
	struct search_spec spec = { .tenant = tenant, .kinds = 1u << KIND_PLAN };
	struct why why = { 0 };
	struct actor reader;
	struct search *search;
	struct record record;
	unsigned budget = UINT32_MAX;

	actor_system(&reader, CHANNEL_SYNC);
	spec.actor = &reader;
	if (search_open(view, arena, &spec, &search, &why) != OK)
		return;
	while (search_next(search, &budget, &record) == STEP_FOUND)
		look_at_plan(view, &record, strays);
	search_close(search);
}

static void remove_plan(struct core *core, const struct stray *stray)
{
	const struct command command = { .type = COMMAND_DELETE,
		.tenant = stray->tenant,
		.kind = KIND_PLAN,
		.id = stray->plan };
	struct outcome outcome;
	struct actor keeper;

	actor_system(&keeper, CHANNEL_SYNC);
	if (core_run(core, &keeper, &command, &outcome) != OK)
		log_event(LOG_LEVEL_WARNING, "sync.sweep", L_INT("tenant", stray->tenant),
			L_WHY(&outcome.why));
}

void sweep_plans(struct sync *sync, struct view *view, struct arena *arena)
{
	struct strays *strays = heap_zalloc(sizeof(*strays));
	struct tenant_info tenant;
	struct why why = { 0 };

	if (view_begin(view, &why) == OK) {
		for (uint32_t least = 1; view_next_tenant(view, least, &tenant);
			least = tenant.number + 1)
			if (!tenant.erasing)
				look_at_tenant(view, arena, tenant.number, strays);
		/* What could not be read is not gone. */
		if (view_error(view, &why) != OK)
			strays->count = 0;
		view_end(view);
	}
	for (size_t i = 0; i < strays->count; i++) {
		const struct stray *stray = &strays->rows[i];
		remove_plan(sync->core, stray);
		if (stray->directory > 0)
			history_forget(sync->core, stray->tenant, stray->directory);
	}
	free(strays);
	arena_reset(arena);
}
