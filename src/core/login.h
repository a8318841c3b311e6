/* Signing in with a password, and hashing new ones. A fast answer comes at once; the others come
 * from the hashing threads. */
#ifndef CORE_LOGIN_H
#define CORE_LOGIN_H

#include "base/scram.h"
#include "base/secret.h"
#include "core/actor.h"
#include "core/throttle.h"
#include "core/verifier.h"
#include "model/record.h"

struct core;
struct view;

/* What is wrong with a password, in the words and numbers of draft-behera-ldap-password-policy-10
 * section 6.2. */
enum password_trouble {
	PASSWORD_FINE = -1,
	PASSWORD_EXPIRED = 0,
	PASSWORD_ACCOUNT_LOCKED = 1,
	PASSWORD_CHANGE_AFTER_RESET = 2,
	PASSWORD_MOD_NOT_ALLOWED = 3,
	PASSWORD_MUST_SUPPLY_OLD = 4,
	PASSWORD_INSUFFICIENT_QUALITY = 5,
	PASSWORD_TOO_SHORT = 6,
	PASSWORD_TOO_YOUNG = 7,
	PASSWORD_IN_HISTORY = 8,
};

/* What may be told beside the answer to a sign-in, whatever the answer is: only to who has shown
 * the right password. */
struct password_notice {
	int64_t expires; /* seconds until the password does; -1: not to be told */
	int32_t grace;   /* sign-ins that are left behind this one; -1: it has not expired */
	enum password_trouble trouble;
};
#define PASSWORD_NOTICE_NONE ((struct password_notice){ -1, -1, PASSWORD_FINE })

struct login {
	uint32_t tenant;
	enum kind kind;       /* KIND_USER or KIND_CLIENT */
	uint32_t number;      /* 0: there is no such entry; takes as long as a wrong password */
	struct span name;     /* folded, when the number is 0: slowed down like one that there is */
	struct span password; /* copied, wiped after use; as sent: it may end with a TOTP code */
	bool is_old;          /* shown to choose a new one: whether it is right, and nothing else */
	bool is_interactive;  /* at a page of ours, where no password for an application opens */
	uint32_t client; /* the service account through which a person comes; 0: none is known */
	const char *address;
	enum channel channel;
	struct actor actor;  /* result on OK; its must_change: only to choose a new password */
	const char *refusal; /* for the log, never for the peer: why somebody known may not sign in
				with a password, whatever it is; or NULL */
	bool by_grace;       /* result: the directory was not there, and what it said last held */
	bool is_upstream;    /* result: the password lives in a directory */
	struct password_notice notice;                   /* result */
	void (*done)(struct login *login, enum err err); /* on a thread of the core's */
	void *arg;
};

enum login_state { LOGIN_DONE, LOGIN_PENDING };
/* The fast ways (cache, cheap hash, application password) answer at once: LOGIN_DONE with *err.
 * Otherwise queued, fair between tenants, or asked of the directory in which the password lives:
 * `done` follows. ERR_CREDENTIALS whatever was wrong: unknown, wrong, inactive, without password,
 * not through this application, too many attempts; ERR_BUSY when the queue is full, ERR_UNAVAILABLE
 * when that directory is. The view is the calling thread's, begun. The login lives until done. */
enum login_state login_start(
	struct core *core, struct view *view, struct login *login, enum err *err);

/* Whether a code belongs to the person's password: typed behind it, in one text. The view is begun.
 */
bool login_takes_code(struct view *view, const struct login *login);
/* What people type in to say who they are: bits. */
#define LOGIN_BY_USER_NAME 1u
#define LOGIN_BY_EMAIL 2u /* of those that are one person's alone */
bool login_find(struct view *view, struct arena *arena, uint32_t tenant, unsigned forms,
	struct span name, struct record *person);

/* Whether the service account lets the person in: it names nobody, or what the person is in. The
 * view is begun. */
bool login_admits(struct view *view, const struct record *service, const struct record *person);

/* How somebody shows who they are without sending a password. */
enum proof { PROOF_CERTIFICATE, PROOF_SCRAM };
/* Signs in who has shown it, or counts the attempt when `good` is false. May the person or service
 * (`login->number`, 0: nobody) sign in this way, and does the tenant let them? OK fills the actor
 * and the notice; ERR_CREDENTIALS whatever was wrong. Uses all of the login but the password; done
 * at once. The view is the calling thread's, begun. */
