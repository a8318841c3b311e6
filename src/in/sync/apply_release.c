#include "in/sync/commands.h"
#include "model/value.h"

#include <stdlib.h>

/* An address that a row claims and that somebody else of this directory has here. */
struct claim {
	struct uuid holder, anchor;
	struct span email; /* normal form */
};

struct claims {
	struct claim *rows;
	size_t count, capacity;
};

static void add_claim(struct claims *claims, const struct claim *claim)
{
	if (claims->count == claims->capacity) {
		claims->capacity = claims->capacity ? claims->capacity * 2 : 16;
		claims->rows = heap_grow(claims->rows, claims->capacity * sizeof(*claims->rows));
	}
	claims->rows[claims->count++] = *claim;
}

static void find_claims(struct job *job, struct arena *arena, struct claims *claims)
{
	const struct row *row = job->row;
	struct record record;
	struct claim claim;

	for (size_t i = 0; i < row->value_count; i++) {
		if (row->values[i].attr != ATTR_EMAIL)
			continue;
		struct span email = value_normal(job->arena, ATTR_EMAIL, row->values[i].octets);
		if (!view_by_value(job->view, job->tenant, KIND_USER, ATTR_EMAIL, email, &record) ||
			!link_of(&record, job->settings.source, &claim.anchor) ||
			uuid_equal(&claim.anchor, &row->anchor))
			continue;
		claim.holder = record.id;
		claim.email = arena_copy(arena, email);
		add_claim(claims, &claim);
	}
}

/* What the holder's own row says now. */
static bool still_has(struct job *job, const struct touch *touch, struct span email)
{
	struct span frame;
	uint64_t at = touch->at;

	if (!spool_next(&job->run.spool, &at, &frame) ||
		frame_read_row(frame, job->row, NULL) != OK || job->row->type != FRAME_ENTRY)
		return true;
	for (size_t i = 0; i < job->row->value_count; i++)
		if (job->row->values[i].attr == ATTR_EMAIL &&
			value_matches(ATTR_EMAIL, job->row->values[i].octets, email))
			return true;
	return false;
}

static bool lets_go(struct job *job, const struct claim *claim)
{
	const struct touch *touch = touch_find(&job->run.touches, &claim->anchor);
	struct record record;

	if (run_takes_away(job, &claim->anchor))
		return true;
	if (touch && !touch->dead)
		return !still_has(job, touch, claim->email);
	return view_by_id(job->view, job->tenant, &claim->holder, &record) &&
	       link_is_gone(job, &record);
}

static void release(struct job *job, struct commands *commands, const struct uuid *holder)
{
	struct modification *mod = arena_zalloc(commands->arena, sizeof(*mod));
	struct command *command = commands_add(job, commands, COMMAND_MODIFY, KIND_USER);

	*mod = (struct modification){ .op = PATCH_REPLACE,
		.attr = ATTR_EMAIL,
		.source = job->settings.source,
		.own_only = true };
	command->id = *holder;
	command->mods = mod;
	command->mod_count = 1;
	commands->deeds[commands->count - 1] = DEED_RELEASE;
}

enum err apply_releases(struct job *job, struct commands *commands, struct why *why)
{
	struct claims claims = { 0 };
	struct arena *arena;
	struct span frame;
	uint64_t at = 0;
	enum err err = OK;

	/* Nobody of this directory is here yet. */
	if (job->memory.people == 0)
		return OK;
	arena = arena_new();
	while (!err && spool_next(&job->run.spool, &at, &frame)) {
		err = frame_read_row(frame, job->row, why);
		if (!err && job->row->type == FRAME_ENTRY && job->row->class == CLASS_USER)
			find_claims(job, arena, &claims);
		if (arena_used(job->arena) > 4 * MIB)
			arena_reset(job->arena);
	}
	for (size_t i = 0; !err && i < claims.count; i++) {
		if (!lets_go(job, &claims.rows[i]))
			continue;
		release(job, commands, &claims.rows[i].holder);
		if (commands_are_many(commands))
			err = commands_finish(job, commands, why);
	}
	free(claims.rows);
	arena_free(arena);
	return err;
}
