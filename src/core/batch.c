#include "core/core_int.h"

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
