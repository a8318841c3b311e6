/* A write from its request to its answer: looked at on the loop, a password checked or hashed in
 * the pool, the commands on the writer's thread, and back. */
#include "in/ldap/update_int.h"

#include "base/limits.h"
#include "wire/ldap_ppolicy.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define RETRIES 256

static void look(struct update *update);

/* ---- its life ---- */

static void keep_control(struct update *update, enum control_id id, struct span *part)
{
	if (controls_have(&update->controls, id))
		*part = arena_copy(update->arena, *part);
}

struct update *update_new(struct conn *conn, const struct pdu *pdu, struct span body, uint8_t tag,
	const struct controls *controls)
{
	struct update *update = heap_zalloc(sizeof *update);

	update->shard = conn->shard;
	update->conn = conn;
	update->other = proxy_keep(conn);
	update->arena = arena_new();
	update->attempt = arena_new();
	update->body = arena_copy(update->arena, body);
	update->id = pdu->id;
	update->tag = tag;
	update->controls = *controls;
	keep_control(update, CONTROL_ASSERTION, &update->controls.assertion);
	keep_control(update, CONTROL_PRE_READ, &update->controls.pre_read);
	keep_control(update, CONTROL_POST_READ, &update->controls.post_read);
	memcpy(update->address, conn->address, sizeof update->address);
	buffer_init(&update->read, LIMIT_LDAP_OUTPUT);
	buffer_init(&update->refused, KIB);
	conn->update = update;
	return update;
}

static void dispose(struct update *update)
{
	secret_wipe((void *)update->body.data, update->body.len);
	secret_wipe(&update->hashing, sizeof update->hashing);
	arena_free(update->arena);
	arena_free(update->attempt);
	buffer_free(&update->read);
	buffer_free(&update->refused);
	proxy_drop(update->other);
	free(update);
}

void update_forget(struct conn *conn)
{
	if (conn->update)
		conn->update->conn = NULL;
}

bool update_is_known(const struct conn *conn, int32_t id)
{
	return conn->update && conn->update->id == id;
}

/* Work for somebody else (RFC 4370) goes on as them. */
static void be_other(struct update *update)
{
	proxy_swap(update->conn, update->other);
	update->is_other = update->other != NULL;
}

static void be_self(struct update *update)
{
	if (update->is_other)
		proxy_swap(update->conn, update->other);
	update->is_other = false;
}

/* ---- the answer ---- */

static void finish(struct update *update, int code)
{
	struct conn *conn = update->conn;
	bool done = code == RESULT_SUCCESS;

	if (done && update->generated.len > 0)
		buffer_reset(&conn->shard->scratch);
	if (done && update->generated.len > 0)
		password_response_write(&conn->shard->scratch, update->generated);
	conn_answer(
		conn, &(struct result){ .id = update->id,
			      .tag = update->tag,
			      .code = code,
			      .matched = code == RESULT_NO_SUCH_OBJECT || code == RESULT_REFERRAL
						 ? update->matched
						 : SPAN_NONE,
			      .text = span_str(update->text),
			      .more = done && update->generated.len > 0
					      ? buffer_span(&conn->shard->scratch)
					      : SPAN_NONE,
			      .controls = buffer_span(done ? &update->read : &update->refused) });
	conn->update = NULL;
	be_self(update);
	dispose(update);
}

int update_refuse(struct update *update, int code, const char *attribute, const char *format, ...)
{
	va_list args;
	int len = attribute ? snprintf(update->text, sizeof update->text, "%s: ", attribute) : 0;

	va_start(args, format);
	vsnprintf(update->text + len, sizeof update->text - (size_t)len, format, args);
	va_end(args);
	return code;
}

/* Lower floors spell an attribute as SCIM does. */
static const char *ldap_name(const struct update *update, const char *spelling)
{
	size_t count;
	const struct attr_row *rows = attr_rows(&count);

	for (size_t i = 0; i < count; i++)
		if (rows[i].ldap && (rows[i].kinds >> update->kind & 1) &&
			strcmp(attr_spelling(rows[i].attr), spelling) == 0)
			return rows[i].ldap;
	enum attr attr = attr_by_scim(update->kind, span_str(spelling));
	return attr_row(attr)->ldap ? attr_row(attr)->ldap : spelling;
}

