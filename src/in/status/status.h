/* The status listener: /livez, /readyz and /metrics, for supervisors and Prometheus. It says
 * nothing about tenants and asks for no token: give it an address that only they reach. */
#ifndef IN_STATUS_STATUS_H
#define IN_STATUS_STATUS_H

#include "core/core.h"

struct status_door;

enum err status_start(
	struct core *core, const char *listen, struct status_door **door, struct why *why);
unsigned status_port(const struct status_door *door);
/* From now on /readyz says no: the process is about to stop. Any thread. */
void status_drain(struct status_door *door);
void status_stop(struct status_door *door);

#endif
