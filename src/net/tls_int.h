/* What stream.c needs of tls.c. */
#ifndef NET_TLS_INT_H
#define NET_TLS_INT_H

#include "net/tls.h"

#include <openssl/ssl.h>

/* A session of the server's side on the descriptor, or NULL when memory is out. */
SSL *tls_session(struct tls *tls, int fd);

#endif
