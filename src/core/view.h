/* Reading: a view is a snapshot for one thread. Look up entries, walk memberships, read a tenant's
 * journal and audit, and ask what somebody may do now; all within one tenant. What is not there is
 * false, and so is a failed read: view_error() tells them apart. */
#ifndef CORE_VIEW_H
#define CORE_VIEW_H

#include "base/arena.h"
#include "core/command.h"
#include "model/dn.h"
#include "model/policy.h"
#include "model/record.h"

/* A view is one thread's; begin it for a turn of work, end it before waiting: spans and records die
 * with end. */
enum err view_open(struct core *core, struct view **view, struct why *why);
void view_close(struct view *view);
enum err view_begin(struct view *view, struct why *why);
void view_end(struct view *view);
/* The first error since begin; outranks "not found". */
enum err view_error(const struct view *view, struct why *why);
uint64_t view_snapshot(const struct view *view);

struct tenant_info {
	uint32_t number;
	struct uuid id;
	struct span name; /* borrowed */
	bool active;
	bool erasing; /* for good: COMMAND_ERASE has begun */
};
bool view_tenant(
	struct view *view, struct span name, struct tenant_info *tenant); /* by folded name */
bool view_tenant_number(struct view *view, uint32_t number, struct tenant_info *tenant);
bool view_next_tenant(
	struct view *view, uint32_t least, struct tenant_info *tenant); /* rising numbers */

bool view_entry(
	struct view *view, uint32_t tenant, enum kind kind, uint32_t number, struct record *record);
bool view_by_id(struct view *view, uint32_t tenant, const struct uuid *id,
	struct record *record); /* of any kind but tombstones */
/* Who a deleted person was. */
bool view_tombstone(
	struct view *view, uint32_t tenant, const struct uuid *id, struct record *record);
/* By a normal value of an indexed attribute; the lowest number. */
bool view_by_value(struct view *view, uint32_t tenant, enum kind kind, enum attr attr,
	struct span normal, struct record *record);
/* The same, the lowest of those from `least` on. */
bool view_next_by_value(struct view *view, struct arena *arena, uint32_t tenant, enum kind kind,
	enum attr attr, struct span normal, uint32_t least, struct record *record);
/* By the kind's naming attribute as written. */
bool view_by_name(struct view *view, struct arena *arena, uint32_t tenant, enum kind kind,
	struct span name, struct record *record);
/* By the first RDN of the DN that the entry alone has: of one named otherwise, ATTR_RDN. */
bool view_by_rdn(struct view *view, struct arena *arena, uint32_t tenant, enum kind kind,
	const struct dn *rdn, struct record *record);
/* The alias or referral at a DN relative to the tenant's. */
bool view_pointer(struct view *view, struct arena *arena, uint32_t tenant, const struct dn *dn,
	struct record *record);
uint64_t view_count(struct view *view, uint32_t tenant, enum kind kind);
bool view_has_pointers(struct view *view, uint32_t tenant); /* aliases or referrals */
bool view_edge(
	struct view *view, uint32_t tenant, uint32_t container, uint32_t member, struct edge *edge);
uint64_t view_member_count(struct view *view, uint32_t tenant, uint32_t container);

/* Entries in the order of an attribute with an ordered index, from one normal value to another,
 * both with it; a walk costs what it returns. */
struct range_walk;
struct range_walk *view_range(struct view *view, struct arena *arena, uint32_t tenant,
	enum kind kind, enum attr attr, struct span from, struct span to);
bool range_walk_next(struct range_walk *walk, struct record *record);
void range_walk_close(struct range_walk *walk);

/* Members of a container in the order of their numbers, from `after` + 1; the edge carries the
 * member's name. */
struct member_walk;
struct member_walk *view_members(struct view *view, struct arena *arena, uint32_t tenant,
	uint32_t container, uint32_t after);
bool member_walk_next(struct member_walk *walk, struct edge *edge);
void member_walk_close(struct member_walk *walk);
/* Containers that hold the member: roles, then scopes, then groups (`kinds`: bits 1 << kind). */
struct container_walk;
struct container_walk *view_containers(
	struct view *view, struct arena *arena, uint32_t tenant, uint32_t member, uint32_t kinds);
/* Those that hold it through groups too, the nearest first. */
struct container_walk *view_nested_containers(
	struct view *view, struct arena *arena, uint32_t tenant, uint32_t member, uint32_t kinds);
bool container_walk_next(struct container_walk *walk, enum kind *kind, uint32_t *number);
void container_walk_close(struct container_walk *walk);

/* The tenant's settings, or false: it follows the preset pegotec. */
bool view_settings(struct view *view, uint32_t tenant, struct record *settings);
/* See policy_number and policy_text. */
uint64_t view_policy(struct view *view, uint32_t tenant, enum policy policy);
struct span view_policy_text(struct view *view, uint32_t tenant, enum policy policy);

/* A command with this key, actor and digest was done within a day: its outcome. */
bool view_once(struct view *view, const struct actor *actor, uint32_t tenant, struct span once,
	struct span once_digest, struct outcome *outcome);

bool view_state(struct view *view, uint32_t tenant, struct span key, struct span *value);
bool view_journal(struct view *view, uint32_t tenant, uint64_t sequence,
	struct span *record); /* change_read */
/* The sequences that are kept; last 0: none yet. */
uint64_t view_journal_first(struct view *view, uint32_t tenant);
uint64_t view_journal_last(struct view *view, uint32_t tenant);
bool view_audit(struct view *view, uint32_t tenant, uint64_t sequence, struct span *row); /* JSON */
uint64_t view_audit_last(struct view *view, uint32_t tenant);

/* What the permissions of a user or client are now: the union of its roles (client: its own list).
 * ERR_CREDENTIALS when it may not act: unknown, inactive, expired, its tenant suspended. */
enum err view_actor(struct view *view, uint32_t tenant, enum kind kind, uint32_t number,
	struct actor *actor, struct why *why);
/* As whoever came by this client's token acts now; ERR_CREDENTIALS likewise. */
enum err view_entrance(
	struct view *view, uint32_t tenant, uint32_t client, struct actor *actor, struct why *why);
/* A bearer token: finds the client, checks expiry and activity, of a personal one its owner's too,
 * who then is the actor; ERR_CREDENTIALS with one text whatever was wrong. */
enum err view_token(struct view *view, struct span token, struct actor *actor, struct why *why);

#endif
