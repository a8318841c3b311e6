/* Groups in groups and managers of managers, for searches: LDAP_MATCHING_RULE_IN_CHAIN, and
 * memberOf under the policy ldap.nested_members. Circles do no harm; the work is bounded. */
#ifndef CORE_CHAIN_INT_H
#define CORE_CHAIN_INT_H

#include "core/core_int.h"

#define CHAIN_MAX 20000   /* entries that one chain leads through */
#define CHAIN_WORK 500000 /* edges and groups that are looked at for those of a filter */

/* Fills a resolved IN_CHAIN leaf's numbers. *work, from 0 for the first leaf of a filter, counts
 * what was looked at for all of them. ERR_TOO_LARGE beyond the bounds. */
enum err chain_make(struct view *view, struct arena *arena, uint32_t tenant, struct filter *filter,
	uint64_t *work, struct why *why);
/* One of the containers of the member is among the leaf's numbers. */
bool chain_holds(struct view *view, struct arena *arena, uint32_t tenant, uint32_t member,
	const struct filter *filter);
/* The containers of these kinds that hold the member, directly or through groups; the nearest
 * first, at most CHAIN_MAX. */
size_t chain_containers(struct view *view, struct arena *arena, uint32_t tenant, uint32_t member,
	uint32_t kinds, const uint32_t **numbers, const enum kind **of_kind);

#endif
