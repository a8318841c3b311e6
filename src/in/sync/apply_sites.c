#include "in/sync/sync_int.h"

#include <stdlib.h>

#define VALUES_MAX 4096 /* different ones; more are no names of scopes */

struct site {
	enum attr attr;
	struct span value;
	uint32_t scope; /* 0: there is none of the name */
	struct crowd people;
};

struct sites {
	struct arena *arena;
	struct site rows[VALUES_MAX];
	size_t count;
	struct crowd named;
};

static uint32_t scope_of(struct job *job, struct span value)
{
	struct record scope;

	return view_by_name(job->view, job->arena, job->tenant, KIND_SCOPE, value, &scope)
		       ? scope.number
		       : 0;
}

static void put(
	struct job *job, struct sites *sites, enum attr attr, struct span value, uint32_t person)
{
	size_t i = 0;

	while (i < sites->count &&
		(sites->rows[i].attr != attr || !span_equal(sites->rows[i].value, value)))
		i++;
	if (i == VALUES_MAX)
		return;
	if (i == sites->count)
		sites->rows[sites->count++] = (struct site){ .attr = attr,
			.value = arena_copy(sites->arena, value),
			.scope = scope_of(job, value) };
	crowd_set(&sites->rows[i].people, person);
}

static bool is_mapped(const struct job *job, enum attr attr)
{
	for (size_t i = 0; i < job->settings.target_count; i++)
		if (job->settings.targets[i].attr == attr)
			return true;
	return false;
}

static bool maps_any(const struct job *job)
{
	for (size_t i = 0; i < job->settings.target_count; i++)
		if (job->settings.targets[i].attr != ATTR_NONE)
			return true;
	return false;
}

/* ---- whom the run names ---- */

static void put_row(struct job *job, struct sites *sites, const struct row *row)
{
	struct member who;

	if (row->state == ENTRY_OUT_OF_SCOPE || !ahead_find(job, &row->anchor, &who) ||
		who.kind != KIND_USER)
		return;
	crowd_set(&sites->named, who.number);
	for (size_t i = 0; i < row->value_count; i++)
		if (is_mapped(job, row->values[i].attr))
			put(job, sites, row->values[i].attr, row->values[i].octets, who.number);
}

static enum err gather_run(struct job *job, struct sites *sites, struct why *why)
{
	struct span frame;
	uint64_t at = 0, begin = 0;
	enum err err = OK;

	for (; !err && spool_next(&job->run.spool, &at, &frame); begin = at) {
		err = frame_read_row(frame, job->row, why);
		if (err || job->row->type != FRAME_ENTRY || job->row->class != CLASS_USER)
			continue;
		const struct touch *touch = touch_find(&job->run.touches, &job->row->anchor);
		if (touch && !touch->dead && touch->at == begin)
			put_row(job, sites, job->row);
	}
	return err;
}

/* ---- everybody else ---- */

/* What others say of a person gives nothing: whoever may write it would give themselves scopes. */
static bool is_said(const struct job *job, const struct value *value)
{
	return value->source == job->settings.source && is_mapped(job, value->attr);
}

static void put_record(struct job *job, struct sites *sites, const struct record *person)
{
	for (size_t i = 0; i < person->count; i++) {
		struct value value = record_row(person, i);
		if (is_said(job, &value))
			put(job, sites, value.attr, value.octets, person->number);
	}
}

static enum err gather_stored(struct job *job, struct sites *sites, struct why *why)
{
	struct search_spec spec = {
		.actor = &job->keeper, .tenant = job->tenant, .kinds = 1u << KIND_USER
	};
	unsigned budget = UINT32_MAX;
	struct search *search;
	struct record person;

	enum err err = search_open(job->view, job->arena, &spec, &search, why);
	if (err)
		return err;
	while (search_next(search, &budget, &person) == STEP_FOUND)
		if (!crowd_has(&sites->named, person.number))
			put_record(job, sites, &person);
	search_close(search);
	return view_error(job->view, why);
}

enum err sites_gather(struct job *job, bool all, struct sites **sites, struct why *why)
{
	*sites = NULL;
	if (!maps_any(job))
		return OK;
	*sites = heap_zalloc(sizeof(**sites));
	(*sites)->arena = arena_new();
	enum err err = gather_run(job, *sites, why);
	if (!err && all)
		err = gather_stored(job, *sites, why);
	if (err || (!all && crowd_is_empty(&(*sites)->named))) {
		sites_free(*sites);
		*sites = NULL;
	}
	return err;
}

void sites_free(struct sites *sites)
{
	if (!sites)
		return;
	for (size_t i = 0; i < sites->count; i++)
		crowd_free(&sites->rows[i].people);
	crowd_free(&sites->named);
	arena_free(sites->arena);
	free(sites);
}

/* ---- what was found ---- */

void sites_add(const struct sites *sites, uint32_t scope, struct crowd *users)
{
	for (size_t i = 0; i < sites->count; i++)
		if (sites->rows[i].scope == scope)
			crowd_add(users, &sites->rows[i].people);
}

const struct crowd *sites_named(const struct sites *sites)
{
	return &sites->named;
}

bool sites_hold(struct job *job, uint32_t person, uint32_t scope)
{
	struct record record;

	if (!maps_any(job) || !view_entry(job->view, job->tenant, KIND_USER, person, &record))
		return false;
	for (size_t i = 0; i < record.count; i++) {
		struct value value = record_row(&record, i);
		if (is_said(job, &value) && scope_of(job, value.octets) == scope)
			return true;
	}
	return false;
}

bool sites_next_missing(const struct sites *sites, size_t *at, struct span *value, enum attr *attr)
{
	while (*at < sites->count) {
		const struct site *site = &sites->rows[(*at)++];
		*value = site->value;
		*attr = site->attr;
		if (site->scope == 0)
			return true;
	}
	return false;
}
