/* Sessions: somebody who has signed in with a browser. The browser holds a token, the store its
 * digest, in one row a person that nothing else has: it is found by what the token says, survives a
 * restart, and goes with the person. A session ends by itself (session.idle, session.life), by
 * COMMAND_SESSION, and with a new password, a deactivation, a deletion or the tenant's suspension.
 * Rights are asked for anew with every request. */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#include "core/actor.h"

struct core;
struct view;

#define SESSION_TOKEN 54   /* letters, a-zA-Z0-9-_ */
#define SESSION_CSRF 43    /* letters of the same */
#define SESSIONS_MOST 50   /* of a person; the policy session.most says how many */
#define SESSION_ADDRESS 47 /* octets of each that are kept */
#define SESSION_USER_AGENT 160

struct user_session {
	struct uuid id;
	int64_t created, seen; /* wall */
	int64_t idle_end, end; /* wall: by itself, when nothing comes; whatever comes */
	struct span address, user_agent;
};

/* What COMMAND_SESSION shall do, about the sessions of the person whom the command names. Who
 * begins one is that person; who ends one too, or may edit people. */
struct session_order {
	enum session_verb {
		SESSION_BEGIN,
		SESSION_END,        /* ERR_NOT_FOUND when there is none such */
		SESSION_END_OTHERS, /* all but the one; nil: all */
	} verb;
	struct uuid id;
	uint8_t digest[32]; /* BEGIN; address and user agent are the actor's */
};

/* An order that begins a session, and the token that the browser gets: terminated, a secret. */
void session_make(uint32_t tenant, uint32_t person, char token[SESSION_TOKEN + 1],
	struct session_order *order);
/* Who shows this token, as they may act now, and the session (its spans are the view's).
 * ERR_CREDENTIALS with one text whatever is wrong. `live`: somebody sits there, so that it is not
 * idle. The view is begun. */
enum err view_session(struct view *view, struct span token, bool live, struct actor *actor,
	struct user_session *session, struct why *why);
/* What a page of ours sends back to show that it is one (X-CSRF-Token); terminated. */
void session_csrf(const struct core *core, struct span token, char csrf[SESSION_CSRF + 1]);
/* The actor, and the session by which it came, are still let in; fills what they may now. */
enum err view_session_again(struct view *view, struct actor *actor, struct why *why);
/* The person's that have not ended, the oldest first; the spans are the view's. */
size_t view_sessions(struct view *view, uint32_t tenant, uint32_t person,
	struct user_session sessions[SESSIONS_MOST]);

#endif
