/* What the files of the planner share: what a plan is made of, and who makes the leaves. A plan
 * lives in its planner's arena; what it holds of the store is let go by plan_close(). */
#ifndef CORE_PLAN_INT_H
#define CORE_PLAN_INT_H

#include "core/core_int.h"

enum plan_type { PLAN_ALL, PLAN_POSTINGS, PLAN_ONE, PLAN_NONE, PLAN_AND, PLAN_OR, PLAN_LIST };

struct plan {
	enum plan_type type;
	bool exact, counted;
	struct postings *postings;
	struct plan **parts;
	size_t count;
	const uint32_t *list; /* PLAN_LIST: `count` numbers, rising */
	uint32_t at;          /* the number last found, or of PLAN_ONE; 0: none yet */
	bool ended;
};

struct planner {
	struct view *view;
	struct arena *arena;
	uint32_t tenant;
	enum kind kind;
};

/* ---- nodes (plan_node.c) ---- */

struct plan *plan_new(const struct planner *planner, enum plan_type type, bool exact);
/* Of one cursor, which is taken over. */
struct plan *plan_postings(const struct planner *planner, struct postings *postings, bool exact);
/* Every entry of the kind. */
struct plan *plan_all(const struct planner *planner);
struct plan *plan_none(const struct planner *planner);
/* 0: none. */
struct plan *plan_one(const struct planner *planner, uint32_t number);
/* Takes the parts' array; keeps the cheap ones, closes the others. */
struct plan *plan_and(const struct planner *planner, struct plan **parts, size_t count, bool exact);

/* ---- leaves; NULL: no index answers them ---- */

struct plan *plan_equal(const struct planner *planner, const struct filter *filter);
struct plan *plan_present(const struct planner *planner, const struct filter *filter);
struct plan *plan_substring(const struct planner *planner, const struct filter *filter);
/* Of attributes that nobody stored (plan_computed.c). */
struct plan *plan_computed(const struct planner *planner, const struct filter *filter);
/* Of entries that others lead to (plan_related.c). */
struct plan *plan_chain(const struct planner *planner, const struct filter *filter);
struct plan *plan_related(const struct planner *planner, const struct filter *filter);

#endif
