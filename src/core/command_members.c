#include "core/core_int.h"

/* Members of one container. */
struct roll {
	struct roster roster;
	struct wish *wishes;
	size_t count;
};

static bool may_be_member(enum kind container, enum kind member)
{
	return member == KIND_USER || (container == KIND_GROUP && member == KIND_GROUP);
}

static enum err resolve(struct roll *roll, const struct member_delta *delta, size_t order)
{
	struct run *run = roll->roster.run;
	enum kind container = roll->roster.container->kind;
	struct wish *wish = &roll->wishes[roll->count];
	bool found = wish_find(run, wish, &delta->id, delta->remove, order);
	if (!found && delta->remove)
		return OK;
	if (!found || (delta->kind != KIND_NONE && delta->kind != wish->kind) ||
		(wish->kind == KIND_USER && is_above_actor(run, wish->number)))
		return fail(
			run->why, ERR_VALUE, attr_spelling(ATTR_MEMBER), "there is no such member");
	if (!may_be_member(container, wish->kind))
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_MEMBER),
			"a %s does not hold a %s", kind_row(container)->word,
			kind_row(wish->kind)->word);
	roll->count++;
	return OK;
}

static enum err gather(struct roll *roll)
{
	struct run *run = roll->roster.run;
	const struct command *command = run->command;
	roll->wishes = arena_array(run->arena, command->member_count + 1, sizeof *roll->wishes);
	for (size_t i = 0; i < command->member_count; i++) {
		enum err err = resolve(roll, &command->members[i], i);
		if (err)
			return err;
	}
	roll->count = wishes_settle(roll->wishes, roll->count);
	return OK;
}

static enum err settle(struct roll *roll, uint32_t member)
{
	struct roster *m = &roll->roster;
	enum err err =
		membership_settle(m->run, m->container->kind, member, m->gained, m->lost, false);
	m->gained = m->lost = 0;
	return err;
}

static enum err drop(struct roll *roll, uint32_t member, bool named)
{
	enum err err = membership_leave(&roll->roster, member, named);
	return err ? err : settle(roll, member);
}

static enum err drop_unnamed(struct roll *roll)
{
	struct run *run = roll->roster.run;
	enum err err = OK;
	uint32_t member = 0;
	size_t at = 0;
	struct postings *members = postings_members(
		run->txn, run->arena, run->command->tenant, roll->roster.container->number);
	while (!err && postings_next(members, member, &member)) {
		if (!wishes_have(roll->wishes, roll->count, member, &at))
			err = drop(roll, member, false);
		if (++member == 0)
			break;
	}
	postings_close(members);
	return err;
}

static enum err add(struct roll *roll, const struct wish *wish)
{
	struct run *run = roll->roster.run;
	struct record record;
	if (!txn_entry(run->txn, run->command->tenant, wish->kind, wish->number, &record))
		return fail(
			run->why, ERR_VALUE, attr_spelling(ATTR_MEMBER), "there is no such member");
	struct member member = member_of(run, &record);
	enum err err = membership_join(&roll->roster, &member);
	return err ? err : settle(roll, wish->number);
}

enum err members_change(struct run *run, const struct entry *container)
{
	struct roll roll = { .roster = { .run = run, .container = container } };
	if (!kind_is_container(container->kind))
		return fail(run->why, ERR_VALUE, attr_spelling(ATTR_MEMBER), "a %s has no members",
			kind_row(container->kind)->word);
	enum err err = gather(&roll);
	if (!err)
		err = membership_grant(run, container);
	if (!err && run->command->replace_members)
		err = drop_unnamed(&roll);
	for (size_t i = 0; !err && i < roll.count; i++)
		err = roll.wishes[i].remove ? drop(&roll, roll.wishes[i].number, true)
					    : add(&roll, &roll.wishes[i]);
	return err;
}

enum err command_members(struct run *run)
{
	struct span bytes;
	struct entry *container;
	enum err err = run_load(run, &bytes, &container);
	if (!err)
		err = members_change(run, container);
	return err ? err : membership_conclude(run, bytes, container);
}
