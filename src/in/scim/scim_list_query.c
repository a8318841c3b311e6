/* What a list is asked for with: the query of a GET, the body of POST .search (RFC 7644 section
 * 3.4.3), on one type or at the root. */
#include "in/scim/scim_list_int.h"

#include "base/limits.h"

static struct list new_list(struct scim_call *call)
{
	return (struct list){ .call = call,
		.types = { call->type },
		.type_count = 1,
		.start = 1,
		.count = PAGE_DEFAULT };
}

/* Of all types of resources that somebody has made (RFC 7644 section 3.4.2.1). */
static struct list new_root_list(struct scim_call *call)
{
	static const enum kind kinds[] = { KIND_USER, KIND_GROUP, KIND_TEST };
	bool test = call->server->door->options.test_resource;
	struct list list = new_list(call);
	list.type_count = sizeof kinds / sizeof *kinds - !test;
	for (size_t i = 0; i < list.type_count; i++)
		list.types[i] = scim_type_of(kinds[i]);
	return list;
}

static enum err select_of(struct list *list, struct span attributes, struct span excluded)
{
	enum err err = OK;
	for (size_t i = 0; !err && i < list->type_count; i++)
		err = scim_select_parse(
			list->types[i], attributes, excluded, &list->selects[i], &list->call->why);
	return err;
}

/* ---- GET ---- */

static enum err take_text(
	struct scim_call *call, const char *name, struct span *text, bool *present)
{
	*text = SPAN_NONE;
	return http_parameter(call->request, name, text, present, &call->why);
}

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

enum err list_take_number(
	struct scim_call *call, const char *name, uint64_t least, uint64_t most, uint64_t *number)
{
	struct span text;
	bool present;
	enum err err = take_text(call, name, &text, &present);
	return err || !present ? err : scim_take_number(call, name, text, least, most, number);
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

enum err list_take_selection(struct list *list)
{
	struct span attributes, excluded;
	bool present;
	enum err err = take_text(list->call, "attributes", &attributes, &present);
	if (!err)
		err = take_text(list->call, "excludedAttributes", &excluded, &present);
	return err ? err : select_of(list, attributes, excluded);
}

static enum err take_query(struct list *list)
{
	struct scim_call *call = list->call;
	enum err err = list_take_selection(list);
	if (!err)
		err = take_texts(list);
	if (!err)
		err = list_take_number(call, "startIndex", 1, UINT32_MAX, &list->start);
	if (!err)
		err = bad_count(list, list_take_number(call, "count", 0, LIMIT_PAGE, &list->count));
	return err ? err : list_prepare(list);
}

static void answer_query(struct list *list)
{
	enum err err = take_query(list);
	if (err)
		scim_fail(list->call, err);
	else
		list_answer(list);
}

SCIM_HANDLER(scim_list)
{
	(void)arg;
	struct list list = new_list(scim_call_of(exchange, request));
	struct span since;
	bool present;
	enum err err = take_text(list.call, "since", &since, &present);
	if (err)
		scim_fail(list.call, err);
	else if (present)
		list_answer_changes(&list, since);
	else
		answer_query(&list);
}

/* A word of ours in the tenant's place is no tenant, and is not read this way. */
SCIM_HANDLER(scim_root)
{
	(void)arg;
	struct list list = new_root_list(scim_call_of(exchange, request));
	if (scim_resource_word(list.call).len > 0)
		scim_fail(list.call, ERR_METHOD);
	else
		answer_query(&list);
}

/* ---- POST .search ---- */

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
	static const char *const names[] = { "filter", "sortBy", "sortOrder" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct json *member = json_member(body, names[i]);
		if (member && member->type != JSON_IS_STRING && member->type != JSON_IS_NULL)
			return fail(&call->why, i ? ERR_VALUE : ERR_FILTER, names[i],
				"the value must be a string");
	}
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
		err = select_of(list, joined(call->arena, json_member(body, "attributes")),
			joined(call->arena, json_member(body, "excludedAttributes")));
	if (!err)
		err = take_members(list, body);
	if (!err)
		err = take_integer(call, body, "startIndex", 1, UINT32_MAX, &list->start);
	if (!err)
		err = bad_count(
			list, take_integer(call, body, "count", 0, LIMIT_PAGE, &list->count));
	return err ? err : list_prepare(list);
}

static void answer_search(struct list *list)
{
	enum err err = take_search(list);
	if (err)
		scim_fail(list->call, err);
	else
		list_answer(list);
}

SCIM_HANDLER(scim_search)
{
	(void)arg;
	struct list list = new_list(scim_call_of(exchange, request));
	answer_search(&list);
}

SCIM_HANDLER(scim_root_search)
{
	(void)arg;
	struct list list = new_root_list(scim_call_of(exchange, request));
	answer_search(&list);
}
