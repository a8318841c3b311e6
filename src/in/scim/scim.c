#include "in/scim/scim_int.h"

#include "base/limits.h"

#include <stdlib.h>

/* Each path with the tenant in it and without; the fixed words first, so that a tenant of the name
 * "Users" hides nothing. */
#define ROUTE(method, path, handler, body)                                                         \
	{ HTTP_##method, "/scim/v2/" path, handler, body },                                        \
	{                                                                                          \
		HTTP_##method, "/scim/v2/:tenant/" path, handler, body                             \
	}
#define BODY LIMIT_SCIM_BODY
#define RESOURCE(endpoint)                                                                         \
	ROUTE(GET, endpoint "/:id", scim_get, 0), ROUTE(GET, endpoint, scim_list, 0),              \
		ROUTE(PATCH, endpoint "/:id", scim_write, BODY),                                   \
		ROUTE(POST, endpoint, scim_write, BODY),                                           \
		ROUTE(POST, endpoint "/.search", scim_search, BODY),                               \
		ROUTE(PUT, endpoint "/:id", scim_write, BODY),                                     \
		ROUTE(DELETE, endpoint "/:id", scim_write, 0)

static const struct http_route routes[] = {
	/* First, and not there unless it is switched on. */
	RESOURCE("TestResources"),
	RESOURCE("Users"),
	RESOURCE("Groups"),
	ROUTE(GET, "ServiceProviderConfig", scim_document, 0),
	ROUTE(GET, "ResourceTypes", scim_documents, 0),
	ROUTE(GET, "ResourceTypes/:id", scim_document, 0),
	ROUTE(GET, "Schemas", scim_documents, 0),
	ROUTE(GET, "Schemas/:id", scim_document, 0),
	ROUTE(GET, "Roles", scim_roles, 0),
	ROUTE(GET, "Roles/:id", scim_roles, 0),
	ROUTE(GET, "Entitlements", scim_entitlements, 0),
	ROUTE(GET, "Entitlements/:id", scim_entitlements, 0),
	ROUTE(POST, "Bulk", scim_bulk, LIMIT_SCIM_BULK),
	ROUTE(GET, "Me", scim_get, 0),
	ROUTE(PATCH, "Me", scim_write, BODY),
	ROUTE(PUT, "Me", scim_write, BODY),
	ROUTE(DELETE, "Me", scim_write, 0),
	ROUTE(POST, ".search", scim_root_search, BODY),
	ROUTE(GET, "", scim_root, 0),
};

#define ALL_ROUTES (sizeof routes / sizeof *routes)
#define TEST_ROUTES                                                                                \
	(sizeof(const struct http_route[]){ RESOURCE("TestResources") } / sizeof *routes)

void scim_room_open(struct scim_thread *thread)
{
	struct buffer *const buffers[] = { &thread->out, &thread->scopes, &thread->roles,
		&thread->containers };
	for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
		buffer_init(buffers[i], SCIM_ANSWER_MAX);
}

void scim_room_close(struct scim_thread *thread)
{
	buffer_free(&thread->out);
	buffer_free(&thread->scopes);
	buffer_free(&thread->roles);
	buffer_free(&thread->containers);
}

static void *thread_start(void *arg)
{
	const struct scim_server *server = arg;
	struct scim_thread *thread = heap_zalloc(sizeof *thread);
	scim_room_open(thread);
	view_open(server->door->options.core, &thread->view, &thread->why);
	return thread;
}

static void thread_end(void *arg, void *data)
{
	struct scim_thread *thread = data;
	(void)arg;
	if (thread->view)
		view_close(thread->view);
	scim_room_close(thread);
	free(thread);
}

struct http_site scim_site(struct scim_server *server)
{
	size_t skipped = server->door->options.test_resource ? 0 : TEST_ROUTES;
	return (struct http_site){ .prefix = "/scim/",
		.routes = routes + skipped,
		.route_count = ALL_ROUTES - skipped,
		.loose_slash = true,
		.loose_case = true,
		.arg = server,
		.admit = scim_admit,
		.refuse = scim_refuse,
		.thread_start = thread_start,
		.thread_end = thread_end };
}

static enum err start_server(struct scim_door *door, struct scim_server *server, bool tls,
	const char *listen, struct why *why)
{
	server->door = door;
	server->scheme = tls ? "https" : "http";
	const struct http_options options = {
		.listen = listen,
		.certificate = tls ? door->options.certificate_file : NULL,
		.key = tls ? door->options.key_file : NULL,
		.sites = { scim_site(server), door->options.beside[0], door->options.beside[1] },
		.threads = door->options.threads,
		.hosts = door->options.hosts,
	};
	if (!listen)
		return OK;
	if (tls && !options.certificate)
		return fail(why, ERR_CONFIG, "certificate_file", "HTTPS needs a certificate");
	return http_start(&options, &server->http, why);
}

enum err scim_start(const struct scim_options *options, struct scim_door **door, struct why *why)
{
	struct scim_door *new = heap_zalloc(sizeof *new);
	new->options = *options;
	enum err err = start_server(new, &new->plain, false, options->listen, why);
	if (!err)
		err = start_server(new, &new->tls, true, options->tls_listen, why);
	if (err)
		scim_stop(new, 0);
	else
		*door = new;
	return err;
}

unsigned scim_port(const struct scim_door *door, bool tls)
{
	struct http_server *http = tls ? door->tls.http : door->plain.http;
	return http ? http_port(http) : 0;
}

enum err scim_reload_certificate(struct scim_door *door, struct why *why)
{
	return door->tls.http ? http_reload_certificate(door->tls.http, why) : OK;
}

int64_t scim_certificate_end(const struct scim_door *door)
{
	return door->tls.http ? http_certificate_end(door->tls.http) : 0;
}

void scim_stop(struct scim_door *door, int64_t microseconds)
{
	if (door->plain.http)
		http_stop(door->plain.http, microseconds);
	if (door->tls.http)
		http_stop(door->tls.http, microseconds);
	free(door);
}
