#include "core/core_int.h"

#include "base/limits.h"

/* What the command says about one member, by number. */
struct wish {
	uint32_t number;
	enum kind kind;
	struct uuid id;
	bool remove;
	size_t order;
};

struct membership {
	struct run *run;
	const struct entry *container;
	struct span name;
	struct wish *wishes;
	size_t count;
	struct deed *deed; /* of a group: one for many edges */
};

static bool may_be_member(enum kind container, enum kind member)
{
	return member == KIND_USER || (container == KIND_GROUP && member == KIND_GROUP);
}

static enum err resolve(struct membership *m, const struct member_delta *delta, size_t order)
{
	struct run *run = m->run;
	struct wish *wish = &m->wishes[m->count];
	wish->id = delta->id;
	wish->remove = delta->remove;
	wish->order = order;
	bool found =
		txn_find_id(run->txn, run->command->tenant, &delta->id, &wish->kind, &wish->number);
	if (!found && delta->remove)
		return OK;
	if (!found || (delta->kind != KIND_NONE && delta->kind != wish->kind))
		return fail(
			run->why, ERR_VALUE, attr_spelling(ATTR_MEMBER), "there is no such member");
	if (!may_be_member(m->container->kind, wish->kind))
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_MEMBER),
			"a %s does not hold a %s", kind_row(m->container->kind)->word,
			kind_row(wish->kind)->word);
	m->count++;
	return OK;
}

