/* What a job remembers of each row of its group mapping, in a state row: which group it is. A row
 * that is written with a name means whoever has that name when it is first found, and nobody else
 * from then on, whatever either of them is called. */
#ifndef IN_SYNC_PINS_H
#define IN_SYNC_PINS_H

#include "in/sync/settings.h"

enum pin_state {
	PIN_UNSEEN,  /* there is no such group yet */
	PIN_GIVES,   /* people below it have what the row says */
	PIN_WAITS,   /* for an administrator's approval */
	PIN_MISSING, /* what it gives is not there */
	PIN_GONE,    /* the group is gone upstream */
	PIN_STATES
};

struct pin {
	struct span row;
	struct uuid anchor; /* nil: never found */
	enum pin_state state;
	bool kept;       /* gone, and stays here until somebody confirms it */
	uint32_t people; /* below it, when last looked at */
};

struct pins {
	struct pin rows[TARGETS_MAX]; /* as settings.targets, in their order */
	size_t count;
	struct arena *arena; /* of the rows' texts */
	bool changed;        /* since it was read or written */
};

struct span pins_key(struct arena *arena, uint32_t directory);
struct span pins_write(struct arena *arena, const struct pins *pins);
/* A row of another format or damaged: none, and names are looked for anew. */
void pins_read(struct span value, struct pins *pins);
/* One for each target, in their order; what is not mapped any more is forgotten. */
void pins_settle(struct pins *pins, const struct settings *settings);
const char *pin_state_name(enum pin_state state);

#endif
