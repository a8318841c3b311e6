#include "in/ldap/sync_int.h"

#include "base/clock.h"

static bool is_late(const struct search_run *run)
{
	return loop_now(run->conn->shard->loop) - run->started > run->seconds * SECOND;
}

static bool is_above(const struct search_run *run)
{
	return run->position.stage < STAGE_ENTRIES;
}

static bool is_gathered(const struct search_run *run)
{
	return run->sorting && run->sorting->gather && !run->sorting->fills;
}

static enum step walk_stage(struct search_run *run, struct view *view, int *code)
{
	if (run->position.stage == STAGE_END)
		return STEP_END;
	if (run->position.stage == STAGE_JOURNAL)
		return sync_step_journal(run, view, code);
	if (!is_above(run))
		return search_step_entries(run, view, code);
	*code = search_step_above(run);
	return STEP_FOUND;
}

static enum step take_other_step(struct search_run *run, struct view *view, int *code)
{
	enum step step;

	if (is_gathered(run))
		return search_step_gathered(run, view, code);
	step = walk_stage(run, view, code);
	if (run->sorting && run->sorting->overflow != RESULT_SUCCESS) {
		*code = search_sort_otherwise(run);
		return STEP_FOUND;
	}
	if (step != STEP_END || *code != RESULT_SUCCESS)
		return step;
	if (run->sync && run->position.stage == STAGE_ENTRIES && !run->has_pointers)
		return sync_end_content(run, view);
	if (run->position.stage == STAGE_ENTRIES_FIRST) {
		run->position = (struct position){ .stage = STAGE_SUFFIX };
		return STEP_FOUND;
	}
	if (search_is_gathering(run)) {
		search_end_gathering(run);
		return STEP_FOUND;
	}
	return STEP_END;
}

/* The stage under way; STEP_END: nothing is left. */
static enum step take_step(struct search_run *run, struct view *view, int *code)
{
	enum step step;

	if (run->position.stage == STAGE_POINTERS || run->position.stage == STAGE_DETOUR) {
		step = search_step_pointers(run, view, code);
		return step == STEP_END && *code == RESULT_SUCCESS && run->sync
			       ? sync_end_content(run, view)
			       : step;
	}
	step = take_other_step(run, view, code);
	/* A window of a list is whole without them. */
	if (step != STEP_END || *code != RESULT_SUCCESS || !run->has_pointers || run->viewing ||
		run->position.stage == STAGE_JOURNAL)
		return step;
	run->position = (struct position){ .stage = STAGE_POINTERS };
	return STEP_FOUND;
}

static int judge(struct search_run *run, struct view *view)
{
	if (!view)
		return RESULT_UNAVAILABLE;
	identity_refresh(run->conn, view);
	if (!run->conn->identity.bound)
		return RESULT_ACCESS;
	/* RFC 4533 section 3.5.4: what persists has no end. */
	if (!is_late(run) || sync_persists(run->sync))
		return RESULT_SUCCESS;
	search_sort_late(run);
	return RESULT_TIME_LIMIT;
}

/* True when the search has been answered. STEP_FOUND of a stage: the next one follows at once. */
static bool take_turn(struct search_run *run)
{
	struct view *view = shard_view(run->conn->shard);
	int code = judge(run, view);
	enum step step = STEP_FOUND;

	while (code == RESULT_SUCCESS && step == STEP_FOUND && !search_page_is_full(run))
		step = take_step(run, view, &code);
	if (code == RESULT_SUCCESS && step == STEP_END)
		code = view_error(view, NULL) == OK ? code : RESULT_UNAVAILABLE;
	if (step == STEP_END)
		run->position.stage = STAGE_END;
	arena_reset(run->conn->shard->turn);
	if (code == RESULT_SUCCESS && step == STEP_MORE && !search_page_is_full(run))
		return false;
	search_put_done(run, code, SPAN_NONE, SPAN_NONE);
	return true;
}

/* ---- waiting for the next turn ---- */

static void queue(struct search_run *run)
{
	int64_t now = loop_now(run->conn->shard->loop);

	if (run->queued)
		return;
	if (run->parked != 0)
		run->started += now - run->parked;
	run->parked = 0;
	run->queued = true;
	loop_defer(run->conn->shard->loop, &run->task);
}