/* A name that is taken is another entry; any other value that is, breaks a rule (RFC 4511 appendix
 * A.2). */
static int code_of(const struct update *update, enum err err, const char *attribute)
{
	const struct kind_row *row = kind_row(update->kind);
	bool names = update->tag != OP_MODIFY_RESPONSE && row &&
		     (update->kind == KIND_POINTER || attribute[0] == '\0' ||
			     strcmp(attribute, attr_row(row->naming)->ldap) == 0);

	if (err == ERR_EXISTS && !names)
		return err_row(ERR_VALUE)->ldap;
	return err_row(err)->ldap;
}

int update_fail(struct update *update, enum err err, const struct why *why)
{
	const char *attribute = why->attribute[0] ? ldap_name(update, why->attribute) : "";
	int code = code_of(update, err, attribute);

	return update_refuse(update, code, attribute[0] ? attribute : NULL, "%s",
		why->text[0] ? why->text : err_row(err)->text);
}

void update_malformed(struct update *update, enum err err, const struct why *why)
{
	finish(update, update_fail(update, err, why));
}

/* ---- coming back ---- */

static void come_back(struct task *task)
{
	struct update *update = (struct update *)task;
	struct shard *shard = update->shard;
	struct conn *conn = update->conn;

	shard->jobs--;
	if (conn) {
		shard_renew(shard);
		be_other(update);
		update->next(update);
		if (conn->update == update)
			be_self(update);
		arena_reset(shard->turn);
		conn_resume(conn);
	} else {
		dispose(update);
	}
	shard_check_over(shard);
}

static void go(struct update *update, void (*next)(struct update *update))
{
	update->task.run = come_back;
	update->next = next;
	update->shard->jobs++;
}

/* ---- the writer ---- */

static const struct outcome *refusal(const struct update *update)
{
	const struct outcome *found = NULL;

	for (size_t i = 0; i < update->count; i++)
		if (update->outcomes[i].err && (!found || found->err == ERR_CONFLICT))
			found = &update->outcomes[i];
	return found;
}

/* The entry has gone since it was looked at, or may not be seen. */
static int entry_is_gone(struct update *update)
{
	struct conn *conn = update->conn;
	struct buffer *scratch = &conn->shard->scratch;

	if (kind_row(update->kind)->ou) {
		buffer_reset(scratch);
		naming_put_container(scratch, &conn->shard->door->naming,
			span_str(conn->identity.tenant), update->kind);
		update->matched = buffer_span(scratch);
	}
	return update_refuse(update, RESULT_NO_SUCH_OBJECT, NULL, "%s", "");
}

static void written(struct update *update)
{
	const struct outcome *refused = refusal(update);
	bool overtaken = refused && refused->err == ERR_VERSION;

	if (overtaken && update->tries++ < RETRIES)
		look(update);
	else if (overtaken)
		finish(update, update_refuse(update, RESULT_BUSY, NULL,
				       "too many change this at once; try again later"));
	else if (refused && refused->err == ERR_NOT_FOUND)
		finish(update, entry_is_gone(update));
	else if (refused)
		finish(update, update_fail(update, refused->err, &refused->why));
	else
		finish(update, update_show(update, CONTROL_POST_READ));
}

static void committed(struct batch *batch)
{
	struct update *update = batch->arg;

	loop_post(update->shard->loop, &update->task);
}

static void submit(struct update *update)
{
	struct why why = { 0 };
	enum err err;

	if (update->count == 0) {
		finish(update, update_show(update, CONTROL_POST_READ));
		return;
	}
	update->batch = (struct batch){ .actor = &update->actor,
		.commands = update->commands,
		.outcomes = update->outcomes,
		.count = update->count,
		.all_or_nothing = true,
		.done = committed,
		.arg = update };
	go(update, written);
	err = core_submit(update->shard->door->core, &update->batch, &why);
	if (err == OK)
		return;
	update->shard->jobs--;
	finish(update, update_fail(update, err, &why));
}

/* ---- passwords ---- */

/* draft-behera-ldap-password-policy-10 section 8.2: what is wrong with a new one, for who asked. */
static void put_trouble(struct update *update, enum password_trouble trouble)
{
	if (trouble != PASSWORD_FINE && controls_have(&update->controls, CONTROL_PASSWORD_POLICY))
		password_policy_write(&update->refused, -1, -1, trouble);
}

