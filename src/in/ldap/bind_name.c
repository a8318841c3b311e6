/* Names of those who sign in: a DN, or what a tenant lets stand for one (ldap.login_names). A name
 * of a tenant or a person that there is not is followed by the same steps as one that there is. */
#include "in/ldap/bind_int.h"

#include "base/limits.h"
#include "model/value.h"

#define LOGIN_MAX (LIMIT_NAME_CODEPOINTS * 4 + LIMIT_EMAIL_OCTETS)

bool whom_by_dn(struct conn *conn, struct view *view, struct span text, struct whom *whom)
{
	struct arena *arena = conn->shard->turn;
	struct located located;
	struct tenant_info tenant;
	struct record record;
	struct dn dn;

	if (text.len == 0 || dn_parse(arena, text, &dn, NULL) != OK)
		return false;
	*whom = (struct whom){ .kind = KIND_USER, .key = dn_normal(arena, &dn) };
	naming_locate(&conn->shard->door->naming, &dn, &located);
	if (located.place != PLACE_ENTRY || !view_tenant(view, located.tenant, &tenant))
		return true;
	whom->tenant = tenant.number;
	if (located.kind != KIND_USER && located.kind != KIND_CLIENT)
		return true;
	whom->kind = located.kind;
	if (tenant.active &&
		view_by_rdn(view, arena, tenant.number, located.kind, &located.rdn, &record))
		whom->number = record.number;
	return true;
}

/* The operator realm has no tree. */
static bool find_tenant(struct view *view, struct span name, struct tenant_info *tenant)
{
	return name.len > 0 && view_tenant(view, name, tenant) && tenant->number != 0;
}

/* Where several companies live, a name without one belongs to none of them. */
static bool find_only_tenant(struct view *view, struct tenant_info *tenant)
{
	struct tenant_info other;

	return view_next_tenant(view, 1, tenant) &&
	       !view_next_tenant(view, tenant->number + 1, &other);
}

/* The tenant behind the last "@", which then is no part of the name. */
static bool split_tenant(
	struct view *view, struct span *name, uint32_t home, struct tenant_info *tenant)
{
	size_t at = name->len;

	while (at > 0 && name->data[at - 1] != '@')
		at--;
	if (at > 1 && find_tenant(view, span_from(*name, at), tenant)) {
		name->len = at - 1;
		return true;
	}
	return home ? view_tenant_number(view, home, tenant) : find_only_tenant(view, tenant);
}

static bool allows(struct view *view, uint32_t tenant, struct span form)
{
	struct span words = view_policy_text(view, tenant, POLICY_LDAP_LOGIN_NAMES);

	while (words.len > 0)
		if (span_equal(span_cut(&words, ' '), form))
			return true;
	return false;
}

static unsigned forms_of(struct view *view, uint32_t tenant)
{
	return (allows(view, tenant, SPAN("user_name")) ? LOGIN_BY_USER_NAME : 0) |
	       (allows(view, tenant, SPAN("email")) ? LOGIN_BY_EMAIL : 0);
}

static bool is_name(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < 0x20 || text.data[i] == 0x7f)
			return false;
	return text.len > 0 && text.len <= LOGIN_MAX && span_is_utf8(text);
}

bool whom_by_login(
	struct conn *conn, struct view *view, struct span text, uint32_t home, struct whom *whom)
{
	struct arena *arena = conn->shard->turn;
	struct tenant_info tenant;
	struct record record;
	struct span name = text;

	if (!is_name(text))
		return false;
	*whom = (struct whom){ .kind = KIND_USER,
		.key = value_normal(arena, ATTR_USER_NAME, text) };
	if (!split_tenant(view, &name, home, &tenant))
		return true;
	whom->tenant = tenant.number;
	if (login_find(view, arena, tenant.number, forms_of(view, tenant.number), name, &record) &&
		tenant.active)
		whom->number = record.number;
	return true;
}

bool whom_by_text(
	struct conn *conn, struct view *view, struct span text, uint32_t home, struct whom *whom)
{
	struct authzid id = { .form = AUTHZID_NONE };

	authzid_read(text, &id, NULL);
	if (id.form == AUTHZID_DN)
		return whom_by_dn(conn, view, id.value, whom);
	if (id.form == AUTHZID_NAME)
		return whom_by_login(conn, view, id.value, home, whom);
	return whom_by_dn(conn, view, text, whom) || whom_by_login(conn, view, text, home, whom);
}

void whom_by_certificate(struct conn *conn, struct view *view, struct span name,
	struct span organization, struct whom *whom)
{
	struct arena *arena = conn->shard->turn;
	struct tenant_info tenant;
	struct record person, service;
	bool is_person, is_service;

	*whom = (struct whom){ .kind = KIND_USER };
	if (name.len == 0 || !find_tenant(view, organization, &tenant))
		return;
	whom->tenant = tenant.number;
	is_person = view_by_name(view, arena, tenant.number, KIND_USER, name, &person);
	is_service = view_by_name(view, arena, tenant.number, KIND_CLIENT, name, &service);
	if (!tenant.active || is_person == is_service)
		return;
	whom->kind = is_person ? KIND_USER : KIND_CLIENT;
	whom->number = is_person ? person.number : service.number;
}
