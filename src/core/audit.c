#include "core/core_int.h"

#include "base/clock.h"
#include "base/limits.h"

/* Canonical JSON after RFC 8785: keys in order, no blanks, the shortest escapes. */
void audit_put_string(struct buffer *out, struct span text)
{
	static const char escapes[32] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'
	};
	buffer_put_octet(out, '"');
	size_t from = 0;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t octet = text.data[i];
		if (octet >= 0x20 && octet != '"' && octet != '\\')
			continue;
		buffer_put(out, text.data + from, i - from);
		from = i + 1;
		if (octet >= 0x20)
			buffer_putf(out, "\\%c", octet);
		else if (escapes[octet])
			buffer_putf(out, "\\%c", escapes[octet]);
		else
			buffer_putf(out, "\\u%04x", octet);
	}
	if (from < text.len)
		buffer_put(out, text.data + from, text.len - from);
	buffer_put_octet(out, '"');
}

static void put_id(struct buffer *out, const struct uuid *id)
{
	char text[UUID_TEXT + 1];
	if (uuid_is_nil(id)) {
		buffer_put_span(out, SPAN("null"));
		return;
	}
	uuid_format(id, text);
	audit_put_string(out, span_str(text));
}

static void put_octets(struct buffer *out, struct span octets)
{
	static const char digits[] = "0123456789abcdef";
	if (span_is_utf8(octets)) {
		audit_put_string(out, octets);
		return;
	}
	buffer_put_octet(out, '"');
	for (size_t i = 0; i < octets.len; i++) {
		buffer_put_octet(out, (uint8_t)digits[octets.data[i] >> 4]);
		buffer_put_octet(out, (uint8_t)digits[octets.data[i] & 15]);
	}
	buffer_put_octet(out, '"');
}

static void put_value(struct buffer *out, const struct value *value)
{
	struct uuid id;
	const struct attr_row *row = attr_row(value->attr);
	if (row->flags & ATTR_WRITE_ONLY ||
		(row->flags & ATTR_INTERNAL && row->syntax == SYNTAX_OCTETS)) {
		audit_put_string(out, SPAN("***"));
	} else if (row->syntax == SYNTAX_REFERENCE && value->octets.len == sizeof id.octets) {
		memcpy(id.octets, value->octets.data, sizeof id.octets);
		put_id(out, &id);
	} else {
		put_octets(out, value->octets);
	}
}

static void put_values(struct buffer *out, const struct entry *entry, enum attr attr)
{
	size_t count = entry ? entry_value_count(entry, attr) : 0;
	if (!count) {
		buffer_put_span(out, SPAN("null"));
		return;
	}
	bool list = count > 1 && !attr_has(attr, ATTR_SINGLE);
	if (list)
		buffer_put_octet(out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i)
			buffer_put_octet(out, ',');
		put_value(out, entry_value(entry, attr, i));
	}
	if (list)
		buffer_put_octet(out, ']');
}

