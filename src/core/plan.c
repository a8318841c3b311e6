#include "core/core_int.h"

#include "model/value.h"

/* A plan gives candidates in rising order out of the indexes: an AND leapfrogs over its cheapest
 * parts, an OR merges. What the indexes cannot answer is left to the test of the record. */

#define PARTS_MAX 8 /* cursors that one AND keeps */
#define DEAR 16     /* a part that is so many times longer than the cheapest is tested instead */
#define TRIGRAMS_MAX 6
#define VALUE_KEY_MAX 200    /* octets; the index knows longer values by a hash */
#define RELATED_MAX 64       /* entries that lead to candidates */
#define CHAIN_GROUPS_MAX 64  /* groups whose members are candidates together */
#define RELATED_EXAMINED 256 /* of those that a part of the filter may hold for and does not */

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

static struct plan *plan_new(const struct planner *planner, enum plan_type type, bool exact)
{
	struct plan *plan = arena_zalloc(planner->arena, sizeof *plan);
	plan->type = type;
	plan->exact = plan->counted = exact;
	return plan;
}

static struct plan *plan_postings(
	const struct planner *planner, struct postings *postings, bool exact)
{
	struct plan *plan = plan_new(planner, PLAN_POSTINGS, exact);
	plan->postings = postings;
	return plan;
}

static struct plan *plan_all(const struct planner *planner)
{
	struct plan *plan = plan_new(planner, PLAN_ALL, true);
	plan->postings =
		postings_all(planner->view->txn, planner->arena, planner->tenant, planner->kind);
	return plan;
}

uint64_t plan_estimate(struct plan *plan)
{
	uint64_t sum = 0;
	switch (plan->type) {
	case PLAN_NONE:
		return 0;
	case PLAN_ONE:
		return 1;
	case PLAN_LIST:
		return plan->count;
	case PLAN_AND:
		return plan_estimate(plan->parts[0]);
	case PLAN_OR:
		for (size_t i = 0; i < plan->count; i++)
			sum += plan_estimate(plan->parts[i]);
		return sum;
	default:
		return postings_estimate(plan->postings);
	}
}

/* ---- leaves ---- */

static struct plan *plan_and(
	const struct planner *planner, struct plan **parts, size_t count, bool exact);

/* A class that only some entries of the kind have: those that have what it needs. */
static struct plan *plan_content(const struct planner *planner, const struct class_content *content)
{
	struct plan **parts = arena_array(planner->arena, 2, sizeof *parts);
	size_t count = 0;
	for (size_t i = 0; i < 2; i++)
		if ((i == 0 || content->needs[i] != content->needs[0]) &&
			attr_row(content->needs[i])->index & INDEX_PRESENCE)
			parts[count++] = plan_postings(planner,
				postings_present(planner->view->txn, planner->arena,
					planner->tenant, planner->kind, content->needs[i]),
				true);
	return count ? plan_and(planner, parts, count, true) : NULL;
}

static struct plan *plan_class(const struct planner *planner, const struct filter *filter)
{
	size_t count;
	const struct class_content *contents = class_contents(&count);
	if (filter->op == FILTER_PRESENT || kind_classes(planner->kind) >> filter->object_class & 1)
		return plan_all(planner);
	for (size_t i = 0; i < count; i++)
		if (contents[i].kinds >> planner->kind & 1 &&
			class_with_superclasses(contents[i].object_class) >> filter->object_class &
				1)
			return plan_content(planner, &contents[i]);
	return plan_new(planner, PLAN_NONE, true);
}

static struct plan *plan_one(const struct planner *planner, uint32_t number)
{
	struct plan *plan = plan_new(planner, number ? PLAN_ONE : PLAN_NONE, true);
	plan->at = number;
	return plan;
}

