#include "core/decide_int.h"

#include "base/clock.h"
#include "base/limits.h"

/* Changes are undone from the newest back to the moment: what an effect calls "before" is what was
 * there, and an older effect on the same object knows better. So the walk ends by itself at the
 * first change that is not younger, and when a limit ends it, the moments already reached are
 * known.
 */
struct undoing {
	struct view *view;
	struct arena *arena;
	struct why *why;
	struct past *past;
	uint32_t tenant_entry; /* number of the tenant's entry in tenant 0 */
	size_t entry_capacity, edge_capacity, order;
	uint64_t changes, most_changes;
	int64_t octets, most_octets;
};

static enum err damaged(struct undoing *u, uint64_t sequence)
{
	enum err err = txn_error(u->view->txn, u->why);
	return err ? err
		   : fail(u->why, ERR_CORRUPT, NULL,
			     "the journal's record %llu is missing or damaged",
			     (unsigned long long)sequence);
}

static enum err read_change(
	struct undoing *u, uint32_t tenant, uint64_t sequence, struct change *change)
{
	struct span bytes;
	arena_reset(u->view->scratch);
	if (!txn_journal(u->view->txn, tenant, sequence, &bytes))
		return damaged(u, sequence);
	enum err err = change_read(u->view->scratch, bytes, change, u->why);
	if (err)
		return err;
	if (change->tenant != tenant || change->sequence != sequence)
		return damaged(u, sequence);
	u->changes++;
	u->octets += (int64_t)bytes.len;
	return OK;
}

static const char *text_of(int64_t time, char out[TIME_TEXT_MAX + 1])
{
	/* Up to the next millisecond, so that the text itself is a moment that can be asked for. */
	out[time_format_rfc3339((time + 999) / 1000 * 1000, out)] = '\0';
	return out;
}

/* ---- rows ---- */

static void *room_for(struct arena *arena, void *rows, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return rows;
	*capacity = *capacity ? 2 * *capacity : 64;
	void *grown = arena_array(arena, *capacity, size);
	if (count)
		memcpy(grown, rows, count * size);
	return grown;
}

static enum err undo_entry(struct undoing *u, const struct effect *effect)
{
	struct record record;
	struct past *past = u->past;
	enum err err = effect->before.len ? record_open(effect->before, &record, u->why) : OK;
	if (err)
		return err;
	past->entries = room_for(u->arena, past->entries, past->entry_count, &u->entry_capacity,
		sizeof *past->entries);
	past->entries[past->entry_count++] = (struct past_entry){
		.number = effect->number,
		.kind = effect->kind,
		.id = effect->id,
		.before = effect->before,
		.order = u->order++,
	};
	return OK;
}

static enum err undo_edge(struct undoing *u, const struct effect *effect)
{
	struct edge edge;
	struct past *past = u->past;
	enum err err = effect->before.len ? edge_read(effect->before, &edge, u->why) : OK;
	if (err)
		return err;
	past->edges = room_for(
		u->arena, past->edges, past->edge_count, &u->edge_capacity, sizeof *past->edges);
	past->edges[past->edge_count++] = (struct past_edge){
		.container = effect->number,
		.member = effect->member,
		.container_kind = effect->kind,
		.before = effect->before,
		.order = u->order++,
	};
	return OK;
}

static enum err undo_own(struct undoing *u, const struct effect *effect)
{
	switch (effect->type) {
	case EFFECT_ENTRY:
		return undo_entry(u, effect);
	case EFFECT_EDGE:
		return undo_edge(u, effect);
	default:
		return OK;
	}
}

/* Of tenant 0's journal only the tenant's own entry matters. */
static enum err undo_tenant(struct undoing *u, const struct effect *effect)
{
	if (effect->type != EFFECT_ENTRY || effect->kind != KIND_TENANT ||
		effect->number != u->tenant_entry)
		return OK;
	if (effect->before.len)
		return record_open(effect->before, &u->past->tenant_entry, u->why);
	u->past->tenant_entry.kind = KIND_NONE;
	return OK;
}

/* ---- walking back ---- */

static enum err undo_back(struct undoing *u, uint32_t tenant,
	enum err (*undo)(struct undoing *u, const struct effect *effect))
{
	struct head head;
	struct change change;
	char reached[TIME_TEXT_MAX + 1];
	if (!txn_head(u->view->txn, tenant, &head))
		return txn_error(u->view->txn, u->why);
	for (uint64_t sequence = head.last; sequence && sequence >= head.first; sequence--) {
		enum err err = read_change(u, tenant, sequence, &change);
		if (err || change.time <= u->past->time)
			return err;
		if (u->changes > u->most_changes || u->octets > u->most_octets)
			return fail(u->why, ERR_TOO_LARGE, "as_of",
				"too much has happened since: answers reach back to %s",
				text_of(change.time, reached));
		for (size_t i = change.count; !err && i > 0; i--)
			err = undo(u, &change.effects[i - 1]);
		if (err)
			return err;
	}
	return OK;
}

