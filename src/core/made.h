/* What an entry has under attributes that nobody stored: times and ids out of its header, and what
 * POSIX systems ask for. */
#ifndef CORE_MADE_H
#define CORE_MADE_H

#include "core/view.h"

/* Writes the one value that the entry has under a single-valued attribute that is computed or
 * ATTR_MADE (without one of its own) into `room`, LIMIT_VALUE_OCTETS; its length, 0: it has none.
 */
size_t view_made(struct view *view, const struct record *record, enum attr attr, uint8_t *room);
/* The id that an objectGUID of 16 octets shows; false: it is none. */
bool guid_parse(struct span guid, struct uuid *id);

#endif
