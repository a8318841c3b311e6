#include "core/job_int.h"

#include "base/limits.h"

#define OPEN "planned running"

static bool may(const struct actor *actor, enum job_type type)
{
	return actor_is_unbound(actor) ||
	       (actor->permissions & job_type_row(type)->permissions) != 0;
}

static bool is_import(enum job_type type)
{
	return job_type_row(type)->change == JOB_CHANGE_IMPORT;
}

/* What the audit and webhooks call it. */
static const char *action(enum job_type type, const char *of_job, const char *of_import)
{
	return is_import(type) ? of_import : of_job;
}

static enum err forbidden(struct run *run)
{
	return fail(
		run->why, ERR_FORBIDDEN, NULL, "the permission for what the job does is missing");
}

/* ---- creating ---- */

static uint32_t count_in(struct run *run, const char *state, uint32_t most)
{
	uint32_t count = 0, number = 0;
	struct postings *jobs = postings_equal(run->txn, run->arena, run->command->tenant, KIND_JOB,
		ATTR_JOB_STATE, span_str(state));
	while (count < most && postings_next(jobs, number + 1, &number))
		count++;
	postings_close(jobs);
	return count;
}

static uint32_t count_imports(struct run *run, const char *state)
{
	uint32_t count = 0, number = 0;
	struct record record;
	struct span word = span_str(job_type_row(JOB_IMPORT)->word);
	struct postings *jobs = postings_equal(run->txn, run->arena, run->command->tenant, KIND_JOB,
		ATTR_JOB_STATE, span_str(state));
	while (postings_next(jobs, number + 1, &number))
		if (txn_entry(run->txn, run->command->tenant, KIND_JOB, number, &record) &&
			span_equal(record_first(&record, ATTR_JOB_TYPE), word))
			count++;
	postings_close(jobs);
	return count;
}

static enum err check_import(struct run *run)
{
	uint32_t open = count_imports(run, "planned") + count_imports(run, "running");
	if (open < LIMIT_IMPORTS_OPEN)
		return OK;
	return fail(run->why, ERR_CONFLICT, NULL,
		"%u imports wait to be committed or rejected; decide about one of them first",
		(unsigned)open);
}

static enum err check_container(struct run *run, const struct job_order *order)
{
	enum kind kind;
	uint32_t number;
	enum kind wanted = job_type_row(order->task.type)->container;
	if (wanted && (!txn_find_id(run->txn, run->command->tenant, &order->task.container, &kind,
			       &number) ||
			      kind != wanted))
		return fail(run->why, ERR_NOT_FOUND, kind_row(wanted)->word, "there is no such %s",
			kind_row(wanted)->word);
	return OK;
}

static enum err check_order(struct run *run, const struct job_order *order)
{
	const struct job_task *task = &order->task;
	if (task->type >= JOB_TYPE_COUNT || !order->count)
		return fail(run->why, ERR_VALUE, "ids", "a job is about somebody");
	if (order->count > LIMIT_JOB_ROWS)
		return fail(run->why, ERR_TOO_LARGE, "ids", "a job is about at most %d rows",
			LIMIT_JOB_ROWS);
	if (is_import(task->type) != (order->imports && order->head))
		return fail(run->why, ERR_VALUE, "action", "an import comes from a file");
	if (task->replace && job_type_row(task->type)->change != JOB_CHANGE_ADD)
		return fail(run->why, ERR_VALUE, "replace", "nothing is replaced by this");
	if (job_type_row(task->type)->change == JOB_CHANGE_SETTLE &&
		(task->as == RESOLUTION_NONE || task->as == RESOLUTION_APPROVE_ONCE))
		return fail(run->why, ERR_UNWILLING, "as", "approvals are given one by one");
	if (!may(run->actor, task->type))
		return forbidden(run);
	if (count_in(run, "planned", LIMIT_JOBS_OPEN) + count_in(run, "running", LIMIT_JOBS_OPEN) >=
		LIMIT_JOBS_OPEN)
		return fail(run->why, ERR_RATE, NULL, "%d jobs wait to be run or cancelled",
			LIMIT_JOBS_OPEN);
	return is_import(order->task.type) ? check_import(run) : check_container(run, order);
}

