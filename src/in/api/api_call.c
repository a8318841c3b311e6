/* Letting a call in, and running it. */
#include "base/hash.h"
#include "base/limits.h"
#include "core/audit.h"
#include "in/api/api_events.h"

#include <stdio.h>

/* ---- who, where, whether ---- */

static void actor_arrived(struct api_call *call)
{
	actor_came(&call->actor, CHANNEL_API, call->request->address,
		http_header(call->exchange, "User-Agent"));
	call->actor.request = call->id;
}

static enum err identify_browser(struct api_call *call, struct view *view)
{
	enum err err = visit_enter(&call->visit, view, &call->actor, &call->why);

	if (err == OK)
		actor_arrived(call);
	return err;
}

/* A SCIM client's token opens no door here. */
static enum err identify_key(struct api_call *call, struct view *view)
{
	if (!span_starts(call->token, SPAN("mst_api_")) &&
		!span_starts(call->token, SPAN("mst_personal_")))
		return fail(&call->why, ERR_CREDENTIALS, NULL,
			"the credentials are wrong or not accepted");
	enum err err = view_token(view, call->token, &call->actor, &call->why);
	if (err != OK)
		return err;
	actor_arrived(call);
	core_used(call->api->admin->core, &call->actor);
	return OK;
}

static bool find_tenant(struct view *view, struct span name, uint32_t *number)
{
	struct tenant_info tenant;
	struct record record;
	struct uuid id;
	uint64_t value;

	if (view_tenant(view, name, &tenant)) {
		*number = tenant.number;
		return true;
	}
	if (!uuid_parse(name, &id) || !view_by_id(view, 0, &id, &record) ||
		!span_to_u64(record_first(&record, ATTR_TENANT_NUMBER), &value))
		return false;
	*number = (uint32_t)value;
	return true;
}

/* The segment of the path that names the tenant, or none. */
static struct span tenant_segment(const struct api_call *call)
{
	const struct http_request *request = call->request;
	struct span rest = span_str(request->route->pattern);

	span_cut(&rest, '/');
	for (size_t i = 0; i < request->segment_count; i++)
		if (span_equal(span_cut(&rest, '/'), SPAN(":tenant")))
			return request->segments[i];
	return SPAN_NONE;
}

/* Another tenant's name and one that never was are the same to whoever holds a key. */
static enum err choose_tenant(struct api_call *call, struct view *view)
{
	struct span name = tenant_segment(call);

	call->tenant = call->actor.tenant;
	if (name.len == 0)
		return OK;
	bool found = find_tenant(view, name, &call->tenant);
	if (found && actor_may_enter(&call->actor, call->tenant))
		return OK;
	enum err err = view_error(view, &call->why);
	return err != OK ? err
			 : fail(&call->why, ERR_NOT_FOUND, "tenant", "there is no such tenant");
}

/* With a password that others know one comes as far as to choose one's own. */
static enum err check_change(struct api_call *call)
{
	enum operation operation = call->route->operation;

	if (!call->actor.must_change || operation == OPERATION_SESSION_SHOW ||
		operation == OPERATION_SESSION_PASSWORD || operation == OPERATION_SESSION_END)
		return OK;
	return fail(&call->why, ERR_FORBIDDEN, "password", "choose a password of your own first");
}

/* Who asks, for which tenant, and whether that may be: in the view, begun. Asked when the head has
 * come, and again when the body has. */
static enum err api_identify(struct api_call *call, struct view *view)
{
	enum err err =
		call->visit.token.len > 0 ? identify_browser(call, view) : identify_key(call, view);

	if (err == OK)
		err = check_change(call);
	if (err == OK && operation_has_tenant(call->route->operation))
		err = choose_tenant(call, view);
	if (err == OK)
		err = admin_permit(&call->actor, call->route->operation, &call->why);
	if (err == ERR_FORBIDDEN)
		admin_refused(call->api->admin, &call->actor,
			operation_has_tenant(call->route->operation) ? call->tenant
								     : call->actor.tenant,
			call->route->operation, &call->why);
	return err;
}

/* ---- on a serving thread ---- */

void *api_thread_start(void *arg)
{
	struct api *api = arg;
	struct view *view = NULL;

	view_open(api->admin->core, &view, NULL);
	return view;
}

void api_thread_end(void *arg, void *view)
{
	(void)arg;
	if (view)
		view_close(view);
}

static struct span header(const struct api_call *call, const char *name)
{
	return arena_copy(call->arena, http_header(call->exchange, name));
}

static struct api_call *begin(
	struct api *api, struct http_exchange *exchange, const struct http_request *request)
{
	struct api_call *call = arena_zalloc(request->arena, sizeof *call);

	call->api = api;
	call->exchange = exchange;
	call->request = request;
	call->route = &api->rows[request->route - api->routes];
	call->arena = request->arena;
	call->token = arena_copy(call->arena, http_bearer(exchange));
	call->if_match = header(call, "If-Match");
	call->if_none_match = header(call, "If-None-Match");
	call->once = header(call, "Idempotency-Key");
	if (!uuid_parse(http_header(exchange, "X-Request-Id"), &call->id))
		call->id = uuid_new();
	http_set_state(exchange, call);
	return call;
}

/* Whether a browser may ask for this in this way; whoever asks to sign in is nobody yet. */
static enum err meet(struct api_call *call)
{
	struct api *api = call->api;
	const struct http_request *request = call->request;
	const char *base = api->admin->scim->base_url;

