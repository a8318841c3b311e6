/* PLAIN, RFC 4616. */
#include "in/ldap/bind_int.h"

void plain_step(struct conn *conn, struct sasl_step *step)
{
	struct plain_message plain;
	struct whom whom;
	struct why why = { 0 };

	if (plain_read(step->message, &plain, &why) != OK) {
		bind_refuse(conn, step->wish, ERR_PROTOCOL, &why);
		return;
	}
	oplog_name(conn, step->wish->id, plain.authcid);
	if (!whom_by_text(conn, step->view, plain.authcid, 0, &whom))
		whom = (struct whom){ .kind = KIND_USER };
	step->wish->authzid = plain.authzid;
	bind_check_password(conn, step->view, &whom, plain.password, step->wish);
}
