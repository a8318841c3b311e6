/* Bind, RFC 4511 section 4.2 and RFC 4513: simple binds with a name and a password, anonymous ones,
 * and how every other one ends. Whatever is wrong with name or password gets one answer after the
 * same work. */
#include "in/ldap/bind_int.h"

#include "base/log.h"
#include "base/metric.h"
#include "wire/ldap_ppolicy.h"
#include "wire/tlv.h"

#include <stdlib.h>

#define SERVER_DATA 0x87 /* serverSaslCreds */

/* A password check on its way; outlives its connection when that goes first. */
struct bind_job {
	struct task task;
	struct login login;
	struct shard *shard;
	struct conn *conn; /* NULL: gone */
	struct bind_wish wish;
	enum err err;
	char address[ADDRESS_TEXT_MAX];
	uint8_t authzid[]; /* of the wish */
};

/* ---- answers ---- */

/* RFC 3829 section 4: "" for anonymous. */
static void put_identity(struct conn *conn, struct buffer *controls)
{
	const struct identity *identity = &conn->identity;
	size_t control = tlv_open(controls, TLV_SEQUENCE), value;

	tlv_put_text(controls, TLV_OCTETS, OID_AUTHZ_ID_RESPONSE);
	value = tlv_open(controls, TLV_OCTETS);
	if (identity->bound)
		buffer_putf(controls, "dn:%s", identity->dn);
	tlv_close(controls, value);
	tlv_close(controls, control);
}

/* draft-behera-ldap-password-policy-10 section 6; the draft that came before it is spoken to
 * everybody else (draft-vchu-ldap-pwd-policy-00). */
static void put_notice(const struct bind_wish *wish, struct buffer *controls)
{
	const struct password_notice *notice = &wish->notice;

	if (wish->asks_policy)
		password_policy_write(
			controls, notice->expires, notice->grace, (int)notice->trouble);
	else if (notice->trouble == PASSWORD_EXPIRED ||
		 notice->trouble == PASSWORD_CHANGE_AFTER_RESET)
		password_expired_write(controls);
	else if (notice->expires >= 0)
		password_expiring_write(controls, notice->expires);
}

static void answer(
	struct conn *conn, const struct bind_wish *wish, struct result result, struct span more)
{
	struct buffer controls;

	metric_add(METRIC_LDAP_BINDS, 1);
	if (result.code == RESULT_CREDENTIALS)
		metric_add(METRIC_LDAP_BINDS_REFUSED, 1);
	buffer_init(&controls, 2 * LIMIT_DN_OCTETS);
	if (wish->tells_identity && result.code == RESULT_SUCCESS)
		put_identity(conn, &controls);
	put_notice(wish, &controls);
	result.id = wish->id;
	result.tag = OP_BIND_RESPONSE;
	result.more = more;
	result.controls = buffer_span(&controls);
	conn_answer(conn, &result);
	buffer_free(&controls);
}

void bind_put_code(struct conn *conn, const struct bind_wish *wish, int code)
{
	answer(conn, wish, (struct result){ .code = code }, SPAN_NONE);
}

void bind_refuse(
	struct conn *conn, const struct bind_wish *wish, enum err err, const struct why *why)
{
	answer(conn, wish,
		(struct result){ .code = err_row(err)->ldap, .text = span_str(why->text) },
		SPAN_NONE);
}

/* In the shard's turn arena. */
static struct span server_data(struct conn *conn, struct span data)
{
	uint8_t *element = arena_alloc(conn->shard->turn, tlv_size(data.len));
	uint8_t *to = tlv_head(element, SERVER_DATA, data.len);

	if (data.len > 0)
		memcpy(to, data.data, data.len);
	return span_of(element, tlv_size(data.len));
}

void bind_ask_more(struct conn *conn, const struct bind_wish *wish, struct span challenge)
{
	answer(conn, wish, (struct result){ .code = RESULT_SASL_IN_PROGRESS },
		server_data(conn, challenge));
}

/* ---- the end ---- */

