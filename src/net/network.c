#include "net/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define TEXT_MAX INET6_ADDRSTRLEN
#define MAPPED 96 /* bits before an IPv4 address */

static void map_v4(const void *v4, uint8_t octets[16])
{
	memset(octets, 0, 10);
	memset(octets + 10, 0xff, 2);
	memcpy(octets + 12, v4, 4);
}

/* Bits that its family has; 0: no address. */
static unsigned parse_address(struct span text, uint8_t octets[16])
{
	char copy[TEXT_MAX];
	struct in_addr v4;

	if (text.len >= sizeof copy || span_find(text, 0) < text.len)
		return 0;
	span_fit(copy, sizeof copy, text);
	if (inet_pton(AF_INET6, copy, octets) == 1)
		return 128;
	if (inet_pton(AF_INET, copy, &v4) != 1)
		return 0;
	map_v4(&v4, octets);
	return 32;
}

static bool has_bits_behind(const struct network *network)
{
	for (unsigned bit = network->bits; bit < 128; bit++)
		if (network->octets[bit / 8] & 0x80 >> bit % 8)
			return true;
	return false;
}

enum err network_parse(struct span text, struct network *network, struct why *why)
{
	struct span rest = text;
	bool has_length = span_find(text, '/') < text.len;
	struct network made;
	unsigned width = parse_address(span_cut(&rest, '/'), made.octets);
	uint64_t length = width;

	if (width == 0 || (has_length && (!span_to_u64(rest, &length) || length > width)))
		return fail(why, ERR_VALUE, "address",
			"expected an address or a network like 192.0.2.0/24 or 2001:db8::/32");
	made.bits = (width == 32 ? MAPPED : 0) + (unsigned)length;
	if (has_bits_behind(&made))
		return fail(why, ERR_VALUE, "address",
			"the address of a network has nothing but zeros behind its length");
	*network = made;
	return OK;
}

bool network_holds(const struct network *network, struct span address)
{
	uint8_t octets[16];
	unsigned whole = network->bits / 8, rest = network->bits % 8;

	if (parse_address(address, octets) == 0 || memcmp(octets, network->octets, whole) != 0)
		return false;
	return rest == 0 || ((octets[whole] ^ network->octets[whole]) >> (8 - rest)) == 0;
}
