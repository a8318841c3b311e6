/* GET and searching. */
#include "in/scim/scim_int.h"

#include "base/limits.h"

#define PAGE_DEFAULT 100
#define CANDIDATES_A_TURN 100000

/* ---- one resource ---- */

static enum err read_one(struct scim_call *call, struct record *record)
{
	struct uuid id;
	enum err err = scim_query_select(call);
	if (!err)
		err = scim_path_id(call, &id);
	if (!err)
		err = scim_find(call, &id, record);
	return err ? err : scim_write_resource(call, record);
}

SCIM_HANDLER(scim_get)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	struct record record;
	enum err err = view_begin(call->thread->view, &call->why);
	if (err) {
		scim_fail(call, err);
		return;
	}
	err = read_one(call, &record);
	struct span condition = http_header(exchange, "If-None-Match");
	if (err)
		scim_fail(call, err);
	else if (condition.len > 0 && scim_tag_matches(condition, record.revision))
		scim_answer_empty(call, 304);
	else
		scim_answer(call, 200, &record);
	view_end(call->thread->view);
}

/* ---- lists ---- */

struct list {
	struct scim_call *call;
	struct search_spec spec;
	uint64_t start, count; /* start from 1 */
	uint64_t seen, written;
	bool ended;
	struct json_writer w;
};

static bool resolve_id(void *arg, struct view *view, struct span text, struct record *record)
{
	const struct list *list = arg;
	struct uuid id;
	return uuid_parse(text, &id) && view_by_id(view, list->spec.tenant, &id, record);
}

/* Below `least` counts as `least`, above `most` as `most` (RFC 7644 section 3.4.2.4). */
static enum err take_number(struct scim_call *call, const char *name, struct span text,
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

static enum err take_filter(struct list *list, struct span text)
{
	struct scim_call *call = list->call;
	return scim_filter_parse(call->arena, call->type, text, &list->spec.filter, &call->why);
}

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
	json_integer_member(w, "startIndex", (int64_t)list->start);
	json_integer_member(w, "itemsPerPage", (int64_t)list->written);
	json_end_object(w);
}

static enum err put_page(struct list *list)
{
	struct scim_call *call = list->call;
	struct search *search;
	struct record record;
	enum err err =
		search_open(call->thread->view, call->arena, &list->spec, &search, &call->why);
	if (err)
		return err;
	if (list->count > 0)
		list->seen = search_skip(search, list->start - 1);
	while (!list->ended && list->written < list->count) {
		unsigned budget = CANDIDATES_A_TURN;
		enum step step = search_next(search, &budget, &record);
		list->ended = step == STEP_END;
		if (step != STEP_FOUND || ++list->seen < list->start)
			continue;
		scim_put_resource(call, &list->w, &record);
		list->written++;
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
	if (!err && !list->ended)
		err = search_count(
			call->thread->view, call->arena, &list->spec, &total, &call->why);
	end_list(list, total);
	return err;
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

static enum err take_query(struct list *list)
{
	struct scim_call *call = list->call;
	struct span text;
	bool present;
	enum err err = scim_query_select(call);
	if (!err)
		err = http_parameter(call->request, "startIndex", &text, &present, &call->why);
	if (!err && present)
		err = take_number(call, "startIndex", text, 1, UINT32_MAX, &list->start);
	if (!err)
		err = http_parameter(call->request, "count", &text, &present, &call->why);
	if (!err && present)
		err = take_number(call, "count", text, 0, LIMIT_PAGE, &list->count);
	if (!err)
		err = http_parameter(call->request, "filter", &text, &present, &call->why);
	if (!err && present)
		err = take_filter(list, text);
	return err;
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
		err = take_integer(call, body, "startIndex", 1, UINT32_MAX, &list->start);
	if (!err)
		err = take_integer(call, body, "count", 0, LIMIT_PAGE, &list->count);
	struct span text = err ? SPAN_NONE : json_text(body, "filter");
	return text.len > 0 ? take_filter(list, text) : err;
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
