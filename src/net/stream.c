#include "net/stream.h"

#include "base/arena.h"
#include "net/tls_int.h"

#include <errno.h>
#include <ev.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct stream {
	struct loop *loop;
	const struct stream_calls *calls;
	void *arg;
	SSL *ssl;
	SSL *next; /* takes over when the output has left: StartTLS */
	struct ev_io io;
	int64_t waiting_since;
	uint64_t sent;         /* octets, before TLS */
	struct buffer in, out; /* left over from earlier turns */
	size_t in_taken;       /* of `in` or of the scratch: consumed in this turn */
	size_t in_scratch;     /* octets of this turn in the scratch; `in` is empty then */
	size_t input_max;
	bool shaking, paused, finishing, dead;
	bool again;       /* reading was paused with input waiting: give it once more */
	bool wants_write; /* TLS or the socket has no room */
	bool output_lent; /* this turn's output stands in the loop's buffer */
};

static void on_event(struct ev_loop *ev, struct ev_io *w, int revents);

struct stream *stream_new(struct loop *loop, int fd, struct tls *tls, size_t input_max,
	const struct stream_calls *calls, void *arg)
{
	/* A fixed room: the kernel's own grows to megabytes for a slow reader, and hides for long
	 * whether he reads at all. */
	static const int send_room = 256 * 1024;
	struct stream *stream;
	SSL *ssl = tls ? tls_session(tls, fd) : NULL;

	if (tls && !ssl) {
		close(fd);
		return NULL;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_room, sizeof send_room);
	stream = heap_zalloc(sizeof *stream);
	*stream = (struct stream){ .loop = loop,
		.calls = calls,
		.arg = arg,
		.ssl = ssl,
		.input_max = input_max,
		.shaking = tls != NULL };
	buffer_init(&stream->in, SIZE_MAX / 4);
	buffer_init(&stream->out, SIZE_MAX / 4);
	ev_io_init(&stream->io, on_event, fd, EV_READ);
	stream->io.data = stream;
	ev_io_start(loop_ev(loop), &stream->io);
	return stream;
}

void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	ev_io_stop(loop_ev(stream->loop), &stream->io);
	if (stream->ssl) {
		if (!stream->shaking && !stream->dead)
			SSL_shutdown(stream->ssl); /* says goodbye; no answer is waited for */
		SSL_free(stream->ssl);
	}
	SSL_free(stream->next);
	close(stream->io.fd);
	buffer_free(&stream->in);
	buffer_free(&stream->out);
	free(stream);
}

/* The events to wait for follow from the state; the system is told when they differ. */
static void set_events(struct stream *stream)
{
	struct ev_loop *ev = loop_ev(stream->loop);
	bool full = stream->in.len >= stream->input_max;
	bool reads = stream->shaking ||
		     (!stream->paused && !stream->finishing && !stream->next && !full);
	int events = (reads ? EV_READ : 0) | (stream->wants_write ? EV_WRITE : 0);

	if (events == (stream->io.events & (EV_READ | EV_WRITE)) && ev_is_active(&stream->io))
		return;
	ev_io_stop(ev, &stream->io);
	ev_io_set(&stream->io, stream->io.fd, events);
	if (events)
		ev_io_start(ev, &stream->io);
}

