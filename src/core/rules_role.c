#include "core/core_int.h"

static bool is_built_in(const struct entry *role)
{
	return span_equal(entry_first(role, ATTR_BUILT_IN), SPAN("TRUE"));
}

static enum err read_only(struct run *run)
{
	return fail(run->why, ERR_MUTABILITY, NULL,
		"a built-in role cannot be changed or deleted; make a copy of it");
}

static enum err check_codenames(struct run *run, const struct entry *role)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(role, ATTR_PERMISSION, i)); i++)
		if (!permission_is_codename(value->octets))
			return fail(run->why, ERR_VALUE, attr_spelling(ATTR_PERMISSION),
				"a permission is named like users.view");
	return OK;
}

/* Not even who may assign any role gains by editing one of their own. */
static enum err check_own(struct run *run, const struct entry *role, uint64_t added)
{
	struct edge edge;
	const struct actor *actor = run->actor;
	if (actor->kind == KIND_USER && (added & ~actor->permissions) &&
		txn_edge(run->txn, run->command->tenant, role->number, actor->number, &edge))
		return fail(run->why, ERR_FORBIDDEN, attr_spelling(ATTR_PERMISSION),
			"nobody adds permissions to a role that they hold");
	return OK;
}

enum err role_check(struct run *run, const struct entry *before, struct entry *after)
{
	enum err err = plain_check(run, before, after);
	if (!err && run->actor->type != ACTOR_SYSTEM && is_built_in(before ? before : after))
		err = read_only(run);
	if (!err)
		err = check_codenames(run, after);
	if (err)
		return err;
	bool unknown, unknown_before = false;
	uint64_t held = before ? permission_of_entry(before, &unknown_before) : 0;
	uint64_t added = permission_of_entry(after, &unknown) & ~held;
	err = rights_grant(run, added, unknown && !unknown_before);
	return !err && before ? check_own(run, after, added) : err;
}

enum err role_check_delete(struct run *run, const struct entry *entry)
{
	if (is_built_in(entry))
		return read_only(run);
	uint64_t count = txn_member_count(run->txn, run->command->tenant, entry->number);
	if (count)
		return fail(run->why, ERR_CONFLICT, NULL,
			"the role is in use: %llu members hold it", (unsigned long long)count);
	return OK;
}
