/* What every load generator is told: which server, on behalf of whom, how hard and for how long. */
#ifndef TESTS_BENCH_TARGET_H
#define TESTS_BENCH_TARGET_H

#include <stdbool.h>
#include <sys/types.h>

struct target {
	const char *host, *port, *people; /* people: the file */
	unsigned connections;
	double seconds;
	pid_t server; /* 0: unknown */
};

#define TARGET_OPTIONS "f:h:p:P:c:t:"
/* False: the option is the generator's own. */
bool target_set(struct target *target, int option, const char *text);
/* At most 10,000,000; anything else ends the process. */
unsigned number_of(const char *text);

#endif
