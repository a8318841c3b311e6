#include "core/writer_int.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/metric.h"

#define GROUP_OCTETS (4 * MIB)
#define PENDING ERR_COUNT /* of an outcome: to be run in the next attempt */

static void tell(struct group *group, uint32_t tenant, uint64_t sequence)
{
	for (size_t i = 0; i < group->news_count; i++)
		if (group->news[i].tenant == tenant) {
			group->news[i].sequence = sequence;
			return;
		}
	group->news[group->news_count++] = (struct news){ tenant, sequence };
}

static void note(struct group *group, const struct run *run)
{
	group->octets += run->octets;
	written_note(run->core->written, run);
	if (run->outcome->sequence)
		tell(group, run->command->tenant, run->outcome->sequence);
	group->changes += run->touched;
	for (const struct deed *deed = run->first; deed; deed = deed->next) {
		group->changes++;
		if (deed->action && deed->sequence)
			tell(group, deed->tenant, deed->sequence);
	}
}

static struct run run_of(struct workroom *room, struct txn *txn, const struct batch *batch,
	const struct command *command, struct outcome *outcome)
{
	return (struct run){
		.core = room->core,
		.txn = txn,
		.arena = room->work,
		.actor = batch->actor,
		.command = command,
		.outcome = outcome,
		.now = clock_wall(),
		.scratch = &room->scratch,
		.preview = batch->preview,
		.keep = batch->preview ? batch->arena : NULL,
	};
}

static enum err run_one(
	struct workroom *room, struct txn *txn, struct group *group, struct slice *slice, size_t i)
{
	struct batch *batch = slice->batch;
	struct run run = run_of(room, txn, batch, &batch->commands[i], &batch->outcomes[i]);
	enum err err = command_run(&run);
	if (!err)
		note(group, &run);
	else
		conflict_take(&run, room->arena, err, &slice->notes);
	batch->outcomes[i].err = err;
	return err;
}

/* What waits for an administrator is written down, whatever becomes of the rest. */
static void hold_one(struct workroom *room, struct txn *txn, struct group *group,
	const struct batch *batch, const struct command *command)
{
	struct outcome *outcome = arena_zalloc(room->work, sizeof *outcome);
	struct run run = run_of(room, txn, batch, command, outcome);
	if (!batch->preview && !command_hold(&run))
		note(group, &run);
}

/* ---- conflicts ---- */

static void write_note(struct workroom *room, struct txn *txn, struct group *group,
	const struct batch *batch, const struct conflict_note *left)
{
	struct outcome *outcome = arena_zalloc(room->work, sizeof *outcome);
	struct command *command = arena_zalloc(room->work, sizeof *command);
	*command = (struct command){ COMMAND_CHORE, left->tenant, KIND_CONFLICT };
	struct run run = run_of(room, txn, batch, command, outcome);
	run.why = &outcome->why;
	conflict_write(&run, left);
	if (!run_apply(&run))
		note(group, &run);
}

/* After all commands, so that no refusal of another undoes them. False: the transaction is spoiled.
 */
static bool write_notes(struct workroom *room, struct txn *txn, struct group *group)
{
	for (size_t i = 0; i < group->count && !group->mute; i++)
		for (const struct conflict_note *left = group->slices[i].notes; left;
			left = left->next)
			write_note(room, txn, group, group->slices[i].batch, left);
	if (!group->mute && group->careful)
		txn_settle(txn);
	group->mute = txn_error(txn, NULL) != OK;
	return !group->mute;
}

static void refuse_all(struct slice *slice, size_t refused)
{
	batch_refuse(slice->batch, slice->first, slice->count, refused);
	slice->refused = true;
}

static void show(struct workroom *room, struct txn *txn, struct batch *batch)
{
	struct view view = { .core = room->core, .txn = txn, .scratch = arena_new() };
	txn_settle(txn);
	batch->look(batch, &view);
	arena_free(view.scratch);
}

/* Damage in an index shows when the changes of many are written together: from now on each is
 * written by itself. False when it was so already. */
static bool be_careful(struct group *group)
{
	bool before = group->careful;
	group->careful = true;
	return !before;
}

/* A failed transaction spoils everything in it. Is it the store, or this command alone? */
static enum verdict spoiled(struct group *group, struct slice *slice, size_t i, struct txn *txn)
{
	struct outcome *outcome = &slice->batch->outcomes[i];
	struct why why = { 0 };
	enum err err = txn_error(txn, &why);
	if (err == ERR_FULL || err == ERR_IO) {
		group->why = why;
		return VERDICT_FAILED;
	}
	if (err == ERR_CORRUPT && be_careful(group))
		return VERDICT_AGAIN;
	memset(outcome, 0, sizeof *outcome);
	outcome->err = err;
	outcome->why = why;
	slice->spoiled[i - slice->first] = true;
	if (slice->batch->all_or_nothing)
		refuse_all(slice, i);
	return VERDICT_AGAIN;
}

