#include "in/ldap/answer_int.h"

#include "base/codec.h"
#include "base/hash.h"

#define MAC_OCTETS 16
#define POSITION_OCTETS (COOKIE_OCTETS - MAC_OCTETS)

/* stage, kind, number; then the first octets of the HMAC. */
static void sign(struct conn *conn, struct span search, const uint8_t position[POSITION_OCTETS],
	uint8_t mac[32])
{
	const struct actor *actor = &conn->identity.actor;
	struct span key = span_of(conn->shard->door->cookie_key, 32);
	uint8_t *message = arena_alloc(conn->shard->turn, POSITION_OCTETS + 9 + search.len);

	memcpy(message, position, POSITION_OCTETS);
	put_be32(message + POSITION_OCTETS, actor->tenant);
	put_be32(message + POSITION_OCTETS + 4, actor->number);
	message[POSITION_OCTETS + 8] = (uint8_t)actor->kind;
	memcpy(message + POSITION_OCTETS + 9, search.data, search.len);
	hmac_sha256(key, span_of(message, POSITION_OCTETS + 9 + search.len), mac);
}

void cookie_write(struct conn *conn, struct span search, const struct position *position,
	uint8_t out[COOKIE_OCTETS])
{
	uint8_t mac[32];

	out[0] = position->stage;
	out[1] = (uint8_t)position->kind;
	put_be32(out + 2, position->number);
	sign(conn, search, out, mac);
	memcpy(out + POSITION_OCTETS, mac, MAC_OCTETS);
}

bool cookie_read(
	struct conn *conn, struct span search, struct span cookie, struct position *position)
{
	uint8_t mac[32];

	if (cookie.len != COOKIE_OCTETS)
		return false;
	sign(conn, search, cookie.data, mac);
	if (!secret_equal(span_of(mac, MAC_OCTETS), span_from(cookie, POSITION_OCTETS)))
		return false;
	position->stage = cookie.data[0];
	position->kind = (enum kind)cookie.data[1];
	position->number = get_be32(cookie.data + 2);
	return true;
}
