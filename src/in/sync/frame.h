/* What the daemon and muster-sync say to each other over one stream socket: frames of a length (4,
 * of what follows), a type (1) and fields of base/codec. The child is not trusted: every frame is
 * decoded against the limits here, and nothing of it is believed further than a directory's word.
 * Decoded spans borrow from the frame. */
#ifndef IN_SYNC_FRAME_H
#define IN_SYNC_FRAME_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/uuid.h"
#include "model/attr.h"

#define FRAME_MAX (512 * KIB)
#define FRAME_HEAD 5
#define FRAME_VALUES_MAX 256  /* of one entry row */
#define FRAME_IDS_MAX 4096    /* of one set */
#define FRAME_MEMBERS_MAX 512 /* of one frame; a group has as many frames as it needs */
#define FRAME_COOKIE_MAX 4096
#define FRAME_TEXT_MAX 240
#define ORDER_MAPS_MAX 64
#define ORDER_RULES_MAX 16

enum frame_type {
	FRAME_ORDER = 1, /* daemon to child, once, first */
	FRAME_STAGE,     /* child to daemon, all others */
	FRAME_ENTRY,
	FRAME_MEMBERS, /* of the group entry before it */
	FRAME_SKIPPED, /* an entry that is there and cannot be used */
	FRAME_DELETED,
	FRAME_IDS,
	FRAME_COOKIE,
	FRAME_REFRESHED,
	FRAME_BEAT,
	FRAME_FAILED,
};

/* Their attribute into ours. */
struct map_row {
	struct span theirs;
	enum attr attr;
};

enum rule_test {
	RULE_EQUAL,    /* some value equals, without case */
	RULE_PRESENT,  /* there is a value */
	RULE_DAY_PAST, /* a number of days since 1970 that lies before today */
};

struct disabled_rule {
	struct span theirs;
	enum rule_test test;
	struct span value;
};

/* The job: all that the child needs to know, so that it opens no file of ours but the CA's. */
struct order {
	struct span uri, bind_dn, secret, base, filter, ca_file, cookie;
	bool start_tls, allow_loopback;
	struct map_row maps[ORDER_MAPS_MAX];
	size_t map_count;
	struct disabled_rule rules[ORDER_RULES_MAX];
	size_t rule_count;
	uint32_t entries_max;
	uint64_t octets_max;
	uint32_t pdu_max;
	uint32_t connect_seconds; /* also for the TLS handshake, and for the bind */
	uint32_t stall_seconds;   /* without any message while it refreshes */
};

enum stage {
	STAGE_START,
	STAGE_CONNECT,
	STAGE_TLS,
	STAGE_BIND,
	STAGE_SEARCH,
	STAGE_REFRESH,
	STAGE_FOLLOW,
	STAGE_APPLY,
	STAGE_COUNT
};
const char *stage_name(enum stage stage);

enum failure {
	FAILURE_NET,
	FAILURE_TLS,
	FAILURE_AUTH,
	FAILURE_BUSY,
	FAILURE_LIMIT,
	FAILURE_PROTOCOL,
	FAILURE_CONFIG,
	FAILURE_ROLLBACK, /* the server is behind our cookie */
	FAILURE_REFRESH,  /* e-syncRefreshRequired */
	FAILURE_DATA,     /* our own store or machine */
	FAILURE_COUNT
};
const char *failure_name(enum failure failure);

enum entry_class { CLASS_OTHER, CLASS_USER, CLASS_GROUP, CLASS_OU };

struct row_value {
	enum attr attr;
	uint16_t instance;
	struct span octets;
};

struct row {
	enum frame_type type;
	struct uuid anchor; /* ENTRY, SKIPPED, DELETED */
	/* ENTRY */
	enum entry_class class;
	bool disabled;
	bool members_follow; /* MEMBERS: more frames of the same group follow */
	struct span dn;      /* normal form */
	struct row_value values[FRAME_VALUES_MAX];
	size_t value_count;
	/* MEMBERS: normal DNs */
	struct span members[FRAME_MEMBERS_MAX];
	size_t member_count;
	/* IDS: anchors, 16 octets each */
	struct span ids;
	size_t id_count;
	bool deletes;  /* IDS: these are gone; else: they are still there */
	bool complete; /* REFRESHED: every entry that is there was named */
	struct span cookie;
	enum stage stage; /* STAGE, FAILED */
	enum failure failure;
	struct span text; /* FAILED, SKIPPED */
};

/* Appends a frame; out->failed beyond FRAME_MAX per frame is the caller's to avoid by the limits
 * above. */
void frame_put_order(struct buffer *out, const struct order *order);
void frame_put_row(struct buffer *out, const struct row *row);

/* The type of the first frame of `bytes` and its whole length, or false: not there yet. A length
 * beyond FRAME_MAX gives ERR_PROTOCOL in *err. */
bool frame_next(struct span bytes, struct span *frame, enum err *err, struct why *why);
/* `frame` is one whole frame, head included. */
enum err frame_read_order(struct span frame, struct order *order, struct why *why);
enum err frame_read_row(struct span frame, struct row *row, struct why *why);

#endif
