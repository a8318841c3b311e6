#include "in/sync/sync_int.h"

#include <stdlib.h>

/* The group whose members are being applied. */
struct gathering {
	bool open;
	uint32_t number;
	struct uuid id;
	uint8_t digest[32];
	struct members wanted, stored;
	struct deltas deltas;
};

static int by_number(const void *a, const void *b)
{
	uint32_t x = ((const struct member *)a)->number, y = ((const struct member *)b)->number;

	return x < y ? -1 : x > y;
}

/* Both lists rise by number; what differs becomes deltas. */
static enum err write_difference(struct job *job, struct gathering *g, struct why *why)
{
	struct members *wanted = &g->wanted, *stored = &g->stored;
	size_t i = 0, k = 0;
	enum err err = OK;
	bool differs = false;

	g->deltas.kind = KIND_GROUP;
	g->deltas.id = g->id;
	qsort(wanted->rows, wanted->count, sizeof(*wanted->rows), by_number);
	while (!err && (i < wanted->count || k < stored->count)) {
		bool add = k == stored->count ||
			   (i < wanted->count && wanted->rows[i].number < stored->rows[k].number);
		bool remove = !add && (i == wanted->count ||
					      stored->rows[k].number < wanted->rows[i].number);
		const struct member *member = add ? &wanted->rows[i] : &stored->rows[k];
		if (add || remove) {
			differs = true;
			err = deltas_put(job, &g->deltas, member->kind, &member->id, remove, why);
		}
		i += !remove;
		k += !add;
		/* Named twice, or by two spellings. */
		while (i > 0 && i < wanted->count &&
			wanted->rows[i].number == wanted->rows[i - 1].number)
			i++;
	}
	if (differs)
		bits_set(&job->run.groups_changed, g->number);
	return err ? err : deltas_end(job, &g->deltas, why);
}

static void set_digest(struct job *job, struct commands *commands, const struct gathering *g)
{
	struct value *value = arena_zalloc(commands->arena, sizeof(*value));
	struct modification *mod = arena_zalloc(commands->arena, sizeof(*mod));

	value->attr = ATTR_LINK_DIGEST;
	value->octets = arena_copy(commands->arena, span_of(g->digest, sizeof(g->digest)));
	*mod = (struct modification){ .op = PATCH_REPLACE,
		.attr = ATTR_LINK_DIGEST,
		.source = job->settings.source,
		.values = value,
		.count = 1 };
	struct command *command = commands_add(job, commands, COMMAND_MODIFY, KIND_GROUP);
	command->id = g->id;
	command->mods = mod;
	command->mod_count = 1;
}

static enum err end_group(
	struct job *job, struct commands *commands, struct gathering *g, struct why *why)
{
	g->open = false;
	g->stored.count = 0;
	members_load(job, g->number, &g->stored);
	enum err err = write_difference(job, g, why);
	if (err)
		return err;
	if (commands->count == BATCH_MAX)
		err = commands_finish(job, commands, why);
	set_digest(job, commands, g);
	if (err)
		return err;
	/* The walks of this group have used the arena; a batch resets it. */
	if (commands->count == BATCH_MAX || arena_used(job->arena) > 4 * MIB)
		err = commands_finish(job, commands, why);
	return err;
}

static void begin_group(struct job *job, const struct row *row, struct gathering *g)
{
	struct touch *touch = touch_find(&job->run.touches, &row->anchor);
	struct record record;

	g->open = row->class == CLASS_GROUP && !(touch && touch->dead) &&
		  link_find(job, &row->anchor, &record) && record.kind == KIND_GROUP;
	if (!g->open)
		return;
	g->number = record.number;
	g->id = record.id;
	g->wanted.count = 0;
	link_digest(row, g->digest);
	open_members_drop_group(&job->open, g->number);
}

static void gather(struct job *job, const struct row *row, struct gathering *g)
{
	struct record record;

	for (size_t i = 0; i < row->member_count; i++) {
		const struct row_member *member = &row->members[i];
		link_digest_add(g->digest, member);
		if (link_find_member(job, member, &record)) {
			if (record.number != g->number)
				members_add(&g->wanted, record.number, record.kind, &record.id);
			continue;
		}
		job->run.counts.members_unresolved++;
		if (member->dn.len > 0)
			open_members_add(&job->open, g->number, member->dn);
	}
}

static enum err on_row(
	struct job *job, struct commands *commands, struct gathering *g, struct why *why)
{
	if (job->row->type == FRAME_ENTRY)
		begin_group(job, job->row, g);
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
	uint64_t at = 0;
	enum err err = OK;

	while (!err && spool_next(&job->run.spool, &at, &frame)) {
		err = frame_read_row(frame, job->row, why);
		if (!err)
			err = on_row(job, commands, &g, why);
	}
	free(g.wanted.rows);
	free(g.stored.rows);
	return err;
}

static enum err join_open(
	struct job *job, struct deltas *deltas, const struct open_member *row, struct why *why)
{
	struct record group, member;

	if (!link_find_dn(job, row->dn, &member) ||
		!view_entry(job->view, job->tenant, KIND_GROUP, row->group, &group))
		return OK;
	deltas->kind = KIND_GROUP;
	deltas->id = group.id;
	bits_set(&job->run.groups_changed, row->group);
	enum err err = deltas_put(job, deltas, member.kind, &member.id, false, why);
	return err ? err : deltas_end(job, deltas, why);
}

enum err apply_open_members(struct job *job, struct commands *commands, struct why *why)
{
	struct deltas deltas = { .commands = commands };
	struct record member;
	enum err err = OK;

	for (size_t i = 0; !err && job->run.arrivals && i < job->open.count;) {
		if (!link_find_dn(job, job->open.rows[i].dn, &member)) {
			i++;
			continue;
		}
		err = join_open(job, &deltas, &job->open.rows[i], why);
		open_members_drop(&job->open, i);
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
		open_members_drop_group(&job->open, loss->number);
		struct command *command = commands_add(job, commands, COMMAND_DELETE, KIND_GROUP);
		command->id = record.id;
		run->group_gone = true;
		run->counts.groups_removed++;
		job->memory.groups -= job->memory.groups > 0;
		if (commands->count == BATCH_MAX)
			err = commands_finish(job, commands, why);
	}
	return err;
}