static enum err build(struct run *run, const struct job_order *order, struct entry *entry)
{
	char id[UUID_TEXT + 1];
	const struct actor *actor = run->actor;
	entry->tenant = run->command->tenant;
	entry->id = uuid_is_nil(&run->command->id) ? uuid_new() : run->command->id;
	entry->revision = 1;
	entry->created = entry->modified = run->now;
	uuid_format(&entry->id, id);
	struct {
		enum attr attr;
		struct span octets;
	} values[] = {
		{ ATTR_COMMON_NAME, arena_copy(run->arena, span_str(id)) },
		{ ATTR_JOB_TYPE, span_str(job_type_row(order->task.type)->word) },
		{ ATTR_JOB_STATE, SPAN("planned") },
		{ ATTR_JOB_ARGUMENTS, job_arguments(run->arena, &order->task) },
		{ ATTR_JOB_TOTAL, span_str(arena_printf(run->arena, "%zu", order->count)) },
		{ ATTR_JOB_OWNER, actor->number && actor->tenant == entry->tenant
					  ? arena_copy(run->arena, uuid_span(&actor->id))
					  : SPAN_NONE },
	};
	enum err err = OK;
	for (size_t i = 0; !err && i < sizeof values / sizeof *values; i++)
		err = entry_set(entry, values[i].attr, actor->source, values[i].octets, run->why);
	return err;
}

static enum err put_rows(struct run *run, const struct job_order *order, const struct entry *entry)
{
	/* Beside the deed that is journalled: the list may be long. */
	run_deed(run, entry->tenant, NULL);
	buffer_reset(run->scratch);
	actor_write(run->scratch, run->actor);
	run_state(run, job_name(run->arena, &entry->id, "actor"),
		arena_copy(run->arena, buffer_span(run->scratch)));
	for (size_t from = 0; from < order->count; from += JOB_STEP_ROWS) {
		size_t left = order->count - from;
		size_t rows = left < JOB_STEP_ROWS ? left : JOB_STEP_ROWS;
		run_state(run,
			job_step_name(
				run->arena, &entry->id, "to", (uint32_t)(from / JOB_STEP_ROWS)),
			arena_copy(
				run->arena, span_of(order->ids + from, rows * sizeof *order->ids)));
	}
	return order->imports ? import_put(run, order, &entry->id) : OK;
}

static enum err create(struct run *run, const struct job_order *order)
{
	enum kind kind;
	uint32_t number;
	enum err err = check_order(run, order);
	if (err)
		return err;
	if (txn_find_id(run->txn, run->command->tenant, &run->command->id, &kind, &number))
		return fail(run->why, ERR_EXISTS, attr_spelling(ATTR_ID), "the id is taken");
	struct entry *entry = entry_new(run->arena, KIND_JOB);
	err = build(run, order, entry);
	if (err)
		return err;
	entry->number = txn_new_number(run->txn, entry->tenant);
	struct deed *deed =
		run_deed_on(run, action(order->task.type, "job.created", "import.planned"), entry);
	deed->after = entry;
	err = deed_entry(run, deed, SPAN_NONE, entry);
	if (!err)
		err = put_rows(run, order, entry);
	run_report(run, entry);
	return err;
}

/* ---- one that is there ---- */

struct work {
	struct span bytes;
	struct entry *entry;
	struct job_task task;
	struct actor owner;
	uint32_t total;
};

static enum err load(struct run *run, struct work *work)
{
	struct span row;
	uint64_t total;
	enum err err = run_load(run, &work->bytes, &work->entry);
	if (err)
		return err;
	if (!job_task_read(entry_first(work->entry, ATTR_JOB_TYPE),
		    entry_first(work->entry, ATTR_JOB_ARGUMENTS), &work->task) ||
		!span_to_u64(entry_first(work->entry, ATTR_JOB_TOTAL), &total) ||
		!txn_state(run->txn, run->command->tenant,
			job_name(run->arena, &run->command->id, "actor"), &row) ||
		!actor_read(row, &work->owner))
		return fail(run->why, ERR_CORRUPT, NULL, "the job cannot be read");
	work->total = (uint32_t)total;
	return OK;
}

static bool is_in(const struct work *work, const char *states)
{
	struct span left = span_str(states), state = entry_first(work->entry, ATTR_JOB_STATE);
	while (left.len)
		if (span_equal(span_cut(&left, ' '), state))
			return true;
	return false;
}

static enum err conflict(struct run *run, const struct work *work)
{
	return fail(run->why, ERR_CONFLICT, NULL, "the job is %.*s",
		SPAN_ARGS(entry_first(work->entry, ATTR_JOB_STATE)));
}

static bool is_owner(const struct run *run, const struct work *work)
{
	return actor_is_unbound(run->actor) || uuid_equal(&run->actor->id, &work->owner.id);
}

