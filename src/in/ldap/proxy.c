/* Acting for somebody else: proxied authorization (RFC 4370) for one operation, and an authzId in a
 * SASL bind. Who holds ldap.proxy acts for people of the own tenant who may do nothing that they
 * may not do themselves: a leaked password of an application is worth no Admin. What is done so is
 * done as the person; the audit names both. */
#include "in/ldap/bind_int.h"

#include "base/log.h"
#include "base/metric.h"

#include <stdlib.h>

/* Whom it does not let in by their password, a service account does not act for either. */
static bool admits(struct view *view, const struct record *agent, const struct actor *person)
{
	struct record record;

	return agent->kind != KIND_CLIENT ||
	       (view_entry(view, person->tenant, person->kind, person->number, &record) &&
		       login_admits(view, agent, &record));
}

/* What the agent may do itself. A service account that sees a part of the entries only would see
 * all of them as somebody with its permissions: there it counts as having none. */
static uint64_t ceiling_of(const struct record *agent, const struct actor *fresh)
{
	return access_is_narrowed(agent) ? 0 : fresh->permissions;
}

bool proxy_allows(struct view *view, const struct actor *agent, const struct actor *person)
{
	struct record record;
	struct actor fresh;

	return agent->tenant == person->tenant && person->kind == KIND_USER &&
	       view_actor(view, agent->tenant, agent->kind, agent->number, &fresh, NULL) == OK &&
	       actor_may(&fresh, PERM_LDAP_PROXY) &&
	       view_entry(view, agent->tenant, agent->kind, agent->number, &record) &&
	       (person->permissions & ~ceiling_of(&record, &fresh)) == 0 &&
	       admits(view, &record, person);
}

static bool find(struct conn *conn, struct view *view, const struct actor *agent,
	struct span authzid, struct actor *person)
{
	struct authzid id;
	struct whom whom;

	if (authzid_read(authzid, &id, NULL) != OK)
		return false;
	if (id.form == AUTHZID_DN ? !whom_by_dn(conn, view, id.value, &whom)
				  : !whom_by_login(conn, view, id.value, agent->tenant, &whom))
		return false;
	return whom.number && whom.tenant == agent->tenant &&
	       view_actor(view, whom.tenant, whom.kind, whom.number, person, NULL) == OK;
}

static bool is_same(const struct actor *a, const struct actor *b)
{
	return a->kind == b->kind && a->number == b->number;
}

static struct proxy *proxy_new(const struct actor *agent, const struct actor *person)
{
	struct proxy *proxy = heap_zalloc(sizeof *proxy);

	proxy->agent = *agent;
	proxy->delegation = (struct delegation){ .id = uuid_new(),
		.kind = DELEGATION_PROXY,
		.subject_kind = person->kind,
		.subject = person->id };
	return proxy;
}

/* "dn:" with nothing behind it is the anonymous DN. */
static bool is_anonymous(struct span authzid)
{
	return authzid.len == 0 || span_equal_nocase(authzid, SPAN("dn:"));
}

int proxy_assume(struct conn *conn, struct view *view, const struct actor *agent,
	struct span authzid, struct identity *identity)
{
	struct actor person;
	bool self;

	if (is_anonymous(authzid))
		return actor_may(agent, PERM_LDAP_PROXY) ? RESULT_SUCCESS
							 : RESULT_AUTHORIZATION_DENIED;
	if (!find(conn, view, agent, authzid, &person))
		return RESULT_AUTHORIZATION_DENIED;
	self = is_same(agent, &person);
	if (!self && !proxy_allows(view, agent, &person))
		return RESULT_AUTHORIZATION_DENIED;
	/* Whoever names themselves is no more than they were. */
	person.by_application = self && agent->by_application;
	actor_came(&person, CHANNEL_LDAP, conn->address, SPAN_NONE);
	if (!identity_set(conn, view, identity, &person))
		return RESULT_AUTHORIZATION_DENIED;
	if (!self)
		identity->proxy = proxy_new(agent, &person);
	return RESULT_SUCCESS;
}

static int assume(struct conn *conn, struct span authzid, struct identity *identity)
{
	struct view *view = shard_view(conn->shard);
	int code;

	if (!view)
		return RESULT_UNAVAILABLE;
	identity_refresh(conn, view);
	/* Nobody acts for others as somebody for whom they act. */
	if (!conn->identity.bound || conn->identity.proxy)
		return RESULT_AUTHORIZATION_DENIED;
	code = proxy_assume(conn, view, &conn->identity.actor, authzid, identity);
	arena_reset(conn->shard->turn);
	return code;
}

void proxy_run(struct conn *conn, const struct pdu *pdu, const struct controls *controls,
	void (*run)(struct conn *conn, const struct pdu *pdu, const struct controls *controls))
{
	struct identity other = { 0 };
	int code = assume(conn, controls->proxied, &other);

	log_event(LOG_LEVEL_DEBUG, "ldap.proxy", L_STR("address", conn->address),
		L_STR("agent", conn->identity.bound ? conn->identity.dn : ""),
		L_STR("person", other.bound ? other.dn : ""), L_INT("result", code));
	if (code != RESULT_SUCCESS) {
		conn_put_code(conn, pdu, code);
		return;
	}
	metric_add(METRIC_LDAP_PROXIED, 1);
	proxy_swap(conn, &other);
	run(conn, pdu, controls);
	proxy_swap(conn, &other);
	identity_clear(&other);
}

struct actor proxy_actor(const struct conn *conn, struct arena *arena)
{
	struct actor actor = conn->identity.actor;
	const struct proxy *proxy = conn->identity.proxy;
	struct delegation *delegation;
	struct actor *agent;

	if (!proxy)
		return actor;
	delegation = arena_alloc(arena, sizeof *delegation);
	agent = arena_alloc(arena, sizeof *agent);
	*agent = proxy->agent;
	*delegation = proxy->delegation;
	delegation->agent = agent;
	delegation->subject_name = arena_copy(arena, span_str(actor.name));
	actor.delegation = delegation;
	return actor;
}

struct identity *proxy_keep(const struct conn *conn)
{
	const struct identity *from = &conn->identity;
	struct identity *kept;

	if (!conn->is_proxied)
		return NULL;
	kept = heap_zalloc(sizeof *kept);
	if (!from->bound)
		return kept;
	kept->bound = true; /* as of no snapshot: what it sees is worked out again */
	kept->actor = from->actor;
	kept->dn = heap_string(from->dn);
	kept->tenant = heap_string(from->tenant);
	if (from->proxy) {
		kept->proxy = heap_zalloc(sizeof *kept->proxy);
		*kept->proxy = *from->proxy;
	}
	return kept;
}

void proxy_drop(struct identity *kept)
{
	if (!kept)
		return;
	identity_clear(kept);
	free(kept);
}

void proxy_swap(struct conn *conn, struct identity *kept)
{
	struct identity own = conn->identity;

	if (!kept)
		return;
	conn->identity = *kept;
	*kept = own;
	conn->is_proxied = !conn->is_proxied;
}
