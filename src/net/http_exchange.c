/* One request from its first line to its answer. libmicrohttpd calls http_exchange_go once with the
 * head, then with each piece of the body, then to be given the answer, and again after each resume.
 * The answer may come while the handler still runs, or later and from elsewhere; `turn` tells who
 * has to wake whom. */
#include "net/http_int.h"

#include "base/metric.h"

#include <sched.h>
#include <stdlib.h>

#define SPARES 64
#define BODY_KEPT (64 * KIB) /* of a spare exchange */

static struct http_exchange *exchange_new(struct http_thread *thread)
{
	struct http_exchange *exchange = thread->spare;
	if (exchange) {
		thread->spare = exchange->spare;
		thread->spares--;
		struct arena *arena = exchange->request.arena;
		struct buffer body = exchange->body;
		*exchange = (struct http_exchange){ .body = body, .request = { .arena = arena } };
	} else {
		exchange = heap_zalloc(sizeof *exchange);
		exchange->request.arena = arena_new();
		buffer_init(&exchange->body, 0);
	}
	exchange->thread = thread;
	atomic_init(&exchange->holders, 1);
	return exchange;
}

void http_exchange_free(struct http_exchange *exchange)
{
	arena_free(exchange->request.arena);
	buffer_free(&exchange->body);
	free(exchange);
}

void http_exchange_release(struct http_exchange *exchange, bool on_thread)
{
	if (atomic_fetch_sub(&exchange->holders, 1) > 1)
		return;
	struct http_thread *thread = exchange->thread;
	if (!on_thread || thread->spares == SPARES) {
		http_exchange_free(exchange);
		return;
	}
	arena_reset(exchange->request.arena);
	if (exchange->body.cap > BODY_KEPT) {
		buffer_free(&exchange->body);
		buffer_init(&exchange->body, 0);
	}
	buffer_reset(&exchange->body);
	exchange->spare = thread->spare;
	thread->spare = exchange;
	thread->spares++;
}

static int64_t time_for(uint64_t octets)
{
	return HTTP_BODY_TIME + (int64_t)(octets / HTTP_OCTETS_A_SECOND) * SECOND;
}

void http_exchange_due(struct http_exchange *exchange, int64_t in)
{
	atomic_store_explicit(&exchange->slot->deadline,
		in == INT64_MAX ? INT64_MAX : clock_monotonic() + in, memory_order_relaxed);
}

void *http_exchange_begin(void *thread, const char *uri, struct MHD_Connection *connection)
{
	struct http_exchange *exchange = exchange_new(thread);
	struct http_request *request = &exchange->request;
	exchange->connection = connection;
	exchange->slot = http_slot_of(exchange->thread->server, connection);
	struct span rest = arena_copy(request->arena, span_str(uri));
	exchange->head_at = (const uint8_t *)uri + rest.len + strlen(" HTTP/1.1\r\n");
	request->path = span_cut(&rest, '?');
	request->query = rest;
	request->address = exchange->slot->address;
	/* The first request of a connection has its time from the accept on. */
	if (atomic_exchange_explicit(&exchange->slot->idle, false, memory_order_relaxed))
		http_exchange_due(exchange, HTTP_HEAD_TIME);
	return exchange;
}

/* ---- the head ---- */

/* A line with an empty name ends the header for libmicrohttpd, a line may end in a bare LF, a value
 * in NUL, and a fold changes the name before it: what comes then another reader would read
 * otherwise. All that the reader has taken for the head lies in one piece, so each line must begin
 * where the one before ended, and the last one end the head. */
static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name,
	size_t name_len, const char *value, size_t value_len)
{
	(void)kind;
	struct http_exchange *exchange = cls;
	if ((const uint8_t *)name != exchange->head_at)
		exchange->head.malformed = true;
	exchange->head_at = (const uint8_t *)value + value_len + strlen("\r\n");
	http_head_take(&exchange->head, span_of(name, name_len), span_of(value, value_len));
	return MHD_YES;
}

static void take_head(struct http_exchange *exchange, const char *uri, const char *method)
{
	struct MHD_Connection *connection = exchange->connection;
	MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_header, exchange);
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	const uint8_t *begin = (const uint8_t *)uri - strlen(method) - 1;
	if (!info || exchange->head_at + strlen("\r\n") != begin + info->header_size)
		exchange->head.malformed = true;
}

static struct span lower_case(struct arena *arena, struct span text)
{
	uint8_t *out = arena_alloc(arena, text.len + 1);
	for (size_t i = 0; i < text.len; i++)
		out[i] = text.data[i] | (text.data[i] >= 'A' && text.data[i] <= 'Z' ? 0x20 : 0);
	return span_of(out, text.len);
}

