/* Answers that go on: what is written to a stream waits in its buffer, at most so much of it, until
 * the serving thread has sent it; meanwhile the connection is suspended and costs no thread. */
#include "net/http_int.h"

#include "base/metric.h"

#include <stdlib.h>
#include <sys/socket.h>

#define BLOCK 4096

struct http_stream {
	pthread_mutex_t lock;
	struct http_thread *thread;
	struct http_slot *slot;
	struct MHD_Connection *connection; /* NULL: gone */
	struct buffer waiting;
	bool ended, suspended;
	atomic_int holders; /* whoever writes, and libmicrohttpd's response */
};

static void release(struct http_stream *stream)
{
	if (atomic_fetch_sub(&stream->holders, 1) > 1)
		return;
	metric_add(METRIC_HTTP_STREAMS, -1);
	pthread_mutex_destroy(&stream->lock);
	buffer_free(&stream->waiting);
	free(stream);
}

static void response_is_gone(void *stream)
{
	release(stream);
}

/* ---- on the serving thread ---- */

static void set_deadline(struct http_stream *stream, int64_t deadline)
{
	atomic_store_explicit(&stream->slot->deadline, deadline, memory_order_relaxed);
}

static ssize_t give(struct http_stream *stream, char *room, size_t most)
{
	size_t len = stream->waiting.len < most ? stream->waiting.len : most;
	memcpy(room, stream->waiting.data, len);
	buffer_consume(&stream->waiting, len);
	set_deadline(stream, clock_monotonic() + HTTP_BODY_TIME);
	return (ssize_t)len;
}

static ssize_t read_stream(void *arg, uint64_t position, char *room, size_t most)
{
	struct http_stream *stream = arg;
	ssize_t len = 0;
	(void)position;
	pthread_mutex_lock(&stream->lock);
	if (stream->waiting.len > 0) {
		len = give(stream, room, most);
	} else if (stream->ended || !stream->connection) {
		len = MHD_CONTENT_READER_END_OF_STREAM;
	} else {
		set_deadline(stream, INT64_MAX);
		stream->suspended = true;
		MHD_suspend_connection(stream->connection);
	}
	pthread_mutex_unlock(&stream->lock);
	return len;
}

void http_stream_leave(struct http_stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	stream->connection = NULL;
	pthread_mutex_unlock(&stream->lock);
	release(stream);
}

/* ---- whoever writes ---- */

/* The lock is held. */
static void wake(struct http_stream *stream)
{
	if (stream->suspended && stream->connection)
		http_thread_resume(stream->thread, stream->connection);
	stream->suspended = false;
}

struct http_stream *http_stream_begin(struct http_exchange *exchange, const char *content_type,
	const char *const *headers, size_t most)
{
	struct http_stream *stream = heap_zalloc(sizeof *stream);
	pthread_mutex_init(&stream->lock, NULL);
	stream->thread = exchange->thread;
	stream->slot = exchange->slot;
	stream->connection = exchange->connection;
	buffer_init(&stream->waiting, most);
	atomic_init(&stream->holders, 3);
	metric_add(METRIC_HTTP_STREAMS, 1);
	exchange->stream = stream;
	exchange->close = true;
	struct MHD_Response *response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK, read_stream, stream, response_is_gone);
	/* Behind this line: http_streams_stop() looks for it after it said that it drains. */
	if (atomic_load(&exchange->thread->server->draining))
		stream->ended = true;
	http_exchange_respond(exchange, 200, response, content_type, headers);
	return stream;
}

bool http_stream_write(struct http_stream *stream, struct span octets)
{
	pthread_mutex_lock(&stream->lock);
	bool there = stream->connection && !stream->ended;
	if (there) {
		buffer_put_span(&stream->waiting, octets);
		there = !stream->waiting.failed;
		wake(stream);
	}
	/* A reader this slow is not waited for. */
	if (stream->waiting.failed && stream->connection)
		set_deadline(stream, 0);
	pthread_mutex_unlock(&stream->lock);
	return there;
}

void http_stream_end(struct http_stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	stream->ended = true;
	wake(stream);
	pthread_mutex_unlock(&stream->lock);
	release(stream);
}

/* ---- the server ends ---- */

void http_stream_stop(struct http_stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	stream->ended = true;
	if (stream->connection)
		shutdown((int)(stream->slot - stream->thread->server->slots), SHUT_RDWR);
	wake(stream);
	pthread_mutex_unlock(&stream->lock);
}
