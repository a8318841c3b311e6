/* People for the doors: where somebody stands, who stands above whom, and whom an actor sees. All
 * of it reads the view's snapshot. */
#ifndef CORE_PEOPLE_H
#define CORE_PEOPLE_H

#include "core/core.h"

enum user_state {
	USER_ACTIVE,
	USER_INVITED, /* active, and has not chosen a password yet */
	USER_INACTIVE,
};
enum user_state record_user_state(const struct record *user);
const char *user_state_word(enum user_state state); /* "invited" */

/* The person named as manager; false when there is none (any more). `manager` may be `user`. */
bool view_manager(struct view *view, const struct record *user, struct record *manager);
/* Whether the entry of that number stands above the person, at most LIMIT_TREE_DEPTH levels. */
bool view_is_below(struct view *view, const struct record *user, uint32_t ancestor);

/* Whom an actor sees of a tenant's people: all with users.view, else themselves; those below too
 * under hierarchy.visibility=subtree, and nobody of a higher level under
 * levels.visibility=not_above. Machinery and clients are no part of the hierarchy. Searches have it
 * built in; whoever reads people otherwise asks here. Lives in the arena and dies with the view's
 * snapshot. */
struct sight;
/* NULL: everybody. `living`: nor whom delete.mode=disable has deleted. */
struct sight *view_sight(struct view *view, struct arena *arena, const struct actor *actor,
	uint32_t tenant, bool living);
/* Somebody of a higher level under levels.visibility=not_above: for this actor there is no such
 * person, whatever else it may do. */
bool view_is_hidden(struct view *view, struct arena *arena, const struct actor *actor,
	const struct record *record);
/* The sight may be NULL. Of other kinds than users everything is seen. */
bool sight_sees(const struct sight *sight, const struct record *record);
/* Who sees a container sees who is in it, but for those of a higher level and the deleted. */
bool sight_sees_member(const struct sight *sight, const struct edge *edge);

/* Admins: people who may sign in now and whose roles together hold all that a company needs to
 * manage itself; an account that many share only with a second factor. */
struct admin_place { /* of whom the last page ended with */
	uint32_t role, member;
};
struct admin_person {
	uint32_t number;
	bool lasting; /* neither about to end by itself nor still to be accepted */
};
struct admins {
	struct admin_person *people; /* the caller's, room for `limit`; each once */
	size_t limit, count;
	unsigned budget;          /* members of roles to look at; counted down */
	struct admin_place place; /* resume behind it; zero: from the start; moves */
	bool more;                /* there may be some behind the place */
};
/* Adds to `admins` until it is full, the budget is used up or all are there. */
enum err view_admins(struct view *view, struct arena *arena, uint32_t tenant, struct admins *admins,
	struct why *why);

#endif
