/* Conflicts as doors see them: what a machine must not decide, an entry of KIND_CONFLICT each, that
 * an administrator settles. schema/conflicts.def has their types, schema/resolutions.def the
 * answers. conflict_int.h says how they come and go. */
#ifndef CORE_CONFLICT_H
#define CORE_CONFLICT_H

#include "base/arena.h"
#include "base/uuid.h"
#include "model/attr.h"

enum conflict_type {
#define CONFLICT(id, word, answers, sentence, closes) CONFLICT_##id,
#include "conflicts.def"
#undef CONFLICT
	CONFLICT_TYPES
};

enum resolution {
	RESOLUTION_NONE,
#define RESOLUTION(id, word, state, sentence) RESOLUTION_##id,
#include "resolutions.def"
#undef RESOLUTION
	RESOLUTION_COUNT
};

struct conflict_row {
	const char *word, *sentence, *closes;
	uint32_t answers; /* bits 1 << resolution */
};
const struct conflict_row *conflict_row(enum conflict_type type);
/* CONFLICT_TYPES, RESOLUTION_NONE: there is no such word. */
enum conflict_type conflict_by_word(struct span word);
enum resolution resolution_by_word(struct span word);
const char *resolution_word(enum resolution resolution);
/* What a conflict's state is by that answer. */
const char *resolution_state(enum resolution resolution);
/* What comes of it, for the administrator. */
const char *resolution_sentence(enum resolution resolution);
bool conflict_may_be(enum conflict_type type, enum resolution answer);
/* The same of this one as it stands: what is open is not opened again, and only what has several
 * values can have both. */
struct record;
bool conflict_offers(const struct record *conflict, enum resolution answer);

/* Bits 1 << type: a held run, of which the plan is what is decided on. Each is answered by itself:
 * who answers many at once has not read its plan. */
#define CONFLICTS_OF_RUNS                                                                          \
	(1u << CONFLICT_MASS_CHANGE | 1u << CONFLICT_MEMBERSHIP_DROP | 1u << CONFLICT_SHRINK |     \
		1u << CONFLICT_ROLLBACK)
static inline bool conflict_is_of_run(enum conflict_type type)
{
	return type < CONFLICT_TYPES && (CONFLICTS_OF_RUNS >> type & 1);
}

/* Whom a held person might be. */
struct conflict_candidate {
	struct uuid user;
	struct span why; /* the attributes that matched: "userName emails.value" */
};

#define CONFLICT_FACTS_MAX 24
#define CONFLICT_CANDIDATES_MAX 8

/* REPORT: what a directory found that no refused command tells of; the system reports in the name
 * of a source. There is one entry a (source, anchor, type, what); what comes again is counted, and
 * opens it again but for an answer that stands: IGNORE for ever, KEEP_LOCAL as long as `theirs` is
 * the same. No secret in any of it. ERR_FORBIDDEN for all others. */
struct conflict_report {
	bool end;          /* closes what is open, or tried again, of `types`, about the anchor,
			    * if it is not nil */
	uint32_t types;    /* end: bits 1 << type */
	const char *cause; /* end: why, for the administrator */
	enum conflict_type type; /* of what is opened */
	struct uuid source;      /* the system's reports: whose it is */
	struct uuid anchor;      /* of the upstream entry; nil: it is about none */
	struct uuid subject;     /* whom it is about here: holder, plan, group; nil: nobody */
	enum attr attr;          /* what it is about; ATTR_NONE: what `what` says, if anything */
	struct span what, dn, ours, theirs, base;
	const struct span *facts; /* "userName=ada" */
	size_t fact_count;
	const struct conflict_candidate *candidates;
	size_t candidate_count;
};

/* A state row of the tenant: when (wall, in microseconds) a conflict about an upstream entry of the
 * source was last answered, or what stood against it here went: it is to be looked at again. */
struct span conflict_mark_key(struct arena *arena, const struct uuid *source);
/* The same of a directory: when a role that its groups are mapped to came to let people do
 * something else; what it may give is to be looked at again. */
struct span approval_mark_key(struct arena *arena, const struct uuid *directory);

/* SETTLE: an answer.
 *   KEEP_LOCAL     nothing changes
 *   TAKE_UPSTREAM  owned: the value is the source's, as it said it; of a name: the subject lets go
 *                  of it
 *   MERGE          owned: the source's value stands beside the other
 *   LINK           the subject, the only candidate or `to` is whom the source means
 *   UNLINK         no directory stands behind the subject any more; what it said is the
 *                  administrators', and who was inactive by it stays so
 *   APPROVE_ONCE   grant: the group may give the role, for as long as both are what they are
 *   CREATE, RETRY, APPROVE_ONCE  else for the source, which acts on the state; a plan is approved
 *                  by who holds it; ERR_UNWILLING of a held run among many
 *   IGNORE, REOPEN the state alone */
struct settlement {
	enum resolution as;
	struct uuid to;    /* LINK; nil: whom the conflict names */
	bool end_password; /* LINK: the password here does not let in any more */
	int64_t since;     /* what was answered after this moment (wall, in microseconds) stands:
			    * ERR_CONFLICT; 0: this answer does, whenever another was given */
};

/* What a directory or connection has brought up: what waits, what was ignored, what was answered.
 */
struct view;
struct conflict_tally {
	uint64_t open, ignored, settled;
};
struct conflict_tally conflict_tally(
	struct view *view, struct arena *arena, uint32_t tenant, const struct uuid *source);

#endif
