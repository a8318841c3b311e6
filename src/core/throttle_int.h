/* The throttle inside the core. Any thread. */
#ifndef CORE_THROTTLE_INT_H
#define CORE_THROTTLE_INT_H

#include "core/throttle.h"

struct throttle;

struct throttle *throttle_new(const struct throttle_bounds *bounds);
void throttle_free(struct throttle *throttle); /* NULL is allowed */
/* False: too early; nothing of the attempt shall be looked at. */
bool throttle_admits(struct throttle *throttle, const struct throttle_key *key);
/* True: with this one it has become too many. */
bool throttle_failed(struct throttle *throttle, const struct throttle_key *key);
void throttle_succeeded(struct throttle *throttle, const struct throttle_key *key);
/* Failures of the account, from wherever; how many places it waited for. */
unsigned throttle_forgive(
	struct throttle *throttle, uint32_t tenant, enum kind kind, uint32_t number);
/* Those of the tenant (networks: of all) that have failed too often; at most `most`. */
size_t throttle_list(
	struct throttle *throttle, uint32_t tenant, struct throttle_row *rows, size_t most);

#endif
