/* What a job remembers of each row of its group mapping, in a state row: which group it is. A row
 * that is written with a name means whoever has that name when it is first found, and nobody else
 * from then on, whatever either of them is called. */
#ifndef IN_SYNC_PINS_H
#define IN_SYNC_PINS_H

#include "in/sync/settings.h"
#include "model/pin.h"

struct pins {
	struct pin rows[TARGETS_MAX]; /* as settings.targets, in their order */
	size_t count;
	struct arena *arena; /* of the rows' texts */
	bool changed;        /* since it was read or written */
};

struct span pins_write(struct arena *arena, const struct pins *pins);
/* A row of another format or damaged: none, and names are looked for anew. */
void pins_read(struct span value, struct pins *pins);
/* One for each target, in their order; what is not mapped any more is forgotten. */
void pins_settle(struct pins *pins, const struct settings *settings);
/* A pin without a past whose group one of `before` means is that one: its row is only written in
 * another way, or gives something else too. */
void pins_inherit(struct pins *pins, const struct pins *before);

#endif
