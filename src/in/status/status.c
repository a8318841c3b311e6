#include "in/status/status.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/metric.h"
#include "net/http.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#define STALLED (5 * SECOND)

struct status_door {
	struct core *core;
	struct status_more more;
	struct http_server *server;
	atomic_bool draining;
};

static void live(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	(void)arg;
	(void)request;
	http_answer(exchange, 200, HTTP_PLAIN, SPAN("alive\n"), NULL);
}

/* Why no request should come here now; NULL: all is well. A full disk is none: reading goes on. */
static const char *unready(struct status_door *door)
{
	struct core_figures figures;
	if (atomic_load(&door->draining))
		return "draining\n";
	core_figures(door->core, &figures);
	if (figures.failed)
		return "the store has failed\n";
	if (figures.writer_stalled > STALLED)
		return "the writer stands still\n";
	return NULL;
}

static void ready(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	(void)request;
	const char *reason = unready(arg);
	struct core_figures figures;
	core_figures(((struct status_door *)arg)->core, &figures);
	if (reason)
		http_answer(exchange, 503, HTTP_PLAIN, span_str(reason),
			(const char *const[]){ "Retry-After", "5", NULL });
	else
		http_answer(exchange, 200, HTTP_PLAIN,
			figures.anchored ? SPAN("ready\n")
					 : SPAN("ready, but the audit's anchor file cannot be "
						"written\n"),
			NULL);
}

static void put_gauge(struct buffer *out, const char *name, const char *help, uint64_t value)
{
	buffer_putf(out, "# HELP %s %s\n# TYPE %s gauge\n%s %" PRIu64 "\n", name, help, name, name,
		value);
}

/* How long the first of them has is said while there is one: 0 would mean that it ends today. */
static void put_expiry(struct buffer *out, struct core *core)
{
	struct expiry first;
	size_t total = core_expiring(core, &first, 1);
	put_gauge(out, "muster_tokens_expiring", "tokens that end within 30 days", total);
	int64_t left = total ? first.expires - clock_wall() : 0;
	if (total)
		put_gauge(out, "muster_token_days_left", "of the first of them to end",
			left > 0 ? (uint64_t)(left / (86400 * SECOND)) : 0);
}

static void put_figures(struct buffer *out, struct core *core)
{
	struct core_figures figures;
	core_figures(core, &figures);
	put_gauge(out, "muster_store_octets", "octets that the store uses", figures.octets_used);
	put_gauge(out, "muster_store_quota_octets", "octets that it may use", figures.octets_quota);
	put_gauge(out, "muster_entries", "entries of all tenants", figures.entries);
	put_gauge(
		out, "muster_store_writable", "0: the disk or the quota is full", figures.writable);
	put_gauge(out, "muster_audit_anchored",
		"0: checkpoints of the audit wait for the anchor file", figures.anchored);
	put_expiry(out, core);
	put_gauge(out, "muster_store_failed", "1: the process must be restarted", figures.failed);
	put_gauge(out, "muster_writer_stalled_microseconds",
		"time spent in the present transaction", (uint64_t)figures.writer_stalled);
}

static void metrics(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	struct status_door *door = arg;
	struct buffer out;
	(void)request;
	buffer_init(&out, MIB);
	metric_write(&out);
	put_figures(&out, door->core);
	door->more.put(door->more.arg, &out);
	http_answer(
		exchange, 200, "text/plain; version=0.0.4; charset=utf-8", buffer_span(&out), NULL);
	buffer_free(&out);
}

static void lines(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	struct status_door *door = arg;
	struct core_figures figures;
	struct buffer out;
	(void)request;
	const char *reason = unready(door);
	core_figures(door->core, &figures);
	buffer_init(&out, MIB);
	buffer_putf(&out, "state: %s",
		reason             ? reason
		: figures.writable ? "ready\n"
				   : "reading only: full\n");
	door->more.put_lines(door->more.arg, &out);
	http_answer(exchange, 200, HTTP_PLAIN, buffer_span(&out), NULL);
	buffer_free(&out);
}

static const struct http_route routes[] = {
	{ HTTP_GET, "/livez", live, 0 },
	{ HTTP_GET, "/readyz", ready, 0 },
	{ HTTP_GET, "/metrics", metrics, 0 },
	{ HTTP_GET, "/status.txt", lines, 0 },
};

enum err status_start(struct core *core, const char *listen, const struct status_more *more,
	struct status_door **door, struct why *why)
{
	struct status_door *new = heap_zalloc(sizeof *new);
	new->core = core;
	new->more = *more;
	const struct http_options options = {
		.listen = listen,
		.sites[0] = { .routes = routes,
			.route_count = sizeof routes / sizeof *routes,
			.arg = new,
			.refuse = http_refuse_plain },
		.threads = 1,
		.connections = 64,
	};
	enum err err = http_start(&options, &new->server, why);
	if (err)
		free(new);
	else
		*door = new;
	return err;
}

unsigned status_port(const struct status_door *door)
{
	return http_port(door->server);
}

void status_drain(struct status_door *door)
{
	atomic_store(&door->draining, true);
}

void status_stop(struct status_door *door)
{
	http_stop(door->server, SECOND);
	free(door);
}
