/* What has changed since a moment, from the journal: GET /Users?since=, /Groups?since=. The token
 * of an answer says how far the journal has been read, so that nothing that is committed later can
 * be passed over. */
#include "in/scim/scim_list_int.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"
#include "core/people.h"
#include "model/change.h"

#include <stdlib.h>

#define CHANGES_URN "urn:ietf:params:scim:api:messages:muster:2.0:Changes"
#define PLACE_OCTETS 8

#define SLOTS (4 * LIMIT_PAGE)

/* A resource that changed, and its last change so far. */
struct changed {
	enum kind kind;
	uint32_t number;
	struct uuid id;
	int64_t time;
	uint32_t order;
};

struct changes {
	struct list *list;
	uint32_t kinds;
	uint64_t
		sequence; /* the change that is being read, and how many of its effects have been */
	uint32_t effect;
	uint64_t first, last; /* of the journal */
	struct changed *found;
	size_t count;
	uint32_t order;
	uint16_t *slots; /* where a number stands in `found`, from 1 */
	struct sight *sight;
};

/* ---- the token ---- */

static struct cursor_query token_query(const struct list *list)
{
	const struct actor *actor = &list->call->actor;
	struct buffer text;
	buffer_init(&text, KIB);
	write_span(&text, SPAN("scim changes"));
	write_span(&text, span_str(list->types[0]->name));
	write_u8(&text, (uint8_t)actor->kind);
	write_u32(&text, actor->number);
	struct cursor_query query = { actor->tenant,
		arena_copy(list->call->arena, buffer_span(&text)) };
	buffer_free(&text);
	return query;
}

/* It is as good as the journal is long. */
static const char *token_of(const struct changes *changes)
{
	struct scim_call *call = changes->list->call;
	uint8_t sequence[PLACE_OCTETS];
	const struct cursor_query query = token_query(changes->list);
	put_be64(sequence, changes->sequence);
	const struct cursor_place place = { changes->list->types[0]->kind, changes->effect,
		span_of(sequence, sizeof sequence) };
	return cursor_write(call->arena, core_cursor_key(call->server->door->options.core), &query,
		&place, INT64_MAX);
}

static enum err token_read(struct changes *changes, struct span text)
{
	struct scim_call *call = changes->list->call;
	struct cursor_place place;
	const struct cursor_key *key = core_cursor_key(call->server->door->options.core);
	const struct cursor_query query = token_query(changes->list);
	if (cursor_read(call->arena, key, &query, text, &place, NULL) ||
		place.sort.len != PLACE_OCTETS)
		return fail(&call->why, ERR_CURSOR, "since",
			"neither a token of this list nor a date and time");
	changes->sequence = get_be64(place.sort.data);
	changes->effect = place.number;
	return OK;
}

/* ---- the journal ---- */

static enum err is_gone(struct changes *changes)
{
	struct scim_call *call = changes->list->call;
	enum err err = view_error(call->thread->view, &call->why);
	return err ? err
		   : fail(&call->why, ERR_CURSOR_EXPIRED, "since",
			     "the journal does not reach back so far: read the whole list again");
}

static enum err read_change(
	struct changes *changes, struct arena *arena, uint64_t sequence, struct change *change)
{
	struct scim_call *call = changes->list->call;
	struct span bytes;
	if (!view_journal(call->thread->view, call->actor.tenant, sequence, &bytes))
		return is_gone(changes);
	return change_read(arena, bytes, change, &call->why);
}

/* Times rise within a tenant: the first change behind the moment is found by halves. */
static enum err find_moment(struct changes *changes, int64_t wall)
{
	struct arena *scratch = arena_new();
	uint64_t low = changes->first, high = changes->last + 1;
	struct change change;
	enum err err = OK;
	while (!err && low < high) {
		uint64_t middle = low + (high - low) / 2;
		arena_reset(scratch);
		err = read_change(changes, scratch, middle, &change);
		if (!err && change.time <= wall)
			low = middle + 1;
		else
			high = middle;
	}
	arena_free(scratch);
	changes->sequence = low;
	return !err && low == changes->first && low > 1 ? is_gone(changes) : err;
}

static enum err begin_at(struct changes *changes, struct span since)
{
	int64_t wall;
	changes->sequence = changes->last + 1;
	if (since.len == 0)
		return OK;
	if (time_parse_rfc3339(since, &wall))
		return find_moment(changes, wall);
	enum err err = token_read(changes, since);
	/* A store that was restored from a backup has yet to come so far. */
	return !err && changes->sequence > changes->last + 1 ? is_gone(changes) : err;
}

/* NULL: the page has no room for another one. */
static struct changed *find_changed(struct changes *changes, uint32_t number)
{
	uint32_t slot = number % SLOTS;
	for (; changes->slots[slot]; slot = (slot + 1) % SLOTS) {
		struct changed *changed = &changes->found[changes->slots[slot] - 1];
		if (changed->number == number)
			return changed;
	}
	if (changes->count == changes->list->count)
		return NULL;
	struct changed *fresh = &changes->found[changes->count++];
	changes->slots[slot] = (uint16_t)changes->count;
	return fresh;
}

/* False: the page is full before it. A membership is a change of the container alone. */
static bool take_effect(
	struct changes *changes, const struct change *change, const struct effect *effect)
{
	if (effect->type == EFFECT_STATE || !(changes->kinds >> effect->kind & 1))
		return true;
	struct changed *changed = find_changed(changes, effect->number);
	if (changed)
		*changed = (struct changed){ effect->kind, effect->number, effect->id, change->time,
			changes->order++ };
	return changed != NULL;
}

