#include "core/core_int.h"

#include "base/clock.h"

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

static void put_request(struct buffer *out, const struct change *change)
{
	buffer_put_span(out, SPAN(",\"request\":{\"channel\":"));
	audit_put_string(out, span_str(channel_name(change->channel)));
	buffer_put_span(out, SPAN(",\"id\":"));
	put_id(out, &change->request);
	buffer_put_span(out, SPAN(",\"ip\":"));
	if (change->address.len)
		put_octets(out, change->address);
	else
		buffer_put_span(out, SPAN("null"));
	buffer_putf(out, "},\"seq\":%llu,\"subject\":null,\"target\":",
		(unsigned long long)change->sequence);
}

void audit_write(struct buffer *out, const struct deed *deed, const struct change *change,
	const struct actor *actor)
{
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
	buffer_put_span(out, SPAN(",\"delegation\":null,\"id\":"));
	put_id(out, &change->operation);
	buffer_put_span(out, SPAN(",\"outcome\":\"success\""));
	put_request(out, change);
	put_named(out, &deed->target_id, deed->target_name, kind_row(deed->target_kind)->word);
	buffer_putf(out, ",\"tenant\":%u,\"time\":", (unsigned)change->tenant);
	audit_put_string(out, span_of(time, time_format_rfc3339(change->time, time)));
	buffer_put_octet(out, '}');
}
