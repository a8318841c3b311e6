/* What is in the containers. */
#include "in/ldap/sync_int.h"

#include "base/clock.h"

/* For entries of which one alone may be much work, whatever of it leaves. */
#define TURN (SECOND / 200)

static uint32_t kinds_of(const struct search_run *run)
{
	uint32_t kinds = 0;

	if (run->place == PLACE_CONTAINER || run->place == PLACE_ENTRY)
		return 1U << run->kind | run->detour.kinds;
	for (enum kind kind = KIND_NONE + 1; kind < KIND_COUNT; kind++)
		if (kind_row(kind) && kind_row(kind)->ou)
			kinds |= 1U << kind;
	return kinds;
}

bool search_has_entries(const struct search_run *run)
{
	if (run->detour.kinds != 0)
		return true;
	switch (run->place) {
	case PLACE_POINTER:
		return false;
	case PLACE_ENTRY:
		return run->request.scope != SCOPE_ONE && !run->request.without_base;
	case PLACE_CONTAINER:
		return run->request.scope != SCOPE_BASE;
	default:
		return run->request.scope == SCOPE_SUBTREE;
	}
}

bool search_covers_kind(const struct search_run *run, enum kind kind)
{
	return search_has_entries(run) && run->only == 0 && (kinds_of(run) >> kind & 1);
}

bool search_has_room(struct search_run *run, struct view *view, const struct record *record)
{
	run->waits_for_room =
		run->conn->shard->heavy >= HEAVY_MAX && !run->selection.types_only &&
		kind_is_container(record->kind) && selection_has(&run->selection, ATTR_MEMBER) &&
		view_member_count(view, record->tenant, record->number) > MEMBERS_MANY;
	return !run->waits_for_room;
}

static bool is_walking(const struct search_run *run)
{
	return run->sorting && run->sorting->walks;
}

static bool has_overflowed(const struct search_run *run)
{
	return run->sorting && run->sorting->overflow != RESULT_SUCCESS;
}

static void note_position(struct search_run *run, const struct search *search)
{
	struct position *at = &run->position;
	struct span key;

	search_position(search, &at->kind, &at->number);
	if (!is_walking(run))
		return;
	key = search_sort_key(search);
	at->key_len = (uint8_t)key.len;
	memcpy(at->key, key.data, key.len);
}

static bool is_heavy(const struct search_run *run, const struct record *record)
{
	return kind_is_container(record->kind) || run->selection.matched || run->selection.deref;
}

/* Examines up to the budget. STEP_MORE: the position resumes, before an entry that has to wait. */
static enum step walk(struct search_run *run, struct view *view, struct search *search, int *code)
{
	unsigned budget = run->budget;
	struct record record;
	int64_t until = clock_monotonic() + TURN;

	while (!search_is_full(run) && !search_page_is_full(run) && *code == RESULT_SUCCESS &&
		!has_overflowed(run)) {
		enum step step = search_next(search, &budget, &record);

		if (step == STEP_END)
			return STEP_END;
		if (step == STEP_FOUND && !search_is_gathering(run) &&
			!search_has_room(run, view, &record))
			break;
		note_position(run, search);
		if (step == STEP_MORE)
			break;
		*code = search_take_record(run, view, &record);
		if (is_heavy(run, &record) && clock_monotonic() >= until)
			break;
	}
	return STEP_MORE;
}

enum err search_open_entries(
	struct search_run *run, struct view *view, struct search **search, struct why *why)
{
	struct conn *conn = run->conn;
	const struct position *at = &run->position;
	struct search_spec spec = { .actor = access_actor(&conn->identity),
		.tenant = conn->identity.actor.tenant,
		.kinds = kinds_of(run),
		.only = run->only,
		.filter = run->seen,
		.nested_by_policy = true,
		.resolve = target_resolve,
		.knows = target_is_known,
		.resolve_arg = conn };
	/* What the first turn resolves in the filter must outlive the turn. */
	struct arena *arena = run->arena ? conn->shard->turn : conn->shard->request;

	if (at->stage == STAGE_ENTRIES || at->stage == STAGE_ENTRIES_FIRST) {
		spec.after_kind = at->kind;
		spec.after_number = at->number;
	}
	if (is_walking(run)) {
		spec.sort = run->sorting->by[0].attr;
		spec.descending = run->sorting->by[0].reverse;
		spec.walk = true;
		spec.after_key = span_of(at->key, at->key_len);
	}
	if (run->sync && run->arena) {
		enum err err = sync_filter(run, arena, &spec.filter, why);

		if (err != OK)
			return err;
	}
	return search_open(view, arena, &spec, search, why);
}

enum step search_step_entries(struct search_run *run, struct view *view, int *code)
{
	struct search *search;
	struct why why = { 0 };
	enum step step;
	enum err err;

	if (!search_has_entries(run))
		return STEP_END;
	err = search_open_entries(run, view, &search, &why);
	if (err == ERR_FORBIDDEN)
		return STEP_END;
	if (err != OK) {
		*code = err_row(err)->ldap;
		return STEP_END;
	}
	step = walk(run, view, search, code);
	search_close(search);
	conn_weigh(run->conn);
	return step;
}
