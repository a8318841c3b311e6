/* Whoever has signed in: who that is, the own sessions and password, and other people's sessions.
 */
#include "in/admin/session_int.h"

#include "base/clock.h"

#include <pthread.h>

#define DAY (86400 * SECOND)

/* ---- who am I ---- */

static void put_optional(struct request *r, const char *name, struct span text)
{
	json_name(r->out, name);
	if (text.len > 0)
		json_put_text(r->out, text);
	else
		json_put_null(r->out);
}

static void put_permissions(struct request *r)
{
	json_name(r->out, "permissions");
	json_begin_array(r->out);
	for (unsigned bit = 0; bit < 63; bit++)
		if (r->actor.permissions >> bit & 1)
			json_put_string(r->out, admin_codename((enum permission)bit));
	json_end_array(r->out);
}

static void put_features(struct request *r, const struct record *settings)
{
	struct feature feature;

	json_name(r->out, "features");
	json_begin_array(r->out);
	for (size_t i = record_find(settings, ATTR_FEATURE); i < settings->count; i++) {
		struct value row = record_row(settings, i);
		if (row.attr != ATTR_FEATURE)
			break;
		if (feature_parse(row.octets, &feature) && feature.on)
			json_put_text(r->out, feature.name);
	}
	json_end_array(r->out);
}

/* The own, else the company's, else none. */
static struct span taste(const struct record *person, const struct record *settings, enum attr attr)
{
	struct span own = record_first(person, attr);

	return own.len > 0 ? own : record_first(settings, attr);
}

static void put_password(struct request *r, const struct record *person)
{
	int64_t end = password_end(r->view, person);

	json_bool_member(r->out, "must_change", r->actor.must_change);
	json_bool_member(r->out, "password_elsewhere", password_is_upstream(r->view, person));
	json_bool_member(r->out, "totp", person_asks_code(person));
	json_name(r->out, "password_days");
	if (end > 0)
		json_put_integer(r->out, end > clock_wall() ? (end - clock_wall()) / DAY : 0);
	else
		json_put_null(r->out);
}

static void put_company(struct request *r, const struct record *settings)
{
	struct span name = record_first(settings, ATTR_DISPLAY_NAME);

	json_text_member(r->out, "tenant", r->tenant.name);
	json_text_member(r->out, "tenant_name", name.len > 0 ? name : r->tenant.name);
	json_bool_member(r->out, "operator", r->tenant.number == 0);
	json_string_member(r->out, "preset", preset_name(policy_preset(settings)));
	put_features(r, settings);
}

static void put_session(struct request *r)
{
	const struct user_session *session = r->session;

	json_string_member(r->out, "csrf", r->csrf);
	show_uuid(r, "session", &session->id);
	show_time(r, "created", session->created);
	show_time(r, "idle_end", session->idle_end);
	show_time(r, "expires", session->end);
}

/* Of whoever asks, not of a tenant that an operator looks into. */
static enum err begin_own(struct request *r, struct record *own)
{
	r->has_tenant = true;
	r->tenant.number = r->actor.tenant;
	enum err err = request_tenant(r);
	if (err == OK && !view_entry(r->view, r->actor.tenant, r->actor.kind, r->actor.number, own))
		err = fail(r->why, ERR_NOT_FOUND, NULL, "nobody has signed in");
	return err;
}

enum err admin_session_show(struct request *r)
{
	struct record own, settings = { 0 };

	enum err err = begin_own(r, &own);
	if (err != OK)
		return err;
	view_settings(r->view, r->tenant.number, &settings);
	json_begin_object(r->out);
	show_uuid(r, "id", &own.id);
	json_string_member(r->out, "kind", kind_row(own.kind)->word);
	json_text_member(r->out, "user_name", record_first(&own, kind_row(own.kind)->naming));
	put_optional(r, "display_name", record_first(&own, ATTR_DISPLAY_NAME));
	put_optional(r, "language", taste(&own, &settings, ATTR_LANGUAGE));
	put_optional(r, "own_language", record_first(&own, ATTR_LANGUAGE));
	put_optional(r, "timezone", taste(&own, &settings, ATTR_TIME_ZONE));
	put_optional(r, "own_timezone", record_first(&own, ATTR_TIME_ZONE));
	put_company(r, &settings);
	put_permissions(r);
	put_password(r, &own);
	if (r->session)
		put_session(r);
	json_string_member(r->out, "version", r->admin->version);
	json_end_object(r->out);
	return OK;
}

