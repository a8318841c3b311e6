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
#include "in/mapping/mapping.h"

#define FRAME_MAX (512 * KIB)
#define FRAME_HEAD 5
#define FRAME_IDS_MAX 4096    /* of one set */
#define FRAME_MEMBERS_MAX 512 /* of one frame; a group has as many frames as it needs */
#define FRAME_COOKIE_MAX (16 * KIB)
#define FRAME_IDENTITY_MAX 512
#define FRAME_NAME_MAX 64
#define FRAME_TEXT_MAX 440
#define FRAME_FEATURES_MAX 512
#define ORDER_URIS_MAX 8 /* the first and its failovers */
#define ORDER_TEXT_MAX 4096
#define ORDER_TEXTS_OCTETS (128 * KIB) /* of all rows of an order */
#define ORDER_ANCHORS_MAX 4096

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
	FRAME_SERVER,    /* whom it talks to, once after the bind */
	FRAME_NOTE,      /* what a person should know and that stops nothing */
	FRAME_NEED_FULL, /* the cookie is of no use, why; the child's last word */
	FRAME_LOCATED,   /* where an anchor is now */
	FRAME_CHECK,     /* of a preflight */
	FRAME_STEP,      /* of one person's way */
	FRAME_DONE,      /* all that the task asked was answered; the child's last word */
	FRAME_QUESTION,  /* daemon to child: a password; one at a time, after SERVER */
	FRAME_ANSWER,    /* what the server said of it */
	FRAME_TYPES
};

enum task {
	TASK_FOLLOW, /* the directory's content, from the cookie on and without an end */
	TASK_PROBE,  /* CHECK rows: what works, what does not */
	TASK_ONE,    /* STEP rows and the ENTRY of one person */
	TASK_LOCATE, /* a LOCATED row an anchor */
	TASK_BIND,   /* checks passwords */
	TASK_COUNT
};

enum connector_kind {
	CONNECTOR_AUTO, /* what the rootDSE proposes */
	CONNECTOR_RFC4533,
	CONNECTOR_DIRSYNC,
	CONNECTOR_PAGED,
	CONNECTOR_COUNT
};
const char *connector_name(enum connector_kind kind); /* "auto", "rfc4533", ... */
/* False when no connector has that name; an empty one is "auto". */
bool connector_by_name(struct span name, enum connector_kind *kind);

