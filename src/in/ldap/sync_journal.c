#include "in/ldap/sync_int.h"

#include "base/clock.h"

/* Held back until it is known whether it is the last of its change: that one carries the cookie. */
struct sending {
	bool waits;
	enum sync_state state;
	struct record record; /* of DELETE: as it was in the content */
};

struct reading {
	struct search_run *run;
	struct sync *sync;
	struct view *view;
	struct search *search; /* the content; NULL: there is nothing in it that changes */
	bool of_values;        /* what is in it follows from an entry's own values */
	struct arena *arena;   /* of the change under way */
	struct change change;
	struct sending held;
	unsigned budget;
	int *code;
};

/* ---- sending ---- */

/* Section 3.3.2 allows an empty DN; slapd does not. */
static void put_name(struct conn *conn, int32_t id, const struct record *record)
{
	struct entry_writer w;
	size_t dn;

	entry_open(&w, stream_output(conn->stream), id);
	dn = entry_open_dn(&w);
	identity_put_dn(conn, w.out, record);
	entry_close_dn(&w, dn);
	entry_close(&w);
}

static void put_held(struct reading *r, struct span cookie)
{
	struct search_run *run = r->run;
	struct buffer *out = stream_output(run->conn->stream);
	struct sending *held = &r->held;
	size_t message = out->len;

	if (held->state == SYNC_DELETE)
		put_name(run->conn, run->id, &held->record);
	else
		emit_record(run->conn, r->view, run->id, &run->selection, &held->record);
	sync_state_add(out, message, held->state, &held->record.id, cookie);
}

static void flush(struct reading *r, bool is_last)
{
	struct sync *sync = r->sync;
	struct span cookie = SPAN_NONE;

	if (!r->held.waits)
		return;
	r->held.waits = false;
	/* Section 3.3.2: none in the refresh stage. */
	if (is_last && sync->refreshed) {
		cookie = arena_copy(r->arena, sync_cookie(sync));
		sync->told = sync->time;
		sync->told_at = loop_now(r->run->conn->shard->loop);
	}
	put_held(r, cookie);
	conn_weigh(r->run->conn);
}

/* False: the search ends with *r->code. */
static bool hold(struct reading *r, enum sync_state state, const struct record *record)
{
	flush(r, false);
	if (!r->sync->refreshed)
		*r->code = search_admit(r->run);
	else if (state != SYNC_DELETE)
		r->run->conn->shard->entries++;
	if (*r->code != RESULT_SUCCESS)
		return false;
	r->held = (struct sending){ .waits = true, .state = state, .record = *record };
	return true;
}

/* ---- what follows from a change ---- */

/* Whether it was in the content, or may have been, with what it was then. */
static bool was_in(const struct reading *r, struct span before, struct record *record)
{
	if (before.len == 0 || record_open(before, record, NULL) != OK)
		return false;
	return r->of_values ? search_holds(r->search, record) : search_covers(r->search, record);
}

static bool stays_in(const struct reading *r, const struct touched *touched)
{
	struct record after;

	return !touched->is_gone && !touched->is_renamed && was_in(r, touched->after, &after);
}

/* An entry that a later change alters again, or that is not there any more. */
static bool take_passing(struct reading *r, const struct touched *touched)
{
	struct record before;

	if (!touched->is_written || !was_in(r, touched->before, &before) || stays_in(r, touched))
		return true;
	return hold(r, SYNC_DELETE, &before);
}

static bool take_lasting(
	struct reading *r, const struct touched *touched, const struct record *record)
{
	struct record before = *record;
	bool is = search_holds(r->search, record), was;

	if (touched->is_written)
		was = was_in(r, touched->before, &before);
	else
		was = r->of_values ? is : search_covers(r->search, record);
	if (!is)
		return !was || hold(r, SYNC_DELETE, &before);
	return search_has_room(r->run, r->view, record) &&
	       hold(r, was && r->sync->refreshed ? SYNC_MODIFY : SYNC_ADD, record);
}

static bool take_freeing(struct reading *r, const struct touched *touched)
{
	return (!touched->is_gone && !touched->is_renamed) || take_passing(r, touched);
}

static bool take_pointer(struct reading *r, const struct touched *touched)
{
	flush(r, false);
	*r->code = sync_take_pointer(r->run, r->view, touched, r->change.time);
	return *r->code == RESULT_SUCCESS;
}

/* False: before this one the turn ends. */
static bool take_touched(struct reading *r, const struct touched *touched)
{
	struct record record;
	int64_t changed;

	if (touched->kind == KIND_POINTER)
		return take_pointer(r, touched);
	if (!kind_row(touched->kind) || !kind_row(touched->kind)->ou)
		return true;
	if (r->sync->frees)
		return take_freeing(r, touched);
	if (!view_entry(r->view, r->change.tenant, touched->kind, touched->number, &record))
		return take_passing(r, touched);
	changed = view_changed(r->view, &record);
	if (changed > r->change.time)
		return take_passing(r, touched);
	return changed < r->change.time || take_lasting(r, touched, &record);
}

