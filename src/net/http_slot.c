/* Connections and their deadlines. libmicrohttpd's own timeout starts anew with every octet, so one
 * octet every two seconds holds a connection for ever; these are absolute, and the sweep shuts down
 * what is past them. */
#include "net/http_int.h"

#include "base/metric.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define DESCRIPTORS_MAX (1 << 17)

enum err http_slots_new(struct http_server *server, struct why *why)
{
	struct rlimit limit;
	server->slot_count = DESCRIPTORS_MAX;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_MAX)
		server->slot_count = limit.rlim_cur;
	server->slots = calloc(server->slot_count, sizeof *server->slots);
	if (!server->slots)
		return fail(why, ERR_IO, NULL, "no memory for %zu connections", server->slot_count);
	pthread_mutex_init(&server->lock, NULL);
	server->admission =
		admission_new(server->options.connections, server->options.connections_per_address);
	return OK;
}

void http_slots_free(struct http_server *server)
{
	if (!server->slots)
		return;
	admission_free(server->admission);
	free(server->slots);
	pthread_mutex_destroy(&server->lock);
}

bool http_slot_take(struct http_server *server, int fd, const struct sockaddr_storage *peer)
{
	if ((size_t)fd >= server->slot_count)
		return false;
	struct http_slot *slot = &server->slots[fd];
	struct seat seat;
	if (!admission_enter(server->admission, peer, &seat))
		return false;
	pthread_mutex_lock(&server->lock);
	slot->seat = seat;
	address_format(peer, slot->address);
	slot->taken = true;
	slot->served = false;
	slot->counted = false;
	atomic_store(&slot->deadline, clock_monotonic() + HTTP_HEAD_TIME);
	atomic_store(&slot->idle, false);
	if (server->highest <= (size_t)fd)
		server->highest = (size_t)fd + 1;
	pthread_mutex_unlock(&server->lock);
	metric_add(METRIC_HTTP_CONNECTIONS, 1);
	return true;
}

static void vacate(struct http_server *server, struct http_slot *slot)
{
	slot->taken = slot->served = false;
	admission_leave(server->admission, &slot->seat);
	metric_add(METRIC_HTTP_CONNECTIONS, -1);
}

void http_slot_release(struct http_server *server, int fd)
{
	pthread_mutex_lock(&server->lock);
	if (server->slots[fd].taken)
		vacate(server, &server->slots[fd]);
	pthread_mutex_unlock(&server->lock);
}

struct http_slot *http_slot_of(struct http_server *server, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	return &server->slots[info->connect_fd];
}

void http_connection_changed(void *cls, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode what)
{
	(void)context;
	struct http_thread *thread = cls;
	struct http_server *server = thread->server;
	struct http_slot *slot = http_slot_of(server, connection);
	pthread_mutex_lock(&server->lock);
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		slot->served = true;
	else if (slot->taken)
		vacate(server, slot);
	pthread_mutex_unlock(&server->lock);
	http_tls_use(server->tls);
}

/* An idle connection's next request begins with its first octet, which libmicrohttpd does not tell;
 * the kernel's count does, within one sweep. */
static void watch_first_octet(struct http_slot *slot, int fd, int64_t now)
{
	struct tcp_info info;
	socklen_t len = sizeof info;
	/* A whole request may have come and gone between two sweeps. */
	if (atomic_exchange(&slot->served_since, false))
		slot->counted = false;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
		len < offsetof(struct tcp_info, tcpi_bytes_received) +
				sizeof info.tcpi_bytes_received)
		return;
	if (!slot->counted) {
		slot->received = info.tcpi_bytes_received;
		slot->counted = true;
	} else if (slot->received != info.tcpi_bytes_received) {
		bool idle = true;
		if (atomic_compare_exchange_strong(&slot->idle, &idle, false))
			atomic_store(&slot->deadline, now + HTTP_HEAD_TIME);
	}
}

void http_sweep(struct http_server *server, int64_t now)
{
	pthread_mutex_lock(&server->lock);
	size_t highest = 0;
	for (size_t fd = 0; fd < server->highest; fd++) {
		struct http_slot *slot = &server->slots[fd];
		if (!slot->taken)
			continue;
		highest = fd + 1;
		bool late = atomic_load(&slot->deadline) <= now;
		if (late && slot->served)
			shutdown((int)fd, SHUT_RDWR);
		else if (late)
			vacate(server, slot); /* libmicrohttpd never came to serve it */
		else if (slot->served && atomic_load(&slot->idle))
			watch_first_octet(slot, (int)fd, now);
		else
			slot->counted = false;
	}
	server->highest = highest;
	pthread_mutex_unlock(&server->lock);
}

void http_abandon_all(struct http_server *server)
{
	for (size_t fd = 0; fd < server->slot_count; fd++) {
		struct http_exchange *exchange = atomic_exchange(&server->slots[fd].exchange, NULL);
		if (!exchange)
			continue;
		http_exchange_abandon(exchange);
		atomic_store(&server->slots[fd].exchange, exchange);
	}
}

void http_streams_stop(struct http_server *server)
{
	for (size_t fd = 0; fd < server->slot_count; fd++) {
		struct http_exchange *exchange = atomic_exchange(&server->slots[fd].exchange, NULL);
		if (!exchange)
			continue;
		if (atomic_load(&exchange->stream))
			http_stream_stop(exchange->stream);
		atomic_store(&server->slots[fd].exchange, exchange);
	}
}
