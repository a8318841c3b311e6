#include "core/core_int.h"

#include "base/limits.h"
#include "core/follow_int.h"
#include "model/target.h"
#include "model/value.h"

#define GROUPS_MAX 1000 /* above one person */

void wishlist_add(struct arena *arena, struct wishlist *list, const struct wanted *wanted)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->rows[i].container == wanted->container) {
			list->rows[i].claimed |= wanted->claimed;
			list->rows[i].mapped |= wanted->mapped;
			return;
		}
	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 8;
		struct wanted *grown = arena_array(arena, capacity, sizeof *grown);
		if (list->count)
			memcpy(grown, list->rows, list->count * sizeof *grown);
		list->rows = grown;
		list->capacity = capacity;
	}
	list->rows[list->count++] = *wanted;
}

const struct wanted *wishlist_find(const struct wishlist *list, uint32_t container)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->rows[i].container == container)
			return &list->rows[i];
	return NULL;
}

bool record_has_mapping(const struct record *client)
{
	return record_first(client, ATTR_GROUP_MAPPING).len > 0;
}

bool container_by_text(struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind,
	struct span text, struct record *record)
{
	struct uuid id;
	enum kind found;
	uint32_t number;
	struct span normal = value_normal(arena, ATTR_COMMON_NAME, text);
	if (txn_find_value(txn, tenant, kind, ATTR_COMMON_NAME, normal, &number))
		return txn_entry(txn, tenant, kind, number, record);
	return uuid_parse(text, &id) && txn_find_id(txn, tenant, &id, &found, &number) &&
	       found == kind && txn_entry(txn, tenant, kind, number, record);
}

/* ---- the groups above a person ---- */

struct ascent {
	const struct run *run;
	uint16_t source;
	uint32_t groups[GROUPS_MAX];
	unsigned heights[GROUPS_MAX];
	size_t count;
};

static bool has_seen(const struct ascent *ascent, uint32_t group)
{
	for (size_t i = 0; i < ascent->count; i++)
		if (ascent->groups[i] == group)
			return true;
	return false;
}

static void climb(struct ascent *ascent, uint32_t member, unsigned height)
{
	struct edge edge;
	size_t count;
	const uint32_t *groups = run_containers_after(ascent->run, member, KIND_GROUP, &count);
	for (size_t i = 0; i < count && ascent->count < GROUPS_MAX; i++)
		if (!has_seen(ascent, groups[i]) &&
			run_edge_after(ascent->run, groups[i], member, &edge) &&
			edge_has_source(&edge, ascent->source)) {
			ascent->groups[ascent->count] = groups[i];
			ascent->heights[ascent->count++] = height;
		}
}

/* ---- rows ---- */

static bool is_named(const struct record *group, struct span text)
{
	struct uuid id;
	return value_equal(ATTR_COMMON_NAME, text, record_first(group, ATTR_COMMON_NAME)) ||
	       (uuid_parse(text, &id) && uuid_equal(&id, &group->id));
}

static void collect_group(const struct run *run, const struct record *client,
	const struct record *group, struct wishlist *list)
{
	struct target target;
	struct record container;
	for (size_t i = record_find(client, ATTR_GROUP_MAPPING); i < client->count; i++) {
		struct value row = record_row(client, i);
		if (row.attr != ATTR_GROUP_MAPPING)
			break;
		if (target_parse(row.octets, &target) && is_named(group, target.group) &&
			container_by_text(run->txn, run->arena, run->command->tenant, target.kind,
				target.name, &container))
			wishlist_add(run->arena, list,
				&(struct wanted){ .kind = target.kind,
					.container = container.number,
					.mapped = true });
	}
}

void mapping_collect(
	const struct run *run, const struct record *client, uint32_t user, struct wishlist *list)
{
	uint64_t source = 0;
	struct record group;
	if (!record_has_mapping(client) ||
		!span_to_u64(record_first(client, ATTR_SOURCE_NUMBER), &source))
		return;
	struct ascent *ascent = arena_alloc(run->arena, sizeof *ascent);
	ascent->run = run;
	ascent->source = (uint16_t)source;
	ascent->count = 0;
	climb(ascent, user, 1);
	for (size_t i = 0; i < ascent->count; i++)
		if (ascent->heights[i] <= LIMIT_NESTING)
			climb(ascent, ascent->groups[i], ascent->heights[i] + 1);
	for (size_t i = 0; i < ascent->count; i++)
		if (run_entry_after(
			    run, run->command->tenant, KIND_GROUP, ascent->groups[i], &group))
			collect_group(run, client, &group, list);
}

/* ---- what must be allowed first ---- */

uint64_t role_power(const struct record *role)
{
	const uint64_t seeing = UINT64_C(1) << PERM_USERS_VIEW | UINT64_C(1) << PERM_ROLES_VIEW;
	return permission_of_record(role) & permission_flagged(PERMISSION_ADMINISTRATION) & ~seeing;
}

void actor_of_client(struct run *run, const struct record *client, struct actor *actor)
{
	uint64_t source = 0;
	struct span name = record_first(client, ATTR_COMMON_NAME);
	span_to_u64(record_first(client, ATTR_SOURCE_NUMBER), &source);
	*actor = *run->actor;
	actor->type = ACTOR_CLIENT;
	actor->kind = KIND_CLIENT;
	actor->tenant = client->tenant;
	actor->number = client->number;
	actor->id = client->id;
	actor->source = (uint16_t)source;
	actor->permissions = permission_of_holder(run->txn, run->arena, client->tenant, client);
	snprintf(actor->name, sizeof actor->name, "%.*s", SPAN_ARGS(name));
}

static bool is_beyond(struct run *run, const struct record *client, const struct record *role)
{
	struct actor actor;
	struct why why = { 0 }, *told = run->why;
	const struct actor *asking = run->actor;
	actor_of_client(run, client, &actor);
	run->actor = &actor;
	run->why = &why;
	bool beyond = (!actor_may(&actor, PERM_ROLES_ASSIGN) &&
			      !actor_may(&actor, PERM_ROLES_ASSIGN_ANY)) ||
		      rights_grant_entry(run, NULL, record_entry(run->arena, role));
	run->actor = asking;
	run->why = told;
	return beyond;
}

enum err follow_is_held(struct run *run, const struct record *client,
	const struct record *container, const struct wanted *wanted, bool *held)
{
	struct span approval = record_first(client, ATTR_APPROVAL);
	*held = span_equal(approval, SPAN("all"));
	if (container->kind != KIND_ROLE)
		return OK;
	if (permission_of_record(container) & permission_flagged(PERMISSION_OPERATOR))
		return fail(run->why, ERR_GRANT_CEILING, attr_spelling(ATTR_ROLE_CLAIM),
			"a role with an operator's permission is never given inside a tenant");
	*held |= !span_equal(approval, SPAN("never")) && role_power(container) != 0;
	*held |= !wanted->mapped && is_beyond(run, client, container);
	return OK;
}
