/* What the provisioning log hears of a call when its answer leaves. */
#include "in/scim/scim_int.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/metric.h"
#include "core/provision.h"
#include "wire/scim_redact.h"

static bool is_read(const struct scim_call *call)
{
	const struct http_request *request = call->request;
	struct span last = request->segments[request->segment_count - 1];
	return request->method == HTTP_GET || request->method == HTTP_HEAD ||
	       (request->method == HTTP_POST && span_equal(last, SPAN(".search")));
}

/* The route's own text, without the tenant. */
static const char *kind_of_read(const struct scim_call *call)
{
	static const char tenant[] = "/:tenant";
	const char *pattern = call->request->route->pattern + strlen("/scim/v2");
	return strncmp(pattern, tenant, strlen(tenant)) == 0 ? pattern + strlen(tenant) : pattern;
}

static enum provision_outcome outcome_of(enum err err, int status, bool changed)
{
	if (err == ERR_HELD)
		return PROVISION_HELD;
	if (status >= 400)
		return status < 500 ? PROVISION_REFUSED : PROVISION_FAILED;
	return changed ? PROVISION_SUCCEEDED : PROVISION_UNCHANGED;
}

static void take_detail(
	struct scim_call *call, struct provision *row, const struct why *why, enum err err)
{
	const struct err_row *known = err_row(err);
	const char *text = why->text[0] ? why->text : known->text;
	if (!err)
		return;
	row->scim_type = span_str(known->scim_type);
	struct span name = scim_redact_name(span_str(why->attribute));
	row->detail = span_str(
		name.len ? arena_printf(call->arena, "%.*s: %s", SPAN_ARGS(name), text) : text);
}

/* ---- what was sent, without its secrets ---- */

static void take_target(struct scim_call *call, struct provision *row)
{
	struct scim_redacted query;
	const struct http_request *request = call->request;
	scim_redact_query(call->arena, request->query, &query);
	row->path = request->path;
	if (query.text.len)
		row->path = span_str(arena_printf(
			call->arena, "%.*s?%.*s", SPAN_ARGS(request->path), SPAN_ARGS(query.text)));
	row->flags |= query.redacted ? PROVISION_REDACTED : 0;
}

static void take_body(struct scim_call *call, struct provision *row, struct span body, bool parsed)
{
	struct scim_redacted shown;
	uint8_t digest[PROVISION_DIGEST];
	scim_redact_body(call->arena, body, parsed, &shown);
	row->body = shown.text;
	row->flags |= shown.redacted ? PROVISION_REDACTED : 0;
	if (!shown.hidden)
		return;
	core_provision_digest(call->server->door->options.core, body, digest);
	row->flags |= PROVISION_HIDDEN;
	row->body = span_str(hex_format(call->arena, span_of(digest, sizeof digest)));
}

/* Of a long Bulk only the operations are kept, each in its own row. */
static void take_request_body(struct scim_call *call, struct provision *row, bool parsed)
{
	struct span body = call->request->body;
	row->body_octets = (uint32_t)body.len;
	if (call->bulk && body.len > LIMIT_PROVISION_BODY)
		row->flags |= PROVISION_CUT;
	else
		take_body(call, row, body, parsed);
}

/* ---- whom it was about ---- */

/* The connection's own, if it gave one. */
static struct span external_id(const struct entry *entry, uint16_t source)
{
	const struct value *value;
	for (size_t i = 0; (value = entry_value(entry, ATTR_EXTERNAL_ID, i)); i++)
		if (value->source == source)
			return value->octets;
	return entry_first(entry, ATTR_EXTERNAL_ID);
}

static void take_subject(struct provision *row, const struct scim_change *change, uint16_t source)
{
	const struct entry *entry = change->edit.entry;
	/* An operation of a Bulk whose path names no type of ours was refused before it had one. */
	if (!change->type)
		return;
	row->type = span_str(change->type->name);
	row->subject_name = change->name;
	/* One that was not created has no id. */
	if (change->method != HTTP_POST || (change->done && !change->err))
		row->subject = change->id;
	if (!entry)
		return;
	struct span name = entry_first(entry, kind_row(entry->kind)->naming);
	if (name.len)
		row->subject_name = name;
	row->external_id = external_id(entry, source);
}

static void take_path(struct scim_call *call, struct provision *row)
{
	const struct http_request *request = call->request;
	const struct scim_type *type = scim_type_at(request->segments[call->resource]);
	if (type)
		row->type = span_str(type->name);
	if (request->segment_count > call->resource + 1)
		uuid_parse(request->segments[call->resource + 1], &row->subject);
}

static void take_change(
	const struct scim_call *call, struct provision *row, const struct scim_change *change)
{
	take_subject(row, change, call->actor.source);
	row->journal = change->sequence;
	row->audit_first = change->audit_first;
	row->audit_last = change->audit_last;
}

/* ---- the row ---- */

