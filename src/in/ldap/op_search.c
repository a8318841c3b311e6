/* Search, RFC 4511 section 4.5. A search runs in turns: each examines a bounded number of entries
 * and stops when enough output waits. Between turns it holds nothing of the store: the next one
 * resumes by position in a newer snapshot. */
#include "in/ldap/answer_int.h"

#include "base/clock.h"
#include "base/limits.h"
#include "wire/ldap_filter.h"

/* Candidates examined in one turn. */
#define BUDGET 500

/* Stages of a position: the entries above the containers, one each, then what is in them. */
enum stage {
	STAGE_SUFFIX,
	STAGE_TENANT,
	STAGE_CONTAINERS, /* of the kind numbered position.kind or above */
	STAGE_ENTRIES,
	STAGE_END,
};

struct search_run {
	struct task task;
	struct search_run *next;
	struct conn *conn;   /* NULL: gone */
	struct arena *arena; /* its own when it waits, else NULL: the shard's `request` */
	bool queued;         /* the task is with the loop */
	bool abandoned;
	int32_t id;
	struct span body;
	struct search_request request;
	struct selection selection;
	struct filter *filter;
	enum place place; /* of the base */
	bool subschema;
	enum kind kind;  /* of a container or entry */
	uint32_t only;   /* number of the base entry, or 0 */
	int64_t started; /* moved on by the time that was spent waiting for the reader */
	int64_t parked;  /* since when it waits for the reader or for room; 0: it does not */
	bool waits_for_room;
	bool is_paged;
	uint32_t page_left, limit_left;
	struct position position;
};

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

static bool is_full(const struct search_run *run)
{
	return stream_waiting(run->conn->stream) >= OUTPUT_HIGH;
}

/* ---- answering ---- */

static void put_done(struct search_run *run, int code, struct span matched, struct span text)
{
	struct conn *conn = run->conn;
	struct buffer controls;
	bool more = code == RESULT_SUCCESS && run->position.stage != STAGE_END;

	buffer_init(&controls, KIB);
	if (run->is_paged && code == RESULT_SUCCESS)
		paged_write(&controls,
			more ? cookie_write(conn, run->body, &run->position) : SPAN_NONE);
	conn->shard->searches++;
	conn_answer(conn, &(struct result){ .id = run->id,
				  .tag = OP_SEARCH_DONE,
				  .code = code,
				  .matched = matched,
				  .text = text,
				  .controls = buffer_span(&controls) });
	buffer_free(&controls);
}

/* Counts an entry that is about to be sent. A result code other than success ends the search in its
 * place. */
static int admit(struct search_run *run)
{
	if (run->limit_left == 0)
		return RESULT_SIZE_LIMIT;
	run->limit_left--;
	if (run->is_paged)
		run->page_left--;
	run->conn->shard->entries++;
	return RESULT_SUCCESS;
}

/* ---- the entries above the containers ---- */

/* Is the entry of the tree within the scope? `depth`: 0 suffix, 1 tenant, 2 container. */
static bool in_scope(const struct search_run *run, unsigned depth)
{
	unsigned base = run->place == PLACE_SUFFIX ? 0 : run->place == PLACE_TENANT ? 1 : 2;

	if (run->place == PLACE_ENTRY || run->place == PLACE_ROOT || depth < base)
		return false;
	switch (run->request.scope) {
	case SCOPE_BASE:
		return depth == base;
	case SCOPE_ONE:
		return depth == base + 1;
	default:
		return true;
	}
}

static int offer_special(struct search_run *run, const struct target *target)
{
	struct special special;
	int code;

	special_build(run->conn, target, &special);
	if (special_test(run->filter, &special) != TRUTH_TRUE)
		return RESULT_SUCCESS;
	code = admit(run);
	if (code == RESULT_SUCCESS)
		emit_special(run->conn, run->id, &run->selection, &special);
	return code;
}

/* The next container kind from position.kind on that the base includes. */
static bool next_container(struct search_run *run)
{
	for (; run->position.kind < KIND_COUNT; run->position.kind++) {
		const struct kind_row *row = kind_row(run->position.kind);

		if (row && row->ou &&
			(run->place != PLACE_CONTAINER || run->kind == run->position.kind))
			return true;
	}
	return false;
}

/* One step of the stages before STAGE_ENTRIES. */
static int step_above(struct search_run *run)
{
	struct target target = { .place = PLACE_SUFFIX };

	switch (run->position.stage) {
	case STAGE_SUFFIX:
		run->position.stage = STAGE_TENANT;
		return in_scope(run, 0) ? offer_special(run, &target) : RESULT_SUCCESS;
	case STAGE_TENANT:
		target.place = PLACE_TENANT;
		run->position.stage = STAGE_CONTAINERS;
		run->position.kind = KIND_NONE + 1;
		return in_scope(run, 1) ? offer_special(run, &target) : RESULT_SUCCESS;
	default:
		if (!in_scope(run, 2) || !next_container(run)) {
			run->position = (struct position){ .stage = STAGE_ENTRIES };
			return RESULT_SUCCESS;
		}
		target.place = PLACE_CONTAINER;
		target.kind = run->position.kind++;
		return offer_special(run, &target);
	}
}

/* ---- the entries ---- */

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

