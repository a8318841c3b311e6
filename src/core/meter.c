#include "core/core_int.h"

#include "base/clock.h"
#include "base/metric.h"

#include <stdalign.h>

#define BUCKETS 4096
#define WAYS 8
#define NANOSECOND INT64_C(1000) /* in a microsecond */

/* The generic cell rate algorithm (ITU-T I.371): `due` is when all that was let in would have come
 * at the client's rate. One number says all, so that a comparison and swap counts a request. */
struct cell {
	_Atomic uint64_t key;
	_Atomic int64_t due; /* nanoseconds of the monotonic clock */
};

struct meter {
	pthread_mutex_t lock; /* of giving out cells; those in use need none */
	struct {
		alignas(64) struct cell cells[WAYS];
	} buckets[BUCKETS];
};

struct meter *meter_new(void)
{
	struct meter *meter = heap_zalloc(sizeof *meter);
	pthread_mutex_init(&meter->lock, NULL);
	return meter;
}

void meter_free(struct meter *meter)
{
	if (!meter)
		return;
	pthread_mutex_destroy(&meter->lock);
	free(meter);
}

static struct cell *bucket_of(struct meter *meter, uint64_t key)
{
	return meter->buckets[key * UINT64_C(0x9e3779b97f4a7c15) >> 52].cells;
}
_Static_assert(BUCKETS == 1 << (64 - 52), "bucket_of takes the upper 12 bits");

static struct cell *find(struct cell *bucket, uint64_t key)
{
	for (size_t i = 0; i < WAYS; i++)
		if (atomic_load_explicit(&bucket[i].key, memory_order_acquire) == key)
			return &bucket[i];
	return NULL;
}

/* The cell that nobody has used for longest. One whose time has passed says no more than a fresh
 * one does; another's debt is not handed on. */
static struct cell *give_out(struct cell *bucket, uint64_t key, int64_t now)
{
	struct cell *cell = bucket;
	for (size_t i = 1; i < WAYS; i++)
		if (atomic_load(&bucket[i].due) < atomic_load(&cell->due))
			cell = &bucket[i];
	atomic_store(&cell->due, now);
	atomic_store_explicit(&cell->key, key, memory_order_release);
	return cell;
}

static struct cell *cell_of(struct meter *meter, uint64_t key, int64_t now)
{
	struct cell *bucket = bucket_of(meter, key), *cell = find(bucket, key);
	if (cell)
		return cell;
	pthread_mutex_lock(&meter->lock);
	cell = find(bucket, key);
	if (!cell)
		cell = give_out(bucket, key, now);
	pthread_mutex_unlock(&meter->lock);
	return cell;
}

bool meter_take(struct meter *meter, uint32_t tenant, uint32_t client, uint32_t rate, int64_t now,
	int64_t *wait)
{
	int64_t time = now * NANOSECOND, step = SECOND * NANOSECOND / rate, next;
	int64_t burst = 2 * (int64_t)rate * step;
	struct cell *cell = cell_of(meter, (uint64_t)tenant << 32 | client, time);
	int64_t due = atomic_load_explicit(&cell->due, memory_order_relaxed);
	do {
		next = (due > time ? due : time) + step;
		if (next - time > burst) {
			*wait = (next - time - burst + NANOSECOND - 1) / NANOSECOND;
			return false;
		}
	} while (!atomic_compare_exchange_weak_explicit(
		&cell->due, &due, next, memory_order_relaxed, memory_order_relaxed));
	return true;
}

enum err core_meter(
	struct core *core, const struct actor *actor, unsigned *seconds, struct why *why)
{
	int64_t wait;
	const struct entrance *entrance = &actor->entrance;
	if (!entrance->client || !entrance->rate ||
		meter_take(core->meter, actor->tenant, entrance->client, entrance->rate,
			clock_monotonic(), &wait))
		return OK;
	metric_add(METRIC_RATE_REFUSED, 1);
	*seconds = (unsigned)((wait + SECOND - 1) / SECOND);
	return fail(why, ERR_RATE, NULL, "more than %u requests a second; try again later",
		(unsigned)entrance->rate);
}
