#include "core/cursor.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/hash.h"
#include "base/secret.h"

#include <assert.h>

/* version (1) kind (1) number (4) until (8) sort, then the first octets of the HMAC over the
 * tenant, the query's hash and all before. */
#define VERSION 1
#define HEAD_OCTETS 14
#define MAC_OCTETS 16
#define BODY_MAX (HEAD_OCTETS + CURSOR_SORT_MAX)

_Static_assert((BODY_MAX + MAC_OCTETS + 2) / 3 * 4 < CURSOR_TEXT_MAX, "the longest cursor fits");

void cursor_key_make(const struct seal_key *seal, struct cursor_key *key)
{
	key_derive(seal, SPAN("muster cursor"), key->octets);
}

static void sign(const struct cursor_key *key, const struct cursor_query *query, struct span body,
	uint8_t mac[32])
{
	uint8_t message[4 + 32 + BODY_MAX];
	put_be32(message, query->tenant);
	hash_blake2b(query->text, message + 4);
	memcpy(message + 36, body.data, body.len);
	hmac_sha256(span_of(key->octets, sizeof key->octets), span_of(message, 36 + body.len), mac);
}

char *cursor_write(struct arena *arena, const struct cursor_key *key,
	const struct cursor_query *query, const struct cursor_place *place, int64_t until)
{
	uint8_t octets[BODY_MAX + 32];
	size_t len = HEAD_OCTETS + place->sort.len;
	assert(place->sort.len <= CURSOR_SORT_MAX);
	octets[0] = VERSION;
	octets[1] = (uint8_t)place->kind;
	put_be32(octets + 2, place->number);
	put_be64(octets + 6, (uint64_t)until);
	if (place->sort.len)
		memcpy(octets + HEAD_OCTETS, place->sort.data, place->sort.len);
	sign(key, query, span_of(octets, len), octets + len);
	return base64url_format(arena, span_of(octets, len + MAC_OCTETS));
}

static enum err refuse(struct why *why)
{
	return fail(why, ERR_CURSOR, "cursor", "the cursor is not one of this query");
}

enum err cursor_read(struct arena *arena, const struct cursor_key *key,
	const struct cursor_query *query, struct span text, struct cursor_place *place,
	struct why *why)
{
	uint8_t mac[32];
	struct span octets;
	if (text.len > CURSOR_TEXT_MAX || !base64url_parse(arena, text, &octets) ||
		octets.len < HEAD_OCTETS + MAC_OCTETS || octets.len > BODY_MAX + MAC_OCTETS)
		return refuse(why);
	struct span body = span_of(octets.data, octets.len - MAC_OCTETS);
	sign(key, query, body, mac);
	if (!secret_equal(span_of(mac, MAC_OCTETS), span_from(octets, body.len)) ||
		body.data[0] != VERSION)
		return refuse(why);
	if ((int64_t)get_be64(body.data + 6) <= clock_wall())
		return fail(why, ERR_CURSOR_EXPIRED, "cursor",
			"the cursor is too old: begin again at the first page");
	place->kind = body.data[1];
	place->number = get_be32(body.data + 2);
	place->sort = span_from(body, HEAD_OCTETS);
	return OK;
}