static enum err set_number(struct run *run, struct entry *entry, enum attr attr, uint32_t number)
{
	return entry_set(entry, attr, SOURCE_LOCAL,
		span_str(arena_printf(run->arena, "%u", (unsigned)number)), run->why);
}

static enum err set_state(struct run *run, const struct work *work, const char *state,
	const char *action, const struct progress *progress)
{
	struct entry *after = entry_copy(run->arena, work->entry);
	enum err err = entry_set(after, ATTR_JOB_STATE, SOURCE_LOCAL, span_str(state), run->why);
	if (!err && progress)
		err = set_number(run, after, ATTR_JOB_DONE, progress->done);
	if (!err && progress)
		err = set_number(run, after, ATTR_JOB_FAILED, progress->failed);
	if (err)
		return err;
	after->revision++;
	after->modified = run->now;
	struct deed *deed = run_deed_on(run, action, after);
	deed->before = work->entry;
	deed->after = after;
	err = deed_entry(run, deed, work->bytes, after);
	run_report(run, after);
	return err;
}

static enum err start(struct run *run, const struct work *work)
{
	if (!is_owner(run, work) || !may(run->actor, work->task.type))
		return forbidden(run);
	if (!is_in(work, "planned"))
		return conflict(run, work);
	if (is_import(work->task.type) &&
		count_imports(run, "running") >=
			policy_of(run->txn, run->command->tenant, POLICY_IMPORT_CONCURRENT))
		return fail(run->why, ERR_CONFLICT, NULL,
			"another import of the company is running; try again when it is done");
	jobs_wake(run->core->jobs);
	return set_state(run, work, "running",
		action(work->task.type, "job.started", "import.committed"), NULL);
}

static enum err load_progress(struct run *run, struct progress *progress)
{
	if (!progress_read(run->txn, run->arena, run->command->tenant, &run->command->id, progress))
		return fail(run->why, ERR_CORRUPT, NULL, "the job cannot be read");
	return OK;
}

static enum err cancel(struct run *run, const struct work *work)
{
	struct progress progress;
	if (!is_owner(run, work) && !may(run->actor, work->task.type))
		return forbidden(run);
	if (!is_in(work, OPEN))
		return conflict(run, work);
	enum err err = load_progress(run, &progress);
	return err ? err
		   : set_state(run, work, "cancelled",
			     action(work->task.type, "job.cancelled",
				     is_in(work, "planned") ? "import.rejected"
							    : "import.cancelled"),
			     &progress);
}

static void put_progress(struct run *run, const struct progress *progress)
{
	buffer_reset(run->scratch);
	progress_write(run->scratch, progress);
	run_state(run, job_name(run->arena, &run->command->id, "progress"),
		arena_copy(run->arena, buffer_span(run->scratch)));
}

static enum err stop(
	struct run *run, const struct work *work, struct progress *progress, struct span reason)
{
	progress->reason = reason;
	enum err err = set_state(run, work, "failed",
		action(work->task.type, "job.failed", "import.failed"), progress);
	if (!err)
		put_progress(run, progress);
	return err;
}

static enum err abandon(struct run *run, const struct work *work)
{
	struct progress progress;
	if (run->actor->type != ACTOR_SYSTEM)
		return forbidden(run);
	if (!is_in(work, "running"))
		return conflict(run, work);
	enum err err = load_progress(run, &progress);
	return err ? err : stop(run, work, &progress, run->command->job->text);
}

/* ---- a step ---- */

static void write_outcome(struct buffer *out, const struct outcome *outcome)
{
	write_span(out, span_str(err_row(outcome->err)->name));
	write_u8(out, outcome->changed);
	write_span(out, span_str(outcome->why.attribute));
	write_span(out, span_str(outcome->why.text));
}

/* A command within the command: whole or refused, applied before the next one looks. */
static void run_row(struct run *run, const struct work *work, const struct uuid *target,
	const struct import_row *import, struct outcome *outcome)
{
	struct command command;
	struct run row = *run;
	if (job_type_row(work->task.type)->change == JOB_CHANGE_EXPORT) {
		*outcome = (struct outcome){ .changed = true };
		return;
	}
	if (import && import->class != IMPORT_READY) {
		import_outcome(import, outcome);
		return;
	}
	if (import)
		import_command(run->arena, run->command->tenant, import, &command);
	else
		job_command(run->arena, run->command->tenant, &work->task, work->entry->created,
			target, &command);
	row.command = &command;
	row.outcome = outcome;
	outcome->err = command_run(&row);
	run->octets += row.octets;
	if (outcome->sequence > run->outcome->sequence)
		run->outcome->sequence = outcome->sequence;
}