/* Until searches_wake(): the reader has read, or another connection gave room. */
static void wait_for_wake(struct search_run *run)
{
	run->parked = loop_now(run->conn->shard->loop);
}

static void unlink_run(struct search_run *run)
{
	struct search_run **link = &run->conn->searches;

	while (*link != run)
		link = &(*link)->next;
	*link = run->next;
	if (!sync_persists(run->sync))
		run->conn->search_count--;
	if (run->sync)
		sync_leave(run->sync);
}

static void release(struct search_run *run)
{
	search_free_sorting(run);
	proxy_drop(run->as);
	arena_free(run->arena);
}

static bool take_turn_as(struct search_run *run)
{
	struct conn *conn = run->conn;
	bool done;

	proxy_swap(conn, run->as);
	done = take_turn(run);
	proxy_swap(conn, run->as);
	return done;
}

/* One that was woken amid its own last turn, when its connection gave room, is with the loop still.
 */
static void end_run(struct search_run *run)
{
	search_free_sorting(run);
	run->conn = NULL;
	if (!run->queued)
		release(run);
}

static void come_back(struct task *task)
{
	struct search_run *run = (struct search_run *)task;
	struct conn *conn = run->conn;

	run->queued = false;
	if (!conn) {
		release(run);
		return;
	}
	if (!run->abandoned && stream_waiting(conn->stream) > 0) {
		wait_for_wake(run);
		return;
	}
	if (run->abandoned || take_turn_as(run)) {
		unlink_run(run);
		end_run(run);
	} else if (run->waits_for_room || run->sleeps) {
		wait_for_wake(run);
	} else {
		queue(run);
	}
	conn_resume(conn);
}

/* Takes its memory along; a fresh arena serves the next request. */
static void park(struct search_run *run)
{
	struct conn *conn = run->conn;

	run->arena = conn->shard->request;
	conn->shard->request = arena_new();
	run->task.run = come_back;
	run->as = proxy_keep(conn);
	run->next = conn->searches;
	conn->searches = run;
	if (!sync_persists(run->sync))
		conn->search_count++;
	if (run->waits_for_room || run->sleeps)
		wait_for_wake(run);
	else
		queue(run);
}

void searches_wake(struct conn *conn)
{
	for (struct search_run *run = conn->searches; run; run = run->next)
		queue(run);
}

void searches_end(struct conn *conn)
{
	struct search_run *run, *next;

	for (run = conn->searches; run; run = next) {
		next = run->next;
		search_free_sorting(run);
		if (run->sync)
			sync_leave(run->sync);
		run->conn = NULL;
		if (!run->queued)
			release(run);
	}
	conn->searches = NULL;
	conn->search_count = 0;
}

bool search_is_known(const struct conn *conn, int32_t id)
{
	for (const struct search_run *run = conn->searches; run; run = run->next)
		if (run->id == id && !run->abandoned)
			return true;
	return false;
}

void search_abandon(struct conn *conn, int32_t id)
{
	for (struct search_run *run = conn->searches; run; run = run->next)
		if (run->id == id) {
			run->abandoned = true;
			queue(run);
		}
}

void search_wake(struct search_run *run)
{
	queue(run);
}

int search_cancel(struct conn *conn, int32_t id)
{
	for (struct search_run *run = conn->searches; run; run = run->next)
		if (run->id == id && !run->abandoned) {
			search_put_done(run, RESULT_CANCELED, SPAN_NONE, SPAN_NONE);
			search_abandon(conn, id);
			return RESULT_SUCCESS;
		}
	return RESULT_NO_SUCH_OPERATION;
}

void searches_abandon_persistent(struct conn *conn)
{
	for (struct search_run *run = conn->searches; run; run = run->next)
		if (sync_persists(run->sync)) {
			run->abandoned = true;
			queue(run);
		}
}

void search_start(struct search_run *run)
{
	if (!take_turn(run))
		park(run);
	else if (run->sync)
		sync_leave(run->sync);
}
