/* Passwords that live in a company's directory: the verifier of the core (core/verifier.h), asked
 * through child processes. */
#ifndef IN_SYNC_PASS_H
#define IN_SYNC_PASS_H

#include "in/sync/sync.h"

struct pass;

/* Registers with the core. */
enum err pass_start(
	struct core *core, const struct sync_options *options, struct pass **pass, struct why *why);
/* After the doors have closed: answers what waits and ends the children. */
void pass_stop(struct pass *pass);
/* False: nobody has been asked about yet. */
bool pass_get_status(
	struct pass *pass, uint32_t tenant, uint32_t directory, struct sync_pass_status *status);

#endif
