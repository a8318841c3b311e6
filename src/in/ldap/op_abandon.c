/* Abandon and Unbind, RFC 4511 sections 4.11 and 4.3: neither is answered. */
#include "in/ldap/door_int.h"

void op_abandon(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	(void)controls;
	search_abandon(conn, abandon_request_read(pdu->body));
}

void op_unbind(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	(void)pdu;
	(void)controls;
	conn->closing = true;
	conn->ended = "unbind";
	stream_finish(conn->stream);
}
