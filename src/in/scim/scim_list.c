/* Lists: GET of a type, and POST .search, by index (RFC 7644 section 3.4.2.4) or by cursor (RFC
 * 9865). */
#include "in/scim/scim_int.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"

#define PAGE_DEFAULT 100
#define CANDIDATES_A_TURN 100000
#define CURSOR_LIFE (24 * 3600 * SECOND) /* "cursorTimeout" of the ServiceProviderConfig */
#define QUERY_MAX (64 * KIB)

/* What was asked for, as it came; empty: not said. */
struct asked {
	struct span filter, sort, order, cursor;
};

struct list {
	struct scim_call *call;
	struct asked asked;
	struct search_spec spec;
	uint64_t start, count; /* start from 1 */
	uint64_t seen, written;
	bool ended;
	struct json_writer w;
	/* By cursor: */
	bool by_cursor;
	struct cursor_query query;
	struct cursor_place from, last; /* KIND_NONE: nowhere yet */
	uint8_t last_sort[CURSOR_SORT_MAX];
};

static bool resolve_id(void *arg, struct view *view, struct span text, struct record *record)
{
	const struct list *list = arg;
	struct uuid id;
	return uuid_parse(text, &id) && view_by_id(view, list->spec.tenant, &id, record);
}

/* ---- the order (RFC 7644 section 3.4.2.3) ---- */

static enum err take_sort(struct list *list)
{
	struct scim_call *call = list->call;
	struct scim_path path;
	struct span text = list->asked.sort, order = list->asked.order;
	list->spec.descending = span_equal_nocase(order, SPAN("descending"));
	if (order.len > 0 && !list->spec.descending && !span_equal_nocase(order, SPAN("ascending")))
		return fail(&call->why, ERR_VALUE, "sortOrder", "ascending or descending");
	if (text.len == 0)
		return OK;
	if (scim_path_find(call->type, text, &path) && path.attribute)
		list->spec.sort = path.part ? path.part->attr : path.attribute->attr;
	if (list->spec.sort == ATTR_NONE)
		return fail(&call->why, ERR_VALUE, arena_string(call->arena, text),
			"nothing is sorted by this");
	/* Each page of the sorted list looks at all that stands before it. */
	if (list->start > LIMIT_SORTED_INDEX)
		return fail(&call->why, ERR_TOO_MANY, "startIndex",
			"behind %d a sorted list is read by cursor", LIMIT_SORTED_INDEX);
	return OK;
}

/* ---- cursors ---- */

/* The attributes that are shown may change between pages, and so may their number. */
static void make_query(struct list *list)
{
	struct scim_call *call = list->call;
	const struct actor *actor = &call->actor;
	struct buffer text;
	buffer_init(&text, QUERY_MAX);
	write_span(&text, SPAN("scim"));
	write_span(&text, span_str(call->type->name));
	write_u8(&text, (uint8_t)actor->kind);
	write_u32(&text, actor->number);
	write_u32(&text, (uint32_t)list->spec.sort);
	write_u8(&text, list->spec.descending);
	write_span(&text, list->asked.filter);
	list->query.tenant = actor->tenant;
	list->query.text = arena_copy(call->arena, buffer_span(&text));
	buffer_free(&text);
}

static enum err take_cursor(struct list *list)
{
	struct scim_call *call = list->call;
	if (!list->by_cursor)
		return OK;
	if (list->start != 1)
		return fail(&call->why, ERR_VALUE, "startIndex",
			"either a cursor or a startIndex can be given");
	make_query(list);
	if (list->asked.cursor.len == 0)
		return OK;
	const struct cursor_key *key = core_cursor_key(call->server->door->options.core);
	return cursor_read(
		call->arena, key, &list->query, list->asked.cursor, &list->from, &call->why);
}

static void remember(struct list *list, const struct search *search)
{
	struct span sort = search_sort_key(search);
	search_position(search, &list->last.kind, &list->last.number);
	if (sort.len > 0)
		memcpy(list->last_sort, sort.data, sort.len);
	list->last.sort = span_of(list->last_sort, sort.len);
}

