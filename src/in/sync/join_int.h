/* What the files about joining share. */
#ifndef IN_SYNC_JOIN_INT_H
#define IN_SYNC_JOIN_INT_H

#include "core/conflict.h"
#include "in/sync/commands.h"

#define JOIN_ENDS_MAX 4 /* closed at once; the next compare closes the rest */

/* What stands here that the row's person would have. */
struct match {
	struct record user;
	enum attr attrs[JOIN_RULES_MAX + 2]; /* by which */
	size_t count;
	bool ours, gone; /* of this directory; who has left it */
};

struct joining {
	struct job *job;
	struct commands *commands;
	const struct row *row;
	struct match matches[CONFLICT_CANDIDATES_MAX];
	size_t count;
	enum attr taken; /* the first of userName and email that is somebody's, or that another row
			    of the run is to have */
	struct span value;
	bool by_row;         /* another row */
	struct uuid claimer; /* whose anchor that is */
	unsigned without;    /* all that is taken: enum without */
	bool strict;         /* who is being changed was refused, and keeps what they have */
};

/* Who has what the row says, or is proposed by a rule. */
void join_find(struct joining *j);
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
