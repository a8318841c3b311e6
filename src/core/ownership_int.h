/* Attribute authority: whose a value is, and who may change it.
 *
 * A value carries its source. Sources belong to authorities: the administrators here (people, API
 * keys, the machine's owner; together they are one), each SCIM connection, each directory. What the
 * core made up (SOURCE_DERIVED) is nobody's, and so is what a connection or a directory said that
 * is gone. An authority may add what is not there, say again what stands, and change or withdraw
 * its own and nobody's; what another says stands against it, value by value, and the clash is
 * refused with ERR_OWNED. Whoever leaves another's value out of a whole (modification.own_only)
 * takes it from nobody.
 *
 * A directory takes over what administrators here said of its people: its mapping says that these
 * attributes are its own, and its rows of ATTR_AUTHORITY may say otherwise for some of them
 * (model/mastery.h). Where several directories know a person, the one of the lowest precedence
 * number that says anything of an attribute says it, whatever order they spoke in. A connection
 * does so when an administrator let it (ATTR_ADOPTS), but never with an Admin. Nobody takes over
 * from a machine: an administrator ends its authority (unlink, settling a conflict, deleting the
 * connection).
 *
 * A person is whose the userName is; where that is derived, whose the address is. A directory that
 * a link leads to owns the person before all others. What belongs to another authority no machine
 * deletes; an administrator deletes what a connection made (it sees 404 and may create anew), but
 * not what a directory stands behind, for that would only come back.
 *
 * Not owned by anybody: where a person stands (ACTIVE with its reasons, invited, must change, what
 * is verified), and passwords but a directory's: there the rights decide, and the last word counts.
 * A person has one externalId an authority, and claims of roles of each: claims_check keeps what
 * others claim. */
#ifndef CORE_OWNERSHIP_INT_H
#define CORE_OWNERSHIP_INT_H

#include "core/run_int.h"
#include "model/mastery.h"

#define PRECEDENCE_USUAL 100 /* of a directory that says none */

enum owner_type { OWNER_NOBODY, OWNER_LOCAL, OWNER_CONNECTION, OWNER_DIRECTORY };

struct owner {
	enum owner_type type;
	uint16_t source; /* OWNER_LOCAL: SOURCE_LOCAL */
	struct uuid id;  /* of the client or the directory */
	struct span name;
	bool adopts;
	/* Of a directory: its place among several (the lowest number counts first), and its rows
	 * of ATTR_AUTHORITY. */
	uint64_t precedence;
	const struct span *rules;
	size_t rule_count;
};

/* The directory or the client (kind) whose values carry the source. */
bool find_source_number(
	struct txn *txn, uint32_t tenant, enum kind kind, uint16_t source, uint32_t *number);
bool find_by_source(
	struct txn *txn, uint32_t tenant, enum kind kind, uint16_t source, struct record *record);
/* Whose the source is in the run's tenant; the name lives in the run's arena. */
struct owner owner_of_source(struct run *run, uint16_t source);
struct owner owner_of_actor(struct run *run);
bool owner_is_same(const struct owner *a, const struct owner *b);
bool owner_is_machine(const struct owner *owner);
/* "the connection entra-acme", in the arena. */
const char *owner_phrase(struct run *run, const struct owner *owner);

/* The source that the actor's values of the attribute get. */
uint16_t owner_source_for(struct run *run, enum attr attr);
/* Whether the machine may take over what administrators here said of the entry. */
bool owner_takes_over(struct run *run, const struct owner *owner, const struct entry *entry);
/* Whose the person, role, scope or group is. */
struct owner owner_of_entry(struct run *run, const struct entry *entry);
bool entry_is_admin(struct run *run, const struct entry *user);
enum mastery owner_mastery(const struct owner *owner, enum attr attr);
/* Not all attributes are owned by anybody. */
bool attr_is_owned(enum attr attr);
/* Several directories may say it of one person: their precedence decides. */
bool attr_is_shared(enum attr attr);
/* An administrator may hand the attribute's values from one authority to another. */
bool attr_changes_hands(enum attr attr);

/* The instance of `entry` that is the same as this one of `other`, by the value that leads it, or
 * else by its number; false when there is none. */
bool instance_in(const struct entry *entry, const struct entry *other, enum attr attr,
	uint16_t instance, uint16_t *found);

/* In this order, on a changed entry that the core has not completed yet: what whole modifications
 * left out and others say comes back; what was said again keeps its source; what another says must
 * stand: ERR_OWNED names it, and run->clash tells of it. */
enum err ownership_keep(struct run *run, const struct entry *before, struct entry *after,
	const struct modification *mods, size_t count);
void ownership_settle_sources(struct run *run, const struct entry *before, struct entry *after);
/* Of a person whom directories know: which of them says what stands, or the people here. What each
 * said last is kept, see ATTR_LINK_BASE. `before` is NULL for a new entry. */
enum err ownership_settle_directories(struct run *run, const struct entry *before,
	struct entry *after, const struct modification *mods, size_t count);
enum err ownership_check(struct run *run, const struct entry *before, const struct entry *after);
/* See struct connection_link; the deeds of a user's record `bytes`, read as `before`. */
enum err ownership_link(struct run *run, struct span bytes, const struct entry *before,
	const struct connection_link *link);
/* That a person here is the directory's with this anchor (as a LINK). Of the same directory the
 * person may have had another, whom it has let go of: ERR_CONFLICT while it has not. */
struct upstream_link {
	uint16_t source;
	struct span anchor, dn; /* dn: may be empty, the directory says it again */
	bool end_password;
};
enum err ownership_link_upstream(struct run *run, struct span bytes, const struct entry *before,
	const struct upstream_link *link);
/* All directories let go of the person: what they said is the administrators', and who was inactive
 * by one stays so. */
enum err ownership_unlink_upstream(struct run *run, struct span bytes, const struct entry *before);
/* May the actor delete the entry? */
enum err ownership_check_delete(struct run *run, const struct entry *entry);

#endif
