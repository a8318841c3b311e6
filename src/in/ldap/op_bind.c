/* Bind, RFC 4511 section 4.2 and RFC 4513: simple binds with a name and a password, and anonymous
 * ones. Whatever is wrong with name or password gets one answer after the same work. */
#include "in/ldap/door_int.h"

#include "base/log.h"
#include "base/metric.h"

#include <stdlib.h>

/* A password check on its way; outlives its connection when that goes first. */
struct bind_job {
	struct task task;
	struct login login;
	struct shard *shard;
	struct conn *conn; /* NULL: gone */
	int32_t id;
	enum err err;
	char address[ADDRESS_TEXT_MAX];
};

static void answer(struct conn *conn, int32_t id, int code)
{
	metric_add(METRIC_LDAP_BINDS, 1);
	if (code == RESULT_CREDENTIALS)
		metric_add(METRIC_LDAP_BINDS_REFUSED, 1);
	conn_answer(conn, &(struct result){ .id = id, .tag = OP_BIND_RESPONSE, .code = code });
}

/* The name's entry, when it names one that can sign in; the tenant's number whenever there is one,
 * so that its share of the hashing queue is charged. */
static void find_entry(
	struct conn *conn, struct view *view, const struct dn *dn, struct login *login)
{
	struct located located;
	struct tenant_info tenant;
	struct record record;

	naming_locate(&conn->shard->door->naming, dn, &located);
	if (located.place != PLACE_ENTRY || !view_tenant(view, located.tenant, &tenant))
		return;
	login->tenant = tenant.number;
	if (located.kind != KIND_USER && located.kind != KIND_CLIENT)
		return;
	login->kind = located.kind;
	if (tenant.active && view_by_rdn(view, conn->shard->turn, tenant.number, located.kind,
				     &located.rdn, &record))
		login->number = record.number;
}

/* The outcome meets the connection. */
static void finish(struct bind_job *job)
{
	struct conn *conn = job->conn;
	struct view *view = shard_view(conn->shard);
	int code = err_row(job->err)->ldap;

	conn->binding = NULL;
	if (job->err == OK && (!view || !identity_set(conn, view, &job->login.actor)))
		code = RESULT_CREDENTIALS;
	if (code == RESULT_SUCCESS) {
		conn->has_bound = true;
		admission_know(conn->shard->door->admission, &conn->seat);
	}
	log_event(LOG_LEVEL_DEBUG, "ldap.bind", L_STR("address", conn->address),
		L_INT("tenant", job->login.tenant), L_INT("result", code),
		L_STR("reason", job->login.refusal ? job->login.refusal : ""));
	answer(conn, job->id, code);
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

	shard->jobs--;
	if (job->conn) {
		if (job->err == OK)
			job->err = look_again(job);
		finish(job);
		conn_resume(job->conn);
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

static void check_password(struct conn *conn, struct view *view, const struct pdu *pdu,
	const struct dn *dn, struct span password)
{
	struct bind_job *job = heap_zalloc(sizeof *job);

	job->task.run = come_back;
	job->shard = conn->shard;
	job->conn = conn;
	job->id = pdu->id;
	memcpy(job->address, conn->address, sizeof job->address);
	job->login = (struct login){ .kind = KIND_USER,
		.password = password,
		.address = job->address,
		.channel = CHANNEL_LDAP,
		.done = checked,
		.arg = job };
	find_entry(conn, view, dn, &job->login);
	if (login_start(conn->shard->door->core, view, &job->login, &job->err) == LOGIN_PENDING) {
		conn->binding = job;
		conn->shard->jobs++;
		return;
	}
	finish(job);
	free(job);
}

/* What can be told without a look at the store; success: an anonymous bind, or go on. */
static int judge(const struct bind_request *request)
{
	if (request->version != 3)
		return RESULT_PROTOCOL_ERROR;
	if (!request->is_simple)
		return RESULT_AUTH_METHOD;
	if (request->name.len > 0 && request->password.len == 0)
		return RESULT_UNWILLING; /* RFC 4513 section 5.1.2: refused by default */
	if (request->name.len == 0 && request->password.len > 0)
		return RESULT_CREDENTIALS;
	return RESULT_SUCCESS;
}

void op_bind(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	struct bind_request request;
	struct view *view;
	struct why why = { 0 };
	struct dn dn;
	int code;

	(void)controls;
	/* RFC 4513 section 4: from here on the connection is anonymous unless the bind succeeds. */
	identity_clear(&conn->identity);
	if (bind_request_read(pdu->body, &request, &why) != OK) {
		conn_refuse(conn, pdu, ERR_PROTOCOL, &why);
		return;
	}
	code = judge(&request);
	if (code == RESULT_SUCCESS && request.name.len > 0) {
		view = shard_view(conn->shard);
		if (!view)
			code = RESULT_UNAVAILABLE;
		else if (dn_parse(conn->shard->turn, request.name, &dn, &why) != OK)
			code = RESULT_INVALID_DN;
		else {
			check_password(conn, view, pdu, &dn, request.password);
			arena_reset(conn->shard->turn);
			return;
		}
		arena_reset(conn->shard->turn);
	}
	conn->has_bound = conn->has_bound || code == RESULT_SUCCESS;
	answer(conn, pdu->id, code);
}

void bind_forget(struct conn *conn)
{
	if (conn->binding)
		conn->binding->conn = NULL;
	conn->binding = NULL;
}
