/* Binds inside: whom a name means, the SASL mechanisms, and who may act for whom. */
#ifndef IN_LDAP_BIND_INT_H
#define IN_LDAP_BIND_INT_H

#include "in/ldap/door_int.h"
#include "wire/sasl.h"

/* ---- bind_name.c: what a name says about who is meant ---- */

struct whom {
	uint32_t tenant; /* set whenever the name says which, though nobody may be there */
	enum kind kind;
	uint32_t number; /* 0: nobody who could sign in */
	struct span key; /* the name folded, in the shard's turn arena */
};
/* The person or service account of a DN. False: it is none. */
bool whom_by_dn(struct conn *conn, struct view *view, struct span text, struct whom *whom);
/* A person's login name as the tenant's policy allows: <name>@<tenant>, or the name alone where the
 * tenant is clear: `home`, or with 0 the only one that there is. False: it cannot be a name. */
bool whom_by_login(
	struct conn *conn, struct view *view, struct span text, uint32_t home, struct whom *whom);
/* What authcid and authzId say: "dn:<DN>", "u:<name>", a DN or a login name. */
bool whom_by_text(
	struct conn *conn, struct view *view, struct span text, uint32_t home, struct whom *whom);
/* Common name and organization of a certificate: the person or the service account of that name;
 * nobody when there are both. */
void whom_by_certificate(struct conn *conn, struct view *view, struct span name,
	struct span organization, struct whom *whom);

/* ---- op_bind.c ---- */

#define OID_AUTHZ_ID_RESPONSE "2.16.840.1.113730.3.4.15" /* RFC 3829 */

/* What a bind asks for besides being let in. */
struct bind_wish {
	int32_t id;
	bool tells_identity;           /* RFC 3829 */
	bool asks_policy;              /* draft-behera-ldap-password-policy-10 */
	struct span authzid;           /* for whom it means to act; empty: for itself */
	struct password_notice notice; /* of whose password was right */
};
/* Checks the password on a hashing thread and ends the bind; reading waits meanwhile. */
void bind_check_password(struct conn *conn, struct view *view, const struct whom *whom,
	struct span password, const struct bind_wish *wish);
/* Answers, after the connection has become `login->actor` when `err` is OK. `data`: the server's
 * last word in a SASL exchange; no data: none. */
void bind_end(struct conn *conn, const struct bind_wish *wish, const struct login *login,
	enum err err, struct span data);
/* saslBindInProgress (14), with a challenge. */
void bind_ask_more(struct conn *conn, const struct bind_wish *wish, struct span challenge);
void bind_refuse(
	struct conn *conn, const struct bind_wish *wish, enum err err, const struct why *why);
void bind_put_code(struct conn *conn, const struct bind_wish *wish, int code);
/* A login of this connection; of nobody when whom it means may not bind here. */
struct login bind_login(struct conn *conn, const struct whom *whom);

/* ---- sasl*.c ---- */

struct sasl_step {
	struct view *view;
	struct span message;
	struct bind_wish *wish;
};

struct mechanism {
	const char *name;
	/* On this connection, as it is now. */
	bool (*is_possible)(const struct conn *conn);
	/* Answers. An exchange that goes on is left in conn->sasl. */
	void (*step)(struct conn *conn, struct sasl_step *step);
	bool needs_message; /* an empty challenge asks for one that was left out */
};

/* An exchange of several binds; ends with anything but the next of them. */
struct sasl_exchange {
	const struct mechanism *mechanism;
	int64_t begun;       /* loop_now() */
	struct arena *arena; /* of all below */
	struct whom whom;
	struct span authzid;
	struct scram_verifier verifier;
	struct span header, nonce;
	struct span said; /* client-first-message-bare and server-first-message */
};

void sasl_bind(struct conn *conn, struct view *view, const struct bind_request *request,
	struct bind_wish *wish);
/* For a mechanism's first step. */
struct sasl_exchange *sasl_begin(struct conn *conn, const char *mechanism);

bool external_is_possible(const struct conn *conn);
void external_step(struct conn *conn, struct sasl_step *step);
void plain_step(struct conn *conn, struct sasl_step *step);
void scram_step(struct conn *conn, struct sasl_step *step);

/* ---- proxy.c: acting for somebody else ---- */

/* Makes `identity`, which is empty, that of whom the authzId names, for whom `agent` then acts.
 * Empty: anonymous. A result code: authorizationDenied (123) whoever it names and whether or not
 * they exist. */
int proxy_assume(struct conn *conn, struct view *view, const struct actor *agent,
	struct span authzid, struct identity *identity);
/* Whether the agent may act for the person now. */
bool proxy_allows(struct view *view, const struct actor *agent, const struct actor *person);

#endif
