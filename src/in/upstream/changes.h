/* What one round of DirSync said, kept small until the objects themselves are read: which changed,
 * and whom groups got and lost. */
#ifndef IN_UPSTREAM_CHANGES_H
#define IN_UPSTREAM_CHANGES_H

#include "base/uuid.h"

enum change_flag {
	CHANGE_NEW = 1 << 0,  /* all of it came */
	CHANGE_NAME = 1 << 1, /* another name or another place */
	CHANGE_DELETED = 1 << 2,
	CHANGE_PRIMARY = 1 << 3, /* another primary group */
	CHANGE_WHOLE = 1 << 4,   /* what was said of its members does not tell all */
	CHANGE_GROUP = 1 << 5,   /* found to be one */
	CHANGE_READ = 1 << 6,    /* the object was found */
	CHANGE_MATCH = 1 << 7,   /* ... and the directory's filter takes it */
};

struct change {
	struct uuid anchor;
	unsigned flags;
	size_t first, count; /* of its members */
};

struct changed_member {
	struct uuid anchor;
	bool removed;
};

struct changes {
	struct change *rows;
	size_t count, capacity;
	struct changed_member *members;
	size_t member_count, member_capacity;
};

/* An object that came; what follows by changes_member is its. */
void changes_add(struct changes *changes, const struct uuid *anchor, unsigned flags);
void changes_member(struct changes *changes, const struct uuid *member, bool removed);
/* In the order of anchors; of one anchor, in the order in which they came. */
void changes_sort(struct changes *changes);
/* After sorting: all rows of one anchor; the count is 0 when there is none. */
struct change *changes_find(
	const struct changes *changes, const struct uuid *anchor, size_t *count);
/* What any of the rows says. */
unsigned changes_flags(const struct change *rows, size_t count);
void changes_reset(struct changes *changes); /* keeps the memory */
void changes_free(struct changes *changes);

#endif
