#include "core/core_int.h"

static bool is_built_in(const struct entry *role)
{
	return span_equal(entry_first(role, ATTR_BUILT_IN), SPAN("TRUE"));
}

static enum err read_only(struct run *run)
{
	return fail(run->why, ERR_ROLE_BUILTIN, NULL,
		"a built-in role cannot be changed or deleted; make a copy of it");
}

/* Not even who may assign any role gains by editing one of their own. */
static enum err check_own(struct run *run, const struct entry *before, const struct entry *role)
{
	struct edge edge;
	const struct value *value;
	const struct actor *actor = run->actor;
	if (actor->kind != KIND_USER || actor->tenant != role->tenant ||
		!txn_edge(run->txn, role->tenant, role->number, actor->number, &edge))
		return OK;
	for (size_t i = 0; (value = entry_value(role, ATTR_PERMISSION, i)); i++)
		if (!entry_has_permission(before, value->octets) &&
			!actor_holds(run, value->octets))
			return fail(run->why, ERR_FORBIDDEN, attr_spelling(ATTR_PERMISSION),
				"nobody adds permissions to a role that they hold");
	return OK;
}

static enum err check_level(struct run *run, const struct entry *before, const struct entry *after)
{
	uint64_t level;
	const struct actor *actor = run->actor;
	struct span text = entry_first(after, ATTR_LEVEL);
	if (!text.len || (before && span_equal(text, entry_first(before, ATTR_LEVEL))))
		return OK;
	if (!span_to_u64(text, &level) || level < 1 || level > LEVEL_MAX)
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_LEVEL),
			"a level is a number from 1 to %d", LEVEL_MAX);
	if (rights_is_free(actor) || level <= holder_level(run->txn, run->arena, actor->tenant,
						      actor->kind, actor->number))
		return OK;
	return fail(run->why, ERR_GRANT_CEILING, attr_spelling(ATTR_LEVEL),
		"nobody makes a role of a higher level than their own");
}

enum err role_check(struct run *run, const struct entry *before, struct entry *after)
{
	permission_sort(after);
	enum err err = plain_check(run, before, after);
	if (!err && run->actor->type != ACTOR_SYSTEM && is_built_in(before ? before : after))
		err = read_only(run);
	if (!err)
		err = check_level(run, before, after);
	if (!err)
		err = rights_grant_entry(run, before, after);
	/* Taking from all who hold the role is giving's other side. */
	if (!err && before)
		err = rights_grant_entry(run, after, before);
	if (!err)
		err = catalogue_check(run, before, after);
	return !err && before ? check_own(run, before, after) : err;
}

/* "3 people hold it: Ada, Bob, Eve" */
static enum err in_use(struct run *run, const struct entry *role, uint64_t count)
{
	char names[3 * 40 + 8] = "";
	size_t len = 0, named = 0;
	uint32_t member = 0;
	struct edge edge;
	struct postings *members =
		postings_members(run->txn, run->arena, run->command->tenant, role->number);
	while (named < 3 && postings_next(members, member, &member)) {
		if (postings_edge(members, &edge) && len < sizeof names)
			len += (size_t)snprintf(names + len, sizeof names - len, "%s%.*s",
				named++ ? ", " : "",
				(int)(edge.member_name.len < 40 ? edge.member_name.len : 40),
				(const char *)edge.member_name.data);
		if (++member == 0)
			break;
	}
	postings_close(members);
	return fail(run->why, ERR_ROLE_IN_USE, NULL, "the role is in use: %llu hold it: %s%s",
		(unsigned long long)count, names, count > named ? ", ..." : "");
}

enum err role_check_delete(struct run *run, const struct entry *entry)
{
	if (is_built_in(entry))
		return read_only(run);
	uint64_t count = txn_member_count(run->txn, run->command->tenant, entry->number);
	enum err err = ownership_check_delete(run, entry);
	return !err && count ? in_use(run, entry, count) : err;
}
