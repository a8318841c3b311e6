#include "base/limits.h"
#include "in/api/api_events.h"

#include <stdlib.h>

static enum http_method method_of(const char *name)
{
	static const struct {
		const char *name;
		enum http_method method;
	} rows[] = {
		{ "GET", HTTP_GET },
		{ "POST", HTTP_POST },
		{ "PUT", HTTP_PUT },
		{ "PATCH", HTTP_PATCH },
		{ "DELETE", HTTP_DELETE },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].method;
	return HTTP_GET;
}

static size_t body_max(enum operation operation)
{
	if (operation == OPERATION_SESSION_CREATE)
		return API_SIGN_IN_MAX;
	if (operation_takes_file(operation, NULL))
		return LIMIT_IMPORT_OCTETS;
	return strcmp(operation_row(operation)->method, "GET") == 0 ? 0 : API_BODY_MAX;
}

static void add(struct api *api, enum operation operation, const char *prefix, size_t head)
{
	const struct operation_row *row = operation_row(operation);
	size_t i = api->route_count++;

	api->rows[i] = (struct api_route){ operation, head };
	api->routes[i] = (struct http_route){ .method = method_of(operation_method(operation)),
		.pattern = arena_printf(api->arena, API_PREFIX "%s%s", prefix, row->path),
		.handler = api_handle,
		.body_max = body_max(operation) };
}

/* Where two patterns fit a path, the one with the fixed word is meant: a name sorts behind it,
 * and names among themselves are alike. */
static int compare_patterns(const char *a, const char *b)
{
	while (*a && *a == *b) {
		bool name = *a == ':';
		a += name ? strcspn(a, "/") : 1;
		b += name ? strcspn(b, "/") : 1;
	}
	if ((*a == ':') != (*b == ':'))
		return *a == ':' ? 1 : -1;
	return (unsigned char)*a - (unsigned char)*b;
}

static void sort_routes(struct api *api)
{
	for (size_t i = 1; i < api->route_count; i++) {
		struct http_route route = api->routes[i];
		struct api_route row = api->rows[i];
		size_t at = i;

		for (; at > 0 && compare_patterns(api->routes[at - 1].pattern, route.pattern) > 0;
			at--) {
			api->routes[at] = api->routes[at - 1];
			api->rows[at] = api->rows[at - 1];
		}
		api->routes[at] = route;
		api->rows[at] = row;
	}
}

/* "/api/v1/users" has two segments before the operation's own, behind tenants/:tenant four. */
static void api_build_routes(struct api *api)
{
	api->arena = arena_new();
	api->routes = heap_zalloc((2 * OPERATION_COUNT + 1) * sizeof *api->routes);
	api->rows = heap_zalloc((2 * OPERATION_COUNT + 1) * sizeof *api->rows);
	for (unsigned i = 0; i < OPERATION_COUNT; i++) {
		const struct operation_row *row = operation_row((enum operation)i);

		if (!row->path)
			continue;
		add(api, (enum operation)i, "", 2);
		if (operation_has_tenant((enum operation)i) && !strstr(row->path, ":tenant"))
			add(api, (enum operation)i, "tenants/:tenant/", 4);
	}
	api->routes[api->route_count] =
		(struct http_route){ HTTP_GET, API_PREFIX "openapi.json", api_handle, 0 };
	api->rows[api->route_count++].operation = OPERATION_COUNT;
	sort_routes(api);
}

static void api_free_routes(struct api *api)
{
	free(api->routes);
	free(api->rows);
	arena_free(api->arena);
}

enum err api_start(const struct admin *admin, struct api **result, struct why *why)
{
	struct api *api = heap_zalloc(sizeof *api);

	api->admin = admin;
	api_build_routes(api);
	buffer_init(&api->described, API_ANSWER_MAX);
	api_describe(&api->described);
	enum err err = api_pool_start(api, why);
	if (err == OK)
		err = events_start(api, &api->events, why);
	if (err == OK)
		*result = api;
	else
		api_stop(api);
	return err;
}

struct http_site api_site(struct api *api)
{
	return (struct http_site){
		.prefix = "/api/",
		.routes = api->routes,
		.route_count = api->route_count,
		.arg = api,
		.admit = api_admit,
		.refuse = api_refuse,
		.thread_start = api_thread_start,
		.thread_end = api_thread_end,
	};
}

void api_stop(struct api *api)
{
	if (!api)
		return;
	api_pool_stop(api);
	events_stop(api->events);
	api_free_routes(api);
	buffer_free(&api->described);
	free(api);
}
