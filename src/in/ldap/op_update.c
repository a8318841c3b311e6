/* Add, Modify, Delete and ModifyDN: this door does not write. */
#include "in/ldap/door_int.h"

void op_update(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	struct why why = { 0 };

	(void)controls;
	fail(&why, ERR_UNWILLING, NULL, "the directory is read-only here");
	conn_refuse(conn, pdu, ERR_UNWILLING, &why);
}
