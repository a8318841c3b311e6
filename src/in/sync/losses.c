#include "in/sync/locate.h"
#include "in/sync/sync_int.h"

void run_add_loss(struct sync_run *run, const struct loss *loss)
{
	if (run->loss_count == run->loss_capacity) {
		run->loss_capacity = run->loss_capacity ? run->loss_capacity * 2 : 64;
		run->losses = heap_grow(run->losses, run->loss_capacity * sizeof(*run->losses));
	}
	run->losses[run->loss_count++] = *loss;
	if (loss->kind == KIND_USER)
		run->debounce.deactivations++;
}

struct span loss_rule(const struct loss *loss)
{
	static const char *const rules[LOSS_REASONS] = {
		[LOSS_NONE] = "",
		[LOSS_DISABLED] = "disabled upstream",
		[LOSS_EXPIRED] = "expired upstream",
		[LOSS_OUT_OF_SCOPE] = "out of the directory's scope",
		[LOSS_DELETED] = "deleted upstream",
		[LOSS_ABSENT] = "no longer named upstream",
		[LOSS_GROUP_GONE] = "the group is gone upstream",
	};

	return loss->rule.len > 0 ? loss->rule : span_str(rules[loss->reason]);
}

struct span run_left_to(struct sync_run *run, struct span dn)
{
	return span_str(arena_printf(run->texts, "left scope: now at %.*s", SPAN_ARGS(dn)));
}

static bool is_vanished(const struct loss *loss)
{
	return loss->reason != LOSS_NONE &&
	       (loss->absent || (loss->kind == KIND_USER && loss->reason == LOSS_DELETED));
}

size_t run_vanished(struct job *job, struct located **rows)
{
	const struct sync_run *run = &job->run;
	size_t count = 0;

	*rows = heap_zalloc((run->loss_count + 1) * sizeof(**rows));
	for (size_t i = 0; i < run->loss_count; i++)
		if (is_vanished(&run->losses[i]))
			(*rows)[count++].anchor = run->losses[i].anchor;
	return count;
}

void run_take_back_loss(struct sync_run *run, struct touch *touch)
{
	if (touch->loss == 0)
		return;
	struct loss *loss = &run->losses[touch->loss - 1];
	if (loss->kind == KIND_USER && loss->reason != LOSS_NONE)
		run->debounce.deactivations--;
	loss->reason = LOSS_NONE;
	touch->loss = 0;
}

void run_set_loss(struct job *job, struct touch *touch, const struct record *record,
	enum loss_reason reason, struct span rule)
{
	const struct loss loss = { .anchor = touch->anchor,
		.number = record->number,
		.kind = record->kind,
		.reason = reason,
		.reported = reason != LOSS_ABSENT,
		.rule = rule };

	run_take_back_loss(&job->run, touch);
	run_add_loss(&job->run, &loss);
	touch->loss = (uint32_t)job->run.loss_count;
}

/* A server that lags, an answer cut short: whoever was not named may be there as well. */
static void keep_absent(struct job *job)
{
	struct sync_run *run = &job->run;

	for (size_t i = 0; i < run->loss_count; i++)
		if (run->losses[i].absent && run->losses[i].reason != LOSS_NONE)
			run_take_back_loss(run, touch_find(&run->touches, &run->losses[i].anchor));
	run->complete = false;
	run->half_read = true;
	status_note(job, "the server has somebody whom it did not name: nobody is taken for gone");
}

static struct loss *loss_of(struct sync_run *run, const struct uuid *anchor)
{
	struct touch *touch = touch_find(&run->touches, anchor);

	return touch && touch->loss ? &run->losses[touch->loss - 1] : NULL;
}

void run_found(struct job *job, const struct located *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct loss *loss = loss_of(&job->run, &rows[i].anchor);
		if (loss && loss->absent && rows[i].is_listed) {
			keep_absent(job);
			return;
		}
	}
	for (size_t i = 0; i < count; i++) {
		struct loss *loss = loss_of(&job->run, &rows[i].anchor);
		if (rows[i].found && loss && loss->kind == KIND_USER && is_vanished(loss)) {
			loss->reason = LOSS_OUT_OF_SCOPE;
			loss->rule = run_left_to(&job->run, rows[i].dn);
			loss->reported = true;
		}
	}
}
