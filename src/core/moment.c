#include "core/decide_int.h"

#include "base/clock.h"
#include "model/value.h"

struct moment moment_of(
	struct txn *txn, struct arena *arena, uint32_t tenant, const struct past *past)
{
	return (struct moment){ txn, arena, tenant, past };
}

int64_t moment_time(const struct moment *moment)
{
	return moment->past ? moment->past->time : clock_wall();
}

/* ---- what was before ---- */

static const struct past_entry *find_past_entry(const struct past *past, uint32_t number)
{
	size_t low = 0, high = past ? past->entry_count : 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (past->entries[middle].number == number)
			return &past->entries[middle];
		if (past->entries[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool is_before(const struct past_edge *edge, uint32_t container, uint32_t member)
{
	return edge->container != container ? edge->container < container : edge->member < member;
}

/* The place of the first row that is not before (container, member). */
static size_t seek_edge(const struct past *past, uint32_t container, uint32_t member)
{
	size_t low = 0, high = past ? past->edge_count : 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (is_before(&past->edges[middle], container, member))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t seek_member(const struct past *past, uint32_t member)
{
	size_t low = 0, high = past ? past->edge_count : 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (past->members[middle]->member < member)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- entries and edges ---- */

bool moment_entry(
	const struct moment *moment, enum kind kind, uint32_t number, struct record *record)
{
	struct record was;
	const struct past_entry *before = find_past_entry(moment->past, number);
	if (!before)
		return txn_entry(moment->txn, moment->tenant, kind, number, record);
	if (!before->before.len || record_open(before->before, &was, NULL) || was.kind != kind)
		return false;
	*record = was;
	return true;
}

bool moment_edge(
	const struct moment *moment, uint32_t container, uint32_t member, struct edge *edge)
{
	const struct past *past = moment->past;
	size_t at = seek_edge(past, container, member);
	if (!past || at == past->edge_count || past->edges[at].container != container ||
		past->edges[at].member != member)
		return txn_edge(moment->txn, moment->tenant, container, member, edge);
	if (!past->edges[at].before.len || edge_read(past->edges[at].before, edge, NULL))
		return false;
	edge->container = container;
	edge->member = member;
	return true;
}

bool moment_find(const struct moment *moment, enum kind kind, enum attr attr, struct span normal,
	struct record *record)
{
	uint32_t number;
	if (!moment->past)
		return txn_find_value(moment->txn, moment->tenant, kind, attr, normal, &number) &&
		       txn_entry(moment->txn, moment->tenant, kind, number, record);
	struct walk *walk = walk_entries(moment, kind, attr, normal);
	bool found = walk_next(walk, 1, &number) && moment_entry(moment, kind, number, record);
	walk_close(walk);
	return found;
}

bool past_entry(struct view *view, const struct past *past, uint32_t tenant, enum kind kind,
	uint32_t number, struct record *record)
{
	struct moment moment = moment_of(view->txn, view->scratch, tenant, past);
	return moment_entry(&moment, kind, number, record);
}

bool past_by_id(struct view *view, const struct past *past, uint32_t tenant, const struct uuid *id,
	struct record *record)
{
	struct moment moment = moment_of(view->txn, view->scratch, tenant, past);
	for (size_t i = 0; past && i < past->entry_count; i++)
		if (past->entries[i].before.len && uuid_equal(&past->entries[i].id, id))
			return moment_entry(
				&moment, past->entries[i].kind, past->entries[i].number, record);
	enum kind kind;
	uint32_t number;
	return txn_find_id(view->txn, tenant, id, &kind, &number) &&
	       moment_entry(&moment, kind, number, record);
}

bool past_by_name(struct view *view, struct arena *arena, const struct past *past, uint32_t tenant,
	enum kind kind, struct span name, struct record *record)
{
	enum attr naming = kind_row(kind)->naming;
	struct moment moment = moment_of(view->txn, arena, tenant, past);
	return moment_find(&moment, kind, naming, value_normal(arena, naming, name), record);
}

/* ---- walks ---- */

/* A number of which the past says whether it belongs to the walk. */
struct shadow {
	uint32_t number;
	bool was;
};

struct walk {
	struct postings *live;
	bool ended;
	uint32_t at; /* the number that `live` stands on; 0: none yet */
	struct shadow *shadows;
	size_t shadow, count;
};

static struct walk *open_walk(const struct moment *moment, struct postings *live, size_t shadows)
{
	struct walk *walk = arena_zalloc(moment->arena, sizeof *walk);
	walk->live = live;
	if (shadows)
		walk->shadows = arena_array(moment->arena, shadows, sizeof *walk->shadows);
	return walk;
}

static void add_shadow(struct walk *walk, uint32_t number, bool was)
{
	walk->shadows[walk->count++] = (struct shadow){ number, was };
}

struct walk *walk_members(const struct moment *moment, uint32_t container)
{
	const struct past *past = moment->past;
	size_t from = seek_edge(past, container, 0), to = from;
	while (past && to < past->edge_count && past->edges[to].container == container)
		to++;
	struct walk *walk = open_walk(moment,
		postings_members(moment->txn, moment->arena, moment->tenant, container), to - from);
	for (size_t i = from; i < to; i++)
		add_shadow(walk, past->edges[i].member, past->edges[i].before.len > 0);
	return walk;
}

struct walk *walk_containers(const struct moment *moment, uint32_t member, enum kind kind)
{
	const struct past *past = moment->past;
	size_t from = seek_member(past, member), to = from;
	while (past && to < past->edge_count && past->members[to]->member == member)
		to++;
	struct walk *walk = open_walk(moment,
		postings_containers(moment->txn, moment->arena, moment->tenant, member, kind),
		to - from);
	for (size_t i = from; i < to; i++)
		if (past->members[i]->container_kind == kind)
			add_shadow(walk, past->members[i]->container,
				past->members[i]->before.len > 0);
	return walk;
}

static bool has_value(const struct past_entry *entry, enum attr attr, struct span normal)
{
	struct record record;
	if (!entry->before.len || record_open(entry->before, &record, NULL))
		return false;
	if (attr == ATTR_NONE)
		return true;
	for (size_t i = record_find(&record, attr); i < record.count; i++) {
		struct value value = record_row(&record, i);
		if (value.attr != attr)
			break;
		if (value_matches(attr, value.octets, normal))
			return true;
	}
	return false;
}

struct walk *walk_entries(
	const struct moment *moment, enum kind kind, enum attr attr, struct span normal)
{
	const struct past *past = moment->past;
	size_t count = 0;
	for (size_t i = 0; past && i < past->entry_count; i++)
		count += past->entries[i].kind == kind;
	struct postings *live =
		attr == ATTR_NONE ? postings_all(moment->txn, moment->arena, moment->tenant, kind)
				  : postings_equal(moment->txn, moment->arena, moment->tenant, kind,
					    attr, normal);
	struct walk *walk = open_walk(moment, live, count);
	for (size_t i = 0; past && i < past->entry_count; i++)
		if (past->entries[i].kind == kind)
			add_shadow(walk, past->entries[i].number,
				has_value(&past->entries[i], attr, normal));
	return walk;
}

static bool next_live(struct walk *walk, uint32_t least)
{
	if (!walk->ended && walk->at < least)
		walk->ended = !postings_next(walk->live, least, &walk->at);
	return !walk->ended;
}

/* Where both stand on a number, the past decides. */
bool walk_next(struct walk *walk, uint32_t least, uint32_t *number)
{
	for (bool more = true; more; more = least != 0) {
		bool live = next_live(walk, least);
		while (walk->shadow < walk->count && walk->shadows[walk->shadow].number < least)
			walk->shadow++;
		const struct shadow *shadow =
			walk->shadow < walk->count ? &walk->shadows[walk->shadow] : NULL;
		if (shadow && live && shadow->number > walk->at)
			shadow = NULL;
		if (!shadow && !live)
			return false;
		*number = shadow ? shadow->number : walk->at;
		if (!shadow || shadow->was)
			return true;
		least = *number + 1;
	}
	return false;
}

uint64_t walk_estimate(struct walk *walk)
{
	return postings_estimate(walk->live) + walk->count;
}

void walk_close(struct walk *walk)
{
	postings_close(walk->live);
}