static struct plan *plan_id(const struct planner *planner, const struct filter *filter)
{
	struct uuid id;
	enum kind kind;
	uint32_t number;
	bool found = uuid_parse(filter->value, &id) &&
		     txn_find_id(planner->view->txn, planner->tenant, &id, &kind, &number) &&
		     kind == planner->kind;
	return plan_one(planner, found ? number : 0);
}

static struct plan *plan_computed(const struct planner *planner, const struct filter *filter)
{
	struct txn *txn = planner->view->txn;
	if (!(attr_row(filter->attr)->kinds >> planner->kind & 1))
		return plan_new(planner, PLAN_NONE, true);
	if (filter->attr == ATTR_OBJECT_CLASS)
		return plan_class(planner, filter);
	if (filter->op != FILTER_EQUAL)
		return NULL;
	switch (filter->attr) {
	case ATTR_ID:
		return plan_id(planner, filter);
	case ATTR_ACCOUNT_NAME:
		return plan_postings(planner,
			postings_equal(txn, planner->arena, planner->tenant, planner->kind,
				kind_row(planner->kind)->naming, filter->value),
			false);
	case ATTR_ENTRY_DN:
	case ATTR_DISTINGUISHED_NAME:
		return plan_one(planner, filter->target_kind == planner->kind ? filter->target : 0);
	case ATTR_MEMBER:
	case ATTR_MEMBER_UID:
		if (!filter->target || !kind_is_container(planner->kind))
			return plan_new(planner, PLAN_NONE, true);
		return plan_postings(planner,
			postings_containers(txn, planner->arena, planner->tenant, filter->target,
				planner->kind),
			filter->attr == ATTR_MEMBER);
	case ATTR_MEMBER_OF: {
		if (!filter->target || !kind_is_container(filter->target_kind))
			return plan_new(planner, PLAN_NONE, true);
		struct plan *plan = plan_postings(planner,
			postings_members(txn, planner->arena, planner->tenant, filter->target),
			true);
		plan->counted = false; /* members of other kinds are among them */
		return plan;
	}
	default:
		return NULL;
	}
}

