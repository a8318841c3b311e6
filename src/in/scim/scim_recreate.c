/* A client makes somebody again who is still here: whom delete.mode=disable has deleted for it, by
 * an id that the client is told is gone, or whom it has made inactive itself. */
#include "in/scim/scim_int.h"

#define CANDIDATES_A_TURN 100000

static uint16_t source_of_name(const struct record *record)
{
	size_t i = record_find(record, ATTR_USER_NAME);
	return i < record->count ? record_row(record, i).source : SOURCE_DERIVED;
}

/* Nobody else keeps the person inactive, and this client does. */
static bool is_inactive_by(const struct scim_call *call, const struct record *record)
{
	bool any = false, own = true;
	for (size_t i = record_find(record, ATTR_INACTIVE_REASON); i < record->count; i++) {
		struct value value = record_row(record, i);
		if (value.attr != ATTR_INACTIVE_REASON)
			break;
		any = true;
		own &= value.source == call->actor.source;
	}
	return any && own;
}

/* Who is to be inactive is so already: that name is taken. */
static bool is_there_again(
	const struct scim_call *call, const struct entry *wanted, const struct record *record)
{
	if (record_is_true(record, ATTR_DELETED))
		return true;
	return is_inactive_by(call, record) &&
	       !span_equal(entry_first(wanted, ATTR_ACTIVE), SPAN("FALSE"));
}

/* By its own externalId (what another one calls a person says nothing here), or by the name that it
 * gave, or that it ended, unless the client has given that to somebody else meanwhile. A name that
 * another one gave and ended is a clash like any other. */
static bool is_meant(const struct scim_call *call, enum attr attr, const struct entry *wanted,
	const struct record *record)
{
	struct span given = entry_first(wanted, ATTR_EXTERNAL_ID);
	struct span had = record_of_source(record, ATTR_EXTERNAL_ID, call->actor.source);
	if (!is_there_again(call, wanted, record))
		return false;
	if (attr == ATTR_EXTERNAL_ID)
		return span_equal(given, had);
	bool own = source_of_name(record) == call->actor.source || is_inactive_by(call, record);
	return own && (given.len == 0 || had.len == 0 || span_equal(given, had));
}

static enum err find_by(struct scim_call *call, enum attr attr, const struct entry *wanted,
	bool *found, struct record *record)
{
	struct view *view = call->thread->view;
	const struct search_spec spec = { .actor = &call->actor,
		.tenant = call->actor.tenant,
		.kinds = 1u << KIND_USER,
		.filter = filter_leaf(call->arena, FILTER_EQUAL, attr, entry_first(wanted, attr)) };
	struct search *search;
	enum step step = STEP_MORE;
	enum err err = search_open(view, call->arena, &spec, &search, &call->why);
	if (err)
		return err;
	while (!*found && step != STEP_END) {
		unsigned budget = CANDIDATES_A_TURN;
		step = search_next(search, &budget, record);
		*found = step == STEP_FOUND && is_meant(call, attr, wanted, record);
	}
	search_close(search);
	return view_error(view, &call->why);
}

enum err scim_find_deleted(
	struct scim_call *call, const struct entry *wanted, bool *found, struct record *record)
{
	static const enum attr attrs[] = { ATTR_EXTERNAL_ID, ATTR_USER_NAME };
	enum err err = OK;
	*found = false;
	if (wanted->kind != KIND_USER || !scim_visible_kinds(call))
		return OK;
	for (size_t i = 0; !err && !*found && i < sizeof attrs / sizeof *attrs; i++)
		if (entry_has(wanted, attrs[i]))
			err = find_by(call, attrs[i], wanted, found, record);
	return err;
}
