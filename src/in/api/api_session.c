/* Signing in with a browser. Nothing waits here: the password is looked at by the core's hashing
 * threads or the company's directory, the session is written by the writer, and in between the
 * exchange is suspended. Whatever is wrong with company, name, password or code gets one answer. */
#include "in/api/api_int.h"

#include "model/value.h"

#define ANSWER_MAX (64 * 1024)

struct sign_in {
	struct api_call *call;
	struct login login;
	enum err err;
	char token[SESSION_TOKEN + 1];
	struct session_order order;
	struct command command;
	struct outcome outcome;
	struct batch batch;
};

/* ---- who that would be ---- */

static bool find_tenant(struct view *view, struct span name, struct tenant_info *tenant)
{
	struct tenant_info other;

	if (span_equal(name, SPAN(ADMIN_REALM))) {
		*tenant = (struct tenant_info){ .active = true };
		return true;
	}
	if (name.len > 0)
		return view_tenant(view, name, tenant);
	/* Where one company lives alone it need not be said. */
	return view_next_tenant(view, 1, tenant) &&
	       !view_next_tenant(view, tenant->number + 1, &other);
}

static void find_person(struct sign_in *s, struct view *view, const struct json *args)
{
	struct arena *arena = s->call->arena;
	struct span name = json_text(args, "user");
	struct tenant_info tenant;
	struct record person;

	s->login.name = value_normal(arena, ATTR_USER_NAME, name);
	if (!find_tenant(view, json_text(args, "tenant"), &tenant))
		return;
	s->login.tenant = tenant.number;
	if (tenant.active && login_find(view, arena, tenant.number,
				     LOGIN_BY_USER_NAME | LOGIN_BY_EMAIL, name, &person))
		s->login.number = person.number;
}

/* A code of somebody who has none on is looked at no more than that of somebody there is not. */
static void take_password(struct sign_in *s, struct view *view, const struct json *args)
{
	struct span password = json_text(args, "password"), code = json_text(args, "code");

	if (code.len > 0 && login_takes_code(view, &s->login))
		password = span_str(arena_printf(
			s->call->arena, "%.*s%.*s", SPAN_ARGS(password), SPAN_ARGS(code)));
	s->login.password = password;
}

/* ---- the end ---- */

static void refuse(struct sign_in *s, enum err err)
{
	struct api_call *call = s->call;
	enum password_trouble trouble = s->login.notice.trouble;

	if (err == ERR_CREDENTIALS && trouble == PASSWORD_EXPIRED)
		fail(&call->why, err, NULL,
			s->login.is_upstream
				? "the password has expired; it is changed at the company"
				: "the password has expired; an administrator gives a new one");
	else if (err == ERR_CREDENTIALS && trouble == PASSWORD_CHANGE_AFTER_RESET)
		fail(&call->why, err, NULL, "the password must be changed at the company first");
	else if (err == ERR_CREDENTIALS)
		fail(&call->why, err, NULL,
			"company, name, password or code is wrong, or signing "
			"in is not possible now");
	api_fail(call, err);
}

/* What GET /session would say now. */
static enum err show(struct sign_in *s, struct view *view, struct buffer *result)
{
	struct api_call *call = s->call;
	struct json_writer w;
	struct request r = { .admin = call->api->admin,
		.operation = OPERATION_SESSION_SHOW,
		.view = view,
		.arena = call->arena,
		.out = &w,
		.why = &call->why };

	json_start(&w, result);
	call->visit = (struct visit){ .token = span_str(s->token) };
	enum err err = view_begin(view, &call->why);
	if (err != OK)
		return err;
	err = visit_enter(&call->visit, view, &call->actor, &call->why);
	view_end(view);
	if (err != OK)
		return err;
	api_give_session(call, &r);
	r.actor = call->actor;
	return admin_run(&r);
}

static void answer(struct sign_in *s, struct view *view)
{
	struct api_call *call = s->call;
	struct buffer result;
	char id[UUID_TEXT + 1];

	buffer_init(&result, ANSWER_MAX);
	uuid_format(&call->id, id);
	enum err err = show(s, view, &result);
	const char *const headers[] = { "X-Request-Id", id, "Set-Cookie",
		visit_cookie(call->exchange, call->request, s->token), NULL };
	if (err == OK)
		http_answer(call->exchange, 200, API_JSON, buffer_span(&result), headers);
	else
		api_fail(call, err);
	secret_wipe(result.data, result.len);
	buffer_free(&result);
	secret_wipe(s->token, sizeof s->token);
}

static void begun(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	struct api_call *call = http_state(exchange);
	struct sign_in *s = call->sign_in;

	(void)arg;
	call->why = s->outcome.why;
	if (s->outcome.err == OK)
		answer(s, request->thread_data);
	else
		refuse(s, s->outcome.err);
}

static void written(struct batch *batch)
{
	struct sign_in *s = batch->arg;

	http_resume(s->call->exchange, begun);
}

/* ---- in between ---- */

static enum err begin_session(struct sign_in *s)
{
	struct api_call *call = s->call;
	struct actor *actor = &s->login.actor;

	actor_came(actor, CHANNEL_API, call->request->address,
		http_header(call->exchange, "User-Agent"));
	actor->request = call->id;
	session_make(s->login.tenant, s->login.number, s->token, &s->order);
	s->command = (struct command){ .type = COMMAND_SESSION,
		.tenant = s->login.tenant,
		.kind = KIND_USER,
		.id = actor->id,
		.session = &s->order };
	s->batch = (struct batch){ .actor = actor,
		.commands = &s->command,
		.outcomes = &s->outcome,
		.count = 1,
		.done = written,
		.arg = s };
	return core_submit(call->api->admin->core, &s->batch, &call->why);
}

static void judged(struct sign_in *s)
{
	enum err err = s->err;

	if (err == OK)
		err = begin_session(s);
	if (err != OK)
		refuse(s, err);
}

static void checked(void *arg, struct http_exchange *exchange, const struct http_request *request)
{
	struct api_call *call = http_state(exchange);

	(void)arg;
	(void)request;
	judged(call->sign_in);
}

static void looked_at(struct login *login, enum err err)
{
	struct sign_in *s = login->arg;

	s->err = err;
	http_resume(s->call->exchange, checked);
}

/* ---- the beginning ---- */

static enum err ask(struct sign_in *s, struct view *view, const struct json *args, bool *waits)
{
	struct api_call *call = s->call;

	s->login = (struct login){ .kind = KIND_USER,
		.is_interactive = true,
		.address = call->request->address,
		.channel = CHANNEL_API,
		.notice = PASSWORD_NOTICE_NONE,
		.done = looked_at,
		.arg = s };
	enum err err = view ? view_begin(view, &call->why)
			    : fail(&call->why, ERR_UNAVAILABLE, NULL, "too many readers");
	if (err != OK)
		return err;
	find_person(s, view, args);
	take_password(s, view, args);
	*waits = login_start(call->api->admin->core, view, &s->login, &s->err) == LOGIN_PENDING;
	view_end(view);
	return OK;
}

void api_sign_in(struct api_call *call)
{
	struct sign_in *s = call->sign_in = arena_zalloc(call->arena, sizeof *s);
	struct request r = { .operation = OPERATION_SESSION_CREATE, .why = &call->why };
	struct json *args;
	bool waits = false;

	s->call = call;
	enum err err = api_arguments(call, &args);
	r.args = args;
	if (err == OK)
		err = admin_check(&r);
	if (err == OK)
		err = ask(s, call->request->thread_data, args, &waits);
	if (err != OK)
		api_fail(call, err);
	else if (!waits)
		judged(s);
}