static struct plan *plan_equal(const struct planner *planner, const struct filter *filter)
{
	const struct attr_row *row = attr_row(filter->attr);
	bool own = filter->syntax == row->syntax;
	if (row->flags & ATTR_COMPUTED)
		return plan_computed(planner, filter);
	if (!(row->kinds >> planner->kind & 1))
		return plan_new(planner, PLAN_NONE, true);
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

static struct plan *plan_present(const struct planner *planner, const struct filter *filter)
{
	const struct attr_row *row = attr_row(filter->attr);
	if (row->flags & ATTR_COMPUTED)
		return plan_computed(planner, filter);
	if (!(row->kinds >> planner->kind & 1))
		return plan_new(planner, PLAN_NONE, true);
	if (!(row->index & INDEX_PRESENCE))
		return NULL;
	return plan_postings(planner,
		postings_present(planner->view->txn, planner->arena, planner->tenant, planner->kind,
			filter->attr),
		!(row->flags & ATTR_PER_SOURCE));
}

/* Of the leaf's numbers those of the kind are candidates, or their members. */
static struct plan *plan_chain(const struct planner *planner, const struct filter *filter)
{
	if (!(attr_row(filter->attr)->kinds >> planner->kind & 1) || !filter->chain_count)
		return plan_new(planner, PLAN_NONE, true);
	if (filter->attr != ATTR_MEMBER_OF) {
		struct plan *plan = plan_new(planner, PLAN_LIST, true);
		plan->counted = false;
		plan->list = filter->chain;
		plan->count = filter->chain_count;
		return plan;
	}
	if (filter->chain_count > CHAIN_GROUPS_MAX)
		return NULL;
	struct plan *plan = plan_new(planner, PLAN_OR, true);
	plan->counted = false;
	plan->count = filter->chain_count;
	plan->parts = arena_array(planner->arena, plan->count, sizeof *plan->parts);
	for (size_t i = 0; i < plan->count; i++)
		plan->parts[i] = plan_postings(planner,
			postings_members(planner->view->txn, planner->arena, planner->tenant,
				filter->chain[i]),
			true);
	return plan;
}

/* ---- AND ---- */

static int by_estimate(const void *left, const void *right)
{
	uint64_t a = plan_estimate(*(struct plan *const *)left);
	uint64_t b = plan_estimate(*(struct plan *const *)right);
	return a < b ? -1 : a > b;
}

/* Takes the parts' array; keeps the cheap ones, closes the others. */
static struct plan *plan_and(
	const struct planner *planner, struct plan **parts, size_t count, bool exact)
{
	struct plan *plan = plan_new(planner, PLAN_AND, exact);
	if (!count)
		return plan_all(planner);
	if (count > 1)
		qsort(parts, count, sizeof *parts, by_estimate);
	uint64_t cheapest = count > 1 ? plan_estimate(parts[0]) : 0;
	plan->parts = parts;
	for (size_t i = 0; i < count; i++) {
		bool kept = i == 0 || (i < PARTS_MAX && plan_estimate(parts[i]) / DEAR <= cheapest);
		if (kept)
			parts[plan->count++] = parts[i];
		/* Every candidate's record is fetched: that it is of the kind needs no test. */
		plan->exact &= kept ? parts[i]->exact : parts[i]->type == PLAN_ALL;
		plan->counted &= kept && parts[i]->counted;
		if (!kept)
			plan_close(parts[i]);
	}
	plan->counted &= plan->exact;
	return plan->count == 1 && plan->exact == parts[0]->exact &&
			       plan->counted == parts[0]->counted
		       ? parts[0]
		       : plan;
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

static struct plan *plan_substring(const struct planner *planner, const struct filter *filter)
{
	size_t count = 0;
	const struct attr_row *row = attr_row(filter->attr);
	if (row->flags & ATTR_COMPUTED || !(row->index & INDEX_TRIGRAM) ||
		filter->syntax != row->syntax)
		return NULL;
	if (!(row->kinds >> planner->kind & 1))
		return plan_new(planner, PLAN_NONE, true);
	struct plan **parts = arena_array(planner->arena, TRIGRAMS_MAX, sizeof *parts);
	add_trigrams(planner, filter, filter->value, parts, &count);
	add_trigrams(planner, filter, filter->final, parts, &count);
	for (size_t i = 0; i < filter->any_count; i++)
		add_trigrams(planner, filter, filter->any[i], parts, &count);
	return count ? plan_and(planner, parts, count, false) : NULL;
}

/* ---- entries that a filter leads to ---- */

static struct plan *plan_leading(
	const struct planner *planner, enum attr lead, enum kind kind, uint32_t number)
{
	struct record record;
	struct txn *txn = planner->view->txn;
	switch (lead) {
	case ATTR_MEMBER_OF:
		return plan_postings(planner,
			postings_members(txn, planner->arena, planner->tenant, number), false);
	case ATTR_MEMBER:
		return plan_postings(planner,
			postings_containers(
				txn, planner->arena, planner->tenant, number, planner->kind),
			false);
	default:
		if (!txn_entry(txn, planner->tenant, kind, number, &record))
			return plan_new(planner, PLAN_NONE, true);
		return plan_postings(planner,
			postings_equal(txn, planner->arena, planner->tenant, planner->kind, lead,
				arena_copy(planner->arena, uuid_span(&record.id))),
			false);
	}
}

/* Adds those of one kind for which the part may hold. False: there are too many to look at. */
static bool add_leading(const struct planner *planner, const struct filter *filter, enum kind kind,
	struct plan *any)
{
	uint32_t number = 1;
	unsigned examined = 0;
	bool few = true;
	struct plan *plan =
		plan_make(planner->view, planner->arena, planner->tenant, kind, filter->parts[0]);
	for (; few && number && plan_next(plan, number, &number); number++) {
		struct record record;
		if (!txn_entry(planner->view->txn, planner->tenant, kind, number, &record) ||
			filter_test(filter->parts[0], &record, NULL) == TRUTH_FALSE)
			few = ++examined < RELATED_EXAMINED;
		else if (any->count == RELATED_MAX)
			few = false;
		else
			any->parts[any->count++] =
				plan_leading(planner, filter->attr, kind, number);
	}
	plan_close(plan);
	return few;
}

static struct plan *plan_related(const struct planner *planner, const struct filter *filter)
{
	const struct attr_row *row = attr_row(filter->attr);
	if (!(row->kinds >> planner->kind & 1))
		return plan_new(planner, PLAN_NONE, true);
	if (!(row->flags & ATTR_COMPUTED) && !(row->index & INDEX_EQUALITY))
		return NULL;
	struct plan *any = plan_new(planner, PLAN_OR, false);
	any->parts = arena_array(planner->arena, RELATED_MAX, sizeof *any->parts);
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
		if (filter->kinds >> kind & 1 && !add_leading(planner, filter, kind, any)) {
			plan_close(any);
			return NULL;
		}
	return any;
}

/* ---- the tree ---- */

static struct plan *plan_node(const struct planner *planner, const struct filter *filter);

/* Every candidate is of the planner's kind: that it is needs no part of the plan. */
static bool is_of_kind(const struct planner *planner, const struct filter *filter)
{
	return filter->op == FILTER_KIND && filter->kinds >> planner->kind & 1;
}

/* Nothing holds: what was planned beside it is not needed. */
static struct plan *give_up(struct plan *none, struct plan **parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		plan_close(parts[i]);
	return none;
}

static struct plan *plan_conjunction(const struct planner *planner, const struct filter *filter)
{
	struct plan **parts = arena_array(planner->arena, filter->part_count + 1, sizeof *parts);
	size_t count = 0;
	bool exact = true;
	for (size_t i = 0; i < filter->part_count; i++) {
		if (is_of_kind(planner, filter->parts[i]))
			continue;
		struct plan *part = plan_node(planner, filter->parts[i]);
		if (part && part->type == PLAN_NONE)
			return give_up(part, parts, count);
		if (part)
			parts[count++] = part;
		exact &= part != NULL;
	}
	if (!count && !exact)
		return NULL;
	return plan_and(planner, parts, count, exact);
}

static struct plan *plan_disjunction(const struct planner *planner, const struct filter *filter)
{
	struct plan *plan = plan_new(planner, PLAN_OR, true);
	plan->parts = arena_array(planner->arena, filter->part_count + 1, sizeof *plan->parts);
	for (size_t i = 0; i < filter->part_count; i++) {
		struct plan *part = plan_node(planner, filter->parts[i]);
		if (!part) {
			plan_close(plan);
			return NULL;
		}
		if (part->type == PLAN_NONE)
			continue;
		plan->parts[plan->count++] = part;
		plan->exact &= part->exact;
		plan->counted &= part->counted;
	}
	return plan->count == 1 ? plan->parts[0] : plan;
}

/* NULL: only a walk of the kind answers it. */
static struct plan *plan_node(const struct planner *planner, const struct filter *filter)
{
	struct plan *plan;
	switch (filter->op) {
	case FILTER_AND:
		return plan_conjunction(planner, filter);
	case FILTER_OR:
		return plan_disjunction(planner, filter);
	case FILTER_EQUAL:
		return plan_equal(planner, filter);
	case FILTER_PRESENT:
		return plan_present(planner, filter);
	case FILTER_SUBSTRING:
		return plan_substring(planner, filter);
	case FILTER_SAME_INSTANCE:
		plan = plan_node(planner, filter->parts[0]);
		if (plan)
			plan->exact = plan->counted = false;
		return plan;
	case FILTER_KIND:
		return is_of_kind(planner, filter) ? plan_all(planner)
						   : plan_new(planner, PLAN_NONE, true);
	case FILTER_RELATED:
		return plan_related(planner, filter);
	case FILTER_IN_CHAIN:
		return plan_chain(planner, filter);
	case FILTER_IN_DN:
		return filter->kinds >> planner->kind & 1 ? plan_all(planner)
							  : plan_node(planner, filter->parts[0]);
	case FILTER_UNDEFINED:
		return plan_new(planner, PLAN_NONE, true);
	default:
		return NULL;
	}
}

struct plan *plan_make(struct view *view, struct arena *arena, uint32_t tenant, enum kind kind,
	const struct filter *filter)
{
	struct planner planner = { view, arena, tenant, kind };
	struct plan *plan = filter ? plan_node(&planner, filter) : plan_all(&planner);
	if (plan)
		return plan;
	plan = plan_all(&planner);
	plan->exact = plan->counted = false;
	return plan;
}

/* ---- the stream ---- */

static bool next_and(struct plan *plan, uint32_t least, uint32_t *number)
{
	uint32_t candidate = least;
	for (size_t i = 0, agreed = 0; agreed < plan->count; i = (i + 1) % plan->count) {
		uint32_t found;
		if (!plan_next(plan->parts[i], candidate, &found))
			return false;
		agreed = found == candidate ? agreed + 1 : 1;
		candidate = found;
	}
	*number = candidate;
	return true;
}

static bool next_or(struct plan *plan, uint32_t least, uint32_t *number)
{
	bool any = false;
	for (size_t i = 0; i < plan->count; i++) {
		uint32_t found;
		if (plan_next(plan->parts[i], least, &found) && (!any || found < *number)) {
			*number = found;
			any = true;
		}
	}
	return any;
}

static bool next_in_list(const struct plan *plan, uint32_t least, uint32_t *number)
{
	size_t low = 0, high = plan->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (plan->list[middle] < least)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == plan->count)
		return false;
	*number = plan->list[low];
	return true;
}

static bool next_new(struct plan *plan, uint32_t least, uint32_t *number)
{
	switch (plan->type) {
	case PLAN_NONE:
		return false;
	case PLAN_AND:
		return next_and(plan, least, number);
	case PLAN_OR:
		return next_or(plan, least, number);
	case PLAN_LIST:
		return next_in_list(plan, least, number);
	default:
		return postings_next(plan->postings, least, number);
	}
}

/* The first candidate >= least; asking again for the same is free. */
bool plan_next(struct plan *plan, uint32_t least, uint32_t *number)
{
	if (plan->ended)
		return false;
	if (plan->type == PLAN_ONE || (plan->at && plan->at >= least)) {
		*number = plan->at;
		return plan->at >= least;
	}
	plan->ended = !next_new(plan, least, number);
	if (!plan->ended)
		plan->at = *number;
	return !plan->ended;
}

static bool is_leaf(const struct plan *plan)
{
	return plan->postings && plan->type != PLAN_AND && plan->type != PLAN_OR;
}

uint64_t plan_skip(struct plan *plan, uint32_t least, uint64_t n, uint32_t *last)
{
	uint64_t passed = 0;
	while (passed < n && least && plan_next(plan, least, last)) {
		passed++;
		least = *last + 1;
		if (!is_leaf(plan) || passed == n)
			continue;
		uint64_t more = postings_skip(plan->postings, least, n - passed, &plan->at);
		plan->ended = more < n - passed;
		*last = plan->at;
		passed += more;
		break;
	}
	return passed;
}

bool plan_is_exact(const struct plan *plan)
{
	return plan->exact;
}

bool plan_is_counted(const struct plan *plan)
{
	return plan->counted;
}

bool plan_is_all(const struct plan *plan)
{
	return plan->type == PLAN_ALL && plan->exact;
}

void plan_close(struct plan *plan)
{
	if (plan->postings)
		postings_close(plan->postings);
	plan->postings = NULL;
	for (size_t i = 0; i < plan->count && plan->parts; i++)
		plan_close(plan->parts[i]);
}