	if (call->route->operation == OPERATION_SESSION_CREATE)
		return visit_may_sign_in(call->exchange, request, base, &call->why);
	enum err err = visit_read(
		call->exchange, request, api->admin->core, base, &call->visit, &call->why);
	/* A browser opens the stream anew by itself, and can send no header with it. */
	if (call->route->operation == OPERATION_EVENTS)
		call->visit.background = true;
	return err;
}

static enum err identify(struct api_call *call, struct view *view)
{
	enum err err = view ? view_begin(view, &call->why)
			    : fail(&call->why, ERR_UNAVAILABLE, NULL, "too many readers");

	if (err != OK)
		return err;
	err = api_identify(call, view);
	view_end(view);
	return err;
}

bool api_admit(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	struct api_call *call = begin(arg, exchange, request);

	if (call->route->operation == OPERATION_COUNT)
		return true;
	enum err err = meet(call);
	bool signs_in = call->route->operation == OPERATION_SESSION_CREATE;
	if (err == OK && !signs_in)
		err = identify(call, request->thread_data);
	if (err == OK && !signs_in)
		err = core_meter(call->api->admin->core, &call->actor, &call->wait, &call->why);
	if (err != OK)
		api_fail(call, err);
	return err == OK;
}

bool api_has_file(const struct api_call *call)
{
	return span_equal(call->request->content_type, SPAN(API_FILE)) &&
	       operation_takes_file(call->route->operation, NULL);
}

static enum err check_head(struct api_call *call)
{
	const struct http_request *request = call->request;

	if (request->body.len > 0 && !span_equal(request->content_type, SPAN(API_JSON)) &&
		!api_has_file(call))
		return fail(&call->why, ERR_MEDIA_TYPE, NULL, "the body must be " API_JSON);
	if (request->method == HTTP_PUT && call->if_match.len == 0 &&
		!operation_creates(call->route->operation))
		return fail(&call->why, ERR_NO_VERSION, NULL,
			"a replacement needs If-Match with the version that it replaces");
	if (call->once.len > LIMIT_ONCE_KEY - 8)
		return fail(&call->why, ERR_SYNTAX, NULL,
			"an Idempotency-Key has %d octets at most", LIMIT_ONCE_KEY - 8);
	return OK;
}

void api_handle(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	struct api *api = arg;
	struct api_call *call = http_state(exchange);

	(void)request;
	if (call->route->operation == OPERATION_COUNT) {
		http_answer(exchange, 200, API_JSON, buffer_span(&api->described), NULL);
		return;
	}
	enum err err = check_head(call);
	if (err != OK)
		api_fail(call, err);
	else if (call->route->operation == OPERATION_SESSION_CREATE)
		api_sign_in(call);
	else if (call->route->operation == OPERATION_EVENTS)
		events_listen(api->events, call);
	else if ((err = api_pool_put(api, call)) != OK)
		api_fail(call, err);
}

/* ---- on a thread of the pool ---- */

void api_give_session(struct api_call *call, struct request *r)
{
	char *csrf = arena_alloc(call->arena, SESSION_CSRF + 1);

	if (call->visit.token.len == 0)
		return;
	session_csrf(call->api->admin->core, call->visit.token, csrf);
	r->csrf = csrf;
	r->session = &call->visit.session;
}

/* Of method, path and body: what a repetition must have in common with the first one. A body may
 * hold a password, and the digest is kept for a day: without the key nobody guesses at it. */
static void digest_request(const struct api_call *call, uint8_t digest[32])
{
	const struct http_request *request = call->request;
	const struct cursor_key *key = core_cursor_key(call->api->admin->core);
	uint8_t path[32], body[32], both[32];

	hash_sha256_two(span_of(&request->method, sizeof request->method), request->path, path);
	hash_sha256(request->body, body);
	hash_sha256_two(span_of(path, sizeof path), span_of(body, sizeof body), both);
	hmac_sha256(span_of(key->octets, sizeof key->octets), span_of(both, sizeof both), digest);
}

static enum err prepare(struct api_call *call, struct request *r)
{
	struct json *args;

	enum err err = api_arguments(call, &args);
	if (err == OK)
		err = api_condition(call, &r->if_revision);
	if (err != OK)
		return err;
	r->args = args;
	r->if_exists = call->if_match.len > 0;
	if (call->request->method == HTTP_POST && call->once.len > 0) {
		r->once = call->once;
		digest_request(call, r->once_digest);
	}
	return OK;
}

void api_run(struct api_call *call, struct view *view, struct buffer *result, struct buffer *out)
{
	struct json_writer w;
	struct request r = { .admin = call->api->admin,
		.operation = call->route->operation,
		.view = view,
		.arena = call->arena,
		.out = &w,
		.why = &call->why,
		.list_usual = API_PAGE_USUAL,
		.list_max = API_PAGE_MAX };

	json_start(&w, result);
	enum err err = identify(call, view);
	if (err == OK)
		err = prepare(call, &r);
	if (err == OK) {
		api_give_session(call, &r);
		r.actor = call->actor;
		r.has_tenant = operation_has_tenant(r.operation);
		r.tenant.number = call->tenant;
		err = admin_run(&r);
	}
	if (err == OK && result->failed)
		err = fail(&call->why, ERR_TOO_MANY, NULL, "the answer is too large; ask for less");
	if (r.wait > 0)
		call->wait = r.wait;
	if (err == OK)
		api_answer(call, &r, buffer_span(result), out);
	else
		api_fail(call, err);
}