enum err login_external(
	struct core *core, struct view *view, struct login *login, enum proof proof, bool good);
/* What a proof by SCRAM-SHA-256 is checked against: the entry's verifier, or without an entry or a
 * verifier one of the name's own that nothing fits. `name`: folded, so that all its spellings get
 * the same answer. */
void login_verifier(struct core *core, struct view *view, const struct login *login,
	struct span name, struct scram_verifier *verifier);

/* ---- new passwords ---- */

/* What a command puts into ATTR_PASSWORD: the PHC string and, when the tenant keeps one, behind a
 * blank the verifier for SCRAM; the core takes them apart. */
#define PASSWORD_STORED_MAX (PASSWORD_HASH_MAX + SCRAM_TEXT_MAX)

enum password_origin {
	PASSWORD_CHOSEN,  /* must satisfy the tenant's policy */
	PASSWORD_CARRIED, /* in use elsewhere already: as it is */
};
/* Checks and hashes a new password. ERR_VALUE names the attribute and says in *trouble (may be
 * NULL) what is wrong with it. Takes 10 ms, or 20: never on a loop thread. The view is begun. */
enum err password_make(struct view *view, uint32_t tenant, enum password_origin origin,
	struct span password, char stored[PASSWORD_STORED_MAX], enum password_trouble *trouble,
	struct why *why);

/* The same in the pool, for a chosen one; `done` on a hashing thread, with `hash` or, on an error,
 * "" and `why` and `trouble`. */
struct hashing {
	struct span password;
	char hash[PASSWORD_STORED_MAX];
	struct why why;
	enum password_trouble trouble;
	void (*done)(struct hashing *hashing, enum err err);
	void *arg;
	struct hashing *next; /* the core's */
};
enum err hashing_start(
	struct core *core, uint32_t tenant, struct hashing *hashing, struct why *why);

/* ---- what an entry shows of it ---- */

struct password_facts {
	bool reset;  /* must be changed first (pwdReset) */
	bool locked; /* nothing opens: inactive, or the account has ended (pwdAccountLockedTime) */
};
/* Of a person, for whom may see it. */
void password_facts(const struct record *person, struct password_facts *facts);
/* When the person's password here was set (wall); without one, when the person was created. */
int64_t password_changed(const struct record *person);
/* When the person's password here ends by its age (wall); 0: it does not. The view is begun. */
int64_t password_end(struct view *view, const struct record *person);

/* ---- second factors and application passwords ---- */

/* Whether a sign-in of the person asks for a code, where the application does not say else. */
bool person_asks_code(const struct record *person);
/* A new TOTP seed for the person, sealed as ATTR_TOTP_SEED holds it. *uri: otpauth://, shown once.
 */
struct span totp_make(struct core *core, struct arena *arena, const struct record *person,
	struct span issuer, const char **secret, const char **uri);
/* Whether a code is the person's now; uses it up. The view is begun. */
bool totp_verify(
	struct core *core, struct view *view, const struct record *person, struct span code);
/* The same of a seed that totp_make() has sealed for the person and nobody has stored. */
bool totp_confirm(struct core *core, struct view *view, const struct record *person,
	struct span sealed, struct span code);

#define APP_PASSWORDS_MAX 20 /* of a person */
#define APP_PASSWORD_NAME_MAX 80
/* What a value of ATTR_APP_PASSWORD says besides a keyed hash. */
struct app_password {
	struct uuid client; /* the service account that it is for; nil: any */
	int64_t created;    /* wall */
	struct span name;   /* 1 to APP_PASSWORD_NAME_MAX octets */
};
bool app_password_read(struct span stored, struct app_password *password);
/* A new one of 24 characters, shown once; *stored is the value. */
const char *app_password_make(struct core *core, struct arena *arena, const struct uuid *person,
	const struct app_password *wanted, struct span *stored);

/* ---- the throttle, for an administrator ---- */

/* Lets the person or service try again at once; in how many places it waited. */
unsigned login_forgive(struct core *core, uint32_t tenant, enum kind kind, uint32_t number);
/* Who waits, of the tenant, and which networks; at most `most`. */
size_t login_throttled(struct core *core, uint32_t tenant, struct throttle_row *rows, size_t most);

#endif
