#include "in/sync/commands.h"
#include "model/value.h"

#include <stdlib.h>

#define REFUSED_MAX 10000

/* Rows that the core refused, to be tried otherwise. */
struct refused {
	struct {
		uint64_t at;
		unsigned without;
		char text[96];
	} * rows;
	size_t count;
};

/* What the link says then, as rows of the directory say it. */
static struct span state_of(struct job *job, struct arena *arena, enum loss_reason reason)
{
	switch (reason) {
	case LOSS_EXPIRED:
		return link_state(arena, job->settings.source, ENTRY_EXPIRED);
	case LOSS_OUT_OF_SCOPE:
		return link_state(arena, job->settings.source, ENTRY_OUT_OF_SCOPE);
	case LOSS_DELETED:
	case LOSS_ABSENT:
		return span_str(arena_printf(arena, "%u:deleted", (unsigned)job->settings.source));
	default:
		return link_state(arena, job->settings.source, ENTRY_DISABLED);
	}
}

static void set_value(struct job *job, struct arena *arena, struct modification *mod,
	enum attr attr, struct span octets)
{
	struct value *value = arena_zalloc(arena, sizeof(*value));

	value->attr = attr;
	value->octets = octets;
	*mod = (struct modification){ .op = PATCH_REPLACE,
		.attr = attr,
		.source = job->settings.source,
		.values = value,
		.count = 1,
		.own_only = attr != ATTR_ACTIVE };
}

static void deactivate(struct job *job, struct commands *commands, const struct record *record,
	const struct loss *loss)
{
	struct modification *mods = arena_array(commands->arena, 2, sizeof(*mods));
	struct command *command = commands_add(job, commands, COMMAND_MODIFY, KIND_USER);

	set_value(job, commands->arena, &mods[0], ATTR_ACTIVE, SPAN("FALSE"));
	set_value(job, commands->arena, &mods[1], ATTR_LINK_STATE,
		state_of(job, commands->arena, loss->reason));
	command->id = record->id;
	command->mods = mods;
	command->mod_count = 2;
	commands->deeds[commands->count - 1] = DEED_DEACTIVATE;
	commands->rules[commands->count - 1] = loss_rule(loss);
}

static void note_refused(
	struct job *job, const struct command *command, const struct outcome *outcome)
{
	char name[96] = "somebody";
	struct record record;
	struct span naming = SPAN_NONE;

	if (command->entry)
		naming = entry_first(command->entry, ATTR_USER_NAME);
	else if (view_by_id(job->view, job->tenant, &command->id, &record))
		naming = record_first(&record, ATTR_USER_NAME);
	if (naming.len > 0)
		status_text(name, sizeof(name), naming);
	job->run.counts.held++;
	status_note(job, "%s: %s", name, outcome->why.text);
}

/* Runs a batch of deactivations; one that is refused (the last Admin) stops none of the others, and
 * is not forgotten: the next cookie will not name it again. */
static enum err run_losses(struct job *job, struct commands *commands, struct why *why)
{
	enum err err = commands_run(job, commands, why);

	for (size_t i = 0; !err && i < commands->count; i++)
		if (commands->outcomes[i].err) {
			job->run.stays_active = true;
			note_refused(job, &commands->rows[i], &commands->outcomes[i]);
		}
	commands_clear(job, commands);
	return err;
}

enum err apply_losses(struct job *job, struct commands *commands, struct why *why)
{
	struct sync_run *run = &job->run;
	struct record record;
	enum err err = OK;

	for (size_t i = 0; !err && i < run->loss_count; i++) {
		const struct loss *loss = &run->losses[i];
		if (loss->reason == LOSS_NONE || loss->kind != KIND_USER ||
			!view_entry(job->view, job->tenant, KIND_USER, loss->number, &record) ||
			link_is_gone(job, &record))
			continue;
		deactivate(job, commands, &record, loss);
		if (commands_are_many(commands))
			err = run_losses(job, commands, why);
	}
	return err ? err : run_losses(job, commands, why);
}