static const struct scim_change *only_change(const struct scim_call *call)
{
	const struct scim_run *run = &call->run;
	return !call->bulk && run->count == 1 ? run->units[0].changes[0] : NULL;
}

static bool has_changed(const struct scim_call *call, const struct scim_change *change)
{
	return call->run.dry ? change->count > 0 : change->sequence > 0;
}

static void fill(struct scim_call *call, int status, struct uuid id, struct provision *row)
{
	const struct scim_change *change = only_change(call);
	const struct scim_replay *replay = http_caller(call->exchange);
	*row = (struct provision){ .request = id,
		.method = span_str(http_method_name(call->request->method)),
		.condition = http_header(call->exchange, "If-Match"),
		.status = (uint16_t)status,
		.original = replay ? replay->original : 0,
		.micros = (uint32_t)(clock_monotonic() - call->began),
		.flags = (is_read(call) ? PROVISION_READ : 0) |
			 (call->run.dry ? PROVISION_DRY_RUN : 0) };
	take_target(call, row);
	take_request_body(call, row, change && change->body);
	if (change)
		take_change(call, row, change);
	else
		take_path(call, row);
	take_detail(call, row, &call->why, call->failed);
	row->outcome = outcome_of(call->failed, status, !change || has_changed(call, change));
}

/* ---- operations of a Bulk ---- */

/* A bulkId means nothing any more when the operation is run again. */
static struct span path_of(struct scim_call *call, const struct scim_change *change)
{
	char id[UUID_TEXT + 1];
	if (!change->path_bulk_id.len || uuid_is_nil(&change->id))
		return span_str(arena_printf(call->arena, "%s%.*s",
			span_starts(change->path, SPAN("/")) ? "" : "/", SPAN_ARGS(change->path)));
	uuid_format(&change->id, id);
	return span_str(arena_printf(call->arena, "%s/%s", change->type->endpoint, id));
}

static void take_data(
	struct scim_call *call, struct provision *row, const struct scim_change *change)
{
	struct json_writer w;
	struct buffer text;
	if (!change->body)
		return;
	buffer_init(&text, (size_t)8 * LIMIT_SCIM_BULK);
	json_start(&w, &text);
	json_put_tree(&w, change->body);
	struct span body = arena_copy(call->arena, buffer_span(&text));
	buffer_free(&text);
	row->body_octets = (uint32_t)body.len;
	take_body(call, row, body, true);
}

static void fill_operation(struct scim_call *call, const struct scim_change *change,
	const struct provision *whole, struct provision *row)
{
	bool known = change->method != HTTP_GET;
	int status = change->err ? err_row(change->err)->http : change->status;
	*row = (struct provision){ .request = whole->request,
		.method = known ? span_str(http_method_name(change->method)) : change->method_text,
		.path = path_of(call, change),
		.condition = change->if_match,
		.status = (uint16_t)status,
		.original = whole->original,
		.micros = whole->micros,
		.flags = whole->flags & PROVISION_DRY_RUN };
	take_data(call, row, change);
	if (change->type)
		take_change(call, row, change);
	take_detail(call, row, &change->why, change->err);
	row->outcome = outcome_of(change->err, status, has_changed(call, change));
}

static void log_request(struct scim_call *call, int status, struct uuid id)
{
	const struct scim_bulk *bulk = call->bulk;
	size_t count = 1, refused = 0;
	struct provision *rows =
		arena_array(call->arena, 1 + (bulk ? bulk->count : 0), sizeof *rows);
	fill(call, status, id, &rows[0]);
	for (size_t i = 0; bulk && i < bulk->count; i++) {
		if (!bulk->changes[i].done)
			continue;
		refused += bulk->changes[i].err != OK;
		fill_operation(call, &bulk->changes[i], &rows[0], &rows[count++]);
	}
	if (refused)
		rows[0].detail = span_str(arena_printf(
			call->arena, "%zu of %zu operations were refused", refused, bulk->count));
	core_provisioned(call->server->door->options.core, &call->actor, call->arena, rows, count);
}

static void count(int status)
{
	if (status >= 500)
		metric_add(METRIC_SCIM_FAILED, 1);
	else if (status >= 400)
		metric_add(METRIC_SCIM_REFUSED, 1);
}

const char *scim_log(struct scim_call *call, int status)
{
	char text[UUID_TEXT + 1];
	count(status);
	/* Of whom nothing is known there is no log; a flood of them would only fill it. A browser
	 * is no connection that provisions. */
	if (call->actor.kind == KIND_NONE || call->visit.token.len)
		return NULL;
	if (status < 400 && is_read(call)) {
		core_provisioned_read(call->server->door->options.core, &call->actor,
			http_method_name(call->request->route->method), kind_of_read(call));
		return NULL;
	}
	struct uuid id = call->run.request;
	if (uuid_is_nil(&id))
		id = uuid_new();
	log_request(call, status, id);
	uuid_format(&id, text);
	return arena_string(call->arena, span_str(text));
}