static void put_next(struct list *list)
{
	struct scim_call *call = list->call;
	const struct cursor_key *key = core_cursor_key(call->server->door->options.core);
	if (list->by_cursor && !list->ended && list->last.kind != KIND_NONE)
		json_string_member(&list->w, "nextCursor",
			cursor_write(call->arena, key, &list->query, &list->last,
				clock_wall() + CURSOR_LIFE));
}

/* ---- the answer ---- */

static void begin_list(struct list *list)
{
	struct json_writer *w = &list->w;
	buffer_reset(&list->call->thread->out);
	json_start(w, &list->call->thread->out);
	json_begin_object(w);
	json_name(w, "schemas");
	json_begin_array(w);
	json_put_string(w, "urn:ietf:params:scim:api:messages:2.0:ListResponse");
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
	put_next(list);
	json_end_object(w);
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
		scim_put_resource(list->call, &list->w, &record);
		list->written++;
		if (list->by_cursor)
			remember(list, search);
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
	list->spec.kinds = scim_visible_kinds(call);
	begin_list(list);
	enum err err = put_page(list);
	total = list->seen;
	if (!err && (!list->ended || list->from.kind != KIND_NONE))
		err = search_count(
			call->thread->view, call->arena, &list->spec, &total, &call->why);
	end_list(list, total);
	return err;
}

static enum err prepare(struct list *list)
{
	struct scim_call *call = list->call;
	enum err err = take_sort(list);
	if (!err && list->asked.filter.len > 0)
		err = scim_filter_parse(call->arena, call->type, list->asked.filter,
			&list->spec.filter, &call->why);
	return err ? err : take_cursor(list);
}