/* ---- the own language and clock ---- */

static const struct {
	const char *argument;
	enum attr attr;
} tastes[] = { { "language", ATTR_LANGUAGE }, { "timezone", ATTR_TIME_ZONE } };
#define TASTES (sizeof tastes / sizeof *tastes)

enum err session_person(struct request *r, struct record *own)
{
	enum err err = begin_own(r, own);

	if (err == OK && own->kind != KIND_USER)
		err = fail(r->why, ERR_NOT_FOUND, NULL, "it is no person who asks");
	return err;
}

enum err admin_session_edit(struct request *r)
{
	struct modification mods[TASTES];
	struct value values[TASTES];
	struct outcome outcome;
	struct record own;
	size_t count = 0;

	enum err err = session_person(r, &own);
	for (size_t i = 0; err == OK && i < TASTES; i++) {
		const struct json *given =
			r->args ? json_member(r->args, tastes[i].argument) : NULL;
		if (!given)
			continue;
		bool some = given->type == JSON_IS_STRING && given->text.len > 0;
		values[i] = (struct value){ .attr = tastes[i].attr };
		if (some)
			err = value_canonical(
				r->arena, tastes[i].attr, given->text, &values[i].octets, r->why);
		mods[count++] = (struct modification){ .op = PATCH_REPLACE,
			.attr = tastes[i].attr,
			.values = &values[i],
			.count = some };
	}
	if (err != OK || count == 0)
		return err;
	const struct command command = { .type = COMMAND_MODIFY,
		.tenant = own.tenant,
		.kind = KIND_USER,
		.id = own.id,
		.mods = mods,
		.mod_count = count };
	return request_run(r, &command, &outcome);
}

/* ---- the own password ---- */

struct check {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool done;
	enum err err;
};

static void checked(struct login *login, enum err err)
{
	struct check *check = login->arg;

	pthread_mutex_lock(&check->lock);
	check->err = err;
	check->done = true;
	pthread_cond_signal(&check->wake);
	pthread_mutex_unlock(&check->lock);
}

static enum err wait_for(struct check *check)
{
	pthread_mutex_lock(&check->lock);
	while (!check->done)
		pthread_cond_wait(&check->wake, &check->lock);
	pthread_mutex_unlock(&check->lock);
	return check->err;
}

/* A browser that was left open is not worth the account. */
enum err session_check_password(struct request *r, struct record *own, bool is_old)
{
	struct span typed = json_text(r->args, "current"), code = json_text(r->args, "code");
	struct check check = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, OK };
	struct login login = { .tenant = own->tenant,
		.kind = KIND_USER,
		.number = own->number,
		.password = is_old ? typed
				   : span_str(arena_printf(r->arena, "%.*s%.*s", SPAN_ARGS(typed),
					     SPAN_ARGS(code))),
		.is_old = is_old,
		.is_interactive = true,
		.address = r->actor.address,
		.channel = r->actor.channel,
		.done = checked,
		.arg = &check };

	enum login_state state = login_start(r->admin->core, r->view, &login, &check.err);
	request_release(r);
	if (state == LOGIN_PENDING)
		wait_for(&check);
	pthread_cond_destroy(&check.wake);
	pthread_mutex_destroy(&check.lock);
	if (check.err == ERR_CREDENTIALS)
		return fail(r->why, ERR_VALUE, "current", "%s",
			is_old ? "the present password is another"
			       : "the present password or the code is another");
	if (check.err != OK)
		return fail(r->why, check.err, NULL, "%s", err_row(check.err)->text);
	return session_person(r, own);
}

enum err admin_session_password(struct request *r)
{
	char hash[PASSWORD_STORED_MAX];
	struct outcome outcome;
	struct record own;

