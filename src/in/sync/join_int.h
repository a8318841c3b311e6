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
/* Likewise the next open one of the directory's of these types, bits 1 << type. */
bool join_next_open(struct job *job, uint32_t types, uint32_t *number, struct record *record);
/* Adds the command that opens one about no upstream entry, to be filled in: about a run that is
 * held (its plan is the subject), about what the directory is set up to do. */
struct conflict_report *join_raise(
	struct job *job, struct commands *commands, enum conflict_type type);
/* Adds the command that opens one about an entry, with what the row says of the person; the rest is
 * filled in by the caller. */
struct conflict_report *join_report(
	struct job *job, struct commands *commands, const struct row *row, enum conflict_type type);
/* Adds the command that closes those of the types; anchor NULL: about no entry; `what`: of this
 * alone, or empty. */
void join_end(struct job *job, struct commands *commands, const struct uuid *anchor, uint32_t types,
	struct span what, const char *cause);

#endif