static enum err gather(struct changes *changes)
{
	struct arena *scratch = arena_new();
	size_t examined = 0;
	bool full = false;
	enum err err = OK;
	while (!err && !full && changes->sequence <= changes->last &&
		examined < LIMIT_SINCE_EXAMINED) {
		struct change change = { 0 };
		arena_reset(scratch);
		err = read_change(changes, scratch, changes->sequence, &change);
		examined++;
		while (!err && !full && changes->effect < change.count &&
			examined < LIMIT_SINCE_EXAMINED) {
			full = !take_effect(changes, &change, &change.effects[changes->effect]);
			changes->effect += !full;
			examined++;
		}
		if (!err && changes->effect >= change.count) {
			changes->sequence++;
			changes->effect = 0;
		}
	}
	arena_free(scratch);
	return err;
}

/* ---- the answer ---- */

static void put_deleted(struct list *list, const struct changed *changed)
{
	struct json_writer *w = &list->w;
	const struct scim_type *type = list->types[0];
	char id[UUID_TEXT + 1], time[TIME_TEXT_MAX];
	uuid_format(&changed->id, id);
	json_begin_object(w);
	json_name(w, "schemas");
	json_begin_array(w);
	json_put_string(w, type->urns[SCIM_CORE]);
	json_end_array(w);
	json_text_member(w, "id", span_of(id, UUID_TEXT));
	json_name(w, "meta");
	json_begin_object(w);
	json_string_member(w, "resourceType", type->name);
	json_bool_member(w, "deleted", true);
	json_text_member(
		w, "lastModified", span_of(time, time_format_rfc3339(changed->time, time)));
	json_end_object(w);
	json_end_object(w);
	list->written++;
}

static void put_changed(struct changes *changes, const struct changed *changed)
{
	struct list *list = changes->list;
	struct scim_call *call = list->call;
	struct record record;
	if (!view_entry(call->thread->view, call->actor.tenant, changed->kind, changed->number,
		    &record) ||
		record_is_true(&record, ATTR_DELETED))
		put_deleted(list, changed);
	else if (sight_sees(changes->sight, &record) && scim_is_group(call, &record))
		list_put(list, &record);
}

static int by_order(const void *left, const void *right)
{
	uint32_t a = ((const struct changed *)left)->order;
	uint32_t b = ((const struct changed *)right)->order;
	return a < b ? -1 : a > b;
}

static void write_changes(struct changes *changes)
{
	struct list *list = changes->list;
	struct json_writer *w = &list->w;
	list_begin(w, &list->call->thread->out, CHANGES_URN);
	if (changes->count > 1)
		qsort(changes->found, changes->count, sizeof *changes->found, by_order);
	for (size_t i = 0; i < changes->count; i++)
		put_changed(changes, &changes->found[i]);
	json_end_array(w);
	json_integer_member(w, "totalResults", (int64_t)list->written);
	json_integer_member(w, "itemsPerPage", (int64_t)list->written);
	json_name(w, CHANGES_URN);
	json_begin_object(w);
	json_string_member(w, "since", token_of(changes));
	json_bool_member(w, "more", changes->sequence <= changes->last);
	json_end_object(w);
	json_end_object(w);
}

static enum err take_query(struct list *list)
{
	static const char *const others[] = { "filter", "sortBy", "sortOrder", "startIndex",
		"cursor" };
	struct scim_call *call = list->call;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct span text;
		bool present;
		enum err err =
			http_parameter(call->request, others[i], &text, &present, &call->why);
		if (err)
			return err;
		if (present)
			return fail(&call->why, ERR_VALUE, others[i],
				"changes come as they happened: this cannot stand beside since");
	}
	enum err err = list_take_selection(list);
	return err ? err : list_take_number(call, "count", 1, LIMIT_PAGE, &list->count);
}

static enum err answer(struct changes *changes, struct span since)
{
	struct list *list = changes->list;
	struct scim_call *call = list->call;
	struct view *view = call->thread->view;
	enum err err = scim_find_actor(call);
	if (err)
		return err;
	changes->kinds = list_kinds(call, list->types[0]);
	if (changes->kinds == 0)
		return fail(&call->why, ERR_FORBIDDEN, NULL,
			"the permission to see a %s is missing", list->types[0]->name);
	changes->first = view_journal_first(view, call->actor.tenant);
	changes->last = view_journal_last(view, call->actor.tenant);
	changes->sight = view_sight(view, call->arena, &call->actor, call->actor.tenant, true);
	changes->found = arena_array(call->arena, list->count, sizeof *changes->found);
	changes->slots = arena_array(call->arena, SLOTS, sizeof *changes->slots);
	memset(changes->slots, 0, SLOTS * sizeof *changes->slots);
	err = begin_at(changes, since);
	if (!err)
		err = gather(changes);
	if (!err)
		write_changes(changes);
	return err ? err : view_error(view, &call->why);
}

void list_answer_changes(struct list *list, struct span since)
{
	struct scim_call *call = list->call;
	struct changes changes = { .list = list };
	enum err err = take_query(list);
	if (!err)
		err = view_begin(call->thread->view, &call->why);
	if (err) {
		scim_fail(call, err);
		return;
	}
	err = answer(&changes, since);
	if (err)
		scim_fail(call, err);
	else
		scim_answer(call, 200, NULL);
	view_end(call->thread->view);
}