/* Who lost the right goes no further; whatever else is refused is refused for that row. */
static bool ends_job(enum err err)
{
	return err == ERR_FORBIDDEN || err == ERR_CREDENTIALS;
}

static enum err run_rows(struct run *run, const struct work *work, struct span ids,
	const struct import_row *imports, struct progress *progress, struct buffer *outcomes)
{
	for (size_t i = 0; i + 16 <= ids.len; i += 16) {
		struct uuid target;
		struct outcome outcome = { 0 };
		const struct import_row *import = imports ? &imports[i / 16] : NULL;
		bool counts = !import || import->class == IMPORT_READY;
		memcpy(target.octets, ids.data + i, 16);
		run_row(run, work, &target, import, &outcome);
		if (txn_error(run->txn, run->why))
			return run->why->err;
		if (ends_job(outcome.err)) {
			progress->reason = arena_copy(run->arena, span_str(outcome.why.text));
			return OK;
		}
		write_outcome(outcomes, &outcome);
		progress->next++;
		progress->done += counts && outcome.err == OK;
		progress->failed += counts && outcome.err != OK;
	}
	return OK;
}

static enum err finish_step(
	struct run *run, const struct work *work, struct progress *progress, struct span outcomes)
{
	uint32_t step = run->command->job->from / JOB_STEP_ROWS;
	enum err err = OK;
	if (progress->reason.len)
		err = set_state(run, work, "failed",
			action(work->task.type, "job.failed", "import.failed"), progress);
	else if (progress->next >= work->total)
		err = set_state(run, work, "done",
			action(work->task.type, "job.finished", "import.completed"), progress);
	if (err)
		return err;
	put_progress(run, progress);
	if (outcomes.len)
		run_state(run, job_step_name(run->arena, &run->command->id, "is", step), outcomes);
	return OK;
}

/* NULL: the job is no import. */
static enum err load_imports(
	struct run *run, const struct work *work, struct span ids, struct import_row **imports)
{
	size_t count;
	*imports = NULL;
	if (!is_import(work->task.type))
		return OK;
	*imports = arena_array(run->arena, JOB_STEP_ROWS, sizeof **imports);
	enum err err = import_step(run, run->command->job->from / JOB_STEP_ROWS, *imports, &count);
	if (!err && count != ids.len / 16)
		err = fail(run->why, ERR_CORRUPT, NULL, "the import cannot be read");
	return err;
}

static enum err step(struct run *run, const struct work *work)
{
	struct span ids;
	struct progress progress;
	struct buffer outcomes;
	struct import_row *imports;
	const struct job_order *order = run->command->job;
	enum err err = load_progress(run, &progress);
	if (err)
		return err;
	if (!is_owner(run, work) || !may(run->actor, work->task.type))
		return forbidden(run);
	if (!is_in(work, "running") || progress.next != order->from ||
		!txn_state(run->txn, run->command->tenant,
			job_step_name(
				run->arena, &run->command->id, "to", order->from / JOB_STEP_ROWS),
			&ids))
		return conflict(run, work);
	ids = arena_copy(run->arena, ids);
	err = load_imports(run, work, ids, &imports);
	if (err)
		return err;
	buffer_init(&outcomes, LIMIT_CHANGE_OCTETS / 2);
	err = run_rows(run, work, ids, imports, &progress, &outcomes);
	if (!err && outcomes.failed)
		err = fail(run->why, ERR_INTERNAL, NULL, "the outcomes of a step are too long");
	progress.octets = order->octets;
	if (!err)
		err = finish_step(
			run, work, &progress, arena_copy(run->arena, buffer_span(&outcomes)));
	buffer_free(&outcomes);
	return err;
}

enum err command_job(struct run *run)
{
	static enum err (*const acts[])(struct run * run, const struct work *work) = {
		[JOB_RUN] = start,
		[JOB_CANCEL] = cancel,
		[JOB_STEP] = step,
		[JOB_FAIL] = abandon,
	};
	struct work work;
	const struct job_order *order = run->command->job;
	if (!order || run->command->kind != KIND_JOB)
		return fail(run->why, ERR_VALUE, NULL, "there is no order to the job");
	if (order->act == JOB_CREATE)
		return create(run, order);
	enum err err = load(run, &work);
	return err ? err : acts[order->act](run, &work);
}

/* The rows that only the job needed end with it. */
enum err job_deleted(struct run *run, const struct entry *entry)
{
	run_drop_states(run, entry->tenant, job_prefix(run->arena, &entry->id));
	return OK;
}
