/* Searching a view by a filter, within the rights of whoever asks, in the order of numbers or of an
 * attribute, a budget at a time. */
#ifndef CORE_SEARCH_H
#define CORE_SEARCH_H

#include "core/view.h"
#include "model/filter.h"

/* How the door's text of a reference ("uid=x,ou=people,...", or an id) becomes an entry. False:
 * there is none. */
typedef bool (*resolve_reference)(
	void *arg, struct view *view, struct span text, struct record *record);

struct search_spec {
	const struct actor
		*actor; /* without the kind's view permission it sees its own entry only */
	uint32_t tenant;
	uint32_t kinds;        /* bits 1 << kind */
	uint32_t only;         /* an entry number, or 0: all of the kinds */
	struct filter *filter; /* NULL: all; reference leaves are resolved in place */
	/* Where the tenant's ldap.nested_members says so, memberOf is that of groups of groups. */
	bool nested_by_policy;
	resolve_reference resolve;
	/* Whether a person may be found out by their name in a filter (memberUid); NULL: any. */
	bool (*knows)(void *arg, struct view *view, const struct record *person);
	void *resolve_arg;
	/* By this attribute, then by number; those without a value last, descending first; of
	 * several values the primary one counts, else the first. ATTR_NONE: by kind and number.
	 * CREATED, MODIFIED and what is indexed in order always; others, and MODIFIED, take a
	 * filter when there are very many (ERR_TOO_MANY). ERR_VALUE: not by this one. */
	enum attr sort;
	bool descending;
	bool walk;            /* in the order of the index whatever that costs, see search_weigh */
	bool living;          /* without those whom delete.mode=disable has deleted */
	bool custom;          /* without the built-in roles */
	enum kind after_kind; /* resume behind this position, KIND_NONE: from the start */
	uint32_t after_number;
	struct span after_key; /* sorted: what search_sort_key said there */
};

struct search;
/* Plans on the indexes; the search holds cursors of the view until closed or the view ends.
 * ERR_FORBIDDEN without rights. */
enum err search_open(struct view *view, struct arena *arena, const struct search_spec *spec,
	struct search **search, struct why *why);
enum step {
	STEP_FOUND,
	STEP_MORE /* the budget ended: call again, perhaps in another turn */,
	STEP_END
};
/* Passes over at most n matches as long as the indexes alone know them; returns how many. For
 * pages that begin far behind the start, before the first search_next. */
uint64_t search_skip(struct search *search, uint64_t n);
/* Examines at most *budget candidates and counts it down. The position after it (kind and number of
 * the last one examined) resumes the search in a new view. */
enum step search_next(struct search *search, unsigned *budget, struct record *record);
void search_position(const struct search *search, enum kind *kind, uint32_t *number);
/* The other half of the position of a sorted search, at most CURSOR_SORT_MAX octets, borrowed until
 * the next step; else empty. */
struct span search_sort_key(const struct search *search);
/* The record, of whatever time, is of what the search may see and was asked for; its filter aside,
 * or with it. */
bool search_covers(const struct search *search, const struct record *record);
bool search_holds(const struct search *search, const struct record *record);
/* Whether the filter holds depends on the record's own values and on nothing else. */
bool search_is_of_values(const struct search *search);
void search_close(struct search *search);

/* For doors that sort themselves. */

/* The entry of that number, when the search covers it and the filter holds for it now. */
bool search_look(struct search *search, enum kind kind, uint32_t number, struct record *record);
/* What the two ways cost, asked of a search that is not sorted: how many candidates the indexes
 * leave, and how many entries a walk in the order of an index would pass to its end. */
void search_weigh(struct search *search, uint64_t *candidates, uint64_t *all);
/* There is such a walk. */
bool search_can_walk(enum attr attr);
#define SEARCH_KEY_MAX 204
/* Octets that stand in memory order as the normal values do under the syntax, cut to the limit;
 * none is the beginning of another. Returns how many. */
size_t search_value_key(enum attr attr, struct span normal, uint8_t key[SEARCH_KEY_MAX]);
/* How many match, counted to the end; cheap when the plan is exact (all of a kind, one equality).
 */
enum err search_count(struct view *view, struct arena *arena, const struct search_spec *spec,
	uint64_t *count, struct why *why);

#endif
