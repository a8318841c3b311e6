/* What an exchange is answered, by its handler or in the form of its site's refusals. A handler may
 * answer from any thread, also after the exchange was abandoned. */
#include "net/http_int.h"

#include "base/metric.h"

static void dress(struct http_exchange *exchange, int status, struct MHD_Response *response,
	const char *content_type, const char *const *headers)
{
	if (content_type)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	for (; headers && headers[0]; headers += 2)
		MHD_add_response_header(response, headers[0], headers[1]);
	if (!MHD_get_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL))
		MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (exchange->close || atomic_load(&exchange->thread->server->draining))
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	struct MHD_Response *none = NULL;
	exchange->status = status;
	if (!atomic_compare_exchange_strong(&exchange->response, &none, response))
		MHD_destroy_response(response);
}

static void respond(struct http_exchange *exchange, int status, const char *content_type,
	struct span body, const char *const *headers)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		body.len, body.len ? (void *)body.data : "", MHD_RESPMEM_MUST_COPY);
	dress(exchange, status, response, content_type, headers);
}

static void wake(struct http_exchange *exchange)
{
	if (atomic_exchange(&exchange->turn, TURN_READY) == TURN_SUSPENDED)
		http_thread_resume(exchange->thread, exchange->connection);
}

void http_answer(struct http_exchange *exchange, int status, const char *content_type,
	struct span body, const char *const *headers)
{
	if (exchange->local) {
		http_local_answer(exchange->local, status, body);
		return;
	}
	/* Abandoned when there is one already, and the server perhaps gone. */
	if (!atomic_load(&exchange->response)) {
		respond(exchange, status, content_type, body, headers);
		wake(exchange);
	}
	http_exchange_release(exchange, false);
}

void http_exchange_respond(struct http_exchange *exchange, int status,
	struct MHD_Response *response, const char *content_type, const char *const *headers)
{
	if (atomic_load(&exchange->response)) {
		MHD_destroy_response(response);
	} else {
		dress(exchange, status, response, content_type, headers);
		wake(exchange);
	}
	http_exchange_release(exchange, false);
}

void http_resume(struct http_exchange *exchange, http_handler next)
{
	if (exchange->local) {
		http_local_resume(exchange->local, next);
		return;
	}
	if (atomic_load(&exchange->response)) {
		http_exchange_release(exchange, false); /* abandoned: nobody will call `next` */
		return;
	}
	exchange->next = next;
	wake(exchange);
}

void http_exchange_abandon(struct http_exchange *exchange)
{
	if (atomic_load(&exchange->turn) != TURN_SUSPENDED)
		return;
	respond(exchange, 503, NULL, SPAN_NONE, (const char *const[]){ "Retry-After", "5", NULL });
	wake(exchange);
}

enum MHD_Result http_exchange_send(struct http_exchange *exchange, struct MHD_Response *response)
{
	http_exchange_due(exchange, HTTP_BODY_TIME);
	return MHD_queue_response(exchange->connection, (unsigned)exchange->status, response);
}

enum MHD_Result http_exchange_refuse(
	struct http_exchange *exchange, struct http_refusal why, const char *allow)
{
	const struct http_site *site =
		http_site_of(exchange->thread->server, exchange->request.path);
	struct buffer body;
	buffer_init(&body, 16 * KIB);
	const char *type = NULL;
	if (site->refuse)
		site->refuse(site->arg, why.err, why.status, why.text, &body, &type);
	/* What follows on the connection cannot be trusted to be a request. */
	if (why.status != 404 && why.status != 405)
		exchange->close = true;
	if (exchange->head.length > 0 || exchange->head.chunked)
		exchange->close = true;
	const char *headers[] = { allow ? "Allow" : NULL, allow, NULL };
	respond(exchange, why.status, type, buffer_span(&body), headers);
	buffer_free(&body);
	metric_add(METRIC_HTTP_REFUSED, 1);
	return http_exchange_send(exchange, atomic_load(&exchange->response));
}

void http_refuse_plain(void *arg, enum err err, int status, const char *text, struct buffer *body,
	const char **content_type)
{
	(void)arg;
	(void)err;
	(void)status;
	buffer_putf(body, "%s\n", text);
	*content_type = HTTP_PLAIN;
}
