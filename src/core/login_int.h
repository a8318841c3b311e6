/* What the files behind login.h share. */
#ifndef CORE_LOGIN_INT_H
#define CORE_LOGIN_INT_H

#include "core/core_int.h"
#include "core/throttle_int.h"

/* ---- login_application.c: what the application asks of whom it lets in ---- */

enum factor {
	FACTOR_OWN,      /* nothing is said: the password, with a code if the person has that on */
	FACTOR_PASSWORD, /* the password alone */
	FACTOR_TOTP,     /* the password with a TOTP code behind it */
	FACTOR_APPLICATION, /* a password that was made for this application */
	FACTOR_COUNT
};
struct application {
	bool admits; /* the person at all */
	enum factor factor;
	struct uuid id; /* nil: none is known */
};
/* FACTOR_COUNT when the word means nothing. */
enum factor factor_of_word(struct span word);
/* Of a person; services come by themselves. */
void application_of(struct view *view, const struct login *login, const struct record *person,
	struct application *application);
/* One of the person's passwords for this application. */
bool app_password_fits(struct core *core, const struct record *person,
	const struct application *application, struct span typed);

/* ---- login_state.c: what stands against somebody ---- */

enum means {
	MEANS_PASSWORD,
	MEANS_UPSTREAM, /* a password that lives in a directory */
	MEANS_APPLICATION,
	MEANS_SCRAM,
	MEANS_CERTIFICATE
};
struct standing {
	bool open;           /* what is shown, if it is right, lets them in */
	const char *refusal; /* else why, when it may be logged */
	bool takes_grace;    /* one of the sign-ins with an expired password */
	struct password_notice notice;
};
/* The record is of a user or client. */
void login_judge(struct view *view, const struct record *record, enum means means,
	struct standing *standing);
/* Counts a sign-in with an expired password; false: there were too many meanwhile. */
bool login_take_grace(struct view *view, const struct record *record);

/* ---- login.c: one attempt ---- */

/* What is known of who signs in, and what of the attempt. */
struct ask {
	struct record record;
	bool known;
	struct span password; /* prepared, without the code; in the view's scratch */
	struct span code;     /* or none */
	bool needs_code;
	struct standing standing;
	struct application application;
};

/* False: there is nobody. */
bool ask_find(struct view *view, const struct login *login, struct ask *ask);
void ask_judge(struct view *view, const struct login *login, struct ask *ask, enum means means);
/* Into ask->password. */
void ask_take_typed(struct view *view, struct span typed, struct ask *ask);
/* Behind a right password: uses up the code and the grace; what may be told goes into the login. */
bool ask_pass(struct view *view, struct login *login, const struct ask *ask);
/* The login's actor. */
enum err login_build(struct view *view, struct login *login, const struct record *record);
/* A stolen cache must not be worth an Admin. */
bool actor_may_be_cached(const struct actor *actor);
/* Counts the end of an attempt that began then (login_delays_begin), and tells it; a refusal not
 * before one of the tenant's takes as a rule. */
void login_answer(struct core *core, struct login *login, int64_t begun, enum err err);
/* Burns the time of a verification and refuses. */
enum login_state login_burn(struct core *core, struct login *login, enum err *err);

/* ---- login_upstream.c: passwords that live in a directory ---- */

struct upstream {
	uint32_t directory, hours; /* of grace */
	uint64_t revision;
	struct uuid anchor;
};
/* False: the password lives here. */
bool upstream_find(struct txn *txn, const struct record *person, struct upstream *upstream);
/* Asks the directory, unless something stands against it here. `ask` is found; it is not of an old
 * password. */
enum login_state login_ask_upstream(struct core *core, struct view *view, struct login *login,
	struct ask *ask, const struct upstream *upstream, enum err *err);

/* ---- login_grace.c: while the directory is not there ---- */

/* What it said last of somebody, sealed in a state row. Ends by itself after the hours, with any
 * change of the directory's entry, and when the person is deactivated. */
#define GRACE_KEY 24
struct span grace_key(uint32_t number, char text[GRACE_KEY]);
/* What a password is verified against now; false: nothing. */
bool grace_find(struct view *view, const struct record *person, const struct upstream *upstream,
	char stored[PASSWORD_HASH_MAX]);
/* The directory said that this is the right password. Takes as long as a hash, but for what it said
 * within five minutes; what cannot be written is not kept. On a hashing thread. */
void grace_keep(struct core *core, const struct record *person, const struct upstream *upstream,
	struct span prepared);
void grace_drop(struct view *view, const struct record *person);
/* Somebody was let in by it: a row of the audit, once an hour of each person. */
void grace_tell(struct view *view, const struct actor *actor, const struct record *person);
/* With the run's last deed: the person begins or ceases to be active. */
void grace_forget(struct run *run, const struct entry *person);

/* ---- login_marks.c: what signing in leaves behind ---- */

/* Grace sign-ins used and the last TOTP step, in memory and, a second later, in the store. */
struct login_marks;
struct login_marks *login_marks_new(void);
void login_marks_free(struct login_marks *marks); /* NULL is allowed */
/* How many sign-ins with the password of that moment were counted since it expired. */
uint32_t grace_used(struct view *view, uint32_t tenant, uint32_t number, int64_t changed);
/* Counts one more; false: there were `most` already. */
bool grace_take(
	struct view *view, uint32_t tenant, uint32_t number, int64_t changed, uint32_t most);
/* False: the code of this step or a later one was used already. */
bool totp_take(struct view *view, uint32_t tenant, uint32_t number, uint64_t step);
enum err login_marks_write(struct core *core, struct why *why);
/* The state row of a person or service. */
#define LOGIN_MARKS_KEY 24
struct span login_marks_key(uint32_t number, char text[LOGIN_MARKS_KEY]);

/* ---- login_delay.c: answers that shall not come too early ---- */

struct login_delays;
/* *delays is there to be stopped also after an error. */
enum err login_delays_start(struct login_delays **delays, struct why *why);
void login_delays_stop(struct login_delays *delays); /* what waits is answered at once */
/* Refuses the login at that time, on a thread of its own. False: too many wait. */
bool login_delays_take(struct login_delays *delays, struct login *login, int64_t due);
/* What a verification takes. */
int64_t login_delays_usual(const struct login_delays *delays);
/* A verification begins: now, by the clock of `due`; it has ended. */
int64_t login_delays_begin(void);
void login_delays_measure(struct login_delays *delays, int64_t begun);

/* ---- login_totp.c ---- */

/* The person's code of the last OTP_DIGITS octets; password: those before. */
bool totp_split(struct span whole, struct span *password, struct span *code);
bool person_has_totp(const struct record *person);

#endif
