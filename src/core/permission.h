/* Permissions for the doors: what may be granted in a tenant (its catalogue), and what an entry
 * grants. A tenant's catalogue is what the core itself asks for (without the operator's), what its
 * preset's platform asks for, what that platform registered (KIND_PERMISSION), and create, read,
 * update and delete of every registered app (KIND_APP). The operator realm's holds the operator's
 * permissions too, and those of every preset. Roles and clients keep their codenames sorted, each
 * once, aliases under the name that they stand for. */
#ifndef CORE_PERMISSION_H
#define CORE_PERMISSION_H

#include "core/core.h"

enum permission_origin {
	PERMISSION_OF_CORE,
	PERMISSION_OF_PRESET,
	PERMISSION_REGISTERED,
	PERMISSION_OF_APP,
};

struct permission_info {
	struct span codename, group, label; /* label may be empty */
	struct span alias;                  /* also asked for by this name, or none */
	enum permission_origin origin;
	bool scoped; /* asks for a scope as well */
	bool own;    /* holds for what the person owns only */
	bool of_operator;
	uint32_t number; /* of the entry that registered it, or 0 */
};

/* Words of a-z, 0-9 and _, joined by dots, two at least, 128 octets at most. */
bool permission_is_codename(struct span text);
/* What an alias stands for; any other text as it is. Static memory or the text itself. */
struct span permission_canonical(struct span codename);

/* Whether the tenant's catalogue has the codename or alias; spans are borrowed from the table, the
 * view or `codename`. False also when the view failed. */
bool view_permission(
	struct view *view, uint32_t tenant, struct span codename, struct permission_info *info);
/* The catalogue: the core's, the preset's, the registered ones in the order of their registration,
 * the apps'; each codename once. Spans live in the arena or are borrowed from the view. */
struct permission_walk;
struct permission_walk *view_permissions(struct view *view, struct arena *arena, uint32_t tenant);
bool permission_walk_next(struct permission_walk *walk, struct permission_info *info);
void permission_walk_close(struct permission_walk *walk);

/* Whether a role's or client's record grants the codename (not an alias): O(log n), no memory. */
bool record_has_permission(const struct record *record, struct span codename);
/* Whether the roles of a user, or a client itself, grant the codename or alias. */
bool view_holder_has(
	struct view *view, uint32_t tenant, enum kind kind, uint32_t number, struct span codename);
/* What a role lets people do that makes it a privileged one: bits 1 << enum permission; 0: nothing.
 * Who sees only harms nobody: to see people and roles is not to administer them. */
uint64_t role_power(const struct record *role);
/* 1 to 4: of a role as pinned, else 1; of a person the highest of their roles, of anybody else 1.
 */
unsigned role_level(const struct record *role);
unsigned view_level(struct view *view, uint32_t tenant, enum kind kind, uint32_t number);

#endif
