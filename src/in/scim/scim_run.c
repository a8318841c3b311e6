/* Changes on their way. A round prepares what it can in one view of the serving thread, has the
 * passwords hashed, hands all of it to the writer at once and takes the outcomes. */
#include "in/scim/scim_int.h"

#include "base/clock.h"
#include "base/limits.h"

#define ROUND_TIME (SECOND / 50) /* that others of the thread wait while one prepares */
#define ROUND_UNITS 256

static void next_round(struct scim_call *call);

/* ---- refusing ---- */

static void finish(struct scim_unit *unit)
{
	unit->done = true;
	for (size_t i = 0; i < unit->count; i++)
		unit->changes[i]->done = true;
}

/* In a circle nothing stands without the others. */
static void refuse_circle(struct scim_unit *unit, enum err err, const struct why *why)
{
	for (size_t i = 0; i < unit->count; i++) {
		struct scim_change *change = unit->changes[i];
		if (change->err)
			continue;
		change->why = (struct why){ 0 };
		change->err = fail(&change->why, ERR_CONFLICT, why->attribute,
			"the operations refer to each other in a circle: %s",
			why->text[0] ? why->text : err_row(err)->text);
	}
}

static void refuse(struct scim_unit *unit, enum err err, const struct why *why)
{
	if (unit->circle)
		refuse_circle(unit, err, why);
	else if (!unit->changes[0]->err) {
		unit->changes[0]->err = err;
		unit->changes[0]->why = *why;
	}
	unit->call->run.errors += (unsigned)unit->count;
	finish(unit);
}

/* `failed` has the reason; the others of its circle fall with it. */
static void refuse_with(
	struct scim_unit *unit, struct scim_change *failed, enum err err, const struct why *why)
{
	failed->err = err;
	failed->why = *why;
	refuse(unit, err, why);
}

static bool is_over(const struct scim_run *run)
{
	return run->errors_max && run->errors >= run->errors_max;
}

static bool has_live(const struct scim_run *run, size_t end)
{
	for (size_t i = run->next; i < end; i++)
		if (!run->units[i].done)
			return true;
	return false;
}

/* Before the round is handed over. Where errors are counted, whether the unit is tried at all
 * depends on how those before it end: then the round ends before it. False: it does. */
static bool refuse_in_round(struct scim_call *call, size_t at, struct scim_change *failed,
	enum err err, const struct why *why)
{
	struct scim_run *run = &call->run;
	if (run->errors_max && has_live(run, at))
		return false;
	refuse_with(&run->units[at], failed, err, why);
	return true;
}

/* ---- outcomes ---- */

/* Of several outcomes the one that refused, not those that it took along. */
static const struct outcome *refusal(const struct scim_unit *unit)
{
	const struct outcome *found = NULL;
	for (size_t i = 0; i < unit->batch.count; i++)
		if (unit->outcomes[i].err && (!found || found->err == ERR_CONFLICT))
			found = &unit->outcomes[i];
	return found;
}

/* Another change came between looking and writing: look again, unless the client itself has said
 * which state it changes. */
static bool is_overtaken(const struct scim_unit *unit, enum err err)
{
	bool overtaken = err == ERR_VERSION;
	for (size_t i = 0; i < unit->count && overtaken; i++)
		overtaken = !unit->changes[i]->conditional;
	return overtaken;
}

static bool try_again(struct scim_unit *unit)
{
	const unsigned most = unit->batch.preview ? SCIM_DRY_RETRIES : SCIM_RETRIES;
	bool again = true;
	for (size_t i = 0; i < unit->count; i++)
		again = unit->changes[i]->tries++ < most && again;
	return again;
}

static void refuse_overtaken(struct scim_unit *unit)
{
	struct why why = { 0 };
	refuse(unit, fail(&why, ERR_BUSY, NULL, "too many change this at once; try again later"),
		&why);
}

static void take_outcome(
	struct scim_change *change, const struct command *command, const struct outcome *outcome)
{
	if (!uuid_equal(&command->id, &change->id))
		return;
	change->revision = command->type == COMMAND_DELETE ? 0 : outcome->revision;
	if (!outcome->sequence || change->unit->batch.preview)
		return;
	change->sequence = outcome->sequence;
	change->audit_first = change->audit_first ? change->audit_first : outcome->audit_first;
	change->audit_last = outcome->audit_last;
}

