/* Byte streams: a connected socket of a loop, plain or TLS, never blocking. A stream without bytes
 * under way holds no buffers: it reads into its loop's scratch and writes from its loop's output,
 * and keeps only what was left over. All calls are made on the loop's thread.
 *
 * A turn: octets arrive, input() takes what it can and appends answers to stream_output(); what was
 * appended leaves with one write when input() returns. Work outside of input() ends its turn with
 * stream_flush(). The owner frees a stream in closed() and nowhere else. */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "base/arena.h"
#include "net/loop.h"
#include "net/tls.h"

struct stream;

struct stream_calls {
	void (*input)(void *arg);
	/* All output has left after some had been waiting. */
	void (*drained)(void *arg);
	/* The peer is gone, the stream failed or was finished: call stream_free() and forget it. */
	void (*closed)(void *arg);
};

/* Takes the descriptor; with `tls` the handshake comes first. `input_max`: octets that may wait
 * unconsumed; beyond, reading stops. NULL when the TLS library refuses, the descriptor is closed.
 */
struct stream *stream_new(struct loop *loop, int fd, struct tls *tls, size_t input_max,
	const struct stream_calls *calls, void *arg);
void stream_free(struct stream *stream);

/* What has arrived and was not consumed; the octets may be overwritten (to wipe them). Valid until
 * the end of the turn. */
uint8_t *stream_input(struct stream *stream, size_t *len);
void stream_consume(struct stream *stream, size_t len); /* within input() */
void stream_set_input_max(struct stream *stream, size_t input_max);
/* Stops reading, or goes on; what has arrived stays, and is given to input() again at the end of
 * the turn in which reading went on. */
void stream_pause(struct stream *stream, bool paused);

/* Where to append. Never fails: the protocol asks stream_waiting() and stops in time. */
struct buffer *stream_output(struct stream *stream);
/* Octets that have not left, those of this turn included. */
size_t stream_waiting(const struct stream *stream);
/* Ends a turn outside of input() and drained(). False: closed() was called, the stream is gone. */
bool stream_flush(struct stream *stream);
/* No more input; closes when the output has left. To be followed by the end of the turn. */
void stream_finish(struct stream *stream);
/* Closes without waiting; not within input() or drained(). closed() is called before it returns. */
void stream_abort(struct stream *stream);
/* Turns a plain stream into TLS once the output has left. False when it is TLS already or when
 * octets wait behind those consumed: they came in clear and must never be taken for the session's
 * (the STARTTLS injection). */
bool stream_start_tls(struct stream *stream, struct tls *tls);

/* The client showed a certificate of an authority that is trusted for clients. What it says is
 * copied into the arena; false: there is none. */
bool stream_has_peer(const struct stream *stream);
bool stream_peer(const struct stream *stream, struct arena *arena, struct tls_peer *peer);

bool stream_is_tls(const struct stream *stream);     /* asked for, perhaps still shaking hands */
bool stream_is_shaking(const struct stream *stream); /* the handshake is not done */
/* "TLSv1.3"; NULL: in clear, or not yet. */
const char *stream_protocol(const struct stream *stream);
uint64_t stream_sent(const struct stream *stream); /* octets, before TLS */
/* loop_now() of the last octet that left while output was waiting, or when it began to wait; 0 when
 * nothing waits. */
int64_t stream_waiting_since(const struct stream *stream);

#endif
