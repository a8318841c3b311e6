/* Cancel, RFC 3909: as Abandon, but both are answered. */
#include "in/ldap/door_int.h"

void ext_cancel(struct conn *conn, const struct pdu *pdu, const struct extended_request *request,
	const struct controls *controls)
{
	int32_t id;
	int code = RESULT_PROTOCOL_ERROR;

	(void)controls;
	if (request->has_value && cancel_request_read(request->value, &id) == OK)
		/* Section 3: a Cancel cannot be cancelled, and this one is all that is left then.
		 */
		code = id == pdu->id ? RESULT_CANNOT_CANCEL : search_cancel(conn, id);
	conn_put_code(conn, pdu, code);
}
