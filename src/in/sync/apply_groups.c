#include "in/sync/commands.h"

#include <stdlib.h>

/* The group whose members are being applied. */
struct gathering {
	bool open, partly; /* partly: only who comes and who goes is named */
	struct member group;
	struct uuid anchor;
	uint8_t digest[32];
	struct members wanted, stored; /* partly: who comes, who goes */
	struct deltas deltas;
};

static int by_number(const void *a, const void *b)
{
	uint32_t x = ((const struct member *)a)->number, y = ((const struct member *)b)->number;

	return x < y ? -1 : x > y;
}

/* Named twice, or by two spellings. */
static void drop_doubles(struct members *members)
{
	size_t kept = 0;

	if (members->count == 0)
		return;
	qsort(members->rows, members->count, sizeof(*members->rows), by_number);
	for (size_t i = 0; i < members->count; i++)
		if (kept == 0 || members->rows[i].number != members->rows[kept - 1].number)
			members->rows[kept++] = members->rows[i];
	members->count = kept;
}

static enum err put(struct job *job, struct gathering *g, const struct member *member, bool remove,
	struct why *why)
{
	job->run.nested_gone |= remove && member->kind == KIND_GROUP;
	return deltas_put(job, &g->deltas, member, remove, why);
}

/* Both lists rise by number; what differs becomes deltas. */
static enum err write_difference(struct job *job, struct gathering *g, struct why *why)
{
	const struct members *wanted = &g->wanted, *stored = &g->stored;
	size_t i = 0, k = 0;
	enum err err = OK;
	bool differs = false;

	while (!err && (i < wanted->count || k < stored->count)) {
		bool add = k == stored->count ||
			   (i < wanted->count && wanted->rows[i].number < stored->rows[k].number);
		bool remove = !add && (i == wanted->count ||
					      stored->rows[k].number < wanted->rows[i].number);
		if (add || remove) {
			differs = true;
			err = put(job, g, add ? &wanted->rows[i] : &stored->rows[k], remove, why);
		}
		i += !remove;
		k += !add;
	}
	if (differs) {
		crowd_set(&job->run.groups_changed, g->group.number);
		ahead_set_members(job, g->group.number, wanted);
	}
	return err;
}

static bool is_member(struct job *job, const struct gathering *g, const struct member *member)
{
	struct edge edge;

	return !(g->group.number & MEMBER_NEW) && !(member->number & MEMBER_NEW) &&
	       view_edge(job->view, job->tenant, g->group.number, member->number, &edge) &&
	       members_is_ours(job, &edge);
}

/* Members by what the run has said of the group before. */
struct roll {
	bool called;
	struct crowd users, groups;
};

/* What is so already is left out. */
static void keep_news(struct job *job, const struct gathering *g, const struct roll *roll,
	struct members *members, bool there)
{
	size_t kept = 0;

	for (size_t i = 0; i < members->count; i++) {
		const struct member *member = &members->rows[i];
		bool is = !roll->called ? is_member(job, g, member)
					: crowd_has(member->kind == KIND_GROUP ? &roll->groups
									       : &roll->users,
						  member->number);
		if (is == there)
			members->rows[kept++] = *member;
	}
	members->count = kept;
}

/* Only who is named is looked at, however large the group; unless the run has named it before. */
static enum err write_deltas(struct job *job, struct gathering *g, struct why *why)
{
	struct roll roll = { .called = ahead_has_changed(&job->run, g->group.number) };
	enum err err = OK;

	if (roll.called)
		ahead_members(job, g->group.number, &roll.users, &roll.groups);
	drop_doubles(&g->stored);
	keep_news(job, g, &roll, &g->wanted, false);
	keep_news(job, g, &roll, &g->stored, true);
	crowd_free(&roll.users);
	crowd_free(&roll.groups);
	for (size_t i = 0; !err && i < g->stored.count; i++)
		err = put(job, g, &g->stored.rows[i], true, why);
	for (size_t i = 0; !err && i < g->wanted.count; i++)
		err = put(job, g, &g->wanted.rows[i], false, why);
	if (g->wanted.count + g->stored.count > 0) {
		crowd_set(&job->run.groups_changed, g->group.number);
		ahead_change_members(job, g->group.number, &g->wanted, &g->stored);
	}
	return err;
}

static void set_digest(struct job *job, struct commands *commands, const struct gathering *g)
{
	struct value *value = arena_zalloc(commands->arena, sizeof(*value));
	struct modification *mod = arena_zalloc(commands->arena, sizeof(*mod));

	value->attr = ATTR_LINK_DIGEST;
	value->octets = link_digest_value(commands->arena, job->settings.source, g->digest);
	*mod = (struct modification){ .op = PATCH_REPLACE,
		.attr = ATTR_LINK_DIGEST,
		.source = job->settings.source,
		.values = value,
		.count = 1 };
	struct command *command = commands_add(job, commands, COMMAND_MODIFY, KIND_GROUP);
	command->id = g->group.id;
	command->mods = mod;
	command->mod_count = 1;
}

