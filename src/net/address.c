#include "net/address.h"

#include "base/codec.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct prefix4 {
	uint32_t base;
	int bits;
};

/* The IANA special-purpose registry (RFC 6890 and successors), what is not globally reachable. */
static const struct prefix4 closed4[] = {
	{ 0x00000000, 8 },  /* this network */
	{ 0x0a000000, 8 },  /* private */
	{ 0x64400000, 10 }, /* shared, RFC 6598 */
	{ 0x7f000000, 8 },  /* loopback */
	{ 0xa9fe0000, 16 }, /* link-local, cloud metadata */
	{ 0xac100000, 12 }, /* private */
	{ 0xc0000000, 24 }, /* IETF protocol assignments */
	{ 0xc0000200, 24 }, /* documentation */
	{ 0xc0586300, 24 }, /* 6to4 relay */
	{ 0xc0a80000, 16 }, /* private */
	{ 0xc6120000, 15 }, /* benchmarking */
	{ 0xc6336400, 24 }, /* documentation */
	{ 0xcb007100, 24 }, /* documentation */
	{ 0xe0000000, 3 },  /* multicast, reserved, broadcast */
};

static bool is_open4(uint32_t address)
{
	for (size_t i = 0; i < sizeof closed4 / sizeof *closed4; i++)
		if ((address ^ closed4[i].base) >> (32 - closed4[i].bits) == 0)
			return false;
	return true;
}

static bool is_open6(const uint8_t a[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

	if (memcmp(a, mapped, 12) == 0 || memcmp(a, nat64, 12) == 0)
		return is_open4(get_be32(a + 12));
	if (a[0] == 0x20 && a[1] == 0x02) /* 6to4 */
		return is_open4(get_be32(a + 2));
	if (get_be32(a) == 0x20010db8 || get_be32(a) >> 9 == 0x20010000 >> 9)
		return false;  /* documentation; IETF assignments, among them Teredo */
	return a[0] >> 5 == 1; /* 2000::/3 is what is global unicast today */
}

static bool same_address(const struct sockaddr *a, const struct sockaddr *b)
{
	if (a->sa_family != b->sa_family)
		return false;
	if (a->sa_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
	return memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
		       &((const struct sockaddr_in6 *)b)->sin6_addr, 16) == 0;
}

static bool is_own(const struct sockaddr *address)
{
	struct ifaddrs *all;
	bool own = false;

	if (getifaddrs(&all) < 0)
		return true;
	for (const struct ifaddrs *i = all; i && !own; i = i->ifa_next)
		own = i->ifa_addr && same_address(i->ifa_addr, address);
	freeifaddrs(all);
	return own;
}

bool address_is_public(const struct sockaddr *address)
{
	bool open = false;

	if (address->sa_family == AF_INET)
		open = is_open4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
	else if (address->sa_family == AF_INET6)
		open = is_open6(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
	return open && !is_own(address);
}

static bool ends_with(struct span s, struct span end)
{
	return s.len >= end.len && span_equal_nocase(span_from(s, s.len - end.len), end);
}

/* What names this machine or its network without a look into the DNS, and literals in each of the
 * forms that inet_aton(3) reads (2130706433, 0x7f.1, 0177.1). */
static bool is_local_host(struct arena *arena, struct span host)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (host.len > 0 && host.data[host.len - 1] == '.')
		host.len--;
	if (host.len > 2 && host.data[0] == '[') {
		char *text = arena_string(arena, span_of(host.data + 1, host.len - 2));
		return inet_pton(AF_INET6, text, &v6.sin6_addr) != 1 ||
		       !address_is_public((struct sockaddr *)&v6);
	}
	if (inet_aton(arena_string(arena, host), &v4.sin_addr))
		return !address_is_public((struct sockaddr *)&v4);
	return span_find(host, '.') == host.len || ends_with(host, SPAN(".localhost")) ||
	       ends_with(host, SPAN(".local")) || ends_with(host, SPAN(".internal"));
}

static bool host_is_well_formed(struct span host)
{
	for (size_t i = 0; i < host.len; i++) {
		uint8_t c = host.data[i];
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

		if (!letter && !(c >= '0' && c <= '9') && !strchr("-._:[]", c))
			return false;
	}
	return host.len > 0 && host.len <= 255;
}

static enum err check_port(struct span port, uint64_t usual, struct why *why)
{
	uint64_t number = usual;

	if (port.len > 0 && (!span_to_u64(port, &number) || number > 65535))
		return fail(why, ERR_VALUE, "uri", "the port is not a number up to 65535");
	if (number != usual && number < 1024)
		return fail(
			why, ERR_VALUE, "uri", "port %u is not one for webhooks", (unsigned)number);
	return OK;
}

static enum err check_authority(struct arena *arena, struct span authority, uint64_t usual,
	bool allow_local, struct why *why)
{
	struct span host = authority, port = SPAN_NONE;
	size_t colon = authority.len;

	while (colon > 0 && authority.data[colon - 1] != ':' && authority.data[colon - 1] != ']')
		colon--;
	if (colon > 0 && authority.data[colon - 1] == ':') {
		host = span_of(authority.data, colon - 1);
		port = span_from(authority, colon);
	}
	if (!host_is_well_formed(host))
		return fail(why, ERR_VALUE, "uri", "the URL needs a plain host name");
	if (!allow_local && is_local_host(arena, host))
		return fail(why, ERR_VALUE, "uri",
			"the host is this machine or in a private network, which is not allowed");
	return check_port(port, usual, why);
}

enum err url_check(struct arena *arena, struct span url, bool allow_local, struct why *why)
{
	bool tls = span_starts_nocase(url, SPAN("https://"));
	struct span rest = span_from(url, tls ? 8 : 7);

	if (url.len > 2048)
		return fail(why, ERR_VALUE, "uri", "the URL is longer than 2048 octets");
	if (!tls && !(allow_local && span_starts_nocase(url, SPAN("http://"))))
		return fail(why, ERR_VALUE, "uri", "the URL must begin with https://");
	for (size_t i = 0; i < url.len; i++)
		if (url.data[i] <= ' ' || url.data[i] >= 0x7f || url.data[i] == '\\' ||
			url.data[i] == '#')
			return fail(why, ERR_VALUE, "uri",
				"the URL holds a blank, a control, a fragment or no ASCII");

	size_t end = 0;
	while (end < rest.len && rest.data[end] != '/' && rest.data[end] != '?')
		end++;
	struct span authority = span_of(rest.data, end);
	if (span_find(authority, '@') < authority.len)
		return fail(why, ERR_VALUE, "uri", "a user name in the URL is not allowed");
	return check_authority(arena, authority, tls ? 443 : 80, allow_local, why);
}
