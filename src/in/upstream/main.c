#define _GNU_SOURCE
#include "in/upstream/connector.h"
#include "in/upstream/mapped.h"
#include "in/upstream/task.h"

#include "base/codec.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define FLUSH_AT (128 * KIB)
#define ORDER_SECONDS 10
#define MEMORY_MAX (768 * MIB)

/* The sanitizer's shadow is larger than any limit. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED
#endif

static void give_up(int status)
{
	fflush(stderr);
	_exit(status);
}

void upstream_flush(struct upstream *up)
{
	size_t at = 0;

	while (at < up->out.len) {
		ssize_t n = send(UPSTREAM_FD, up->out.data + at, up->out.len - at, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			give_up(0);
		at += (size_t)n;
	}
	buffer_reset(&up->out);
}

void upstream_put(struct upstream *up, const struct row *row)
{
	frame_put_row(&up->out, row);
	if (up->out.len >= FLUSH_AT)
		upstream_flush(up);
}

void upstream_enter(struct upstream *up, enum stage stage)
{
	struct row row = { .type = FRAME_STAGE, .stage = stage };

	up->stage = stage;
	upstream_put(up, &row);
	upstream_flush(up);
}

/* Another server may do better; a refused password would only be refused once more. */
static bool is_of_the_server(enum failure failure)
{
	return failure == FAILURE_NET || failure == FAILURE_BUSY || failure == FAILURE_TLS;
}

void upstream_fail(struct upstream *up, enum failure failure, const char *format, ...)
{
	char text[FRAME_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (up->has_another && is_of_the_server(failure)) {
		if (!up->trouble[0])
			snprintf(up->trouble, sizeof(up->trouble), "%s", text);
		longjmp(up->next_server, 1);
	}
	struct row row = { .type = FRAME_FAILED,
		.stage = up->stage,
		.failure = failure,
		.uri = up->uri,
		.text = span_str(text) };
	upstream_put(up, &row);
	upstream_flush(up);
	_exit(0);
}

static void __attribute__((format(printf, 3, 0)))
put_words(struct upstream *up, enum frame_type type, const char *format, va_list args)
{
	char text[FRAME_TEXT_MAX];

	vsnprintf(text, sizeof(text), format, args);
	struct row row = { .type = type, .text = span_str(text) };
	upstream_put(up, &row);
}

void upstream_note(struct upstream *up, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_words(up, FRAME_NOTE, format, args);
	va_end(args);
}

void upstream_need_full(struct upstream *up, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_words(up, FRAME_NEED_FULL, format, args);
	va_end(args);
	upstream_flush(up);
	_exit(0);
}

void upstream_broken(struct upstream *up)
{
	int code = 0;

	ldap_get_option(up->ld, LDAP_OPT_RESULT_CODE, &code);
	if (code == LDAP_DECODING_ERROR)
		upstream_fail(up, FAILURE_PROTOCOL, "a message that is no LDAP, or over %u octets",
			up->order.pdu_max);
	upstream_fail(up, FAILURE_NET, "the connection broke: %s", ldap_err2string(code));
}

void upstream_count(struct upstream *up, uint64_t entries, uint64_t octets)
{
	/* What follows a refresh has no end, so only a refresh is bounded. */
	if (up->refreshed)
		return;
	up->entries += entries;
	up->octets += octets;
	if (up->entries > up->order.entries_max)
		upstream_fail(up, FAILURE_LIMIT, "more than %u entries", up->order.entries_max);
	if (up->octets > up->order.octets_max)
		upstream_fail(up, FAILURE_LIMIT, "more than %llu octets",
			(unsigned long long)up->order.octets_max);
}

static void set_limit(int resource, rlim_t value)
{
	struct rlimit limit = { value, value };

	if (setrlimit(resource, &limit) < 0)
		give_up(71);
}

/* Nothing inherited, no core that would hold the secret, an end with the daemon's. */
static void harden(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		give_up(71);
	if (close_range(UPSTREAM_FD + 1, ~0U, 0) < 0)
		give_up(71);
	set_limit(RLIMIT_CORE, 0);
	set_limit(RLIMIT_NOFILE, 64);
#ifndef SANITIZED
	set_limit(RLIMIT_AS, MEMORY_MAX);
#endif
	signal(SIGPIPE, SIG_IGN);
	/* No ldaprc or ldap.conf of whoever started us decides about TLS or servers. */
	if (setenv("LDAPNOINIT", "1", 1) < 0)
		give_up(71);
}

static void receive_exactly(uint8_t *to, size_t len)
{
	while (len > 0) {
		struct pollfd ready = { UPSTREAM_FD, POLLIN, 0 };
		if (poll(&ready, 1, ORDER_SECONDS * 1000) != 1)
			give_up(75);
		ssize_t n = recv(UPSTREAM_FD, to, len, 0);
		if (n <= 0)
			give_up(75);
		to += n;
		len -= (size_t)n;
	}
}

struct span upstream_receive(uint8_t *frame, size_t room)
{
	receive_exactly(frame, 4);
	size_t len = get_be32(frame);
	if (len < 1 || len > room - 4)
		give_up(76);
	receive_exactly(frame + 4, len);
	return span_of(frame, 4 + len);
}

/* The order's spans point into memory that stays, but for the secret, which connect wipes. */
static void receive_order(struct upstream *up)
{
	uint8_t head[4];
	struct why why = { 0 };

	receive_exactly(head, sizeof(head));
	uint32_t len = get_be32(head);
	if (len < 1 || len > FRAME_MAX)
		give_up(76);
	uint8_t *frame = heap_zalloc(4 + len);
	memcpy(frame, head, 4);
	receive_exactly(frame + 4, len);
	if (frame[4] != FRAME_ORDER ||
		frame_read_order(span_of(frame, 4 + len), &up->order, &why) != OK)
		give_up(76);
}

static void follow(struct upstream *up)
{
	upstream_connect(up);
	connector_discover(up);
	mapped_begin(up);
	up->connector->follow(up);
}

static void (*const tasks[TASK_COUNT])(struct upstream *up) = {
	[TASK_FOLLOW] = follow,
	[TASK_PROBE] = probe_run,
	[TASK_ONE] = one_run,
	[TASK_LOCATE] = locate_run,
	[TASK_BIND] = upstream_answer_binds,
};

int main(void)
{
	static struct upstream up = { .fd = -1 };

	harden();
	up.arena = arena_new();
	up.life = arena_new();
	buffer_init(&up.out, 4 * MIB);
	receive_order(&up);
	if (!tasks[up.order.task])
		give_up(76);
	tasks[up.order.task](&up);
}
