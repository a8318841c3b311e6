/* What libmicrohttpd lets through and a proxy in front may read otherwise is refused here, before a
 * handler or the body is looked at. */
#include "net/http_int.h"

#include "base/limits.h"

/* RFC 9110 section 5.6.2 */
static const bool token_octets[256] = {
	['!'] = true,
	['#' ... '\''] = true,
	['*'] = true,
	['+'] = true,
	['-'] = true,
	['.'] = true,
	['0' ... '9'] = true,
	['A' ... 'Z'] = true,
	['^' ... 'z'] = true,
	['|'] = true,
	['~'] = true,
};

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!token_octets[s.data[i]])
			return false;
	return s.len > 0;
}

static bool is_field_value(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((s.data[i] < 0x20 && s.data[i] != '\t') || s.data[i] == 0x7f)
			return false;
	return true;
}

/* The headers that are looked at here. */
static const struct {
	const char *name;
	size_t len, value, count; /* value, count: where in struct http_head */
} taken[] = {
#define TAKEN(text, member)                                                                        \
	{                                                                                          \
		text, sizeof text - 1, offsetof(struct http_head, member),                         \
			offsetof(struct http_head, member##s)                                      \
	}
	TAKEN("Host", host),
	TAKEN("Content-Type", content_type),
	TAKEN("Content-Length", content_length),
	TAKEN("Transfer-Encoding", transfer_encoding),
	TAKEN("Content-Encoding", content_encoding),
	TAKEN("Authorization", authorization),
	TAKEN("Muster-Dry-Run", dry_run),
	TAKEN("Cookie", cookie),
	TAKEN("Origin", origin),
	TAKEN("Sec-Fetch-Site", fetch_site),
	TAKEN("X-CSRF-Token", csrf),
#undef TAKEN
};

void http_head_take(struct http_head *head, struct span name, struct span value)
{
	if (!is_token(name) || !is_field_value(value))
		head->malformed = true;
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
		if (name.len != taken[i].len ||
			!span_equal_nocase(name, span_of(taken[i].name, taken[i].len)))
			continue;
		struct span *kept = (struct span *)((char *)head + taken[i].value);
		unsigned *count = (unsigned *)((char *)head + taken[i].count);
		*kept = span_trim(value);
		++*count;
	}
}

/* The host without its port; empty when it is malformed. */
static struct span host_name(struct span host)
{
	struct span name = host;
	if (host.len > 0 && host.data[0] == '[') {
		size_t end = span_find(host, ']');
		name = end < host.len ? span_of(host.data, end + 1) : SPAN_NONE;
	} else {
		name = span_of(host.data, span_find(host, ':'));
	}
	struct span port = span_from(host, name.len);
	uint64_t number;
	if (port.len > 0 && (!span_to_u64(span_from(port, 1), &number) || number > 65535 ||
				    port.data[0] != ':'))
		return SPAN_NONE;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];
		bool alnum =
			(c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
		if (!alnum && (c == 0 || !strchr("-._[]:", c)))
			return SPAN_NONE;
	}
	return name;
}

static struct http_refusal check_host(const struct http_head *head, const char *const *hosts)
{
	if (head->hosts != 1)
		return HTTP_REFUSE(ERR_PROTOCOL, 400, "exactly one Host header is needed");
	struct span name = host_name(head->host);
	if (name.len == 0)
		return HTTP_REFUSE(ERR_PROTOCOL, 400, "the Host header is malformed");
	for (size_t i = 0; hosts && hosts[i]; i++)
		if (span_equal_nocase(name, span_str(hosts[i])))
			return HTTP_PASS;
	return hosts ? HTTP_REFUSE(ERR_PROTOCOL, 421, "this host is not served here") : HTTP_PASS;
}

/* RFC 9112 section 6: what two readers could understand differently is refused. */
static struct http_refusal check_framing(struct http_head *head, bool http10)
{
	if (head->content_lengths > 1 || head->transfer_encodings > 1 ||
		(head->content_lengths && head->transfer_encodings))
		return HTTP_REFUSE(ERR_PROTOCOL, 400, "the length of the body is ambiguous");
	if (head->transfer_encodings &&
		(http10 || !span_equal_nocase(head->transfer_encoding, SPAN("chunked"))))
		return HTTP_REFUSE(ERR_PROTOCOL, 400, "this transfer encoding is not accepted");
	head->chunked = head->transfer_encodings > 0;
	if (head->content_lengths && !span_to_u64(head->content_length, &head->length)) {
		for (size_t i = 0; i < head->content_length.len; i++)
			if (head->content_length.data[i] < '0' ||
				head->content_length.data[i] > '9')
				return HTTP_REFUSE(
					ERR_PROTOCOL, 400, "Content-Length is malformed");
		return head->content_length.len > 0
			       ? HTTP_REFUSE(ERR_TOO_LARGE, 413, "the body is too large")
			       : HTTP_REFUSE(ERR_PROTOCOL, 400, "Content-Length is malformed");
	}
	return HTTP_PASS;
}

/* Content-Encoding would need a bounded decompressor, another charset a converter: neither is
 * offered (RFC 9110 section 15.5.16). */
static struct http_refusal check_coding(const struct http_head *head)
{
	if (head->content_encodings > 0 &&
		!span_equal_nocase(head->content_encoding, SPAN("identity")))
		return HTTP_REFUSE(ERR_MEDIA_TYPE, 415, "a content encoding is not accepted");
	struct span rest = head->content_type;
	span_cut(&rest, ';');
	while (rest.len > 0) {
		struct span parameter = span_trim(span_cut(&rest, ';'));
		struct span name = span_cut(&parameter, '=');
		if (span_equal_nocase(name, SPAN("charset")) &&
			!span_equal_nocase(parameter, SPAN("utf-8")) &&
			!span_equal_nocase(parameter, SPAN("\"utf-8\"")))
			return HTTP_REFUSE(
				ERR_MEDIA_TYPE, 415, "another charset than UTF-8 is not accepted");
	}
	return HTTP_PASS;
}

struct http_refusal http_head_check(
	struct http_head *head, const char *version, const char *const *hosts)
{
	bool http10 = strcmp(version, "HTTP/1.0") == 0;
	if (!http10 && strcmp(version, "HTTP/1.1") != 0)
		return HTTP_REFUSE(ERR_UNSUPPORTED, 505, "this version of HTTP is not spoken here");
	if (head->malformed)
		return HTTP_REFUSE(ERR_PROTOCOL, 400, "a header is malformed");
	if (head->authorizations > 1 || head->content_types > 1 || head->content_encodings > 1 ||
		head->dry_runs > 1 || head->cookies > 1 || head->origins > 1 ||
		head->fetch_sites > 1 || head->csrfs > 1)
		return HTTP_REFUSE(ERR_PROTOCOL, 400, "a header stands twice");
	struct http_refusal refusal = check_framing(head, http10);
	if (!refusal.status)
		refusal = check_host(head, hosts);
	if (!refusal.status)
		refusal = check_coding(head);
	return refusal;
}
