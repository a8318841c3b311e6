/* What settings.c and settings_mapping.c share. */
#ifndef IN_SYNC_SETTINGS_INT_H
#define IN_SYNC_SETTINGS_INT_H

#include "base/buffer.h"
#include "in/sync/settings.h"

/* The one filter for people, groups and organizational units. Refuses what would hide who leaves:
 * the server is asked for object classes only, the scope is decided here. */
enum err settings_read_filter(
	struct arena *arena, const struct entry *entry, struct settings *settings, struct why *why);
/* Mapping, scope, disabled rules. */
enum err settings_read_mapping(
	struct arena *arena, const struct entry *entry, struct settings *settings, struct why *why);

/* Group mapping, what of it is approved, how deep groups in groups count; after the mapping. */
enum err settings_read_groups(
	const struct entry *entry, struct settings *settings, struct why *why);

#endif