/* A SASL bind may mean to act for somebody else (RFC 4513 section 5.2.1.8). */
static int become(struct conn *conn, struct view *view, const struct login *login,
	const struct bind_wish *wish)
{
	if (wish->authzid.len == 0) {
		if (!identity_set(conn, view, &conn->identity, &login->actor))
			return RESULT_CREDENTIALS;
	} else if (proxy_assume(conn, view, &login->actor, wish->authzid, &conn->identity) !=
		   RESULT_SUCCESS) {
		return RESULT_ACCESS;
	}
	return identity_take_seat(conn, view);
}

/* For the log; the peer gets one answer. */
static const char *reason_of(const struct login *login, enum err err)
{
	if (err != ERR_CREDENTIALS)
		return NULL;
	if (login->refusal)
		return login->refusal;
	return login->number ? "the password is wrong" : "nobody of this name may bind from here";
}

/* Whoever has shown the right password hears what to do about it, where it cannot be done here. */
static struct span advice_of(const struct login *login, enum err err)
{
	if (err != ERR_CREDENTIALS || !login->is_upstream)
		return SPAN_NONE;
	if (login->notice.trouble == PASSWORD_EXPIRED)
		return SPAN("the password has expired; it is changed at the company");
	if (login->notice.trouble == PASSWORD_CHANGE_AFTER_RESET)
		return SPAN("the password must be changed at the company first");
	return SPAN_NONE;
}

void bind_end(struct conn *conn, const struct bind_wish *wish, const struct login *login,
	enum err err, struct span data)
{
	struct view *view = shard_view(conn->shard);
	struct bind_wish told = *wish;
	int code = err_row(err)->ldap;

	told.notice = login->notice;
	if (err == OK)
		code = view ? become(conn, view, login, wish) : RESULT_UNAVAILABLE;
	if (code == RESULT_SUCCESS) {
		conn->has_bound = true;
		admission_know(conn->shard->door->admission, &conn->seat);
		if (login->kind == KIND_CLIENT)
			conn->application = (struct application){ login->tenant, login->number };
	}
	oplog_reason(conn, wish->id, reason_of(login, err));
	if (err == OK && login->by_grace)
		log_event(LOG_LEVEL_WARNING, "ldap.grace", L_INT("tenant", login->tenant),
			L_INT("person", login->number), L_STR("client", conn->address));
	answer(conn, &told, (struct result){ .code = code, .text = advice_of(login, err) },
		code == RESULT_SUCCESS && data.len > 0 ? server_data(conn, data) : SPAN_NONE);
}

/* ---- passwords ---- */

struct login bind_login(struct conn *conn, const struct whom *whom)
{
	struct view *view = shard_view(conn->shard);
	struct login login = { .tenant = whom->tenant,
		.kind = whom->kind,
		.name = whom->key,
		.address = conn->address,
		.channel = CHANNEL_LDAP,
		.notice = PASSWORD_NOTICE_NONE };
	struct record record;

	if (whom->number && view &&
		view_entry(view, whom->tenant, whom->kind, whom->number, &record) &&
		access_admits(conn, view, &record, &login.client))
		login.number = whom->number;
	return login;
}

/* Until the loop has come to it, who was right may have been deactivated: the connection would
 * count as looked at in this snapshot. */
static enum err look_again(struct bind_job *job)
{
	struct view *view = shard_view(job->shard);
	struct actor fresh, *actor = &job->login.actor;
	struct why why = { 0 };
	enum err err;

	if (!view)
		return ERR_UNAVAILABLE;
	err = view_actor(view, actor->tenant, actor->kind, actor->number, &fresh, &why);
	if (err != OK)
		return err;
	actor->permissions = fresh.permissions;
	actor->must_change = fresh.must_change;
	memcpy(actor->name, fresh.name, sizeof actor->name);
	return OK;
}

static void come_back(struct task *task)
{
	struct bind_job *job = (struct bind_job *)task;
	struct shard *shard = job->shard;
	struct conn *conn = job->conn;

	shard->jobs--;
	if (conn) {
		conn->binding = NULL;
		if (job->err == OK)
			job->err = look_again(job);
		bind_end(conn, &job->wish, &job->login, job->err, SPAN_NONE);
		arena_reset(shard->turn);
		conn_resume(conn);
	}
	free(job);
	shard_check_over(shard);
}

