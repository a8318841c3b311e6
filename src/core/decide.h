/* Who may do what, and why: the one decision function. LDAP, SCIM, the console and tokens ask it;
 * nothing else compares roles with permissions on behalf of a person.
 *
 *     allow := the tenant is active, and the holder is active, not expired, need not change a
 *              password
 *          and a role held grants the permission (a union, there is no deny), or full access is
 *              "superuser"
 *          and the permission asks for no scope, or full access is not off, or no scope is held and
 *              scope.empty_means is "all", or the scope named is held
 *          and the permission is not of the kind "own", or what is asked about is owned
 *
 * All of it reads the view's snapshot, or that tenant as it was at an earlier moment (view_as_of).
 * Nothing in another tenant changes an answer. Needs a view that is begun. */
#ifndef CORE_DECIDE_H
#define CORE_DECIDE_H

#include "core/permission.h"

enum reason {
#define REASON(id, word, sentence) REASON_##id,
#include "reasons.def"
#undef REASON
	REASON_COUNT
};

struct reason_row {
	const char *word;     /* "scope_not_held" */
	const char *sentence; /* without a full stop */
};
const struct reason_row *reason_row(enum reason reason);

struct past;

struct query {
	uint32_t tenant;
	enum kind kind; /* KIND_USER, or KIND_CLIENT: it has its own list of permissions */
	uint32_t number;
	struct span permission;  /* codename */
	uint32_t scope;          /* number of the scope; 0: none is named */
	bool owned;              /* the holder owns what is asked about */
	const struct past *past; /* NULL: now */
};

struct decision {
	bool allowed;
	uint32_t missing; /* bits 1 << enum reason: all that stands against it */
};
/* The weightiest of what is missing; REASON_COUNT when allowed. */
enum reason decision_reason(const struct decision *decision);

/* What is unknown is answered "no" with that reason; an error is the store's alone. Takes no memory
 * from the heap. */
enum err view_decide(
	struct view *view, const struct query *query, struct decision *decision, struct why *why);

/* ---- why ---- */

struct named {
	struct uuid id;
	struct span name;
};

enum origin_type {
	ORIGIN_LOCAL,     /* given here: by hand, an import, a call without a source of its own */
	ORIGIN_DIRECTORY, /* a sync source */
	ORIGIN_CLIENT,    /* provisioned by a client */
	ORIGIN_GONE,      /* of a directory or client that has been deleted */
};

/* One of those that stand behind a membership. */
struct origin {
	enum origin_type type;
	struct named by;         /* the directory or client */
	struct span client_type; /* "scim", "service", "api" */
	/* DIRECTORY: the groups that lead there, from the person's own to the one that is mapped.
	 */
	struct named *groups;
	size_t group_count;
};

/* That the person has a role or a scope. */
struct membership {
	struct named container;
	int64_t since;
	struct origin *origins;
	size_t origin_count;
	/* The change that began it, when the journal knows it; sequence 0: not. */
	uint64_t sequence;
	enum actor_type actor_type;
	enum channel channel;
	struct span actor_name;
};

enum granted { GRANTED_NOT, GRANTED_BY_ROLES, GRANTED_BY_LIST, GRANTED_BY_FULL_ACCESS };
enum reach {
	REACH_NONE,
	REACH_UNSCOPED,    /* the permission asks for no scope */
	REACH_FULL_ACCESS, /* the person sees all */
	REACH_EMPTY,       /* no scope held, which means all here */
	REACH_SCOPE        /* the scope is held */
};

struct said_policy {
	enum policy policy;
	struct span value;
};

struct explanation {
	struct decision decision;
	struct permission_info permission; /* codename empty: unknown */
	enum granted granted;
	struct membership *roles; /* that grant it */
	size_t role_count;
	struct named *others; /* roles that would grant it, when none held does */
	size_t other_count;
	enum reach reach;
	struct membership *scopes; /* the one named; none named or not held: those held */
	size_t scope_count;
	struct said_policy policies[2]; /* that mattered */
	size_t policy_count;
	struct span feature; /* a flag named like the permission's group that is off, or none */
};

/* The decision with its chain. At most LIMIT_EXPLAINED roles and as many scopes are told. Spans
 * live in the arena or are borrowed from the view. */
enum err view_explain(struct view *view, struct arena *arena, const struct query *query,
	struct explanation *explanation, struct why *why);

struct effective {
	struct permission_info permission;
	enum granted granted; /* never GRANTED_NOT */
	struct named *roles;  /* that grant it */
	size_t role_count;
};

/* Each permission of the catalogue that the holder (a person or client of the view) has now,
 * whatever else may stand against using it. */
enum err view_effective(struct view *view, struct arena *arena, const struct record *holder,
	struct effective **list, size_t *count, struct why *why);

/* ---- who can ---- */

struct holders {
	uint32_t *numbers; /* of people, rising */
	size_t count;
	uint32_t next; /* asked for as `after` goes on behind what was looked at; 0: that was all */
	uint32_t missing; /* bits 1 << enum reason: what stands against everybody */
};

/* The people behind the number `after` for whom view_decide answers "yes", at most `limit` (and
 * LIMIT_PAGE) of them; kind and number of the query are not looked at. A call examines at most
 * LIMIT_HOLDERS_EXAMINED people, so it may find few and yet not have ended. */
enum err view_holders(struct view *view, struct arena *arena, const struct query *query,
	uint32_t after, size_t limit, struct holders *holders, struct why *why);

/* ---- what somebody may do to others ---- */

/* A person's standing, read once for the rows of a list; lives in the arena and dies with the
 * view's snapshot. Answers are bits 1 << enum reason of what stands against it; 0: allowed. An
 * error of the store is view_error's. */
struct authority;
enum err view_authority(struct view *view, struct arena *arena, const struct record *person,
	struct authority **authority, struct why *why);
/* May the person hand out the role: with roles.assign_any each that is not of operators, with
 * roles.assign those whose permissions they hold. */
uint32_t authority_grant(const struct authority *authority, const struct record *role);
/* May the person act as that one: with users.impersonate, where impersonation.enabled; somebody
 * else, active, of a lower level, who holds nothing beyond; and on level 2 of the same organization
 * only. `acting`: the person acts as somebody already. */
uint32_t authority_impersonate(
	const struct authority *authority, const struct record *other, bool acting);

/* ---- a past moment ---- */

/* The tenant as it was when all changes up to and including `time` (wall clock) had been made,
 * undone one after the other out of the journal. It lives in the arena and dies with the view's
 * snapshot. ERR_VALUE for a time to come or before the journal's first record, ERR_TOO_LARGE beyond
 * LIMIT_PAST_CHANGES or LIMIT_PAST_OCTETS: both say how far back it reaches. ERR_CORRUPT when a
 * record is damaged or missing. */
enum err view_as_of(struct view *view, struct arena *arena, uint32_t tenant, int64_t time,
	const struct past **past, struct why *why);
int64_t past_time(const struct past *past);
/* As view_entry, view_by_id and view_by_name, at that moment; `past` may be NULL: now. */
bool past_entry(struct view *view, const struct past *past, uint32_t tenant, enum kind kind,
	uint32_t number, struct record *record);
bool past_by_id(struct view *view, const struct past *past, uint32_t tenant, const struct uuid *id,
	struct record *record);
bool past_by_name(struct view *view, struct arena *arena, const struct past *past, uint32_t tenant,
	enum kind kind, struct span name, struct record *record);

#endif
