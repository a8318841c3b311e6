/* A search under way (RFC 4511 section 4.5), in stages: op_search.c begins it, search_above.c and
 * search_entries.c are what it walks, search_answer.c is what leaves, search_turn.c cuts the work
 * into turns. Between turns nothing of the store is held: the next one resumes by position in a
 * newer snapshot. */
#ifndef IN_LDAP_SEARCH_INT_H
#define IN_LDAP_SEARCH_INT_H

#include "in/ldap/answer_int.h"
#include "in/ldap/gather.h"

/* Candidates examined in one turn; fewer where each costs more than so many comparisons are. */
#define SEARCH_BUDGET 500
#define SEARCH_COMPARISONS 16000

/* Stages of a position: the entries above the containers, one each, then what is in them. */
enum stage {
	STAGE_SUFFIX,
	STAGE_TENANT,
	STAGE_CONTAINERS, /* of the kind numbered position.kind or above */
	STAGE_ENTRIES,
	STAGE_END,
	STAGE_ENTRIES_FIRST, /* sorted by an index: those above have no value, which is last */
	STAGE_POINTERS,      /* aliases and referrals, behind all others */
	STAGE_DETOUR,        /* entries that aliases lead to; position.number of them are done */
	STAGE_GATHERED,      /* of a cookie: behind this one of all that were gathered */
	STAGE_JOURNAL,       /* what changes is followed (sync_int.h) */
};

/* Under which rule the values of a key are compared. */
enum sort_form { SORT_OWN, SORT_FOLDED, SORT_EXACT };

struct sort_by {
	enum attr attr;
	enum sort_form form;
	bool reverse;
};

/* RFC 2891 */
struct sorting {
	struct sort_by by[LIMIT_LDAP_SORT_KEYS];
	size_t count;
	bool critical;
	int result;            /* of the response; other than success: the entries are not sorted */
	struct span attribute; /* the one at fault, or empty */
	bool walks;            /* in the order of an index; else all are gathered first */
	struct gather *gather;
	bool is_big;            /* counted in the shard's big_sorts */
	int overflow;           /* why no more are gathered, or success */
	bool fills;             /* entries are put into `gather` instead of being sent */
	struct position behind; /* only what comes after this one; number 0: all */
	size_t next, end;       /* of those in order: what is sent next, and where that ends */
};

/* A virtual list view of what is sorted. */
struct viewing {
	struct vlv request;
	int result;
	bool placed; /* the target is found, and the sorting's next and end follow from it */
	int32_t target, count;
};

/* What aliases add to the scope. */
#define ALIASES_MAX 1000
struct detour {
	uint32_t containers, kinds; /* bits 1 << kind: the container itself, what is in it */
	struct detour_entry {
		enum kind kind;
		uint32_t number;
	} * entries;
	size_t count;
};

