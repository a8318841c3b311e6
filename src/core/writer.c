#define _GNU_SOURCE /* pthread_setname_np */

#include "core/core_int.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/metric.h"

#include <assert.h>

#define GROUP_COMMANDS 256
#define GROUP_OCTETS (4 * MIB)
#define QUEUE_COMMANDS 65536
#define WATCHERS_MAX 8
#define PENDING ERR_COUNT /* of an outcome: to be run in the next attempt */

struct watcher {
	void (*committed)(void *arg, uint32_t tenant, uint64_t sequence);
	void *arg;
};

struct writer {
	struct core *core;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* Under the lock. Batches stay in the queue until all their commands are done. */
	struct batch *head, **tail;
	size_t waiting; /* commands */
	bool closing;

	/* The writer thread's. */
	size_t offset;       /* commands of the head batch that are done */
	struct arena *arena; /* of the group */
	struct arena *work;  /* of one attempt */
	struct buffer scratch;

	pthread_mutex_t watch; /* held while they are told */
	struct watcher watchers[WATCHERS_MAX];
	size_t watcher_count;
	atomic_bool full, failed;
	_Atomic int64_t began; /* monotonic; 0: idle */
};

/* A part of the queue that is committed together. */
struct slice {
	struct batch *batch;
	size_t first, count;
	bool refused;               /* all_or_nothing, and one was refused: outcomes stand */
	const struct command *hold; /* of a refused slice: to be held; or NULL */
	bool *spoiled; /* those whose outcome stands because they broke a transaction */
	struct conflict_note *notes; /* what those that were refused leave */
};

struct news { /* what watchers are told */
	uint32_t tenant;
	uint64_t sequence;
};

struct group {
	struct slice *slices;
	size_t count;
	struct news *news;
	size_t news_count;
	size_t octets;
	size_t changes;
	bool careful;   /* each command settles its own index rows */
	bool preview;   /* one batch alone, of which nothing is kept */
	bool mute;      /* the notes could not be written: they are let go of */
	struct why why; /* of a failure of all */
};

enum verdict {
	VERDICT_DONE,   /* ran to the end */
	VERDICT_AGAIN,  /* undo all and run again without what was refused meanwhile */
	VERDICT_FAILED, /* group->why */
};

/* ---- taking ---- */

static bool is_whole(const struct batch *batch)
{
	return batch->all_or_nothing || batch->preview;
}

/* How many previews of the queue's head run in one transaction. */
static size_t joined_count(const struct batch *head)
{
	size_t count = 1;
	while (head->preview && (head = head->next) && head->joined)
		count++;
	return count;
}

static bool has_room(const struct group *group, const struct batch *batch, size_t commands)
{
	if (group->count && group->preview && batch->joined)
		return true;
	return commands < GROUP_COMMANDS && group->count < GROUP_COMMANDS &&
	       !(group->count && (batch->preview || group->preview));
}

static size_t slice_size(const struct batch *batch, size_t offset, size_t room)
{
	size_t left = batch->count - offset;
	return is_whole(batch) || left < room ? left : room;
}

/* Waits for work; false when there is none and there will be none. */
static bool take(struct writer *writer, struct group *group)
{
	pthread_mutex_lock(&writer->lock);
	while (!writer->head && !writer->closing)
		pthread_cond_wait(&writer->wake, &writer->lock);
	memset(group, 0, sizeof *group);
	size_t places = writer->head ? GROUP_COMMANDS + joined_count(writer->head) : 0;
	group->slices = arena_array(writer->arena, places, sizeof *group->slices);
	size_t commands = 0, offset = writer->offset;
	for (struct batch *batch = writer->head; batch && has_room(group, batch, commands);
		batch = batch->next) {
		group->preview = batch->preview;
		struct slice *slice = &group->slices[group->count++];
		slice->batch = batch;
		slice->first = offset;
		slice->count = slice_size(batch, offset, GROUP_COMMANDS - commands);
		if (batch->stop)
			batch->stop->before = batch->stop->refused;
		slice->spoiled = arena_array(writer->arena, slice->count + 1, sizeof(bool));
		commands += slice->count;
		offset = 0;
	}
	pthread_mutex_unlock(&writer->lock);
	group->news =
		arena_array(writer->arena, 2 * (commands + group->count) + 1, sizeof *group->news);
	return group->count > 0;
}

/* ---- running ---- */

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

static struct run run_of(struct writer *writer, struct txn *txn, const struct batch *batch,
	const struct command *command, struct outcome *outcome)
{
	return (struct run){
		.core = writer->core,
		.txn = txn,
		.arena = writer->work,
		.actor = batch->actor,
		.command = command,
		.outcome = outcome,
		.now = clock_wall(),
		.scratch = &writer->scratch,
		.preview = batch->preview,
		.keep = batch->preview ? batch->arena : NULL,
	};
}

