#include "core/provision_int.h"

struct provision_search {
	struct view *view;
	const struct provision_spec *spec;
	struct span name; /* normal */
	struct provision_link link;
	bool linked, begun;
	uint64_t at; /* the next row to look at; 0: none */
	uint64_t first;
	uint64_t position;
	struct arena *arena;
};

bool view_provision(
	struct view *view, uint32_t tenant, uint64_t sequence, struct provision *provision)
{
	struct provision_row row;
	if (!txn_provision(view->txn, tenant, sequence, &row))
		return false;
	return provision_decode(&row, provision) == OK;
}

/* The fewest rows stand behind what is the most particular. */
static bool choose_link(struct provision_search *search, const struct provision_spec *spec)
{
	static const struct uuid any;
	if (!uuid_is_nil(&spec->request))
		search->link = provision_link_to(PROVISION_LINK_REQUEST, &spec->request);
	else if (!uuid_is_nil(&spec->subject))
		search->link = provision_link_to(PROVISION_LINK_SUBJECT, &spec->subject);
	else if (search->name.len)
		search->link = provision_link_name(search->name);
	else if (spec->problems || provision_is_problem(spec->outcome))
		search->link = provision_link_to(PROVISION_LINK_REFUSED, &any);
	else if (!uuid_is_nil(&spec->source))
		search->link = provision_link_to(PROVISION_LINK_SOURCE, &spec->source);
	else
		return false;
	return true;
}

struct provision_search *provision_open(
	struct view *view, struct arena *arena, const struct provision_spec *spec)
{
	struct provision_search *search = arena_zalloc(arena, sizeof *search);
	search->view = view;
	search->arena = arena;
	search->spec = spec;
	search->position = spec->before;
	search->name = provision_normal(arena, spec->name);
	search->linked = choose_link(search, spec);
	return search;
}

/* ---- what is asked ---- */

static bool is_id(const struct uuid *wanted, const struct uuid *id)
{
	return uuid_is_nil(wanted) || uuid_equal(wanted, id);
}

static bool is_word(struct span wanted, struct span word)
{
	return !wanted.len || span_equal_nocase(wanted, word);
}

static bool is_named(struct provision_search *search, const struct provision *p)
{
	return !search->name.len ||
	       span_equal(provision_normal(search->arena, p->subject_name), search->name) ||
	       span_equal(provision_normal(search->arena, p->external_id), search->name);
}

static bool is_status(unsigned wanted, unsigned status)
{
	return !wanted || wanted == status || (wanted < 10 && wanted == status / 100);
}

static bool has_text(const struct provision *p, struct span text)
{
	return span_has_nocase(p->detail, text) || span_has_nocase(p->path, text) ||
	       span_has_nocase(p->subject_name, text);
}

static bool fits(struct provision_search *search, const struct provision *p)
{
	const struct provision_spec *spec = search->spec;
	if ((spec->from && p->time < spec->from) || (spec->to && p->time > spec->to))
		return false;
	if (!is_id(&spec->source, &p->source) || !is_id(&spec->subject, &p->subject) ||
		!is_id(&spec->request, &p->request))
		return false;
	if (!is_word(spec->method, p->method) || !is_word(spec->type, p->type) ||
		!is_status(spec->status, p->status))
		return false;
	if ((spec->outcome && spec->outcome != p->outcome) ||
		(spec->problems && !provision_is_problem(p->outcome)))
		return false;
	return is_named(search, p) && has_text(p, spec->text);
}

/* ---- walking ---- */

static int64_t time_at(struct provision_search *search, uint64_t sequence)
{
	struct provision_row row;
	return txn_provision(search->view->txn, search->spec->tenant, sequence, &row) ? row.time
										      : 0;
}

/* Times never fall: the last row not after `time`, or low - 1. */
static uint64_t last_at(struct provision_search *search, uint64_t low, uint64_t high, int64_t time)
{
	while (low <= high) {
		uint64_t middle = low + (high - low) / 2;
		if (time_at(search, middle) <= time)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return low - 1;
}

static void start(struct provision_search *search)
{
	const struct provision_spec *spec = search->spec;
	struct provision_head head;
	search->begun = true;
	if (!txn_provision_head(search->view->txn, spec->tenant, &head) || head.first > head.last)
		return;
	search->first = head.first;
	search->at = spec->to ? last_at(search, head.first, head.last, spec->to) : head.last;
	if (spec->before && spec->before <= search->at)
		search->at = spec->before - 1;
}

static bool find_next(struct provision_search *search)
{
	if (search->at < search->first || !search->at)
		return false;
	return !search->linked || txn_provision_linked(search->view->txn, search->spec->tenant,
					  &search->link, &search->at);
}

enum step provision_next(
	struct provision_search *search, unsigned *budget, struct provision *provision)
{
	const struct provision_spec *spec = search->spec;
	if (!search->begun)
		start(search);
	while (*budget) {
		--*budget;
		if (!find_next(search))
			return STEP_END;
		bool read = view_provision(search->view, spec->tenant, search->at, provision);
		if (view_error(search->view, NULL) ||
			(read && spec->from && provision->time < spec->from)) {
			search->at = 0;
			return STEP_END;
		}
		search->position = search->at--;
		if (read && fits(search, provision))
			return STEP_FOUND;
	}
	return STEP_MORE;
}

uint64_t provision_position(const struct provision_search *search)
{
	return search->position;
}