static void answer_list(struct list *list)
{
	struct scim_call *call = list->call;
	list->spec.actor = &call->actor;
	list->spec.tenant = call->actor.tenant;
	list->spec.living = true;
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

static struct list new_list(struct scim_call *call)
{
	return (struct list){ .call = call, .start = 1, .count = PAGE_DEFAULT };
}

/* ---- GET ---- */

enum err scim_take_number(struct scim_call *call, const char *name, struct span text,
	uint64_t least, uint64_t most, uint64_t *number)
{
	bool negative = text.len > 0 && text.data[0] == '-';
	struct span digits = span_from(text, negative);
	for (size_t i = 0; i < digits.len; i++)
		if (digits.data[i] < '0' || digits.data[i] > '9')
			digits = SPAN_NONE;
	if (digits.len == 0)
		return fail(&call->why, ERR_VALUE, name, "the value is no integer");
	uint64_t value;
	if (!span_to_u64(digits, &value))
		value = UINT64_MAX;
	*number = negative || value < least ? least : value > most ? most : value;
	return OK;
}

/* RFC 9865 section 2.1 has a word of its own for a bad count beside a cursor. */
static enum err bad_count(struct list *list, enum err err)
{
	return err && list->by_cursor ? ERR_PAGE_SIZE : err;
}

static enum err take_texts(struct list *list)
{
	struct scim_call *call = list->call;
	struct {
		const char *name;
		struct span *text;
		bool present;
	} texts[] = { { "filter", &list->asked.filter, false },
		{ "sortBy", &list->asked.sort, false }, { "sortOrder", &list->asked.order, false },
		{ "cursor", &list->asked.cursor, false } };
	enum err err = OK;
	for (size_t i = 0; !err && i < sizeof texts / sizeof *texts; i++)
		err = http_parameter(
			call->request, texts[i].name, texts[i].text, &texts[i].present, &call->why);
	list->by_cursor = texts[3].present;
	if (!err && texts[0].present && list->asked.filter.len == 0)
		return fail(&call->why, ERR_FILTER, "filter", "the filter is empty");
	return err;
}

static enum err take_query(struct list *list)
{
	struct scim_call *call = list->call;
	struct span text;
	bool present;
	enum err err = scim_query_select(call);
	if (!err)
		err = take_texts(list);
	if (!err)
		err = http_parameter(call->request, "startIndex", &text, &present, &call->why);
	if (!err && present)
		err = scim_take_number(call, "startIndex", text, 1, UINT32_MAX, &list->start);
	if (!err)
		err = http_parameter(call->request, "count", &text, &present, &call->why);
	if (!err && present)
		err = bad_count(
			list, scim_take_number(call, "count", text, 0, LIMIT_PAGE, &list->count));
	return err ? err : prepare(list);
}

SCIM_HANDLER(scim_list)
{
	(void)arg;
	struct list list = new_list(scim_call_of(exchange, request));
	enum err err = take_query(&list);
	if (err)
		scim_fail(list.call, err);
	else
		answer_list(&list);
}

/* ---- POST .search (RFC 7644 section 3.4.3) ---- */

static struct span joined(struct arena *arena, const struct json *names)
{
	size_t count = names && names->type == JSON_IS_ARRAY ? names->count : 0, octets = 0;
	if (names && names->type == JSON_IS_STRING)
		return names->text;
	for (size_t i = 0; i < count; i++)
		octets += names->items[i].text.len + 1;
	uint8_t *list = arena_alloc(arena, octets + 1), *end = list;
	for (size_t i = 0; i < count; i++) {
		struct span name = names->items[i].text;
		if (names->items[i].type != JSON_IS_STRING || name.len == 0)
			continue;
		memcpy(end, name.data, name.len);
		end += name.len;
		*end++ = ',';
	}
	return span_of(list, (size_t)(end - list) - (end > list));
}

static enum err take_integer(struct scim_call *call, const struct json *body, const char *name,
	int64_t least, int64_t most, uint64_t *number)
{
	const struct json *member = json_member(body, name);
	int64_t value = json_number(body, name, INT64_MIN);
	if (!member || member->type == JSON_IS_NULL)
		return OK;
	if (value == INT64_MIN)
		return fail(&call->why, ERR_VALUE, name, "the value is no integer");
	*number = (uint64_t)(value < least ? least : value > most ? most : value);
	return OK;
}

static enum err check_search(struct scim_call *call, const struct json *body)
{
	const struct json *schemas = json_member(body, "schemas");
	for (size_t i = 0; schemas && schemas->type == JSON_IS_ARRAY && i < schemas->count; i++)
		if (span_equal_nocase(schemas->items[i].text,
			    SPAN("urn:ietf:params:scim:api:messages:2.0:SearchRequest")))
			return OK;
	return fail(&call->why, ERR_VALUE, "schemas", "the schema of a SearchRequest is missing");
}

static enum err take_members(struct list *list, const struct json *body)
{
	struct scim_call *call = list->call;
	const struct json *cursor = json_member(body, "cursor");
	list->asked = (struct asked){ .filter = json_text(body, "filter"),
		.sort = json_text(body, "sortBy"),
		.order = json_text(body, "sortOrder"),
		.cursor = json_text(body, "cursor") };
	list->by_cursor = cursor && cursor->type != JSON_IS_NULL;
	if (list->by_cursor && cursor->type != JSON_IS_STRING)
		return fail(&call->why, ERR_CURSOR, "cursor", "a cursor is a string");
	return OK;
}

static enum err take_search(struct list *list)
{
	struct scim_call *call = list->call;
	struct json *body;
	enum err err = json_parse(call->arena, call->request->body, &body, &call->why);
	if (!err)
		err = check_search(call, body);
	if (!err)
		err = scim_select_parse(call->type,
			joined(call->arena, json_member(body, "attributes")),
			joined(call->arena, json_member(body, "excludedAttributes")), &call->select,
			&call->why);
	if (!err)
		err = take_members(list, body);
	if (!err)
		err = take_integer(call, body, "startIndex", 1, UINT32_MAX, &list->start);
	if (!err)
		err = bad_count(
			list, take_integer(call, body, "count", 0, LIMIT_PAGE, &list->count));
	return err ? err : prepare(list);
}

SCIM_HANDLER(scim_search)
{
	(void)arg;
	struct list list = new_list(scim_call_of(exchange, request));
	enum err err = take_search(&list);
	if (err)
		scim_fail(list.call, err);
	else
		answer_list(&list);
}
