/* What stream.c needs of tls.c. */
#ifndef NET_TLS_INT_H
#define NET_TLS_INT_H

#include "net/tls.h"

#include <openssl/ssl.h>

/* A session of the server's side on the descriptor, or NULL when memory is out. */
SSL *tls_session(struct tls *tls, int fd);

/* ---- tls_peer.c; `ssl` may be NULL ---- */
struct arena;
bool tls_has_peer(const SSL *ssl);
bool tls_read_peer(const SSL *ssl, struct arena *arena, struct tls_peer *peer);

#endif
