/* Held changes (KIND_HELD): what a connection asked for and an administrator must allow first: a
 * role that it may not give by itself, and deactivations and deletions beyond its threshold. */
#ifndef CORE_HELD_H
#define CORE_HELD_H

#include "core/core.h"

enum held_act { HELD_ASSIGN, HELD_DEACTIVATE, HELD_DELETE };
#define HELD_ACTS 3
const char *held_act_word(enum held_act act); /* "assign" */
/* False for another word. */
bool held_act_find(struct span word, enum held_act *act);
/* That the person be deactivated or deleted waits, or was rejected. */
bool view_is_held(
	struct view *view, uint32_t tenant, const struct uuid *client, const struct uuid *user);
#define HELD_OPEN SPAN("open")
#define HELD_REJECTED SPAN("rejected")

#endif
