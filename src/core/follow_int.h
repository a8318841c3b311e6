/* Edges that follow from what a connection says elsewhere: from its role claims, and from members
 * that it puts into groups which its mapping (GROUP_MAPPING) leads to roles and scopes. They carry
 * the connection's source with SOURCE_FOLLOWS; what an administrator must allow first is a held
 * change instead. For every connection, person and container it holds after each command: the edge
 * is there exactly when the connection asks for it and nothing is held.
 *
 * And edges of directories that end here: those of roles that they may not give (approval_int.h).
 */
#ifndef CORE_FOLLOW_INT_H
#define CORE_FOLLOW_INT_H

#include "core/run_int.h"

/* ---- what will be, once the deeds prepared so far are applied ---- */

bool run_edge_after(const struct run *run, uint32_t container, uint32_t member, struct edge *edge);
/* Numbers of the containers of the kind that hold the member. */
uint32_t *run_containers_after(
	const struct run *run, uint32_t member, enum kind kind, size_t *count);
bool edge_has_source(const struct edge *edge, uint16_t source);

/* ---- what a connection asks for ---- */

/* The client whose source number it is, as it will be; false when there is none (any more). */
bool source_client(struct run *run, uint32_t tenant, uint16_t source, struct record *client);
/* A container by its name or its id. */
bool container_by_text(struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind,
	struct span text, struct record *record);

struct wanted {
	enum kind kind;
	uint32_t container;
	bool claimed, mapped;
};
struct wishlist {
	struct wanted *rows;
	size_t count, capacity;
};
void wishlist_add(struct arena *arena, struct wishlist *list, const struct wanted *wanted);
const struct wanted *wishlist_find(const struct wishlist *list, uint32_t container);
bool record_has_mapping(const struct record *client);
/* Adds what the mapping leads to from the groups above the person, through members that this
 * connection has put there. */
void mapping_collect(
	const struct run *run, const struct record *client, uint32_t user, struct wishlist *list);
/* May the connection give the person this at once? An administrator's permission is needed for what
 * its APPROVAL says ("privileged" unless set, "all", "never"), and for a claim beyond what the
 * connection itself may hand out. ERR_GRANT_CEILING: nobody can allow it. */
enum err follow_is_held(struct run *run, const struct record *client,
	const struct record *container, const struct wanted *wanted, bool *held);

/* The connection as it would act by itself, from where the run's actor came. */
void actor_of_client(struct run *run, const struct record *client, struct actor *actor);

/* ---- whom it concerns ---- */

#define FOLLOW_PAIRS 200 /* people brought in line by the command itself */

struct follow_pair {
	uint16_t source;
	uint32_t user;
};

struct follow {
	struct run *run;
	struct follow_pair pairs[FOLLOW_PAIRS];
	size_t count;
	bool mark;       /* there are more */
	uint16_t source; /* the one asked about last, and what is known of it */
	bool maps;
	bool dry;     /* nothing is done: */
	bool differs; /* something would be */
	bool took;    /* a role, from somebody */
};

/* By the deeds prepared so far. */
void follow_note_deeds(struct follow *follow);
/* All connections that say something of this person, or did. */
void follow_note_person(struct follow *follow, const struct record *user);

/* ---- making it so ---- */

/* After the handler: adds the deeds that follow from those prepared so far. Of more than a few
 * people a mark is left instead, and follow_go_on brings them on in small steps. */
enum err follow_deeds(struct run *run);
/* Whether command_follow would change something; the run is a reader's, without deeds. */
bool follow_differs(struct run *run, const struct record *user);
/* All people of the tenant are looked at, beginning after this commit. */
void follow_mark(struct run *run);
/* roles.cardinality of a person who gained a role. */
enum err follow_check_single(struct run *run, uint32_t user);
/* Gives or takes one edge with the source; the person must be there. */
enum err follow_edge(struct run *run, uint32_t user, enum kind kind, uint32_t container,
	uint16_t source, bool remove);

#endif