static void hashed(struct hashing *hashing, enum err err)
{
	struct update *update = hashing->arg;

	update->err = err;
	loop_post(update->shard->loop, &update->task);
}

static void after_hash(struct update *update)
{
	if (update->err != OK) {
		put_trouble(update, update->hashing.trouble);
		finish(update, update_fail(update, update->err, &update->hashing.why));
		return;
	}
	update->hash = arena_copy(update->arena, span_str(update->hashing.hash));
	look(update);
}

static void start_hash(struct update *update)
{
	struct why why = { 0 };
	enum err err;

	update->hashing =
		(struct hashing){ .password = update->password, .done = hashed, .arg = update };
	go(update, after_hash);
	err = hashing_start(
		update->shard->door->core, update->actor.tenant, &update->hashing, &why);
	if (err == OK)
		return;
	update->shard->jobs--;
	put_trouble(update, update->hashing.trouble);
	finish(update, update_fail(update, err, &why));
}

static void judge_old(struct update *update)
{
	if (update->err == ERR_CREDENTIALS) {
		finish(update, update_refuse(update, update->old_refused, NULL,
				       "the old password is not accepted"));
		return;
	}
	if (update->err != OK) {
		finish(update, update_fail(update, update->err, &(struct why){ 0 }));
		return;
	}
	update->old_is_right = true;
	look(update);
}

static void checked(struct login *login, enum err err)
{
	struct update *update = login->arg;

	update->err = err;
	loop_post(update->shard->loop, &update->task);
}

/* As a bind would, with its throttling and its counting. */
static void check_old(struct update *update, struct view *view)
{
	update->login = (struct login){ .tenant = update->actor.tenant,
		.kind = KIND_USER,
		.number = update->old_number,
		.password = update->old,
		.is_old = true,
		.address = update->address,
		.channel = CHANNEL_LDAP,
		.done = checked,
		.arg = update };
	go(update, judge_old);
	if (login_start(update->shard->door->core, view, &update->login, &update->err) ==
		LOGIN_PENDING)
		return;
	update->shard->jobs--;
	judge_old(update);
}

/* ---- looking ---- */

static int prepare(struct update *update, struct view *view)
{
	struct conn *conn = update->conn;

	identity_refresh(conn, view);
	conn->manages = controls_have(&update->controls, CONTROL_MANAGE_DSA_IT);
	if (!conn->identity.bound)
		return update_refuse(update, RESULT_ACCESS, NULL, "nobody writes unless bound");
	update->actor = proxy_actor(conn, update->attempt);
	actor_came(&update->actor, CHANNEL_LDAP, update->address, SPAN_NONE);
	update->actor.request = update->request_id;
	if (!view_policy(view, update->actor.tenant, POLICY_LDAP_WRITES))
		return update_refuse(
			update, RESULT_UNWILLING, NULL, "nothing is written over LDAP here");
	return update->prepare(update, view);
}

static void forget_attempt(struct update *update)
{
	arena_reset(update->attempt);
	buffer_reset(&update->read);
	update->count = 0;
	update->password = update->old = SPAN_NONE;
	update->text[0] = '\0';
}

static void look(struct update *update)
{
	struct view *view = shard_view(update->shard);
	int code;

	forget_attempt(update);
	code = view ? prepare(update, view) : RESULT_UNAVAILABLE;
	if (code != RESULT_SUCCESS)
		finish(update, code);
	else if (update->old.len > 0 && !update->old_is_right)
		check_old(update, view);
	else if (update->password.len > 0 && update->hash.len == 0)
		start_hash(update);
	else
		submit(update);
}

void update_run(struct update *update)
{
	struct shard *shard = update->shard;

	update->request_id = uuid_new();
	look(update);
	arena_reset(shard->turn);
}

int update_permits(struct update *update, const struct command *command)
{
	struct why why = { 0 };
	enum err err = core_permits(update->shard->door->core, &update->actor, command, &why);

	return err == OK ? RESULT_SUCCESS : update_fail(update, err, &why);
}

struct command *update_command(struct update *update, enum command_type type)
{
	struct command *command = &update->commands[update->count++];

	*command = (struct command){ .type = type,
		.tenant = update->actor.tenant,
		.kind = update->kind,
		.id = update->entry };
	return command;
}
