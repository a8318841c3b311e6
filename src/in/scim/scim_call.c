/* What every call begins with: who asks, for which tenant, and what is said beside the body. */
#include "in/scim/scim_int.h"

#include "base/clock.h"
#include "base/metric.h"
#include "core/audit.h"

#define TENANT_ROUTE "/scim/v2/:tenant/"

/* ---- beginning ---- */

const struct scim_type *scim_type_offered(const struct scim_door *door, struct span endpoint)
{
	const struct scim_type *type = scim_type_at(endpoint);
	return type && (type->kind != KIND_TEST || door->options.test_resource) ? type : NULL;
}

static bool is_resource(const struct scim_door *door, struct span segment)
{
	static const char *const words[] = { "ServiceProviderConfig", "ResourceTypes", "Schemas",
		"Roles", "Entitlements", "Bulk", "Me", ".search" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (span_equal(segment, span_str(words[i])))
			return true;
	return scim_type_offered(door, segment) != NULL;
}

/* The same decision that the routes took: a word of ours in the tenant's place is no tenant, unless
 * a whole path follows. */
static size_t resource_at(const struct scim_door *door, const struct http_request *request)
{
	if (request->segment_count <= 2)
		return 2;
	return is_resource(door, request->segments[2]) && request->segment_count < 5 ? 2 : 3;
}

struct span scim_resource_word(const struct scim_call *call)
{
	const struct http_request *request = call->request;
	return call->resource < request->segment_count ? request->segments[call->resource]
						       : SPAN_NONE;
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
	call->began = clock_monotonic();
	call->exchange = exchange;
	call->request = request;
	call->thread = request->thread_data;
	call->arena = request->arena;
	call->resource = resource_at(server->door, request);
	call->type = scim_type_at(scim_resource_word(call));
	if (!call->type)
		call->type = scim_type_of(KIND_USER);
	set_base(call);
	http_set_state(exchange, call);
	metric_add(METRIC_SCIM_REQUESTS, 1);
	return call;
}

/* Whoever made the request that is run again, if they still may. */
static enum err find_replayed(struct scim_call *call, const struct scim_replay *replay)
{
	enum err err = view_entrance(
		call->thread->view, replay->tenant, replay->entrance, &call->actor, &call->why);
	if (!err && !uuid_equal(&call->actor.id, &replay->source))
		err = fail(&call->why, ERR_CREDENTIALS, NULL, "the token is somebody else's now");
	return err;
}

/* A token that this thread has just looked up is not looked up again while nothing has been
 * committed since, nor longer than a second, since a token may expire. */
static bool is_known(const struct scim_call *call, struct span token, int64_t now)
{
	const struct scim_known *known = &call->thread->known;
	return token.len > 0 && known->snapshot == view_snapshot(call->thread->view) &&
	       now < known->until && secret_equal(token, span_of(known->token, known->token_len));
}

/* With a password that others know one comes only as far as to choose one's own. */
static enum err find_visitor(struct scim_call *call)
{
	enum err err = visit_enter(&call->visit, call->thread->view, &call->actor, &call->why);
	if (!err && call->actor.must_change)
		err = fail(&call->why, ERR_FORBIDDEN, NULL, "choose a password of your own first");
	return err;
}

static enum err find_actor(struct scim_call *call)
{
	if (http_caller(call->exchange))
		return find_replayed(call, http_caller(call->exchange));
	if (call->visit.token.len > 0)
		return find_visitor(call);
	struct span token = http_bearer(call->exchange);
	struct scim_known *known = &call->thread->known;
	int64_t now = clock_monotonic();
	if (is_known(call, token, now)) {
		call->actor = known->actor;
		return OK;
	}
	known->snapshot = 0;
	/* A key of the admin API opens no door here. */
	if (!span_starts(token, SPAN("mst_scim_")) && !span_starts(token, SPAN("mst_personal_")))
		token = SPAN_NONE;
	enum err err = view_token(call->thread->view, token, &call->actor, &call->why);
	if (err || token.len > sizeof known->token)
		return err;
	known->actor = call->actor;
	known->snapshot = view_snapshot(call->thread->view);
	known->until = now + SECOND;
	known->token_len = token.len;
	memcpy(known->token, token.data, token.len);
	known->tenant_len = 0;
	return OK;
}

/* Another tenant's name and one that never was are the same to whoever holds a token. */
static enum err check_tenant(struct scim_call *call)
{
	struct scim_known *known = &call->thread->known;
	struct span name = call->request->segments[2];
	struct tenant_info tenant;
	/* A word of ours stands where the route has a tenant: "/scim/v2/Bulk/Users". */
	if (call->resource == 2 && call->request->segment_count > 3 &&
		strncmp(call->request->route->pattern, TENANT_ROUTE, sizeof TENANT_ROUTE - 1) == 0)
		return fail(&call->why, ERR_NOT_FOUND, NULL, "there is nothing at this path");
	if (call->resource == 2)
		return OK;
	bool in_use = known->snapshot == view_snapshot(call->thread->view);
	if (in_use && span_equal(name, span_of(known->tenant, known->tenant_len)))
		return OK;
	if (!view_tenant(call->thread->view, name, &tenant) ||
		tenant.number != call->actor.tenant) {
		enum err err = view_error(call->thread->view, &call->why);
		return err ? err
			   : fail(&call->why, ERR_NOT_FOUND, NULL, "there is nothing at this path");
	}
	if (in_use && name.len <= sizeof known->tenant) {
		memcpy(known->tenant, name.data, name.len);
		known->tenant_len = name.len;
	}
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
	struct core *core = call->server->door->options.core;
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
	/* A replay is not the connection's doing. */
	if (err || http_caller(call->exchange))
		return err;
	err = core_meter(core, &call->actor, &call->wait, &call->why);
	if (!err && !call->visit.token.len)
		core_used(core, &call->actor);
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
	const struct scim_options *options = &call->server->door->options;
	enum err err = visit_read(
		exchange, request, options->core, options->base_url, &call->visit, &call->why);
	if (!err)
		err = authenticate(call);
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

static SCIM_HANDLER(go_on)
{
	(void)arg;
	struct scim_call *call = scim_call_of(exchange, request);
	call->step(call);
}

void scim_resume(struct scim_call *call, scim_step next)
{
	call->step = next;
	http_resume(call->exchange, go_on);
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
