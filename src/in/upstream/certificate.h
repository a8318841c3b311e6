/* What a server's certificate says, and why it is not accepted, in words. It decides nothing. */
#ifndef IN_UPSTREAM_CERTIFICATE_H
#define IN_UPSTREAM_CERTIFICATE_H

#include "base/span.h"

/* `der` as the server sent it; `host` as configured, a name or an address. */
void certificate_explain(struct span der, const char *host, char *text, size_t size);
/* The wall time of its end; 0 when it is malformed. */
int64_t certificate_end(struct span der);

#endif
