#include "in/ldap/bind_int.h"

#include <stdlib.h>

/* Whose connection it is. */
static const struct actor *holder_of(const struct identity *identity)
{
	return identity->proxy ? &identity->proxy->agent : &identity->actor;
}

void identity_clear(struct identity *identity)
{
	const struct actor *holder = holder_of(identity);

	if (identity->seated)
		accounts_leave(identity->seated, holder->tenant, holder->number);
	free(identity->dn);
	free(identity->tenant);
	free(identity->names.octets);
	access_free(identity->access);
	free(identity->proxy);
	*identity = (struct identity){ 0 };
}

static char *text_of(const struct buffer *b)
{
	char *text = heap_zalloc(b->len + 1);

	memcpy(text, b->data, b->len);
	return text;
}

static char *text_of_span(struct span s)
{
	char *text = heap_zalloc(s.len + 1);

	memcpy(text, s.data, s.len);
	return text;
}

int identity_take_seat(struct conn *conn, struct view *view)
{
	struct identity *identity = &conn->identity;
	const struct actor *actor = holder_of(identity);
	struct accounts *accounts = conn->shard->door->accounts;
	struct record record;

	if (actor->kind != KIND_CLIENT)
		return RESULT_SUCCESS;
	if (!view_entry(view, actor->tenant, actor->kind, actor->number, &record) ||
		!accounts_enter(accounts, actor->tenant, actor->number,
			access_connections(conn->shard->door, &record))) {
		identity_clear(identity);
		return RESULT_BUSY;
	}
	identity->seated = accounts;
	return RESULT_SUCCESS;
}

bool identity_set(
	struct conn *conn, struct view *view, struct identity *identity, const struct actor *actor)
{
	const struct naming *naming = &conn->shard->door->naming;
	struct buffer *scratch = &conn->shard->scratch;
	struct tenant_info tenant;
	struct record record;

	identity_clear(identity);
	if (!view_tenant_number(view, actor->tenant, &tenant) ||
		!view_entry(view, actor->tenant, actor->kind, actor->number, &record))
		return false;
	buffer_reset(scratch);
	naming_put_entry(scratch, naming, tenant.name, &record);
	identity->bound = true;
	identity->actor = *actor;
	identity->dn = text_of(scratch);
	identity->tenant = text_of_span(tenant.name);
	identity->snapshot = view_snapshot(view);
	access_refresh(conn, view, identity, &record);
	return true;
}

/* A tenant or person that was renamed: every DN is another one. */
static void rename_identity(struct conn *conn, struct view *view, const struct actor *renamed)
{
	struct identity *identity = &conn->identity;
	struct identity held = {
		.actor = identity->actor, .proxy = identity->proxy, .seated = identity->seated
	};

	identity->proxy = NULL;
	identity->seated = NULL;
	if (identity_set(conn, view, identity, renamed)) {
		identity->proxy = held.proxy;
		identity->seated = held.seated;
	} else {
		identity_clear(&held);
	}
}

/* The tenant has another name, or the entry another RDN. */
static bool is_moved(struct conn *conn, struct view *view, const struct tenant_info *tenant)
{
	const struct identity *identity = &conn->identity;
	const struct actor *actor = &identity->actor;
	struct buffer *scratch = &conn->shard->scratch;
	struct record record;

	if (!view_entry(view, actor->tenant, actor->kind, actor->number, &record))
		return false;
	buffer_reset(scratch);
	naming_put_entry(scratch, &conn->shard->door->naming, tenant->name, &record);
	return !span_equal(buffer_span(scratch), span_str(identity->dn));
}

