/* What the files behind decide.h share: reading a tenant at a moment, and the two halves of a
 * decision: what holds for everybody who might be asked about, and what one holder adds. */
#ifndef CORE_DECIDE_INT_H
#define CORE_DECIDE_INT_H

#include "core/core_int.h"
#include "core/decide.h"
#include "core/permission.h"

/* ---- the past ---- */

/* What an entry or an edge was at the moment; rows are there only for what has changed since. */
struct past_entry {
	uint32_t number;
	enum kind kind;
	struct uuid id;
	struct span before; /* empty: it was not there */
	size_t order;       /* the higher, the older */
};

struct past_edge {
	uint32_t container, member;
	enum kind container_kind;
	struct span before;
	size_t order;
};

struct past {
	uint32_t tenant;
	int64_t time;
	struct past_entry *entries; /* by number */
	size_t entry_count;
	struct past_edge *edges;    /* by container, then member */
	struct past_edge **members; /* the same by member, then container */
	size_t edge_count;
	struct record tenant_entry; /* as it was */
};

/* view_as_of that reads at most so many changes, or octets of them. */
enum err past_undo(struct view *view, struct arena *arena, uint32_t tenant, int64_t time,
	uint64_t changes, int64_t octets, const struct past **past, struct why *why);

/* ---- a moment ---- */

struct moment {
	struct txn *txn;
	struct arena *arena; /* of cursors */
	uint32_t tenant;
	const struct past *past; /* NULL: now */
};

struct moment moment_of(
	struct txn *txn, struct arena *arena, uint32_t tenant, const struct past *past);
int64_t moment_time(const struct moment *moment);
bool moment_entry(
	const struct moment *moment, enum kind kind, uint32_t number, struct record *record);
bool moment_edge(
	const struct moment *moment, uint32_t container, uint32_t member, struct edge *edge);
/* The lowest number whose attribute has this normal value, and its record. */
bool moment_find(const struct moment *moment, enum kind kind, enum attr attr, struct span normal,
	struct record *record);

/* As view_permission, with the tenant's settings at that moment, or NULL. */
bool catalogue_find(const struct moment *moment, const struct record *settings,
	struct span codename, struct permission_info *info);

/* Entry numbers in rising order, as postings are: those of the store with those of the past before
 * them. */
struct walk;
struct walk *walk_members(const struct moment *moment, uint32_t container);
struct walk *walk_containers(const struct moment *moment, uint32_t member, enum kind kind);
/* Entries of the kind that have the normal value; ATTR_NONE: all. */
struct walk *walk_entries(
	const struct moment *moment, enum kind kind, enum attr attr, struct span normal);
/* The first number >= least, which begins at 1 and is then behind the last number found. */
bool walk_next(struct walk *walk, uint32_t least, uint32_t *number);
uint64_t walk_estimate(struct walk *walk);
void walk_close(struct walk *walk);

/* Of a user; a client holds none. */
struct held_roles {
	struct record *records;
	size_t count;
};
struct held_roles held_roles(const struct moment *moment, uint32_t user);

/* ---- a decision ---- */

/* What holds for whoever is asked about. */
struct ground {
	struct moment moment;
	uint32_t missing; /* bits of reasons */
	struct record settings;
	bool has_settings;
	uint64_t full_access, empty_means; /* policies */
	struct permission_info permission; /* unless it is unknown */
	uint32_t scope;
};
/* `arena` is for cursors; number and kind of the query are not looked at. */
void ground_lay(
	struct ground *ground, struct view *view, struct arena *arena, const struct query *query);
const struct record *ground_settings(const struct ground *ground); /* or NULL */
/* All that is missing, with what the ground misses. */
uint32_t ground_judge(const struct ground *ground, enum kind kind, uint32_t number);
/* The value of the policy full_access for this holder. */
uint64_t ground_full_access(const struct ground *ground, const struct record *holder);

/* ---- an explanation ---- */

struct climb {
	struct rung *rungs; /* groups above the holder, the nearest first; NULL: not climbed yet */
	size_t count;
};

struct telling {
	struct moment moment; /* its arena holds what is told */
	struct arena *scratch;
	uint32_t holder;
	struct climb climb;
};
/* False: there is no such membership. */
bool tell_membership(
	struct telling *telling, enum kind kind, uint32_t container, struct membership *membership);

#endif