static void judge(struct scim_unit *unit)
{
	const struct outcome *refused = refusal(unit);
	unit->submitted = false;
	if (refused && refused->skipped)
		return;
	bool overtaken = refused && is_overtaken(unit, refused->err);
	if (overtaken && try_again(unit))
		return;
	if (overtaken) {
		refuse_overtaken(unit);
		return;
	}
	if (refused) {
		refuse(unit, refused->err, &refused->why);
		return;
	}
	for (size_t i = 0; i < unit->count; i++)
		for (size_t j = 0; j < unit->batch.count; j++)
			take_outcome(
				unit->changes[i], &unit->batch.commands[j], &unit->outcomes[j]);
	finish(unit);
}

static void after_commit(struct scim_call *call)
{
	struct scim_run *run = &call->run;
	if (run->dry)
		run->next = 0;
	for (size_t i = run->next; i < run->round; i++)
		if (run->units[i].submitted)
			judge(&run->units[i]);
	next_round(call);
}

static void committed(struct batch *batch)
{
	struct scim_unit *unit = batch->arg;
	if (--unit->call->run.waiting == 0)
		scim_resume(unit->call, after_commit);
}

/* ---- handing over ---- */

static void fill_batch(struct scim_call *call, struct scim_unit *unit)
{
	size_t count = 0, late = unit->circle ? 2 * unit->count : 0;
	for (size_t i = 0; i < unit->count; i++)
		count += unit->changes[i]->count;
	struct command *commands = arena_array(call->arena, count + late, sizeof *commands);
	count = 0;
	for (size_t i = 0; i < unit->count; i++) {
		const struct scim_change *change = unit->changes[i];
		memcpy(commands + count, change->commands, change->count * sizeof *commands);
		count += change->count;
	}
	if (unit->circle)
		count += scim_break_circle(call, unit, commands, count);
	unit->outcomes = arena_array(call->arena, count, sizeof *unit->outcomes);
	unit->batch =
		(struct batch){ .commands = commands, .outcomes = unit->outcomes, .count = count };
}

/* What the unit refers to and the writer has in the same round. */
static void add_needs(struct scim_call *call, struct scim_unit *unit)
{
	const struct batch **needs = NULL;
	unit->batch.need_count = 0;
	for (size_t i = 0; i < unit->count; i++) {
		const struct scim_change *change = unit->changes[i];
		if (!change->target_count)
			continue;
		if (!needs)
			needs = arena_array(call->arena, LIMIT_SCIM_BULK_OPERATIONS, sizeof *needs);
		for (size_t j = 0; j < change->target_count; j++)
			if (change->targets[j]->unit->submitted &&
				change->targets[j]->unit != unit &&
				unit->batch.need_count < LIMIT_SCIM_BULK_OPERATIONS)
				needs[unit->batch.need_count++] = &change->targets[j]->unit->batch;
	}
	unit->batch.needs = needs;
}

static void complete_batch(struct scim_call *call, struct scim_unit *unit)
{
	struct scim_run *run = &call->run;
	struct batch *batch = &unit->batch;
	batch->actor = &call->actor;
	batch->all_or_nothing = true;
	batch->done = committed;
	batch->arg = unit;
	batch->stop = run->errors_max ? &run->stop : NULL;
	if (run->dry) {
		batch->preview = true;
		batch->arena = call->arena;
		batch->look = scim_look;
	}
	add_needs(call, unit);
}

/* Of a dry run also what an earlier round has found good: nothing of it was kept. */
static bool is_for_writer(const struct scim_run *run, const struct scim_unit *unit)
{
	return !unit->done || (run->dry && unit->batch.count > 0 && !unit->changes[0]->err);
}

/* The batches of the round, in their order. */
static size_t gather(struct scim_call *call, struct batch **batches)
{
	struct scim_run *run = &call->run;
	size_t count = 0;
	for (size_t i = run->next; i < run->round; i++) {
		struct scim_unit *unit = &run->units[i];
		if (!is_for_writer(run, unit))
			continue;
		if (!unit->done)
			fill_batch(call, unit);
		if (unit->batch.count == 0) {
			finish(unit);
			continue;
		}
		unit->done = false;
		unit->submitted = true;
		complete_batch(call, unit);
		unit->batch.joined = count > 0;
		batches[count++] = &unit->batch;
	}
	return count;
}

