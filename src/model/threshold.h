/* How many people one source may deactivate before a person must look: arithmetic without a store.
 */
#ifndef MODEL_THRESHOLD_H
#define MODEL_THRESHOLD_H

#include "base/span.h"

#define THRESHOLD_COUNT 20   /* unless it is set; the larger of the two counts */
#define THRESHOLD_PERCENT 10 /* of the people */
/* From so many deactivations at once on, this share of the people is too much even below the
 * count: twenty is everybody in a small company. */
#define THRESHOLD_SMALL_COUNT 3
#define THRESHOLD_SMALL_PERCENT 20

struct threshold {
	uint32_t count, percent;
};
uint64_t threshold_most(const struct threshold *threshold, uint64_t people);
/* `at_once` of `people` are too many, whatever the count says. */
bool threshold_is_large(uint64_t at_once, uint64_t people);

/* Deactivations less reactivations, in slots of equal length on the wall clock. */
struct slot {
	uint32_t at; /* number of the slot since 1970 */
	int32_t net;
};
void slots_add(struct slot *slots, size_t count, int64_t length, int64_t wall, int32_t net);
/* Of the last `count` slots; never below 0. */
int64_t slots_net(const struct slot *slots, size_t count, int64_t length, int64_t wall);

#endif
