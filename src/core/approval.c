#include "core/approval_int.h"

#include "base/codec.h"
#include "core/core_int.h"
#include "core/follow_int.h"
#include "core/permission_int.h"
#include "model/grant.h"
#include "model/target.h"
#include "model/value.h"

#define GROUPS_MAX 1000 /* above one person */

bool directory_by_source(struct run *run, uint16_t source, struct record *directory)
{
	uint32_t number, tenant = run->command->tenant;
	if (source == SOURCE_LOCAL || source == SOURCE_DERIVED || (source & SOURCE_FOLLOWS))
		return false;
	return find_source_number(run->txn, tenant, KIND_DIRECTORY, source, &number) &&
	       run_entry_after(run, tenant, KIND_DIRECTORY, number, directory);
}

/* ---- the groups that may give it ---- */

struct approving {
	struct run *run;
	uint16_t source;
	const struct record *directory;
	struct grant asked;          /* but for the group */
	uint32_t groups[GROUPS_MAX]; /* those above the person */
	size_t count;
};

static bool is_link(const struct approving *a, struct span link, struct uuid *anchor)
{
	return uuid_from_octets(span_from(link, 2), anchor) && get_be16(link.data) == a->source;
}

static bool covers(const struct approving *a, const struct uuid *anchor)
{
	struct grant grant, asked = a->asked;
	asked.anchor = *anchor;
	for (size_t i = record_find(a->directory, ATTR_GRANT_APPROVED); i < a->directory->count;
		i++) {
		struct value value = record_row(a->directory, i);
		if (value.attr != ATTR_GRANT_APPROVED)
			break;
		if (grant_parse(value.octets, &grant) && grant_covers(&grant, &asked))
			return true;
	}
	return false;
}

static bool is_approved(const struct approving *a, uint32_t number)
{
	struct record group;
	struct uuid anchor;
	if (!run_entry_after(a->run, a->run->command->tenant, KIND_GROUP, number, &group))
		return false;
	for (size_t i = record_find(&group, ATTR_LINK); i < group.count; i++) {
		struct value link = record_row(&group, i);
		if (link.attr != ATTR_LINK)
			break;
		if (is_link(a, link.octets, &anchor) && covers(a, &anchor))
			return true;
	}
	return false;
}

/* Only through members that the directory itself has put there. */
static void climb(struct approving *a, uint32_t member)
{
	size_t count;
	struct edge edge;
	const uint32_t *above = run_containers_after(a->run, member, KIND_GROUP, &count);
	for (size_t i = 0; i < count && a->count < GROUPS_MAX; i++) {
		bool known = false;
		for (size_t k = 0; k < a->count && !known; k++)
			known = a->groups[k] == above[i];
		if (!known && run_edge_after(a->run, above[i], member, &edge) &&
			edge_has_source(&edge, a->source))
			a->groups[a->count++] = above[i];
	}
}

bool approval_allows(
	struct run *run, const struct record *directory, const struct record *role, uint32_t user)
{
	uint64_t source, power = role_power(role);
	if (!power)
		return true;
	if (!span_to_u64(record_first(directory, ATTR_SOURCE_NUMBER), &source) ||
		!record_has(directory, ATTR_GRANT_APPROVED))
		return false;
	struct approving *a = arena_zalloc(run->arena, sizeof *a);
	*a = (struct approving){ .run = run,
		.source = (uint16_t)source,
		.directory = directory,
		.asked = { .role = role->id, .power = power } };
	climb(a, user);
	for (size_t i = 0; i < a->count; i++) {
		if (is_approved(a, a->groups[i]))
			return true;
		climb(a, a->groups[i]);
	}
	return false;
}

enum err approval_need(struct run *run, const struct entry *role, uint32_t user)
{
	struct record record, directory;
	if (run->actor->type != ACTOR_DIRECTORY || role->kind != KIND_ROLE)
		return OK;
	if (run_entry_after(run, run->command->tenant, KIND_ROLE, role->number, &record) &&
		directory_by_source(run, run->actor->source, &directory) &&
		approval_allows(run, &directory, &record, user))
		return OK;
	return fail(run->why, ERR_FORBIDDEN, attr_spelling(ATTR_MEMBER),
		"no administrator has approved that a group of this person gives the role %.*s",
		SPAN_ARGS(entry_first(role, ATTR_COMMON_NAME)));
}

/* ---- what lets people do something else by now ---- */

struct span approval_mark_key(struct arena *arena, const struct uuid *directory)
{
	char id[UUID_TEXT + 1];
	uuid_format(directory, id);
	return span_str(arena_printf(arena, "approval/%s", id));
}

static bool maps_to(const struct record *directory, const struct record *role)
{
	struct target target;
	for (size_t i = record_find(directory, ATTR_GROUP_MAPPING); i < directory->count; i++) {
		struct value row = record_row(directory, i);
		if (row.attr != ATTR_GROUP_MAPPING)
			break;
		if (target_parse(row.octets, &target) && target.kind == KIND_ROLE &&
			value_equal(ATTR_COMMON_NAME, target.name,
				record_first(role, ATTR_COMMON_NAME)))
			return true;
	}
	return false;
}

void approval_mark(struct run *run, const struct record *role)
{
	uint32_t number = 0, tenant = run->command->tenant;
	struct record directory;
	struct postings *all = postings_all(run->txn, run->arena, tenant, KIND_DIRECTORY);
	while (postings_next(all, number, &number)) {
		if (txn_entry(run->txn, tenant, KIND_DIRECTORY, number, &directory) &&
			maps_to(&directory, role))
			run_state(run, approval_mark_key(run->arena, &directory.id),
				span_str(arena_printf(run->arena, "%lld", (long long)run->now)));
		if (++number == 0)
			break;
	}
	postings_close(all);
}
