/* Aliases and referrals where a DN is looked for (RFC 4511 sections 4.5.1.3 and 4.1.10, RFC 3296).
 */
#include "in/ldap/answer_int.h"

#include "wire/tlv.h"

bool pointers_exist(struct conn *conn, struct view *view)
{
	return access_sees_pointers(&conn->identity) &&
	       view_has_pointers(view, conn->identity.actor.tenant);
}

/* The last `rdns` RDNs of the DN. */
static struct dn tail_of(const struct dn *dn, size_t rdns)
{
	size_t at = dn->count;

	for (size_t left = rdns; left > 0; left--)
		for (at--; at > 0 && !dn->avas[at - 1].last;)
			at--;
	return (struct dn){ dn->avas + at, dn->count - at, rdns };
}

bool pointer_above(struct conn *conn, struct view *view, const struct dn *below,
	struct record *pointer, struct dn *rest)
{
	for (size_t rdns = 1; rdns <= below->rdns && rdns <= POINTER_RDNS; rdns++) {
		struct dn tail = tail_of(below, rdns);

		if (view_pointer(
			    view, conn->shard->turn, conn->identity.actor.tenant, &tail, pointer)) {
			*rest = (struct dn){ below->avas, below->count - tail.count,
				below->rdns - rdns };
			return true;
		}
	}
	return false;
}

void pointer_put_dn(struct conn *conn, struct buffer *out, const struct record *pointer)
{
	buffer_put_span(out, record_first(pointer, ATTR_POINTER_DN));
	buffer_put_octet(out, ',');
	naming_put_tenant(out, &conn->shard->door->naming, span_str(conn->identity.tenant));
}

/* RFC 4516 section 2.1: what a DN has and a URL must not. */
static void put_encoded(struct buffer *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		bool plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
			     memchr("-._~=,+!$&'()*:@/", c, 17) != NULL;

		if (plain)
			buffer_put_octet(out, c);
		else
			buffer_putf(out, "%%%02X", c);
	}
}

/* RFC 3296 section 5.2: what lies below the referral lies below the URL's DN too. A URL that is not
 * LDAP's is told as it is. */
static void put_url(struct buffer *out, struct span url, struct arena *arena, const struct dn *rest,
	const char *scope)
{
	size_t slashes = span_starts_nocase(url, SPAN("ldap://"))    ? 7
			 : span_starts_nocase(url, SPAN("ldaps://")) ? 8
								     : 0;

	if (slashes == 0) {
		buffer_put_span(out, url);
		return;
	}
	url.len = span_find(url, '?');
	size_t host = slashes + span_find(span_from(url, slashes), '/');
	struct span dn = span_from(url, host + 1);
	buffer_put(out, url.data, host);
	if (dn.len > 0 || rest->count > 0 || scope)
		buffer_put_octet(out, '/');
	put_encoded(out, dn_text(arena, rest));
	if (rest->count > 0 && dn.len > 0)
		buffer_put_octet(out, ',');
	buffer_put_span(out, dn);
	if (scope)
		buffer_putf(out, "??%s", scope);
}

void pointer_put_urls(struct conn *conn, struct buffer *out, const struct record *pointer,
	const struct dn *rest, const char *scope)
{
	for (size_t i = record_find(pointer, ATTR_REFERRAL); i < pointer->count; i++) {
		struct value value = record_row(pointer, i);
		size_t opened;

		if (value.attr != ATTR_REFERRAL)
			break;
		opened = tlv_open(out, TLV_OCTETS);
		put_url(out, value.octets, conn->shard->turn, rest, scope);
		tlv_close(out, opened);
	}
}
