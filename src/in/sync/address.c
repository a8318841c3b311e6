#define _GNU_SOURCE
#include "in/sync/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <strings.h>

static enum err bad(struct why *why)
{
	return fail(why, ERR_VALUE, "uri", "expected ldap://host[:port] or ldaps://host[:port]");
}

static bool host_is_sound(struct span host)
{
	for (size_t i = 0; i < host.len; i++)
		if (host.data[i] <= ' ' || host.data[i] >= 0x7f ||
			strchr("/?#@%\\\"<>[]", host.data[i]))
			return false;
	return host.len > 0 && host.len < sizeof(((struct address *)0)->host);
}

/* Takes the host off the front; what stays is empty or ":port". */
static bool cut_host(struct span *rest, struct span *host)
{
	if (rest->len > 0 && rest->data[0] == '[') {
		size_t end = span_find(*rest, ']');
		if (end == rest->len)
			return false;
		*host = span_of(rest->data + 1, end - 1);
		*rest = span_from(*rest, end + 1);
		return true;
	}
	size_t end = span_find(*rest, ':');
	*host = span_of(rest->data, end);
	*rest = span_from(*rest, end);
	return true;
}

enum err address_parse(struct span uri, struct address *address, struct why *why)
{
	struct span rest, host;
	uint64_t port;

	if (span_starts_nocase(uri, SPAN("ldaps://"))) {
		address->tls = true;
		rest = span_from(uri, 8);
		port = 636;
	} else if (span_starts_nocase(uri, SPAN("ldap://"))) {
		address->tls = false;
		rest = span_from(uri, 7);
		port = 389;
	} else {
		return bad(why);
	}
	if (rest.len > 0 && rest.data[rest.len - 1] == '/')
		rest.len--;
	if (!cut_host(&rest, &host) || !host_is_sound(host))
		return bad(why);
	if (rest.len > 0 && (rest.data[0] != ':' || !span_to_u64(span_from(rest, 1), &port) ||
				    port == 0 || port > 65535))
		return bad(why);
	memcpy(address->host, host.data, host.len);
	address->host[host.len] = '\0';
	snprintf(address->port, sizeof(address->port), "%u", (unsigned)(uint16_t)port);
	return OK;
}

static bool v4_of(const struct sockaddr *addr, uint32_t *v4)
{
	if (addr->sa_family == AF_INET) {
		*v4 = ntohl(((const struct sockaddr_in *)addr)->sin_addr.s_addr);
		return true;
	}
	if (addr->sa_family == AF_INET6) {
		const struct in6_addr *v6 = &((const struct sockaddr_in6 *)addr)->sin6_addr;
		if (IN6_IS_ADDR_V4MAPPED(v6) || IN6_IS_ADDR_V4COMPAT(v6)) {
			uint32_t net;
			memcpy(&net, v6->s6_addr + 12, 4);
			*v4 = ntohl(net);
			/* ::1 and :: look like V4COMPAT and are not. */
			return IN6_IS_ADDR_V4MAPPED(v6) || *v4 > 1;
		}
	}
	return false;
}

bool address_is_loopback(const struct sockaddr *addr)
{
	uint32_t v4;

	if (v4_of(addr, &v4))
		return v4 >> 24 == 127;
	return addr->sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)addr)->sin6_addr);
}

bool address_is_refused(const struct sockaddr *addr)
{
	uint32_t v4;

	if (v4_of(addr, &v4))
		return v4 >> 24 == 127 || v4 >> 24 == 0 || v4 >> 16 == 0xa9fe || v4 >> 28 >= 0xe;
	if (addr->sa_family != AF_INET6)
		return true;
	const struct in6_addr *v6 = &((const struct sockaddr_in6 *)addr)->sin6_addr;
	return IN6_IS_ADDR_LOOPBACK(v6) || IN6_IS_ADDR_UNSPECIFIED(v6) ||
	       IN6_IS_ADDR_LINKLOCAL(v6) || IN6_IS_ADDR_MULTICAST(v6);
}

struct span address_place(struct arena *arena, const struct address *address)
{
	return span_str(arena_printf(arena, "%s:%s", address->host, address->port));
}

bool address_literal_is_refused(const struct address *address)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;

	if (strcasecmp(address->host, "localhost") == 0)
		return true;
	if (getaddrinfo(address->host, NULL, &hints, &found) != 0)
		return false;
	bool refused = address_is_refused(found->ai_addr);
	freeaddrinfo(found);
	return refused;
}
