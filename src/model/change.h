/* Changes: what one command did, as effects: entries and memberships before and after, and rows of
 * machinery state. A change is what the journal keeps, what feeds send and what another node would
 * apply; it is complete without the command. Record layout: crc32c of the rest (4), format (2),
 * least reader (2), tenant (4), sequence (8), operation id (16), time (8), hash of the predecessor
 * (32), actor (spans), effects; big-endian, see change.c. */
#ifndef MODEL_CHANGE_H
#define MODEL_CHANGE_H

#include "model/record.h"

#define CHANGE_FORMAT 1

enum effect_type {
	EFFECT_ENTRY =
		1, /* before and after are records; empty before: created; empty after: deleted */
	EFFECT_EDGE = 2,  /* before and after are edge values; empty: not there */
	EFFECT_STATE = 3, /* before and after are opaque; `key` names the row */
};

struct effect {
	enum effect_type type;
	/* ENTRY and the container of an EDGE */
	enum kind kind;
	uint32_t number;
	struct uuid id;
	/* EDGE: the member */
	enum kind member_kind;
	uint32_t member;
	struct uuid member_id;
	struct span key; /* STATE */
	struct span before, after;
};

enum actor_type { ACTOR_SYSTEM = 1, ACTOR_OPERATOR, ACTOR_USER, ACTOR_CLIENT, ACTOR_DIRECTORY };
enum channel {
	CHANNEL_CTL = 1,
	CHANNEL_SCIM,
	CHANNEL_LDAP,
	CHANNEL_SYNC,
	CHANNEL_API,
	CHANNEL_CSV,
	CHANNEL_INTERNAL
};

struct change {
	uint32_t tenant;
	uint64_t sequence; /* dense within the tenant, from 1 */
	struct uuid operation;
	int64_t time;         /* wall microseconds, forced to rise within the tenant */
	uint8_t previous[32]; /* hash of the tenant's preceding journal record */
	enum actor_type actor_type;
	struct uuid actor_id; /* nil for the system and the operator */
	struct span actor_name;
	enum channel channel;
	struct span address; /* of the client, text, or empty */
	struct uuid request;
	struct effect *effects;
	size_t count;
};

enum err change_write(struct buffer *out, const struct change *change, struct why *why);
/* Spans borrow from `bytes`. ERR_CORRUPT for damage, ERR_UNSUPPORTED for a newer format. */
enum err change_read(
	struct arena *arena, struct span bytes, struct change *change, struct why *why);
const char *channel_name(enum channel channel);
const char *actor_type_name(enum actor_type type);

/* Edge values: crc32c (4), format (1), container kind (1), member kind (1), source count (1),
 * container id (16), member id (16), since (8, wall), sources (2 each, rising), then the member's
 * name. Format 2: the member has an RDN of its own. */
#define EDGE_SOURCES_MAX 32
/* With a client's source number: the edge follows from what that client says elsewhere (a claim, a
 * mapped group), and ends with it. No source number has the bit itself. */
#define SOURCE_FOLLOWS 0x8000
struct edge {
	enum kind container_kind, member_kind;
	uint32_t container, member; /* numbers: from the key, not the value */
	struct uuid container_id, member_id;
	int64_t since;
	uint16_t sources[EDGE_SOURCES_MAX];
	size_t source_count;
	bool member_has_rdn; /* ATTR_RDN: its DN is in its record */
	struct span member_name; /* value of its naming attribute, so that a group is read
				    sequentially */
};

void edge_write(struct buffer *out, const struct edge *edge);
/* Fuzz-proof; the name is borrowed. The numbers are the caller's to fill from the key, and sources
 * behind the count are not touched. */
enum err edge_read(struct span bytes, struct edge *edge, struct why *why);

#endif
