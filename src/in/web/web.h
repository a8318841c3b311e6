/* The console's files over HTTP, below /console/: what is built from src/web lies in the program in
 * three codings, and is the same for everybody. No listener, no state: a site of another door's
 * HTTP servers. */
#ifndef IN_WEB_WEB_H
#define IN_WEB_WEB_H

#include "net/http.h"

/* Without a console in the program its paths are answered with 404. */
struct http_site web_site(void);

#endif
