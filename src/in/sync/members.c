#include "in/sync/sync_int.h"

#include <stdlib.h>

void members_add(struct members *members, uint32_t number, enum kind kind, const struct uuid *id)
{
	if (members->count == members->capacity) {
		members->capacity = members->capacity ? members->capacity * 2 : 64;
		members->rows =
			heap_grow(members->rows, members->capacity * sizeof(*members->rows));
	}
	members->rows[members->count++] = (struct member){ number, kind, *id };
}

bool members_is_ours(struct job *job, const struct edge *edge)
{
	for (size_t i = 0; i < edge->source_count; i++)
		if (edge->sources[i] == job->settings.source)
			return true;
	return false;
}

void members_load(struct job *job, uint32_t container, struct members *members)
{
	struct edge edge;
	struct member_walk *walk = view_members(job->view, job->arena, job->tenant, container, 0);

	while (member_walk_next(walk, &edge))
		if (members_is_ours(job, &edge))
			members_add(members, edge.member, edge.member_kind, &edge.member_id);
	member_walk_close(walk);
}

struct deltas *deltas_new(struct job *job, bool roles)
{
	struct deltas *deltas = heap_zalloc(sizeof(*deltas));
	struct sync_counts *counts = &job->run.counts;

	deltas->added = roles ? &counts->roles_added : &counts->members_added;
	deltas->removed = roles ? &counts->roles_removed : &counts->members_removed;
	return deltas;
}

static void count_deltas(struct deltas *deltas, size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		++*(deltas->rows[i].remove ? deltas->removed : deltas->added);
}

static enum err run_one_by_one(struct job *job, struct deltas *deltas, struct why *why)
{
	struct command command = { .type = COMMAND_MEMBERS,
		.tenant = job->tenant,
		.kind = deltas->kind,
		.id = deltas->id,
		.member_count = 1 };
	struct outcome outcome;
	enum err err = OK;

	for (size_t i = 0; !err && i < deltas->count; i++) {
		command.members = &deltas->rows[i];
		err = commands_run_rows(job, &command, 1, &outcome, why);
		if (!err && outcome.err == OK) {
			count_deltas(deltas, i, 1);
		} else if (!err) {
			job->run.counts.held++;
			status_note(job, "a membership stays as it was: %s", outcome.why.text);
		}
	}
	return err;
}

enum err deltas_run(struct job *job, struct deltas *deltas, struct why *why)
{
	struct command command = { .type = COMMAND_MEMBERS,
		.tenant = job->tenant,
		.kind = deltas->kind,
		.id = deltas->id,
		.members = deltas->rows,
		.member_count = deltas->count };
	struct outcome outcome;

	if (deltas->count == 0)
		return OK;
	enum err err = commands_run_rows(job, &command, 1, &outcome, why);
	if (!err && outcome.err == OK)
		count_deltas(deltas, 0, deltas->count);
	else if (!err)
		err = run_one_by_one(job, deltas, why);
	deltas->count = 0;
	return err;
}

enum err deltas_put(struct job *job, struct deltas *deltas, enum kind kind, const struct uuid *id,
	bool remove, struct why *why)
{
	deltas->rows[deltas->count++] = (struct member_delta){ kind, *id, remove };
	if (deltas->count < sizeof(deltas->rows) / sizeof(deltas->rows[0]))
		return OK;
	return deltas_run(job, deltas, why);
}
