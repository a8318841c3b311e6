#include "in/upstream/connector.h"

#include "base/clock.h"

static const struct connector connectors[] = {
	{ CONNECTOR_RFC4533, rfc4533_suits, NULL, rfc4533_follow },
	{ CONNECTOR_DIRSYNC, dirsync_suits, dirsync_identity, dirsync_follow },
	{ CONNECTOR_PAGED, paged_suits, NULL, paged_follow },
};
#define CONNECTORS (sizeof(connectors) / sizeof(connectors[0]))

const struct connector *connector_choose(struct upstream *up)
{
	enum connector_kind wanted = up->order.connector;

	for (size_t i = 0; i < CONNECTORS; i++) {
		bool fits = wanted == CONNECTOR_AUTO ? connectors[i].suits(&up->root)
						     : connectors[i].kind == wanted;
		if (fits)
			return &connectors[i];
	}
	upstream_fail(up, FAILURE_CONFIG,
		"the server offers none of the ways in which a directory can be followed");
}

static struct span identity_of(struct upstream *up)
{
	struct span place = address_place(up->life, &up->address);

	if (!up->connector->identity)
		return place;
	struct span own = up->connector->identity(up);
	return span_str(arena_printf(up->life, "%.*s %.*s", SPAN_ARGS(place), SPAN_ARGS(own)));
}

static struct span cut(struct span text, size_t max)
{
	return span_of(text.data, text.len < max ? text.len : max);
}

static void tell_server(struct upstream *up)
{
	struct row row = { .type = FRAME_SERVER };

	row.server = (struct server){
		.vendor = cut(rootdse_vendor(&up->root), FRAME_NAME_MAX),
		.version = cut(rootdse_first(&up->root, "vendorVersion"), FRAME_NAME_MAX),
		.identity = up->identity,
		.features = rootdse_features(&up->root, up->life),
		.connector = up->connector->kind,
		.uri = up->uri,
		.clock = rootdse_clock(&up->root),
		.asked = up->root.asked,
		.not_after = up->not_after,
	};
	upstream_put(up, &row);
}

void connector_discover(struct upstream *up)
{
	up->connector = connector_choose(up);
	up->identity = identity_of(up);
	tell_server(up);
	if (up->tries > 1)
		upstream_note(up, "failover %.*s -> %.*s: %s", SPAN_ARGS(up->order.uris[up->first]),
			SPAN_ARGS(up->order.uris[up->uri]), up->trouble);
	if (up->order.cookie.len > 0 && !span_equal(up->identity, up->order.identity))
		upstream_need_full(up, "another server answers than the one the cookie is of");
}
