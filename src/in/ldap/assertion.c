/* The assertion control, RFC 4528. */
#include "in/ldap/answer_int.h"

/* Within the rights of whoever asks, as a search of this one entry. */
static enum err test_entry(struct conn *conn, struct view *view, const struct record *record,
	struct filter *filter, bool *holds, struct why *why)
{
	struct search_spec spec = { .actor = access_actor(&conn->identity),
		.tenant = record->tenant,
		.kinds = 1U << record->kind,
		.only = record->number,
		.filter = access_filter(&conn->identity, conn->shard->turn, filter),
		.nested_by_policy = true,
		.resolve = target_resolve,
		.knows = target_is_known,
		.resolve_arg = conn };
	struct record found;
	struct search *search;
	unsigned budget = 2; /* the entry, and the end behind it */
	enum err err = search_open(view, conn->shard->turn, &spec, &search, why);

	if (err != OK)
		return err;
	*holds = search_next(search, &budget, &found) == STEP_FOUND;
	search_close(search);
	return OK;
}

int assertion_check(struct conn *conn, struct view *view, const struct target *target,
	const struct controls *controls, struct why *why)
{
	struct arena *arena = conn->shard->turn;
	struct filter *filter;
	struct special special;
	bool holds = false;
	enum err err;

	if (!controls_have(controls, CONTROL_ASSERTION))
		return RESULT_SUCCESS;
	err = conn_filter(conn, arena, controls->assertion, &filter, why);
	if (err == OK && target->place == PLACE_ENTRY) {
		err = test_entry(conn, view, &target->record, filter, &holds, why);
	} else if (err == OK) {
		special_build(conn, target, &special);
		holds = special_test(filter, &special) == TRUTH_TRUE;
	}
	if (err != OK)
		return err_row(err)->ldap;
	return holds ? RESULT_SUCCESS : RESULT_ASSERTION_FAILED;
}
