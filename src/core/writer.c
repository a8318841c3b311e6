#define _GNU_SOURCE /* pthread_setname_np */

#include "core/writer_int.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/metric.h"

#include <assert.h>

#define GROUP_COMMANDS 256
#define QUEUE_COMMANDS 65536
#define WATCHERS_MAX 8

struct watcher {
	void (*committed)(void *arg, uint32_t tenant, uint64_t sequence);
	void *arg;
};

struct writer {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* Under the lock. Batches stay in the queue until all their commands are done. */
	struct batch *head, **tail;
	size_t waiting; /* commands */
	bool closing;

	/* The writer thread's. */
	size_t offset; /* commands of the head batch that are done */
	struct workroom room;

	pthread_mutex_t watch; /* held while they are told */
	struct watcher watchers[WATCHERS_MAX];
	size_t watcher_count;
	atomic_bool full, failed;
	_Atomic int64_t began; /* monotonic; 0: idle */
};

/* ---- taking ---- */

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
	return batch_is_whole(batch) || left < room ? left : room;
}

/* Waits for work; false when there is none and there will be none. */
static bool take(struct writer *writer, struct group *group)
{
	pthread_mutex_lock(&writer->lock);
	while (!writer->head && !writer->closing)
		pthread_cond_wait(&writer->wake, &writer->lock);
	memset(group, 0, sizeof *group);
	size_t places = writer->head ? GROUP_COMMANDS + joined_count(writer->head) : 0;
	group->slices = arena_array(writer->room.arena, places, sizeof *group->slices);
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
		slice->spoiled = arena_array(writer->room.arena, slice->count + 1, sizeof(bool));
		commands += slice->count;
		offset = 0;
	}
	pthread_mutex_unlock(&writer->lock);
	group->news = arena_array(
		writer->room.arena, 2 * (commands + group->count) + 1, sizeof *group->news);
	return group->count > 0;
}

/* ---- ending ---- */

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
		keeper_mark(writer->room.core->keeper, group->news[i].tenant);
	pthread_mutex_lock(&writer->watch);
	for (size_t i = 0; i < group->news_count; i++)
		for (size_t j = 0; j < writer->watcher_count; j++)
			writer->watchers[j].committed(writer->watchers[j].arg,
				group->news[i].tenant, group->news[i].sequence);
	pthread_mutex_unlock(&writer->watch);
	written_tell(writer->room.core->written);
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
		verdict = group_attempt(&writer->room, group);
	while (verdict == VERDICT_AGAIN);
	if (verdict == VERDICT_FAILED)
		group_fail(group);
	atomic_store(&writer->full, verdict == VERDICT_FAILED && group->why.err == ERR_FULL);
	if (verdict == VERDICT_FAILED && group->why.err != ERR_FULL)
		atomic_store(&writer->failed, true);
	atomic_store(&writer->began, 0);
	count(writer->room.core, group);
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
		arena_reset(writer->room.arena);
	}
	return NULL;
}

/* ---- doors ---- */

static void writer_free(struct writer *writer)
{
	pthread_cond_destroy(&writer->wake);
	pthread_mutex_destroy(&writer->lock);
	pthread_mutex_destroy(&writer->watch);
	buffer_free(&writer->room.scratch);
	arena_free(writer->room.work);
	arena_free(writer->room.arena);
	free(writer);
}

enum err writer_start(struct core *core, struct writer **result, struct why *why)
{
	struct writer *writer = heap_zalloc(sizeof *writer);
	writer->room.core = core;
	writer->tail = &writer->head;
	writer->room.arena = arena_new();
	writer->room.work = arena_new();
	buffer_init(&writer->room.scratch, 2 * LIMIT_CHANGE_OCTETS);
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