/* ---- rows ---- */

static unsigned way_around(const struct outcome *outcome)
{
	if (outcome->err == ERR_LAST_ADMIN)
		return WITHOUT_ACTIVE;
	if (outcome->err == ERR_OWNED)
		return WITHOUT_OWNED;
	/* The company's policy keeps the address. */
	if (outcome->err == ERR_MUTABILITY)
		return WITHOUT_EMAIL;
	if (outcome->err != ERR_EXISTS)
		return 0;
	if (strcmp(outcome->why.attribute, attr_spelling(ATTR_EMAIL)) == 0)
		return WITHOUT_EMAIL;
	if (strcmp(outcome->why.attribute, attr_spelling(ATTR_USER_NAME)) == 0)
		return WITHOUT_NAME;
	return 0;
}

static enum err run_rows(
	struct job *job, struct commands *commands, struct refused *refused, struct why *why)
{
	enum err err = commands_run(job, commands, why);

	for (size_t i = 0; !err && i < commands->count; i++) {
		const struct outcome *outcome = &commands->outcomes[i];
		unsigned without = way_around(outcome);
		if (outcome->err == OK)
			continue;
		bool again = commands->rows[i].tentative ||
			     (without != 0 && !(commands->without[i] & without));
		if (!refused || !again || refused->count == REFUSED_MAX) {
			note_refused(job, &commands->rows[i], outcome);
			continue;
		}
		refused->rows[refused->count].at = commands->at[i];
		refused->rows[refused->count].without = commands->without[i] | without;
		/* Of who stays active, the deactivations have told. */
		status_text(refused->rows[refused->count].text, sizeof(refused->rows[0].text),
			without == WITHOUT_ACTIVE ? SPAN_NONE : span_str(outcome->why.text));
		refused->count++;
	}
	commands_clear(job, commands);
	return err;
}

/* The entry row, or that of one which cannot be used, that stands at `at`; false at the end. Moves
 * `at` behind it and its members. */
static bool next_entry(
	struct job *job, uint64_t *at, uint64_t *begin, enum err *err, struct why *why)
{
	struct span frame;

	for (*begin = *at; spool_next(&job->run.spool, at, &frame); *begin = *at) {
		*err = frame_read_row(frame, job->row, why);
		if (*err)
			return false;
		if (job->row->type == FRAME_ENTRY || job->row->type == FRAME_SKIPPED)
			return true;
	}
	*err = spool_error(&job->run.spool, why);
	return false;
}

static enum err apply_all(
	struct job *job, struct commands *commands, struct refused *refused, struct why *why)
{
	uint64_t at = 0, begin;
	enum err err = OK;

	while (!err && next_entry(job, &at, &begin, &err, why)) {
		struct touch *touch = touch_find(&job->run.touches, &job->row->anchor);
		/* The last row of an anchor says all. */
		if (touch && (touch->dead || touch->at != begin))
			continue;
		if (commands_are_many(commands))
			err = run_rows(job, commands, refused, why);
		if (!err && job->row->type == FRAME_SKIPPED)
			join_unread(job, commands, job->row);
		else if (!err && entry_command(job, commands, job->row, 0, begin))
			commands->rows[commands->count - 1].tentative = true;
	}
	return err ? err : run_rows(job, commands, refused, why);
}

/* ---- releasing before claiming ---- */

static void release_email(struct job *job, struct commands *commands, const struct record *record)
{
	struct modification *mod = arena_zalloc(commands->arena, sizeof(*mod));

	if (!record_first(record, ATTR_EMAIL).len)
		return;
	*mod = (struct modification){ .op = PATCH_REPLACE,
		.attr = ATTR_EMAIL,
		.source = job->settings.source,
		.own_only = true };
	struct command *command = commands_add(job, commands, COMMAND_MODIFY, KIND_USER);
	command->id = record->id;
	command->mods = mod;
	command->mod_count = 1;
}

