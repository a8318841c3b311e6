/* Bulk (RFC 7644 section 3.7): many changes in one request, each with its own outcome. */
#include "in/scim/scim_int.h"

#include "base/limits.h"

#include <stdio.h>

#define BULK_URN "urn:ietf:params:scim:api:messages:2.0:Bulk"

/* ---- the request ---- */

static bool find_method(struct span text, enum http_method *method)
{
	static const struct {
		const char *name;
		enum http_method method;
	} rows[] = { { "POST", HTTP_POST }, { "PUT", HTTP_PUT }, { "PATCH", HTTP_PATCH },
		{ "DELETE", HTTP_DELETE } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (span_equal_nocase(text, span_str(rows[i].name))) {
			*method = rows[i].method;
			return true;
		}
	return false;
}

static enum err take_id(struct scim_call *call, struct scim_change *change, struct span text)
{
	if (span_starts(text, SPAN(SCIM_BULK_ID))) {
		change->path_bulk_id = span_from(text, strlen(SCIM_BULK_ID));
		return OK;
	}
	if (uuid_parse(text, &change->id))
		return OK;
	return fail(&call->why, ERR_NOT_FOUND, NULL, "there is no such %s", change->type->name);
}

/* "/Users" or "/Users/<id>", relative to the base (RFC 7644 section 3.7). */
static enum err take_path(struct scim_call *call, struct scim_change *change)
{
	struct span path = change->path;
	if (span_starts(path, SPAN("/")))
		path = span_from(path, 1);
	struct span endpoint = span_cut(&path, '/');
	change->type = scim_type_offered(call->server->door, endpoint);
	if (span_equal_nocase(endpoint, SPAN("Bulk")))
		return fail(&call->why, ERR_VALUE, "path", "a Bulk does not hold another");
	if (!change->type)
		return fail(&call->why, ERR_NOT_FOUND, "path", "there is nothing at this path");
	if ((path.len > 0) == (change->method == HTTP_POST))
		return fail(&call->why, ERR_METHOD, "path", "the method is not offered here");
	return path.len > 0 ? take_id(call, change, path) : OK;
}

static enum err take_data(
	struct scim_call *call, struct scim_change *change, const struct json *operation)
{
	const struct json *data = json_member(operation, "data");
	if (change->method == HTTP_DELETE)
		return OK;
	if (!data || data->type != JSON_IS_OBJECT)
		return fail(&call->why, ERR_VALUE, "data", "the operation has no data");
	change->body = (struct json *)data;
	return OK;
}

/* A condition that is not understood must not count as none. */
static enum err take_version(
	struct scim_call *call, struct scim_change *change, const struct json *operation)
{
	const struct json *version = json_member(operation, "version");
	if (!version || version->type == JSON_IS_NULL)
		return OK;
	if (version->type != JSON_IS_STRING || !version->text.len)
		return fail(&call->why, ERR_VALUE, "version", "a version is the text of an ETag");
	change->if_match = version->text;
	return OK;
}

static enum err take_operation(
	struct scim_call *call, struct scim_change *change, const struct json *operation)
{
	if (operation->type != JSON_IS_OBJECT)
		return fail(&call->why, ERR_SYNTAX, "Operations", "an operation is an object");
	change->method_text = json_text(operation, "method");
	change->path = json_text(operation, "path");
	change->bulk_id = json_text(operation, "bulkId");
	if (!find_method(change->method_text, &change->method))
		return fail(&call->why, ERR_VALUE, "method",
			"the method of an operation is POST, PUT, PATCH or DELETE");
	enum err err = take_path(call, change);
	if (err)
		return err;
	if (change->method == HTTP_POST && !change->bulk_id.len)
		return fail(&call->why, ERR_VALUE, "bulkId", "a POST needs a bulkId");
	if (change->method == HTTP_POST)
		change->id = change->fresh = uuid_new();
	else
		err = take_version(call, change, operation);
	return err ? err : take_data(call, change, operation);
}

/* An operation that is wrong in itself fails alone. */
static enum err take_part(struct scim_call *call, struct scim_change *change, struct span text)
{
	struct json *operation;
	enum err err = json_parse(call->arena, text, &operation, &call->why);
	if (!err && arena_used(call->arena) > LIMIT_SCIM_BULK_TREE)
		err = fail(&call->why, ERR_TOO_LARGE, "Operations", "they hold too many values");
	if (err)
		return err;
	change->err = take_operation(call, change, operation);
	change->why = call->why;
	call->why = (struct why){ 0 };
	return OK;
}

static bool has_schema(const struct json *body)
{
	const struct json *schemas = json_member(body, "schemas");
	for (size_t i = 0; schemas && schemas->type == JSON_IS_ARRAY && i < schemas->count; i++)
		if (span_equal_nocase(schemas->items[i].text, SPAN(BULK_URN "Request")))
			return true;
	return false;
}

static enum err take_frame(struct scim_call *call, struct span text)
{
	struct json *body;
	enum err err = json_parse(call->arena, text, &body, &call->why);
	if (err)
		return err;
	if (!has_schema(body))
		return fail(
			&call->why, ERR_VALUE, "schemas", "the schema of a BulkRequest is missing");
	const struct json *limit = json_member(body, "failOnErrors");
	if (!limit || limit->type == JSON_IS_NULL)
		return OK;
	int64_t number = json_number(body, "failOnErrors", 0);
	if (number < 1 || number > INT32_MAX)
		return fail(&call->why, ERR_VALUE, "failOnErrors", "an integer above 0");
	call->run.errors_max = (unsigned)number;
	return OK;
}

/* Its operations are built one by one: what the parser needs besides is that of one. */
static enum err take_request(struct scim_call *call)
{
	struct json_parts parts;
	enum err err = scim_query_dry(call, &call->run.dry);
	if (!err)
		err = json_split(call->arena, call->request->body, "Operations",
			LIMIT_SCIM_BULK_OPERATIONS, &parts, &call->why);
	if (!err)
		err = take_frame(call, parts.rest);
	if (!err && parts.count == 0)
		return fail(&call->why, ERR_SYNTAX, "Operations", "there are no operations");
	if (err)
		return err;
	call->bulk = arena_zalloc(call->arena, sizeof *call->bulk);
	call->bulk->count = parts.count;
	call->bulk->changes = arena_array(call->arena, parts.count, sizeof *call->bulk->changes);
	for (size_t i = 0; i < parts.count && !err; i++)
		err = take_part(call, &call->bulk->changes[i], parts.items[i]);
	return err;
}

/* ---- the response ---- */

static void put_location(
	struct scim_call *call, struct json_writer *w, const struct scim_change *change)
{
	struct buffer text;
	if (change->type && !uuid_is_nil(&change->id)) {
		json_text_member(w, "location", scim_location(call, change->type, &change->id));
		return;
	}
	buffer_init(&text, LIMIT_SCIM_BULK + LIMIT_HTTP_HEAD);
	buffer_put(&text, call->location, call->base_len);
	if (!span_starts(change->path, SPAN("/")))
		buffer_put_octet(&text, '/');
	buffer_put_span(&text, change->path);
	json_text_member(w, "location", buffer_span(&text));
	buffer_free(&text);
}

static void put_operation(
	struct scim_call *call, struct json_writer *w, const struct scim_change *change)
{
	char text[SCIM_TAG_MAX];
	bool made = change->method_text.len && change->method == HTTP_POST;
	json_begin_object(w);
	json_text_member(w, "method", change->method_text);
	if (change->bulk_id.len)
		json_text_member(w, "bulkId", change->bulk_id);
	if (!(made && change->err))
		put_location(call, w, change);
	if (!change->err && change->revision)
		json_text_member(w, "version", span_of(text, scim_tag(change->revision, text)));
	snprintf(
		text, sizeof text, "%d", change->err ? err_row(change->err)->http : change->status);
	json_string_member(w, "status", text);
	if (change->err || call->run.dry)
		json_name(w, "response");
	if (change->err)
		scim_put_error(w, change->err, &change->why);
	else if (call->run.dry)
		scim_put_dry(w, change);
	json_end_object(w);
}

static void ended(struct scim_call *call)
{
	struct json_writer w;
	buffer_reset(&call->thread->out);
	json_start(&w, &call->thread->out);
	json_begin_object(&w);
	json_name(&w, "schemas");
	json_begin_array(&w);
	json_put_string(&w, BULK_URN "Response");
	json_end_array(&w);
	json_name(&w, "Operations");
	json_begin_array(&w);
	for (size_t i = 0; i < call->bulk->count; i++)
		if (call->bulk->changes[i].done)
			put_operation(call, &w, &call->bulk->changes[i]);
	json_end_array(&w);
	json_end_object(&w);
	scim_answer(call, 200, NULL);
}

SCIM_HANDLER(scim_bulk)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	enum err err = take_request(call);
	if (!err)
		err = scim_bulk_order(call);
	if (err) {
		scim_fail(call, err);
		return;
	}
	call->run.ended = ended;
	scim_run(call);
}
