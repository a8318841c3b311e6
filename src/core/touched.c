#include "core/touched.h"

#include "core/core_int.h"

/* What one effect leads to, one after the other. */
enum touched_step {
	TOUCHED_SELF,   /* the entry, or the container of an edge */
	TOUCHED_MEMBER, /* of the edge */
	TOUCHED_ROLES,  /* that hold whoever was renamed */
	TOUCHED_SCOPES,
	TOUCHED_GROUPS,
	TOUCHED_MEMBERS,
	/* With ldap.nested_members: everybody, to be told apart by their dates. */
	TOUCHED_ALL_USERS,
	TOUCHED_ALL_GROUPS,
	TOUCHED_REFERRERS, /* a step for each reference attribute and kind */
};

struct touched_walk {
	struct view *view;
	struct arena *arena;
	const struct change *change;
	struct touched_place at;
	/* Of the effect under way: */
	bool is_known;
	bool is_edge; /* that came or went */
	bool is_renamed, is_gone;
	/* Of the step under way: */
	bool is_open;
	struct postings *numbers;
	enum kind kind; /* KIND_NONE: the edges say */
	bool nested;
};

struct touched_walk *view_touched(struct view *view, struct arena *arena,
	const struct change *change, const struct touched_place *place)
{
	struct touched_walk *walk = arena_zalloc(arena, sizeof *walk);

	walk->view = view;
	walk->arena = arena;
	walk->change = change;
	walk->at = *place;
	walk->nested = view_policy(view, change->tenant, POLICY_LDAP_NESTED) != 0;
	return walk;
}

void touched_close(struct touched_walk *walk)
{
	if (walk->numbers)
		postings_close(walk->numbers);
	walk->numbers = NULL;
	walk->is_open = false;
}

void touched_place(const struct touched_walk *walk, struct touched_place *place)
{
	*place = walk->at;
}

static bool is_in_tree(enum kind kind)
{
	return kind < KIND_COUNT && kind_row(kind) && kind_row(kind)->ou;
}

static bool differs_in(const struct record *before, const struct record *after, enum attr attr)
{
	return !span_equal(record_first(before, attr), record_first(after, attr));
}

static bool comes_or_goes(const struct effect *effect)
{
	return effect->type == EFFECT_EDGE && (effect->before.len > 0) != (effect->after.len > 0);
}

static void look_at(struct touched_walk *walk, const struct effect *effect)
{
	struct record before, after;
	bool was = effect->before.len > 0, is = effect->after.len > 0;
	bool is_entry = effect->type == EFFECT_ENTRY;

	walk->is_known = true;
	walk->is_edge = comes_or_goes(effect);
	walk->is_gone = is_entry && was && !is;
	walk->is_renamed = is_entry && was && is &&
			   record_open(effect->before, &before, NULL) == OK &&
			   record_open(effect->after, &after, NULL) == OK &&
			   (differs_in(&before, &after, kind_row(after.kind)->naming) ||
				   differs_in(&before, &after, ATTR_RDN));
}

/* ---- the rows of a step ---- */

/* The n-th pair of a reference attribute that LDAP shows and a kind that has it. */
static bool reference_of(unsigned n, enum attr *attr, enum kind *kind)
{
	size_t count;
	const struct attr_row *rows = attr_rows(&count);

	for (size_t i = 0; i < count; i++) {
		if (!attr_shows_name(&rows[i]))
			continue;
		for (enum kind k = KIND_NONE + 1; k < KIND_COUNT; k++)
			if (rows[i].kinds >> k & 1 && is_in_tree(k) && n-- == 0) {
				*attr = rows[i].attr;
				*kind = k;
				return true;
			}
	}
	return false;
}

/* Whoever lies in the group, at any depth, shows it too. */
static bool reaches_below(const struct touched_walk *walk, const struct effect *effect)
{
	if (!walk->nested)
		return false;
	return walk->is_edge ? kind_is_container(effect->member_kind)
			     : walk->is_renamed && kind_is_container(effect->kind);
}

static struct postings *rows_of(struct touched_walk *walk, const struct effect *effect)
{
	static const enum kind kinds[TOUCHED_REFERRERS] = { [TOUCHED_ROLES] = KIND_ROLE,
		[TOUCHED_SCOPES] = KIND_SCOPE,
		[TOUCHED_GROUPS] = KIND_GROUP,
		[TOUCHED_ALL_USERS] = KIND_USER,
		[TOUCHED_ALL_GROUPS] = KIND_GROUP };
	struct txn *txn = walk->view->txn;
	uint32_t tenant = walk->change->tenant;
	unsigned step = walk->at.step;
	enum attr attr;