void identity_refresh(struct conn *conn, struct view *view)
{
	struct identity *identity = &conn->identity;
	struct actor fresh, *actor = &identity->actor;
	struct tenant_info tenant;
	struct record record;
	struct why why = { 0 };

	if (!identity->bound || identity->snapshot == view_snapshot(view))
		return;
	if (!view_tenant_number(view, actor->tenant, &tenant) || !tenant.active ||
		view_actor(view, actor->tenant, actor->kind, actor->number, &fresh, &why) != OK ||
		(identity->proxy && !proxy_allows(view, &identity->proxy->agent, &fresh))) {
		identity_clear(identity);
		return;
	}
	if (strcmp(fresh.name, actor->name) != 0 || is_moved(conn, view, &tenant)) {
		struct actor renamed = *actor;

		memcpy(renamed.name, fresh.name, sizeof renamed.name);
		renamed.permissions = fresh.permissions;
		renamed.must_change = fresh.must_change;
		renamed.entrance = fresh.entrance;
		rename_identity(conn, view, &renamed);
		return;
	}
	actor->permissions = fresh.permissions;
	actor->must_change = fresh.must_change;
	actor->entrance = fresh.entrance;
	identity->snapshot = view_snapshot(view);
	if (view_entry(view, actor->tenant, actor->kind, actor->number, &record))
		access_refresh(conn, view, identity, &record);
}

static const enum permission view_permissions[KIND_COUNT] = {
	[KIND_USER] = PERM_USERS_VIEW,
	[KIND_ROLE] = PERM_ROLES_VIEW,
	[KIND_SCOPE] = PERM_SCOPES_VIEW,
	[KIND_GROUP] = PERM_GROUPS_VIEW,
	[KIND_CLIENT] = PERM_CLIENTS_MANAGE,
};

bool identity_may_view(const struct actor *actor, enum kind kind)
{
	return actor_may(actor, view_permissions[kind]);
}

/* One block for all of them. */
static void build_names(const struct conn *conn, struct names *names)
{
	const struct naming *naming = &conn->shard->door->naming;
	struct buffer *scratch = &conn->shard->scratch;
	size_t at[KIND_COUNT][3] = { 0 };

	buffer_reset(scratch);
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++) {
		const struct kind_row *row = kind_row(kind);

		if (!row || !row->ou)
			continue;
		at[kind][0] = scratch->len;
		buffer_putf(scratch, "%s=", attr_row(row->naming)->ldap);
		at[kind][1] = scratch->len;
		buffer_put_octet(scratch, ',');
		naming_put_container(scratch, naming, span_str(conn->identity.tenant), kind);
		at[kind][2] = scratch->len;
	}
	names->octets = text_of(scratch);
	for (size_t i = 0; i < KIND_COUNT; i++) {
		names->heads[i] = span_of(names->octets + at[i][0], at[i][1] - at[i][0]);
		names->tails[i] = span_of(names->octets + at[i][1], at[i][2] - at[i][1]);
	}
}

static struct names *names_of(struct conn *conn)
{
	struct names *names = &conn->identity.names;

	if (!names->octets)
		build_names(conn, names);
	return names;
}

void identity_put_dn(struct conn *conn, struct buffer *out, const struct record *record)
{
	const struct names *names = names_of(conn);
	struct span rdn = record_first(record, ATTR_RDN);

	if (rdn.len > 0) {
		buffer_put_span(out, rdn);
	} else {
		buffer_put_span(out, names->heads[record->kind]);
		dn_put_value(out, record_name(record));
	}
	buffer_put_span(out, names->tails[record->kind]);
}

void identity_put_member_dn(
	struct conn *conn, struct view *view, struct buffer *out, const struct edge *edge)
{
	const struct names *names = names_of(conn);
	struct record member;

	if (edge->member_has_rdn && view_entry(view, conn->identity.actor.tenant, edge->member_kind,
					    edge->member, &member)) {
		identity_put_dn(conn, out, &member);
		return;
	}
	buffer_put_span(out, names->heads[edge->member_kind]);
	dn_put_value(out, edge->member_name);
	buffer_put_span(out, names->tails[edge->member_kind]);
}

struct container_walk *identity_containers(struct conn *conn, struct view *view, uint32_t member)
{
	static const uint32_t kinds = 1U << KIND_ROLE | 1U << KIND_SCOPE | 1U << KIND_GROUP;
	struct identity *identity = &conn->identity;
	uint32_t tenant = identity->actor.tenant;
	struct arena *arena = conn->shard->turn;

	if (identity->nested_at != view_snapshot(view)) {
		identity->nested = view_policy(view, tenant, POLICY_LDAP_NESTED) != 0;
		identity->nested_at = view_snapshot(view);
	}
	return identity->nested ? view_nested_containers(view, arena, tenant, member, kinds)
				: view_containers(view, arena, tenant, member, kinds);
}
