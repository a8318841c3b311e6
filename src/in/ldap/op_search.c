/* Search, RFC 4511 section 4.5: the request is taken apart and its base found. */
#include "in/ldap/sync_int.h"

#include "base/limits.h"

static const char *const scope_words[] = { "base", "one", "sub" };

/* RFC 2696 section 3. A result code; success with page_left 0: nothing is asked but the end. */
static int begin_paging(struct search_run *run, const struct paged *paged)
{
	run->is_paged = true;
	run->page_left = paged->size < LIMIT_PAGE ? (uint32_t)paged->size : LIMIT_PAGE;
	if (paged->cookie.len > 0 &&
		!cookie_read(run->conn, run->same, paged->cookie, &run->position))
		return RESULT_UNWILLING;
	if (paged->size == 0)
		run->position.stage = STAGE_END;
	return RESULT_SUCCESS;
}

/* A result code. */
static int set_limits(struct search_run *run)
{
	struct access_limits limits;
	int code = access_limits(run->conn, &run->request, run->is_paged, &limits);

	run->limit_left = limits.entries;
	run->seconds = limits.seconds;
	return code;
}

/* rootDSE and subschema, at base scope, and an alias or referral: one entry. */
static int answer_alone(struct search_run *run, const struct target *target)
{
	if (target->place == PLACE_ROOT && !target->subschema && !target->monitor &&
		run->request.scope != SCOPE_BASE)
		return RESULT_NO_SUCH_OBJECT;
	run->position.stage = STAGE_END;
	if (target->monitor)
		return monitor_search(run, target);
	if (run->request.scope == SCOPE_ONE || run->request.without_base)
		return RESULT_SUCCESS;
	return search_offer_special(run, target);
}

/* RFC 3672: what is no subentry becomes invisible, and there are none but the subschema. */
static bool hides(const struct controls *controls, const struct target *target)
{
	return controls_have(controls, CONTROL_SUBENTRIES) && controls->subentries &&
	       !target->subschema;
}

static bool resumes_behind_sorting(const struct search_run *run)
{
	return run->position.stage == STAGE_POINTERS || run->position.stage == STAGE_DETOUR;
}

static void place(struct search_run *run, const struct target *target)
{
	run->place = target->place;
	run->kind = target->kind;
	run->only = target->place == PLACE_ENTRY ? target->record.number : 0;
}

/* What a filter costs is the reader's own: a turn is as short for others whatever is asked. */
static unsigned budget_of(const struct filter *filter)
{
	size_t most = SEARCH_COMPARISONS / filter_cost(filter);

	return most == 0 ? 1 : most < SEARCH_BUDGET ? (unsigned)most : SEARCH_BUDGET;
}

static int begin(struct search_run *run, const struct controls *controls, bool *is_answered,
	struct span *matched, struct why *why)
{
	struct conn *conn = run->conn;
	struct view *view = shard_view(conn->shard);
	const struct seek seek = { .deref = run->request.deref >= DEREF_FINDING,
		.scope = scope_words[run->request.scope] };
	struct target target;
	int code;

	if (!view)
		return RESULT_UNAVAILABLE;
	identity_refresh(conn, view);
	run->manages = conn->manages;
	code = target_seek(conn, view, run->request.base, &seek, &target, matched);
	if (code == RESULT_SUCCESS)
		code = assertion_check(conn, view, &target, controls, why);
	if (code == RESULT_SUCCESS && controls_have(controls, CONTROL_PAGED))
		code = begin_paging(run, &controls->paged);
	if (code != RESULT_SUCCESS)
		return code;
	code = set_limits(run);
	if (code != RESULT_SUCCESS)
		return code;
	place(run, &target);
	run->seen = access_filter(&conn->identity, conn->shard->request, run->filter);
	run->budget = budget_of(run->seen);
	code = search_begin_pointers(run, view);
	if (code == RESULT_SUCCESS && !resumes_behind_sorting(run))
		code = search_begin_sorting(run, controls, view, why);
	if (code != RESULT_SUCCESS)
		return code;
	if (hides(controls, &target))
		run->position.stage = STAGE_END;
	*is_answered = target.place == PLACE_ROOT || target.place == PLACE_POINTER ||
		       run->position.stage == STAGE_END;
	if (controls_have(controls, CONTROL_SYNC))
		return sync_begin(run, view, controls, *is_answered, why);
	if (*is_answered)
		return run->position.stage == STAGE_END ? RESULT_SUCCESS
							: answer_alone(run, &target);
	return RESULT_SUCCESS;
}

/* What of the message outlives it: the request, and the controls that matter in later turns. */
static enum err read_request(struct search_run *run, const struct pdu *pdu,
	const struct controls *controls, struct why *why)
{
	struct arena *arena = run->conn->shard->request;
	struct search_request *request = &run->request;
	struct span body = arena_copy(arena, pdu->body);
	enum err err;

	run->same = search_same(arena, body, controls);
	err = search_request_read(body, request, why);
	if (err == OK)
		err = limits_check(door_limits(run->conn->shard->door), request, why);
	if (err == OK)
		err = selection_read(
			request->attributes, request->types_only, &run->selection, why);
	if (err == OK)
		err = conn_filter(run->conn, arena, request->filter, &run->filter, why);
	/* RFC 3876 section 3: with typesOnly there are no values that could match. */
	if (err == OK && controls_have(controls, CONTROL_MATCHED_VALUES) && !request->types_only)
		err = matched_values_read(run->conn, arena,
			arena_copy(arena, controls->matched_values), &run->selection.matched, why);
	/* An entry of a content synchronization has a control of its own. */
	if (err == OK && controls_have(controls, CONTROL_DEREF) &&
		!controls_have(controls, CONTROL_SYNC))
		err = deref_read(arena, arena_copy(arena, controls->deref),
			controls_insist(controls, CONTROL_DEREF), &run->selection.deref, why);
	return err;
}

static void run_search(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	struct search_run *run = arena_zalloc(conn->shard->request, sizeof *run);
	struct span matched = SPAN_NONE;
	struct why why = { 0 };
	bool is_answered = false;
	enum err err;
	int code;

	run->conn = conn;
	run->id = pdu->id;
	run->started = loop_now(conn->shard->loop);
	err = read_request(run, pdu, controls, &why);
	if (err != OK) {
		search_put_done(run, err_row(err)->ldap, SPAN_NONE, span_str(why.text));
		return;
	}
	code = begin(run, controls, &is_answered, &matched, &why);
	if (code != RESULT_SUCCESS || is_answered)
		search_put_done(run, code, matched, span_str(why.text));
	else
		search_start(run);
}

void op_search(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	run_search(conn, pdu, controls);
	arena_reset(conn->shard->request);
	arena_reset(conn->shard->turn);
}
