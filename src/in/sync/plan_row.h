/* One row of a run's plan: what is done to one object, and by which rule. Rows are stored in chunks
 * of some KiB, state rows that go with the plan's entry. Decoded spans borrow from the octets. */
#ifndef IN_SYNC_PLAN_ROW_H
#define IN_SYNC_PLAN_ROW_H

#include "base/buffer.h"
#include "base/err.h"
#include "base/uuid.h"
#include "model/kind.h"

enum plan_action {
#define ACTION(id, word) PLAN_##id,
#include "in/sync/plan_action.def"
#undef ACTION
	PLAN_ACTIONS
};
const char *plan_action_word(enum plan_action action);
/* PLAN_ACTIONS: no such word. */
enum plan_action plan_action_by_word(struct span word);

#define PLAN_CHANGES_MAX 64 /* of one row */
#define PLAN_TEXT_MAX 200   /* octets of a value, a name, a DN */
#define PLAN_ROW_MAX (48 * KIB)

struct plan_change {
	struct span what;     /* "title", "member" */
	struct span old, new; /* either may be empty */
};

struct plan_row {
	enum plan_action action;
	enum kind kind;
	struct uuid anchor; /* nil: of a role or scope */
	struct span name, dn, rule;
	uint32_t added, removed; /* members; more than are named below */
	struct plan_change changes[PLAN_CHANGES_MAX];
	size_t change_count;
};

/* A length (4) and the row. */
void plan_row_write(struct buffer *out, const struct plan_row *row);
/* The row at the front of *octets, which moves behind it; false at the end. A damaged one gives
 * ERR_CORRUPT in *err. */
bool plan_row_read(struct span *octets, struct plan_row *row, enum err *err, struct why *why);

#endif
