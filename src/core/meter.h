/* How often a client may ask: so many requests a second, twice as many at once, counted together
 * for all doors and threads. Asking takes no memory and, but for a client's first request, no lock.
 */
#ifndef CORE_METER_H
#define CORE_METER_H

#include "core/actor.h"

struct core;
struct meter;

struct meter *meter_new(void);
void meter_free(struct meter *meter);
/* Counts one request of the client; false: it is one too many, is not counted, and the next one is
 * let in after *wait microseconds. `rate` is not 0; `now` is of the monotonic clock. */
bool meter_take(struct meter *meter, uint32_t tenant, uint32_t client, uint32_t rate, int64_t now,
	int64_t *wait);

/* One more request of the client by which the actor came, at the rate that it is allowed; ERR_RATE
 * with the *seconds after which it may ask again, 1 or more. Any thread. */
enum err core_meter(
	struct core *core, const struct actor *actor, unsigned *seconds, struct why *why);

#endif
