/* What the search by numbers and the sorted one share. */
#ifndef CORE_SEARCH_INT_H
#define CORE_SEARCH_INT_H

#include "core/core_int.h"
#include "core/people.h"

struct sorted;

struct search {
	struct view *view;
	struct arena *arena;
	struct search_spec spec;
	struct filter_context context;
	uint32_t wide;  /* kinds of which all entries are seen */
	enum kind kind; /* the one under way; KIND_COUNT: the end */
	struct plan *plan;
	uint32_t least; /* behind the last one examined; 0: the kind is at its end */
	struct sorted *sorted;
	struct sight *sight; /* of people; NULL: everybody */
	/* Of the entries that a filter leads to; made when one does. */
	struct arena *beside;
	struct sight *beside_sight;
};

/* What the filter asks of the store; its argument is the search. */
void search_take_context(struct search *search);
/* The filter holds for the record. */
bool search_tests(const struct search *search, const struct record *record);

/* ERR_VALUE naming an attribute that nothing is sorted by; ERR_TOO_MANY when only a look at more
 * than LIMIT_SORT_EXAMINED entries would tell. */
enum err sorted_open(struct search *search, struct why *why);
enum step sorted_next(struct sorted *sorted, unsigned *budget, struct record *record);
void sorted_position(const struct sorted *sorted, enum kind *kind, uint32_t *number);
struct span sorted_key(const struct sorted *sorted);
void sorted_close(struct sorted *sorted);

/* Where an entry stands: by its key, which begins with one of these, then by its number. */
#define SORT_VALUE 0
#define SORT_NONE 1
#define SORT_KEY_MAX (1 + ORDERED_KEY_MAX)
struct sort_item {
	enum kind kind;
	uint32_t number;
	size_t len;
	uint8_t key[SORT_KEY_MAX];
};
void sort_item_make(const struct search *search, enum attr attr, const struct record *record,
	struct sort_item *item);

#endif
