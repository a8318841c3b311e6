/* What a job remembers between its lives: one state row for the job and one for members whose entry
 * has not come yet. Written in the transaction of the changes that it belongs to. */
#ifndef IN_SYNC_MEMORY_H
#define IN_SYNC_MEMORY_H

#include "in/sync/frame.h"
#include "in/sync/limits.h"
#include "in/sync/sync.h"

#define OPEN_MAX 4096 /* members remembered */

struct memory {
	uint8_t place[32];  /* settings' digest that the cookie belongs to */
	uint8_t grants[32]; /* of the group mapping last applied */
	uint8_t cookie[FRAME_COOKIE_MAX];
	size_t cookie_len;                    /* 0: none */
	uint8_t identity[FRAME_IDENTITY_MAX]; /* of the server that gave it */
	size_t identity_len;
	struct window came;
	int64_t last_contact, last_run, last_full, duration;
	struct sync_counts counts;
	uint64_t people, groups; /* of this directory and not gone */
	struct uuid held;        /* the plan that waits, or was rejected; nil: none */
	struct uuid applying;    /* the plan of the run in the named spool; nil: none */
	uint64_t run;            /* number of the plan stored last */
	bool confirmed;          /* a run of this directory was applied */
	bool held_full;   /* `held` is out of a full compare: a delta would not tell it again */
	bool rolled_back; /* the server was behind; until somebody approves */
	bool full_due;    /* something was heard that only a full compare sets right */
};

/* A member of a group whose entry we do not have, or a group in a group that the core has refused:
 * it would have closed a circle, or gone too deep. */
struct open_member {
	struct uuid group;
	struct uuid refused; /* nil: `dn` is who is to come */
	struct span dn;      /* normal form */
};

struct open_members {
	struct open_member *rows; /* OPEN_MAX of them */
	size_t count;
	struct arena *arena; /* of the DNs */
	bool changed;        /* since it was read or written */
};

/* By how many it has grown within seven days; wall in microseconds. */
uint64_t memory_grown(const struct memory *memory, int64_t wall);
struct span memory_key(struct arena *arena, uint32_t directory);
struct span memory_open_key(struct arena *arena, uint32_t directory);
struct span memory_write(struct arena *arena, const struct memory *memory);
/* A row of another format or damaged leaves an empty memory: a full compare sets it right. */
void memory_read(struct span value, struct memory *memory);

void open_members_init(struct open_members *open);
void open_members_free(struct open_members *open);
/* False when no more are remembered; a full compare finds them. */
bool open_members_add(struct open_members *open, const struct uuid *group, struct span dn);
/* As above; once, however often it is refused. */
bool open_members_refuse(
	struct open_members *open, const struct uuid *group, const struct uuid *member);
/* Both: true when one of those dropped was refused. */
bool open_members_drop_group(struct open_members *open, const struct uuid *group);
bool open_members_drop_refused(
	struct open_members *open, const struct uuid *group, const struct uuid *member);
void open_members_drop_dn(struct open_members *open, const struct uuid *group, struct span dn);
void open_members_drop(struct open_members *open, size_t i);
struct span open_members_write(struct arena *arena, const struct open_members *open);
void open_members_read(struct span value, struct open_members *open);

#endif
