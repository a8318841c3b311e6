#include "core/chain_int.h"

#include "base/limits.h"
#include "core/rules_int.h"

/* Memberships and managers through others. A group knows its containers by a range read, but finds
 * the groups among its members only by a look at each member, or at each group of the tenant,
 * whichever are fewer. */

struct reached {
	uint32_t *numbers; /* in the order in which they were met */
	enum kind *kinds;
	size_t count, capacity;
	uint32_t *slots; /* places in `numbers` + 1; open addressing, never more than half full */
	size_t slot_count;
};

struct chase {
	struct txn *txn;
	struct arena *arena;
	uint32_t tenant;
	struct reached reached;
	uint64_t work;
};

static uint32_t *slot_of(const struct reached *r, uint32_t number)
{
	size_t i = (number * UINT32_C(2654435761)) & (r->slot_count - 1);
	while (r->slots[i] && r->numbers[r->slots[i] - 1] != number)
		i = (i + 1) & (r->slot_count - 1);
	return &r->slots[i];
}

static void widen(struct chase *c)
{
	struct reached *r = &c->reached;
	size_t capacity = r->capacity ? 2 * r->capacity : 32;
	uint32_t *numbers = arena_array(c->arena, capacity, sizeof *numbers);
	enum kind *kinds = arena_array(c->arena, capacity, sizeof *kinds);
	if (r->count) {
		memcpy(numbers, r->numbers, r->count * sizeof *numbers);
		memcpy(kinds, r->kinds, r->count * sizeof *kinds);
	}
	r->numbers = numbers;
	r->kinds = kinds;
	r->capacity = capacity;
	r->slot_count = 2 * capacity;
	r->slots = arena_zalloc(c->arena, r->slot_count * sizeof *r->slots);
	for (size_t i = 0; i < r->count; i++)
		*slot_of(r, r->numbers[i]) = (uint32_t)i + 1;
}

static void reach(struct chase *c, enum kind kind, uint32_t number)
{
	struct reached *r = &c->reached;
	if (r->count == r->capacity)
		widen(c);
	uint32_t *slot = slot_of(r, number);
	if (*slot || r->count == CHAIN_MAX)
		return;
	r->numbers[r->count] = number;
	r->kinds[r->count++] = kind;
	*slot = (uint32_t)r->count;
}

static bool is_spent(const struct chase *c)
{
	return c->reached.count == CHAIN_MAX || c->work > CHAIN_WORK;
}

static void reach_containers(struct chase *c, uint32_t member, uint32_t kinds)
{
	enum kind kind;
	uint32_t number;
	struct memberships *held = memberships_open(c->txn, c->arena, c->tenant, member, kinds);
	while (!is_spent(c) && memberships_next(held, &kind, &number)) {
		c->work++;
		reach(c, kind, number);
	}
	memberships_close(held);
}

/* All that hold the member, at whatever distance. */
static void climb(struct chase *c, uint32_t member, uint32_t kinds)
{
	reach_containers(c, member, kinds);
	for (size_t i = 0; i < c->reached.count && !is_spent(c); i++)
		if (c->reached.kinds[i] == KIND_GROUP)
			reach_containers(c, c->reached.numbers[i], 1u << KIND_GROUP);
}

static void reach_members(struct chase *c, uint32_t group)
{
	struct edge edge;
	uint32_t member = 0;
	struct postings *members = postings_members(c->txn, c->arena, c->tenant, group);
	for (; !is_spent(c) && postings_next(members, member + 1, &member); c->work++)
		if (postings_edge(members, &edge) && edge.member_kind == KIND_GROUP)
			reach(c, KIND_GROUP, member);
	postings_close(members);
}

static void reach_groups_in(struct chase *c, uint32_t group)
{
	struct edge edge;
	uint32_t number = 0;
	struct postings *groups = postings_all(c->txn, c->arena, c->tenant, KIND_GROUP);
	for (; !is_spent(c) && postings_next(groups, number + 1, &number); c->work++)
		if (txn_edge(c->txn, c->tenant, group, number, &edge))
			reach(c, KIND_GROUP, number);
	postings_close(groups);
}

