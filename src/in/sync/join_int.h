/* What the files about joining share. */
#ifndef IN_SYNC_JOIN_INT_H
#define IN_SYNC_JOIN_INT_H

#include "in/sync/sync_int.h"

#define JOIN_ENDS_MAX 4 /* closed at once; the next compare closes the rest */

/* Another row of the run is to have the value. */
bool join_claimed(struct job *job, const struct row *row, enum attr attr, struct span normal,
	struct uuid *by);
/* An administrator has said that nobody is to be asked about the upstream entry. */
bool join_is_ignored(struct job *job, const struct uuid *anchor);

/* The next conflict about the upstream entry whose number is at least *number, which moves behind
 * it. */
bool join_next(struct job *job, const struct uuid *anchor, uint32_t *number, struct record *record);
/* Adds the command that opens one, with what the row says of the person; the rest is filled in by
 * the caller. */
struct conflict_report *join_report(
	struct job *job, struct commands *commands, const struct row *row, enum conflict_type type);
/* Adds the command that closes those of the types. */
void join_end(struct job *job, struct commands *commands, const struct uuid *anchor, uint32_t types,
	struct span what, const char *cause);

#endif