static enum err hand_over(
	struct scim_call *call, struct batch **batches, size_t count, struct why *why)
{
	struct scim_run *run = &call->run;
	run->stop = (struct batch_stop){ .limit = run->errors_max - run->errors };
	run->waiting = count;
	for (size_t i = 0; i < count && run->dry; i++)
		run->spent += batches[i]->count;
	if (run->spent > LIMIT_SCIM_DRY_COMMANDS)
		return fail(why, ERR_TOO_LARGE, NULL,
			"too many changes that build on each other for a dry run");
	return core_submit_all(call->server->door->options.core, batches, count, why);
}

/* The writer did not take it; what an earlier round of a dry run has found stays found. */
static void take_back(struct scim_unit *unit, enum err err, const struct why *why)
{
	unit->submitted = false;
	if (unit->changes[0]->done)
		finish(unit);
	else
		refuse(unit, err, why);
}

static void submit(struct scim_call *call)
{
	struct scim_run *run = &call->run;
	struct why why = { 0 };
	if (run->dry)
		run->next = 0;
	struct batch **batches =
		arena_array(call->arena, run->round - run->next + 1, sizeof *batches);
	size_t count = gather(call, batches);
	enum err err = count ? hand_over(call, batches, count, &why) : OK;
	if (count && !err)
		return;
	for (size_t i = run->next; i < run->round; i++)
		if (run->units[i].submitted)
			take_back(&run->units[i], err, &why);
	/* Many rounds with nothing to write are not one turn. */
	if (call->bulk)
		scim_resume(call, next_round);
	else
		next_round(call);
}

/* ---- passwords: hashed before anything is written, and never written otherwise ---- */

static void put_hash(struct scim_call *call, struct scim_change *change)
{
	struct command *command = &change->commands[0];
	if (command->type == COMMAND_CREATE) {
		entry_set(
			change->edit.entry, ATTR_PASSWORD, call->actor.source, change->hash, NULL);
		return;
	}
	struct modification *mods = arena_array(call->arena, command->mod_count + 1, sizeof *mods);
	struct value *value = arena_alloc(call->arena, sizeof *value);
	if (command->mod_count > 0)
		memcpy(mods, command->mods, command->mod_count * sizeof *mods);
	*value = (struct value){ ATTR_PASSWORD, 0, call->actor.source, change->hash };
	mods[command->mod_count] = (struct modification){ .op = PATCH_REPLACE,
		.attr = ATTR_PASSWORD,
		.source = call->actor.source,
		.values = value,
		.count = 1 };
	command->mods = mods;
	command->mod_count++;
}

static void hash_next(struct scim_call *call);

static void refuse_hash(struct scim_call *call, enum err err, const struct why *why)
{
	struct scim_run *run = &call->run;
	struct scim_change *change = run->units[run->hashing].changes[run->hashing_change];
	if (!refuse_in_round(call, run->hashing, change, err, why) || is_over(run))
		run->round = run->hashing;
}

static void after_hash(struct scim_call *call)
{
	struct scim_run *run = &call->run;
	struct scim_change *change = run->units[run->hashing].changes[run->hashing_change];
	if (run->hashed)
		refuse_hash(call, run->hashed, &run->hash.why);
	else
		change->hash = arena_copy(call->arena, span_str(run->hash.hash));
	hash_next(call);
}

static void hashed(struct hashing *hashing, enum err err)
{
	struct scim_call *call = hashing->arg;
	call->run.hashed = err;
	scim_resume(call, after_hash);
}

/* True: it is under way. */
static bool start_hash(struct scim_call *call, const struct scim_change *change)
{
	struct scim_run *run = &call->run;
	struct why why = { 0 };
	run->hash =
		(struct hashing){ .password = change->edit.password, .done = hashed, .arg = call };
	enum err err = hashing_start(
		call->server->door->options.core, call->actor.tenant, &run->hash, &why);
	if (err)
		refuse_hash(call, err, &why);
	return !err;
}

