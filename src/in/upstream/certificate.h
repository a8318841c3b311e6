/* Why a server's certificate is not accepted, in words. It decides nothing. */
#ifndef IN_UPSTREAM_CERTIFICATE_H
#define IN_UPSTREAM_CERTIFICATE_H

#include "base/span.h"

/* `der` as the server sent it; `host` as configured, a name or an address. */
void certificate_explain(struct span der, const char *host, char *text, size_t size);

#endif
