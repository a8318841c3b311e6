/* The status listener: /livez, /readyz and /metrics, for supervisors and Prometheus, /status.txt
 * for people. It names no tenant and nobody, and asks for no token: give it an address that only
 * they reach. */
#ifndef IN_STATUS_STATUS_H
#define IN_STATUS_STATUS_H

#include "base/buffer.h"
#include "core/core.h"

struct status_door;

/* Others append figures to /metrics and lines to /status.txt, on the listener's thread. */
struct status_more {
	void (*put)(void *arg, struct buffer *out);
	void (*put_lines)(void *arg, struct buffer *out);
	void *arg;
};
enum err status_start(struct core *core, const char *listen, const struct status_more *more,
	struct status_door **door, struct why *why);
unsigned status_port(const struct status_door *door);
/* From now on /readyz says no: the process is about to stop. Any thread. */
void status_drain(struct status_door *door);
void status_stop(struct status_door *door);

#endif
