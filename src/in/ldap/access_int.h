/* Inside of access.c and access_filter.c. */
#ifndef IN_LDAP_ACCESS_INT_H
#define IN_LDAP_ACCESS_INT_H

#include "in/ldap/access.h"
#include "in/ldap/answer_int.h"

#define ATTR_WORDS (ATTR_LIMIT / 64)

struct access {
	struct arena *arena;
	struct actor actor; /* the identity's, with what the policy adds to its sight */
	bool has_list;
	uint64_t list[ATTR_WORDS]; /* what a service account sees; bit per attribute */
	uint32_t minimal;          /* kinds of which a person sees little, the own entry apart */
	uint64_t little[ATTR_WORDS];
	struct filter *filter; /* resolved; NULL: none */
	bool has_references;
	struct span base; /* as written; empty: none */
	struct target within;
	uint32_t size_limit, time_limit; /* 0: the server's */
};

static inline bool attr_set_has(const uint64_t *set, enum attr attr)
{
	return (set[attr / 64] >> (attr % 64) & 1) != 0;
}
static inline void attr_set_add(uint64_t *set, enum attr attr)
{
	set[attr / 64] |= UINT64_C(1) << (attr % 64);
}

#endif
