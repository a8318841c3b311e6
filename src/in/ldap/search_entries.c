/* What is in the containers. */
#include "in/ldap/search_int.h"

/* Candidates examined in one turn. */
#define BUDGET 500

static uint32_t kinds_of(const struct search_run *run)
{
	uint32_t kinds = 0;

	if (run->place == PLACE_CONTAINER || run->place == PLACE_ENTRY)
		return 1U << run->kind;
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
		if (kind_row(kind) && kind_row(kind)->ou)
			kinds |= 1U << kind;
	return kinds;
}

static bool has_entries(const struct search_run *run)
{
	switch (run->place) {
	case PLACE_ENTRY:
		return run->request.scope != SCOPE_ONE;
	case PLACE_CONTAINER:
		return run->request.scope != SCOPE_BASE;
	default:
		return run->request.scope == SCOPE_SUBTREE;
	}
}

/* A big group waits while enough others have one unread. */
static bool has_room(const struct search_run *run, struct view *view, const struct record *record)
{
	return run->conn->shard->heavy < HEAVY_MAX || run->selection.types_only ||
	       !kind_is_container(record->kind) || !selection_has(&run->selection, ATTR_MEMBER) ||
	       view_member_count(view, record->tenant, record->number) <= MEMBERS_MANY;
}

/* Examines up to the budget. STEP_MORE: the position resumes, before an entry that has to wait. */
static enum step walk(struct search_run *run, struct view *view, struct search *search, int *code)
{
	unsigned budget = BUDGET;
	struct record record;
	struct position *at = &run->position;

	while (!search_is_full(run) && !search_page_is_full(run) && *code == RESULT_SUCCESS) {
		enum step step = search_next(search, &budget, &record);

		if (step == STEP_END)
			return STEP_END;
		run->waits_for_room = step == STEP_FOUND && !has_room(run, view, &record);
		if (run->waits_for_room)
			break;
		search_position(search, &at->kind, &at->number);
		if (step == STEP_MORE)
			break;
		*code = search_admit(run);
		if (*code == RESULT_SUCCESS)
			emit_record(run->conn, view, run->id, &run->selection, &record);
	}
	return STEP_MORE;
}

enum step search_step_entries(struct search_run *run, struct view *view, int *code)
{
	struct conn *conn = run->conn;
	struct search_spec spec = { .actor = &conn->identity.actor,
		.tenant = conn->identity.actor.tenant,
		.kinds = kinds_of(run),
		.only = run->only,
		.filter = run->filter,
		.nested_by_policy = true,
		.resolve = target_resolve,
		.resolve_arg = conn,
		.after_kind = run->position.kind,
		.after_number = run->position.number };
	/* What the first turn resolves in the filter must outlive the turn. */
	struct arena *arena = run->arena ? conn->shard->turn : conn->shard->request;
	struct search *search;
	struct why why = { 0 };
	enum step step;
	enum err err;

	if (!has_entries(run))
		return STEP_END;
	err = search_open(view, arena, &spec, &search, &why);
	if (err == ERR_FORBIDDEN)
		return STEP_END; /* nothing here is to be seen by this identity */
	if (err != OK) {
		*code = err_row(err)->ldap;
		return STEP_END;
	}
	step = walk(run, view, search, code);
	search_close(search);
	conn_weigh(conn);
	return step;
}