/* Handles what an SSL_ call said: waits for room, or marks the stream dead. */
static void note_tls(struct stream *stream, int rc)
{
	switch (SSL_get_error(stream->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		break;
	case SSL_ERROR_WANT_WRITE:
		stream->wants_write = true;
		break;
	default:
		stream->dead = true;
		ERR_clear_error();
	}
}

/* Octets read, 0 for none now; sets `dead` at the end. */
static size_t read_some(struct stream *stream, uint8_t *to, size_t size)
{
	ssize_t n;
	size_t got = 0;

	if (!stream->ssl) {
		n = recv(stream->io.fd, to, size, 0);
		if (n > 0)
			return (size_t)n;
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			stream->dead = true;
		return 0;
	}
	ERR_clear_error();
	/* One call gives one TLS record at most, and what OpenSSL has read raises no event. */
	while (got < size) {
		int rc = SSL_read(stream->ssl, to + got, (int)(size - got));

		if (rc <= 0) {
			note_tls(stream, rc);
			break;
		}
		got += (size_t)rc;
	}
	return got;
}

static size_t write_some(struct stream *stream, const uint8_t *from, size_t len)
{
	size_t sent = 0;

	stream->wants_write = false;
	while (sent < len && !stream->ssl) {
		ssize_t n = send(stream->io.fd, from + sent, len - sent, MSG_NOSIGNAL);

		if (n < 0) {
			if (errno == EAGAIN)
				stream->wants_write = true;
			else if (errno != EINTR)
				stream->dead = true;
			break;
		}
		sent += (size_t)n;
	}
	while (sent < len && stream->ssl) {
		size_t piece = len - sent < 1 << 20 ? len - sent : 1 << 20;
		int rc = SSL_write(stream->ssl, from + sent, (int)piece);

		if (rc <= 0) {
			note_tls(stream, rc);
			/* A write that waits for reading cannot come: no renegotiation. */
			stream->wants_write = !stream->dead;
			break;
		}
		sent += (size_t)rc;
	}
	return sent;
}

/* Writes what waits; keeps the rest. */
static void push(struct stream *stream)
{
	struct buffer *lent = stream->output_lent ? loop_output(stream->loop) : NULL;
	struct buffer *from = lent ? lent : &stream->out;
	size_t sent =
		stream->dead || stream->shaking ? 0 : write_some(stream, from->data, from->len);

	stream->sent += sent;
	loop_count_sent(stream->loop, sent);
	if (sent > 0 || stream->waiting_since == 0)
		stream->waiting_since = loop_now(stream->loop);
	if (lent) {
		if (!stream->dead && sent < lent->len)
			buffer_put(&stream->out, lent->data + sent, lent->len - sent);
		buffer_reset(lent);
		stream->output_lent = false;
	} else {
		buffer_consume(&stream->out, sent);
	}
	if (stream->out.len > 0 && !stream->dead)
		return;
	buffer_free(&stream->out);
	stream->waiting_since = 0;
}

static bool is_done(const struct stream *stream)
{
	return stream->dead || (stream->finishing && stream_waiting(stream) == 0);
}

/* The end of each turn: the one write, the events, the one place from which closed() is called. */
static bool end_turn(struct stream *stream)
{
	if (stream->output_lent)
		push(stream);
	if (stream->next && stream_waiting(stream) == 0) {
		stream->ssl = stream->next;
		stream->next = NULL;
		stream->shaking = true;
	}
	if (is_done(stream)) {
		stream->calls->closed(stream->arg);
		return false;
	}
	set_events(stream);
	return true;
}

/* Keeps what input() did not consume. */
static void keep_rest(struct stream *stream)
{
	if (stream->in_scratch > 0) {
		size_t rest = stream->in_scratch - stream->in_taken;

		if (rest > 0)
			buffer_put(
				&stream->in, loop_scratch(stream->loop) + stream->in_taken, rest);
		stream->in_scratch = 0;
	} else {
		buffer_consume(&stream->in, stream->in_taken);
	}
	stream->in_taken = 0;
	if (stream->in.len == 0 && stream->in.cap > 0)
		buffer_free(&stream->in);
}

static void give_input(struct stream *stream)
{
	stream->calls->input(stream->arg);
	keep_rest(stream);
}

static void give_again(struct stream *stream)
{
	if (!stream->again || stream->paused || stream->finishing || stream->dead)
		return;
	stream->again = false;
	if (stream->in.len > 0)
		give_input(stream);
}

/* Reads once and gives it on. */
static void take_input(struct stream *stream)
{
	size_t room = stream->input_max - stream->in.len, n;

	if (stream->in.len >= stream->input_max)
		return;
	if (stream->in.len == 0) {
		n = read_some(stream, loop_scratch(stream->loop), LOOP_SCRATCH);
		stream->in_scratch = n;
	} else {
		room = room < LOOP_SCRATCH ? room : LOOP_SCRATCH;
		n = read_some(stream, buffer_reserve(&stream->in, room), room);
		stream->in.len += n;
	}
	if (n > 0)
		give_input(stream);
	/* A record that OpenSSL holds already raises no event by itself. */
	if (!stream->dead && stream->ssl && SSL_has_pending(stream->ssl) && !stream->paused &&
		!stream->finishing && n > 0)
		ev_feed_event(loop_ev(stream->loop), &stream->io, EV_READ);
}

static void shake(struct stream *stream)
{
	int rc;

	stream->wants_write = false;
	rc = SSL_do_handshake(stream->ssl);
	if (rc == 1)
		stream->shaking = false;
	else
		note_tls(stream, rc);
}

static void on_event(struct ev_loop *ev, struct ev_io *w, int revents)
{
	struct stream *stream = w->data;

	(void)ev;
	if (stream->shaking) {
		shake(stream);
		revents = stream->shaking || stream->dead ? 0 : EV_READ;
	}
	if ((revents & EV_WRITE) && stream->out.len > 0) {
		push(stream);
		if (!stream->dead && stream->out.len == 0 && !stream->finishing)
			stream->calls->drained(stream->arg);
	}
	give_again(stream);
	if ((revents & EV_READ) && !stream->dead && !stream->paused && !stream->finishing)
		take_input(stream);
	end_turn(stream);
}

uint8_t *stream_input(struct stream *stream, size_t *len)
{
	uint8_t *data = stream->in_scratch > 0 ? loop_scratch(stream->loop) : stream->in.data;
	size_t all = stream->in_scratch > 0 ? stream->in_scratch : stream->in.len;

	*len = all - stream->in_taken;
	return data ? data + stream->in_taken : NULL;
}

void stream_consume(struct stream *stream, size_t len)
{
	stream->in_taken += len;
}

void stream_set_input_max(struct stream *stream, size_t input_max)
{
	stream->input_max = input_max;
}

void stream_pause(struct stream *stream, bool paused)
{
	stream->again |= stream->paused && !paused;
	stream->paused = paused;
	if (!paused && stream->ssl && SSL_has_pending(stream->ssl))
		ev_feed_event(loop_ev(stream->loop), &stream->io, EV_READ);
}

struct buffer *stream_output(struct stream *stream)
{
	if (stream->out.len > 0)
		return &stream->out;
	stream->output_lent = true;
	return loop_output(stream->loop);
}

size_t stream_waiting(const struct stream *stream)
{
	return stream->out.len + (stream->output_lent ? loop_output(stream->loop)->len : 0);
}

bool stream_flush(struct stream *stream)
{
	give_again(stream);
	return end_turn(stream);
}

void stream_finish(struct stream *stream)
{
	stream->finishing = true;
}

void stream_abort(struct stream *stream)
{
	stream->dead = true;
	end_turn(stream);
}

bool stream_start_tls(struct stream *stream, struct tls *tls)
{
	size_t unread;

	stream_input(stream, &unread);
	if (unread > 0 || stream->ssl || stream->next)
		return false;
	stream->next = tls_session(tls, stream->io.fd);
	return stream->next != NULL;
}

bool stream_has_peer(const struct stream *stream)
{
	return tls_has_peer(stream->ssl);
}

bool stream_peer(const struct stream *stream, struct arena *arena, struct tls_peer *peer)
{
	return tls_read_peer(stream->ssl, arena, peer);
}

bool stream_is_tls(const struct stream *stream)
{
	return stream->ssl || stream->next;
}

const char *stream_protocol(const struct stream *stream)
{
	return stream->ssl && !stream->shaking ? SSL_get_version(stream->ssl) : NULL;
}

uint64_t stream_sent(const struct stream *stream)
{
	return stream->sent;
}

bool stream_is_shaking(const struct stream *stream)
{
	return stream->shaking;
}

int64_t stream_waiting_since(const struct stream *stream)
{
	return stream->waiting_since;
}
