#include "core/audit_int.h"

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

void audit_put_id(struct buffer *out, const struct uuid *id)
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

void audit_put_value(struct buffer *out, const struct value *value)
{
	struct uuid id;
	const struct attr_row *row = attr_row(value->attr);
	if (row->flags & ATTR_WRITE_ONLY ||
		(row->flags & ATTR_INTERNAL && row->syntax == SYNTAX_OCTETS)) {
		audit_put_string(out, SPAN("***"));
	} else if (row->syntax == SYNTAX_REFERENCE && uuid_from_octets(value->octets, &id)) {
		audit_put_id(out, &id);
	} else {
		put_octets(out, value->octets);
	}
}

void audit_put_named(struct buffer *out, const struct uuid *id, struct span name, const char *type)
{
	buffer_put_span(out, SPAN("{\"id\":"));
	audit_put_id(out, id);
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

void audit_put_delegation(struct buffer *out, const struct delegation *delegation)
{
	static const char *const kinds[] = { [DELEGATION_IMPERSONATION] = "impersonation",
		[DELEGATION_SUPPORT] = "support",
		[DELEGATION_PROXY] = "proxy" };
	buffer_put_span(out, SPAN(",\"delegation\":"));
	if (!delegation) {
		buffer_put_span(out, SPAN("null"));
		return;
	}
	buffer_put_span(out, SPAN("{\"id\":"));
	audit_put_id(out, &delegation->id);
	buffer_put_span(out, SPAN(",\"kind\":"));
	audit_put_string(out, span_str(kinds[delegation->kind]));
	buffer_put_span(out, SPAN(",\"reason\":"));
	put_text(out, shorten(delegation->reason));
	buffer_put_span(out, SPAN(",\"reference\":"));
	put_text(out, shorten(delegation->reference));
	buffer_put_octet(out, '}');
}

void audit_put_subject(struct buffer *out, const struct delegation *delegation)
{
	buffer_put_span(out, SPAN(",\"subject\":"));
	if (delegation && delegation->subject_kind != KIND_NONE)
		audit_put_named(out, &delegation->subject, delegation->subject_name,
			kind_row(delegation->subject_kind)->word);
	else
		buffer_put_span(out, SPAN("null"));
}

/* Of a row that has one. */
void audit_put_optional(struct buffer *out, const char *name, struct span text)
{
	if (!text.len)
		return;
	buffer_putf(out, ",\"%s\":", name);
	put_octets(out, shorten(text));
}

/* Who comes from the operator realm into a tenant is an operator there, person or key. */
void audit_put_actor(struct buffer *out, const struct actor *actor, uint32_t tenant)
{
	if (actor->delegation && actor->delegation->agent)
		actor = actor->delegation->agent;
	bool staff = actor->tenant == 0 && tenant != 0 &&
		     (actor->type == ACTOR_USER || actor->type == ACTOR_CLIENT);
	audit_put_named(out, &actor->id, span_str(actor->name),
		actor_type_name(staff ? ACTOR_OPERATOR : actor->type));
}

void audit_put_request(struct buffer *out, const struct actor *actor)
{
	buffer_put_span(out, SPAN(",\"request\":{\"channel\":"));
	audit_put_string(out, span_str(channel_name(actor->channel)));
	buffer_put_span(out, SPAN(",\"id\":"));
	audit_put_id(out, &actor->request);
	buffer_put_span(out, SPAN(",\"ip\":"));
	put_text(out, span_str(actor->address));
	buffer_put_span(out, SPAN(",\"user_agent\":"));
	put_text(out, span_str(actor->user_agent));
	buffer_put_octet(out, '}');
}

void audit_put_end(struct buffer *out, uint32_t tenant, int64_t wall)
{
	char time[TIME_TEXT_MAX];
	buffer_putf(out, ",\"tenant\":%u,\"time\":", (unsigned)tenant);
	audit_put_string(out, span_of(time, time_format_rfc3339(wall, time)));
	buffer_put_octet(out, '}');
}
