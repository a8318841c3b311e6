/* Entries into frames, whatever the connector: up->row.anchor says whose. */
#ifndef IN_UPSTREAM_ENTRY_H
#define IN_UPSTREAM_ENTRY_H

#include "in/upstream/incoming.h"

/* The ENTRY row; false: it was skipped instead. Members must follow when up->row.class is a group.
 */
bool entry_put(struct upstream *up, const struct incoming *in);
/* With all members of a group, as the entry lists them by DN. */
void entry_put_whole(struct upstream *up, const struct incoming *in);
/* It is there, and no longer one of ours: by `rule`, or empty: it is not below the base. No members
 * of a group follow. */
void entry_put_outside(struct upstream *up, const struct incoming *in, struct span rule);
/* One that is there and cannot be used. */
void entry_skip(struct upstream *up, const char *text);
enum entry_class entry_classify(const struct incoming *in);
/* In the arena of one message. */
bool entry_normal_dn(struct upstream *up, struct span text, struct span *normal);

/* The MEMBERS rows of the group put last. The arena of one message is reset by them. */
struct members_writer {
	struct upstream *up;
	enum members_delta delta;
	size_t octets; /* of the row being made */
};
void members_begin(struct members_writer *writer, struct upstream *up);
/* What the members put from here on are; before any: MEMBERS_ALL. */
void members_turn(struct members_writer *writer, enum members_delta delta);
/* Known by a DN, in whatever spelling, by an anchor (else NULL) or by both. */
void members_put(struct members_writer *writer, struct span dn, const struct uuid *anchor);
void members_end(struct members_writer *writer);

#endif