static const char *path_of(const struct entry *entry, enum attr attr)
{
	if (attr == ATTR_COMMON_NAME && entry->kind != KIND_USER)
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
	audit_put_string(out, span_str(path_of(entry, attr)));
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
		put_id(out, &effect->id);
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

static void put_named(struct buffer *out, const struct uuid *id, struct span name, const char *type)
{
	buffer_put_span(out, SPAN("{\"id\":"));
	put_id(out, id);
	buffer_put_span(out, SPAN(",\"name\":"));
	put_octets(out, name);
	buffer_put_span(out, SPAN(",\"type\":"));
	audit_put_string(out, span_str(type));
	buffer_put_octet(out, '}');
}

static void put_text(struct buffer *out, struct span text)
{
	if (text.len)
		put_octets(out, text);
	else
		buffer_put_span(out, SPAN("null"));
}

/* Cut between characters. */
static struct span shorten(struct span text)
{
	size_t len = text.len < LIMIT_REASON_OCTETS ? text.len : LIMIT_REASON_OCTETS;
	while (len < text.len && len > 0 && (text.data[len] & 0xc0) == 0x80)
		len--;
	return span_of(text.data, len);
}

static void put_delegation(struct buffer *out, const struct delegation *delegation)
{
	static const char *const kinds[] = {
		[DELEGATION_IMPERSONATION] = "impersonation", [DELEGATION_SUPPORT] = "support"
	};
	buffer_put_span(out, SPAN(",\"delegation\":"));
	if (!delegation) {
		buffer_put_span(out, SPAN("null"));
		return;
	}
	buffer_put_span(out, SPAN("{\"id\":"));
	put_id(out, &delegation->id);
	buffer_put_span(out, SPAN(",\"kind\":"));
	audit_put_string(out, span_str(kinds[delegation->kind]));
	buffer_put_span(out, SPAN(",\"reason\":"));
	put_text(out, shorten(delegation->reason));
	buffer_put_span(out, SPAN(",\"reference\":"));
	put_text(out, shorten(delegation->reference));
	buffer_put_octet(out, '}');
}

static void put_subject(struct buffer *out, const struct delegation *delegation)
{
	buffer_put_span(out, SPAN(",\"subject\":"));
	if (delegation && delegation->subject_kind != KIND_NONE)
		put_named(out, &delegation->subject, delegation->subject_name,
			kind_row(delegation->subject_kind)->word);
	else
		buffer_put_span(out, SPAN("null"));
}

/* Of a row that has one. */
static void put_optional(struct buffer *out, const char *name, struct span text)
{
	if (!text.len)
		return;
	buffer_putf(out, ",\"%s\":", name);
	put_octets(out, shorten(text));
}

static void put_request(struct buffer *out, const struct actor *actor)
{
	buffer_put_span(out, SPAN(",\"request\":{\"channel\":"));
	audit_put_string(out, span_str(channel_name(actor->channel)));
	buffer_put_span(out, SPAN(",\"id\":"));
	put_id(out, &actor->request);
	buffer_put_span(out, SPAN(",\"ip\":"));
	put_text(out, span_str(actor->address));
	buffer_put_span(out, SPAN(",\"user_agent\":"));
	put_text(out, span_str(actor->user_agent));
	buffer_put_octet(out, '}');
}

/* The row's place in the audit, which also has rows that no change stands behind. */
struct place {
	uint64_t sequence;
	int64_t time;
};

static void put_row(struct buffer *out, const struct run *run, const struct deed *deed,
	const struct change *change, const struct place *place)
{
	const struct actor *actor = run->actor;
	char time[TIME_TEXT_MAX];
	bool any = false;
	buffer_put_span(out, SPAN("{\"action\":"));
	audit_put_string(out, span_str(deed->action));
	buffer_put_span(out, SPAN(",\"actor\":"));
	put_named(out, &actor->id, span_str(actor->name), actor_type_name(actor->type));
	buffer_put_span(out, SPAN(",\"changes\":"));
	put_entry_changes(out, deed, &any);
	put_edge_changes(out, deed, &any);
	buffer_put_span(out, any ? SPAN("]") : SPAN("[]"));
	put_delegation(out, actor->delegation);
	buffer_put_span(out, SPAN(",\"id\":"));
	put_id(out, &change->operation);
	buffer_put_span(out, SPAN(",\"outcome\":\"success\""));
	put_optional(out, "reason", run->command->reason);
	put_optional(out, "reference", run->command->reference);
	put_request(out, actor);
	buffer_putf(out, ",\"seq\":%llu", (unsigned long long)place->sequence);
	put_subject(out, actor->delegation);
	buffer_put_span(out, SPAN(",\"target\":"));
	put_named(out, &deed->target_id, deed->target_name, kind_row(deed->target_kind)->word);
	buffer_putf(out, ",\"tenant\":%u,\"time\":", (unsigned)change->tenant);
	audit_put_string(out, span_of(time, time_format_rfc3339(place->time, time)));
	buffer_put_octet(out, '}');
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
	if (!uuid_is_nil(&run->actor->id))
		links[count++] = (struct audit_link){ AUDIT_LINK_ACTOR, run->actor->id };
	return count;
}

void audit_append(struct run *run, const struct deed *deed, const struct change *change)
{
	struct place place;
	struct audit_link *links = arena_array(run->arena, deed->count + 2, sizeof *links);
	txn_audit_place(run->txn, deed->tenant, change->time, &place.sequence, &place.time);
	buffer_reset(run->scratch);
	put_row(run->scratch, run, deed, change, &place);
	txn_append_audit(run->txn, deed->tenant, place.sequence, buffer_span(run->scratch), links,
		make_links(run, deed, links));
}
