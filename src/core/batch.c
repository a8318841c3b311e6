#include "core/core_int.h"

#include "base/metric.h"

/* Batches that look at each other: what one does not do keeps another from being done. */

static void say_not_done(struct outcome *outcome)
{
	memset(outcome, 0, sizeof *outcome);
	outcome->err = fail(&outcome->why, ERR_CONFLICT, NULL,
		"not done, because another change of the same request was refused");
}

void batch_refuse(struct batch *batch, size_t first, size_t count, size_t refused)
{
	for (size_t i = first; i < first + count; i++)
		if (i != refused)
			say_not_done(&batch->outcomes[i]);
	if (batch->stop)
		batch->stop->refused++;
}

static bool is_done(const struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		if (batch->outcomes[i].err)
			return false;
	return true;
}

bool batch_may_run(const struct batch *batch)
{
	for (size_t i = 0; i < batch->need_count; i++)
		if (!is_done(batch->needs[i]))
			return false;
	return !batch->stop || batch->stop->refused < batch->stop->limit;
}

void batch_skip(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		say_not_done(&batch->outcomes[i]);
		batch->outcomes[i].skipped = true;
	}
}

/* ---- what became of them ---- */

/* What was refused for want of a right leaves a row. */
static bool is_refused(struct core *core, const struct batch *batch, size_t i)
{
	if (batch->outcomes[i].err != OK)
		denials_note_command(
			core, batch->actor, &batch->commands[i], &batch->outcomes[i].why);
	return batch->outcomes[i].err != OK;
}

/* When a token ends may have changed. */
static void note_client(struct core *core, const struct batch *batch, size_t i)
{
	if (batch->commands[i].kind == KIND_CLIENT && batch->outcomes[i].changed)
		expiries_mark(core->expiries);
}

void batch_count(struct core *core, const struct batch *batch, size_t first, size_t count)
{
	int64_t refused = 0, held = 0;
	for (size_t i = first; i < first + count; i++) {
		refused += is_refused(core, batch, i);
		held += !batch->preview && batch->outcomes[i].err == ERR_HELD;
		note_client(core, batch, i);
	}
	metric_add(METRIC_HELD, held);
	metric_add(METRIC_COMMANDS, (int64_t)count);
	metric_add(METRIC_COMMANDS_REFUSED, refused);
	metric_add(METRIC_WRITE_QUEUE, -(int64_t)count);
}
