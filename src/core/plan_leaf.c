/* What the indexes hold of the values that are stored. */
#include "core/plan_int.h"

#include "model/value.h"

#define TRIGRAMS_MAX 6
#define VALUE_KEY_MAX 200 /* octets; the index knows longer values by a hash */

struct plan *plan_equal(const struct planner *planner, const struct filter *filter)
{
	const struct attr_row *row = attr_row(filter->attr);
	bool own = filter->syntax == row->syntax;
	if (row->flags & ATTR_COMPUTED)
		return plan_computed(planner, filter);
	if (!(row->kinds >> planner->kind & 1))
		return plan_none(planner);
	/* Texts that are equal with case are so without. */
	if (!(row->index & INDEX_EQUALITY) ||
		(!own && (filter->syntax != SYNTAX_CASED || row->syntax != SYNTAX_TEXT)))
		return NULL;
	return plan_postings(planner,
		postings_equal(planner->view->txn, planner->arena, planner->tenant, planner->kind,
			filter->attr,
			own ? filter->value
			    : value_normal(planner->arena, filter->attr, filter->value)),
		own && filter->value.len <= VALUE_KEY_MAX && !(row->flags & ATTR_PER_SOURCE));
}

struct plan *plan_present(const struct planner *planner, const struct filter *filter)
{
	const struct attr_row *row = attr_row(filter->attr);
	if (row->flags & ATTR_COMPUTED)
		return plan_computed(planner, filter);
	if (!(row->kinds >> planner->kind & 1))
		return plan_none(planner);
	if (!(row->index & INDEX_PRESENCE))
		return NULL;
	return plan_postings(planner,
		postings_present(planner->view->txn, planner->arena, planner->tenant, planner->kind,
			filter->attr),
		!(row->flags & ATTR_PER_SOURCE));
}

static void add_trigrams(const struct planner *planner, const struct filter *filter,
	struct span part, struct plan **parts, size_t *count)
{
	/* Neighbouring trigrams say nearly the same: spread them from end to end of the part. */
	size_t all = part.len < 3 ? 0 : part.len - 2, room = TRIGRAMS_MAX - *count;
	size_t chosen = all < room ? all : room;
	for (size_t i = 0; i < chosen; i++) {
		size_t at = chosen > 1 ? i * (all - 1) / (chosen - 1) : 0;
		parts[(*count)++] = plan_postings(planner,
			postings_trigram(planner->view->txn, planner->arena, planner->tenant,
				planner->kind, filter->attr, part.data + at),
			false);
	}
}

struct plan *plan_substring(const struct planner *planner, const struct filter *filter)
{
	size_t count = 0;
	const struct attr_row *row = attr_row(filter->attr);
	if (row->flags & ATTR_COMPUTED || !(row->index & INDEX_TRIGRAM) ||
		filter->syntax != row->syntax)
		return NULL;
	if (!(row->kinds >> planner->kind & 1))
		return plan_none(planner);
	struct plan **parts = arena_array(planner->arena, TRIGRAMS_MAX, sizeof *parts);
	add_trigrams(planner, filter, filter->value, parts, &count);
	add_trigrams(planner, filter, filter->final, parts, &count);
	for (size_t i = 0; i < filter->any_count; i++)
		add_trigrams(planner, filter, filter->any[i], parts, &count);
	return count ? plan_and(planner, parts, count, false) : NULL;
}
