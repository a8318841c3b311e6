/* Who acts: what a door knows of whoever is behind a request. An actor is filled by the core, out
 * of a view, from a sign-in or for the machine's owner; it is a value, good for as long as the
 * request. */
#ifndef CORE_ACTOR_H
#define CORE_ACTOR_H

#include "base/err.h"
#include "base/uuid.h"
#include "model/change.h"
#include "model/profile.h"

enum permission {
#define PERMISSION(id, bit, codename, group, flags, label) PERM_##id = (bit),
#define PERMISSION_ALIAS(codename, id)
#include "permissions.def"
#undef PERMISSION
#undef PERMISSION_ALIAS
};

/* Somebody else's authority that an actor acts under. */
struct delegation {
	struct uuid id;
	enum delegation_kind {
		DELEGATION_IMPERSONATION = 1,
		DELEGATION_SUPPORT,
		DELEGATION_PROXY
	} kind;
	/* DELEGATION_PROXY: who really acts, with the permission ldap.proxy, while the actor is the
	 * subject, as which everything is judged (RFC 4370). */
	const struct actor *agent;
	enum kind subject_kind; /* on whose behalf; KIND_NONE: of nobody in particular */
	struct uuid subject;
	struct span subject_name;
	struct span reason, reference; /* as given when it began; may be empty */
};

/* The client by whose token or password an actor came, or the session: what a door asks at each
 * request. */
struct entrance {
	uint32_t client; /* number of the entry, in the actor's tenant; 0: by none */
	uint32_t rate;   /* requests a second; 0: any number */
	enum no_target no_target;
	enum patched patched;
	bool roles_as_groups; /* the built-in roles are Groups to it */
	int64_t expires;      /* wall clock, when it ends by itself; 0: it does not */
	struct uuid session;  /* nil: none, see core/session.h */
};

struct actor {
	enum actor_type type;
	uint32_t tenant; /* the only one it may touch; an operator acts in any */
	enum kind kind;  /* KIND_USER, KIND_CLIENT or KIND_DIRECTORY, else KIND_NONE */
	uint32_t number;
	struct uuid id;
	uint16_t source;      /* what its values and memberships are attributed to */
	uint64_t permissions; /* bit 1 << enum permission; the union of its roles */
	bool must_change;     /* a person who may only choose a new password */
	bool by_application;  /* came by an application password, which changes no password */
	char name[64];        /* for the audit, cut */
	enum channel channel;
	char address[48];
	char user_agent[96]; /* for the audit, cut */
	struct uuid request;
	struct entrance entrance;
	const struct delegation *delegation; /* lives as long as the actor; NULL: acts for itself */
};

static inline bool actor_may(const struct actor *actor, enum permission permission)
{
	return actor->type == ACTOR_OPERATOR || actor->type == ACTOR_SYSTEM ||
	       (actor->permissions >> permission & 1) != 0;
}
/* A SCIM connection: it sees of what each source has for itself (externalId) its own only. */
static inline bool actor_is_connection(const struct actor *actor)
{
	return actor->type == ACTOR_CLIENT && actor->channel == CHANNEL_SCIM;
}
/* Another tenant's entries do not exist for an actor, unless an operator may act in any. */
static inline bool actor_may_enter(const struct actor *actor, uint32_t tenant)
{
	return actor->type == ACTOR_OPERATOR || actor->type == ACTOR_SYSTEM ||
	       actor->tenant == tenant ||
	       (actor->tenant == 0 && actor_may(actor, PERM_TENANTS_SWITCH));
}
/* Everything allowed, in every tenant: the console of the machine's owner (ctl) and our own
 * housekeeping. */
void actor_operator(struct actor *actor, const char *name, enum channel channel);
void actor_system(struct actor *actor, enum channel channel);
/* By which door it came and from where; both texts are cut. */
void actor_came(
	struct actor *actor, enum channel channel, const char *address, struct span user_agent);
/* A directory's sync job; ERR_NOT_FOUND when there is no such directory. */
struct view;
enum err actor_directory(
	struct view *view, uint32_t tenant, uint32_t number, struct actor *actor, struct why *why);

#endif
