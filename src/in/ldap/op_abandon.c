/* Abandon and Unbind, RFC 4511 sections 4.11 and 4.3: neither is answered. */
#include "in/ldap/door_int.h"

void op_abandon(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	int32_t id = abandon_request_read(pdu->body);

	(void)controls;
	if (search_is_known(conn, id))
		oplog_forget(conn, id);
	search_abandon(conn, id);
}

void op_unbind(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	(void)pdu;
	(void)controls;
	conn->closing = true;
	conn->ended = "unbind";
	stream_finish(conn->stream);
}
