#include "in/ldap/answer_int.h"

#include "base/codec.h"

/* Good for ever: a client may take as long as it likes, and what it goes on from is a number. */
#define NEVER INT64_MAX

/* Who searches for what. */
static struct cursor_query query_of(struct conn *conn, struct span search)
{
	const struct actor *actor = &conn->identity.actor;
	uint8_t *text = arena_alloc(conn->shard->turn, 9 + search.len);

	put_be32(text, actor->tenant);
	put_be32(text + 4, actor->number);
	text[8] = (uint8_t)actor->kind;
	memcpy(text + 9, search.data, search.len);
	return (struct cursor_query){ actor->tenant, span_of(text, 9 + search.len) };
}

struct span cookie_write(struct conn *conn, struct span search, const struct position *position)
{
	struct cursor_query query = query_of(conn, search);
	uint8_t sort[CURSOR_SORT_MAX];
	struct cursor_place place = { position->kind, position->number,
		span_of(sort, 1U + position->key_len) };

	sort[0] = position->stage;
	memcpy(sort + 1, position->key, position->key_len);

	return span_str(cursor_write(conn->shard->turn, core_cursor_key(conn->shard->door->core),
		&query, &place, NEVER));
}

bool cookie_read(
	struct conn *conn, struct span search, struct span cookie, struct position *position)
{
	struct cursor_query query = query_of(conn, search);
	struct cursor_place place;

	if (cursor_read(conn->shard->turn, core_cursor_key(conn->shard->door->core), &query, cookie,
		    &place, NULL) != OK ||
		place.sort.len == 0)
		return false;
	*position = (struct position){ .stage = place.sort.data[0],
		.kind = place.kind,
		.number = place.number,
		.key_len = (uint8_t)(place.sort.len - 1) };
	memcpy(position->key, place.sort.data + 1, position->key_len);
	return true;
}
