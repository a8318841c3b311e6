#include "core/audit_int.h"

#include "base/limits.h"

static void put_values(struct buffer *out, const struct entry *entry, enum attr attr)
{
	size_t count = entry ? entry_value_count(entry, attr) : 0;
	if (!count) {
		buffer_put_span(out, SPAN("null"));
		return;
	}
	bool list = count > 1;
	if (list)
		buffer_put_octet(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i)
			buffer_put_octet(out, ',');
		audit_put_value(out, entry_value(entry, attr, i));
	}
	if (list)
		buffer_put_octet(out, ']');
}

const char *audit_path(enum kind kind, enum attr attr)
{
	if (attr == ATTR_COMMON_NAME && kind != KIND_USER)
		return "displayName";
	return attr_spelling(attr);
}

static void begin_item(struct buffer *out, bool *any)
{
	buffer_put_octet(out, *any ? ',' : '[');
	*any = true;
}

static void put_difference(struct buffer *out, const struct deed *deed, enum attr attr, bool *any)
{
	if (deed->before && deed->after && entry_same_values(deed->before, deed->after, attr))
		return;
	const struct entry *entry = deed->after ? deed->after : deed->before;
	begin_item(out, any);
	buffer_put_span(out, SPAN("{\"new\":"));
	put_values(out, deed->after, attr);
	buffer_put_span(out, SPAN(",\"old\":"));
	put_values(out, deed->before, attr);
	buffer_put_span(out, SPAN(",\"path\":"));
	audit_put_string(out, span_str(audit_path(entry->kind, attr)));
	buffer_put_octet(out, '}');
}

static enum attr next_attr(const struct entry *entry, enum attr after)
{
	for (size_t i = 0; entry && i < entry->count; i++)
		if (entry->values[i].attr > after)
			return entry->values[i].attr;
	return ATTR_LIMIT;
}

static void put_entry_changes(struct buffer *out, const struct deed *deed, bool *any)
{
	enum attr attr = ATTR_NONE;
	for (;;) {
		enum attr left = next_attr(deed->before, attr),
			  right = next_attr(deed->after, attr);
		attr = left < right ? left : right;
		if (attr == ATTR_LIMIT)
			return;
		put_difference(out, deed, attr, any);
	}
}

static void put_edge_side(struct buffer *out, const struct deed *deed, const struct effect *effect,
	struct span octets)
{
	struct edge edge;
	if (!octets.len)
		buffer_put_span(out, SPAN("null"));
	else if (deed->edge_path)
		audit_put_string(out, deed->edge_name);
	else if (uuid_equal(&effect->id, &deed->target_id) && edge_read(octets, &edge, NULL) == OK)
		audit_put_string(out, edge.member_name);
	else
		audit_put_id(out, &effect->id);
}

static const char *edge_path(const struct deed *deed, const struct effect *effect)
{
	if (deed->edge_path)
		return deed->edge_path;
	return uuid_equal(&effect->id, &deed->target_id) ? "members" : "groups";
}

/* Edges that only carry a member's new name are no news of their own. */
static bool is_edge_news(const struct deed *deed, const struct effect *effect)
{
	return effect->type == EFFECT_EDGE &&
	       !(deed->after && effect->before.len && effect->after.len);
}

static void put_edge_changes(struct buffer *out, const struct deed *deed, bool *any)
{
	for (size_t i = 0; i < deed->count; i++) {
		const struct effect *effect = &deed->effects[i];
		if (!is_edge_news(deed, effect))
			continue;
		begin_item(out, any);
		buffer_put_span(out, SPAN("{\"new\":"));
		put_edge_side(out, deed, effect, effect->after);
		buffer_put_span(out, SPAN(",\"old\":"));
		put_edge_side(out, deed, effect, effect->before);
		buffer_put_span(out, SPAN(",\"path\":"));
		audit_put_string(out, span_str(edge_path(deed, effect)));
		buffer_put_octet(out, '}');
	}
}

struct span audit_changes(struct run *run)
{
	bool any = false;
	buffer_reset(run->scratch);
	for (const struct deed *deed = run->first; deed; deed = deed->next) {
		if (!deed->action || !uuid_equal(&deed->target_id, &run->outcome->id))
			continue;
		put_entry_changes(run->scratch, deed, &any);
		put_edge_changes(run->scratch, deed, &any);
	}
	buffer_put_span(run->scratch, any ? SPAN("]") : SPAN("[]"));
	return run->scratch->failed || run->scratch->len > LIMIT_CHANGE_OCTETS
		       ? SPAN_NONE
		       : arena_copy(run->keep, buffer_span(run->scratch));
}

static void put_row(struct buffer *out, const struct run *run, const struct deed *deed,
	const struct change *change, const struct audit_place *place)
{
	const struct actor *actor = run->actor;
	bool any = false;
	buffer_put_span(out, SPAN("{\"action\":"));
	audit_put_string(out, span_str(deed->action));
	buffer_put_span(out, SPAN(",\"actor\":"));
	audit_put_actor(out, actor, change->tenant);
	buffer_put_span(out, SPAN(",\"changes\":"));
	put_entry_changes(out, deed, &any);
	put_edge_changes(out, deed, &any);
	buffer_put_span(out, any ? SPAN("]") : SPAN("[]"));
	audit_put_delegation(out, actor->delegation);
	buffer_put_span(out, SPAN(",\"id\":"));
	audit_put_id(out, &change->operation);
	buffer_put_span(out, SPAN(",\"outcome\":\"success\""));
	audit_put_optional(out, "reason", run->command->reason);
	audit_put_optional(out, "reference", run->command->reference);
	audit_put_request(out, actor);
	buffer_putf(out, ",\"seq\":%llu", (unsigned long long)place->sequence);
	audit_put_subject(out, actor->delegation);
	buffer_put_span(out, SPAN(",\"target\":"));
	audit_put_named(
		out, &deed->target_id, deed->target_name, kind_row(deed->target_kind)->word);
	audit_put_end(out, change->tenant, place->time);
}

/* ---- links ---- */

/* Whom the row is about: the target and the other ends of memberships. */
static size_t make_links(const struct run *run, const struct deed *deed, struct audit_link *links)
{
	size_t count = 0;
	links[count++] = (struct audit_link){ AUDIT_LINK_TARGET, deed->target_id };
	for (size_t i = 0; i < deed->count; i++) {
		const struct effect *effect = &deed->effects[i];
		if (!is_edge_news(deed, effect))
			continue;
		bool inward = uuid_equal(&effect->id, &deed->target_id);
		links[count++] = (struct audit_link){ AUDIT_LINK_TARGET,
			inward ? effect->member_id : effect->id };
	}
	const struct actor *actor = run->actor;
	if (actor->delegation && actor->delegation->agent)
		actor = actor->delegation->agent;
	if (!uuid_is_nil(&actor->id))
		links[count++] = (struct audit_link){ AUDIT_LINK_ACTOR, actor->id };
	return count;
}

uint64_t audit_append(struct run *run, const struct deed *deed, const struct change *change)
{
	struct audit_place place;
	struct audit_link *links = arena_array(run->arena, deed->count + 2, sizeof *links);
	txn_audit_place(run->txn, deed->tenant, change->time, &place.sequence, &place.time);
	buffer_reset(run->scratch);
	put_row(run->scratch, run, deed, change, &place);
	txn_append_audit(run->txn, deed->tenant, place.sequence, buffer_span(run->scratch), links,
		make_links(run, deed, links));
	return place.sequence;
}
