#include "in/ldap/door_int.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/secret.h"
#include "wire/ldap_ppolicy.h"

#include <stdlib.h>

enum operation_flag {
	ALONE = 1 << 0,
	ALWAYS = 1 << 1,
	BEHIND_WRITE = 1 << 2,
	SECRET = 1 << 3,
	METERED = 1 << 4,
};

/* For the requests of one connection, however many it sends at once, before it gives way. */
#define SLICE (SECOND / 1000)

struct operation {
	uint8_t request, response;
	void (*run)(struct conn *conn, const struct pdu *pdu, const struct controls *controls);
	unsigned controls, flags;
};

static const struct operation operations[] = {
#define OPERATION(request, response, handler, controls, flags)                                     \
	{ request, response, handler, controls, flags },
#include "in/ldap/operation.def"
#undef OPERATION
};

static const struct operation *operation_find(uint8_t tag)
{
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (operations[i].request == tag)
			return &operations[i];
	return NULL;
}

static uint8_t response_tag(uint8_t request_tag)
{
	return operation_find(request_tag)->response;
}

void conn_answer(struct conn *conn, const struct result *result)
{
	struct tally *tally = &conn->shard->tally;
	struct result referring = *result;

	for (size_t i = 0; i < TALLY_OPERATIONS; i++)
		if (operations[i].response == result->tag)
			tally_add(&tally->completed[i], 1);
	tally_add(&tally->results[tally_result_of(result->code)], 1);
	oplog_end(conn, result);
	if (result->code == RESULT_REFERRAL)
		referring.referral = buffer_span(&conn->shard->referral);
	result_write(stream_output(conn->stream), &referring);
}

void conn_put_code(struct conn *conn, const struct pdu *pdu, int code)
{
	conn_answer(conn,
		&(struct result){ .id = pdu->id, .tag = response_tag(pdu->tag), .code = code });
}

void conn_refuse(struct conn *conn, const struct pdu *pdu, enum err err, const struct why *why)
{
	conn_answer(conn, &(struct result){ .id = pdu->id,
				  .tag = response_tag(pdu->tag),
				  .code = err_row(err)->ldap,
				  .text = span_str(why->text) });
}

void conn_disconnect(struct conn *conn, int code, const char *text)
{
	if (conn->closing)
		return;
	conn->closing = true;
	conn->ended = code == RESULT_PROTOCOL_ERROR ? "protocol" : "stopping";
	if (code == RESULT_PROTOCOL_ERROR) {
		metric_add(METRIC_LDAP_PROTOCOL_ERRORS, 1);
		log_event(LOG_LEVEL_DEBUG, "ldap.protocol_error", L_STR("address", conn->address),
			L_STR("reason", text));
	}
	disconnection_write(stream_output(conn->stream), code, text);
	stream_finish(conn->stream);
}

/* draft-behera-ldap-password-policy-10 section 8.1.2.1. A new password counts from the next request
 * on. */
static bool must_change_first(struct conn *conn)
{
	const struct actor *actor = &conn->identity.actor;
	struct view *view = actor->must_change ? shard_view(conn->shard) : NULL;

	if (view)
		identity_refresh(conn, view);
	return actor->must_change;
}

static void bar(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	struct buffer *scratch = &conn->shard->scratch;

	buffer_reset(scratch);
	if (controls_have(controls, CONTROL_PASSWORD_POLICY))
		password_policy_write(scratch, -1, -1, PASSWORD_CHANGE_AFTER_RESET);
	conn_answer(conn, &(struct result){ .id = pdu->id,
				  .tag = response_tag(pdu->tag),
				  .code = RESULT_ACCESS,
				  .text = SPAN("a new password must be chosen first"),
				  .controls = buffer_span(scratch) });
}

/* RFC 4511 section 4.1.11: what has no response ignores its controls. */
static void run_operation(
	struct conn *conn, const struct operation *operation, const struct pdu *pdu)
{
	struct controls controls;
	struct why why = { 0 };
	unsigned seconds;
	enum err err = OK;

	controls.present = controls.critical = 0;
	if (operation->flags & METERED)
		err = core_meter(conn->shard->door->core, &conn->identity.actor, &seconds, &why);
	if (err != OK)
		tally_add(&conn->shard->tally.throttled, 1);
	if (err == OK && operation->controls != 0)
		err = controls_read(pdu, operation->controls, &controls, &why);
	conn->manages = controls_have(&controls, CONTROL_MANAGE_DSA_IT);
	if (err == OK)
		oplog_controls(conn, pdu, &controls);
	if (err != OK) {
		sasl_forget(conn);
		conn_refuse(conn, pdu, err, &why);
	} else if (!(operation->flags & ALWAYS) && must_change_first(conn)) {
		bar(conn, pdu, &controls);
	} else if (controls_have(&controls, CONTROL_PROXIED)) {
		proxy_run(conn, pdu, &controls, operation->run);
	} else {
		operation->run(conn, pdu, &controls);
	}
}

