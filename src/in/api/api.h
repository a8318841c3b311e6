/* The HTTP door of administration: /api/v1/... and /api/v1/tenants/<tenant>/..., with bearer keys
 * of type "api". Routes, arguments and results come from schema/operations.def and are described at
 * /api/v1/openapi.json. It has no listener: it is a site of another door's HTTP servers. Those only
 * let requests in; they are run by threads of the door's own, because operations wait for the core.
 */
#ifndef IN_API_API_H
#define IN_API_API_H

#include "in/admin/admin.h"
#include "net/http.h"

#define API_THREADS 4
#define API_VIEWS (API_THREADS + 1) /* that the door opens, beside one a serving thread */

struct api;

enum err api_start(const struct admin *admin, struct api **api, struct why *why);
/* The same for every server; lives until api_stop. */
struct http_site api_site(struct api *api);
/* After the servers have stopped; finishes what waits. NULL is allowed. */
void api_stop(struct api *api);

#endif
