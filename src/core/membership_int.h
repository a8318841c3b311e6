/* Memberships as commands change them: roles, scopes and groups on one side, their members on the
 * other. On the writer thread. */
#ifndef CORE_MEMBERSHIP_INT_H
#define CORE_MEMBERSHIP_INT_H

#include "core/run_int.h"

/* The edges of one container, whichever end they are changed from. */
struct roster {
	struct run *run;
	const struct entry *container;
	struct deed *deed;   /* of the last change; of a group all of them share one */
	size_t gained, lost; /* edges */
};
struct member {
	enum kind kind;
	uint32_t number;
	struct uuid id;
	struct span name;
	bool has_rdn;
};
/* The name is a copy. */
struct member member_of(struct run *run, const struct record *record);
enum err membership_join(struct roster *m, const struct member *member);
/* `named`: the command asks for this one, so that another's source is an error. */
enum err membership_leave(struct roster *m, uint32_t member, bool named);
/* Gives the edge the source, or takes it; `before` is as the deeds prepared so far leave it, or
 * NULL. */
enum err membership_follow(struct roster *m, const struct member *member, const struct edge *before,
	uint16_t source, bool remove);
/* May the actor give and take this container at all? */
enum err membership_grant(struct run *run, const struct entry *container);
/* What must hold for a person who gained and lost so many of the kind: roles.cardinality,
 * roles.required, no wider view than the actor's. */
enum err membership_settle(
	struct run *run, enum kind kind, uint32_t user, size_t gained, size_t lost, bool created);
/* Raises the revision; the effect goes into `deed`. */
enum err container_touch(
	struct run *run, struct deed *deed, struct span bytes, const struct entry *container);
/* Ends a command about one entry's edges: its revision, raised if any changed, tells clients so. */
enum err membership_conclude(struct run *run, struct span bytes, const struct entry *entry);

/* What a command says about one entry at the other end of edges. */
struct wish {
	uint32_t number;
	enum kind kind;
	struct uuid id;
	bool remove;
	size_t order;
};
/* Fills the wish; false when nothing has the id. */
bool wish_find(
	struct run *run, struct wish *wish, const struct uuid *id, bool remove, size_t order);
/* Sorted by number, the last word on each; how many are left. */
size_t wishes_settle(struct wish *wishes, size_t count);
/* Whether the number is among them; *at begins at 0, `number` never falls. */
bool wishes_have(const struct wish *wishes, size_t count, uint32_t number, size_t *at);
/* The command's members, for a container that is or will be in the store. */
enum err members_change(struct run *run, const struct entry *container);
/* The command's containers of a user who is being created. */
enum err containers_create(struct run *run, const struct entry *user);
/* May the group `member` join the group `container`? */
enum err nesting_check(struct run *run, uint32_t container, uint32_t member);

#endif