/* The job: all that the child needs to know, so that it opens no file of ours but the CA's. */
struct order {
	enum task task;
	enum connector_kind connector;
	struct span uris[ORDER_URIS_MAX]; /* tried in this order; a run stays with one */
	size_t uri_count;
	struct span bind_dn, secret, base, filter, ca_file;
	/* The cookie is given to no server but the one of this identity. */
	struct span cookie, identity;
	struct span anchor_attribute; /* empty: the connector's */
	bool start_tls, allow_loopback;
	uint32_t poll_seconds; /* between two looks of a connector that does not stream */
	uint32_t full_seconds; /* between two full compares */
	struct texts mapping, scope, disabled;
	struct texts groups;    /* PROBE: those that the group mapping names */
	struct span preset;     /* of the disabled rules */
	struct span wider_base; /* where somebody gone is looked for; empty: the naming context */
	struct span subject;    /* ONE: a value that finds the person, when there is no anchor */
	struct span anchors;    /* ONE: one; LOCATE: those asked for; 16 octets each */
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
	STAGE_DISCOVER, /* the rootDSE is read */
	STAGE_SEARCH,
	STAGE_REFRESH,
	STAGE_FOLLOW,
	STAGE_APPLY,
	STAGE_PASSWORD, /* a person's has been sent */
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

const char *entry_state_name(enum entry_state state);

enum members_delta {
	MEMBERS_ALL, /* the frames of the group hold every member */
	MEMBERS_ADD,
	MEMBERS_REMOVE,
	MEMBERS_DELTAS
};

enum verdict { VERDICT_GOOD, VERDICT_WARNING, VERDICT_BAD, VERDICT_COUNT };
const char *verdict_name(enum verdict verdict);

/* What a server said of a person's password. */
enum answer {
	ANSWER_RIGHT,
	ANSWER_WRONG,       /* or there is nobody of that anchor */
	ANSWER_EXPIRED,     /* right, and too old */
	ANSWER_MUST_CHANGE, /* right, and to be changed first */
	ANSWER_LOCKED,
	ANSWER_DISABLED,
	ANSWER_UNAVAILABLE, /* it did not look at it */
	ANSWER_COUNT
};

/* A password to be checked: never empty. */
struct question {
	struct uuid anchor;
	struct span password;
};

/* Known by its DN, by its anchor or by both. */
struct row_member {
	struct span dn;     /* normal form; empty: only the anchor is known */
	struct uuid anchor; /* nil: only the DN is known */
};

/* What a server says of itself. */
struct server {
	struct span vendor, version; /* as it says them */
	struct span identity;        /* what its cookies belong to: "host:port", a word more */
	struct span features;        /* words, a space between: "syncrepl dirsync paged" */
	enum connector_kind connector;
	size_t uri;        /* index of the order's */
	int64_t clock;     /* its wall time; 0: it does not say */
	int64_t asked;     /* ours, when it said so */
	int64_t not_after; /* of its certificate, wall time; 0: no TLS */
};

struct row {
	enum frame_type type;
	struct uuid anchor; /* ENTRY, SKIPPED, DELETED, LOCATED */
	/* ENTRY */
	enum entry_class class;
	/* LOCATED: ACTIVE: below the base and of the filter; else out of scope. */
	enum entry_state state;
	struct span rule;    /* that decided the state, as it is set; empty: none did */
	int64_t expiry;      /* wall time at which an active one expires; 0: not known to */
	bool members_follow; /* MEMBERS: more frames of the same group follow */
	struct span dn;      /* normal form; LOCATED: empty when it is nowhere */
	struct row_value values[MAPPED_VALUES_MAX];
	size_t value_count;
	/* MEMBERS */
	enum members_delta delta;
	struct row_member members[FRAME_MEMBERS_MAX];
	size_t member_count;
	/* IDS: anchors, 16 octets each */
	struct span ids;
	size_t id_count;
	bool deletes;  /* IDS: these are gone; else: they are still there */
	bool complete; /* REFRESHED: every entry that is there was named */
	struct span cookie;
	enum stage stage; /* STAGE, FAILED */
	enum failure failure;
	size_t uri;           /* FAILED: index of the order's */
	struct span name;     /* CHECK, STEP: a word that stays the same */
	enum verdict verdict; /* CHECK, STEP */
	uint64_t number;      /* CHECK, STEP: what was counted; 0 when nothing is */
	struct span text;     /* FAILED, SKIPPED, NOTE, NEED_FULL, CHECK, STEP, ANSWER */
	struct server server;
	enum answer answer; /* ANSWER */
	int64_t expires;    /* seconds until the password does; -1: it did not say */
	int32_t grace;      /* sign-ins left with an expired one; -1: it has not */
};

/* Appends a frame; out->failed beyond FRAME_MAX per frame is the caller's to avoid by the limits
 * above. */
void frame_put_order(struct buffer *out, const struct order *order);
/* A frame's head with room for its length, and its end: what stands between is the body. */
size_t frame_begin(struct buffer *out, enum frame_type type);
void frame_end(struct buffer *out, size_t at);
void frame_put_row(struct buffer *out, const struct row *row);
void frame_put_question(struct buffer *out, const struct question *question);

/* The type of the first frame of `bytes` and its whole length, or false: not there yet. A length
 * beyond FRAME_MAX gives ERR_PROTOCOL in *err. */
bool frame_next(struct span bytes, struct span *frame, enum err *err, struct why *why);
/* `frame` is one whole frame, head included. */
enum err frame_read_order(struct span frame, struct order *order, struct why *why);
enum err frame_read_row(struct span frame, struct row *row, struct why *why);
enum err frame_read_question(struct span frame, struct question *question, struct why *why);

#endif
