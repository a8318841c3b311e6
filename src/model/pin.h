/* What a directory's job remembers of one row of its group mapping: which group the row means. The
 * pins of a directory are one state row of its tenant: a format octet, then one after another. */
#ifndef MODEL_PIN_H
#define MODEL_PIN_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/codec.h"
#include "base/uuid.h"

enum pin_state {
	PIN_UNSEEN,  /* there is no such group yet */
	PIN_GIVES,   /* people below it have what the row says */
	PIN_WAITS,   /* for an administrator's approval */
	PIN_MISSING, /* what it gives is not there */
	PIN_GONE,    /* the group is gone upstream */
	PIN_STATES
};

/* How many people there were below it before somebody came or went; of a third of a day the most.
 */
struct pin_mark {
	uint32_t at, people; /* at: number of that time since 1970 */
};
#define PIN_MARKS 4 /* 24 hours are among the last four, wherever they begin */

struct pin {
	struct span row;
	struct uuid anchor; /* nil: never found */
	enum pin_state state;
	bool kept;       /* gone, and stays here until somebody confirms it */
	uint32_t people; /* below it, when last looked at */
	struct pin_mark marks[PIN_MARKS];
};

/* So many are below it from now on, and its marks know how many there were. False: as many as
 * before. */
bool pin_change(struct pin *pin, int64_t wall, uint32_t people);
/* The most people that were below it at any time of the last 24 hours, or up to 32. */
uint32_t pin_highest(const struct pin *pin, int64_t wall);
/* Who has left until now counts no more. */
void pin_forget(struct pin *pin);

struct span pins_key(struct arena *arena, uint32_t directory);
const char *pin_state_name(enum pin_state state);
/* A state row begins with this. */
void pins_begin(struct buffer *out);
void pin_put(struct buffer *out, const struct pin *pin);
/* To the first pin of a row; false when it is of another format. */
bool pins_open(struct span value, struct reader *in);
/* The next one, its text borrowed from the row; false at the end and when the row is damaged. */
bool pin_next(struct reader *in, struct pin *pin);

#endif