static enum err run_one(
	struct writer *writer, struct txn *txn, struct group *group, struct slice *slice, size_t i)
{
	struct batch *batch = slice->batch;
	struct run run = run_of(writer, txn, batch, &batch->commands[i], &batch->outcomes[i]);
	enum err err = command_run(&run);
	if (!err)
		note(group, &run);
	else
		conflict_take(&run, writer->arena, err, &slice->notes);
	batch->outcomes[i].err = err;
	return err;
}

/* What waits for an administrator is written down, whatever becomes of the rest. */
static void hold_one(struct writer *writer, struct txn *txn, struct group *group,
	const struct batch *batch, const struct command *command)
{
	struct outcome *outcome = arena_zalloc(writer->work, sizeof *outcome);
	struct run run = run_of(writer, txn, batch, command, outcome);
	if (!batch->preview && !command_hold(&run))
		note(group, &run);
}

/* ---- conflicts ---- */

static void write_note(struct writer *writer, struct txn *txn, struct group *group,
	const struct batch *batch, const struct conflict_note *left)
{
	struct outcome *outcome = arena_zalloc(writer->work, sizeof *outcome);
	struct command *command = arena_zalloc(writer->work, sizeof *command);
	*command = (struct command){ COMMAND_CHORE, left->tenant, KIND_CONFLICT };
	struct run run = run_of(writer, txn, batch, command, outcome);
	run.why = &outcome->why;
	conflict_write(&run, left);
	if (!run_apply(&run))
		note(group, &run);
}

/* After all commands, so that no refusal of another undoes them. False: the transaction is spoiled.
 */
static bool write_notes(struct writer *writer, struct txn *txn, struct group *group)
{
	for (size_t i = 0; i < group->count && !group->mute; i++)
		for (const struct conflict_note *left = group->slices[i].notes; left;
			left = left->next)
			write_note(writer, txn, group, group->slices[i].batch, left);
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

static void show(struct writer *writer, struct txn *txn, struct batch *batch)
{
	struct view view = { .core = writer->core, .txn = txn, .scratch = arena_new() };
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
	struct writer *writer, struct txn *txn, struct group *group, size_t at)
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
		enum err err = run_one(writer, txn, group, slice, i);
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
			hold_one(writer, txn, group, batch, &batch->commands[i]);
		if (group->octets > GROUP_OCTETS && !is_whole(batch))
			cut(group, at, i + 1 - slice->first);
	}
	if (group->octets > GROUP_OCTETS && !group->preview)
		cut(group, at, slice->count);
	if (batch->preview && batch->look)
		show(writer, txn, batch);
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
	struct writer *writer, struct txn *txn, struct group *group, const struct slice *slice)
{
	struct batch *batch = slice->batch;
	if (slice->hold)
		hold_one(writer, txn, group, batch, slice->hold);
	if (batch->stop)
		batch->stop->refused++;
}

static enum verdict attempt(struct writer *writer, struct group *group)
{
	struct txn *txn;
	group->news_count = 0;
	group->octets = 0;
	group->changes = 0;
	group->why = (struct why){ 0 };
	written_reset(writer->core->written);
	arena_reset(writer->work);
	reset_outcomes(group);
	reset_stops(group);
	if (txn_begin_write(writer->core->store, &txn, &group->why))
		return VERDICT_FAILED;
	enum verdict verdict = VERDICT_DONE;
	for (size_t i = 0; verdict == VERDICT_DONE && i < group->count; i++)
		if (!group->slices[i].refused)
			verdict = run_slice(writer, txn, group, i);
		else
			stand(writer, txn, group, &group->slices[i]);
	if (verdict == VERDICT_DONE && !write_notes(writer, txn, group))
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

/* ---- ending ---- */

static void fail_all(struct group *group)
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

static void count(struct core *core, const struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		const struct slice *slice = &group->slices[i];
		batch_count(core, slice->batch, slice->first, slice->count);
	}
}

static void announce(struct writer *writer, const struct group *group)
{
	for (size_t i = 0; i < group->news_count; i++)
		keeper_mark(writer->core->keeper, group->news[i].tenant);
	pthread_mutex_lock(&writer->watch);
	for (size_t i = 0; i < group->news_count; i++)
		for (size_t j = 0; j < writer->watcher_count; j++)
			writer->watchers[j].committed(writer->watchers[j].arg,
				group->news[i].tenant, group->news[i].sequence);
	pthread_mutex_unlock(&writer->watch);
	written_tell(writer->core->written);
}

/* Takes the finished batches off the queue and hands them back. */
static void finish(struct writer *writer, const struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		const struct slice *slice = &group->slices[i];
		struct batch *batch = slice->batch;
		bool ended = slice->first + slice->count == batch->count;
		pthread_mutex_lock(&writer->lock);
		writer->waiting -= slice->count;
		if (ended) {
			writer->head = batch->next;
			if (!writer->head)
				writer->tail = &writer->head;
		}
		pthread_mutex_unlock(&writer->lock);
		writer->offset = ended ? 0 : slice->first + slice->count;
		if (ended)
			batch->done(batch);
	}
}