/* True: one is being hashed; false: the unit has all its hashes, or is refused. */
static bool hash_unit(struct scim_call *call, struct scim_unit *unit)
{
	for (size_t i = 0; i < unit->count && !unit->done; i++) {
		struct scim_change *change = unit->changes[i];
		call->run.hashing_change = i;
		if (!change->edit.password.data)
			continue;
		if (!change->hash.data)
			return start_hash(call, change);
		put_hash(call, change);
	}
	return false;
}

/* One after the other, so that others have their turn at the hashing threads. */
static void hash_next(struct scim_call *call)
{
	struct scim_run *run = &call->run;
	for (; run->hashing < run->round; run->hashing++)
		if (!run->units[run->hashing].done && hash_unit(call, &run->units[run->hashing]))
			return;
	submit(call);
}

/* ---- preparing ---- */

static bool is_busy(const struct scim_unit *unit, const struct scim_change *change)
{
	bool busy = false;
	for (size_t i = 0; i < unit->count && !busy; i++) {
		const struct scim_change *earlier = unit->changes[i];
		busy = change->method == HTTP_POST
			       ? earlier->method == HTTP_DELETE && earlier->type == change->type
			       : uuid_equal(&earlier->id, &change->id);
	}
	return busy;
}

/* It looks at what something before it in the round leaves: who was changed, or, for what is to be
 * created, who was deleted. */
static bool must_wait(const struct scim_run *run, const struct scim_change *change)
{
	for (size_t i = run->next; i < run->round; i++)
		if (!run->units[i].done && is_busy(&run->units[i], change))
			return true;
	return false;
}

static enum err prepare_one(struct scim_call *call, struct scim_change *change, bool *waits)
{
	call->why = change->why;
	enum err err = change->err;
	if (!err && call->bulk)
		err = scim_bulk_resolve(call, change);
	*waits = !err && must_wait(&call->run, change);
	return err || *waits ? err : scim_prepare(call, change);
}

/* False: the round ends before the unit. */
static bool prepare_next(struct scim_call *call)
{
	struct scim_run *run = &call->run;
	struct scim_unit *unit = &run->units[run->round];
	for (size_t i = 0; i < unit->count; i++) {
		bool waits;
		enum err err = prepare_one(call, unit->changes[i], &waits);
		if (waits)
			return false;
		if (err)
			return refuse_in_round(
				       call, run->round, unit->changes[i], err, &call->why) &&
			       !is_over(run);
	}
	return true;
}

static void prepare_round(struct scim_call *call)
{
	struct scim_run *run = &call->run;
	int64_t until = clock_monotonic() + ROUND_TIME;
	size_t count = 0;
	for (run->round = run->next; run->round < run->count; run->round++) {
		if (run->units[run->round].done)
			continue;
		if (count == ROUND_UNITS || (count > 0 && clock_monotonic() > until) ||
			!prepare_next(call))
			break;
		count += !run->units[run->round].done;
	}
}

static void refuse_rest(struct scim_call *call, enum err err)
{
	for (size_t i = call->run.next; i < call->run.count; i++)
		if (!call->run.units[i].done)
			refuse(&call->run.units[i], err, &call->why);
}

static enum err begin_round(struct scim_call *call)
{
	call->why = (struct why){ 0 };
	enum err err = view_begin(call->thread->view, &call->why);
	if (err)
		return err;
	err = scim_find_actor(call);
	call->actor.request = call->run.request;
	if (!err)
		prepare_round(call);
	view_end(call->thread->view);
	return err;
}

static void next_round(struct scim_call *call)
{
	struct scim_run *run = &call->run;
	while (run->next < run->count && run->units[run->next].done)
		run->next++;
	enum err err = OK;
	if (run->next < run->count && !is_over(run))
		err = begin_round(call);
	if (err)
		refuse_rest(call, err);
	if (err || run->next == run->count || is_over(run)) {
		run->ended(call);
		return;
	}
	run->hashing = run->next;
	hash_next(call);
}

void scim_run(struct scim_call *call)
{
	call->run.request = uuid_new();
	for (size_t i = 0; i < call->run.count; i++)
		call->run.units[i].call = call;
	next_round(call);
}
