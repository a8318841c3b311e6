/* From path, query and body to the arguments of the operation. The types are looked at later, by
 * the operation's own table; here a query's texts become what the table says they are. */
#include "in/api/api_int.h"

#define ARGUMENTS_MAX 64 /* in path and query */

struct gathering {
	struct api_call *call;
	struct json *args;
	size_t room;
};

static const char *shown(struct gathering *g, struct span name)
{
	name.len = name.len < 60 ? name.len : 60;
	return arena_string(g->call->arena, name);
}

static enum err add(struct gathering *g, struct json value, struct span name)
{
	struct json *args = g->args;

	for (size_t i = 0; i < args->count; i++)
		if (span_equal(args->items[i].name, name))
			return fail(&g->call->why, ERR_VALUE, shown(g, name),
				"the argument stands twice, or in path and body");
	if (args->count == g->room)
		return fail(&g->call->why, ERR_VALUE, NULL, "there are too many arguments");
	value.name = name;
	args->items[args->count++] = value;
	return OK;
}

static struct json text_value(struct span text)
{
	return (struct json){ .type = JSON_IS_STRING, .text = text };
}

static enum err add_path(struct gathering *g)
{
	const struct http_request *request = g->call->request;
	struct span rest = span_str(request->route->pattern);
	enum err err = OK;

	span_cut(&rest, '/');
	for (size_t i = 0; err == OK && i < request->segment_count; i++) {
		struct span piece = span_cut(&rest, '/');

		if (piece.data[0] == ':' && !span_equal(piece, SPAN(":tenant")))
			err = add(g, text_value(request->segments[i]), span_from(piece, 1));
	}
	return err;
}

static struct json list_value(struct arena *arena, struct span text)
{
	struct json list = { .type = JSON_IS_ARRAY };

	list.items = arena_array(arena, text.len + 1, sizeof *list.items);
	while (text.len > 0)
		list.items[list.count++] = text_value(span_cut(&text, ','));
	return list;
}

/* What does not fit stays a text, and is refused as one. */
static struct json query_value(struct arena *arena, enum argument_type type, struct span text)
{
	uint64_t number;

	if (type == ARGUMENT_LIST)
		return list_value(arena, text);
	if (type == ARGUMENT_NUMBER && span_to_u64(text, &number) && number <= INT64_MAX)
		return (struct json){ .type = JSON_IS_INTEGER, .integer = (int64_t)number };
	if (type == ARGUMENT_YES && span_equal(text, SPAN("true")))
		return (struct json){ .type = JSON_IS_TRUE };
	if (type == ARGUMENT_YES && span_equal(text, SPAN("false")))
		return (struct json){ .type = JSON_IS_FALSE };
	return text_value(text);
}

static enum err add_query(struct gathering *g)
{
	struct api_call *call = g->call;
	struct span rest = call->request->query;
	enum err err = OK;

	while (err == OK && rest.len > 0) {
		struct span pair = span_cut(&rest, '&');
		struct span name = span_cut(&pair, '='), value;
		struct argument argument;
		bool present;

		if (name.len == 0)
			continue;
		if (!operation_argument(call->route->operation, name, &argument))
			return fail(&call->why, ERR_UNKNOWN, shown(g, name),
				"there is no such argument here");
		err = http_parameter(call->request, argument.member, &value, &present, &call->why);
		if (err == OK)
			err = add(g, query_value(call->arena, argument.type, value), name);
	}
	return err;
}

static enum err add_file(struct gathering *g)
{
	struct argument argument;
	struct span body = g->call->request->body;

	operation_takes_file(g->call->route->operation, &argument);
	return add(g, text_value(body),
		span_str(arena_string(g->call->arena, span_str(argument.member))));
}

static enum err add_body(struct gathering *g)
{
	struct api_call *call = g->call;
	struct json *body;
	enum err err = OK;

	if (call->request->body.len == 0)
		return OK;
	if (api_has_file(call))
		return add_file(g);
	err = json_parse(call->arena, call->request->body, &body, &call->why);
	if (err != OK)
		return err;
	if (body->type != JSON_IS_OBJECT)
		return fail(&call->why, ERR_SYNTAX, NULL, "the body must be an object");
	struct json *items = arena_array(call->arena, g->args->count + body->count, sizeof *items);
	memcpy(items, g->args->items, g->args->count * sizeof *items);
	g->args->items = items;
	g->room = g->args->count + body->count;
	for (size_t i = 0; err == OK && i < body->count; i++)
		err = add(g, body->items[i], body->items[i].name);
	return err;
}

enum err api_arguments(struct api_call *call, struct json **result)
{
	struct json *args = arena_zalloc(call->arena, sizeof *args);
	struct gathering g = { call, args, ARGUMENTS_MAX };

	args->type = JSON_IS_OBJECT;
	args->items = arena_array(call->arena, ARGUMENTS_MAX, sizeof *args->items);
	enum err err = add_path(&g);
	if (err == OK)
		err = add_query(&g);
	if (err == OK)
		err = add_body(&g);
	if (err == OK)
		*result = args;
	return err;
}

/* RFC 9110 section 13.1.1: one strong tag of ours, or "*". A tag that is none of ours is no present
 * version. */
enum err api_condition(struct api_call *call, uint64_t *revision)
{
	struct span tag = call->if_match;

	*revision = 0;
	if (tag.len == 0 || span_equal(tag, SPAN("*")))
		return OK;
	bool quoted = tag.len > 2 && tag.data[0] == '"' && tag.data[tag.len - 1] == '"';
	if (quoted && span_to_u64(span_of(tag.data + 1, tag.len - 2), revision) && *revision > 0)
		return OK;
	*revision = 0;
	return fail(&call->why, ERR_VERSION, NULL, "somebody else changed the entry first");
}
