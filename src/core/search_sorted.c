#include "core/search_int.h"

#include "base/limits.h"

/* One order for all ways to walk: the sort key, then the number. A key begins with SORT_VALUE or
 * SORT_NONE, so that entries without a value come last, descending first (RFC 7644
 * section 3.4.2.3); an entry with several values stands where its primary one, else its first one
 * does. A position (key, number) is therefore good whatever way finds the next page, and who is not
 * changed is met once.
 *
 * Wide searches walk the ordered index, or the entries by number, and test each; narrow ones, and
 * those by an attribute without such an index, keep the best PAGE of all that match. */

#define KEPT (LIMIT_PAGE + 1)
#define USUAL_PAGE 100 /* what a walk is expected to give */

struct source {
	enum kind kind;
	struct ordered *rows;
	uint32_t number; /* of the row that it stands on; 0: none left */
};

struct sorted {
	struct search *search;
	enum attr attr;
	bool descending;
	struct sort_item at; /* the one examined last; number 0: none yet */
	/* Walking: */
	bool walks;
	bool in_values; /* in the index; else by number */
	struct source sources[KIND_COUNT];
	size_t source_count;
	struct entry_walk *entries;
	/* Keeping the best: */
	struct sort_item *kept;
	size_t count, next;
	bool all; /* nothing follows behind those kept */
};

/* ---- their order ---- */

static struct span item_key(const struct sort_item *item)
{
	return span_of(item->key, item->len);
}

/* In the order asked for. */
static int compare(
	const struct sorted *sorted, const struct sort_item *a, const struct sort_item *b)
{
	int order = span_compare(item_key(a), item_key(b));
	if (!order)
		order = a->number < b->number ? -1 : a->number > b->number;
	return sorted->descending ? -order : order;
}

static bool is_behind(const struct sorted *sorted, const struct sort_item *item)
{
	return !sorted->at.number || compare(sorted, item, &sorted->at) > 0;
}

/* ---- keeping the best: a heap with the last of them on top ---- */

static void sift_down(struct sorted *sorted, size_t i)
{
	struct sort_item *kept = sorted->kept;
	for (size_t child; (child = 2 * i + 1) < sorted->count; i = child) {
		if (child + 1 < sorted->count &&
			compare(sorted, &kept[child + 1], &kept[child]) > 0)
			child++;
		if (compare(sorted, &kept[child], &kept[i]) <= 0)
			return;
		struct sort_item item = kept[i];
		kept[i] = kept[child];
		kept[child] = item;
	}
}

static void sift_up(struct sorted *sorted, size_t i)
{
	struct sort_item *kept = sorted->kept;
	for (size_t parent; i && compare(sorted, &kept[i], &kept[parent = (i - 1) / 2]) > 0;
		i = parent) {
		struct sort_item item = kept[i];
		kept[i] = kept[parent];
		kept[parent] = item;
	}
}

static void keep(struct sorted *sorted, const struct record *record)
{
	struct sort_item item;
	sort_item_make(sorted->search, sorted->attr, record, &item);
	if (!is_behind(sorted, &item))
		return;
	if (sorted->count < KEPT) {
		sorted->kept[sorted->count] = item;
		sift_up(sorted, sorted->count++);
		return;
	}
	sorted->all = false;
	if (compare(sorted, &item, &sorted->kept[0]) < 0) {
		sorted->kept[0] = item;
		sift_down(sorted, 0);
	}
}

/* Takes the heap apart from the top, so that what it holds stands in order. */
static void put_in_order(struct sorted *sorted)
{
	size_t count = sorted->count;
	while (sorted->count > 1) {
		struct sort_item last = sorted->kept[0];
		sorted->kept[0] = sorted->kept[--sorted->count];
		sift_down(sorted, 0);
		sorted->kept[sorted->count] = last;
	}
	sorted->count = count;
}

/* False: there are too many to look at. */
static bool gather(struct sorted *sorted, enum err *err, struct why *why)
{
	struct search *search;
	struct record record;
	struct search_spec spec = sorted->search->spec;
	unsigned budget = LIMIT_SORT_EXAMINED;
	enum step step;
	spec.sort = ATTR_NONE;
	spec.after_kind = KIND_NONE;
	sorted->count = sorted->next = 0;
	sorted->all = true;
	*err = search_open(sorted->search->view, sorted->search->arena, &spec, &search, why);
	if (*err)
		return true;
	while ((step = search_next(search, &budget, &record)) == STEP_FOUND)
		keep(sorted, &record);
	search_close(search);
	put_in_order(sorted);
	return step != STEP_MORE;
}