static bool has_budget(struct reading *r)
{
	if (r->budget == 0 || search_is_full(r->run))
		return false;
	r->budget--;
	return true;
}

/* True: the change is done with. */
static bool take_change(struct reading *r)
{
	struct sync *sync = r->sync;
	struct touched_walk *walk = view_touched(r->view, r->arena, &r->change, &sync->at);
	struct touched touched;
	bool done = false;

	while (!done && has_budget(r)) {
		done = !touched_next(walk, &touched);
		if (done)
			break;
		if (!take_touched(r, &touched))
			break;
		touched_place(walk, &sync->at);
	}
	touched_close(walk);
	if (done) {
		sync->sequence++;
		sync->time = r->change.time;
		sync->at = (struct touched_place){ 0 };
	}
	flush(r, done);
	return done;
}

static bool read_change(struct reading *r)
{
	uint32_t tenant = r->run->conn->identity.actor.tenant;
	uint64_t sequence = r->sync->sequence + 1;
	struct span octets;

	arena_reset(r->arena);
	if (view_journal(r->view, tenant, sequence, &octets) &&
		change_read(r->arena, octets, &r->change, NULL) == OK &&
		r->change.sequence == sequence)
		return true;
	*r->code = RESULT_UNAVAILABLE;
	return false;
}

/* ---- turns ---- */

/* The base must still be what it was (section 3.5.1), and what may be seen of it. */
static int judge(struct search_run *run, struct view *view)
{
	struct span matched = SPAN_NONE;
	struct target target;
	int code;

	if (run->conn->shard->stop_until != 0)
		return RESULT_UNAVAILABLE;
	if (view_rights_changed(view, &run->conn->identity.actor) != run->sync->rights)
		return RESULT_SYNC_REFRESH_REQUIRED;
	code = target_find(run->conn, view, run->request.base, &target, &matched);
	if (code != RESULT_SUCCESS)
		return code;
	if (target.place != run->place || target.kind != run->kind ||
		(target.place == PLACE_ENTRY && target.record.number != run->only))
		return RESULT_SYNC_REFRESH_REQUIRED;
	return RESULT_SUCCESS;
}

static bool open_content(struct reading *r)
{
	struct why why = { 0 };
	enum err err = ERR_FORBIDDEN;

	if (search_has_entries(r->run))
		err = search_open_entries(r->run, r->view, &r->search, &why);
	if (err == OK) {
		r->of_values = search_is_of_values(r->search);
		return true;
	}
	r->search = NULL;
	if (err != ERR_FORBIDDEN)
		*r->code = err_row(err)->ldap;
	return err == ERR_FORBIDDEN;
}

/* The tree above the containers stands as it does; nothing else is to be seen. */
static void pass_over(struct reading *r)
{
	uint32_t tenant = r->run->conn->identity.actor.tenant;

	r->sync->sequence = view_journal_last(r->view, tenant);
	r->sync->time = view_tenant_changed(r->view, tenant);
}

static void read_journal(struct reading *r, uint64_t last)
{
	r->arena = arena_new();
	while (r->sync->sequence < last && *r->code == RESULT_SUCCESS && has_budget(r))
		if (!read_change(r) || !take_change(r))
			break;
	arena_free(r->arena);
	search_close(r->search);
}

/* Also when nothing was to be sent, so that the next time begins here; not for each change. */
static void tell_cookie(struct sync *sync)
{
	struct conn *conn = sync->run->conn;
	int64_t now = loop_now(conn->shard->loop);

	if (sync->told == sync->time || now - sync->told_at < SECOND)
		return;
	sync->told = sync->time;
	sync->told_at = now;
	sync_cookie_info_write(stream_output(conn->stream), sync->run->id, sync_cookie(sync));
}

static enum step at_the_end(struct sync *sync)
{
	struct search_run *run = sync->run;

	if (sync->frees) {
		sync->frees = false;
		run->position = (struct position){ .stage = STAGE_SUFFIX };
		return STEP_FOUND;
	}
	if (!sync->persist)
		return STEP_END;
	if (!sync->refreshed) {
		sync_refreshed_write(
			stream_output(run->conn->stream), run->id, true, true, sync_cookie(sync));
		sync_persist(sync);
	}
	tell_cookie(sync);
	run->sleeps = true;
	return STEP_MORE;
}

enum step sync_step_journal(struct search_run *run, struct view *view, int *code)
{
	struct sync *sync = run->sync;
	struct reading r = {
		.run = run, .sync = sync, .view = view, .budget = run->budget, .code = code
	};
	uint64_t last = view_journal_last(view, run->conn->identity.actor.tenant);

	run->sleeps = false;
	*code = judge(run, view);
	if (*code != RESULT_SUCCESS || !open_content(&r))
		return STEP_MORE;
	if (r.search)
		read_journal(&r, last);
	else
		pass_over(&r);
	if (view_error(view, NULL) != OK)
		*code = RESULT_UNAVAILABLE;
	return *code == RESULT_SUCCESS && sync->sequence >= last ? at_the_end(sync) : STEP_MORE;
}
