/* TLS, the server's side: a certificate chain and its key, TLS 1.2 and newer, no renegotiation.
 * Counted references: a connection keeps what it began with while a reload puts another in place.
 * Any thread. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/err.h"
#include "base/span.h"

struct tls;

/* PEM files; the key's must not be readable by others than its owner and group. ERR_CONFIG says
 * which file is wrong and why. `client_ca`: authorities of clients' certificates, or NULL. With
 * them a client is asked for a certificate and need not have one; one that they did not sign is as
 * none: it identifies nobody, and breaks no connection. */
enum err tls_load(const char *certificate, const char *key, const char *client_ca, struct tls **tls,
	struct why *why);
struct tls *tls_hold(struct tls *tls);
void tls_drop(struct tls *tls); /* NULL is allowed */
/* When the server's own certificate ends, wall time; 0: it does not say. NULL is allowed. */
int64_t tls_certificate_end(const struct tls *tls);

#define TLS_PEER_NAMES 8
/* Whom a client's certificate names; texts in UTF-8. */
struct tls_peer {
	struct span subject; /* RFC 4514 */
	struct span common_name,
		organization; /* of the subject when it has one of it, else empty */
	/* Of subjectAltName: rfc822Name and the user principal name; only the first ones. */
	struct span names[TLS_PEER_NAMES];
	size_t name_count;
};

#endif