/* What runs on the connection must end before a request with these flags. */
static bool must_wait(const struct conn *conn, unsigned flags)
{
	return ((flags & ALONE) && conn->search_count > 0) ||
	       ((flags & (ALONE | BEHIND_WRITE)) && conn->update);
}

/* A message that must wait for what runs stays unconsumed. */
static void run_message(struct conn *conn, uint8_t *data, size_t len)
{
	struct pdu pdu;
	struct why why = { 0 };
	const struct operation *operation;

	if (pdu_read(span_of(data, len), &pdu, &why) != OK) {
		conn_disconnect(conn, RESULT_PROTOCOL_ERROR, why.text);
		return;
	}
	if (pdu.control_count > door_limits(conn->shard->door)->controls) {
		conn_disconnect(conn, RESULT_PROTOCOL_ERROR, "too many controls");
		return;
	}
	operation = operation_find(pdu.tag);
	if (!operation || search_is_known(conn, pdu.id) || update_is_known(conn, pdu.id)) {
		conn_disconnect(conn, RESULT_PROTOCOL_ERROR,
			operation ? "the message id is in use" : "no such operation");
		return;
	}
	conn->waits = must_wait(conn, operation->flags) ? operation->flags : 0;
	if (conn->waits)
		return;
	/* RFC 4513 section 4: a bind makes the session anonymous as soon as it comes. */
	if (pdu.tag != OP_BIND) {
		sasl_forget(conn);
	} else {
		identity_clear(&conn->identity);
		searches_abandon_persistent(conn);
	}
	/* The octets stay where they are until the end of the turn. */
	stream_consume(conn->stream, len);
	tally_add(&conn->shard->tally.started[operation - operations], 1);
	oplog_begin(conn, &pdu);
	run_operation(conn, operation, &pdu);
	if (operation->response == 0)
		tally_add(&conn->shard->tally.completed[operation - operations], 1);
	/* A password shall not linger in the loop's scratch. */
	if (operation->flags & SECRET)
		secret_wipe(data, len);
}

/* Nothing more is taken from the input while this does not hold. */
static bool takes_more(const struct conn *conn)
{
	return !conn->closing && !conn->binding && !conn->waits && !conn->yields &&
	       conn->search_count < OPERATIONS_MAX && stream_waiting(conn->stream) < OUTPUT_HIGH &&
	       conn->shard->stop_until == 0;
}

static size_t message_max(const struct conn *conn)
{
	const struct ldap_limits *limits = door_limits(conn->shard->door);

	return (size_t)(conn->identity.bound ? limits->pdu_kib : limits->pdu_before_bind_kib) * KIB;
}

static void resume_all(struct task *task)
{
	struct shard *shard = (struct shard *)((char *)task - offsetof(struct shard, resume));
	struct conn *conn, *next;

	shard->resumes = false;
	for (conn = shard->conns; conn; conn = next) {
		next = conn->next;
		if (!conn->yields)
			continue;
		conn->yields = false;
		conn_resume(conn);
	}
}

static void give_way(struct conn *conn)
{
	struct shard *shard = conn->shard;

	conn->yields = true;
	if (shard->resumes)
		return;
	shard->resumes = true;
	shard->resume.run = resume_all;
	loop_defer(shard->loop, &shard->resume);
}

static void conn_input(void *arg)
{
	struct conn *conn = arg;
	int64_t until = clock_monotonic() + SLICE;

	while (takes_more(conn)) {
		size_t have, len;
		uint8_t *data = stream_input(conn->stream, &have);
		enum frame frame = pdu_frame(span_of(data, have), message_max(conn), &len);

		if (have == 0)
			break;
		if (frame == FRAME_PARTIAL) {
			if (conn->partial == 0)
				conn->partial = loop_now(conn->shard->loop);
			break;
		}
		conn->partial = 0;
		conn->active = loop_now(conn->shard->loop);
		if (frame == FRAME_WHOLE)
			run_message(conn, data, len);
		else
			conn_disconnect(conn, RESULT_PROTOCOL_ERROR,
				frame == FRAME_BAD ? "not an LDAP message"
						   : "the message is too large");
		if (clock_monotonic() >= until)
			give_way(conn);
	}
	if (!takes_more(conn))
		conn->partial = 0; /* it is we who do not read */
	stream_set_input_max(conn->stream, message_max(conn));
	stream_pause(conn->stream, !takes_more(conn));
}