static void turn(struct writer *writer, struct group *group)
{
	enum verdict verdict;
	atomic_store(&writer->began, clock_monotonic());
	do
		verdict = attempt(writer, group);
	while (verdict == VERDICT_AGAIN);
	if (verdict == VERDICT_FAILED)
		fail_all(group);
	atomic_store(&writer->full, verdict == VERDICT_FAILED && group->why.err == ERR_FULL);
	if (verdict == VERDICT_FAILED && group->why.err != ERR_FULL)
		atomic_store(&writer->failed, true);
	atomic_store(&writer->began, 0);
	count(writer->core, group);
	if (verdict == VERDICT_DONE && !group->preview)
		announce(writer, group);
	finish(writer, group);
}

static void *run_writer(void *arg)
{
	struct writer *writer = arg;
	struct group group;
	pthread_setname_np(pthread_self(), "writer");
	while (take(writer, &group)) {
		turn(writer, &group);
		arena_reset(writer->arena);
	}
	return NULL;
}

/* ---- doors ---- */

static void writer_free(struct writer *writer)
{
	pthread_cond_destroy(&writer->wake);
	pthread_mutex_destroy(&writer->lock);
	pthread_mutex_destroy(&writer->watch);
	buffer_free(&writer->scratch);
	arena_free(writer->work);
	arena_free(writer->arena);
	free(writer);
}

enum err writer_start(struct core *core, struct writer **result, struct why *why)
{
	struct writer *writer = heap_zalloc(sizeof *writer);
	writer->core = core;
	writer->tail = &writer->head;
	writer->arena = arena_new();
	writer->work = arena_new();
	buffer_init(&writer->scratch, 2 * LIMIT_CHANGE_OCTETS);
	pthread_mutex_init(&writer->lock, NULL);
	pthread_mutex_init(&writer->watch, NULL);
	pthread_cond_init(&writer->wake, NULL);
	if (pthread_create(&writer->thread, NULL, run_writer, writer)) {
		writer_free(writer);
		return fail(why, ERR_UNAVAILABLE, NULL, "the writer thread cannot be started");
	}
	*result = writer;
	return OK;
}

void writer_stop(struct writer *writer)
{
	pthread_mutex_lock(&writer->lock);
	writer->closing = true;
	pthread_cond_signal(&writer->wake);
	pthread_mutex_unlock(&writer->lock);
	pthread_join(writer->thread, NULL);
	writer_free(writer);
}

void writer_watch(struct writer *writer,
	void (*committed)(void *arg, uint32_t tenant, uint64_t sequence), void *arg)
{
	pthread_mutex_lock(&writer->watch);
	assert(writer->watcher_count < WATCHERS_MAX);
	writer->watchers[writer->watcher_count++] = (struct watcher){ committed, arg };
	pthread_mutex_unlock(&writer->watch);
}

void writer_unwatch(struct writer *writer, void *arg)
{
	pthread_mutex_lock(&writer->watch);
	for (size_t i = 0; i < writer->watcher_count; i++)
		if (writer->watchers[i].arg == arg)
			writer->watchers[i--] = writer->watchers[--writer->watcher_count];
	pthread_mutex_unlock(&writer->watch);
}

static void append(struct writer *writer, struct batch *batch)
{
	batch->next = NULL;
	*writer->tail = batch;
	writer->tail = &batch->next;
	writer->waiting += batch->count;
	metric_add(METRIC_WRITE_QUEUE, (int64_t)batch->count);
}

enum err writer_submit(
	struct writer *writer, struct batch *const *batches, size_t count, struct why *why)
{
	enum err err = OK;
	size_t commands = 0;
	for (size_t i = 0; i < count; i++)
		commands += batches[i]->count;
	pthread_mutex_lock(&writer->lock);
	if (writer->closing) {
		err = fail(why, ERR_UNAVAILABLE, NULL, "the server is stopping");
	} else if (batches[0]->preview && commands > LIMIT_PREVIEW_COMMANDS) {
		err = fail(why, ERR_TOO_LARGE, NULL, "at most %d changes are previewed at once",
			LIMIT_PREVIEW_COMMANDS);
	} else if (writer->waiting && writer->waiting + commands > QUEUE_COMMANDS) {
		err = fail(why, ERR_BUSY, NULL, "too many changes wait");
	} else {
		for (size_t i = 0; i < count; i++)
			append(writer, batches[i]);
		pthread_cond_signal(&writer->wake);
	}
	pthread_mutex_unlock(&writer->lock);
	return err;
}

void writer_figures(struct writer *writer, struct core_figures *figures)
{
	int64_t began = atomic_load(&writer->began);
	figures->writable = !atomic_load(&writer->full);
	figures->failed = atomic_load(&writer->failed);
	figures->writer_stalled = began ? clock_monotonic() - began : 0;
}