static enum MHD_Result find_route(struct http_exchange *exchange, const char *method)
{
	struct http_request *request = &exchange->request;
	unsigned allowed;
	bool known = http_method_parse(method, &request->method);
	if (!known)
		request->method = HTTP_METHOD_COUNT;
	const struct http_pattern *pattern =
		http_route_find(exchange->thread->server, request, &allowed);
	if (pattern) {
		request->route = exchange->route = pattern->route;
		exchange->site = pattern->site;
		return MHD_YES;
	}
	bool other = !known && strcmp(method, "OPTIONS") != 0 && strcmp(method, "TRACE") != 0 &&
		     strcmp(method, "CONNECT") != 0;
	if (other)
		return http_exchange_refuse(exchange,
			HTTP_REFUSE(ERR_UNSUPPORTED, 501, "this method is not offered"), NULL);
	if (!allowed)
		return http_exchange_refuse(exchange,
			HTTP_REFUSE(ERR_NOT_FOUND, 404, "there is nothing at this path"), NULL);
	return http_exchange_refuse(exchange,
		HTTP_REFUSE(ERR_METHOD, 405, "the method is not offered here"),
		http_allow(request->arena, allowed));
}

static const struct http_site *site_of(const struct http_exchange *exchange)
{
	return &exchange->thread->server->options.sites[exchange->site];
}

static void start_thread(struct http_thread *thread, unsigned site)
{
	const struct http_site *started = &thread->server->options.sites[site];
	if (thread->started[site])
		return;
	thread->started[site] = true;
	if (started->thread_start)
		thread->data[site] = started->thread_start(started->arg);
}

static enum MHD_Result admit(struct http_exchange *exchange)
{
	const struct http_site *site = site_of(exchange);
	bool body = exchange->head.length > 0 || exchange->head.chunked;
	start_thread(exchange->thread, exchange->site);
	exchange->request.thread_data = exchange->thread->data[exchange->site];
	if (!site->admit)
		return MHD_YES;
	exchange->close = body; /* of a refusal: the body stays unread */
	atomic_fetch_add(&exchange->holders, 1);
	if (!site->admit(site->arg, exchange, &exchange->request))
		return http_exchange_send(exchange, atomic_load(&exchange->response));
	atomic_fetch_sub(&exchange->holders, 1);
	admission_know(exchange->thread->server->admission, &exchange->slot->seat);
	exchange->close = false;
	return MHD_YES;
}

static enum MHD_Result open_request(
	struct http_exchange *exchange, const char *uri, const char *method, const char *version)
{
	struct http_request *request = &exchange->request;
	struct http_server *server = exchange->thread->server;
	exchange->opened = true;
	take_head(exchange, uri, method);
	struct http_refusal refusal =
		http_head_check(&exchange->head, version, server->options.hosts);
	if (!refusal.status)
		refusal = http_split_path(request);
	if (refusal.status)
		return http_exchange_refuse(exchange, refusal, NULL);
	http_drop_slash(server, request);
	struct span type = exchange->head.content_type;
	request->content_type = lower_case(request->arena, span_trim(span_cut(&type, ';')));
	if (find_route(exchange, method) == MHD_NO)
		return MHD_NO;
	if (atomic_load(&exchange->response))
		return MHD_YES;
	if (exchange->head.length > exchange->route->body_max)
		return http_exchange_refuse(
			exchange, HTTP_REFUSE(ERR_TOO_LARGE, 413, "the body is too large"), NULL);
	exchange->body.max = exchange->route->body_max;
	http_exchange_due(exchange, HTTP_BODY_TIME);
	return admit(exchange);
}

/* ---- the body, the handler ---- */

static enum MHD_Result take_body(struct http_exchange *exchange, const char *data, size_t *len)
{
	exchange->body_seen += *len;
	http_exchange_due(exchange, time_for(exchange->body_seen));
	/* libmicrohttpd cannot be given an answer amid the body: the rest of a chunked one is read
	 * and dropped, up to the same size again. */
	if (exchange->body_seen > 2 * (uint64_t)exchange->route->body_max + HTTP_OCTETS_A_SECOND)
		return MHD_NO;
	if (exchange->body_seen <= exchange->route->body_max)
		buffer_put(&exchange->body, data, *len);
	*len = 0;
	return MHD_YES;
}

