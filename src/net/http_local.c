/* Requests of our own: a site's handlers run without a connection, on the calling thread, which
 * waits where they do. */
#include "net/http_int.h"

#include <stdlib.h>

struct http_local {
	struct http_exchange exchange;
	const struct http_ask *ask;
	struct http_answered *answered;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	http_handler next; /* under the lock, as is `done` */
	bool done;
};

void http_local_answer(struct http_local *local, int status, struct span body)
{
	pthread_mutex_lock(&local->lock);
	local->answered->status = status;
	local->answered->body = arena_copy(local->ask->arena, body);
	local->done = true;
	pthread_cond_signal(&local->wake);
	pthread_mutex_unlock(&local->lock);
}

void http_local_resume(struct http_local *local, http_handler next)
{
	pthread_mutex_lock(&local->lock);
	local->next = next;
	pthread_cond_signal(&local->wake);
	pthread_mutex_unlock(&local->lock);
}

struct span http_local_header(const struct http_local *local, const char *name)
{
	const struct http_ask_header *header = local->ask->headers;
	for (size_t i = 0; i < local->ask->header_count; i++)
		if (span_equal_nocase(span_str(header[i].name), span_str(name)))
			return header[i].value;
	return SPAN_NONE;
}

void *http_caller(const struct http_exchange *exchange)
{
	return exchange->local ? exchange->local->ask->caller : NULL;
}

/* NULL: it is answered. */
static http_handler wait_next(struct http_local *local)
{
	pthread_mutex_lock(&local->lock);
	while (!local->done && !local->next)
		pthread_cond_wait(&local->wake, &local->lock);
	http_handler next = local->next;
	local->next = NULL;
	pthread_mutex_unlock(&local->lock);
	return next;
}

static enum err find_route(struct http_local *local, const struct http_site *site, struct why *why)
{
	struct http_request *request = &local->exchange.request;
	struct http_server server = { .options.sites[0] = *site };
	unsigned allowed;
	struct http_refusal refusal = http_split_path(request);
	if (refusal.status)
		return fail(why, refusal.err, NULL, "%s", refusal.text);
	http_drop_slash(&server, request);
	http_patterns_compile(&server);
	const struct http_pattern *pattern = http_route_find(&server, request, &allowed);
	request->route = pattern ? pattern->route : NULL;
	free(server.patterns);
	return request->route ? OK
			      : fail(why, ERR_NOT_FOUND, NULL, "there is nothing at this path");
}

static void run(struct http_local *local, const struct http_site *site)
{
	struct http_exchange *exchange = &local->exchange;
	http_handler next = exchange->request.route->handler;
	if (site->admit && !site->admit(site->arg, exchange, &exchange->request))
		return;
	for (; next; next = wait_next(local))
		next(site->arg, exchange, &exchange->request);
}

enum err http_run(const struct http_site *site, const struct http_ask *ask,
	struct http_answered *answered, struct why *why)
{
	struct http_local local = { .ask = ask,
		.answered = answered,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.wake = PTHREAD_COND_INITIALIZER };
	struct http_request *request = &local.exchange.request;
	struct span target = ask->target;
	local.exchange.local = &local;
	request->path = span_cut(&target, '?');
	request->query = target;
	request->body = ask->body;
	request->content_type = ask->content_type;
	request->address = ask->address;
	request->arena = ask->arena;
	request->thread_data = ask->thread_data;
	if (!http_method_parse(arena_string(ask->arena, ask->method), &request->method))
		return fail(why, ERR_UNSUPPORTED, NULL, "this method is not offered");
	enum err err = find_route(&local, site, why);
	if (!err)
		run(&local, site);
	pthread_cond_destroy(&local.wake);
	pthread_mutex_destroy(&local.lock);
	return err;
}