static bool page_is_full(const struct search_run *run)
{
	return run->is_paged && run->page_left == 0;
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

	while (!is_full(run) && !page_is_full(run) && *code == RESULT_SUCCESS) {
		enum step step = search_next(search, &budget, &record);

		if (step == STEP_END)
			return STEP_END;
		run->waits_for_room = step == STEP_FOUND && !has_room(run, view, &record);
		if (run->waits_for_room)
			break;
		search_position(search, &at->kind, &at->number);
		if (step == STEP_MORE)
			break;
		*code = admit(run);
		if (*code == RESULT_SUCCESS)
			emit_record(run->conn, view, run->id, &run->selection, &record);
	}
	return STEP_MORE;
}

static enum step step_entries(struct search_run *run, struct view *view, int *code)
{
	struct conn *conn = run->conn;
	struct search_spec spec = { .actor = &conn->identity.actor,
		.tenant = conn->identity.actor.tenant,
		.kinds = kinds_of(run),
		.only = run->only,
		.filter = run->filter,
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

/* ---- turns ---- */

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
	while (code == RESULT_SUCCESS && run->position.stage < STAGE_ENTRIES && !page_is_full(run))
		code = step_above(run);
	if (code == RESULT_SUCCESS && !page_is_full(run))
		step = step_entries(run, view, &code);
	if (code == RESULT_SUCCESS && step == STEP_END)
		code = view_error(view, NULL) == OK ? code : RESULT_UNAVAILABLE;
	if (step == STEP_END)
		run->position.stage = STAGE_END;
	arena_reset(run->conn->shard->turn);
	if (code == RESULT_SUCCESS && step == STEP_MORE && !page_is_full(run))
		return false;
	put_done(run, code, SPAN_NONE, SPAN_NONE);
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

static void come_back(struct task *task)
{
	struct search_run *run = (struct search_run *)task;
	struct conn *conn = run->conn;

	run->queued = false;
	if (!conn) {
		arena_free(run->arena);
		return;
	}
	if (!run->abandoned && stream_waiting(conn->stream) > 0) {
		wait_for_wake(run);
		return;
	}
	if (run->abandoned || take_turn(run)) {
		unlink_run(run);
		arena_free(run->arena);
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
			arena_free(run->arena);
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

/* ---- beginning ---- */

/* RFC 2696 section 3. A result code; success with page_left 0: nothing is asked but the end. */
static int begin_paging(struct search_run *run, const struct paged *paged)
{
	run->is_paged = true;
	run->page_left = paged->size < LIMIT_PAGE ? (uint32_t)paged->size : LIMIT_PAGE;
	if (paged->cookie.len > 0 &&
		!cookie_read(run->conn, run->body, paged->cookie, &run->position))
		return RESULT_UNWILLING;
	if (paged->size == 0)
		run->position.stage = STAGE_END;
	return RESULT_SUCCESS;
}

static void set_limits(struct search_run *run)
{
	int server = run->conn->shard->door->options.size_limit;

	run->limit_left =
		run->request.size_limit > 0 ? (uint32_t)run->request.size_limit : UINT32_MAX;
	if (server > 0 && !run->is_paged && (uint32_t)server < run->limit_left)
		run->limit_left = (uint32_t)server;
}

/* rootDSE and subschema: one entry, for everybody, at base scope. */
static int answer_public(struct search_run *run, const struct target *target)
{
	if (target->place == PLACE_ROOT && !target->subschema && run->request.scope != SCOPE_BASE)
		return RESULT_NO_SUCH_OBJECT;
	run->position.stage = STAGE_END;
	return run->request.scope == SCOPE_ONE ? RESULT_SUCCESS : offer_special(run, target);
}

static int begin(struct search_run *run, const struct controls *controls, bool *is_answered,
	struct span *matched)
{
	struct conn *conn = run->conn;
	struct view *view = shard_view(conn->shard);
	struct target target;
	int code;

	if (!view)
		return RESULT_UNAVAILABLE;
	identity_refresh(conn, view);
	code = target_find(conn, view, run->request.base, &target, matched);
	if (code == RESULT_SUCCESS && controls_have(controls, CONTROL_PAGED))
		code = begin_paging(run, &controls->paged);
	if (code != RESULT_SUCCESS)
		return code;
	set_limits(run);
	*is_answered = target.place == PLACE_ROOT || run->position.stage == STAGE_END;
	if (*is_answered)
		return run->position.stage == STAGE_END ? RESULT_SUCCESS
							: answer_public(run, &target);
	run->place = target.place;
	run->kind = target.kind;
	run->only = target.place == PLACE_ENTRY ? target.record.number : 0;
	return RESULT_SUCCESS;
}

static void run_search(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	struct arena *arena = conn->shard->request;
	struct search_run *run = arena_zalloc(arena, sizeof *run);
	struct span matched = SPAN_NONE;
	struct why why = { 0 };
	bool is_answered = false;
	enum err err;
	int code;

	run->conn = conn;
	run->id = pdu->id;
	run->started = loop_now(conn->shard->loop);
	run->body = arena_copy(arena, pdu->body);
	err = search_request_read(run->body, &run->request, &why);
	if (err == OK)
		err = selection_read(
			run->request.attributes, run->request.types_only, &run->selection, &why);
	if (err == OK)
		err = filter_read(arena, run->request.filter, &run->filter, &why);
	if (err != OK) {
		put_done(run, err_row(err)->ldap, SPAN_NONE, span_str(why.text));
		return;
	}
	code = begin(run, controls, &is_answered, &matched);
	if (code != RESULT_SUCCESS || is_answered)
		put_done(run, code, matched, SPAN_NONE);
	else if (!take_turn(run))
		park(run);
}

void op_search(struct conn *conn, const struct pdu *pdu, const struct controls *controls)
{
	run_search(conn, pdu, controls);
	arena_reset(conn->shard->request);
	arena_reset(conn->shard->turn);
}
