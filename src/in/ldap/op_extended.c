/* Extended operations, RFC 4511 section 4.12: one row each. */
#include "in/ldap/door_int.h"

#include "wire/tlv.h"

#define RESPONSE_VALUE 0x8b

struct extension {
	struct span oid;
	void (*run)(struct conn *conn, const struct pdu *pdu,
		const struct extended_request *request, const struct controls *controls);
};

static const struct extension extensions[] = {
#define EXTENSION(oid, handler, rules) { { (const uint8_t *)(oid), sizeof(oid) - 1 }, handler },
#include "extensions.def"
#undef EXTENSION
};

/* RFC 4532 */
void ext_who_am_i(struct conn *conn, const struct pdu *pdu, const struct extended_request *request,
	const struct controls *controls)
{
	struct buffer *scratch = &conn->shard->scratch;
	struct view *view = shard_view(conn->shard);
	const struct identity *identity = &conn->identity;

	(void)controls;
	if (request->has_value) {
		conn_put_code(conn, pdu, RESULT_PROTOCOL_ERROR);
		return;
	}
	if (!view) {
		conn_put_code(conn, pdu, RESULT_UNAVAILABLE);
		return;
	}
	identity_refresh(conn, view);
	buffer_reset(scratch);
	if (identity->bound) {
		size_t len = strlen(identity->dn);
		uint8_t *to = buffer_reserve(scratch, tlv_size(3 + len));

		to = tlv_head(to, RESPONSE_VALUE, 3 + len);
		memcpy(to, "dn:", 3);
		memcpy(to + 3, identity->dn, len);
		scratch->len = tlv_size(3 + len);
	} else {
		tlv_put(scratch, RESPONSE_VALUE, SPAN_NONE);
	}
	conn_answer(conn,
		&(struct result){
			.id = pdu->id, .tag = OP_EXTENDED_RESPONSE, .more = buffer_span(scratch) });
}

/* RFC 4511 section 4.14. The response leaves in clear, what follows it is the handshake; octets
 * that came in clear behind the request are an attempt to be taken for the session's. */
void ext_start_tls(struct conn *conn, const struct pdu *pdu, const struct extended_request *request,
	const struct controls *controls)
{
	struct tls *tls = door_tls(conn->shard->door);
	int code = RESULT_SUCCESS;

	if (controls_have(controls, CONTROL_PROXIED))
		code = RESULT_CRITICAL_EXTENSION; /* RFC 4370 section 3 */
	else if (request->has_value || !tls)
		code = RESULT_PROTOCOL_ERROR;
	else if (stream_is_tls(conn->stream) || conn->search_count > 0 || conn->persist_count > 0)
		code = RESULT_OPERATIONS_ERROR;
	else if (!stream_start_tls(conn->stream, tls))
		conn_disconnect(conn, RESULT_PROTOCOL_ERROR, "something stands behind StartTLS");
	tls_drop(tls);
	if (code == RESULT_SUCCESS) {
		identity_clear(&conn->identity);
		conn->opened = loop_now(conn->shard->loop);
	}
	if (!conn->closing)
		conn_answer(conn, &(struct result){ .id = pdu->id,
					  .tag = OP_EXTENDED_RESPONSE,
					  .code = code,
					  .more = SPAN("\x8a\x16" OID_START_TLS) });
}

void op_extended(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	struct extended_request request;
	struct why why = { 0 };

	if (extended_request_read(pdu->body, &request, &why) != OK) {
		conn_refuse(conn, pdu, ERR_PROTOCOL, &why);
		return;
	}
	for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
		if (span_equal(extensions[i].oid, request.oid)) {
			extensions[i].run(conn, pdu, &request, controls);
			return;
		}
	fail(&why, ERR_PROTOCOL, NULL, "no such extended operation");
	conn_refuse(conn, pdu, ERR_PROTOCOL, &why);
}