static int by_number(const void *left, const void *right)
{
	const struct wish *a = left, *b = right;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* Sorted by number, the last word on each. */
static enum err gather(struct membership *m)
{
	const struct command *command = m->run->command;
	m->wishes = arena_array(m->run->arena, command->member_count + 1, sizeof *m->wishes);
	for (size_t i = 0; i < command->member_count; i++) {
		enum err err = resolve(m, &command->members[i], i);
		if (err)
			return err;
	}
	qsort(m->wishes, m->count, sizeof *m->wishes, by_number);
	size_t kept = 0;
	for (size_t i = 0; i < m->count; i++)
		if (i + 1 == m->count || m->wishes[i + 1].number != m->wishes[i].number)
			m->wishes[kept++] = m->wishes[i];
	m->count = kept;
	return OK;
}

/* ---- who stands behind an edge ---- */

static bool may_release(struct run *run, uint16_t source, struct span *owner)
{
	const struct actor *actor = run->actor;
	if (source == actor->source)
		return true;
	if (actor->type == ACTOR_DIRECTORY)
		return false;
	if (source_directory(run, run->command->tenant, source, owner))
		return false;
	return actor->type != ACTOR_CLIENT || source == SOURCE_LOCAL;
}

/* Takes out the sources that this actor may speak for; *owner names one that stays. */
static size_t release_sources(struct run *run, struct edge *edge, struct span *owner)
{
	size_t kept = 0, before = edge->source_count;
	for (size_t i = 0; i < before; i++)
		if (!may_release(run, edge->sources[i], owner))
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
static struct deed *deed_for(
	struct membership *m, const struct edge *before, const struct edge *after)
{
	struct run *run = m->run;
	const struct edge *edge = after ? after : before;
	if (m->container->kind == KIND_GROUP) {
		if (!m->deed)
			m->deed = run_deed_on(run, "group.members.changed", m->container);
		return m->deed = deed_with_room(run, m->deed);
	}
	struct deed *deed = run_deed(
		run, run->command->tenant, edge_action(run, m->container->kind, before, after));
	deed->target_kind = edge->member_kind;
	deed->target_id = edge->member_id;
	deed->target_name = edge->member_name;
	deed->edge_path = m->container->kind == KIND_ROLE ? "roles" : "scopes";
	deed->edge_name = m->name;
	return deed;
}

static void change_edge(struct membership *m, const struct edge *before, const struct edge *after)
{
	deed_edge(m->run, deed_for(m, before, after), before, after);
}

static enum err add_new(struct membership *m, const struct wish *wish)
{
	struct run *run = m->run;
	struct record record;
	if (!txn_entry(run->txn, run->command->tenant, wish->kind, wish->number, &record))
		return fail(
			run->why, ERR_VALUE, attr_spelling(ATTR_MEMBER), "there is no such member");
	struct edge *edge = arena_zalloc(run->arena, sizeof *edge);
	edge->container_kind = m->container->kind;
	edge->container = m->container->number;
	edge->container_id = m->container->id;
	edge->member_kind = wish->kind;
	edge->member = wish->number;
	edge->member_id = wish->id;
	edge->since = run->now;
	edge->sources[0] = run->actor->source;
	edge->source_count = 1;
	edge->member_name =
		arena_copy(run->arena, record_first(&record, kind_row(wish->kind)->naming));
	change_edge(m, NULL, edge);
	return OK;
}

static enum err add(struct membership *m, const struct wish *wish)
{
	struct run *run = m->run;
	const struct edge *before = run_edge(run, m->container->number, wish->number);
	if (!before) {
		enum err err = wish->kind == KIND_GROUP
				       ? nesting_check(run, m->container->number, wish->number)
				       : OK;
		return err ? err : add_new(m, wish);
	}
	struct edge *after = arena_alloc(run->arena, sizeof *after);
	*after = *before;
	if (join_source(after, run->actor->source))
		change_edge(m, before, after);
	return OK;
}

static enum err drop(struct membership *m, uint32_t member, bool named)
{
	struct run *run = m->run;
	struct span owner = SPAN_NONE;
	const struct edge *before = run_edge(run, m->container->number, member);
	if (!before)
		return OK;
	struct edge *after = arena_alloc(run->arena, sizeof *after);
	*after = *before;
	if (release_sources(run, after, &owner)) {
		change_edge(m, before, after->source_count ? after : NULL);
		return OK;
	}
	if (!named || run->actor->type == ACTOR_DIRECTORY)
		return OK;
	if (owner.len)
		return fail(run->why, ERR_MUTABILITY, attr_spelling(ATTR_MEMBER),
			"owned by the directory %.*s", SPAN_ARGS(owner));
	return fail(run->why, ERR_MUTABILITY, attr_spelling(ATTR_MEMBER),
		"the membership was given by another client");
}

static bool is_wished(const struct membership *m, uint32_t number, size_t *at)
{
	while (*at < m->count && m->wishes[*at].number < number)
		++*at;
	return *at < m->count && m->wishes[*at].number == number;
}

static enum err drop_unnamed(struct membership *m)
{
	struct run *run = m->run;
	enum err err = OK;
	uint32_t member = 0;
	size_t at = 0;
	struct postings *members =
		postings_members(run->txn, run->arena, run->command->tenant, m->container->number);
	while (!err && postings_next(members, member, &member)) {
		if (!is_wished(m, member, &at))
			err = drop(m, member, false);
		if (++member == 0)
			break;
	}
	postings_close(members);
	return err;
}

static enum err check_role(struct membership *m)
{
	struct run *run = m->run;
	/* The system seeds and repairs; nobody else changes what they hold themselves. */
	for (size_t i = 0; run->actor->kind == KIND_USER && i < m->count; i++)
		if (uuid_equal(&m->wishes[i].id, &run->actor->id))
			return fail(run->why, ERR_FORBIDDEN, attr_spelling(ATTR_MEMBER),
				"nobody changes their own roles");
	if (run->actor->type == ACTOR_DIRECTORY)
		return OK;
	return rights_grant_entry(run, NULL, m->container);
}

enum err members_change(struct run *run, const struct entry *container)
{
	struct membership m = { .run = run, .container = container };
	m.name = entry_first(container, kind_row(container->kind)->naming);
	if (!kind_is_container(container->kind))
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_MEMBER), "a %s has no members",
			kind_row(container->kind)->word);
	enum err err = gather(&m);
	if (!err && container->kind == KIND_ROLE)
		err = check_role(&m);
	if (!err && run->command->replace_members)
		err = drop_unnamed(&m);
	for (size_t i = 0; !err && i < m.count; i++)
		err = m.wishes[i].remove ? drop(&m, m.wishes[i].number, true)
					 : add(&m, &m.wishes[i]);
	return err;
}

/* The container's revision tells clients that its members are others now. */
static enum err touch(struct run *run, struct span bytes, struct entry *container)
{
	struct entry *after = entry_copy(run->arena, container);
	after->revision++;
	after->modified = run->now;
	run->outcome->revision = after->revision;
	run->outcome->modified = after->modified;
	return deed_entry(run, run->first, bytes, after);
}

enum err command_members(struct run *run)
{
	struct span bytes;
	struct entry *container;
	enum err err = run_load(run, &bytes, &container);
	if (!err)
		err = members_change(run, container);
	if (err)
		return err;
	struct outcome *outcome = run->outcome;
	outcome->id = container->id;
	outcome->number = container->number;
	outcome->revision = container->revision;
	outcome->created = container->created;
	outcome->modified = container->modified;
	if (!run->first)
		return OK;
	err = touch(run, bytes, container);
	return err ? err : rules_last_admin(run);
}
