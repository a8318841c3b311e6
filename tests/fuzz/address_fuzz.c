/* Where a directory is, as an administrator writes it: refused with a reason, or a host and a port
 * that are written again and read as the same, and refused or allowed as before. */
#include "fuzz.h"
#include "in/sync/address.h"

#include <stdio.h>
#include <string.h>

static void check(const struct address *address)
{
	size_t len = strlen(address->host);

	must(len > 0 && len < sizeof(address->host));
	for (size_t i = 0; i < len; i++)
		must(address->host[i] > ' ' && !strchr("/?#@%\\[]", address->host[i]));
	must(address->port[0] != '0' && strspn(address->port, "0123456789") > 0);
}

static void read_again(const struct address *address)
{
	struct address once_more = { 0 };
	char text[300];

	snprintf(text, sizeof(text), "%s://[%s]:%s/", address->tls ? "ldaps" : "ldap",
		address->host, address->port);
	must(address_parse(span_str(text), &once_more, NULL) == OK);
	must(strcmp(once_more.host, address->host) == 0 &&
		strcmp(once_more.port, address->port) == 0 && once_more.tls == address->tls);
	must(address_literal_is_refused(&once_more) == address_literal_is_refused(address));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct address address = { 0 };
	struct why why = { 0 };

	if (!arena)
		arena = arena_new();
	if (address_parse(span_of(data, size), &address, &why) == OK) {
		check(&address);
		read_again(&address);
		struct span place = address_place(arena, &address);
		must(place.len == strlen(address.host) + 1 + strlen(address.port));
	} else {
		must(why.text[0] != '\0');
	}
	arena_reset(arena);
	return 0;
}
