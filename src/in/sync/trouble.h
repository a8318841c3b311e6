/* A directory that fails for long is left in peace: first tried again within minutes, after a day
 * once a day, after four weeks not any more. Whom it concerns is told once for each reason. Kept in
 * a state row, so that a restart neither forgets since when nor tells again. One thread, the job's.
 */
#ifndef IN_SYNC_TROUBLE_H
#define IN_SYNC_TROUBLE_H

#include "in/sync/frame.h"
#include "in/sync/sync.h"

/* Microseconds; 0: a day, a day, 28 days. */
struct trouble_limits {
	int64_t after; /* failing for so long, it is in quarantine */
	int64_t apart; /* between two tries then */
	int64_t off;   /* failing for so long, it is switched off */
};

struct trouble {
	uint32_t tenant, directory;
	int64_t since; /* wall, of the first failure in a row; 0: all is well */
	char told[64]; /* what was told last: "quarantine tls tls" */
};

enum trouble_step { TROUBLE_RETRY, TROUBLE_QUARANTINE, TROUBLE_OFF };

/* Also with a clock that was set back. */
enum trouble_step trouble_step(
	const struct trouble *trouble, const struct trouble_limits *limits, int64_t now);
/* The wait before the next try of one in quarantine, the tenth of it by `chance`. */
int64_t trouble_wait(const struct trouble_limits *limits, uint32_t chance);

void trouble_open(struct trouble *trouble, struct view *view, uint32_t tenant, uint32_t directory);
/* It failed; the first time is written down. */
void trouble_begin(struct trouble *trouble, struct core *core);
/* It works again. */
void trouble_end(struct trouble *trouble, struct core *core);
/* Leaves a notice, unless the same was told last. `what`: "quarantine", "off", "paused", "held". */
void trouble_tell(struct trouble *trouble, struct core *core, const char *what, enum stage stage,
	enum failure failure, struct span directory, const char *text);
struct span trouble_key(struct arena *arena, uint32_t directory);

#endif
