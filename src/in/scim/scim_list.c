/* The pages of lists: GET of a type or of all, and POST .search, by index (RFC 7644
 * section 3.4.2.4) or by cursor. */
#include "in/scim/scim_list_int.h"

#include "base/limits.h"

#define CANDIDATES_A_TURN 100000

uint32_t list_kinds(struct scim_call *call, const struct scim_type *type)
{
	const struct scim_type *own = call->type;
	call->type = type;
	uint32_t kinds = scim_visible_kinds(call);
	call->type = own;
	return kinds;
}

/* What the client does not see is not there for its filter either. */
static bool resolve_id(void *arg, struct view *view, struct span text, struct record *record)
{
	const struct list *list = arg;
	struct uuid id;
	if (!uuid_parse(text, &id) || !view_by_id(view, list->spec.tenant, &id, record) ||
		record_is_true(record, ATTR_DELETED) || !scim_is_group(list->call, record))
		return false;
	return !kind_is_container(record->kind) ||
	       (list_kinds(list->call, scim_type_of(record->kind)) >> record->kind & 1);
}

/* ---- the order (RFC 7644 section 3.4.2.3) ---- */

/* One attribute decides, whatever the type. */
static enum err find_sort(struct list *list, struct span text)
{
	struct scim_call *call = list->call;
	for (size_t i = 0; i < list->type_count; i++) {
		struct scim_path path;
		if (!scim_path_find(list->types[i], text, &path) || !path.attribute)
			continue;
		enum attr attr = path.part ? path.part->attr : path.attribute->attr;
		if (attr != ATTR_NONE && list->spec.sort != ATTR_NONE && attr != list->spec.sort)
			return fail(&call->why, ERR_VALUE, arena_string(call->arena, text),
				"it is not the same attribute of all that are sorted");
		list->spec.sort = attr != ATTR_NONE ? attr : list->spec.sort;
	}
	if (list->spec.sort != ATTR_NONE)
		return OK;
	return fail(&call->why, ERR_VALUE, arena_string(call->arena, text),
		"nothing is sorted by this");
}

static enum err take_sort(struct list *list)
{
	struct scim_call *call = list->call;
	struct span text = list->asked.sort, order = list->asked.order;
	list->spec.descending = span_equal_nocase(order, SPAN("descending"));
	if (order.len > 0 && !list->spec.descending && !span_equal_nocase(order, SPAN("ascending")))
		return fail(&call->why, ERR_VALUE, "sortOrder", "ascending or descending");
	if (text.len == 0)
		return OK;
	enum err err = find_sort(list, text);
	/* Each page of the sorted list looks at all that stands before it. */
	if (!err && list->start > LIMIT_SORTED_INDEX)
		return fail(&call->why, ERR_TOO_MANY, "startIndex",
			"behind %d a sorted list is read by cursor", LIMIT_SORTED_INDEX);
	return err;
}

static enum err take_filter(struct list *list)
{
	struct scim_call *call = list->call;
	struct span text = list->asked.filter;
	if (text.len == 0)
		return OK;
	if (list->type_count == 1)
		return scim_filter_parse(
			call->arena, list->types[0], text, &list->spec.filter, &call->why);
	return scim_filter_parse_among(
		call->arena, list->types, list->type_count, text, &list->spec.filter, &call->why);
}

enum err list_prepare(struct list *list)
{
	enum err err = take_sort(list);
	if (!err)
		err = take_filter(list);
	return err ? err : list_take_cursor(list);
}

/* ---- the answer ---- */

void list_begin(struct json_writer *w, struct buffer *out, const char *schema)
{
	buffer_reset(out);
	json_start(w, out);
	json_begin_object(w);
	json_name(w, "schemas");
	json_begin_array(w);
	json_put_string(w, "urn:ietf:params:scim:api:messages:2.0:ListResponse");
	if (schema)
		json_put_string(w, schema);
	json_end_array(w);
	json_name(w, "Resources");
	json_begin_array(w);
}

static void end_list(struct list *list, uint64_t total)
{
	struct json_writer *w = &list->w;
	json_end_array(w);
	json_integer_member(w, "totalResults", (int64_t)total);
	if (!list->by_cursor)
		json_integer_member(w, "startIndex", (int64_t)list->start);
	json_integer_member(w, "itemsPerPage", (int64_t)list->written);
	list_put_next(list);
	json_end_object(w);
}

void list_put(struct list *list, const struct record *record)
{
	struct scim_call *call = list->call;
	call->type = scim_type_of(record->kind);
	for (size_t i = 0; i < list->type_count; i++)
		if (list->types[i] == call->type)
			call->select = list->selects[i];
	scim_put_resource(call, &list->w, record);
	list->written++;
}

/* By cursor it looks for one more, to know whether another page follows. */
static void put_found(struct list *list, struct search *search)
{
	struct record record;
	while (!list->ended && (list->written < list->count || list->by_cursor)) {
		unsigned budget = CANDIDATES_A_TURN;
		enum step step = search_next(search, &budget, &record);
		list->ended = step == STEP_END;
		if (step != STEP_FOUND || ++list->seen < list->start)
			continue;
		if (list->written == list->count)
			return;
		list_put(list, &record);
		if (list->by_cursor)
			list_remember(list, search);
	}
}

static enum err put_page(struct list *list)
{
	struct scim_call *call = list->call;
	struct search *search;
	struct search_spec spec = list->spec;
	spec.after_kind = list->from.kind;
	spec.after_number = list->from.number;
	spec.after_key = list->from.sort;
	enum err err = search_open(call->thread->view, call->arena, &spec, &search, &call->why);
	if (err)
		return err;
	if (list->count > 0) {
		list->seen = search_skip(search, list->start - 1);
		put_found(list, search);
	}
	search_close(search);
	return view_error(call->thread->view, &call->why);
}

static enum err write_list(struct list *list)
{
	struct scim_call *call = list->call;
	uint64_t total;
	for (size_t i = 0; i < list->type_count; i++)
		list->spec.kinds |= list_kinds(call, list->types[i]);
	list_begin(&list->w, &call->thread->out, NULL);
	enum err err = put_page(list);
	total = list->seen;
	if (!err && (!list->ended || list->from.kind != KIND_NONE))
		err = search_count(
			call->thread->view, call->arena, &list->spec, &total, &call->why);
	end_list(list, total);
	return err;
}

void list_answer(struct list *list)
{
	struct scim_call *call = list->call;
	list->spec.actor = &call->actor;
	list->spec.tenant = call->actor.tenant;
	list->spec.living = true;
	list->spec.custom = !call->actor.entrance.roles_as_groups;
	list->spec.resolve = resolve_id;
	list->spec.resolve_arg = list;
	enum err err = view_begin(call->thread->view, &call->why);
	if (!err) {
		err = scim_find_actor(call);
		if (!err)
			err = write_list(list);
		view_end(call->thread->view);
	}
	if (err)
		scim_fail(call, err);
	else
		scim_answer(call, 200, NULL);
}
