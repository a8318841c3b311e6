/* A search under way (RFC 4511 section 4.5), in stages: op_search.c begins it, search_above.c and
 * search_entries.c are what it walks, search_answer.c is what leaves, search_turn.c cuts the work
 * into turns. Between turns nothing of the store is held: the next one resumes by position in a
 * newer snapshot. */
#ifndef IN_LDAP_SEARCH_INT_H
#define IN_LDAP_SEARCH_INT_H

#include "in/ldap/answer_int.h"

/* Stages of a position: the entries above the containers, one each, then what is in them. */
enum stage {
	STAGE_SUFFIX,
	STAGE_TENANT,
	STAGE_CONTAINERS, /* of the kind numbered position.kind or above */
	STAGE_ENTRIES,
	STAGE_END,
};

struct search_run {
	struct task task;
	struct search_run *next;
	struct conn *conn;   /* NULL: gone */
	struct arena *arena; /* its own when it waits, else NULL: the shard's `request` */
	bool queued;         /* the task is with the loop */
	bool abandoned;
	int32_t id;
	struct span body;
	struct search_request request;
	struct selection selection;
	struct filter *filter;
	enum place place; /* of the base */
	bool subschema;
	enum kind kind;  /* of a container or entry */
	uint32_t only;   /* number of the base entry, or 0 */
	int64_t started; /* moved on by the time that was spent waiting for the reader */
	int64_t parked;  /* since when it waits for the reader or for room; 0: it does not */
	bool waits_for_room;
	bool is_paged;
	uint32_t page_left, limit_left;
	struct position position;
	struct identity *as; /* on whose behalf, when it is not whom the connection is */
};

/* Enough output waits: go on in another turn. */
static inline bool search_is_full(const struct search_run *run)
{
	return stream_waiting(run->conn->stream) >= OUTPUT_HIGH;
}

static inline bool search_page_is_full(const struct search_run *run)
{
	return run->is_paged && run->page_left == 0;
}

/* ---- search_answer.c ---- */

/* The SearchResultDone, with the controls that belong to it. */
void search_put_done(struct search_run *run, int code, struct span matched, struct span text);
/* Counts an entry that is about to be sent. A result code other than success ends the search in
 * its place. */
int search_admit(struct search_run *run);
/* An entry that is no record, when the filter holds for it; a result code as search_admit's. */
int search_offer_special(struct search_run *run, const struct target *target);

/* ---- search_above.c ---- */

/* One step of the stages before STAGE_ENTRIES. A result code. */
int search_step_above(struct search_run *run);

/* ---- search_entries.c ---- */

/* Examines candidates up to the budget of a turn. STEP_MORE: the position resumes. *code: other
 * than success ends the search. */
enum step search_step_entries(struct search_run *run, struct view *view, int *code);

/* ---- search_turn.c ---- */

/* The first turn, with the request's arena; parks the search, which takes that along, when there is
 * more. */
void search_start(struct search_run *run);

#endif
