#include "base/metric.h"

#include <inttypes.h>
#include <stdalign.h>
#include <stdatomic.h>

/* A cache line each: threads that count different things do not wait for each other. */
static struct {
	alignas(64) _Atomic int64_t value;
} figures[METRIC_COUNT];

static const struct {
	const char *name, *type, *help;
} rows[METRIC_COUNT] = {
#define METRIC(id, name, type, help) [METRIC_##id] = { name, type, help },
#include "base/metric.def"
#undef METRIC
};

void metric_add(enum metric metric, int64_t n)
{
	atomic_fetch_add_explicit(&figures[metric].value, n, memory_order_relaxed);
}

int64_t metric_get(enum metric metric)
{
	return atomic_load_explicit(&figures[metric].value, memory_order_relaxed);
}

void metric_write(struct buffer *out)
{
	for (unsigned i = 0; i < METRIC_COUNT; i++)
		buffer_putf(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRId64 "\n", rows[i].name,
			rows[i].help, rows[i].name, rows[i].type, rows[i].name, metric_get(i));
}
