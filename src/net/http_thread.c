/* The serving threads. Each drives a libmicrohttpd daemon of its own and waits for it outside:
 * inside, 0.9.75 waits once more, without a limit, whenever exactly 128 events came at once, and
 * answers none of them. MHD_run() never waits. */
#define _GNU_SOURCE /* pthread_setname_np */

#include "net/http_int.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct http_arrival {
	struct http_arrival *next;
	int fd;
	struct sockaddr_storage peer;
};

/* One write stands for all that happens until the thread has taken note of it. */
static void wake(struct http_thread *thread)
{
	if (!atomic_exchange(&thread->woken, true))
		eventfd_write(thread->wake, 1);
}

static void take_wake(struct http_thread *thread)
{
	eventfd_t count;
	eventfd_read(thread->wake, &count);
	atomic_store(&thread->woken, false);
}

void http_thread_give(struct http_thread *thread, int fd, const struct sockaddr_storage *peer)
{
	struct http_arrival *arrival = heap_zalloc(sizeof *arrival);
	arrival->fd = fd;
	arrival->peer = *peer;
	pthread_mutex_lock(&thread->lock);
	*thread->arrivals_end = arrival;
	thread->arrivals_end = &arrival->next;
	pthread_mutex_unlock(&thread->lock);
	wake(thread);
}

/* libmicrohttpd's own signal may be eaten by a turn that looked for resumed connections just
 * before; ours comes after it. The connection may be gone before it does, but not the server. */
void http_thread_resume(struct http_thread *thread, struct MHD_Connection *connection)
{
	struct http_server *server = thread->server;
	atomic_fetch_add(&server->busy, 1);
	MHD_resume_connection(connection);
	wake(thread);
	atomic_fetch_sub(&server->busy, 1);
}

static struct http_arrival *take_arrivals(struct http_thread *thread)
{
	pthread_mutex_lock(&thread->lock);
	struct http_arrival *first = thread->arrivals;
	thread->arrivals = NULL;
	thread->arrivals_end = &thread->arrivals;
	pthread_mutex_unlock(&thread->lock);
	return first;
}

static void admit(struct http_thread *thread, const struct http_arrival *arrival)
{
	socklen_t len = arrival->peer.ss_family == AF_INET ? sizeof(struct sockaddr_in)
							   : sizeof(struct sockaddr_in6);
	/* On failure it has closed the descriptor. */
	if (MHD_add_connection(thread->daemon, arrival->fd, (const struct sockaddr *)&arrival->peer,
		    len) != MHD_YES)
		http_slot_release(thread->server, arrival->fd);
}

static void refuse(struct http_thread *thread, const struct http_arrival *arrival)
{
	http_slot_release(thread->server, arrival->fd);
	close(arrival->fd);
}

static void each_arrival(struct http_thread *thread,
	void (*meet)(struct http_thread *thread, const struct http_arrival *arrival))
{
	struct http_arrival *next;
	for (struct http_arrival *arrival = take_arrivals(thread); arrival; arrival = next) {
		next = arrival->next;
		meet(thread, arrival);
		free(arrival);
	}
}

/* Milliseconds; -1: as long as it takes. */
static int patience(struct http_thread *thread)
{
	MHD_UNSIGNED_LONG_LONG milliseconds;
	if (MHD_get_timeout(thread->daemon, &milliseconds) != MHD_YES)
		return -1;
	return milliseconds < 1000 ? (int)milliseconds : 1000;
}

static void *serve(void *arg)
{
	struct http_thread *thread = arg;
	struct pollfd fds[2] = { { .fd = thread->events, .events = POLLIN },
		{ .fd = thread->wake, .events = POLLIN } };
	pthread_setname_np(pthread_self(), "http");
	while (!atomic_load(&thread->stopping)) {
		if (poll(fds, 2, patience(thread)) < 0 && errno != EINTR)
			abort();
		if (fds[1].revents) {
			take_wake(thread);
			each_arrival(thread, admit);
		}
		MHD_run(thread->daemon);
	}
	return NULL;
}

/* Paths are decoded once, by http_split_path. */
static size_t leave_encoded(void *cls, struct MHD_Connection *connection, char *text)
{
	(void)cls;
	(void)connection;
	return strlen(text);
}

static struct MHD_Daemon *daemon_new(struct http_server *server, struct http_thread *thread)
{
	const struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(intptr_t)http_tls_choose },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0,
			(void *)"SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_"
				"PRECEDENCE" },
		{ MHD_OPTION_END, 0, NULL },
	};
	const struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
			 (server->tls ? MHD_USE_TLS : 0);
	return MHD_start_daemon(flags, 0, NULL, NULL, http_exchange_go, thread, MHD_OPTION_ARRAY,
		server->tls ? tls : none, MHD_OPTION_URI_LOG_CALLBACK, http_exchange_begin, thread,
		MHD_OPTION_NOTIFY_COMPLETED, http_exchange_end, thread,
		MHD_OPTION_NOTIFY_CONNECTION, http_connection_changed, thread,
		MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LIMIT_HTTP_HEAD,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)server->slot_count, MHD_OPTION_END);
}

bool http_thread_start(struct http_server *server, struct http_thread *thread)
{
	thread->server = server;
	thread->arrivals_end = &thread->arrivals;
	pthread_mutex_init(&thread->lock, NULL);
	thread->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	thread->daemon = thread->wake < 0 ? NULL : daemon_new(server, thread);
	if (!thread->daemon)
		return false;
	thread->events = MHD_get_daemon_info(thread->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	thread->running = pthread_create(&thread->thread, NULL, serve, thread) == 0;
	return thread->running;
}

void http_thread_end(struct http_thread *thread)
{
	struct http_server *server = thread->server;
	if (!server)
		return;
	atomic_store(&thread->stopping, true);
	if (thread->running) {
		wake(thread);
		pthread_join(thread->thread, NULL);
	}
	each_arrival(thread, refuse);
	if (thread->daemon)
		MHD_stop_daemon(thread->daemon);
	if (thread->wake >= 0)
		close(thread->wake);
	pthread_mutex_destroy(&thread->lock);
	for (unsigned s = 0; s < HTTP_SITES_MAX; s++) {
		const struct http_site *site = &server->options.sites[s];
		if (thread->started[s] && site->thread_end)
			site->thread_end(site->arg, thread->data[s]);
	}
	while (thread->spare) {
		struct http_exchange *next = thread->spare->spare;
		http_exchange_free(thread->spare);
		thread->spare = next;
	}
}