struct search_run {
	struct task task;
	struct search_run *next;
	struct conn *conn;   /* NULL: gone */
	struct arena *arena; /* its own when it waits, else NULL: the shard's `request` */
	bool queued;         /* the task is with the loop */
	bool abandoned;
	int32_t id;
	struct span same; /* what a cookie is good for: the body, and how it is sorted */
	struct search_request request;
	struct selection selection;
	struct filter *filter; /* as it came */
	struct filter *seen;   /* for entries: held to what the identity sees */
	unsigned budget;       /* candidates in one turn */
	enum place place;      /* of the base */
	bool subschema;
	enum kind kind;  /* of a container or entry */
	uint32_t only;   /* number of the base entry, or 0 */
	int64_t started; /* moved on by the time that was spent waiting for the reader */
	int64_t parked;  /* since when it waits for the reader or for room; 0: it does not */
	bool waits_for_room;
	bool is_paged;
	uint32_t page_left, limit_left, seconds;
	struct position position;
	bool manages, has_pointers;
	struct detour detour;
	struct identity *as;     /* on whose behalf, when it is not whom the connection is */
	struct sorting *sorting; /* or NULL */
	struct viewing *viewing; /* or NULL */
	struct sync *sync;       /* or NULL */
	bool sleeps;             /* until a commit */
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

static inline bool search_is_gathering(const struct search_run *run)
{
	return run->sorting && run->sorting->fills;
}

/* ---- search_answer.c ---- */

/* The SearchResultDone, with the controls that belong to it. */
void search_put_done(struct search_run *run, int code, struct span matched, struct span text);
/* Counts an entry that is about to be sent; a result code as below. */
int search_admit(struct search_run *run);
/* An entry for which the filter holds: sent, or gathered for sorting. A result code other than
 * success ends the search in its place. */
int search_take_record(struct search_run *run, struct view *view, const struct record *record);
/* The same for one that is no record, if the filter holds for it. */
int search_offer_special(struct search_run *run, const struct target *target);

/* ---- search_above.c ---- */

/* One step of the stages before STAGE_ENTRIES. A result code. */
int search_step_above(struct search_run *run);

/* A number for the entry of such a target, and the target of such a number. */
uint32_t search_special_number(const struct target *target);
struct target search_special_target(uint32_t number);

/* ---- search_pointers.c ---- */

/* Follows the aliases in the scope, if they are to be. A result code. */
int search_begin_pointers(struct search_run *run, struct view *view);
/* The alias or referral is within the base and scope. */
bool search_has_pointer(struct search_run *run, const struct record *pointer);
/* The stages POINTERS and DETOUR. */
enum step search_step_pointers(struct search_run *run, struct view *view, int *code);
/* ---- monitor.c ---- */

/* All at once: they are few. A result code. */
int monitor_search(struct search_run *run, const struct target *base);

/* ---- search_entries.c ---- */

/* There may be some within the base and scope. */
bool search_has_entries(const struct search_run *run);
/* All entries of the kind are in the scope. */
bool search_covers_kind(const struct search_run *run, enum kind kind);

/* Opens what is in the containers within the base and scope, from the position on. ERR_FORBIDDEN:
 * nothing of it is to be seen by this identity. */
enum err search_open_entries(
	struct search_run *run, struct view *view, struct search **search, struct why *why);
/* A big group waits while enough others have one unread: waits_for_room then. */
bool search_has_room(struct search_run *run, struct view *view, const struct record *record);

/* Examines candidates up to the budget of a turn. STEP_MORE: the position resumes. *code: other
 * than success ends the search. */
enum step search_step_entries(struct search_run *run, struct view *view, int *code);

/* ---- sort_keys.c ---- */

/* The body, and what else decides in which order its entries come. */
struct span search_same(struct arena *arena, struct span body, const struct controls *controls);
/* A result code of the response, with the attribute at fault. */
int sort_read_keys(const struct identity *identity, struct sorting *sorting,
	const struct controls *controls, struct arena *arena);
/* How many octets, by which the entries are ordered. */
size_t sort_key_of_record(struct arena *arena, const struct sorting *sorting,
	const struct record *record, uint8_t key[GATHER_KEY_MAX]);
size_t sort_key_of_special(struct arena *arena, const struct sorting *sorting,
	const struct special *special, uint8_t key[GATHER_KEY_MAX]);
/* Octets of a value under a sort key, behind those of the keys before; *len grows. */
void sort_put_value(struct arena *arena, const struct sort_by *by, struct span value,
	uint8_t key[GATHER_KEY_MAX], size_t *len);

/* ---- search_sort.c ---- */

/* With the controls of sorting and views; behind begin_paging. A result code. */
int search_begin_sorting(struct search_run *run, const struct controls *controls, struct view *view,
	struct why *why);
int search_gather_record(struct search_run *run, const struct record *record);
int search_gather_special(
	struct search_run *run, const struct target *target, const struct special *special);
/* All are gathered: from now on they are sent. */
void search_end_gathering(struct search_run *run);
/* There was no room: the search begins again another way, or a result code. */
int search_sort_otherwise(struct search_run *run);
enum step search_step_gathered(struct search_run *run, struct view *view, int *code);
void search_put_sort_controls(struct search_run *run, struct buffer *out, int code);
/* The time limit has passed. */
void search_sort_late(struct search_run *run);
/* What lies outside of the arena. */
void search_free_sorting(struct search_run *run);
/* ---- search_view.c ---- */

/* Finds the target of the view among those gathered. False: the budget ended. */
bool search_place_view(struct search_run *run, unsigned *budget);

/* ---- search_turn.c ---- */

/* The first turn, with the request's arena; parks the search, which takes that along, when there is
 * more. */
void search_start(struct search_run *run);
/* One that sleeps looks again. */
void search_wake(struct search_run *run);

#endif
