/* Start, accept, stop. Each serving thread is a libmicrohttpd daemon of its own without a listening
 * socket; a loop of ours accepts, hands the connections out in turn and sweeps. (One daemon
 * that accepts for itself hung when 128 connections came at once.) */
#include "net/http_int.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- accepting: on the server's loop ---- */

static void on_connection(void *arg, int fd, const struct sockaddr_storage *peer)
{
	struct http_server *server = arg;
	if (!http_slot_take(server, fd, peer)) {
		close(fd);
		return;
	}
	struct http_thread *thread = &server->threads[server->next_thread];
	server->next_thread = (server->next_thread + 1) % server->thread_count;
	socklen_t len = peer->ss_family == AF_INET ? sizeof(struct sockaddr_in)
						   : sizeof(struct sockaddr_in6);
	/* On failure it has closed the descriptor. */
	if (MHD_add_connection(thread->daemon, fd, (const struct sockaddr *)peer, len) != MHD_YES)
		http_slot_release(server, fd);
}

static void on_second(void *arg)
{
	http_sweep(arg, clock_monotonic());
}

static enum err start_accepting(struct http_server *server, struct why *why)
{
	struct sockaddr_storage address;
	enum err err = listen_address_parse(server->options.listen, &address, why);
	if (!err)
		err = loop_new(&server->loop, why);
	if (err)
		return err;
	loop_on_second(server->loop, on_second, server);
	err = listener_open(server->loop, &address, on_connection, server, &server->listener, why);
	if (!err)
		err = loop_start(server->loop, "http-accept", why);
	server->accepting = !err;
	return err;
}

static void stop_accepting(struct http_server *server)
{
	if (server->accepting) {
		loop_stop(server->loop);
		loop_join(server->loop);
	}
	server->accepting = false;
	listener_close(server->listener);
	server->listener = NULL;
	if (server->loop)
		loop_free(server->loop);
	server->loop = NULL;
}

/* ---- serving threads ---- */

/* Paths are decoded once, by http_split_path. */
static size_t leave_encoded(void *cls, struct MHD_Connection *connection, char *text)
{
	(void)cls;
	(void)connection;
	return strlen(text);
}

static bool start_thread(struct http_server *server, struct http_thread *thread)
{
	const struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(intptr_t)http_tls_choose },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0,
			(void *)"SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_"
				"PRECEDENCE" },
		{ MHD_OPTION_END, 0, NULL },
	};
	const struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL |
			 MHD_USE_NO_LISTEN_SOCKET | MHD_USE_SUSPEND_RESUME |
			 (server->tls ? MHD_USE_TLS : 0);
	thread->server = server;
	thread->daemon = MHD_start_daemon(flags, 0, NULL, NULL, http_exchange_go, thread,
		MHD_OPTION_ARRAY, server->tls ? tls : none, MHD_OPTION_URI_LOG_CALLBACK,
		http_exchange_begin, thread, MHD_OPTION_NOTIFY_COMPLETED, http_exchange_end, thread,
		MHD_OPTION_NOTIFY_CONNECTION, http_connection_changed, thread,
		MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LIMIT_HTTP_HEAD,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)server->slot_count, MHD_OPTION_END);
	return thread->daemon != NULL;
}

static void end_thread(struct http_server *server, struct http_thread *thread)
{
	if (thread->daemon)
		MHD_stop_daemon(thread->daemon);
	if (thread->started && server->options.thread_end)
		server->options.thread_end(server->options.arg, thread->data);
	while (thread->spare) {
		struct http_exchange *next = thread->spare->spare;
		http_exchange_free(thread->spare);
		thread->spare = next;
	}
}

static enum err start_threads(struct http_server *server, struct why *why)
{
	server->threads = heap_zalloc(server->thread_count * sizeof *server->threads);
	for (unsigned i = 0; i < server->thread_count; i++)
		if (!start_thread(server, &server->threads[i]))
			return fail(why, ERR_IO, NULL, "the HTTP server's threads did not start");
	return OK;
}

/* ---- start and stop ---- */

static void free_server(struct http_server *server)
{
	stop_accepting(server);
	for (unsigned i = 0; server->threads && i < server->thread_count; i++)
		end_thread(server, &server->threads[i]);
	http_slots_free(server);
	http_tls_free(server->tls);
	free(server->threads);
	free(server->patterns);
	free(server);
}

static void set_defaults(struct http_options *options, unsigned *threads)
{
	if (options->connections == 0)
		options->connections = LIMIT_HTTP_CONNECTIONS;
	if (options->connections_per_address == 0)
		options->connections_per_address = LIMIT_HTTP_CONNECTIONS_PER_ADDRESS;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	*threads = options->threads ? options->threads : processors > 0 ? (unsigned)processors : 1;
}

enum err http_start(
	const struct http_options *options, struct http_server **server, struct why *why)
{
	struct http_server *new = heap_zalloc(sizeof *new);
	new->options = *options;
	set_defaults(&new->options, &new->thread_count);
	http_patterns_compile(new);
	enum err err = http_slots_new(new, why);
	if (!err && options->certificate)
		err = http_tls_new(options->certificate, options->key, &new->tls, why);
	if (!err)
		err = start_threads(new, why);
	if (!err)
		err = start_accepting(new, why);
	if (err)
		free_server(new);
	else
		*server = new;
	return err;
}

unsigned http_port(const struct http_server *server)
{
	return (unsigned)listener_port(server->listener);
}

enum err http_reload_certificate(struct http_server *server, struct why *why)
{
	return server->tls ? http_tls_reload(server->tls, why) : OK;
}

static void wait_idle(struct http_server *server, int64_t until)
{
	while (atomic_load(&server->busy) > 0 && clock_monotonic() < until)
		usleep(2000);
}

void http_stop(struct http_server *server, int64_t microseconds)
{
	atomic_store(&server->draining, true);
	stop_accepting(server);
	wait_idle(server, clock_monotonic() + microseconds);
	/* libmicrohttpd cannot stop while a connection is suspended. */
	while (atomic_load(&server->busy) > 0) {
		http_abandon_all(server);
		usleep(2000);
	}
	free_server(server);
}