static enum err too_many(const struct sorted *sorted, struct why *why)
{
	return fail(why, ERR_TOO_MANY, attr_spelling(sorted->attr),
		"more than %d entries would have to be looked at to sort them by %s: filter them",
		LIMIT_SORT_EXAMINED, attr_spelling(sorted->attr));
}

static bool next_kept(struct sorted *sorted, struct record *record)
{
	struct txn *txn = sorted->search->view->txn;
	for (;;) {
		if (sorted->next == sorted->count) {
			enum err err;
			if (sorted->all || !gather(sorted, &err, NULL) || err || !sorted->count)
				return false;
		}
		sorted->at = sorted->kept[sorted->next++];
		if (txn_entry(txn, sorted->search->spec.tenant, sorted->at.kind, sorted->at.number,
			    record))
			return true;
	}
}

/* ---- walking ---- */

static void step_source(struct source *source)
{
	if (!ordered_next(source->rows, &source->number))
		source->number = 0;
}

static void open_sources(struct sorted *sorted)
{
	const struct search *search = sorted->search;
	bool resumes = sorted->at.number && sorted->at.key[0] == SORT_VALUE;
	struct span key = resumes ? span_from(item_key(&sorted->at), 1) : SPAN_NONE;
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++) {
		if (!(search->spec.kinds & attr_row(sorted->attr)->kinds & 1u << kind))
			continue;
		struct source *source = &sorted->sources[sorted->source_count++];
		source->kind = kind;
		source->rows = ordered_open(search->view->txn, search->arena, search->spec.tenant,
			kind, sorted->attr, key, sorted->at.number, sorted->descending);
		step_source(source);
	}
}

static void open_entries(struct sorted *sorted)
{
	const struct search *search = sorted->search;
	bool resumes = sorted->attr == ATTR_CREATED || sorted->at.key[0] == SORT_NONE;
	sorted->entries = entry_walk_open(search->view->txn, search->arena, search->spec.tenant,
		resumes ? sorted->at.number : 0, sorted->descending);
}

static void open_walk(struct sorted *sorted)
{
	bool none = sorted->at.number && sorted->at.key[0] == SORT_NONE;
	bool begun = sorted->at.number != 0;
	sorted->walks = true;
	sorted->in_values =
		sorted->attr != ATTR_CREATED && (sorted->descending ? begun && !none : !none);
	if (sorted->in_values)
		open_sources(sorted);
	else
		open_entries(sorted);
}

/* True: there is a second part, and it has begun. */
static bool open_other_part(struct sorted *sorted)
{
	if (sorted->attr == ATTR_CREATED || sorted->in_values == sorted->descending)
		return false;
	sorted->in_values = sorted->descending;
	if (sorted->in_values)
		open_sources(sorted);
	else
		open_entries(sorted);
	return true;
}

static struct source *best_source(struct sorted *sorted)
{
	struct source *best = NULL;
	for (size_t i = 0; i < sorted->source_count; i++) {
		struct source *source = &sorted->sources[i];
		if (!source->number)
			continue;
		int order = -1;
		if (best) {
			order = span_compare(ordered_key(source->rows), ordered_key(best->rows));
			order = order ? order : source->number < best->number ? -1 : 1;
			order = sorted->descending ? -order : order;
		}
		if (order < 0)
			best = source;
	}
	return best;
}

/* The next row of the index; *stands: its entry has this value as the one it is sorted by. */
static bool next_value(struct sorted *sorted, struct record *record, bool *stands)
{
	struct sort_item row;
	struct search *search = sorted->search;
	struct source *source = best_source(sorted);
	if (!source)
		return false;
	struct span key = ordered_key(source->rows);
	row = (struct sort_item){ source->kind, source->number, 1 + key.len, { SORT_VALUE } };
	memcpy(row.key + 1, key.data, key.len);
	sorted->at = row;
	*stands = txn_entry(
		search->view->txn, search->spec.tenant, source->kind, source->number, record);
	if (*stands) {
		struct sort_item own;
		sort_item_make(sorted->search, sorted->attr, record, &own);
		*stands = span_equal(item_key(&own), item_key(&row));
	}
	step_source(source);
	return true;
}