/* The container and the groups in it, at whatever distance. */
static void descend_groups(struct chase *c, enum kind kind, uint32_t container)
{
	reach(c, kind, container);
	if (kind != KIND_GROUP)
		return;
	uint64_t groups = txn_count(c->txn, c->tenant, KIND_GROUP);
	for (size_t i = 0; i < c->reached.count && !is_spent(c); i++) {
		uint32_t group = c->reached.numbers[i];
		if (txn_member_count(c->txn, c->tenant, group) <= groups)
			reach_members(c, group);
		else
			reach_groups_in(c, group);
	}
}

static void reach_reports(struct chase *c, uint32_t person)
{
	struct record record;
	uint32_t number = 0;
	if (!txn_entry(c->txn, c->tenant, KIND_USER, person, &record))
		return;
	struct postings *reports = postings_equal(c->txn, c->arena, c->tenant, KIND_USER,
		ATTR_MANAGER, arena_copy(c->arena, uuid_span(&record.id)));
	for (; !is_spent(c) && postings_next(reports, number + 1, &number); c->work++)
		reach(c, KIND_USER, number);
	postings_close(reports);
}

/* Everybody below the person; the person too in a circle, which there is none of. */
static void descend_people(struct chase *c, uint32_t person)
{
	reach_reports(c, person);
	for (size_t i = 0; i < c->reached.count && !is_spent(c); i++)
		reach_reports(c, c->reached.numbers[i]);
}

static int by_number(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	return a < b ? -1 : a > b;
}

static void keep(struct chase *c, struct filter *filter)
{
	qsort(c->reached.numbers, c->reached.count, sizeof *c->reached.numbers, by_number);
	filter->chain = c->reached.numbers;
	filter->chain_count = c->reached.count;
}

enum err chain_make(struct view *view, struct arena *arena, uint32_t tenant, struct filter *filter,
	uint64_t *work, struct why *why)
{
	struct chase c = { .txn = view->txn, .arena = arena, .tenant = tenant, .work = *work };
	widen(&c);
	if (filter->target && filter->attr == ATTR_MEMBER)
		climb(&c, filter->target, 1u << KIND_ROLE | 1u << KIND_SCOPE | 1u << KIND_GROUP);
	else if (filter->target && filter->attr == ATTR_MEMBER_OF &&
		 kind_is_container(filter->target_kind))
		descend_groups(&c, filter->target_kind, filter->target);
	else if (filter->target_kind == KIND_USER && filter->attr == ATTR_MANAGER)
		descend_people(&c, filter->target);
	*work = c.work;
	if (is_spent(&c))
		return fail(why, ERR_TOO_LARGE, attr_row(filter->attr)->ldap,
			"the chain leads through too many entries");
	keep(&c, filter);
	return OK;
}

bool chain_holds(struct view *view, struct arena *arena, uint32_t tenant, uint32_t member,
	const struct filter *filter)
{
	enum kind kind;
	uint32_t number;
	bool found = false;
	struct memberships *held = memberships_open(view->txn, arena, tenant, member,
		1u << KIND_ROLE | 1u << KIND_SCOPE | 1u << KIND_GROUP);
	while (!found && memberships_next(held, &kind, &number))
		found = filter_chain_has(filter, number);
	memberships_close(held);
	return found;
}

size_t chain_containers(struct view *view, struct arena *arena, uint32_t tenant, uint32_t member,
	uint32_t kinds, const uint32_t **numbers, const enum kind **of_kind)
{
	struct chase c = { .txn = view->txn, .arena = arena, .tenant = tenant };
	widen(&c);
	climb(&c, member, kinds);
	*numbers = c.reached.numbers;
	*of_kind = c.reached.kinds;
	return c.reached.count;
}
