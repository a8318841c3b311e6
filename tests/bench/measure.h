/* What the load generators share: the people whom they ask for, latencies, the server's CPU time
 * and memory, and the line of JSON that a run ends with. A wrong answer ends the process with a
 * sentence: figures of wrong answers are worth nothing. */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include "base/clock.h"
#include "base/span.h"

#include <sys/types.h>

void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* A line of the file: name, DN, password or "-", number of groups that hold the person. */
struct person {
	struct span name, dn, password;
	unsigned groups;
	char id[40]; /* found at run time, SCIM */
};

struct people {
	struct person *rows;
	size_t count;
};

void people_read(const char *path, struct people *people);
/* A person at random, with a password when `password`. */
struct person *people_draw(struct people *people, bool password);

struct measure {
	pid_t server; /* 0: unknown */
	int64_t begun;
	uint64_t cpu;        /* microseconds of the server when it began */
	uint32_t *latencies; /* microseconds */
	size_t count, capacity;
};

void measure_begin(struct measure *m, pid_t server);
void measure_add(struct measure *m, int64_t begun); /* clock_monotonic() of the request */
/* One line of JSON; `work` operations (entries of a walk, say) share the CPU time. */
void measure_end(struct measure *m, const char *mode, uint64_t work);
/* Octets of resident memory that belong to the process alone and to its sockets not. */
uint64_t resident(pid_t pid);

int connect_to(const char *host, const char *port);
uint32_t draw(uint32_t below);

#endif
