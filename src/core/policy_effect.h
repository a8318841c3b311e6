/* Whom another value of a policy would touch: what an administrator reads before confirming the
 * change. Counted in the view's snapshot; a walk over the tenant's people, or over the few that an
 * index names. */
#ifndef CORE_POLICY_EFFECT_H
#define CORE_POLICY_EFFECT_H

#include "core/core.h"

#define POLICY_EFFECT_PEOPLE 20

struct policy_effect {
	uint64_t count;
	struct policy_person {
		struct uuid id;
		struct span name;       /* in the arena */
	} people[POLICY_EFFECT_PEOPLE]; /* the first ones by their numbers */
	size_t shown;
	const char *sentence; /* what would be so for them, or for whom else */
};

/* ERR_VALUE when the policy does not take the value; the view's own error when it failed. */
enum err policy_effect(struct view *view, struct arena *arena, uint32_t tenant, enum policy policy,
	struct span value, struct policy_effect *effect, struct why *why);

#endif