static bool next_by_number(struct sorted *sorted, struct record *record, bool *stands)
{
	struct sort_item item;
	if (!entry_walk_next(sorted->entries, record))
		return false;
	sort_item_make(sorted->search, sorted->attr, record, &item);
	*stands = sorted->attr == ATTR_CREATED || item.key[0] == SORT_NONE;
	item.key[0] = sorted->attr == ATTR_CREATED ? SORT_VALUE : SORT_NONE;
	item.len = 1;
	sorted->at = item;
	return true;
}

static enum step next_walked(struct sorted *sorted, unsigned *budget, struct record *record)
{
	bool stands;
	while (*budget) {
		bool found = sorted->in_values ? next_value(sorted, record, &stands)
					       : next_by_number(sorted, record, &stands);
		if (!found) {
			if (open_other_part(sorted))
				continue;
			return STEP_END;
		}
		--*budget;
		if (stands && search_covers(sorted->search, record) &&
			search_tests(sorted->search, record))
			return STEP_FOUND;
	}
	return STEP_MORE;
}

/* ---- choosing ---- */

static bool is_walkable(enum attr attr)
{
	return attr == ATTR_CREATED || (attr_row(attr)->index & INDEX_ORDERED);
}

static bool is_sortable(enum attr attr)
{
	const struct attr_row *row = attr_row(attr);
	return attr == ATTR_CREATED || attr == ATTR_MODIFIED || attr == ATTR_AUTH_TIMESTAMP ||
	       (row->attr == attr && !attr_is_hidden(attr) && !(row->flags & ATTR_COMPUTED));
}

bool search_can_walk(enum attr attr)
{
	return is_walkable(attr);
}

void search_weigh(struct search *search, uint64_t *candidates, uint64_t *all)
{
	const struct search_spec *spec = &search->spec;
	*candidates = *all = 0;
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++) {
		*all += txn_count(search->view->txn, spec->tenant, kind);
		if (!(spec->kinds & search->wide & 1u << kind))
			continue;
		struct plan *plan =
			plan_make(search->view, search->arena, spec->tenant, kind, spec->filter);
		*candidates += plan_estimate(plan);
		plan_close(plan);
	}
	if (spec->only)
		*candidates = 1;
}

/* A walk passes over all / candidates entries for each that it finds; keeping the best looks at all
 * candidates. Own entries alone are always few. */
static bool is_narrow(struct search *search)
{
	uint64_t candidates, all;
	search_weigh(search, &candidates, &all);
	return candidates <= 1 || candidates < USUAL_PAGE * all / candidates;
}

enum err sorted_open(struct search *search, struct why *why)
{
	const struct search_spec *spec = &search->spec;
	if (!is_sortable(spec->sort))
		return fail(why, ERR_VALUE, attr_spelling(spec->sort), "nothing is sorted by %s",
			attr_spelling(spec->sort));
	struct sorted *sorted = arena_zalloc(search->arena, sizeof *sorted);
	sorted->search = search;
	sorted->attr = spec->sort;
	sorted->descending = spec->descending;
	if (spec->after_kind != KIND_NONE && spec->after_key.len &&
		spec->after_key.len <= SORT_KEY_MAX) {
		sorted->at = (struct sort_item){ spec->after_kind, spec->after_number,
			spec->after_key.len, { 0 } };
		memcpy(sorted->at.key, spec->after_key.data, spec->after_key.len);
	}
	search->sorted = sorted;
	bool walkable = is_walkable(spec->sort);
	if (walkable && (spec->walk || !is_narrow(search))) {
		open_walk(sorted);
		return OK;
	}
	enum err err;
	sorted->kept = arena_array(search->arena, KEPT, sizeof *sorted->kept);
	if (gather(sorted, &err, why))
		return err;
	if (!walkable)
		return too_many(sorted, why);
	open_walk(sorted);
	return OK;
}

enum step sorted_next(struct sorted *sorted, unsigned *budget, struct record *record)
{
	if (sorted->walks)
		return next_walked(sorted, budget, record);
	if (!*budget)
		return STEP_MORE;
	--*budget;
	return next_kept(sorted, record) ? STEP_FOUND : STEP_END;
}

void sorted_position(const struct sorted *sorted, enum kind *kind, uint32_t *number)
{
	*kind = sorted->at.kind;
	*number = sorted->at.number;
}

struct span sorted_key(const struct sorted *sorted)
{
	return item_key(&sorted->at);
}

void sorted_close(struct sorted *sorted)
{
	for (size_t i = 0; i < sorted->source_count; i++)
		ordered_close(sorted->sources[i].rows);
	if (sorted->entries)
		entry_walk_close(sorted->entries);
}
