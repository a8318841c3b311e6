#include "in/sync/expire.h"

#include "base/clock.h"
#include "base/log.h"
#include "in/sync/sync_int.h"
#include "model/value.h"

#include <stdlib.h>

#define EXPIRE_AT_ONCE 1000 /* the others at the next look */

struct person {
	uint32_t tenant;
	struct uuid id;
	uint16_t source;
	struct actor directory;
};

struct expiring {
	struct person *people;
	size_t count;
};

static struct span normal_time(struct arena *arena, int64_t wall)
{
	char text[TIME_TEXT_MAX];

	return value_normal(arena, ATTR_ACCOUNT_EXPIRES,
		arena_copy(arena, span_of(text, time_format_generalized(wall, text))));
}

static bool find_directory(
	struct view *view, struct arena *arena, uint32_t tenant, struct person *person)
{
	struct span digits = span_str(arena_printf(arena, "%u", (unsigned)person->source));
	struct record record;

	return view_by_value(view, tenant, KIND_DIRECTORY, ATTR_SOURCE_NUMBER, digits, &record) &&
	       actor_directory(view, tenant, record.number, &person->directory, NULL) == OK;
}

static void take(struct view *view, struct arena *arena, const struct record *record,
	struct expiring *expiring)
{
	struct person *person = &expiring->people[expiring->count];
	size_t at = record_find(record, ATTR_ACCOUNT_EXPIRES);

	if (at == record->count || record_row(record, at).attr != ATTR_ACCOUNT_EXPIRES)
		return;
	person->tenant = record->tenant;
	person->id = record->id;
	person->source = record_row(record, at).source;
	if (!link_is_kept(record, person->source) &&
		find_directory(view, arena, record->tenant, person))
		expiring->count++;
}

static void find(struct view *view, struct arena *arena, uint32_t tenant, int64_t since,
	struct expiring *expiring)
{
	struct record record;
	struct range_walk *walk = view_range(view, arena, tenant, KIND_USER, ATTR_ACCOUNT_EXPIRES,
		normal_time(arena, since), normal_time(arena, clock_wall()));

	while (expiring->count < EXPIRE_AT_ONCE && range_walk_next(walk, &record))
		take(view, arena, &record, expiring);
	range_walk_close(walk);
}

static void set(struct arena *arena, struct modification *mod, enum attr attr, uint16_t source,
	struct span octets)
{
	struct value *value = arena_zalloc(arena, sizeof(*value));

	*value = (struct value){ attr, 0, source, octets };
	*mod = (struct modification){ .op = PATCH_REPLACE,
		.attr = attr,
		.source = source,
		.values = value,
		.count = 1,
		.own_only = true };
}

static void expire(struct core *core, struct arena *arena, const struct person *person)
{
	struct modification mods[3];
	struct command command = { .type = COMMAND_MODIFY,
		.tenant = person->tenant,
		.kind = KIND_USER,
		.id = person->id,
		.mods = mods,
		.mod_count = sizeof(mods) / sizeof(mods[0]),
		.reason = SPAN("expired") };
	struct outcome outcome;
	char id[UUID_TEXT + 1];

	uuid_format(&person->id, id);
	set(arena, &mods[0], ATTR_ACTIVE, person->source, SPAN("FALSE"));
	set(arena, &mods[1], ATTR_STATUS_REASON, person->source, SPAN("expired"));
	set(arena, &mods[2], ATTR_LINK_STATE, person->source,
		link_state(arena, person->source, ENTRY_EXPIRED));
	if (core_run(core, &person->directory, &command, &outcome) == OK)
		log_event(LOG_LEVEL_INFO, "sync.expired", L_INT("tenant", person->tenant),
			L_STR("directory", person->directory.name), L_STR("user", id));
	else
		log_event(LOG_LEVEL_WARNING, "sync.expired", L_INT("tenant", person->tenant),
			L_STR("directory", person->directory.name), L_STR("user", id),
			L_WHY(&outcome.why));
}

void expire_people(struct core *core, struct view *view, struct arena *arena, int64_t since)
{
	struct expiring expiring = { .count = 0 };
	struct tenant_info tenant;

	if (view_begin(view, NULL) != OK)
		return;
	expiring.people = heap_zalloc(EXPIRE_AT_ONCE * sizeof(*expiring.people));
	for (uint32_t least = 1; view_next_tenant(view, least, &tenant); least = tenant.number + 1)
		if (tenant.active && view_count(view, tenant.number, KIND_DIRECTORY) > 0)
			find(view, arena, tenant.number, since, &expiring);
	view_end(view);
	for (size_t i = 0; i < expiring.count; i++)
		expire(core, arena, &expiring.people[i]);
	free(expiring.people);
}