static void checked(struct login *login, enum err err)
{
	struct bind_job *job = login->arg;

	job->err = err;
	loop_post(job->shard->loop, &job->task);
}

static struct bind_job *job_new(struct conn *conn, const struct bind_wish *wish)
{
	struct bind_job *job = heap_zalloc(sizeof *job + wish->authzid.len);

	job->task.run = come_back;
	job->shard = conn->shard;
	job->conn = conn;
	job->wish = *wish;
	job->wish.authzid = span_of(job->authzid, wish->authzid.len);
	if (wish->authzid.len > 0)
		memcpy(job->authzid, wish->authzid.data, wish->authzid.len);
	memcpy(job->address, conn->address, sizeof job->address);
	return job;
}

void bind_check_password(struct conn *conn, struct view *view, const struct whom *whom,
	struct span password, const struct bind_wish *wish)
{
	struct bind_job *job = job_new(conn, wish);

	job->login = bind_login(conn, whom);
	job->login.password = password;
	job->login.address = job->address;
	job->login.done = checked;
	job->login.arg = job;
	if (login_start(conn->shard->door->core, view, &job->login, &job->err) == LOGIN_PENDING) {
		conn->binding = job;
		conn->shard->jobs++;
		return;
	}
	bind_end(conn, wish, &job->login, job->err, SPAN_NONE);
	free(job);
}

/* ---- requests ---- */

/* A name that is no DN and could be no login name is told apart: it is nobody's anywhere. */
static void bind_simple(struct conn *conn, struct view *view, const struct bind_request *request,
	const struct bind_wish *wish)
{
	bool is_login = span_find(request->name, '@') < request->name.len;
	struct whom whom;

	if (whom_by_dn(conn, view, request->name, &whom) ||
		(is_login && whom_by_login(conn, view, request->name, 0, &whom))) {
		bind_check_password(conn, view, &whom, request->password, wish);
	} else {
		oplog_reason(conn, wish->id, "neither a DN nor a login name like anna@acme");
		bind_put_code(conn, wish, RESULT_INVALID_DN);
	}
}

/* What can be told without a look at the store; success: an anonymous bind, or go on. */
static int judge(const struct bind_request *request)
{
	if (request->version != 3)
		return RESULT_PROTOCOL_ERROR;
	if (request->is_unknown)
		return RESULT_AUTH_METHOD;
	if (!request->is_simple)
		return RESULT_SUCCESS;
	if (request->name.len > 0 && request->password.len == 0)
		return RESULT_UNWILLING; /* RFC 4513 section 5.1.2: refused by default */
	if (request->name.len == 0 && request->password.len > 0)
		return RESULT_CREDENTIALS;
	return RESULT_SUCCESS;
}

static void run(struct conn *conn, const struct bind_request *request, struct bind_wish *wish)
{
	struct view *view = shard_view(conn->shard);
	int code = judge(request);

	if (!request->is_simple && code == RESULT_SUCCESS && view) {
		sasl_bind(conn, view, request, wish);
		return;
	}
	sasl_forget(conn);
	if (code != RESULT_SUCCESS) {
		bind_put_code(conn, wish, code);
	} else if (request->is_simple && request->name.len == 0) {
		conn->has_bound = true;
		bind_put_code(conn, wish, RESULT_SUCCESS);
	} else if (view) {
		bind_simple(conn, view, request, wish);
	} else {
		bind_put_code(conn, wish, RESULT_UNAVAILABLE);
	}
}

void op_bind(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	struct bind_wish wish = { .id = pdu->id,
		.tells_identity = controls_have(controls, CONTROL_AUTHZ_ID),
		.asks_policy = controls_have(controls, CONTROL_PASSWORD_POLICY),
		.notice = PASSWORD_NOTICE_NONE };
	struct bind_request request;
	struct why why = { 0 };

	if (bind_request_read(pdu->body, &request, &why) != OK) {
		sasl_forget(conn);
		bind_refuse(conn, &wish, ERR_PROTOCOL, &why);
		return;
	}
	run(conn, &request, &wish);
	arena_reset(conn->shard->turn);
}

void bind_forget(struct conn *conn)
{
	if (conn->binding)
		conn->binding->conn = NULL;
	conn->binding = NULL;
}
