#include "core/core_int.h"

#include "core/approval_int.h"
#include "core/follow_int.h"

static int by_number(const void *left, const void *right)
{
	const struct wish *a = left, *b = right;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

bool wish_find(struct run *run, struct wish *wish, const struct uuid *id, bool remove, size_t order)
{
	wish->id = *id;
	wish->remove = remove;
	wish->order = order;
	return txn_find_id(run->txn, run->command->tenant, id, &wish->kind, &wish->number);
}

size_t wishes_settle(struct wish *wishes, size_t count)
{
	size_t kept = 0;
	qsort(wishes, count, sizeof *wishes, by_number);
	for (size_t i = 0; i < count; i++)
		if (i + 1 == count || wishes[i + 1].number != wishes[i].number)
			wishes[kept++] = wishes[i];
	return kept;
}

bool wishes_have(const struct wish *wishes, size_t count, uint32_t number, size_t *at)
{
	while (*at < count && wishes[*at].number < number)
		++*at;
	return *at < count && wishes[*at].number == number;
}

/* ---- who stands behind an edge ---- */

static bool is_directory(struct run *run, uint16_t source, struct span *reason)
{
	struct span name;
	if (!source_directory(run, run->command->tenant, source, &name))
		return false;
	*reason =
		span_str(arena_printf(run->arena, "owned by the directory %.*s", SPAN_ARGS(name)));
	return true;
}

static bool follows(struct run *run, uint16_t source, struct span *reason)
{
	struct record client;
	if (!source_client(run, run->command->tenant, source, &client))
		return false;
	*reason = span_str(arena_printf(run->arena, "it follows from what %.*s says",
		SPAN_ARGS(record_first(&client, ATTR_COMMON_NAME))));
	return true;
}

static bool may_release(struct run *run, uint16_t source, struct span *reason)
{
	const struct actor *actor = run->actor;
	if (source == actor->source)
		return true;
	if (actor->type == ACTOR_DIRECTORY)
		return false;
	if (source & SOURCE_FOLLOWS)
		return !follows(run, source & ~SOURCE_FOLLOWS, reason);
	if (is_directory(run, source, reason))
		return false;
	return actor->type != ACTOR_CLIENT || source == SOURCE_LOCAL;
}

/* Takes out the sources that this actor may speak for; *reason says why one stays. */
static size_t release_sources(struct run *run, struct edge *edge, struct span *reason)
{
	size_t kept = 0, before = edge->source_count;
	for (size_t i = 0; i < before; i++)
		if (!may_release(run, edge->sources[i], reason))
			edge->sources[kept++] = edge->sources[i];
	edge->source_count = kept;
	return before - kept;
}

static bool join_source(struct edge *edge, uint16_t source)
{
	size_t at = 0;
	while (at < edge->source_count && edge->sources[at] < source)
		at++;
	if ((at < edge->source_count && edge->sources[at] == source) ||
		edge->source_count == EDGE_SOURCES_MAX)
		return false;
	memmove(edge->sources + at + 1, edge->sources + at,
		(edge->source_count - at) * sizeof *edge->sources);
	edge->sources[at] = source;
	edge->source_count++;
	return true;
}

/* ---- deeds ---- */

static const char *edge_action(
	struct run *run, enum kind container, const struct edge *before, const struct edge *after)
{
	const char *verb = !before ? "added" : !after ? "removed" : "updated";
	return arena_printf(run->arena, "user.%s.%s", kind_row(container)->word, verb);
}

/* A role or a scope is given to a person: one row each. A group changes as a whole. */
static struct deed *deed_for(struct roster *m, const struct edge *before, const struct edge *after)
{
	struct run *run = m->run;
	const struct edge *edge = after ? after : before;
	if (m->container->kind == KIND_GROUP)
		return m->deed ? deed_with_room(run, m->deed)
			       : run_deed_on(run, "group.members.changed", m->container);
	struct deed *deed = run_deed(
		run, run->command->tenant, edge_action(run, m->container->kind, before, after));
	deed->target_kind = edge->member_kind;
	deed->target_id = edge->member_id;
	deed->target_name = edge->member_name;
	deed->edge_path = m->container->kind == KIND_ROLE ? "roles" : "scopes";
	deed->edge_name = entry_first(m->container, kind_row(m->container->kind)->naming);
	return deed;
}

static bool is_self(const struct run *run, const struct edge *edge)
{
	return run->actor->kind == KIND_USER && uuid_equal(&edge->member_id, &run->actor->id);
}

static enum err change_edge(struct roster *m, const struct edge *before, const struct edge *after)
{
	struct run *run = m->run;
	if (m->container->kind == KIND_ROLE && is_self(run, after ? after : before))
		return fail(run->why, ERR_FORBIDDEN, attr_spelling(ATTR_MEMBER),
			"nobody changes their own roles");
	m->gained += !before;
	m->lost += !after;
	m->deed = deed_for(m, before, after);
	deed_edge(run, m->deed, before, after);
	return OK;
}

struct member member_of(struct run *run, const struct record *record)
{
	return (struct member){ record->kind, record->number, record->id,
		arena_copy(run->arena, record_name(record)), record_has(record, ATTR_RDN) };
}

static enum err join_new(struct roster *m, const struct member *member, uint16_t source)
{
	struct run *run = m->run;
	struct edge *edge = arena_zalloc(run->arena, sizeof *edge);
	edge->container_kind = m->container->kind;
	edge->container = m->container->number;
	edge->container_id = m->container->id;
	edge->member_kind = member->kind;
	edge->member = member->number;
	edge->member_id = member->id;
	edge->since = run->now;
	edge->sources[0] = source;
	edge->source_count = 1;
	edge->member_name = member->name;
	edge->member_has_rdn = member->has_rdn;
	return change_edge(m, NULL, edge);
}

static void drop_source(struct edge *edge, uint16_t source)
{
	size_t kept = 0;
	for (size_t i = 0; i < edge->source_count; i++)
		if (edge->sources[i] != source)
			edge->sources[kept++] = edge->sources[i];
	edge->source_count = kept;
}

enum err membership_follow(struct roster *m, const struct member *member, const struct edge *before,
	uint16_t source, bool remove)
{
	if (!before)
		return remove ? OK : join_new(m, member, source);
	struct edge *after = arena_alloc(m->run->arena, sizeof *after);
	*after = *before;
	if (remove)
		drop_source(after, source);
	else if (!join_source(after, source))
		return OK;
	return change_edge(m, before, after->source_count ? after : NULL);
}

enum err membership_join(struct roster *m, const struct member *member)
{
	struct run *run = m->run;
	const struct edge *before = run_edge(run, m->container->number, member->number);
	enum err err = approval_need(run, m->container, member->number);
	if (err)
		return err;
	if (!before) {
		err = member->kind == KIND_GROUP
			      ? nesting_check(run, m->container->number, member->number)
			      : OK;
		return err ? err : join_new(m, member, run->actor->source);
	}
	/* Whoever sends back a group as it was shown says nothing new of what follows from its own
	 * claims. */
	if (run->actor->type == ACTOR_CLIENT &&
		edge_has_source(before, run->actor->source | SOURCE_FOLLOWS))
		return OK;
	struct edge *after = arena_alloc(run->arena, sizeof *after);
	*after = *before;
	return join_source(after, run->actor->source) ? change_edge(m, before, after) : OK;
}

enum err membership_leave(struct roster *m, uint32_t member, bool named)
{
	struct run *run = m->run;
	struct span reason = SPAN("the membership was given by another client");
	const struct edge *before = run_edge(run, m->container->number, member);
	if (!before)
		return OK;
	struct edge *after = arena_alloc(run->arena, sizeof *after);
	*after = *before;
	if (release_sources(run, after, &reason))
		return change_edge(m, before, after->source_count ? after : NULL);
	if (!named || run->actor->type == ACTOR_DIRECTORY)
		return OK;
	return fail(
		run->why, ERR_MUTABILITY, attr_spelling(ATTR_MEMBER), "%.*s", SPAN_ARGS(reason));
}

/* ---- what holds for all ways ---- */

enum err membership_grant(struct run *run, const struct entry *container)
{
	if (run->actor->type == ACTOR_DIRECTORY)
		return OK;
	if (container->kind == KIND_ROLE)
		return rights_grant_entry(run, NULL, container);
	return container->kind == KIND_SCOPE ? rights_grant_scope(run, container->number) : OK;
}

static size_t held(struct run *run, enum kind kind, uint32_t user)
{
	size_t count = 0;
	uint32_t number = 0;
	struct postings *all =
		postings_containers(run->txn, run->arena, run->command->tenant, user, kind);
	while (postings_next(all, number, &number)) {
		count++;
		if (++number == 0)
			break;
	}
	postings_close(all);
	return count;
}

static enum err settle_roles(struct run *run, size_t count, bool gained, bool created)
{
	uint32_t tenant = run->command->tenant;
	if (gained && count > 1 &&
		policy_of(run->txn, tenant, POLICY_ROLES_CARDINALITY) == ROLES_SINGLE)
		return fail(run->why, ERR_VALUE, "roles", "a person holds one role only here");
	if (!count &&
		(created ? actor_fills_forms(run->actor) : actor_is_interactive(run->actor)) &&
		policy_of(run->txn, tenant, POLICY_ROLES_REQUIRED))
		return fail(run->why, ERR_MISSING, "roles", "a person needs a role");
	return OK;
}

static bool has_full_access(struct run *run, uint32_t user)
{
	struct record record;
	uint32_t tenant = run->command->tenant;
	return policy_of(run->txn, tenant, POLICY_FULL_ACCESS) != FULL_ACCESS_OFF &&
	       run_entry_after(run, tenant, KIND_USER, user, &record) &&
	       record_is_true(&record, ATTR_FULL_ACCESS);
}

/* Without a scope a person sees everything or nothing. */
static enum err settle_scopes(struct run *run, uint32_t user, size_t count)
{
	if (count || has_full_access(run, user))
		return OK;
	if (policy_of(run->txn, run->command->tenant, POLICY_SCOPE_EMPTY_MEANS) !=
		EMPTY_MEANS_ALL) {
		run->outcome->warnings |= WARNING_NO_SCOPE;
		return OK;
	}
	return rights_grant_scope(run, 0);
}

enum err membership_settle(
	struct run *run, enum kind kind, uint32_t user, size_t gained, size_t lost, bool created)
{
	if ((!gained && !lost && !created) || (kind != KIND_ROLE && kind != KIND_SCOPE))
		return OK;
	size_t count = (created ? 0 : held(run, kind, user)) + gained - lost;
	return kind == KIND_ROLE ? settle_roles(run, count, gained > 0, created)
				 : settle_scopes(run, user, count);
}

enum err container_touch(
	struct run *run, struct deed *deed, struct span bytes, const struct entry *container)
{
	struct entry *after = entry_copy(run->arena, container);
	after->revision++;
	after->modified = run->now;
	return deed_entry(run, deed, bytes, after);
}

enum err membership_conclude(struct run *run, struct span bytes, const struct entry *entry)
{
	run_report(run, entry);
	if (!run->first)
		return OK;
	enum err err = container_touch(run, run->first, bytes, entry);
	run->outcome->revision++;
	run->outcome->modified = run->now;
	return err ? err : rules_last_admin(run);
}
