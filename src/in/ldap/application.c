/* Through which application somebody binds, and from where a service account may. */
#include "in/ldap/access.h"
#include "in/ldap/door_int.h"
#include "net/network.h"

#define BUDGET_MAX 1000 /* service accounts with addresses, looked at for one bind */

static bool holds_address(const struct conn *conn, const struct record *service)
{
	size_t i = record_find(service, ATTR_LDAP_ADDRESS);
	struct network network;

	for (; i < service->count && record_row(service, i).attr == ATTR_LDAP_ADDRESS; i++)
		if (network_parse(record_row(service, i).octets, &network, NULL) == OK &&
			network_holds(&network, span_str(conn->address)))
			return true;
	return false;
}

static bool admits(const struct conn *conn, const struct record *service)
{
	return record_find(service, ATTR_LDAP_ADDRESS) == service->count ||
	       holds_address(conn, service);
}

/* The only account whose addresses hold the connection's. */
static uint32_t by_address(struct conn *conn, struct view *view, uint32_t tenant)
{
	struct arena *arena = conn->shard->turn;
	struct actor actor;
	struct search_spec spec = { .actor = &actor,
		.tenant = tenant,
		.kinds = 1U << KIND_CLIENT,
		.filter = filter_new(arena, FILTER_PRESENT, ATTR_LDAP_ADDRESS) };
	struct search *search;
	struct record record;
	unsigned budget = BUDGET_MAX;
	uint32_t found = 0;

	actor_system(&actor, CHANNEL_LDAP);
	if (search_open(view, arena, &spec, &search, NULL) != OK)
		return 0;
	while (search_next(search, &budget, &record) == STEP_FOUND) {
		if (!record_is_true(&record, ATTR_ACTIVE) || !holds_address(conn, &record))
			continue;
		if (found != 0) {
			found = 0;
			break;
		}
		found = record.number;
	}
	search_close(search);
	return found;
}

/* The service account of the tenant through which people bind on this connection: the one that
 * bound last on it, else the one whose addresses hold the connection's, unless there are several.
 */
static uint32_t application_of(struct conn *conn, struct view *view, uint32_t tenant)
{
	if (conn->application.number != 0 && conn->application.tenant == tenant)
		return conn->application.number;
	return by_address(conn, view, tenant);
}

bool access_admits(
	struct conn *conn, struct view *view, const struct record *record, uint32_t *application)
{
	*application = 0;
	if (record->kind != KIND_USER)
		return admits(conn, record);
	*application = application_of(conn, view, record->tenant);
	return *application != 0 || view_policy(view, record->tenant, POLICY_LDAP_BIND_THROUGH) !=
					    BIND_THROUGH_APPLICATION;
}