static enum err check_time(struct undoing *u, uint32_t tenant)
{
	struct head head = { 0 };
	struct change first;
	char text[TIME_TEXT_MAX + 1];
	bool begun = txn_head(u->view->txn, tenant, &head) && head.last;
	if (u->past->time > clock_wall() && u->past->time > head.time)
		return fail(u->why, ERR_VALUE, "as_of", "the moment is still to come");
	if (!begun) {
		enum err err = txn_error(u->view->txn, u->why);
		return err ? err : fail(u->why, ERR_VALUE, "as_of", "there is no journal yet");
	}
	enum err err = read_change(u, tenant, head.first, &first);
	if (!err && first.time > u->past->time)
		return fail(u->why, ERR_VALUE, "as_of", "the journal begins at %s",
			text_of(first.time, text));
	return err;
}

static enum err find_tenant_entry(struct undoing *u, uint32_t tenant)
{
	char digits[12];
	int len = snprintf(digits, sizeof digits, "%u", (unsigned)tenant);
	struct txn *txn = u->view->txn;
	if (tenant == 0)
		return OK;
	if (txn_find_value(txn, 0, KIND_TENANT, ATTR_TENANT_NUMBER, span_of(digits, (size_t)len),
		    &u->tenant_entry) &&
		txn_entry(txn, 0, KIND_TENANT, u->tenant_entry, &u->past->tenant_entry))
		return OK;
	enum err err = txn_error(txn, u->why);
	return err ? err : fail(u->why, ERR_NOT_FOUND, NULL, "there is no such tenant");
}

/* ---- order ---- */

static int by_age(size_t a, size_t b)
{
	return a > b ? -1 : a < b;
}

static int by_number(const void *left, const void *right)
{
	const struct past_entry *a = left, *b = right;
	return a->number != b->number ? (a->number < b->number ? -1 : 1)
				      : by_age(a->order, b->order);
}

static int by_pair(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	return a != b ? (a < b ? -1 : 1) : c < d ? -1 : c > d;
}

static int by_container(const void *left, const void *right)
{
	const struct past_edge *a = left, *b = right;
	int order = by_pair(a->container, b->container, a->member, b->member);
	return order ? order : by_age(a->order, b->order);
}

static int by_member(const void *left, const void *right)
{
	const struct past_edge *a = *(struct past_edge *const *)left;
	const struct past_edge *b = *(struct past_edge *const *)right;
	return by_pair(a->member, b->member, a->container, b->container);
}

/* Of each object the oldest row is left, in the order in which walks meet them. */
static void put_in_order(struct undoing *u)
{
	size_t kept = 0;
	struct past *past = u->past;
	struct past_entry *entries = past->entries;
	struct past_edge *edges = past->edges;
	if (past->entry_count)
		qsort(entries, past->entry_count, sizeof *entries, by_number);
	for (size_t i = 0; i < past->entry_count; i++)
		if (kept == 0 || entries[i].number != entries[kept - 1].number)
			entries[kept++] = entries[i];
	past->entry_count = kept;
	kept = 0;
	if (past->edge_count)
		qsort(edges, past->edge_count, sizeof *edges, by_container);
	for (size_t i = 0; i < past->edge_count; i++)
		if (kept == 0 || edges[i].container != edges[kept - 1].container ||
			edges[i].member != edges[kept - 1].member)
			edges[kept++] = edges[i];
	past->edge_count = kept;
	past->members = arena_array(u->arena, kept + 1, sizeof *past->members);
	for (size_t i = 0; i < kept; i++)
		past->members[i] = &edges[i];
	if (kept)
		qsort(past->members, kept, sizeof *past->members, by_member);
}

enum err past_undo(struct view *view, struct arena *arena, uint32_t tenant, int64_t time,
	uint64_t changes, int64_t octets, const struct past **past, struct why *why)
{
	struct undoing u = { .view = view,
		.arena = arena,
		.why = why,
		.most_changes = changes,
		.most_octets = octets };
	u.past = arena_zalloc(arena, sizeof *u.past);
	u.past->tenant = tenant;
	u.past->time = time;
	enum err err = find_tenant_entry(&u, tenant);
	if (!err)
		err = check_time(&u, tenant);
	if (!err)
		err = undo_back(&u, tenant, undo_own);
	if (!err && tenant != 0)
		err = undo_back(&u, 0, undo_tenant);
	if (err)
		return err;
	put_in_order(&u);
	*past = u.past;
	return OK;
}

enum err view_as_of(struct view *view, struct arena *arena, uint32_t tenant, int64_t time,
	const struct past **past, struct why *why)
{
	return past_undo(
		view, arena, tenant, time, LIMIT_PAST_CHANGES, LIMIT_PAST_OCTETS, past, why);
}

int64_t past_time(const struct past *past)
{
	return past->time;
}
