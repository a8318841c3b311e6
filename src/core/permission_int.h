/* Rights of whoever runs a command, the permissions that the core knows and what grants them, and
 * the tenant's catalogue of what may be granted. */
#ifndef CORE_PERMISSION_INT_H
#define CORE_PERMISSION_INT_H

#include "core/permission.h"
#include "core/run_int.h"

enum err rights_check(struct run *run);
enum err rights_need(const struct run *run, enum permission permission);
/* To give or take members of containers of the kind. */
enum err rights_need_members(const struct run *run, enum kind container);
/* Unbound, or assigns any role: no ceiling but the operator's permissions. */
bool rights_is_free(const struct actor *actor);
/* Whether the actor has the codename or alias, at home. */
bool actor_holds(const struct run *run, struct span codename);
/* May the actor hand out (or take away) the codename? ERR_GRANT_CEILING names it. */
enum err rights_grant(const struct run *run, struct span codename);
/* The same about all that `after` grants and `before` (may be NULL) did not. */
enum err rights_grant_entry(
	const struct run *run, const struct entry *before, const struct entry *after);
/* May the actor, whose own view is bound to scopes, give or take this one? Scope 0: all of them. */
enum err rights_grant_scope(struct run *run, uint32_t scope);
/* Whether no scope bounds what the actor sees and hands out. */
bool actor_sees_everything(struct run *run);
/* May the actor give somebody full access, or take it? */
enum err rights_grant_full_access(const struct run *run);
/* The same about all that the roles of a user grant. */
enum err rights_grant_holder(const struct run *run, const struct entry *user);
bool actor_is_unbound(const struct actor *actor); /* operator and system */
/* People and API keys: whom rules for forms bind. A provisioner brings what its source says. */
bool actor_is_interactive(const struct actor *actor);
/* Can be asked for what a new person needs besides; inetOrgPerson, like SCIM's User, has no roles
 * and may have no mail. */
bool actor_fills_forms(const struct actor *actor);

enum { PERMISSION_OPERATOR = 1 << 0, PERMISSION_ADMINISTRATION = 1 << 1 };
struct permission_row { /* one that the core asks for */
	enum permission permission;
	struct span codename; /* terminated */
	const char *group, *label;
	unsigned flags;
};
const struct permission_row *permission_rows(size_t *count);
/* NULL for a codename (not an alias) that the core does not know. */
const struct permission_row *permission_row(struct span codename);
/* The bit's mask, or 0 for a codename that the core does not know. */
uint64_t permission_mask(struct span codename);
/* Of those that have all of the flags. */
uint64_t permission_flagged(unsigned flags);
const char *permission_codename(enum permission permission);
struct span permission_alias(enum permission permission); /* or none */
bool permission_is_word(struct span text); /* the name of an app: a codename's first word */
bool permission_is_area(struct span word); /* begins a codename or alias of the core's */
/* Codenames in order, each once, aliases resolved, so that a record can be searched. */
void permission_sort(struct entry *entry);
bool entry_has_permission(const struct entry *entry, struct span codename);
/* The core's permissions that the record grants. */
uint64_t permission_of_record(const struct record *record);
/* Of a user: the union of its roles; of a client: its own. */
uint64_t permission_of_holder(
	struct txn *txn, struct arena *arena, uint32_t tenant, const struct record *holder);
/* The same question about any codename or alias; a few octets of the arena. */
bool holder_has(struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind,
	uint32_t number, struct span codename);
#define LEVEL_MAX 4
unsigned holder_level(
	struct txn *txn, struct arena *arena, uint32_t tenant, enum kind kind, uint32_t number);

/* The catalogue as it is, or with `run` as it will be once the run's deeds are applied. */
struct permission_walk *catalogue_walk(
	struct txn *txn, struct arena *arena, uint32_t tenant, const struct run *run);
/* What `after` grants and `before` (may be NULL) did not must be in the tenant's catalogue:
 * ERR_UNKNOWN names what is not. */
bool catalogue_has(const struct run *run, struct span codename);
enum err catalogue_check(struct run *run, const struct entry *before, const struct entry *after);
/* The codenames that an entry of KIND_PERMISSION or KIND_APP puts into the catalogue. */
size_t catalogue_codenames(struct arena *arena, const struct entry *entry, struct span *codenames);
#define CATALOGUE_CODENAMES_MAX 4

enum built_in_preset {
	BUILT_IN_PEGOTEC = 1 << PRESET_PEGOTEC,
	BUILT_IN_USERS_APP = 1 << PRESET_USERS_APP,
	BUILT_IN_TITANUS = 1 << PRESET_TITANUS,
	BUILT_IN_REALM = 1 << PRESET_COUNT,
};
/* Deeds that bring the built-in roles of the tenant to the table, the catalogue and the policies as
 * they will be after the deeds prepared so far: missing ones are made, others changed, and those
 * that the preset does not have become the tenant's own. For a new tenant (`starters`) the roles it
 * begins with as well. */
enum err built_in_roles_refresh(struct run *run, uint32_t tenant, bool starters);

#endif
