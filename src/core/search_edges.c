/* What a filter asks of the store besides the entry's own values: who is in whom, and what holds
 * for the entries that a membership or a reference leads to. */
#include "core/chain_int.h"
#include "core/search_int.h"

static bool has_edge(void *arg, uint32_t container, uint32_t member)
{
	const struct search *search = arg;
	struct edge edge;
	return txn_edge(search->view->txn, search->spec.tenant, container, member, &edge);
}

static bool is_chained(void *arg, uint32_t number, const struct filter *filter)
{
	const struct search *search = arg;
	arena_reset(search->view->scratch);
	return chain_holds(
		search->view, search->view->scratch, search->spec.tenant, number, filter);
}

/* One of the members is a person whose uid is IA5 text: what memberUid shows. */
static bool has_uid(const struct search *search, uint32_t number)
{
	struct edge edge;
	bool found = false;
	arena_reset(search->view->scratch);
	struct member_walk *walk =
		view_members(search->view, search->view->scratch, search->spec.tenant, number, 0);
	while (!found && member_walk_next(walk, &edge))
		found = edge.member_kind == KIND_USER && span_is_ascii(edge.member_name);
	member_walk_close(walk);
	return found;
}

static bool has_edges(void *arg, uint32_t number, enum attr attr)
{
	const struct search *search = arg;
	enum kind kind;
	uint32_t container;
	if (attr == ATTR_MEMBER_UID)
		return has_uid(search, number);
	if (attr == ATTR_MEMBER)
		return txn_member_count(search->view->txn, search->spec.tenant, number) > 0;
	arena_reset(search->view->scratch);
	struct container_walk *walk = view_containers(
		search->view, search->view->scratch, search->spec.tenant, number, ~0u);
	bool found = container_walk_next(walk, &kind, &container);
	container_walk_close(walk);
	return found;
}

static bool holds_for(
	const struct search *search, const struct filter *filter, enum kind kind, uint32_t number)
{
	struct record record;
	/* Built-in roles are asked for as roles; among groups they may not be shown. */
	bool custom = search->spec.custom && (filter->kinds >> KIND_GROUP & 1);
	return (filter->kinds >> kind & 1) &&
	       txn_entry(search->view->txn, search->spec.tenant, kind, number, &record) &&
	       !(custom && record_is_true(&record, ATTR_BUILT_IN)) &&
	       filter_test(filter->parts[0], &record, &search->context) == TRUTH_TRUE;
}

/* A container is known to whom may see its kind. */
static bool container_holds(
	const struct search *search, const struct record *record, const struct filter *filter)
{
	enum kind kind;
	uint32_t number;
	bool found = false;
	struct container_walk *walk = view_containers(search->view, search->beside,
		search->spec.tenant, record->number, filter->kinds & search->wide);
	while (!found && container_walk_next(walk, &kind, &number))
		found = holds_for(search, filter, kind, number);
	container_walk_close(walk);
	return found;
}

static bool member_holds(
	const struct search *search, const struct record *record, const struct filter *filter)
{
	struct edge edge;
	bool found = false;
	struct member_walk *walk =
		view_members(search->view, search->beside, search->spec.tenant, record->number, 0);
	while (!found && member_walk_next(walk, &edge))
		found = sight_sees_member(search->beside_sight, &edge) &&
			holds_for(search, filter, edge.member_kind, edge.member);
	member_walk_close(walk);
	return found;
}

static bool reference_holds(
	const struct search *search, const struct record *record, const struct filter *filter)
{
	struct uuid id;
	struct record other;
	struct span octets = record_first(record, filter->attr);
	if (!uuid_from_octets(octets, &id))
		return false;
	return view_by_id(search->view, search->spec.tenant, &id, &other) &&
	       sight_sees(search->beside_sight, &other) &&
	       holds_for(search, filter, other.kind, other.number);
}

static bool has_related(void *arg, const struct record *record, const struct filter *filter)
{
	struct search *search = arg;
	if (!search->beside) {
		search->beside = arena_new();
		search->beside_sight = view_sight(search->view, search->arena, search->spec.actor,
			search->spec.tenant, search->spec.living);
	}
	arena_reset(search->beside);
	switch (filter->attr) {
	case ATTR_MEMBER_OF:
		return container_holds(search, record, filter);
	case ATTR_MEMBER:
		return kind_is_container(record->kind) && member_holds(search, record, filter);
	default:
		return reference_holds(search, record, filter);
	}
}

static size_t made(void *arg, const struct record *record, enum attr attr, uint8_t *room)
{
	const struct search *search = arg;
	return view_made(search->view, record, attr, room);
}

void search_take_context(struct search *search)
{
	const struct actor *actor = search->spec.actor;
	search->context = (struct filter_context){ has_edge, has_edges, is_chained, has_related,
		made, search, .one_source = actor_is_connection(actor), .source = actor->source };
}
