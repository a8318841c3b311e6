#include "core/core_int.h"

/* Nobody hands out, or takes from others, what they do not hold themselves. */

bool rights_is_free(const struct actor *actor)
{
	return actor_is_unbound(actor) || actor_may(actor, PERM_ROLES_ASSIGN_ANY);
}

/* A personal token may say less than its owner may do. */
static bool token_allows(const struct run *run, struct span codename)
{
	struct record client;
	const struct actor *actor = run->actor;
	return actor->kind != KIND_USER || !actor->entrance.client ||
	       (txn_entry(
			run->txn, actor->tenant, KIND_CLIENT, actor->entrance.client, &client) &&
		       (!record_first(&client, ATTR_PERMISSION).len ||
			       record_has_permission(&client, codename)));
}

bool actor_holds(const struct run *run, struct span codename)
{
	const struct actor *actor = run->actor;
	uint64_t mask = permission_mask(codename);
	if (mask)
		return (actor->permissions & mask) != 0;
	return token_allows(run, codename) && holder_has(run->txn, run->arena, actor->tenant,
						      actor->kind, actor->number, codename);
}

enum err rights_grant(const struct run *run, struct span codename)
{
	const struct permission_row *row = permission_row(permission_canonical(codename));
	if (row && (row->flags & PERMISSION_OPERATOR) && run->command->tenant != 0)
		return fail(run->why, ERR_GRANT_CEILING, attr_spelling(ATTR_PERMISSION),
			"an operator's permission is never granted inside a tenant: %s",
			(const char *)row->codename.data);
	if (rights_is_free(run->actor) || actor_holds(run, codename))
		return OK;
	return fail(run->why, ERR_GRANT_CEILING, attr_spelling(ATTR_PERMISSION),
		"nobody hands out a permission that they do not hold: %.*s", SPAN_ARGS(codename));
}

enum err rights_grant_entry(
	const struct run *run, const struct entry *before, const struct entry *after)
{
	enum err err = OK;
	const struct value *value;
	for (size_t i = 0; !err && (value = entry_value(after, ATTR_PERMISSION, i)); i++)
		if (!before || !entry_has_permission(before, value->octets))
			err = rights_grant(run, value->octets);
	return err;
}

static enum err grant_record(const struct run *run, const struct record *record)
{
	enum err err = OK;
	for (size_t i = record_find(record, ATTR_PERMISSION); !err && i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr != ATTR_PERMISSION)
			break;
		err = rights_grant(run, value.octets);
	}
	return err;
}

/* ---- data ---- */

static bool is_in_scope(const struct run *run, uint32_t scope)
{
	struct edge edge;
	return scope && txn_edge(run->txn, run->actor->tenant, scope, run->actor->number, &edge);
}

static bool has_a_scope(struct run *run)
{
	uint32_t scope;
	struct postings *held = postings_containers(
		run->txn, run->arena, run->actor->tenant, run->actor->number, KIND_SCOPE);
	bool found = postings_next(held, 0, &scope);
	postings_close(held);
	return found;
}

/* Whether full access passes over something for the actor. */
static bool actor_has_full_access(const struct run *run)
{
	struct record record;
	const struct actor *actor = run->actor;
	return policy_of(run->txn, actor->tenant, POLICY_FULL_ACCESS) != FULL_ACCESS_OFF &&
	       actor->kind == KIND_USER &&
	       txn_entry(run->txn, actor->tenant, KIND_USER, actor->number, &record) &&
	       record_is_true(&record, ATTR_FULL_ACCESS);
}

bool actor_sees_everything(struct run *run)
{
	const struct actor *actor = run->actor;
	if (rights_is_free(actor) || actor->kind != KIND_USER ||
		actor->tenant != run->command->tenant || actor_has_full_access(run))
		return true;
	return policy_of(run->txn, actor->tenant, POLICY_SCOPE_EMPTY_MEANS) == EMPTY_MEANS_ALL &&
	       !has_a_scope(run);
}

enum err rights_grant_scope(struct run *run, uint32_t scope)
{
	if (is_in_scope(run, scope) || actor_sees_everything(run))
		return OK;
	return fail(run->why, ERR_GRANT_CEILING, "scopes",
		scope ? "nobody hands out a scope that they do not have"
		      : "without a scope a person sees more than who decides it");
}

enum err rights_grant_full_access(const struct run *run)
{
	if (rights_is_free(run->actor) || actor_has_full_access(run))
		return OK;
	return fail(run->why, ERR_GRANT_CEILING, attr_spelling(ATTR_FULL_ACCESS),
		"nobody hands out full access that they do not hold");
}

/* ---- whole people ---- */

static bool passes_over_permissions(const struct run *run, const struct entry *user)
{
	return span_equal(entry_first(user, ATTR_FULL_ACCESS), SPAN("TRUE")) &&
	       policy_of(run->txn, run->command->tenant, POLICY_FULL_ACCESS) ==
		       FULL_ACCESS_SUPERUSER;
}

enum err rights_grant_holder(const struct run *run, const struct entry *user)
{
	enum err err = OK;
	uint32_t role = 0, tenant = run->command->tenant;
	struct record record;
	if (rights_is_free(run->actor))
		return OK;
	if (passes_over_permissions(run, user) && !actor_has_full_access(run))
		return fail(run->why, ERR_GRANT_CEILING, attr_spelling(ATTR_FULL_ACCESS),
			"the person has full access, and who changes them has not");
	struct postings *held =
		postings_containers(run->txn, run->arena, tenant, user->number, KIND_ROLE);
	while (!err && postings_next(held, role, &role)) {
		if (txn_entry(run->txn, tenant, KIND_ROLE, role, &record))
			err = grant_record(run, &record);
		if (++role == 0)
			break;
	}
	postings_close(held);
	return err;
}
