/* Writing over LDAP (RFC 4511 sections 4.6 to 4.9, RFC 3062): a request becomes commands to the
 * core out of what the newest view shows, and is looked at anew when another change came between.
 * One at a time is under way on a connection, so that what is sent behind each other happens in
 * that order; searches run beside it. */
#ifndef IN_LDAP_UPDATE_INT_H
#define IN_LDAP_UPDATE_INT_H

#include "in/ldap/door_int.h"
#include "wire/ldap_update.h"

/* A write on its way; outlives its connection when that goes first. */
struct update {
	struct task task;
	void (*next)(struct update *update); /* once it is back on the loop */
	struct shard *shard;
	struct conn *conn;      /* NULL: gone */
	struct identity *other; /* of a proxied one, while it waits; else NULL */
	bool is_other;          /* the two are swapped */
	struct arena *arena;    /* of the request */
	struct arena *attempt;  /* of what one look at the store makes of it */
	struct span body;       /* copy of the request; may hold a password: wiped */
	int32_t id;
	uint8_t tag; /* of the response */
	struct controls controls;
	struct actor actor;
	char address[ADDRESS_TEXT_MAX];
	struct uuid request_id; /* for the audit */
	/* Makes commands of the request; called again with a newer view. A result code. */
	int (*prepare)(struct update *update, struct view *view);
	union {
		struct change_request change;
		struct rename_request rename;
		struct password_request password;
	} request;
	unsigned tries;
	enum err err; /* of what came back from a hashing thread */

	/* What prepare finds; emptied before each look. */
	enum kind kind;           /* of the entry */
	struct uuid entry, fresh; /* fresh: of one that is added */
	struct command commands[2];
	size_t count;
	/* A new password in clear, which the first command sets, and one that must be right before.
	 */
	struct span password, old;
	uint32_t old_number; /* whose */
	int old_refused;     /* the code of a wrong one */
	bool old_is_right;
	struct span hash;      /* of the new one, in `arena` */
	struct span generated; /* to be told */
	struct hashing hashing;
	struct login login;
	struct batch batch;
	struct outcome outcomes[2];

	/* The answer. */
	struct span matched; /* dies with the turn */
	char text[320];
	struct buffer read;    /* elements of its controls when it is done: RFC 4527 */
	struct buffer refused; /* and when not: what is wrong with a password */
};

/* ---- op_update.c ---- */

/* A write of the connection's; the identity is taken as it is now. `body` is copied. */
struct update *update_new(struct conn *conn, const struct pdu *pdu, struct span body, uint8_t tag,
	const struct controls *controls);
