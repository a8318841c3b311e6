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

enum means { MEANS_PASSWORD, MEANS_APPLICATION, MEANS_SCRAM, MEANS_CERTIFICATE };
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
/* Refuses the login once it has waited as long as a verification takes, on a thread of its own.
 * False: too many wait. */
bool login_delays_take(struct login_delays *delays, struct login *login);
/* A verification begins; it has ended. */
int64_t login_delays_begin(void);
void login_delays_measure(struct login_delays *delays, int64_t begun);

/* ---- login_totp.c ---- */

/* The person's code of the last OTP_DIGITS octets; password: those before. */
bool totp_split(struct span whole, struct span *password, struct span *code);
bool person_has_totp(const struct record *person);

#endif