/* Of a group of which only a part was named the sum over all members is not known: the next full
 * compare looks at them. */
static void settle_digest(struct job *job, struct commands *commands, struct gathering *g)
{
	struct record record;

	if (g->partly)
		memset(g->digest, 0, sizeof(g->digest));
	if (!(g->group.number & MEMBER_NEW) &&
		view_entry(job->view, job->tenant, KIND_GROUP, g->group.number, &record) &&
		link_has_digest(job, &record, g->digest))
		return;
	set_digest(job, commands, g);
}

static enum err end_group(
	struct job *job, struct commands *commands, struct gathering *g, struct why *why)
{
	g->open = false;
	drop_doubles(&g->wanted);
	g->deltas.kind = KIND_GROUP;
	g->deltas.id = g->group.id;
	g->deltas.identity = g->anchor;
	g->deltas.rule = SPAN("members of the group upstream");
	if (!g->partly && !(g->group.number & MEMBER_NEW))
		members_load(job, g->group.number, &g->stored);
	enum err err = g->partly ? write_deltas(job, g, why) : write_difference(job, g, why);
	if (!err)
		err = deltas_end(job, &g->deltas, why);
	if (!err && commands_are_many(commands))
		err = commands_finish(job, commands, why);
	if (!err)
		settle_digest(job, commands, g);
	/* The walks of this group have used the arena; that resets it. */
	if (!err && arena_used(job->arena) > 4 * MIB)
		err = commands_finish(job, commands, why);
	return err;
}

static void begin_group(struct job *job, const struct row *row, uint64_t at, struct gathering *g)
{
	struct touch *touch = touch_find(&job->run.touches, &row->anchor);

	/* What was said before the last whole list does not count. */
	g->open = row->class == CLASS_GROUP && touch && !touch->dead && at >= touch->whole_at &&
		  ahead_find(job, &row->anchor, &g->group) && g->group.kind == KIND_GROUP;
	if (!g->open)
		return;
	g->partly = false;
	g->anchor = row->anchor;
	g->wanted.count = g->stored.count = 0;
	link_digest(row, g->digest);
}

static bool find_member(struct job *job, const struct row_member *member, struct member *who)
{
	if (!uuid_is_nil(&member->anchor))
		return ahead_find(job, &member->anchor, who);
	return ahead_find_dn(job, member->dn, who);
}

/* What was refused is in no edge; for the roles, it went as one does. */
static void drop_refused(struct job *job, const struct gathering *g, const struct uuid *member)
{
	if (member ? open_members_drop_refused(&job->open, &g->group.id, member)
		   : open_members_drop_group(&job->open, &g->group.id))
		crowd_set(&job->run.groups_changed, g->group.number);
}

static void gather(struct job *job, const struct row *row, struct gathering *g)
{
	struct member who;

	if (row->delta == MEMBERS_ALL && g->wanted.count == 0)
		drop_refused(job, g, NULL);
	g->partly |= row->delta != MEMBERS_ALL;
	for (size_t i = 0; i < row->member_count; i++) {
		const struct row_member *member = &row->members[i];
		bool goes = row->delta == MEMBERS_REMOVE;
		link_digest_add(g->digest, member);
		if (find_member(job, member, &who)) {
			if (goes)
				drop_refused(job, g, &who.id);
			if (who.number != g->group.number)
				members_add(goes ? &g->stored : &g->wanted, who.number, who.kind,
					&who.id);
			continue;
		}
		if (goes)
			open_members_drop_dn(&job->open, &g->group.id, member->dn);
		else if (member->dn.len > 0)
			open_members_add(&job->open, &g->group.id, member->dn);
		job->run.counts.members_unresolved += !goes;
	}
}

static enum err on_row(struct job *job, struct commands *commands, uint64_t at, struct gathering *g,
	struct why *why)
{
	if (job->row->type == FRAME_ENTRY)
		begin_group(job, job->row, at, g);
	else if (job->row->type == FRAME_MEMBERS && g->open) {
		gather(job, job->row, g);
		if (!job->row->members_follow)
			return end_group(job, commands, g, why);
	}
	return OK;
}

enum err apply_members(struct job *job, struct commands *commands, struct why *why)
{
	struct gathering g = { .deltas = { .commands = commands } };
	struct span frame;
	uint64_t at = 0, begin = 0;
	enum err err = OK;

	for (; !err && spool_next(&job->run.spool, &at, &frame); begin = at) {
		err = frame_read_row(frame, job->row, why);
		if (!err)
			err = on_row(job, commands, begin, &g, why);
	}
	free(g.wanted.rows);
	free(g.stored.rows);
	return err;
}