/* A group that grew too large ends here; what was not run stays in the queue. */
static void cut(struct group *group, size_t slice, size_t count)
{
	group->slices[slice].count = count;
	group->count = slice + 1;
}

static enum verdict run_slice(
	struct workroom *room, struct txn *txn, struct group *group, size_t at)
{
	struct slice *slice = &group->slices[at];
	struct batch *batch = slice->batch;
	size_t changes = group->changes;
	if (!batch_may_run(batch)) {
		batch_skip(batch);
		return VERDICT_DONE;
	}
	for (size_t i = slice->first; i < slice->first + slice->count; i++) {
		if (batch->outcomes[i].err != PENDING)
			continue;
		enum err err = run_one(room, txn, group, slice, i);
		if (group->careful)
			txn_settle(txn);
		if (txn_error(txn, NULL))
			return spoiled(group, slice, i, txn);
		if (err && batch->all_or_nothing) {
			refuse_all(slice, i);
			if (err == ERR_HELD)
				slice->hold = &batch->commands[i];
			return group->changes == changes && !slice->hold ? VERDICT_DONE
									 : VERDICT_AGAIN;
		}
		if (err == ERR_HELD)
			hold_one(room, txn, group, batch, &batch->commands[i]);
		if (group->octets > GROUP_OCTETS && !batch_is_whole(batch))
			cut(group, at, i + 1 - slice->first);
	}
	if (group->octets > GROUP_OCTETS && !group->preview)
		cut(group, at, slice->count);
	if (batch->preview && batch->look)
		show(room, txn, batch);
	return txn_error(txn, NULL) ? spoiled(group, slice, slice->first, txn) : VERDICT_DONE;
}

/* Outcomes of an attempt that was undone count as not run; those that spoiled it stand. */
static void reset_outcomes(struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		struct slice *slice = &group->slices[i];
		for (size_t j = 0; j < slice->count && !slice->refused; j++)
			if (!slice->spoiled[j])
				slice->batch->outcomes[slice->first + j].err = PENDING;
		if (!slice->refused)
			slice->notes = NULL;
	}
}

/* They count those of earlier attempts, and of this one as far as it has come. */
static void reset_stops(struct group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->slices[i].batch->stop)
			group->slices[i].batch->stop->refused =
				group->slices[i].batch->stop->before;
}

/* A refusal of an earlier attempt. */
static void stand(
	struct workroom *room, struct txn *txn, struct group *group, const struct slice *slice)
{
	struct batch *batch = slice->batch;
	if (slice->hold)
		hold_one(room, txn, group, batch, slice->hold);
	if (batch->stop)
		batch->stop->refused++;
}

enum verdict group_attempt(struct workroom *room, struct group *group)
{
	struct txn *txn;
	group->news_count = 0;
	group->octets = 0;
	group->changes = 0;
	group->why = (struct why){ 0 };
	written_reset(room->core->written);
	arena_reset(room->work);
	reset_outcomes(group);
	reset_stops(group);
	if (txn_begin_write(room->core->store, &txn, &group->why))
		return VERDICT_FAILED;
	enum verdict verdict = VERDICT_DONE;
	for (size_t i = 0; verdict == VERDICT_DONE && i < group->count; i++)
		if (!group->slices[i].refused)
			verdict = run_slice(room, txn, group, i);
		else
			stand(room, txn, group, &group->slices[i]);
	if (verdict == VERDICT_DONE && !write_notes(room, txn, group))
		verdict = VERDICT_AGAIN;
	if (verdict != VERDICT_DONE || !group->changes || group->preview) {
		txn_end(txn);
		return verdict;
	}
	enum err err = txn_commit(txn, &group->why);
	if (err == ERR_CORRUPT && be_careful(group))
		return VERDICT_AGAIN;
	if (err) {
		metric_add(METRIC_COMMITS_FAILED, 1);
		return VERDICT_FAILED;
	}
	metric_add(METRIC_COMMITS, 1);
	return VERDICT_DONE;
}

void group_fail(struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		struct slice *slice = &group->slices[i];
		for (size_t j = slice->first; j < slice->first + slice->count; j++) {
			struct outcome *outcome = &slice->batch->outcomes[j];
			if (outcome->err != OK && outcome->err != PENDING)
				continue;
			memset(outcome, 0, sizeof *outcome);
			outcome->err = group->why.err;
			outcome->why = group->why;
		}
	}
}
