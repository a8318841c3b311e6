#include "core/decide_int.h"

#include "model/value.h"

#define MISSING(id) ((uint32_t)1 << REASON_##id)
/* The level of those who administer one organization only. */
#define LEVEL_OF_ORGANIZATION 2

struct authority {
	struct moment moment;
	struct record person;
	struct held_roles roles;
	bool superuser, enabled;
	unsigned level;
	uint32_t impersonate; /* what is missing for users.impersonate */
	uint32_t assign, assign_any;
};

static uint32_t judge_own(
	struct view *view, const struct record *person, enum permission permission)
{
	struct ground ground;
	struct query query = { .tenant = person->tenant,
		.permission = span_str(permission_codename(permission)) };
	arena_reset(view->scratch);
	ground_lay(&ground, view, view->scratch, &query);
	return ground_judge(&ground, person->kind, person->number);
}

static unsigned level_of(const struct held_roles *roles)
{
	unsigned level = 1;
	for (size_t i = 0; i < roles->count; i++)
		if (role_level(&roles->records[i]) > level)
			level = role_level(&roles->records[i]);
	return level;
}

static bool is_superuser(const struct moment *moment, const struct record *person)
{
	return record_is_true(person, ATTR_FULL_ACCESS) &&
	       policy_of(moment->txn, moment->tenant, POLICY_FULL_ACCESS) == FULL_ACCESS_SUPERUSER;
}

enum err view_authority(struct view *view, struct arena *arena, const struct record *person,
	struct authority **authority, struct why *why)
{
	struct authority *made = arena_zalloc(arena, sizeof *made);
	made->moment = moment_of(view->txn, arena, person->tenant, NULL);
	made->person = *person;
	made->roles = held_roles(&made->moment, person->number);
	made->level = level_of(&made->roles);
	made->superuser = is_superuser(&made->moment, person);
	made->enabled = policy_of(view->txn, person->tenant, POLICY_IMPERSONATION) != 0;
	made->impersonate = judge_own(view, person, PERM_USERS_IMPERSONATE);
	made->assign = judge_own(view, person, PERM_ROLES_ASSIGN);
	made->assign_any = judge_own(view, person, PERM_ROLES_ASSIGN_ANY);
	enum err err = txn_error(view->txn, why);
	if (!err)
		*authority = made;
	return err;
}

static bool holds(const struct authority *authority, struct span codename)
{
	bool found = authority->superuser;
	for (size_t i = 0; !found && i < authority->roles.count; i++)
		found = record_has_permission(&authority->roles.records[i], codename);
	return found;
}

static bool is_within(const struct authority *authority, const struct record *role)
{
	bool within = true;
	for (size_t i = record_find(role, ATTR_PERMISSION); within && i < role->count; i++) {
		struct value value = record_row(role, i);
		if (value.attr != ATTR_PERMISSION)
			break;
		within = holds(authority, value.octets);
	}
	return within;
}

/* ---- roles ---- */

uint32_t authority_grant(const struct authority *authority, const struct record *role)
{
	uint64_t of_operator = permission_flagged(PERMISSION_OPERATOR);
	if (authority->moment.tenant != 0 && (permission_of_record(role) & of_operator))
		return MISSING(OF_OPERATOR);
	if (!authority->assign_any)
		return 0;
	return authority->assign | (is_within(authority, role) ? 0 : MISSING(BEYOND_OWN));
}

/* ---- people ---- */

static bool same_organization(const struct record *a, const struct record *b)
{
	struct span ours = record_first(a, ATTR_ORGANIZATION);
	return ours.len && value_equal(ATTR_ORGANIZATION, ours, record_first(b, ATTR_ORGANIZATION));
}

static bool holds_more(
	const struct authority *authority, const struct held_roles *roles, bool superuser)
{
	bool more = superuser && !authority->superuser;
	for (size_t i = 0; !more && i < roles->count; i++)
		more = !is_within(authority, &roles->records[i]);
	return more;
}

uint32_t authority_impersonate(
	const struct authority *authority, const struct record *other, bool acting)
{
	struct held_roles roles = held_roles(&authority->moment, other->number);
	uint32_t missing = authority->impersonate;
	if (!authority->enabled)
		missing |= MISSING(IMPERSONATION_OFF);
	if (uuid_equal(&authority->person.id, &other->id))
		missing |= MISSING(ONESELF);
	if (acting)
		missing |= MISSING(NESTED);
	if (!record_is_active(other))
		missing |= MISSING(INACTIVE);
	if (level_of(&roles) >= authority->level)
		missing |= MISSING(NOT_BELOW);
	if (holds_more(authority, &roles, is_superuser(&authority->moment, other)))
		missing |= MISSING(BEYOND_OWN);
	if (authority->level == LEVEL_OF_ORGANIZATION &&
		!same_organization(&authority->person, other))
		missing |= MISSING(OTHER_ORGANIZATION);
	return missing;
}
