/* EXTERNAL, RFC 4422 appendix A: who the client's certificate says it is. In this order: a subject
 * that is the DN of an entry; a common name with an organization, which is the tenant's name; a
 * login name among the subject's other names. The first that applies decides, so that no name that
 * is given later takes a certificate over. */
#include "in/ldap/bind_int.h"

bool external_is_possible(const struct conn *conn)
{
	return stream_has_peer(conn->stream);
}

static void find_by_names(
	struct conn *conn, struct view *view, const struct tls_peer *peer, struct whom *whom)
{
	for (size_t i = 0; i < peer->name_count && !whom->tenant; i++)
		whom_by_login(conn, view, peer->names[i], 0, whom);
}

static void find(
	struct conn *conn, struct view *view, const struct tls_peer *peer, struct whom *whom)
{
	*whom = (struct whom){ .kind = KIND_USER };
	if (whom_by_dn(conn, view, peer->subject, whom) && whom->tenant)
		return;
	whom_by_certificate(conn, view, peer->common_name, peer->organization, whom);
	if (!whom->tenant)
		find_by_names(conn, view, peer, whom);
}

void external_step(struct conn *conn, struct sasl_step *step)
{
	struct tls_peer peer = { 0 };
	struct login login;
	struct whom whom;
	enum err err;

	stream_peer(conn->stream, conn->shard->turn, &peer);
	find(conn, step->view, &peer, &whom);
	oplog_name(conn, step->wish->id, peer.subject);
	login = bind_login(conn, &whom);
	step->wish->authzid = step->message;
	err = login_external(
		conn->shard->door->core, step->view, &login, PROOF_CERTIFICATE, whom.number != 0);
	bind_end(conn, step->wish, &login, err, SPAN_NONE);
}
