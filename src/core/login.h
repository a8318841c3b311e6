/* Signing in with a password, and hashing new ones. A fast answer comes at once; the others come
 * from the hashing threads. */
#ifndef CORE_LOGIN_H
#define CORE_LOGIN_H

#include "base/scram.h"
#include "base/secret.h"
#include "core/actor.h"

struct core;

struct login {
	uint32_t tenant;
	enum kind kind;       /* KIND_USER or KIND_CLIENT */
	uint32_t number;      /* 0: there is no such entry; takes as long as a wrong password */
	struct span password; /* copied, wiped after use */
	const char *address;
	enum channel channel;
	struct actor actor;  /* result on OK */
	const char *refusal; /* for the log, never for the peer: why somebody known may not sign in
				with a password, whatever it is; or NULL */
	void (*done)(struct login *login, enum err err); /* on a hashing thread */
	void *arg;
	struct login *next; /* the core's */
};

enum login_state { LOGIN_DONE, LOGIN_PENDING };
/* The fast ways (cache, cheap hash) answer at once: LOGIN_DONE with *err. Otherwise queued, fair
 * between tenants: `done` follows. ERR_CREDENTIALS whatever was wrong: unknown, wrong, inactive,
 * without password; ERR_BUSY when the queue is full. The view is the calling thread's, begun. The
 * login lives until done. */
enum login_state login_start(
	struct core *core, struct view *view, struct login *login, enum err *err);

/* How somebody shows who they are without sending a password. */
enum proof { PROOF_CERTIFICATE, PROOF_SCRAM };
/* Signs in who has shown it, or counts the attempt when `good` is false. May the person or service
 * (`login->number`, 0: nobody) sign in this way, and does the tenant let them? OK fills the actor;
 * ERR_CREDENTIALS whatever was wrong. Uses tenant, kind, number, address and channel of the login;
 * done at once. The view is the calling thread's, begun. */
enum err login_external(
	struct core *core, struct view *view, struct login *login, enum proof proof, bool good);
/* What a proof by SCRAM-SHA-256 is checked against: the entry's verifier, or without an entry or a
 * verifier one of the name's own that nothing fits. `name`: folded, so that all its spellings get
 * the same answer. */
void login_verifier(struct core *core, struct view *view, const struct login *login,
	struct span name, struct scram_verifier *verifier);

/* Hashes a new password in the pool; `done` gets the PHC string or "" on failure, on a hashing
 * thread. */
struct hashing {
	struct span password;
	char hash[PASSWORD_HASH_MAX];
	void (*done)(struct hashing *hashing, enum err err);
	void *arg;
	struct hashing *next; /* the core's */
};
enum err hashing_start(
	struct core *core, uint32_t tenant, struct hashing *hashing, struct why *why);

#endif
