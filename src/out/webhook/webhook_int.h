/* What the files of out/webhook share. */
#ifndef OUT_WEBHOOK_WEBHOOK_INT_H
#define OUT_WEBHOOK_WEBHOOK_INT_H

#include "net/client.h"
#include "out/webhook/webhook.h"

/* ---- events: what a change means to a receiver ---- */

enum event_type {
	EVENT_NONE,
	EVENT_CREATED,
	EVENT_DELETED,
	EVENT_DEACTIVATED,
	EVENT_REACTIVATED,
	EVENT_PASSWORD,
	EVENT_EMAIL,
	EVENT_NAME,
	EVENT_UPDATED,
	EVENT_ADDED,
	EVENT_REMOVED,
	EVENT_APPS,
	EVENT_COUNT
};

struct event {
	enum event_type type;
	char name[40];               /* "user.deactivated" */
	uint32_t position;           /* among the change's messages; stable, not dense */
	const struct effect *effect; /* of the change */
	struct record before, after; /* of an entry; kind KIND_NONE: not there */
};

/* The first event of the change at `from` or behind it; false when there is none. */
bool event_next(const struct change *change, uint32_t from, struct event *event);
/* Is the attribute's change a part of this event? */
bool event_covers(enum event_type type, enum attr attr);
bool event_attribute_differs(const struct event *event, enum attr attr);
/* Does a hook that asks for `pattern` ("user.*", "role.created", "*") want it? */
bool event_matches(const char *name, struct span pattern);

/* Whom it tells of; nil: no person. */
struct uuid event_person(const struct event *event);

/* The message body. Beyond 64 KiB it names the entry and where to read it. */
void payload_write(struct buffer *out, struct view *view, struct arena *arena,
	const struct tenant_info *tenant, const struct change *change, const struct event *event);
#define PAYLOAD_MAX (64 * 1024)

/* ---- one hook ---- */

struct message {
	struct client_call call; /* first: the client hands it back */
	struct webhooks *webhooks;
	struct hook *hook;
	struct arena *arena;
	struct span id, body;
	struct uuid person; /* whom it tells of; nil: nobody */
	char type[40];
	uint64_t sequence;
	uint32_t position;
	struct message *next; /* among those that are done */
};

struct hook_key {
	uint8_t octets[64];
	size_t len;
};

struct hook {
	struct hook *next;
	uint32_t tenant;
	struct uuid id;
	uint64_t revision; /* of the entry that this was read from */
	bool active, gone;
	char *uri;
	struct hook_key key, old_key; /* the one before, with which messages are signed too */
	int64_t old_until;            /* wall; 0: there is none */
	struct arena *arena;          /* of the patterns */
	struct span *patterns;
	size_t pattern_count;
	uint64_t sequence;               /* delivered whole */
	uint32_t position;               /* of sequence + 1: delivered before this */
	int64_t failing_since, next_try; /* wall; monotonic */
	unsigned attempts;
	bool dirty; /* the state row is behind */
	bool under_way;
	int64_t tried;     /* wall; of the last failure */
	bool refused;      /* there may be an open conflict about a message */
	int64_t delivered; /* wall; of the last message that was taken */
	int64_t failed;    /* wall; of the last one that was not, also before a restart */
	int status;        /* it was answered with; 0: there was no answer */
	char reason[160];  /* and why there was none */
};

/* Reads or reads again what the entry says; false when the hook cannot be used, with a log line. */
bool hook_read(struct core *core, struct hook *hook, const struct record *record);
/* The state row, or where a hook without one begins: at its own creation. */
void hook_find_start(struct view *view, struct hook *hook, int64_t created);
void hook_free(struct hook *hook);
bool hook_wants(const struct hook *hook, const char *type);
struct span hook_state_key(struct arena *arena, const struct hook *hook);
struct span hook_state_value(struct arena *arena, const struct hook *hook);
/* When to try again after `attempts` failures: doubling from a second to an hour, with jitter. */
int64_t retry_delay(unsigned attempts, uint16_t random);

/* ---- what a receiver refuses for good ---- */

/* Does the answer say that this message, and not the way to it, is what is wrong? */
bool refusal_is(int status);
/* Opens the conflict of the message, or closes it because the message was taken. */
void refusal_open(struct core *core, const struct actor *actor, const struct message *message);
void refusal_close(struct core *core, const struct actor *actor, const struct message *message);
/* Reads what is open about the hook's messages: an administrator who says that it is to be tried
 * again does not wait for the hook's next time. */
void refusal_read(struct view *view, struct hook *hook);

/* ---- messages ---- */

/* Looks from the hook's position on, examining at most *budget changes; moves the hook past what it
 * does not want. NULL: nothing (any more); with *budget 0 there may be. */
struct message *message_next(struct webhooks *webhooks, struct view *view,
	const struct tenant_info *tenant, struct hook *hook, unsigned *budget);
/* Signs with the present time and posts. */
enum err message_post(struct client *client, struct message *message, struct why *why);
void message_free(struct message *message);
void message_done(struct client_call *call); /* in webhook.c; on the client's thread */

/* The signatures with the hook's key and, as long as it holds, with the one before: blank
 * separated, of which a receiver takes any, as Standard Webhooks says. */
char *message_signatures(const struct message *message, const char *timestamp, int64_t now);
/* "v1,<base64>" over id.timestamp.body. */
char *signature_make(struct arena *arena, struct span key, struct span id, const char *timestamp,
	struct span body);

#endif
