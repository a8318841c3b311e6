#include "core/people.h"
#include "core/core_int.h"

#include "core/permission.h"

enum user_state record_user_state(const struct record *user)
{
	if (!record_is_active(user))
		return USER_INACTIVE;
	if (record_is_true(user, ATTR_INVITED) && !record_first(user, ATTR_PASSWORD).len)
		return USER_INVITED;
	return USER_ACTIVE;
}

const char *user_state_word(enum user_state state)
{
	static const char *const words[] = {
		[USER_ACTIVE] = "active", [USER_INVITED] = "invited", [USER_INACTIVE] = "inactive"
	};
	return words[state];
}

bool view_manager(struct view *view, const struct record *user, struct record *manager)
{
	return find_manager(view->txn, user, manager);
}

bool view_is_below(struct view *view, const struct record *user, uint32_t ancestor)
{
	return is_below(view->txn, user, ancestor);
}

/* ---- who sees whom ---- */

struct sight {
	struct txn *txn;
	uint32_t tenant, own; /* own: the actor's number, or 0 */
	bool all;             /* but for what follows */
	bool below;           /* those below `own` */
	bool living;
	uint32_t *higher; /* roles whose holders are hidden */
	size_t higher_count;
};

/* Roles are few; who holds one is then a look-up each. */
static void find_higher(struct sight *sight, struct arena *arena, unsigned level)
{
	uint32_t number = 0;
	size_t count = (size_t)txn_count(sight->txn, sight->tenant, KIND_ROLE);
	struct postings *roles = postings_all(sight->txn, arena, sight->tenant, KIND_ROLE);
	sight->higher = arena_array(arena, count + 1, sizeof *sight->higher);
	while (sight->higher_count < count && postings_next(roles, number, &number)) {
		struct record role;
		if (txn_entry(sight->txn, sight->tenant, KIND_ROLE, number, &role) &&
			role_level(&role) > level)
			sight->higher[sight->higher_count++] = number;
		if (++number == 0)
			break;
	}
	postings_close(roles);
}

static bool has_deleted(struct txn *txn, uint32_t tenant)
{
	uint32_t number;
	return txn_find_value(txn, tenant, KIND_USER, ATTR_DELETED, SPAN("TRUE"), &number);
}

static struct sight *find_sight(struct txn *txn, struct arena *arena, const struct actor *actor,
	uint32_t tenant, bool living)
{
	bool person = actor->type == ACTOR_USER && actor->tenant == tenant;
	struct sight sight = { .txn = txn, .tenant = tenant };
	sight.own = actor->kind == KIND_USER && actor->tenant == tenant ? actor->number : 0;
	sight.all = actor_may(actor, kind_rules(KIND_USER)->view);
	sight.living = living && has_deleted(txn, tenant);
	if (person && !sight.all)
		sight.below = policy_of(txn, tenant, POLICY_HIERARCHY) == HIERARCHY_SUBTREE;
	if (person && policy_of(txn, tenant, POLICY_LEVEL_VISIBILITY) == LEVELS_NOT_ABOVE)
		find_higher(
			&sight, arena, holder_level(txn, arena, tenant, KIND_USER, actor->number));
	if (sight.all && !sight.living && !sight.higher_count)
		return NULL;
	struct sight *result = arena_alloc(arena, sizeof *result);
	*result = sight;
	return result;
}

struct sight *view_sight(struct view *view, struct arena *arena, const struct actor *actor,
	uint32_t tenant, bool living)
{
	return find_sight(view->txn, arena, actor, tenant, living);
}

static bool stands_higher(const struct sight *sight, uint32_t number)
{
	struct edge edge;
	for (size_t i = 0; i < sight->higher_count; i++)
		if (txn_edge(sight->txn, sight->tenant, sight->higher[i], number, &edge))
			return true;
	return false;
}

bool sight_sees(const struct sight *sight, const struct record *record)
{
	if (!sight || record->kind != KIND_USER)
		return true;
	if (sight->living && record_is_true(record, ATTR_DELETED))
		return false;
	if (sight->own && record->number == sight->own)
		return true;
	if (!sight->all && !(sight->below && is_below(sight->txn, record, sight->own)))
		return false;
	return !stands_higher(sight, record->number);
}

bool sight_is_wide(const struct sight *sight)
{
	return sight->all || sight->below;
}

static bool is_deleted(const struct sight *sight, uint32_t number)
{
	struct record record;
	return txn_entry(sight->txn, sight->tenant, KIND_USER, number, &record) &&
	       record_is_true(&record, ATTR_DELETED);
}

bool sight_sees_member(const struct sight *sight, const struct edge *edge)
{
	if (!sight || edge->member_kind != KIND_USER || edge->member == sight->own)
		return true;
	return !(sight->living && is_deleted(sight, edge->member)) &&
	       !stands_higher(sight, edge->member);
}

static bool is_above(struct txn *txn, struct arena *arena, const struct actor *actor,
	uint32_t tenant, uint32_t user)
{
	if (actor->type != ACTOR_USER || actor->tenant != tenant || actor->number == user ||
		policy_of(txn, tenant, POLICY_LEVEL_VISIBILITY) != LEVELS_NOT_ABOVE)
		return false;
	return holder_level(txn, arena, tenant, KIND_USER, user) >
	       holder_level(txn, arena, tenant, KIND_USER, actor->number);
}

bool is_above_actor(const struct run *run, uint32_t user)
{
	return is_above(run->txn, run->arena, run->actor, run->command->tenant, user);
}

bool view_is_hidden(struct view *view, struct arena *arena, const struct actor *actor,
	const struct record *record)
{
	return record->kind == KIND_USER &&
	       is_above(view->txn, arena, actor, record->tenant, record->number);
}
