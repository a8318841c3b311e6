/* TLS, the server's side: a certificate chain and its key, TLS 1.2 and newer, no renegotiation.
 * Counted references: a connection keeps what it began with while a reload puts another in place.
 * Any thread. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/err.h"

struct tls;

/* PEM files; the key's must not be readable by others than its owner and group. ERR_CONFIG says
 * which file is wrong and why. */
enum err tls_load(const char *certificate, const char *key, struct tls **tls, struct why *why);
struct tls *tls_hold(struct tls *tls);
void tls_drop(struct tls *tls); /* NULL is allowed */

#endif
