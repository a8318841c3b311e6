#include "in/ldap/search_int.h"

#include "base/clock.h"

static bool is_late(const struct search_run *run)
{
	const struct ldap_door *door = run->conn->shard->door;
	int64_t limit = door->options.time_limit;

	if (run->request.time_limit > 0 && run->request.time_limit < limit)
		limit = run->request.time_limit;
	return loop_now(run->conn->shard->loop) - run->started > limit * SECOND;
}

/* True when the search has been answered. */
static bool take_turn(struct search_run *run)
{
	struct view *view = shard_view(run->conn->shard);
	int code = view ? RESULT_SUCCESS : RESULT_UNAVAILABLE;
	enum step step = STEP_MORE;

	if (view)
		identity_refresh(run->conn, view);
	if (!run->conn->identity.bound)
		code = RESULT_ACCESS;
	else if (is_late(run))
		code = RESULT_TIME_LIMIT;
	while (code == RESULT_SUCCESS && run->position.stage < STAGE_ENTRIES &&
		!search_page_is_full(run))
		code = search_step_above(run);
	if (code == RESULT_SUCCESS && !search_page_is_full(run))
		step = search_step_entries(run, view, &code);
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
	run->conn->search_count--;
}

static void release(struct search_run *run)
{
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
		release(run);
	} else if (run->waits_for_room) {
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
	conn->search_count++;
	if (run->waits_for_room)
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

void search_start(struct search_run *run)
{
	if (!take_turn(run))
		park(run);
}