/* Answers, now or later; the request and `prepare` are set. */
void update_run(struct update *update);
/* Answers a request that could not be read. */
void update_malformed(struct update *update, enum err err, const struct why *why);
/* Says why, naming the attribute unless it is NULL; returns the code. */
int update_refuse(struct update *update, int code, const char *attribute, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The same for what a lower floor recorded, with the attribute by its LDAP name. */
int update_fail(struct update *update, enum err err, const struct why *why);
/* Whether the actor may at all, before anything is told of the entry: RESULT_SUCCESS or
 * RESULT_ACCESS, which is audited. */
int update_permits(struct update *update, const struct command *command);
/* The next command, of the entry that was found. */
struct command *update_command(struct update *update, enum command_type type);

/* ---- update_target.c ---- */

/* The entry of a DN: a person, a role, a scope, a group, an alias or a referral of the own tenant.
 * `wish` is what shall be done with it: whoever may not hears that, whether there is such an entry
 * or not. */
int update_find(struct update *update, struct view *view, struct span dn, struct command *wish,
	struct target *target);
/* The entry above the DN is there, and may hold entries of update->kind, which becomes what its
 * container holds unless it is KIND_POINTER. */
int update_find_parent(struct update *update, struct view *view, const struct dn *dn);

/* Where an entry of that name stands; borrowed. */
struct dn update_above(const struct dn *dn);

/* ---- update_draft.c ---- */

struct draft_value {
	struct value value;
	struct span normal;
};

/* The last word about a member. */
struct draft_member {
	struct uuid id;
	uint32_t number;
	enum kind kind;
	bool remove;
};

/* An entry on which changes are tried, in their order. Lives in update->attempt. */
struct draft {
	struct update *update;
	struct view *view;
	const struct record *record; /* NULL: it is new */
	struct draft_value *values;
	size_t count, capacity;
	size_t spent;                      /* values looked at */
	uint64_t touched[ATTR_LIMIT / 64]; /* attributes that were changed */
	bool says_classes;
	bool sets_password, drops_password;
	struct draft_member *members; /* by number */
	size_t member_count, member_capacity;
	bool members_replaced; /* those that are not named go */
	uint64_t classes;      /* what its kind always has */
	struct dn rdn;         /* of an alias or referral */
};

/* The attribute that a change means, and whether it can be written at all. A result code. */
int draft_attribute(struct update *update, const struct ldap_change *change, enum attr *attr);
void draft_begin(
	struct draft *draft, struct update *update, struct view *view, const struct record *record);
/* A result code, as of all below. */
int draft_apply(struct draft *draft, const struct ldap_change *changes, size_t count);
size_t draft_count(const struct draft *draft, enum attr attr); /* values of it */
/* All values of the attribute go, or one that is equal under its rule. */
void draft_remove(struct draft *draft, enum attr attr);
void draft_remove_value(struct draft *draft, enum attr attr, struct span raw);
/* The first RDN is the entry's: its values are there, or are put there. */
int draft_name(struct draft *draft, const struct dn *dn);
/* None of them was taken away. */
int draft_keeps_name(const struct draft *draft, const struct dn *dn);
/* What the entry's classes ask for is there. */
int draft_complete(struct draft *draft);
/* A value that the door itself gives; borrowed. */
void draft_put(struct draft *draft, enum attr attr, struct span octets);

/* ---- update_pointer.c ---- */

/* An entry is to become an alias or a referral: its classes say so. */
bool pointer_is_meant(const struct change_request *request);
/* The draft is of an alias or a referral of that name: the DN in full, or below its tenant. */
void pointer_begin(struct draft *draft, const struct dn *dn);
/* objectClass, and aliasedObjectName or ref, whichever it has. */
bool pointer_holds(const struct draft *draft, enum attr attr);
/* Any other attribute: a value of the RDN may be said of a new one. Result codes. */
int pointer_names(struct draft *draft, const struct ldap_change *change, enum attr attr);
int pointer_name(struct draft *draft, const struct dn *dn);
int pointer_complete(struct draft *draft);
/* Appends it as a message. */
void pointer_show(struct update *update, struct buffer *out, const struct selection *selection,
	const struct record *pointer);

/* ---- update_password.c ---- */

int draft_password(struct draft *draft, const struct ldap_change *change);
/* A stored form, "{SSHA}..." and the like, is never taken for a password; "{CLEARTEXT}" is cut off
 * before one. */
bool password_is_stored(struct span *password);

/* ---- update_members.c ---- */

int draft_members(struct draft *draft, const struct ldap_change *change);

/* ---- update_classes.c ---- */

/* Classes follow from what an entry holds: they are checked and have no other effect. */
int draft_classes(struct draft *draft, const struct ldap_change *change);

/* ---- update_commands.c ---- */

/* What the draft, which must be complete, differs in from its record; a result code. */
int draft_modify(struct draft *draft);
/* The whole new entry. */
void draft_create(struct draft *draft);

/* ---- update_read.c ---- */

/* The assertion holds for the entry, or there is none (RFC 4528). A result code. */
int update_assert(struct update *update, struct view *view, const struct target *target);
/* CONTROL_PRE_READ, CONTROL_POST_READ: if asked for, the entry as the newest view shows it goes
 * with the answer (RFC 4527). Gives RESULT_SUCCESS. */
int update_show(struct update *update, enum control_id id);
/* The entry must be exactly the one that was looked at. */
static inline bool update_is_bound(const struct update *update)
{
	return controls_have(&update->controls, CONTROL_ASSERTION) ||
	       controls_have(&update->controls, CONTROL_PRE_READ);
}

#endif