	enum err err = session_person(r, &own);
	if (err != OK)
		return err;
	if (password_is_upstream(r->view, &own))
		return fail(r->why, ERR_OWNED, "password", PASSWORD_ELSEWHERE);
	err = session_check_password(r, &own, true);
	if (err == OK)
		err = password_make(r->view, own.tenant, PASSWORD_CHOSEN,
			json_text(r->args, "password"), hash, NULL, r->why);
	if (err != OK)
		return err;
	const struct value value = { .attr = ATTR_PASSWORD, .octets = span_str(hash) };
	const struct modification mod = {
		.op = PATCH_REPLACE, .attr = ATTR_PASSWORD, .values = &value, .count = 1
	};
	const struct command command = { .type = COMMAND_MODIFY,
		.tenant = own.tenant,
		.kind = KIND_USER,
		.id = own.id,
		.mods = &mod,
		.mod_count = 1 };
	return request_run(r, &command, &outcome);
}

/* ---- sessions ---- */

static void show_one(struct request *r, const struct user_session *session)
{
	bool own = uuid_equal(&session->id, &r->actor.entrance.session);

	json_begin_object(r->out);
	show_uuid(r, "session", &session->id);
	show_time(r, "created", session->created);
	show_time(r, "seen", session->seen);
	show_time(r, "idle_end", session->idle_end);
	show_time(r, "expires", session->end);
	json_text_member(r->out, "ip", session->address);
	json_text_member(r->out, "user_agent", session->user_agent);
	json_bool_member(r->out, "current", own);
	json_end_object(r->out);
}

static enum err list(struct request *r, const struct record *person)
{
	struct user_session sessions[SESSIONS_MOST];
	size_t count = view_sessions(r->view, person->tenant, person->number, sessions);

	json_begin_array(r->out);
	for (size_t i = count; i-- > 0;)
		show_one(r, &sessions[i]);
	json_end_array(r->out);
	return view_error(r->view, r->why);
}

static enum err end(struct request *r, const struct record *person, struct session_order order)
{
	const struct command command = { .type = COMMAND_SESSION,
		.tenant = person->tenant,
		.kind = KIND_USER,
		.id = person->id,
		.session = &order };
	struct outcome outcome;

	return request_run(r, &command, &outcome);
}

/* The session that the argument names. */
static enum err end_named(struct request *r, const struct record *person)
{
	struct session_order order = { .verb = SESSION_END };

	if (!uuid_parse(json_text(r->args, "session"), &order.id))
		return fail(r->why, ERR_NOT_FOUND, "session", "there is no such session");
	return end(r, person, order);
}

enum err admin_session_list(struct request *r)
{
	struct record own;

	enum err err = session_person(r, &own);
	return err == OK ? list(r, &own) : err;
}

enum err admin_session_end(struct request *r)
{
	struct record own;

	if (!r->session)
		return fail(r->why, ERR_NOT_FOUND, NULL, "nobody has signed in with a browser");
	enum err err = session_person(r, &own);
	return err == OK ? end(r, &own,
				   (struct session_order){
					   .verb = SESSION_END, .id = r->actor.entrance.session })
			 : err;
}

enum err admin_session_revoke(struct request *r)
{
	struct record own;

	enum err err = session_person(r, &own);
	return err == OK ? end_named(r, &own) : err;
}

enum err admin_session_end_others(struct request *r)
{
	struct record own;

	enum err err = session_person(r, &own);
	return err == OK ? end(r, &own,
				   (struct session_order){ .verb = SESSION_END_OTHERS,
					   .id = r->actor.entrance.session })
			 : err;
}

static enum err begin_other(struct request *r, struct record *person)
{
	enum err err = request_tenant(r);

	return err == OK ? request_entry(r, KIND_USER, "user", person) : err;
}

enum err admin_user_sessions(struct request *r)
{
	struct record person;

	enum err err = begin_other(r, &person);
	return err == OK ? list(r, &person) : err;
}

enum err admin_user_session_end(struct request *r)
{
	struct record person;

	enum err err = begin_other(r, &person);
	return err == OK ? end_named(r, &person) : err;
}

enum err admin_user_sessions_end(struct request *r)
{
	struct record person;

	enum err err = begin_other(r, &person);
	return err == OK ? end(r, &person, (struct session_order){ .verb = SESSION_END_OTHERS })
			 : err;
}

/* ---- what a door does by itself ---- */

enum err admin_of_door(struct request *r)
{
	return fail(r->why, ERR_UNSUPPORTED, NULL, "only the HTTP door does this");
}
