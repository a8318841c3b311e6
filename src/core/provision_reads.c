#include "core/provision_int.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/metric.h"

#define SHARDS 16 /* by tenant */
#define SLOTS (LIMIT_PROVISION_READS / SHARDS)
#define PROBES 8
#define WINDOW (60 * SECOND)

/* Reads of one kind of one connection since `first`. */
struct slot {
	struct actor actor;
	const char *method, *kind; /* literals; method NULL: free */
	int64_t first;             /* wall */
	uint32_t count;
};

struct shard {
	pthread_mutex_t lock;
	struct slot *slots; /* NULL before the first read */
	bool used;
};

struct read_counts {
	struct shard shards[SHARDS];
};

struct read_counts *read_counts_new(void)
{
	struct read_counts *counts = heap_zalloc(sizeof *counts);
	for (size_t i = 0; i < SHARDS; i++)
		pthread_mutex_init(&counts->shards[i].lock, NULL);
	return counts;
}

void read_counts_free(struct read_counts *counts)
{
	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_destroy(&counts->shards[i].lock);
		free(counts->shards[i].slots);
	}
	free(counts);
}

static size_t place_of(const struct actor *actor, const char *kind)
{
	uint32_t mixed = actor->tenant * 2654435761u ^ actor->number * 2246822519u ^
			 (uint32_t)(uintptr_t)kind * 3266489917u;
	return mixed >> 16;
}

/* The slot of these reads, or a free one, or NULL. */
static struct slot *find(
	struct shard *shard, const struct actor *actor, const char *method, const char *kind)
{
	size_t place = place_of(actor, kind);
	struct slot *free = NULL;
	for (size_t i = 0; i < PROBES; i++) {
		struct slot *slot = &shard->slots[(place + i) % SLOTS];
		if (slot->method == method && slot->kind == kind &&
			slot->actor.tenant == actor->tenant && slot->actor.number == actor->number)
			return slot;
		if (!slot->method && !free)
			free = slot;
	}
	if (free)
		*free = (struct slot){
			.actor = *actor, .method = method, .kind = kind, .first = clock_wall()
		};
	return free;
}

void read_counts_note(
	struct read_counts *counts, const struct actor *actor, const char *method, const char *kind)
{
	struct shard *shard = &counts->shards[actor->tenant % SHARDS];
	pthread_mutex_lock(&shard->lock);
	if (!shard->slots)
		shard->slots = heap_zalloc(SLOTS * sizeof *shard->slots);
	struct slot *slot = find(shard, actor, method, kind);
	if (slot)
		slot->count++;
	shard->used = true;
	pthread_mutex_unlock(&shard->lock);
	if (!slot)
		metric_add(METRIC_PROVISION_LOST, 1);
}

/* A clock that was put back ends the minute too. */
static bool is_over(const struct slot *slot, int64_t now)
{
	return now - slot->first >= WINDOW || now < slot->first;
}

static size_t take(struct shard *shard, bool all, struct slot *taken)
{
	int64_t now = clock_wall();
	size_t count = 0;
	bool left = false;
	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *slot = &shard->slots[i];
		if (!slot->method)
			continue;
		if (!all && !is_over(slot, now)) {
			left = true;
			continue;
		}
		taken[count++] = *slot;
		slot->method = NULL;
	}
	shard->used = left;
	return count;
}

static void log_reads(struct core *core, struct arena *arena, const struct slot *slot)
{
	const struct provision row = {
		.method = span_str(slot->method),
		.path = span_str(slot->kind),
		.outcome = PROVISION_SUCCEEDED,
		.status = 200,
		.count = slot->count,
		.flags = PROVISION_READ,
	};
	core_provisioned(core, &slot->actor, arena, &row, 1);
}

void read_counts_collect(struct core *core, struct read_counts *counts, bool all)
{
	struct arena *arena = arena_new();
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &counts->shards[i];
		struct slot *taken = NULL;
		size_t count = 0;
		pthread_mutex_lock(&shard->lock);
		if (shard->used) {
			taken = arena_array(arena, SLOTS, sizeof *taken);
			count = take(shard, all, taken);
		}
		pthread_mutex_unlock(&shard->lock);
		for (size_t j = 0; j < count; j++)
			log_reads(core, arena, &taken[j]);
		arena_reset(arena);
	}
	arena_free(arena);
}