	walk->kind = step < TOUCHED_REFERRERS ? kinds[step] : KIND_NONE;
	switch (step) {
	case TOUCHED_ROLES:
	case TOUCHED_SCOPES:
	case TOUCHED_GROUPS:
		return walk->is_renamed ? postings_containers(txn, walk->arena, tenant,
						  effect->number, walk->kind)
					: NULL;
	case TOUCHED_MEMBERS:
		return walk->is_renamed && kind_is_container(effect->kind)
			       ? postings_members(txn, walk->arena, tenant, effect->number)
			       : NULL;
	case TOUCHED_ALL_USERS:
	case TOUCHED_ALL_GROUPS:
		return reaches_below(walk, effect)
			       ? postings_all(txn, walk->arena, tenant, walk->kind)
			       : NULL;
	default:
		return (walk->is_renamed || walk->is_gone) &&
				       reference_of(step - TOUCHED_REFERRERS, &attr, &walk->kind)
			       ? postings_equal(txn, walk->arena, tenant, walk->kind, attr,
					 uuid_span(&effect->id))
			       : NULL;
	}
}

/* ---- one after the other ---- */

static void name(
	struct touched_walk *walk, struct touched *touched, enum kind kind, uint32_t number)
{
	*touched = (struct touched){ .kind = kind, .number = number };
	walk->at.after = number;
}

/* Of many edges of a group, and the group itself, one names it: where it is written, else the
 * first. */
static bool is_named_elsewhere(const struct touched_walk *walk, uint32_t number)
{
	const struct change *change = walk->change;

	for (size_t i = 0; i < change->count; i++) {
		const struct effect *other = &change->effects[i];

		if (other->type == EFFECT_ENTRY && other->number == number)
			return true;
		if (i < walk->at.effect && comes_or_goes(other) &&
			(other->number == number || other->member == number))
			return true;
	}
	return false;
}

static bool next_self(
	struct touched_walk *walk, const struct effect *effect, struct touched *touched)
{
	if (walk->at.after || (effect->type != EFFECT_ENTRY && !walk->is_edge))
		return false;
	if (walk->is_edge && is_named_elsewhere(walk, effect->number))
		return false;
	name(walk, touched, effect->kind, effect->number);
	touched->id = effect->id;
	if (walk->is_edge)
		return true;
	touched->is_written = true;
	touched->is_gone = walk->is_gone;
	touched->is_renamed = walk->is_renamed;
	touched->before = effect->before;
	touched->after = effect->after;
	return true;
}

static bool next_member(
	struct touched_walk *walk, const struct effect *effect, struct touched *touched)
{
	if (walk->at.after || !walk->is_edge || is_named_elsewhere(walk, effect->member))
		return false;
	name(walk, touched, effect->member_kind, effect->member);
	touched->id = effect->member_id;
	return true;
}

static bool next_number(
	struct touched_walk *walk, const struct effect *effect, struct touched *touched)
{
	struct edge edge;
	uint32_t number;

	if (!walk->is_open)
		walk->numbers = rows_of(walk, effect);
	walk->is_open = true;
	if (!walk->numbers || walk->at.after == UINT32_MAX ||
		!postings_next(walk->numbers, walk->at.after + 1, &number))
		return false;
	if (walk->kind == KIND_NONE && !postings_edge(walk->numbers, &edge))
		return false;
	name(walk, touched, walk->kind == KIND_NONE ? edge.member_kind : walk->kind, number);
	return true;
}

static bool next_of_step(
	struct touched_walk *walk, const struct effect *effect, struct touched *touched)
{
	switch (walk->at.step) {
	case TOUCHED_SELF:
		return next_self(walk, effect, touched);
	case TOUCHED_MEMBER:
		return next_member(walk, effect, touched);
	default:
		return next_number(walk, effect, touched);
	}
}

static void next_step(struct touched_walk *walk)
{
	enum attr attr;
	enum kind kind;

	touched_close(walk);
	walk->at.after = 0;
	walk->at.step++;
	if (walk->at.step < TOUCHED_REFERRERS ||
		((walk->is_renamed || walk->is_gone) &&
			reference_of(walk->at.step - TOUCHED_REFERRERS, &attr, &kind)))
		return;
	walk->at.step = TOUCHED_SELF;
	walk->at.effect++;
	walk->is_known = false;
}

bool touched_next(struct touched_walk *walk, struct touched *touched)
{
	while (walk->at.effect < walk->change->count) {
		const struct effect *effect = &walk->change->effects[walk->at.effect];

		if (!walk->is_known)
			look_at(walk, effect);
		if (next_of_step(walk, effect, touched))
			return true;
		next_step(walk);
	}
	return false;
}
