/* A group of commands on its way through one write transaction. The writer's thread takes it off
 * the queue and attempts it until nothing has to be undone; only then anybody hears of it. */
#ifndef CORE_WRITER_INT_H
#define CORE_WRITER_INT_H

#include "core/core_int.h"

/* Its commands are not spread over two transactions. */
static inline bool batch_is_whole(const struct batch *batch)
{
	return batch->all_or_nothing || batch->preview;
}

/* A part of the queue that is committed together. */
struct slice {
	struct batch *batch;
	size_t first, count;
	bool refused;               /* all_or_nothing, and one was refused: outcomes stand */
	const struct command *hold; /* of a refused slice: to be held; or NULL */
	bool *spoiled; /* those whose outcome stands because they broke a transaction */
	struct conflict_note *notes; /* what those that were refused leave */
};

struct news { /* what watchers are told */
	uint32_t tenant;
	uint64_t sequence;
};

struct group {
	struct slice *slices;
	size_t count;
	struct news *news;
	size_t news_count;
	size_t octets;
	size_t changes;
	bool careful;   /* each command settles its own index rows */
	bool preview;   /* one batch alone, of which nothing is kept */
	bool mute;      /* the notes could not be written: they are let go of */
	struct why why; /* of a failure of all */
};

/* What an attempt works with; the writer thread's. */
struct workroom {
	struct core *core;
	struct arena *arena; /* of the group */
	struct arena *work;  /* of one attempt */
	struct buffer scratch;
};

enum verdict {
	VERDICT_DONE,   /* ran to the end */
	VERDICT_AGAIN,  /* undo all and run again without what was refused meanwhile */
	VERDICT_FAILED, /* group->why */
};

/* Runs the commands in one transaction and commits it. What was refused stays so in the next
 * attempt. */
enum verdict group_attempt(struct workroom *room, struct group *group);
/* Every command that was not refused by itself has failed for the group's reason. */
void group_fail(struct group *group);

#endif
