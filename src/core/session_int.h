/* What the files behind session.h share: the row of a person's sessions, and when each was seen. */
#ifndef CORE_SESSION_INT_H
#define CORE_SESSION_INT_H

#include "core/core_int.h"

/* ---- session_row.c: what the store holds ---- */

struct session_kept {
	struct uuid id;
	uint8_t digest[32];
	int64_t created, seen; /* wall */
	struct span address, user_agent;
};
struct session_row {
	struct session_kept kept[SESSIONS_MOST];
	size_t count;
};
#define SESSION_KEY 24
struct span session_key(uint32_t person, char text[SESSION_KEY]);
/* None: an empty one. Spans are borrowed from the transaction. */
void session_row_read(struct txn *txn, uint32_t tenant, uint32_t person, struct session_row *row);
/* Empty when there is none in it. */
struct span session_row_write(struct arena *arena, const struct session_row *row);
#define SESSIONS_SINCE SPAN("sessions/since")
/* Before that moment none of the tenant was begun that still stands. */
int64_t sessions_since(struct txn *txn, uint32_t tenant);

/* ---- session.c ---- */

/* How long they last there, in microseconds. */
struct session_terms {
	int64_t idle, life, since;
};
struct session_terms session_terms_of(struct txn *txn, uint32_t tenant);
bool session_stands(const struct session_terms *terms, const struct session_kept *kept,
	int64_t seen, int64_t now);
/* Whether the actor's own, if it came by one, is still there. */
bool session_is_kept(struct txn *txn, const struct actor *actor);

/* ---- session_command.c: with the run's last deed ---- */

/* All of a person's, but the one by which the run's actor came if `but_own`. */
void sessions_drop(struct run *run, const struct entry *person, bool but_own);
/* All of a tenant's. */
void sessions_drop_all(struct run *run, uint32_t tenant);

/* ---- session_seen.c: in memory, and now and then in the store ---- */

struct session_marks;
struct session_marks *session_marks_new(void);
void session_marks_free(struct session_marks *marks); /* NULL is allowed */
/* When it was seen last: as kept, or later. */
int64_t session_seen(struct session_marks *marks, const struct session_kept *kept);
/* It is seen now. */
void session_see(struct session_marks *marks, uint32_t tenant, uint32_t person,
	const struct session_kept *kept, int64_t now);
/* `all`: also what was written a minute ago. One thread at a time. */
enum err session_marks_write(struct core *core, bool all, struct why *why);

#endif
