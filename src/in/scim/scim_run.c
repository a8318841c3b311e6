/* Changes on their way. A round prepares what it can in one view of the serving thread, has the
 * passwords hashed, hands all of it to the writer at once and takes the outcomes. */
#include "in/scim/scim_int.h"

#include "base/clock.h"

#define ROUND_TIME (SECOND / 50) /* that others of the thread wait while one prepares */
#define ROUND_UNITS 256

static void next_round(struct scim_call *call);

static void finish(struct scim_unit *unit)
{
	unit->done = true;
	for (size_t i = 0; i < unit->count; i++)
		unit->changes[i]->done = true;
}

static void refuse(struct scim_unit *unit, enum err err, const struct why *why)
{
	for (size_t i = 0; i < unit->count; i++) {
		unit->changes[i]->err = err;
		unit->changes[i]->why = *why;
	}
	finish(unit);
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
static bool try_again(struct scim_unit *unit, enum err err)
{
	bool again = err == ERR_VERSION;
	for (size_t i = 0; i < unit->count && again; i++) {
		struct scim_change *change = unit->changes[i];
		again = !change->conditional && change->tries++ < SCIM_RETRIES;
	}
	return again;
}

static void take_outcome(
	struct scim_change *change, const struct command *command, const struct outcome *outcome)
{
	if (!uuid_equal(&command->id, &change->id))
		return;
	change->revision = command->type == COMMAND_DELETE ? 0 : outcome->revision;
	if (!outcome->sequence)
		return;
	change->sequence = outcome->sequence;
	change->audit_first = change->audit_first ? change->audit_first : outcome->audit_first;
	change->audit_last = outcome->audit_last;
}

static void judge(struct scim_unit *unit)
{
	const struct outcome *refused = refusal(unit);
	unit->submitted = false;
	if (refused && try_again(unit, refused->err))
		return;
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
	for (size_t i = run->next; i < run->round; i++)
		if (run->units[i].submitted)
			judge(&run->units[i]);
	next_round(call);
}

static void committed(struct batch *batch)
{
	struct scim_call *call = batch->arg;
	if (--call->run.waiting == 0)
		scim_resume(call, after_commit);
}

/* ---- handing over ---- */

static void fill_batch(struct scim_call *call, struct scim_unit *unit)
{
	size_t count = 0;
	for (size_t i = 0; i < unit->count; i++)
		count += unit->changes[i]->count;
	struct command *commands = arena_array(call->arena, count + 1, sizeof *commands);
	unit->outcomes = arena_array(call->arena, count + 1, sizeof *unit->outcomes);
	unit->batch = (struct batch){ .actor = &call->actor,
		.commands = commands,
		.outcomes = unit->outcomes,
		.count = count,
		.all_or_nothing = true,
		.done = committed,
		.arg = call };
	for (size_t i = 0; i < unit->count; i++) {
		const struct scim_change *change = unit->changes[i];
		memcpy(commands, change->commands, change->count * sizeof *commands);
		commands += change->count;
	}
}

static void submit(struct scim_call *call)
{
	struct scim_run *run = &call->run;
	struct why why = { 0 };
	struct batch **batches = arena_array(call->arena, run->round + 1, sizeof *batches);
	size_t count = 0;
	for (size_t i = run->next; i < run->round; i++) {
		struct scim_unit *unit = &run->units[i];
		if (unit->done)
			continue;
		fill_batch(call, unit);
		unit->submitted = unit->batch.count > 0;
		if (unit->submitted)
			batches[count++] = &unit->batch;
		else
			finish(unit);
	}
	call->actor.request = uuid_new();
	run->waiting = count;
	enum err err =
		count ? core_submit_all(call->server->door->options.core, batches, count, &why)
		      : OK;
	if (count && !err)
		return;
	for (size_t i = run->next; i < run->round; i++)
		if (run->units[i].submitted)
			refuse(&run->units[i], err, &why);
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
	mods[command->mod_count] =
		(struct modification){ PATCH_REPLACE, ATTR_PASSWORD, call->actor.source, value, 1 };
	command->mods = mods;
	command->mod_count++;
}

static void hash_next(struct scim_call *call);

static void after_hash(struct scim_call *call)
{
	struct scim_run *run = &call->run;
	struct scim_unit *unit = &run->units[run->hashing];
	if (run->hashed)
		refuse(unit, run->hashed, &(struct why){ 0 });
	else
		unit->changes[run->hashing_change]->hash =
			arena_copy(call->arena, span_str(run->hash.hash));
	hash_next(call);
}

static void hashed(struct hashing *hashing, enum err err)
{
	struct scim_call *call = hashing->arg;
	call->run.hashed = err;
	scim_resume(call, after_hash);
}

/* True: it is under way. */
static bool start_hash(struct scim_call *call, struct scim_unit *unit, struct scim_change *change)
{
	struct scim_run *run = &call->run;
	struct why why = { 0 };
	run->hash =
		(struct hashing){ .password = change->edit.password, .done = hashed, .arg = call };
	enum err err = hashing_start(
		call->server->door->options.core, call->actor.tenant, &run->hash, &why);
	if (err)
		refuse(unit, err, &why);
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
			return start_hash(call, unit, change);
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

static enum err prepare_unit(struct scim_call *call, struct scim_unit *unit)
{
	enum err err = OK;
	for (size_t i = 0; i < unit->count && !err; i++)
		err = scim_prepare(call, unit->changes[i]);
	return err;
}

static void prepare_round(struct scim_call *call)
{
	struct scim_run *run = &call->run;
	int64_t until = clock_monotonic() + ROUND_TIME;
	for (run->round = run->next; run->round < run->count; run->round++) {
		struct scim_unit *unit = &run->units[run->round];
		if (run->round - run->next == ROUND_UNITS ||
			(run->round > run->next && clock_monotonic() > until))
			return;
		if (unit->done)
			continue;
		call->why = (struct why){ 0 };
		enum err err = prepare_unit(call, unit);
		if (err)
			refuse(unit, err, &call->why);
	}
}

static void refuse_rest(struct scim_call *call, enum err err)
{
	for (size_t i = call->run.next; i < call->run.count; i++)
		if (!call->run.units[i].done)
			refuse(&call->run.units[i], err, &call->why);
}

static void next_round(struct scim_call *call)
{
	struct scim_run *run = &call->run;
	while (run->next < run->count && run->units[run->next].done)
		run->next++;
	if (run->next == run->count) {
		run->ended(call);
		return;
	}
	call->why = (struct why){ 0 };
	enum err err = view_begin(call->thread->view, &call->why);
	if (!err) {
		err = scim_find_actor(call);
		if (!err)
			prepare_round(call);
		view_end(call->thread->view);
	}
	if (err) {
		refuse_rest(call, err);
		run->ended(call);
		return;
	}
	run->hashing = run->next;
	hash_next(call);
}

void scim_run(struct scim_call *call)
{
	next_round(call);
}