/* The row of the anchor was refused for its address; the rows stand in the spool's order. */
static bool is_refused(struct job *job, const struct refused *refused, const struct uuid *anchor)
{
	const struct touch *touch = touch_find(&job->run.touches, anchor);
	size_t low = 0, high = refused->count;

	while (touch && low < high) {
		size_t middle = low + (high - low) / 2;
		if (refused->rows[middle].at == touch->at)
			return (refused->rows[middle].without & WITHOUT_EMAIL) != 0;
		if (refused->rows[middle].at < touch->at)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* Of people who swap addresses each lets go first, and a leaver of this directory gives theirs up;
 * who asks for an address that nobody lets go of keeps the one of before. */
static void release_for(struct job *job, struct commands *commands, const struct refused *refused,
	const struct row *row)
{
	struct record record;
	struct uuid anchor;

	for (size_t i = 0; i < row->value_count && commands->count < BATCH_MAX; i++)
		if (row->values[i].attr == ATTR_EMAIL &&
			view_by_value(job->view, job->tenant, KIND_USER, ATTR_EMAIL,
				value_normal(job->arena, ATTR_EMAIL, row->values[i].octets),
				&record) &&
			link_of(&record, job->settings.source, &anchor) &&
			!uuid_equal(&anchor, &row->anchor) &&
			(link_is_gone(job, &record) || is_refused(job, refused, &anchor)))
			release_email(job, commands, &record);
}

static bool read_at(struct job *job, uint64_t at, enum err *err, struct why *why)
{
	uint64_t begin;

	return next_entry(job, &at, &begin, err, why);
}

static enum err release_all(
	struct job *job, struct commands *commands, const struct refused *refused, struct why *why)
{
	enum err err = OK;

	for (size_t i = 0; !err && i < refused->count; i++) {
		if (!(refused->rows[i].without & WITHOUT_EMAIL) ||
			!read_at(job, refused->rows[i].at, &err, why))
			continue;
		if (commands->count > BATCH_MAX / 2)
			err = run_rows(job, commands, NULL, why);
		release_for(job, commands, refused, job->row);
	}
	return err ? err : run_rows(job, commands, NULL, why);
}

/* Tries the refused rows again, whole or without what was refused; what is refused now goes to
 * `still`. */
static enum err try_again(struct job *job, struct commands *commands, const struct refused *refused,
	bool whole, struct refused *still, struct why *why)
{
	enum err err = OK;

	for (size_t i = 0; !err && i < refused->count; i++) {
		unsigned without = whole ? 0 : refused->rows[i].without;
		if (!read_at(job, refused->rows[i].at, &err, why))
			continue;
		if (!whole && refused->rows[i].text[0]) {
			entry_note(job, job->row, refused->rows[i].text);
			/* Whoever has the value may be about to let go of it. */
			job->run.want_full |= !job->run.complete;
		}
		/* One at a time: the same person may be among them twice. */
		entry_command(job, commands, job->row, without, refused->rows[i].at);
		err = run_rows(job, commands, still, why);
	}
	return err;
}

static void refused_init(struct refused *refused)
{
	refused->rows = heap_zalloc(REFUSED_MAX * sizeof(*refused->rows));
	refused->count = 0;
}

enum err apply_entries(struct job *job, struct commands *commands, struct why *why)
{
	struct refused now, still;

	refused_init(&now);
	refused_init(&still);
	enum err err = apply_all(job, commands, &now, why);
	if (!err && now.count > 0)
		err = release_all(job, commands, &now, why);
	/* Whole: who held a name or an address may have let go of it since. */
	if (!err)
		err = try_again(job, commands, &now, true, &still, why);
	/* Each time with less of the row, so it ends. */
	while (!err && still.count > 0) {
		struct refused before = now;
		now = still;
		still = before;
		still.count = 0;
		err = try_again(job, commands, &now, false, &still, why);
	}
	free(now.rows);
	free(still.rows);
	return err;
}
