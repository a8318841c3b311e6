#include "in/sync/commands.h"

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

static void count(struct job *job, const struct command *command)
{
	struct sync_counts *counts = &job->run.counts;
	bool group = command->kind == KIND_GROUP;

	for (size_t i = 0; i < command->member_count; i++)
		if (command->members[i].remove)
			++*(group ? &counts->members_removed : &counts->roles_removed);
		else
			++*(group ? &counts->members_added : &counts->roles_added);
}

static enum err settle_one_by_one(struct job *job, const struct command *command, struct why *why)
{
	struct command one = *command;
	struct outcome outcome;
	enum err err = OK;

	one.member_count = 1;
	for (size_t i = 0; !err && i < command->member_count; i++) {
		one.members = &command->members[i];
		err = commands_run_rows(job, &one, 1, &outcome, why);
		if (!err)
			err = members_settle(job, &one, &outcome, why);
	}
	return err;
}

enum err members_settle(struct job *job, const struct command *command,
	const struct outcome *outcome, struct why *why)
{
	if (outcome->err && command->member_count > 1)
		return settle_one_by_one(job, command, why);
	if (outcome->err) {
		job->run.counts.held++;
		if (command->kind == KIND_GROUP && command->members[0].kind == KIND_GROUP &&
			!command->members[0].remove)
			open_members_refuse(&job->open, &command->id, &command->members[0].id);
		status_note(job, "a membership stays as it was: %s", outcome->why.text);
	} else {
		count(job, command);
	}
	return OK;
}

enum err deltas_end(struct job *job, struct deltas *deltas, struct why *why)
{
	struct commands *commands = deltas->commands;
	enum err err = OK;

	if (deltas->count == 0)
		return OK;
	if (commands_are_many(commands))
		err = commands_finish(job, commands, why);
	struct command *command = commands_add(job, commands, COMMAND_MEMBERS, deltas->kind);
	struct member_delta *rows = arena_array(commands->arena, deltas->count, sizeof(*rows));
	memcpy(rows, deltas->rows, deltas->count * sizeof(*rows));
	commands->rules[commands->count - 1] = deltas->rule;
	command->id = deltas->id;
	command->members = rows;
	command->member_count = deltas->count;
	commands->members += deltas->count;
	deltas->count = 0;
	if (!err && commands_are_many(commands))
		err = commands_finish(job, commands, why);
	return err;
}

enum err deltas_put(struct job *job, struct deltas *deltas, const struct member *member,
	bool remove, struct why *why)
{
	deltas->rows[deltas->count++] = (struct member_delta){ member->kind, member->id, remove };
	if (job->run.planning)
		draft_member(job, &deltas->identity, member, remove);
	return deltas->count < DELTAS_MAX ? OK : deltas_end(job, deltas, why);
}
