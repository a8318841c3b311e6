/* A client makes somebody again whom delete.mode=disable has deleted for it: that person's name is
 * still taken, by an id that the client is told is gone. */
#include "in/scim/scim_int.h"

#include "core/people.h"

#define CANDIDATES_A_TURN 100000

/* Of this client: what another one calls a person says nothing here. */
static struct span external_id(const struct scim_call *call, const struct record *record)
{
	size_t i = record_find(record, ATTR_EXTERNAL_ID);
	if (i >= record->count)
		return SPAN_NONE;
	struct value value = record_row(record, i);
	return value.attr == ATTR_EXTERNAL_ID && value.source == call->actor.source ? value.octets
										    : SPAN_NONE;
}

/* By its externalId, or by its name unless the client has given that to somebody else meanwhile. */
static bool is_meant(const struct scim_call *call, enum attr attr, const struct entry *wanted,
	const struct record *record)
{
	struct span given = entry_first(wanted, ATTR_EXTERNAL_ID);
	struct span had = external_id(call, record);
	if (!record_is_true(record, ATTR_DELETED))
		return false;
	if (attr == ATTR_EXTERNAL_ID)
		return span_equal(given, had);
	return given.len == 0 || had.len == 0 || span_equal(given, had);
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
	struct view *view = call->thread->view;
	enum err err = OK;
	*found = false;
	/* No sight at all: nobody has been deleted so. */
	if (wanted->kind != KIND_USER || !scim_visible_kinds(call) ||
		!view_sight(view, call->arena, &call->actor, call->actor.tenant, true))
		return OK;
	for (size_t i = 0; !err && !*found && i < sizeof attrs / sizeof *attrs; i++)
		if (entry_has(wanted, attrs[i]))
			err = find_by(call, attrs[i], wanted, found, record);
	return err;
}