/* When the shard stops: once nothing runs. */
static void say_goodbye(struct conn *conn)
{
	if (conn->shard->stop_until != 0 && conn->search_count == 0 && conn->persist_count == 0 &&
		!conn->binding && !conn->update)
		conn_disconnect(conn, RESULT_UNAVAILABLE, "the server is stopping");
}

/* When room comes, those who wait for it try again. */
static void set_heavy(struct conn *conn, bool is_heavy)
{
	struct shard *shard = conn->shard;

	if (conn->is_heavy == is_heavy)
		return;
	conn->is_heavy = is_heavy;
	shard->heavy += is_heavy ? 1 : -1U;
	for (struct conn *other = shard->conns; other && !is_heavy; other = other->next)
		searches_wake(other);
}

void conn_weigh(struct conn *conn)
{
	set_heavy(conn, stream_waiting(conn->stream) > LIMIT_LDAP_OUTPUT);
}

bool conn_resume(struct conn *conn)
{
	if (!must_wait(conn, conn->waits))
		conn->waits = 0;
	say_goodbye(conn);
	stream_pause(conn->stream, !takes_more(conn));
	return stream_flush(conn->stream);
}

static void conn_drained(void *arg)
{
	struct conn *conn = arg;

	set_heavy(conn, false);
	searches_wake(conn);
	stream_pause(conn->stream, !takes_more(conn));
}

static void conn_closed(void *arg)
{
	struct conn *conn = arg;
	struct shard *shard = conn->shard;

	oplog_close(conn);
	set_heavy(conn, false);
	*conn->link = conn->next;
	if (conn->next)
		conn->next->link = conn->link;
	searches_end(conn);
	bind_forget(conn);
	sasl_forget(conn);
	update_forget(conn);
	admission_leave(shard->door->admission, &conn->seat);
	identity_clear(&conn->identity);
	stream_free(conn->stream);
	free(conn);
	metric_add(METRIC_LDAP_CONNECTIONS, -1);
	shard_check_over(shard);
}

void conn_open(struct shard *shard, int fd, struct tls *tls, const struct sockaddr_storage *peer,
	struct seat seat)
{
	static const struct stream_calls calls = { conn_input, conn_drained, conn_closed };
	struct conn *conn = heap_zalloc(sizeof *conn);

	conn->stream = stream_new(shard->loop, fd, tls,
		(size_t)door_limits(shard->door)->pdu_before_bind_kib * KIB, &calls, conn);
	if (!conn->stream) {
		admission_leave(shard->door->admission, &seat);
		free(conn);
		return;
	}
	conn->shard = shard;
	conn->seat = seat;
	conn->opened = conn->active = conn->accepted = loop_now(shard->loop);
	conn->number = atomic_fetch_add(&shard->door->connections, 1) + 1;
	tally_add(&shard->tally.connections, 1);
	address_format(peer, conn->address);
	conn->link = &shard->conns;
	conn->next = shard->conns;
	if (conn->next)
		conn->next->link = &conn->next;
	shard->conns = conn;
	metric_add(METRIC_LDAP_CONNECTIONS, 1);
}

void conn_abort(struct conn *conn)
{
	stream_abort(conn->stream);
}

/* Which deadline has passed, as the log says it; NULL: none. */
static const char *overdue(const struct conn *conn, int64_t now)
{
	int64_t waiting = stream_waiting_since(conn->stream);
	const struct ldap_limits *limits = door_limits(conn->shard->door);
	bool works =
		conn->search_count > 0 || conn->persist_count > 0 || conn->binding || conn->update;

	if (stream_is_shaking(conn->stream))
		return now - conn->opened > limits->request_seconds * SECOND ? "handshake" : NULL;
	if (waiting != 0)
		return now - waiting > limits->write_seconds * SECOND ? "write" : NULL;
	if (conn->partial != 0 && now - conn->partial > limits->request_seconds * SECOND)
		return "request";
	if (!conn->has_bound && now - conn->opened > limits->unbound_seconds * SECOND)
		return works ? NULL : "bind";
	if (now - conn->active > limits->idle_seconds * SECOND)
		return works ? NULL : "idle";
	return NULL;
}

void conn_sweep(struct conn *conn, int64_t now)
{
	const char *deadline = overdue(conn, now);

	sasl_sweep(conn, now);
	if (conn->is_heavy)
		conn_weigh(conn); /* what left with the write of its own turn */
	if (!deadline)
		return;
	log_event(LOG_LEVEL_DEBUG, "ldap.deadline", L_STR("address", conn->address),
		L_STR("deadline", deadline));
	conn->ended = deadline;
	conn_abort(conn);
}
