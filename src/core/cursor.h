/* Cursors: where a walk over a search stands, as a text that a client brings back for the next page
 * (RFC 9865). A cursor holds all that it means and is signed, so that nothing is kept here for it;
 * it is good for one query in one tenant until its time, on any connection, also after a restart.
 * Any thread. */
#ifndef CORE_CURSOR_H
#define CORE_CURSOR_H

#include "base/arena.h"
#include "base/err.h"
#include "model/kind.h"

struct seal_key;

struct cursor_key {
	uint8_t octets[32];
};
/* A key of its own, made from the one that seals secrets. */
void cursor_key_make(const struct seal_key *seal, struct cursor_key *key);

#define CURSOR_SORT_MAX 256 /* octets */
#define CURSOR_TEXT_MAX 400 /* octets of the text; longer ones are refused unread */

/* What a cursor is good for; not in it, but signed with it. */
struct cursor_query {
	uint32_t tenant;
	struct span text; /* all that decides which entries follow: kinds, filter, sort, order */
};

/* The last entry that was returned; see search_position and search_sort_key. */
struct cursor_place {
	enum kind kind;
	uint32_t number;
	struct span sort; /* at most CURSOR_SORT_MAX octets; empty: not sorted */
};

/* URL-safe, terminated; good until `until` (wall clock). */
char *cursor_write(struct arena *arena, const struct cursor_key *key,
	const struct cursor_query *query, const struct cursor_place *place, int64_t until);
/* ERR_CURSOR: made up, altered, of another tenant or query; ERR_CURSOR_EXPIRED: was good once. */
enum err cursor_read(struct arena *arena, const struct cursor_key *key,
	const struct cursor_query *query, struct span text, struct cursor_place *place,
	struct why *why);

#endif
