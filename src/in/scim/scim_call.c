/* What every call begins and ends with: who asks, for which tenant, and the answer's form. */
#include "in/scim/scim_int.h"

#include "base/clock.h"
#include "base/metric.h"
#include "core/audit.h"

#include <stdio.h>

/* ---- beginning ---- */

static bool is_resource(struct span segment)
{
	static const char *const words[] = { "Users", "Groups", "ServiceProviderConfig",
		"ResourceTypes", "Schemas", "Me" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (span_equal(segment, span_str(words[i])))
			return true;
	return false;
}

/* The same decision that the routes took: a word of ours in the tenant's place is no tenant, unless
 * a whole path follows. */
static size_t resource_at(const struct http_request *request)
{
	return is_resource(request->segments[2]) && request->segment_count < 5 ? 2 : 3;
}

/* Where the path's segment begins, as it was sent. */
static size_t segment_offset(struct span path, size_t segment)
{
	size_t at = 0;
	while (segment-- > 0)
		at += 1 + span_find(span_from(path, at + 1), '/');
	return at;
}

static void set_base(struct scim_call *call)
{
	const char *given = call->server->door->options.base_url;
	struct span path = call->request->path, parts[4] = { SPAN_NONE };
	path.len = segment_offset(path, call->resource);
	parts[0] = span_str(given ? given : call->server->scheme);
	parts[1] = given ? SPAN_NONE : SPAN("://");
	parts[2] = given ? SPAN_NONE : http_header(call->exchange, "Host");
	parts[3] = path;
	size_t len = parts[0].len + parts[1].len + parts[2].len + parts[3].len;
	call->location = arena_alloc(call->arena, len + SCIM_LOCATION_TAIL);
	for (size_t i = 0; i < 4; i++) {
		if (parts[i].len > 0)
			memcpy(call->location + call->base_len, parts[i].data, parts[i].len);
		call->base_len += parts[i].len;
	}
}

static struct scim_call *begin(struct scim_server *server, struct http_exchange *exchange,
	const struct http_request *request)
{
	struct scim_call *call = arena_zalloc(request->arena, sizeof *call);
	call->server = server;
	call->exchange = exchange;
	call->request = request;
	call->thread = request->thread_data;
	call->arena = request->arena;
	call->resource = resource_at(request);
	call->type = scim_type_of(span_equal(request->segments[call->resource], SPAN("Groups"))
					  ? KIND_GROUP
					  : KIND_USER);
	set_base(call);
	http_set_state(exchange, call);
	metric_add(METRIC_SCIM_REQUESTS, 1);
	return call;
}

/* Another tenant's name and one that never was are the same to whoever holds a token. */
static enum err check_tenant(struct scim_call *call)
{
	struct tenant_info tenant;
	if (call->resource == 2)
		return OK;
	if (view_tenant(call->thread->view, call->request->segments[2], &tenant) &&
		tenant.number == call->actor.tenant)
		return OK;
	enum err err = view_error(call->thread->view, &call->why);
	return err ? err : fail(&call->why, ERR_NOT_FOUND, NULL, "there is nothing at this path");
}

/* A token that this thread has just looked up is not looked up again while nothing has been
 * committed since, nor longer than a second, since a token may expire. */
static enum err find_actor(struct scim_call *call)
{
	struct span token = http_bearer(call->exchange);
	struct scim_thread *thread = call->thread;
	uint64_t snapshot = view_snapshot(thread->view);
	int64_t now = clock_monotonic();
	if (token.len > 0 && thread->known_snapshot == snapshot && now < thread->known_until &&
		secret_equal(token, span_of(thread->known_token, thread->known_len))) {
		call->actor = thread->known_actor;
		return OK;
	}
	/* A key of the admin API opens no door here. */
	if (span_starts(token, SPAN("mst_api_")))
		token = SPAN_NONE;
	enum err err = view_token(thread->view, token, &call->actor, &call->why);
	if (err || token.len > sizeof thread->known_token)
		return err;
	thread->known_actor = call->actor;
	thread->known_snapshot = snapshot;
	thread->known_until = now + SECOND;
	thread->known_len = token.len;
	memcpy(thread->known_token, token.data, token.len);
	return OK;
}

enum err scim_find_actor(struct scim_call *call)
{
	enum err err = find_actor(call);
	if (!err)
		actor_came(&call->actor, CHANNEL_SCIM, call->request->address,
			http_header(call->exchange, "User-Agent"));
	return err;
}

static enum err authenticate(struct scim_call *call)
{
	struct view *view = call->thread->view;
	if (!view)
		return fail(&call->why, ERR_UNAVAILABLE, NULL, "too many readers");
	enum err err = view_begin(view, &call->why);
	if (err)
		return err;
	err = scim_find_actor(call);
	if (!err)
		err = check_tenant(call);
	view_end(view);
	if (!err)
		core_used(call->server->door->options.core, &call->actor);
	return err;
}

static enum err check_media_type(struct scim_call *call)
{
	enum http_method method = call->request->method;
	if (method != HTTP_POST && method != HTTP_PUT && method != HTTP_PATCH)
		return OK;
	if (span_equal(call->request->content_type, SPAN("application/scim+json")) ||
		span_equal(call->request->content_type, SPAN("application/json")))
		return OK;
	return fail(&call->why, ERR_MEDIA_TYPE, NULL, "the body must be application/scim+json");
}

bool scim_admit(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	struct scim_call *call = begin(arg, exchange, request);
	enum err err = authenticate(call);
	if (!err)
		err = check_media_type(call);
	if (err)
		scim_fail(call, err);
	return !err;
}

struct scim_call *scim_call_of(struct http_exchange *exchange, const struct http_request *request)
{
	struct scim_call *call = http_state(exchange);
	call->thread = request->thread_data;
	return call;
}

enum err scim_path_id(struct scim_call *call, struct uuid *id)
{
	if (uuid_parse(call->request->segments[call->resource + 1], id))
		return OK;
	return fail(&call->why, ERR_NOT_FOUND, NULL, "there is no such %s", call->type->name);
}

enum err scim_query_select(struct scim_call *call)
{
	struct span attributes = SPAN_NONE, excluded = SPAN_NONE;
	bool present;
	enum err err =
		http_parameter(call->request, "attributes", &attributes, &present, &call->why);
	if (!err)
		err = http_parameter(
			call->request, "excludedAttributes", &excluded, &present, &call->why);
	if (!err)
		err = scim_select_parse(
			call->type, attributes, excluded, &call->select, &call->why);
	return err;
}

/* ---- answers ---- */

/* RFC 7644 section 3.12. */
static void put_error(struct buffer *out, int status, const char *scim_type, const char *attribute,
	const char *text)
{
	struct json_writer w;
	char number[12];
	json_start(&w, out);
	json_begin_object(&w);
	json_name(&w, "schemas");
	json_begin_array(&w);
	json_put_string(&w, "urn:ietf:params:scim:api:messages:2.0:Error");
	json_end_array(&w);
	snprintf(number, sizeof number, "%d", status);
	json_string_member(&w, "status", number);
	if (scim_type)
		json_string_member(&w, "scimType", scim_type);
	char detail[sizeof((struct why *)0)->attribute + sizeof((struct why *)0)->text + 4];
	snprintf(detail, sizeof detail, "%s%s%s", attribute, *attribute ? ": " : "", text);
	json_string_member(&w, "detail", detail);
	json_end_object(&w);
}

void scim_refuse(void *arg, enum err err, int status, const char *text, struct buffer *body,
	const char **content_type)
{
	(void)arg;
	(void)err;
	put_error(body, status, NULL, "", text);
	*content_type = SCIM_JSON;
}

void scim_fail(struct scim_call *call, enum err err)
{
	const struct err_row *row = err_row(err);
	const char *const challenge[] = { "WWW-Authenticate", "Bearer realm=\"scim\"", NULL };
	const char *const retry[] = { "Retry-After", "1", NULL };
	struct buffer *out = &call->thread->out;
	buffer_reset(out);
	put_error(out, row->http, row->scim_type, call->why.attribute,
		call->why.text[0] ? call->why.text : row->text);
	http_answer(call->exchange, row->http, SCIM_JSON, buffer_span(out),
		row->http == 401                       ? challenge
		: row->http == 503 || row->http == 429 ? retry
						       : NULL);
}

void scim_answer(struct scim_call *call, int status, const struct record *record)
{
	const char *headers[5] = { NULL };
	size_t count = 0;
	char tag[SCIM_TAG_MAX];
	struct buffer *out = &call->thread->out;
	if (out->failed) {
		scim_fail(call,
			fail(&call->why, ERR_TOO_MANY, NULL,
				"the answer would be larger than %d octets; leave out members",
				SCIM_ANSWER_MAX));
		return;
	}
	if (record) {
		scim_tag(record->revision, tag);
		headers[count++] = "ETag";
		headers[count++] = tag;
	}
	if (record && status == 201) {
		headers[count++] = "Location";
		headers[count++] =
			arena_string(call->arena, scim_location(call, call->type, &record->id));
	}
	http_answer(call->exchange, status, SCIM_JSON, buffer_span(out), headers);
}

void scim_answer_empty(struct scim_call *call, int status)
{
	http_answer(call->exchange, status, NULL, SPAN_NONE, NULL);
}
