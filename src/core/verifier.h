/* Passwords that live elsewhere. A person whom a link leads to a directory with PASS_THROUGH signs
 * in with the password of that directory, unless an administrator here gave them one: then that one
 * alone counts, and the directory is not asked. Nothing else of a password is kept here: what a
 * synced hash or a connection said is not looked at, SCRAM cannot work, and nobody changes it here.
 * What stands against the person here is asked first, so that a refusal never reaches the
 * directory; second factors and passwords for applications are checked here as they always are.
 *
 * The directory is asked by whoever registered: asynchronously, never on a thread of the core. */
#ifndef CORE_VERIFIER_H
#define CORE_VERIFIER_H

#include "base/span.h"
#include "base/uuid.h"
#include "model/record.h"

struct core;
struct view;

/* While the directory is not available, what it last said of a password may count for that long
 * (GRACE_HOURS; 0: not at all), but never of whoever has every right. */
#define GRACE_HOURS_MAX 72

enum upstream_word {
	UPSTREAM_RIGHT,
	UPSTREAM_WRONG,
	UPSTREAM_EXPIRED,     /* the password is right, and too old */
	UPSTREAM_MUST_CHANGE, /* it is right, and must be changed there first */
	UPSTREAM_LOCKED,      /* for a while; whether it is right was not looked at */
	UPSTREAM_DISABLED,
	UPSTREAM_UNAVAILABLE, /* nobody knows */
	UPSTREAM_WORDS
};
const char *upstream_word_name(enum upstream_word word); /* "must-change" */

/* Whom to ask about, and the answer. Lives until `done`. */
struct upstream_ask {
	uint32_t tenant, directory;
	uint64_t revision; /* of the directory's entry: settings that are older are read anew */
	struct uuid anchor;
	struct span password; /* never empty; wiped by whoever asks, once done */
	enum upstream_word word;
	int64_t expires; /* RIGHT: seconds until the password does; -1: not known */
	int32_t grace;   /* RIGHT: sign-ins left with one that has expired; -1: it has not */
	void (*done)(struct upstream_ask *ask); /* any thread; does not wait */
	uint32_t id;                            /* the verifier's */
	int64_t due, begun;
	bool is_repeated;
	struct upstream_ask *next;
};

struct verifier {
	/* `done` follows, soon whatever the directory does; false: too many wait, it does not. */
	bool (*ask)(void *arg, struct upstream_ask *ask);
	/* Microseconds that an answer of the tenant's directories takes as a rule; 0: it has none
	 * that is asked. Quick. */
	int64_t (*usual)(void *arg, uint32_t tenant);
	void *arg;
};
/* Before the doors open, and NULL after they have closed; nobody is asked then. */
void core_set_verifier(struct core *core, const struct verifier *verifier);

/* Why it is not changed here. */
#define PASSWORD_ELSEWHERE "the password is kept in the company's directory, and changed there"
/* Whether the person's password lives upstream. The view is begun. */
bool password_is_upstream(struct view *view, const struct record *person);

#endif
