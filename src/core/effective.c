#include "core/decide_int.h"

struct held_roles held_roles(const struct moment *moment, uint32_t user)
{
	struct held_roles roles = { .count = 0 };
	uint32_t role = 0;
	size_t most = 0;
	struct walk *held = walk_containers(moment, user, KIND_ROLE);
	while (walk_next(held, role + 1, &role))
		most++;
	walk_close(held);
	roles.records = arena_array(moment->arena, most + 1, sizeof *roles.records);
	role = 0;
	held = walk_containers(moment, user, KIND_ROLE);
	while (roles.count < most && walk_next(held, role + 1, &role))
		roles.count += moment_entry(moment, KIND_ROLE, role, &roles.records[roles.count]);
	walk_close(held);
	return roles;
}

static void tell_granting(
	struct arena *arena, const struct held_roles *roles, struct effective *row)
{
	row->role_count = 0;
	row->roles = arena_array(arena, roles->count + 1, sizeof *row->roles);
	for (size_t i = 0; i < roles->count; i++)
		if (record_has_permission(&roles->records[i], row->permission.codename))
			row->roles[row->role_count++] = (struct named){ roles->records[i].id,
				record_first(&roles->records[i], ATTR_COMMON_NAME) };
}

static bool judge_row(struct arena *arena, const struct record *holder,
	const struct held_roles *roles, bool all, struct effective *row)
{
	tell_granting(arena, roles, row);
	row->granted = GRANTED_NOT;
	if (row->role_count)
		row->granted = GRANTED_BY_ROLES;
	else if (holder->kind == KIND_CLIENT &&
		 record_has_permission(holder, row->permission.codename))
		row->granted = GRANTED_BY_LIST;
	else if (all)
		row->granted = GRANTED_BY_FULL_ACCESS;
	return row->granted != GRANTED_NOT;
}

static bool is_superuser(struct view *view, const struct record *holder)
{
	return record_is_true(holder, ATTR_FULL_ACCESS) &&
	       view_policy(view, holder->tenant, POLICY_FULL_ACCESS) == FULL_ACCESS_SUPERUSER;
}

enum err view_effective(struct view *view, struct arena *arena, const struct record *holder,
	struct effective **list, size_t *count, struct why *why)
{
	size_t most = 0, found = 0;
	struct permission_info info;
	struct moment now = moment_of(view->txn, arena, holder->tenant, NULL);
	struct held_roles roles = held_roles(&now, holder->number);
	bool all = is_superuser(view, holder);
	struct permission_walk *walk = view_permissions(view, arena, holder->tenant);
	while (permission_walk_next(walk, &info))
		most++;
	permission_walk_close(walk);
	struct effective *rows = arena_array(arena, most + 1, sizeof *rows);
	walk = view_permissions(view, arena, holder->tenant);
	while (found < most && permission_walk_next(walk, &rows[found].permission))
		found += judge_row(arena, holder, &roles, all, &rows[found]);
	permission_walk_close(walk);
	enum err err = txn_error(view->txn, why);
	if (err)
		return err;
	*list = rows;
	*count = found;
	return OK;
}
