#include "base/codec.h"
#include "store/verify_int.h"

struct members {
	bool begun;
	uint32_t tenant, container;
	uint64_t count;
	uint64_t edges;   /* of all containers */
	uint64_t counted; /* sum of the counters */
};

static void close_container(struct verify *v, const struct members *m)
{
	if (!m->begun)
		return;
	uint64_t counted = txn_member_count(v->txn, m->tenant, m->container);
	if (counted != m->count)
		verify_fault(v,
			"Container %u of tenant %u has %llu members and its counter says %llu.",
			m->container, m->tenant, (unsigned long long)m->count,
			(unsigned long long)counted);
}

static void check_end(struct verify *v, const struct edge *edge, uint32_t tenant, uint32_t number,
	enum kind kind, const struct uuid *id, const char *what)
{
	struct record record;

	if (!verify_entry(v, tenant, number, &record))
		verify_fault(v, "The membership of %u in %u of tenant %u has no %s.", edge->member,
			edge->container, tenant, what);
	else if (record.kind != kind || !uuid_equal(&record.id, id))
		verify_fault(v, "The membership of %u in %u of tenant %u names another %s.",
			edge->member, edge->container, tenant, what);
	else if (number == edge->member &&
		 (!span_equal(record_name(&record), edge->member_name) ||
			 record_has(&record, ATTR_RDN) != edge->member_has_rdn))
		verify_fault(v, "The membership of %u in %u of tenant %u has an outdated name.",
			edge->member, edge->container, tenant);
}

static void check_edge(struct verify *v, struct cursor *cursor, void *arg)
{
	struct members *m = arg;
	uint32_t tenant = key_tenant_of(cursor->key);
	struct why why = { 0 };
	struct span nothing;
	struct edge edge;
	struct key key;

	if (cursor->key.len != 12) {
		verify_fault(v, "A key of the edges table is damaged (tenant %u).", tenant);
		return;
	}
	uint32_t container = get_be32(cursor->key.data + 4), member = key_number_of(cursor->key);
	if (!m->begun || m->tenant != tenant || m->container != container) {
		close_container(v, m);
		*m = (struct members){ true, tenant, container, 0, m->edges, m->counted };
	}
	m->count++;
	m->edges++;
	if (edge_read(cursor->value, &edge, &why) != OK) {
		verify_fault(v, "The membership of %u in %u of tenant %u is damaged: %s.", member,
			container, tenant, why.text);
		return;
	}
	edge.container = container;
	edge.member = member;
	check_end(
		v, &edge, tenant, container, edge.container_kind, &edge.container_id, "container");
	check_end(v, &edge, tenant, member, edge.member_kind, &edge.member_id, "member");
	key_member(&key, tenant, member, edge.container_kind);
	key_add_number(&key, container);
	if (!table_get(v->txn, TABLE_MEMBERSHIPS, &key, &nothing))
		verify_fault(v, "The membership of %u in %u of tenant %u has no reverse row.",
			member, container, tenant);
}

static void check_reverse(struct verify *v, struct cursor *cursor, void *arg)
{
	uint32_t tenant = key_tenant_of(cursor->key);
	struct why why = { 0 };
	struct span value;
	struct edge edge;
	struct key key;

	(void)arg;
	if (cursor->key.len != 13) {
		verify_fault(v, "A key of the memberships table is damaged (tenant %u).", tenant);
		return;
	}
	uint32_t member = get_be32(cursor->key.data + 4), container = key_number_of(cursor->key);
	key_edge(&key, tenant, container, member);
	if (!table_get(v->txn, TABLE_EDGES, &key, &value))
		verify_fault(v, "The reverse row of %u in %u of tenant %u has no membership.",
			member, container, tenant);
	else if (edge_read(value, &edge, &why) == OK && edge.container_kind != cursor->key.data[8])
		verify_fault(v, "The reverse row of %u in %u of tenant %u names another kind.",
			member, container, tenant);
}

static void sum_members(struct verify *v, struct cursor *cursor, void *arg)
{
	struct members *m = arg;

	(void)v;
	if (cursor->key.len == 9 && cursor->key.data[4] == COUNTER_MEMBERS &&
		cursor->value.len == 8)
		m->counted += get_be64(cursor->value.data);
}

void verify_edges(struct verify *v)
{
	struct members m = { 0 };

	verify_walk(v, TABLE_EDGES, check_edge, &m);
	close_container(v, &m);
	verify_walk(v, TABLE_MEMBERSHIPS, check_reverse, NULL);
	verify_walk(v, TABLE_COUNTERS, sum_members, &m);
	if (m.counted != m.edges)
		verify_fault(v, "There are %llu memberships and the counters say %llu.",
			(unsigned long long)m.edges, (unsigned long long)m.counted);
}
