/* Figures of the running process, from metric.def. Relaxed atomics: any thread, no lock. */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include "base/buffer.h"

enum metric {
#define METRIC(id, name, type, help) METRIC_##id,
#include "base/metric.def"
#undef METRIC
	METRIC_COUNT
};

void metric_add(enum metric metric, int64_t n); /* negative: a gauge falls */
int64_t metric_get(enum metric metric);
/* The Prometheus text format, every row with its HELP and TYPE. */
void metric_write(struct buffer *out);

#endif
