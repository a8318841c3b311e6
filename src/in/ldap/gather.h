/* What a sorted search keeps of its entries until all are there: a heap, so that bringing them in
 * order is done in portions too. Pure memory, no store. */
#ifndef IN_LDAP_GATHER_H
#define IN_LDAP_GATHER_H

#include "base/span.h"
#include "model/kind.h"

#define GATHER_KEY_MAX 255 /* octets */

struct gathered {
	enum kind kind;
	uint32_t number;
	struct span key; /* at most GATHER_KEY_MAX; in memory order, then by kind and number */
};
int gathered_compare(const struct gathered *a, const struct gathered *b);

struct gather;
struct gather *gather_new(void);
void gather_free(struct gather *gather); /* NULL is allowed */
/* Before the first gather_order. False: it would be more than LIMIT_LDAP_SORT_OCTETS. */
bool gather_put(struct gather *gather, const struct gathered *item);
size_t gather_count(const struct gather *gather);
size_t gather_octets(const struct gather *gather);
/* Brings the first n of them in order, one for each of the budget, which it counts down. False: the
 * budget ended before. */
bool gather_order(struct gather *gather, size_t n, unsigned *budget);
/* The i-th, from 0, of those in order; borrowed until gather_free. */
struct gathered gather_at(const struct gather *gather, size_t i);

#endif
