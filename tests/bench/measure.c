#include "measure.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "wrong: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(1);
}

uint32_t draw(uint32_t below)
{
	static uint64_t seed = 20261122;

	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((seed >> 32) * below >> 32);
}

static void parse_person(char *line, struct person *person)
{
	struct span rest = span_str(line);
	uint64_t groups;

	rest.len -= rest.len && rest.data[rest.len - 1] == '\n';
	*person = (struct person){ 0 };
	person->name = span_cut(&rest, '\t');
	person->dn = span_cut(&rest, '\t');
	person->password = span_cut(&rest, '\t');
	if (!span_to_u64(rest, &groups))
		die("a line of people is malformed: %s", line);
	person->groups = (unsigned)groups;
	if (span_equal(person->password, SPAN("-")))
		person->password = SPAN_NONE;
}

void people_read(const char *path, struct people *people)
{
	FILE *file = fopen(path, "r");
	char line[1024];

	if (!file)
		die("%s: %s", path, strerror(errno));
	*people = (struct people){ 0 };
	while (fgets(line, sizeof(line), file)) {
		people->rows = heap_grow(people->rows, (people->count + 1) * sizeof(*people->rows));
		parse_person(heap_string(line), &people->rows[people->count++]);
	}
	fclose(file);
	if (people->count == 0)
		die("%s names nobody", path);
}

struct person *people_draw(struct people *people, bool password)
{
	for (int tries = 0; tries < 1000000; tries++) {
		struct person *person = &people->rows[draw((uint32_t)people->count)];
		if (!password || person->password.len)
			return person;
	}
	die("nobody has a password");
}

/* Microseconds that all its threads have run. */
static uint64_t server_cpu(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	if (pid == 0)
		return 0;
	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
		die("the server is gone");
	return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}

uint64_t resident(pid_t pid)
{
	char path[64], line[256];
	unsigned long kib = 0;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	FILE *file = fopen(path, "r");
	if (!file)
		die("the server is gone");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "RssAnon: %lu", &kib) == 1)
			break;
	fclose(file);
	return (uint64_t)kib * 1024;
}

void measure_begin(struct measure *m, pid_t server)
{
	m->server = server;
	m->count = 0;
	m->cpu = server_cpu(server);
	m->begun = clock_monotonic();
}

void measure_add(struct measure *m, int64_t begun)
{
	if (m->count == m->capacity) {
		m->capacity = m->capacity ? m->capacity * 2 : 65536;
		m->latencies = heap_grow(m->latencies, m->capacity * sizeof(*m->latencies));
	}
	m->latencies[m->count++] = (uint32_t)(clock_monotonic() - begun);
}

static int compare(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

static unsigned percentile(const struct measure *m, double share)
{
	return m->count ? m->latencies[(size_t)((double)(m->count - 1) * share)] : 0;
}

void measure_end(struct measure *m, const char *mode, uint64_t work)
{
	double seconds = (double)(clock_monotonic() - m->begun) / 1e6;
	double cpu = (double)(server_cpu(m->server) - m->cpu);

	if (work == 0)
		die("%s: nothing was done", mode);
	qsort(m->latencies, m->count, sizeof(*m->latencies), compare);
	printf("{\"mode\":\"%s\",\"operations\":%llu,\"seconds\":%.3f,\"rate\":%.1f,"
	       "\"cpu_us\":%.3f,\"p50_us\":%u,\"p95_us\":%u,\"p99_us\":%u,\"max_us\":%u}\n",
		mode, (unsigned long long)work, seconds, (double)work / seconds, cpu / (double)work,
		percentile(m, 0.5), percentile(m, 0.95), percentile(m, 0.99), percentile(m, 1));
}

int connect_to(const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	int on = 1;

	if (getaddrinfo(host, port, &hints, &found) != 0)
		die("%s port %s is not an address", host, port);
	int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0)
		die("%s port %s: %s", host, port, strerror(errno));
	freeaddrinfo(found);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}
