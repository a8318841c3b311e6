#include "core/core_int.h"

/* Admins are counted as they would be after the deeds that are prepared and not yet applied. */

static const struct effect *find_entry(const struct run *run, enum kind kind, uint32_t number)
{
	for (const struct deed *deed = run->first; deed; deed = deed->next)
		for (size_t i = 0; i < deed->count && deed->tenant == run->command->tenant; i++)
			if (deed->effects[i].type == EFFECT_ENTRY &&
				deed->effects[i].kind == kind && deed->effects[i].number == number)
				return &deed->effects[i];
	return NULL;
}

static bool loses_edge(const struct run *run, uint32_t container, uint32_t member)
{
	for (const struct deed *deed = run->first; deed; deed = deed->next)
		for (size_t i = 0; i < deed->count; i++) {
			const struct effect *effect = &deed->effects[i];
			if (effect->type == EFFECT_EDGE && effect->number == container &&
				effect->member == member)
				return !effect->after.len;
		}
	return false;
}

static bool is_admin_role(struct span octets)
{
	struct record record;
	uint64_t administration = permission_flagged(PERMISSION_ADMINISTRATION);
	return octets.len && record_open(octets, &record, NULL) == OK &&
	       (permission_of_record(&record) & administration) == administration;
}

static bool is_active_user(struct span octets)
{
	struct record record;
	return octets.len && record_open(octets, &record, NULL) == OK && record_is_active(&record);
}

/* The entry's octets before or after the deeds. */
static struct span octets_of(const struct run *run, enum kind kind, uint32_t number, bool after)
{
	struct record record;
	const struct effect *effect = after ? find_entry(run, kind, number) : NULL;
	if (effect)
		return effect->after;
	if (!txn_entry(run->txn, run->command->tenant, kind, number, &record))
		return SPAN_NONE;
	return record.bytes;
}

static bool role_has_admin(const struct run *run, uint32_t role, bool after)
{
	bool found = false;
	uint32_t member = 0;
	struct postings *members =
		postings_members(run->txn, run->arena, run->command->tenant, role);
	while (!found && postings_next(members, member, &member)) {
		found = is_active_user(octets_of(run, KIND_USER, member, after)) &&
			!(after && loses_edge(run, role, member));
		if (++member == 0)
			break;
	}
	postings_close(members);
	return found;
}

static bool makes_admin(const struct run *run, const struct effect *effect)
{
	return effect->type == EFFECT_EDGE && effect->kind == KIND_ROLE && effect->after.len &&
	       is_admin_role(octets_of(run, KIND_ROLE, effect->number, true)) &&
	       is_active_user(octets_of(run, KIND_USER, effect->member, true));
}

static bool deeds_make_admin(const struct run *run)
{
	for (const struct deed *deed = run->first; deed; deed = deed->next)
		for (size_t i = 0; i < deed->count; i++)
			if (makes_admin(run, &deed->effects[i]))
				return true;
	return false;
}

static bool has_admin(const struct run *run, bool after)
{
	bool found = after && deeds_make_admin(run);
	uint32_t role = 0;
	struct postings *roles =
		postings_all(run->txn, run->arena, run->command->tenant, KIND_ROLE);
	while (!found && postings_next(roles, role, &role)) {
		found = is_admin_role(octets_of(run, KIND_ROLE, role, after)) &&
			role_has_admin(run, role, after);
		if (++role == 0)
			break;
	}
	postings_close(roles);
	return found;
}

static bool is_admin(const struct run *run, uint32_t user)
{
	bool found = false;
	uint32_t role = 0;
	struct postings *held =
		postings_containers(run->txn, run->arena, run->command->tenant, user, KIND_ROLE);
	while (!found && postings_next(held, role, &role)) {
		found = is_admin_role(octets_of(run, KIND_ROLE, role, false));
		if (++role == 0)
			break;
	}
	postings_close(held);
	return found;
}

static bool may_lose_admin(const struct run *run, const struct effect *effect)
{
	if (effect->type == EFFECT_EDGE)
		return effect->kind == KIND_ROLE && !effect->after.len &&
		       is_admin_role(octets_of(run, KIND_ROLE, effect->number, false));
	if (effect->type != EFFECT_ENTRY || !effect->before.len)
		return false;
	if (effect->kind == KIND_ROLE)
		return is_admin_role(effect->before) && !is_admin_role(effect->after);
	return effect->kind == KIND_USER && is_active_user(effect->before) &&
	       !is_active_user(effect->after) && is_admin(run, effect->number);
}

enum err rules_last_admin(struct run *run)
{
	bool loss = false;
	if (run->command->tenant == 0)
		return OK;
	for (const struct deed *deed = run->first; deed && !loss; deed = deed->next)
		for (size_t i = 0; i < deed->count && !loss; i++)
			loss = may_lose_admin(run, &deed->effects[i]);
	if (!loss || has_admin(run, true) || !has_admin(run, false))
		return OK;
	return fail(run->why, ERR_LAST_ADMIN, NULL,
		"the last active Admin must stay: give somebody else the role first");
}
