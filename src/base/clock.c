#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

static _Atomic int64_t test_time;

static int64_t clock_of(clockid_t id)
{
	int64_t set = atomic_load_explicit(&test_time, memory_order_relaxed);
	struct timespec now;

	if (set)
		return set;
	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec / 1000;
}

int64_t clock_wall(void)
{
	return clock_of(CLOCK_REALTIME);
}

int64_t clock_monotonic(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

void clock_set_for_test(int64_t microseconds)
{
	atomic_store_explicit(&test_time, microseconds, memory_order_relaxed);
}
