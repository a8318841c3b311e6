/* Lists inside the door: what was asked for, where the page stands, and how it is shown. */
#ifndef IN_SCIM_SCIM_LIST_INT_H
#define IN_SCIM_SCIM_LIST_INT_H

#include "in/scim/scim_int.h"

#define PAGE_DEFAULT 100 /* "defaultPageSize" of the ServiceProviderConfig */
#define TYPES_MAX 4

/* What was asked for, as it came; empty: not said. */
struct asked {
	struct span filter, sort, order, cursor;
};

struct list {
	struct scim_call *call;
	/* One, but at the root */
	const struct scim_type *types[TYPES_MAX];
	struct scim_select selects[TYPES_MAX];
	size_t type_count;
	struct asked asked;
	struct search_spec spec;
	uint64_t start, count; /* start from 1 */
	uint64_t seen, written;
	bool ended;
	struct json_writer w;
	/* By cursor: */
	bool by_cursor;
	struct cursor_query query;
	struct cursor_place from, last; /* KIND_NONE: nowhere yet */
	uint8_t last_sort[CURSOR_SORT_MAX];
};

/* ---- what is asked for ---- */

/* Reads filter and order, and where the page begins. */
enum err list_prepare(struct list *list);
/* "attributes" and "excludedAttributes" of the query, as each type understands them. */
enum err list_take_selection(struct list *list);
/* See scim_take_number; absent: untouched. */
enum err list_take_number(
	struct scim_call *call, const char *name, uint64_t least, uint64_t most, uint64_t *number);

/* ---- cursors (RFC 9865) ---- */

enum err list_take_cursor(struct list *list);
/* The entry that the search stands on ends the page, as far as is known. */
void list_remember(struct list *list, const struct search *search);
void list_put_next(struct list *list);

/* ---- the answer ---- */

void list_answer(struct list *list);
/* The beginning of a ListResponse; `schema`: a second one, or NULL. */
void list_begin(struct json_writer *w, struct buffer *out, const char *schema);
void list_put(struct list *list, const struct record *record);
/* What the actor may see of the type: bits 1 << kind. */
uint32_t list_kinds(struct scim_call *call, const struct scim_type *type);

/* ---- changes ---- */

/* GET with "since": what has changed (see README). */
void list_answer_changes(struct list *list, struct span since);

#endif
