/* Start, accept, stop. A loop of ours accepts, hands the connections to the serving threads in turn
 * and sweeps. */
#include "net/http_int.h"

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
	http_thread_give(&server->threads[server->next_thread], fd, peer);
	server->next_thread = (server->next_thread + 1) % server->thread_count;
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

static enum err start_threads(struct http_server *server, struct why *why)
{
	server->threads = heap_zalloc(server->thread_count * sizeof *server->threads);
	for (unsigned i = 0; i < server->thread_count; i++)
		if (!http_thread_start(server, &server->threads[i]))
			return fail(why, ERR_IO, NULL, "the HTTP server's threads did not start");
	return OK;
}

/* ---- start and stop ---- */

static void free_server(struct http_server *server)
{
	stop_accepting(server);
	for (unsigned i = 0; server->threads && i < server->thread_count; i++)
		http_thread_end(&server->threads[i]);
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

int64_t http_certificate_end(const struct http_server *server)
{
	return server->tls ? http_tls_end(server->tls) : 0;
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
	http_streams_stop(server);
	wait_idle(server, clock_monotonic() + microseconds);
	/* libmicrohttpd cannot stop while a connection is suspended. */
	while (atomic_load(&server->busy) > 0) {
		http_abandon_all(server);
		usleep(2000);
	}
	free_server(server);
}
