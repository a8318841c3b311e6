/* Content synchronization (RFC 4533) is a mode of a search. With a cookie that leads to a place in
 * the tenant's journal the refresh sends what has changed since (delete phase), else the content as
 * it was at one place of the journal (present phase) and then what has changed meanwhile. A
 * persistent search goes on reading the journal.
 *
 * There is no queue. A change is read when there is room for what follows from it, and an entry is
 * sent as it is now, at the change that last altered what it shows (core/csn.h): at an earlier one
 * only its leaving the content or its name is told, so that names are free before others take them.
 * So a consumer that lags costs nothing, and gets each entry once. */
#ifndef IN_LDAP_SYNC_INT_H
#define IN_LDAP_SYNC_INT_H

#include "in/ldap/search_int.h"
#include "wire/ldap_sync.h"

#define SYNC_IDS 64 /* named in one message */

struct sync {
	struct search_run *run;
	bool persist;    /* refreshAndPersist */
	bool by_journal; /* the refresh is, or ends with, a delete phase */
	bool frees;      /* reads the journal for names alone, before the content is sent */
	bool has_copy;   /* the consumer's is of a time that is known */
	bool refreshed;  /* the persist stage has begun */
	unsigned replica;
	int64_t unchanged; /* entries not changed since are only named; -1: none */
	int64_t rights;    /* when those of the identity were last changed, at the beginning */
	uint64_t sequence; /* of the journal: all that follows from it and before has been sent */
	int64_t time;      /* of that change: what a cookie says */
	struct touched_place at; /* in the change behind it */
	int64_t told;            /* the time that the last cookie said */
	int64_t told_at;         /* monotonic */
	struct uuid ids[SYNC_IDS];
	size_t id_count;
	struct sync *next, **link; /* of the shard's persistent searches */
};

/* It stays until somebody ends it; NULL: no. */
static inline bool sync_persists(const struct sync *sync)
{
	return sync && sync->refreshed;
}

/* ---- sync.c ---- */

/* Makes the search one that synchronizes, with the request's control; not what is answered without
 * a walk. A result code. */
int sync_begin(struct search_run *run, struct view *view, const struct controls *controls,
	bool is_answered, struct why *why);
/* The filter for entries, read anew each turn: what its DNs name may have changed since the last.
 */
enum err sync_filter(
	struct search_run *run, struct arena *arena, struct filter **filter, struct why *why);
/* An entry of the content in the present phase; a result code as search_take_record's. */
int sync_take_record(struct search_run *run, struct view *view, const struct record *record);
int sync_take_special(struct search_run *run, const struct special *special);
int sync_take_reference(struct search_run *run, struct view *view, const struct record *pointer);
/* Behind the last one. STEP_FOUND: the journal follows. */
enum step sync_end_content(struct search_run *run, struct view *view);
/* What says how far the content has come, in the shard's scratch. */
struct span sync_cookie(const struct sync *sync);
/* The element of the SearchResultDone's controls. */
void sync_put_done(const struct search_run *run, struct buffer *controls, int code);

/* ---- sync_journal.c ---- */

/* One turn of reading the journal. STEP_MORE: to go on, or, when the run sleeps, at a commit. */
enum step sync_step_journal(struct search_run *run, struct view *view, int *code);

/* ---- sync_pointer.c ---- */

/* A referral as a reference with its state. */
void sync_put_reference(
	struct search_run *run, enum sync_state state, const struct record *pointer);
/* What a change of that time did to an alias or referral. A result code. */
int sync_take_pointer(
	struct search_run *run, struct view *view, const struct touched *touched, int64_t time);

/* ---- sync_wake.c ---- */

/* Counts a search that is to persist. A result code; sync_leave() in any case. */
int sync_enter(struct sync *sync, struct why *why);
/* The persist stage begins: it is not counted with what keeps the connection from reading. */
void sync_persist(struct sync *sync);
void sync_leave(struct sync *sync);

#endif
