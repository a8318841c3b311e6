/* What a directory's settings may say: numbers within their ranges, words out of their lists,
 * addresses in their form. One table, whoever writes the setting. */
#ifndef IN_SYNC_BOUNDS_H
#define IN_SYNC_BOUNDS_H

#include "model/entry.h"

/* Those of the entry that are there; names the first that is not allowed as the doors call it. */
enum err bounds_check(const struct entry *directory, struct why *why);
/* A number of the table, or what holds when none is said. */
uint64_t bounds_number(const struct entry *directory, enum attr attr);

#endif
