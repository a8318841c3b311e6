#include "core/core_int.h"

#include "base/clock.h"

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

/* Operators come through the admin API and nowhere else. */
static enum err check_realm(struct run *run, const struct entry *client)
{
	if (run->command->tenant != 0 ||
		span_equal(entry_first(client, ATTR_CLIENT_TYPE), SPAN("api")))
		return OK;
	return fail(run->why, ERR_VALUE, attr_spelling(ATTR_CLIENT_TYPE),
		"the operator realm has clients of type api only");
}

static bool differs(const struct entry *a, const struct entry *b, enum attr attr)
{
	return !span_equal(entry_first(a, attr), entry_first(b, attr));
}

static enum err check_width(struct run *run, const struct entry *before, const struct entry *after)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(after, ATTR_PERMISSION, i)); i++)
		if (!(before && entry_has_permission(before, value->octets)) &&
			!actor_holds(run, value->octets))
			return fail(run->why, ERR_GRANT_CEILING, attr_spelling(ATTR_PERMISSION),
				"nobody makes a key that may do what they may not: %.*s",
				SPAN_ARGS(value->octets));
	return OK;
}

static enum err check_life(struct run *run, const struct entry *before, const struct entry *after)
{
	struct record maker;
	int64_t least, until;
	struct span text = entry_first(after, ATTR_EXPIRES);
	const struct actor *actor = run->actor;
	if (actor->kind != KIND_CLIENT ||
		(before && span_equal(text, entry_first(before, ATTR_EXPIRES))) ||
		!txn_entry(run->txn, actor->tenant, KIND_CLIENT, actor->number, &maker) ||
		!time_parse_generalized(record_first(&maker, ATTR_EXPIRES), &least) ||
		(time_parse_generalized(text, &until) && until <= least))
		return OK;
	return fail(run->why, ERR_GRANT_CEILING, attr_spelling(ATTR_EXPIRES),
		"a key makes none that outlives it");
}

/* Who may assign any role hands roles to people who answer for themselves; a key answers for
 * nobody, so that what its maker could not do stays out of its reach. It belongs to the company: it
 * stays when its maker leaves. */
static enum err check_maker(struct run *run, const struct entry *before, const struct entry *after)
{
	if (actor_is_unbound(run->actor))
		return OK;
	enum err err = check_width(run, before, after);
	return err ? err : check_life(run, before, after);
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
		err = check_realm(run, after);
	if (!err)
		err = rights_grant_entry(run, stolen ? NULL : before, after);
	if (!err)
		err = check_maker(run, stolen ? NULL : before, after);
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
