#include "core/core_int.h"

static enum err allocate_source(struct run *run, const struct entry *before, struct entry *after)
{
	if (before)
		return OK;
	uint16_t source = txn_new_source(run->txn, run->command->tenant);
	return entry_set(after, ATTR_SOURCE_NUMBER, SOURCE_LOCAL,
		span_str(arena_printf(run->arena, "%u", (unsigned)source)), run->why);
}

static enum err check_type(struct run *run, const struct entry *client)
{
	static const char *const types[] = { "scim", "service", "api" };
	struct span type = entry_first(client, ATTR_CLIENT_TYPE);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (span_equal(type, span_str(types[i])))
			return OK;
	return fail(run->why, ERR_VALUE, attr_spelling(ATTR_CLIENT_TYPE),
		"a client is of type scim, service or api");
}

static bool differs(const struct entry *a, const struct entry *b, enum attr attr)
{
	return !span_equal(entry_first(a, attr), entry_first(b, attr));
}

enum err client_check(struct run *run, const struct entry *before, struct entry *after)
{
	/* Who brings in a new secret can be this client. */
	bool stolen = before && (differs(before, after, ATTR_TOKEN_DIGEST) ||
					differs(before, after, ATTR_PASSWORD));
	permission_sort(after);
	enum err err = plain_check(run, before, after);
	if (!err)
		err = check_type(run, after);
	if (!err)
		err = rights_grant_entry(run, stolen ? NULL : before, after);
	if (!err)
		err = catalogue_check(run, before, after);
	return err ? err : allocate_source(run, before, after);
}

/* Its mapping gives out roles without anybody's ceiling: who writes it must be free of one. */
enum err directory_check(struct run *run, const struct entry *before, struct entry *after)
{
	bool same = before ? entry_same_values(before, after, ATTR_GROUP_MAPPING)
			   : !entry_has(after, ATTR_GROUP_MAPPING);
	if (!same && !actor_may(run->actor, PERM_ROLES_ASSIGN_ANY))
		return fail(run->why, ERR_GRANT_CEILING, attr_spelling(ATTR_GROUP_MAPPING),
			"only who may assign any role maps groups to roles");
	enum err err = plain_check(run, before, after);
	return err ? err : allocate_source(run, before, after);
}