static bool is_there(struct job *job, const struct open_member *member, struct member *who)
{
	return uuid_is_nil(&member->refused) && ahead_find_dn(job, member->dn, who);
}

/* All open members of one group who are there now. */
static enum err join_group(
	struct job *job, struct commands *commands, const struct uuid *id, struct why *why)
{
	struct deltas deltas = { .commands = commands,
		.kind = KIND_GROUP,
		.id = *id,
		.identity = *id,
		.rule = SPAN("a member of the group upstream who came later") };
	struct members joined = { 0 }, none = { 0 };
	struct record group;
	struct member who;
	enum err err = OK;

	for (size_t i = 0; i < job->open.count;) {
		if (uuid_equal(&job->open.rows[i].group, id) &&
			is_there(job, &job->open.rows[i], &who)) {
			members_add(&joined, who.number, who.kind, &who.id);
			open_members_drop(&job->open, i);
		} else {
			i++;
		}
	}
	drop_doubles(&joined);
	if (view_by_id(job->view, job->tenant, id, &group) && group.kind == KIND_GROUP) {
		for (size_t i = 0; !err && i < joined.count; i++)
			err = deltas_put(job, &deltas, &joined.rows[i], false, why);
		if (!err)
			err = deltas_end(job, &deltas, why);
		crowd_set(&job->run.groups_changed, group.number);
		ahead_change_members(job, group.number, &joined, &none);
	}
	free(joined.rows);
	return err;
}

static enum err try_again(struct job *job, struct commands *commands,
	const struct open_member *refused, struct why *why)
{
	struct deltas deltas = { .commands = commands,
		.kind = KIND_GROUP,
		.id = refused->group,
		.identity = refused->group,
		.rule = SPAN("a group that could not be a member before") };
	struct members joined = { 0 }, none = { 0 };
	struct member group, who;

	if (!ahead_find_id(job, &refused->group, &group) || group.kind != KIND_GROUP ||
		!ahead_find_id(job, &refused->refused, &who) || who.kind != KIND_GROUP)
		return OK;
	enum err err = deltas_put(job, &deltas, &who, false, why);
	if (!err)
		err = deltas_end(job, &deltas, why);
	members_add(&joined, who.number, who.kind, &who.id);
	crowd_set(&job->run.groups_changed, group.number);
	ahead_change_members(job, group.number, &joined, &none);
	free(joined.rows);
	return err;
}

/* A group left another, or went: a circle may be open now, whoever closed it. What is refused again
 * is open again. */
static enum err try_refused(struct job *job, struct commands *commands, struct why *why)
{
	/* Also what this run has asked for before the other went. */
	enum err err = commands_finish(job, commands, why);
	struct open_member *refused = heap_zalloc((job->open.count + 1) * sizeof(*refused));
	size_t count = 0;

	for (size_t i = 0; i < job->open.count;)
		if (uuid_is_nil(&job->open.rows[i].refused)) {
			i++;
		} else {
			refused[count++] = job->open.rows[i];
			open_members_drop(&job->open, i);
		}
	for (size_t i = 0; !err && i < count; i++)
		err = try_again(job, commands, &refused[i], why);
	free(refused);
	return err;
}

enum err apply_open_members(struct job *job, struct commands *commands, struct why *why)
{
	struct member who;
	enum err err = OK;

	if (job->run.nested_gone || job->run.group_gone)
		err = try_refused(job, commands, why);
	for (size_t i = 0; !err && job->run.arrivals && i < job->open.count;) {
		struct uuid group = job->open.rows[i].group;
		if (is_there(job, &job->open.rows[i], &who))
			err = join_group(job, commands, &group, why);
		else
			i++;
	}
	return err;
}

enum err apply_groups_gone(struct job *job, struct commands *commands, struct why *why)
{
	struct sync_run *run = &job->run;
	struct record record;
	enum err err = OK;

	for (size_t i = 0; !err && i < run->loss_count; i++) {
		const struct loss *loss = &run->losses[i];
		if (loss->reason != LOSS_GROUP_GONE ||
			!view_entry(job->view, job->tenant, KIND_GROUP, loss->number, &record))
			continue;
		if (commands_are_many(commands))
			err = commands_finish(job, commands, why);
		if (grants_keep(job, loss)) {
			grants_tell_gone(job, commands, loss);
			continue;
		}
		open_members_drop_group(&job->open, &record.id);
		struct command *command = commands_add(job, commands, COMMAND_DELETE, KIND_GROUP);
		command->id = record.id;
		commands->deeds[commands->count - 1] = DEED_DELETE_GROUP;
		bits_set(&run->ahead.gone, record.number);
		run->group_gone = true;
	}
	return err;
}