static enum MHD_Result run(struct http_exchange *exchange, http_handler handler)
{
	atomic_store(&exchange->turn, TURN_RUNNING);
	handler(site_of(exchange)->arg, exchange, &exchange->request);
	struct MHD_Response *response = atomic_load(&exchange->response);
	if (response)
		return http_exchange_send(exchange, response);
	http_exchange_due(exchange, INT64_MAX);
	MHD_suspend_connection(exchange->connection);
	enum http_turn turn = TURN_RUNNING;
	if (!atomic_compare_exchange_strong(&exchange->turn, &turn, TURN_SUSPENDED))
		http_thread_resume(exchange->thread, exchange->connection);
	return MHD_YES;
}

static enum MHD_Result handle(struct http_exchange *exchange)
{
	struct http_server *server = exchange->thread->server;
	if (exchange->body_seen > exchange->route->body_max)
		return http_exchange_refuse(
			exchange, HTTP_REFUSE(ERR_TOO_LARGE, 413, "the body is too large"), NULL);
	exchange->request.body = buffer_span(&exchange->body);
	exchange->busy = true;
	atomic_fetch_add(&server->busy, 1);
	atomic_store(&exchange->slot->exchange, exchange);
	atomic_fetch_add(&exchange->holders, 1);
	return run(exchange, exchange->route->handler);
}

enum MHD_Result http_exchange_go(void *thread, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *len, void **context)
{
	(void)thread;
	(void)connection;
	struct http_exchange *exchange = *context;
	if (!exchange->opened)
		return open_request(exchange, url, method, version);
	if (*len > 0)
		return take_body(exchange, data, len);
	struct MHD_Response *response = atomic_load(&exchange->response);
	if (response)
		return http_exchange_send(exchange, response);
	if (!exchange->busy)
		return handle(exchange);
	http_handler next = exchange->next;
	exchange->next = NULL;
	return run(exchange, next);
}

/* The one who abandons takes the exchange out of its slot for the while. */
static void leave(struct http_exchange *exchange)
{
	struct http_exchange *present = exchange;
	while (!atomic_compare_exchange_strong(&exchange->slot->exchange, &present, NULL)) {
		sched_yield();
		present = exchange;
	}
	atomic_fetch_sub(&exchange->thread->server->busy, 1);
}

void http_exchange_end(void *cls, struct MHD_Connection *connection, void **context,
	enum MHD_RequestTerminationCode how)
{
	(void)cls;
	(void)connection;
	(void)how;
	struct http_exchange *exchange = *context;
	if (!exchange)
		return;
	*context = NULL;
	struct MHD_Response *response = atomic_load(&exchange->response);
	if (response) {
		MHD_destroy_response(response);
		metric_add(METRIC_HTTP_REQUESTS, 1);
	}
	if (exchange->busy)
		leave(exchange);
	if (atomic_load(&exchange->stream))
		http_stream_leave(exchange->stream);
	atomic_store_explicit(&exchange->slot->deadline, clock_monotonic() + HTTP_IDLE_TIME,
		memory_order_relaxed);
	atomic_store(&exchange->slot->served_since, true);
	atomic_store(&exchange->slot->idle, true);
	http_exchange_release(exchange, true);
}

/* ---- what handlers ask ---- */

struct span http_header(const struct http_exchange *exchange, const char *name)
{
	const char *value = NULL;
	size_t len = 0;
	if (exchange->local)
		return http_local_header(exchange->local, name);
	if (MHD_lookup_connection_value_n(exchange->connection, MHD_HEADER_KIND, name, strlen(name),
		    &value, &len) != MHD_YES ||
		!value)
		return SPAN_NONE;
	return span_of(value, len);
}

bool http_is_tls(const struct http_exchange *exchange)
{
	return !exchange->local && exchange->thread->server->tls;
}

struct span http_bearer(const struct http_exchange *exchange)
{
	struct span value = exchange->head.authorization;
	if (!span_starts_nocase(value, SPAN("Bearer ")))
		return SPAN_NONE;
	return span_trim(span_from(value, strlen("Bearer ")));
}

bool http_tag_matches(struct span list, const char *tag)
{
	while (list.len > 0) {
		struct span one = span_trim(span_cut(&list, ','));

		if (span_starts(one, SPAN("W/")))
			one = span_from(one, 2);
		if (span_equal(one, SPAN("*")) || span_equal(one, span_str(tag)))
			return true;
	}
	return false;
}

void http_set_state(struct http_exchange *exchange, void *state)
{
	exchange->state = state;
}

void *http_state(struct http_exchange *exchange)
{
	return exchange->state;
}
